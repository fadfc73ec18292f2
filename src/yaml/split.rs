//! Splits a stream into documents.
//!
//! In: a text. Out: byte ranges that can each be parsed separately, so that a malformed document does not hide others
//! and long streams are read on several cores. The ranges cover the whole text.

use std::ops::Range;

/// The ranges of `text` that contain one document each. `---` and `...` at the start of a line end every scalar, so no
/// split falls inside one.
pub(super) fn segments(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut start = 0;
    // Whether the segment has a `---`, or content without one.
    let mut begun = false;
    let mut line = 0;
    while line < bytes.len() {
        let end = bytes[line..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |length| line + length + 1);
        match bytes[line] {
            b'-' if is_marker(&bytes[line..], b"---") => {
                // Directives and comments before the first marker belong to the document that it starts.
                if begun {
                    found.push(start..line);
                    start = line;
                }
                begun = true;
            }
            b'.' if is_marker(&bytes[line..], b"...") => {
                found.push(start..end);
                start = end;
                begun = false;
            }
            b'#' | b'%' | b'\n' | b'\r' => {}
            b' ' | b'\t' if begun => {}
            b' ' | b'\t' => {
                let content = text[line..end].trim_start();
                begun = !content.is_empty() && !content.starts_with('#');
            }
            _ => begun = true,
        }
        line = end;
    }
    if start < bytes.len() {
        found.push(start..bytes.len());
    }
    found
}

fn is_marker(line: &[u8], marker: &[u8]) -> bool {
    line.starts_with(marker) && matches!(line.get(3), None | Some(b' ' | b'\t' | b'\n' | b'\r'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Vec<&str> {
        segments(text).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn each_document_is_a_part() {
        assert_eq!(parts("a: 1\n---\nb: 2\n--- c\n---\n"), ["a: 1\n", "---\nb: 2\n", "--- c\n", "---\n"]);
        assert_eq!(parts("---\na\n"), ["---\na\n"]);
        assert_eq!(parts(""), [""; 0]);
        assert_eq!(parts("----\n--- x\n---y\n"), ["----\n", "--- x\n---y\n"]);
    }

    #[test]
    fn directives_and_comments_stay_with_their_document() {
        assert_eq!(
            parts("# c\n%YAML 1.1\n---\na\n...\n%YAML 1.1\n---\nb\n"),
            ["# c\n%YAML 1.1\n---\na\n...\n", "%YAML 1.1\n---\nb\n"]
        );
        assert_eq!(parts("  # c\n---\r\na\r\n---\r\nb"), ["  # c\n---\r\na\r\n", "---\r\nb"]);
    }
}
