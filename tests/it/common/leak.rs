//! How a secret may leak from a program: verbatim, or in one of the encodings that people and programs use.

use serde_json::Value as Json;

/// A secret in one of sixteen forms, by number.
pub(crate) fn encoded(canary: &str, encoding: usize) -> String {
    match encoding {
        0 => canary.to_owned(),
        1 => base64(canary.as_bytes()),
        2 => base64(format!("u:{canary}@h").as_bytes()),
        3 => base64(format!("us:{canary}").as_bytes()),
        4 => canary
            .bytes()
            .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
            .collect(),
        5 => canary.bytes().map(|b| format!("{b:02x}")).collect(),
        6 => Json::from(canary).to_string(),
        7 => wrapped(&base64(canary.as_bytes()), 8, "\n"),
        8 => canary.chars().map(|c| format!("\\u{:04x}", u32::from(c))).collect(),
        9 => canary
            .chars()
            .enumerate()
            .map(|(at, c)| if at % 3 == 0 && c.is_ascii() { format!("\\x{:02x}", u32::from(c)) } else { json_char(c) })
            .collect(),
        10 => canary.chars().map(|c| format!("&#{};", u32::from(c))).collect(),
        11 => canary.bytes().map(|b| format!("%{b:02x}")).collect(),
        12 => base32(canary.as_bytes()),
        13 => canary.bytes().map(|b| format!("{b:02X}")).collect::<Vec<_>>().join(":"),
        14 => wrapped(canary, 5, "\n  "),
        _ => Json::from(Json::from(canary).to_string()).to_string(),
    }
}

/// What must not occur of an encoded text: all of it, and each part on a line of its own.
pub(crate) fn pieces(text: &str, encoding: usize) -> Vec<String> {
    match encoding {
        7 | 14 => text.lines().map(|line| line.trim().to_owned()).filter(|line| line.chars().count() >= 5).collect(),
        8..=13 => vec![text.trim_end_matches('=').to_owned()],
        _ => Vec::new(),
    }
}

fn wrapped(text: &str, width: usize, between: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    chars.chunks(width).map(String::from_iter).collect::<Vec<_>>().join(between)
}

fn json_char(c: char) -> String {
    let text = Json::from(c.to_string()).to_string();
    text[1..text.len() - 1].to_owned()
}

fn base32(bytes: &[u8]) -> String {
    let bits: Vec<u8> = bytes.iter().flat_map(|byte| (0..8).rev().map(move |at| byte >> at & 1)).collect();
    let letter = |bits: &[u8]| {
        let index = bits.iter().fold(0, |index, bit| index << 1 | usize::from(*bit)) << (5 - bits.len());
        char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[index])
    };
    bits.chunks(5).map(letter).collect()
}

/// All forms that must not occur.
pub(crate) fn forms(canary: &str) -> Vec<String> {
    let json = |text: &str| {
        let text = Json::from(text).to_string();
        text[1..text.len() - 1].to_owned()
    };
    let mut forms: Vec<String> = (0..6).map(|encoding| encoded(canary, encoding)).collect();
    forms.push(json(canary));
    forms.push(json(&json(canary)));
    forms
}

/// The standard alphabet, padded.
pub(crate) fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for at in 0..4 {
            out.push(if at <= chunk.len() { char::from(LETTERS[(bits >> (18 - 6 * at) & 63) as usize]) } else { '=' });
        }
    }
    out
}
