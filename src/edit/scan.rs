//! Finds positions in the text between two values.

/// The first byte at or after `at` that is not a blank, a line break or part of a comment.
pub(super) fn content(text: &str, at: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = at;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => at += 1,
            // A byte order mark.
            0xef if bytes[at..].starts_with("\u{feff}".as_bytes()) => at += 3,
            b'#' if at == 0 || bytes[at - 1].is_ascii_whitespace() => at = line_end(text, at),
            _ => break,
        }
    }
    at
}

/// Like [`content`], but also skips anchors and tags.
pub(super) fn value(text: &str, at: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = content(text, at);
    while matches!(bytes.get(at), Some(b'&' | b'!')) {
        at = content(text, property(bytes, at));
    }
    at
}

/// Where the anchor and the tag end that follow `at` in its line; `at` if there are none.
pub(super) fn properties(text: &str, at: usize) -> usize {
    let bytes = text.as_bytes();
    let mut end = at;
    loop {
        let blanks = bytes[end..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        match bytes.get(end + blanks) {
            Some(b'&' | b'!') => end = property(bytes, end + blanks),
            _ => return end,
        }
    }
}

/// Where the anchor or tag at `at` ends.
fn property(bytes: &[u8], at: usize) -> usize {
    // The indicators of flow style end a name, as in `&a{b: c}`, but not a tag in angle brackets (YAML 1.2 productions
    // 22 `c-flow-indicator`, 98 and 102).
    let verbatim = bytes[at..].starts_with(b"!<");
    let ends =
        |byte: &u8| byte.is_ascii_whitespace() || (!verbatim && matches!(byte, b',' | b'[' | b']' | b'{' | b'}'));
    bytes[at..].iter().position(ends).map_or(bytes.len(), |length| at + length)
}

/// Where the line containing `at` starts.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    text.as_bytes()[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1)
}

/// Where the line containing `at` ends, before its line break.
pub(super) fn line_end(text: &str, at: usize) -> usize {
    let bytes = text.as_bytes();
    let end = bytes[at..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |length| at + length);
    if end > 0 && bytes[end - 1] == b'\r' { end - 1 } else { end }
}

/// Where the next line starts, or the end of the text if there is none.
pub(super) fn next_line(text: &str, at: usize) -> usize {
    let bytes = text.as_bytes();
    bytes[at..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |length| at + length + 1)
}

/// The number of bytes before `at` in its line, not counting a byte order mark.
pub(super) fn column(text: &str, at: usize) -> usize {
    let start = line_start(text, at);
    let mark = if text[start..at].starts_with('\u{feff}') { 3 } else { 0 };
    at - start - mark
}

/// Whether only blanks, or the tabs of JSON, precede `at` in its line.
pub(super) fn first_in_line(text: &str, at: usize) -> bool {
    text[line_start(text, at)..at].bytes().all(|byte| matches!(byte, b' ' | b'\t'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_and_tags_end_where_a_value_begins() {
        for text in
            ["&a {b: c}", "&a{b: c}", "!t {b: c}", "!<tag:yaml.org,2002:map> {b: c}", "&a !t\n {b: c}", "{b: c}"]
        {
            assert_eq!(&text[value(text, 0)..], "{b: c}", "{text}");
        }
    }
}
