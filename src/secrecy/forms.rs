//! The other ways in which a text can spell the same content.
//!
//! In: a text. Out: its bytes without white space, with escapes resolved, or reduced to the digits of an encoding, each
//! mapped back to its position in the text. Linear in the length of the text; anything that is not an escape is kept.

/// How many levels of nested escaping are resolved.
const ROUNDS: usize = 3;
/// The characters that begin escapes.
const SIGNS: [u8; 4] = [b'\\', b'%', b'&', b'~'];
/// The HTML entity names of ASCII characters.
const ENTITIES: [(&str, char); 39] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", ' '),
    ("Tab", '\t'),
    ("NewLine", '\n'),
    ("excl", '!'),
    ("num", '#'),
    ("dollar", '$'),
    ("percnt", '%'),
    ("lpar", '('),
    ("rpar", ')'),
    ("ast", '*'),
    ("plus", '+'),
    ("comma", ','),
    ("hyphen", '-'),
    ("dash", '-'),
    ("period", '.'),
    ("sol", '/'),
    ("colon", ':'),
    ("semi", ';'),
    ("equals", '='),
    ("quest", '?'),
    ("commat", '@'),
    ("lsqb", '['),
    ("lbrack", '['),
    ("bsol", '\\'),
    ("rsqb", ']'),
    ("rbrack", ']'),
    ("Hat", '^'),
    ("lowbar", '_'),
    ("grave", '`'),
    ("lcub", '{'),
    ("lbrace", '{'),
    ("verbar", '|'),
    ("rcub", '}'),
    ("rbrace", '}'),
];

/// Bytes, each with the part of the text that it came from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Form {
    pub(crate) bytes: Vec<u8>,
    parts: Vec<(u32, u32)>,
}

impl Form {
    /// The text itself.
    pub(crate) fn of(text: &str) -> Form {
        let mut form = Form::default();
        for (at, c) in text.char_indices() {
            form.push(c, (at as u32, (at + c.len_utf8()) as u32));
        }
        form
    }

    /// The part of the text that the bytes `start..end` came from, on character boundaries.
    pub(crate) fn part(&self, start: usize, end: usize) -> (usize, usize) {
        let parts = &self.parts[start..end];
        let from = parts.first().map_or(0, |part| part.0);
        (from as usize, parts.last().map_or(from, |part| part.1) as usize)
    }

    fn push(&mut self, c: char, part: (u32, u32)) {
        let mut buffer = [0; 4];
        for byte in c.encode_utf8(&mut buffer).bytes() {
            self.bytes.push(byte);
            self.parts.push(part);
        }
    }

    fn keep(&self, mut wanted: impl FnMut(usize, u8) -> Option<u8>) -> Form {
        let mut form = Form::default();
        for (at, (byte, part)) in self.bytes.iter().zip(&self.parts).enumerate() {
            if let Some(byte) = wanted(at, *byte) {
                form.bytes.push(byte);
                form.parts.push(*part);
            }
        }
        form
    }

    /// Without white space.
    pub(crate) fn squeezed(&self) -> Form {
        self.keep(|_, byte| (!byte.is_ascii_whitespace()).then_some(byte))
    }

    /// The digits of a case-insensitive encoding, without the separators that people put between them.
    pub(crate) fn digits(&self) -> Form {
        let bytes = &self.bytes;
        let prefix = |at: usize| bytes.get(at) == Some(&b'0') && matches!(bytes.get(at + 1), Some(b'x' | b'X'));
        self.keep(|at, byte| match byte {
            b':' | b'-' | b',' | b'_' | b'\\' | b'"' | b'\'' => None,
            b'x' | b'X' if at > 0 && (prefix(at - 1) || bytes[at - 1] == b'\\') => None,
            b'0' if prefix(at) => None,
            byte if byte.is_ascii_whitespace() => None,
            byte => Some(byte.to_ascii_lowercase()),
        })
    }

    /// With escapes resolved, repeatedly; empty if there are none. If there are escapes of several kinds, also with
    /// each kind resolved on its own, since the others may be meant literally.
    pub(crate) fn resolved(&self) -> Vec<Form> {
        let there: Vec<u8> = SIGNS.into_iter().filter(|sign| self.bytes.contains(sign)).collect();
        let mut forms = self.chain(&there);
        if there.len() > 1 {
            forms.extend(there.iter().flat_map(|sign| self.chain(&[*sign])));
        }
        forms
    }

    /// With all escapes resolved.
    pub(crate) fn plain(&self) -> Option<Form> {
        self.chain(&SIGNS).pop()
    }

    fn chain(&self, signs: &[u8]) -> Vec<Form> {
        let mut forms: Vec<Form> = Vec::new();
        for _ in 0..ROUNDS {
            let Some(next) = forms.last().unwrap_or(self).resolved_once(signs) else { break };
            forms.push(next);
        }
        forms
    }

    fn resolved_once(&self, signs: &[u8]) -> Option<Form> {
        if !self.bytes.iter().any(|byte| signs.contains(byte)) {
            return None;
        }
        let (mut form, mut at, mut any) = (Form::default(), 0, false);
        while at < self.bytes.len() {
            let escape = match self.bytes[at] {
                sign if !signs.contains(&sign) => None,
                b'\\' => backslash(&self.bytes[at..]),
                b'%' => number(&self.bytes[at + 1..], 2, 16).map(|byte| (Unescaped::Byte(byte as u8), 3)),
                b'&' => entity(&self.bytes[at..]),
                // JSON pointer escapes.
                b'~' => match self.bytes.get(at + 1) {
                    Some(b'0') => Some((Unescaped::Byte(b'~'), 2)),
                    Some(b'1') => Some((Unescaped::Byte(b'/'), 2)),
                    _ => None,
                },
                _ => None,
            };
            let Some((said, length)) = escape else {
                form.bytes.push(self.bytes[at]);
                form.parts.push(self.parts[at]);
                at += 1;
                continue;
            };
            any = true;
            let part = (self.parts[at].0, self.parts[at + length - 1].1);
            match said {
                Unescaped::Nothing => {}
                Unescaped::Char(c) => form.push(c, part),
                Unescaped::Byte(byte) => {
                    form.bytes.push(byte);
                    form.parts.push(part);
                }
            }
            at += length;
        }
        any.then_some(form)
    }
}

/// The meaning of an escape.
enum Unescaped {
    Nothing,
    Char(char),
    Byte(u8),
}

/// The number that the first `count` bytes spell.
fn number(bytes: &[u8], count: usize, radix: u32) -> Option<u32> {
    let digits = std::str::from_utf8(bytes.get(..count)?).ok()?;
    let whole = !digits.is_empty() && digits.bytes().all(|byte| char::from(byte).is_digit(radix));
    if whole { u32::from_str_radix(digits, radix).ok() } else { None }
}

/// An escape of JSON, YAML, shells or programming languages, with its length.
fn backslash(bytes: &[u8]) -> Option<(Unescaped, usize)> {
    let char_of = |code: u32, length: usize| char::from_u32(code).map(|c| (Unescaped::Char(c), length));
    match *bytes.get(1)? {
        b'n' => char_of(0x0a, 2),
        b'r' => char_of(0x0d, 2),
        b't' => char_of(0x09, 2),
        b'\n' => Some((Unescaped::Nothing, 2)),
        b'x' => {
            number(&bytes[2..], 2, 16).map(|byte| (Unescaped::Byte(byte as u8), 4)).map(|(said, length)| match said {
                // In YAML it is a character, elsewhere a byte; below 128 the two are the same.
                Unescaped::Byte(byte @ 128..) if !utf8_follows(bytes) => (Unescaped::Char(char::from(byte)), length),
                said => (said, length),
            })
        }
        b'u' if bytes.get(2) == Some(&b'{') => {
            let count = bytes[3..].iter().take(7).position(|byte| *byte == b'}')?;
            char_of(number(&bytes[3..], count, 16)?, count + 4)
        }
        b'u' => {
            let high = number(&bytes[2..], 4, 16)?;
            let low = bytes.get(6..8).filter(|next| next == b"\\u").and_then(|_| number(&bytes[8..], 4, 16));
            match (high, low) {
                (0xd800..0xdc00, Some(low @ 0xdc00..0xe000)) => {
                    char_of(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00), 12)
                }
                _ => char_of(high, 6),
            }
        }
        b'U' => char_of(number(&bytes[2..], 8, 16)?, 10),
        b'0'..=b'3' => number(&bytes[1..], 3, 8).map(|byte| (Unescaped::Byte(byte as u8), 4)),
        sign if sign.is_ascii_punctuation() || sign == b' ' => char_of(u32::from(sign), 2),
        _ => None,
    }
}

/// Whether this escape and the next are two bytes of one character rather than two characters.
fn utf8_follows(bytes: &[u8]) -> bool {
    let first = number(&bytes[2..], 2, 16).unwrap_or_default();
    let next = bytes.get(4..6).filter(|next| next == b"\\x").and_then(|_| number(&bytes[6..], 2, 16));
    (0x80..0xc0).contains(&first) || next.is_some_and(|next| (0x80..0xc0).contains(&next))
}

/// An HTML or XML entity, with its length.
fn entity(bytes: &[u8]) -> Option<(Unescaped, usize)> {
    let end = bytes.iter().take(12).position(|byte| *byte == b';')?;
    let name = std::str::from_utf8(&bytes[1..end]).ok()?;
    let c = match name.strip_prefix('#') {
        Some(code) => char::from_u32(match code.strip_prefix(['x', 'X']) {
            Some(code) => u32::from_str_radix(code, 16).ok()?,
            None => code.parse().ok()?,
        })?,
        None => ENTITIES.iter().find(|(other, _)| *other == name)?.1,
    };
    Some((Unescaped::Char(c), end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last(text: &str) -> String {
        Form::of(text).plain().map_or_else(String::new, |form| String::from_utf8_lossy(&form.bytes).into_owned())
    }

    #[test]
    fn escapes_of_every_kind_are_resolved() {
        for text in
            ["\\x21é", "\\u0021\\u00e9", "%21%C3%A9", "&#33;&#xe9;", "&excl;\\xe9", "\\\\u0021é", "\\041\\xc3\\xa9"]
        {
            assert_eq!(last(text), "!é", "{text}");
        }
        assert_eq!(last("\\ud83d\\ude00\\U0001f600\\u{1f600}"), "😀😀😀");
        for text in ["100% \\q & &; &nosuch; \\x2 %zz \\u{} \\ud800 \\", "plain"] {
            assert!(Form::of(text).resolved().is_empty(), "{text}");
        }
    }

    #[test]
    fn a_part_of_a_form_is_mapped_back_to_the_text() {
        let text = "é \\u0061b%63\nd";
        let form = Form::of(text).resolved().remove(0).squeezed();
        assert_eq!(form.bytes, "éabcd".as_bytes());
        let (start, end) = form.part(2, 5);
        assert_eq!(&text[start..end], "\\u0061b%63");
        assert_eq!(Form::of("70:6A 0x6b, \\x6c").digits().bytes, b"706a6b6c");
    }
}
