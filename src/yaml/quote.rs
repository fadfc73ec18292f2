//! How to write a text so that every reader reads it as that text.
//!
//! In: a text. Out: whether it can be plain, its lines as a block, or its double-quoted form.

use std::fmt::Write;

/// Whether `text` can be written without quotes, as a value or a key, for readers of YAML 1.1 and 1.2.
///
/// Errs on the side of quoting: anything that looks like the start of a number is quoted.
pub(super) fn plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else {
        return false;
    };
    let start = match first {
        b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'/' | b'(' | b'$' | b';' | b'^' => true,
        // Versions, addresses, durations and quantities start with digits; only those that are text for every reader
        // are plain.
        b'0'..=b'9' => digits_are_text(text),
        b'-' | b'+' | b'.' => {
            bytes.get(1).is_some_and(|second| second.is_ascii_alphabetic() || b"/-_".contains(second))
                && !number_like(text)
                && !text.starts_with("---")
        }
        first => !first.is_ascii(),
    };
    // A long text on one line is fine; one with a line break is never plain.
    start && !matches!(last, b' ' | b':') && !word(text) && inside(text)
}

/// Whether nothing inside `text` ends it early, and all of it is printable.
fn inside(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut before = b'x';
    for (at, byte) in bytes.iter().enumerate() {
        let fine = match byte {
            // Commas and brackets are fine in block context, the only one we write.
            b'#' => before != b' ',
            b':' => bytes.get(at + 1) != Some(&b' '),
            0x20..=0x7e => true,
            0x80.. => true,
            _ => false,
        };
        if !fine {
            return false;
        }
        before = *byte;
    }
    text.is_ascii() || text.chars().all(|character| character.is_ascii() || shows(character))
}

/// The words that some reader takes for a boolean or null, in any case, and those that resemble numbers.
fn word(text: &str) -> bool {
    if text.len() > 10 {
        return false;
    }
    let bare = text.trim_start_matches(['-', '+', '.']);
    // The first letter rules out most words.
    matches!(
        bare.bytes().next(),
        Some(b'y' | b'n' | b'o' | b't' | b'f' | b'i' | b'Y' | b'N' | b'O' | b'T' | b'F' | b'I')
    ) && ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf", "infinity"]
        .iter()
        .any(|word| bare.eq_ignore_ascii_case(word))
}

/// Whether a text that starts with a digit stays text: it contains a letter that no number or date can contain.
fn digits_are_text(text: &str) -> bool {
    let number = |byte: u8| byte.is_ascii_hexdigit() || b"xXoOpP_.,:+-TtZz \t".contains(&byte);
    !text.bytes().all(number) && !date_like(text)
}

/// Whether a text that starts with a sign or a point could continue as a number.
fn number_like(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit())
        && text.bytes().all(|byte| byte.is_ascii_hexdigit() || b"xXoOpP_.:+-".contains(&byte))
}

fn date_like(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 8 && bytes[..4].iter().all(u8::is_ascii_digit) && bytes[4] == b'-'
}

/// Whether a non-ASCII character is printed verbatim: letters and symbols of any script, but nothing invisible that a
/// reader or an editor could take for a line break, a space or a control character.
fn shows(character: char) -> bool {
    !matches!(character,
        '\u{80}'..='\u{a0}' | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{2028}'..='\u{202e}' | '\u{2000}'..='\u{200f}' | '\u{205f}'..='\u{206f}'
        | '\u{1680}' | '\u{180b}'..='\u{180f}' | '\u{3000}' | '\u{3164}' | '\u{ffa0}' | '\u{e000}'..='\u{f8ff}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}'
        | '\u{fffe}' | '\u{ffff}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..)
        && (character as u32) & 0xfffe != 0xfffe
}

/// A text as a `|` block.
pub(super) struct Block<'a> {
    text: &'a str,
    /// The lines without trailing line breaks.
    body: &'a str,
}

/// `text` as a block, if it has several lines and all readers keep them as they are.
pub(super) fn literal(text: &str) -> Option<Block<'_>> {
    let body = text.trim_end_matches('\n');
    let first = text.split('\n').find(|line| !line.is_empty())?;
    let allowed = |character: char| match character {
        '\n' | '\t' => true,
        ' '..='~' => true,
        _ => !character.is_ascii() && shows(character),
    };
    let safe = text.contains('\n')
        && !body.is_empty()
        // Go rejects a block that starts with a tab.
        && !first.starts_with('\t')
        // Readers disagree about the indentation of a line that consists only of spaces.
        && !text.split('\n').any(|line| !line.is_empty() && line.bytes().all(|byte| byte == b' ' || byte == b'\t'))
        && text.chars().all(allowed);
    safe.then_some(Block { text, body })
}

impl Block<'_> {
    /// Writes the header and the lines, each at `indent`, and the last line break.
    pub(super) fn write(&self, indent: usize, out: &mut String) {
        out.push('|');
        // Without an indentation indicator, readers use the indentation of the first line that is not empty.
        if self.body.starts_with([' ', '\n']) {
            out.push('2');
        }
        let breaks = self.text.len() - self.body.len();
        out.push_str(match breaks {
            0 => "-",
            1 => "",
            _ => "+",
        });
        out.push('\n');
        for line in self.body.split('\n') {
            if !line.is_empty() {
                out.extend(std::iter::repeat_n(' ', indent));
                out.push_str(line);
            }
            out.push('\n');
        }
        out.extend(std::iter::repeat_n('\n', breaks.saturating_sub(1)));
    }
}

/// Appends `text` in double quotes, on one line.
pub(super) fn quoted(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            ' '..='~' => out.push(character),
            _ if !character.is_ascii() && shows(character) => out.push(character),
            _ => {
                let code = character as u32;
                let _ = match code {
                    0..=0xff => write!(out, "\\x{code:02X}"),
                    0x100..=0xffff => write!(out, "\\u{code:04X}"),
                    _ => write!(out, "\\U{code:08X}"),
                };
            }
        }
    }
    out.push('"');
}
