//! Bytes in the encodings that secrets are passed around in: base64, base32, hexadecimal, percent-encoded.

/// The base64 alphabet.
pub(crate) const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// The URL-safe base64 alphabet.
pub(crate) const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Base64 with padding.
pub(crate) fn base64(bytes: &[u8], alphabet: &[u8; 64]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0u32, |group, byte| group << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for at in 0..4 {
            let letter = alphabet[(group >> (18 - 6 * at) & 63) as usize];
            out.push(if at <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    out
}

/// Lowercase base32 without padding.
pub(crate) fn base32(bytes: &[u8]) -> String {
    let (mut out, mut bits, mut count) = (String::with_capacity(bytes.len() * 8 / 5 + 1), 0u32, 0);
    let mut push = |index: u32| out.push(char::from(b"abcdefghijklmnopqrstuvwxyz234567"[(index & 31) as usize]));
    for byte in bytes {
        bits = bits << 8 & 0xffff | u32::from(*byte);
        count += 8;
        while count >= 5 {
            count -= 5;
            push(bits >> count);
        }
    }
    if count > 0 {
        push(bits << (5 - count));
    }
    out
}

/// Hexadecimal digits.
pub(crate) fn hex(bytes: &[u8], upper: bool) -> String {
    let digits = if upper { b"0123456789ABCDEF" } else { b"0123456789abcdef" };
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|digit| char::from(digits[usize::from(digit)])).collect()
}

/// Percent-encodes everything except letters, digits and `keep`; a space becomes `space`.
pub(crate) fn percent(bytes: &[u8], keep: &str, space: &str, upper: bool) -> String {
    let mut out = String::with_capacity(bytes.len() * 3);
    for byte in bytes {
        match byte {
            b' ' => out.push_str(space),
            byte if byte.is_ascii_alphanumeric() || keep.as_bytes().contains(byte) => out.push(char::from(*byte)),
            byte => {
                out.push('%');
                out.push_str(&hex(&[*byte], upper));
            }
        }
    }
    out
}
