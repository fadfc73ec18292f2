//! What git does to the line ends of a text when it checks it out, undone.
//!
//! In: the bytes of a file. Out: the bytes that git has, if the file may be one whose every LF git turned into CRLF, as it
//! does with `core.autocrlf=true`, or `eol=crlf` in `.gitattributes` (gitattributes(5); git's `convert.c`,
//! `crlf_to_worktree`). A text in which only some lines end with CRLF was not made by git.

/// Takes a text in pieces.
#[derive(Default)]
pub(crate) struct Undoing {
    /// Whether the last piece ended with a CR that may belong to a CRLF.
    pending: bool,
    /// Whether there was a CRLF.
    found: bool,
    /// Whether there was a LF alone, or a NUL byte: git leaves binary files as they are.
    failed: bool,
}

impl Undoing {
    /// Takes the next piece, and gives what it is without the CRs of line ends to `sink`.
    pub(crate) fn add(&mut self, piece: &[u8], mut sink: impl FnMut(&[u8])) {
        for line in piece.split_inclusive(|byte| *byte == b'\n') {
            if self.failed || line.is_empty() {
                return;
            }
            let (text, ends) = line.strip_suffix(b"\n").map_or((line, false), |text| (text, true));
            let (text, cr) = text.strip_suffix(b"\r").map_or((text, false), |text| (text, true));
            if self.pending && !(ends && line.len() == 1) {
                sink(b"\r");
            } else if ends && !cr && !self.pending {
                self.failed = true;
                return;
            }
            self.failed = text.contains(&0) || ends && !cr && line.len() > 1;
            sink(text);
            if ends {
                sink(b"\n");
                self.found = true;
            }
            self.pending = cr && !ends;
        }
    }

    /// Whether all pieces together are such a text.
    pub(crate) fn end(self, mut sink: impl FnMut(&[u8])) -> bool {
        if self.pending {
            sink(b"\r");
        }
        self.found && !self.failed
    }
}

/// The text that git turned into `bytes`; `None` if it did not.
pub(crate) fn undone(bytes: &[u8]) -> Option<Vec<u8>> {
    // Nearly always the first line says it.
    let first = bytes.iter().position(|byte| *byte == b'\n')?;
    if first == 0 || bytes[first - 1] != b'\r' {
        return None;
    }
    let mut text = Vec::with_capacity(bytes.len());
    let mut undoing = Undoing::default();
    undoing.add(bytes, |part| text.extend_from_slice(part));
    undoing.end(|part| text.extend_from_slice(part)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_text_whose_every_line_ends_with_crlf_is_undone() {
        for (bytes, text) in [
            ("a\r\nb\r\n", Some("a\nb\n")),
            ("a\r\n\r\nb", Some("a\n\nb")),
            ("\r\n", Some("\n")),
            ("a\rb\r\nc\r", Some("a\rb\nc\r")),
            ("a\r\r\n", Some("a\r\n")),
            ("a\nb\n", None),
            ("a\r\nb\n", None),
            ("a\r\n\nb\r\n", None),
            ("a\r\nb\0\r\n", None),
            ("\n", None),
            ("a\r", None),
            ("", None),
        ] {
            assert_eq!(undone(bytes.as_bytes()).as_deref(), text.map(str::as_bytes), "{bytes:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn pieces_say_what_the_whole_says(text in "[ab\\r\\n]{0,12}", cut in 0_usize..12) {
            let whole = undone(text.as_bytes());
            let mut parts = Vec::new();
            let mut undoing = Undoing::default();
            let (one, two) = text.as_bytes().split_at(cut.min(text.len()));
            undoing.add(one, |part| parts.extend_from_slice(part));
            undoing.add(two, |part| parts.extend_from_slice(part));
            let ends = undoing.end(|part| parts.extend_from_slice(part));
            proptest::prop_assert_eq!(ends.then_some(parts), whole);
        }

        #[test]
        fn what_git_does_is_undone(text in "[ab\\n]{0,12}") {
            let there = text.replace('\n', "\r\n");
            proptest::prop_assert_eq!(undone(there.as_bytes()), text.contains('\n').then(|| text.into_bytes()));
        }
    }
}
