//! A fast path for simple documents: block maps and lists with one scalar or short flow collection per line, as in nearly
//! all manifests.
//!
//! In: the text of one document. Out: the events that the parser would produce, or nothing if anything in it is not
//! plainly simple; then the parser is used. Several times as fast as the parser; a property test checks that both give
//! the same result.

mod flow;

use std::borrow::Cow;

/// An event for the loader, with byte offsets in the text.
pub(super) enum Step<'a> {
    /// A key or a value; whether it was written without quotes; where it starts and ends.
    Scalar(Cow<'a, str>, bool, usize, usize),
    /// The start of a map (or a list), and whether it has brackets.
    Open(bool, bool, usize),
    /// The end of the innermost map or list: where its bracket is, if it has any.
    Close(usize),
}

struct Level {
    indent: usize,
    map: bool,
}

struct Scan<'a> {
    text: &'a str,
    steps: Vec<Step<'a>>,
    stack: Vec<Level>,
    /// The end of a key whose value has not been read yet.
    awaiting: Option<usize>,
    begun: bool,
}

/// The steps of `text`, and where its content starts.
pub(super) fn steps(text: &str) -> Option<(Vec<Step<'_>>, usize)> {
    // Tabs, carriage returns and characters that resemble line breaks or byte order marks are left to the parser.
    if text.bytes().fold(false, |any, byte| any | matches!(byte, b'\t' | b'\r' | 0xc2 | 0xe2 | 0xef)) {
        return None;
    }
    let start = if text.starts_with("---\n") { 4 } else { 0 };
    let mut scan =
        Scan { text, steps: Vec::with_capacity(text.len() / 10), stack: Vec::new(), awaiting: None, begun: false };
    let mut at = start;
    while at < text.len() {
        at = scan.line(at)?;
    }
    scan.settle();
    while scan.stack.pop().is_some() {
        scan.steps.push(Step::Close(0));
    }
    scan.begun.then_some((scan.steps, start))
}

impl<'a> Scan<'a> {
    /// Reads the line at `at`; returns where the next one starts.
    fn line(&mut self, at: usize) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let end = bytes[at..].iter().position(|byte| *byte == b'\n').map(|length| at + length)?;
        let mut column = at + bytes[at..end].iter().take_while(|byte| **byte == b' ').count();
        if column == end || bytes[column] == b'#' {
            return Some(end + 1);
        }
        let mut indent = column - at;
        let dash = bytes[column..end].starts_with(b"- ");
        self.make_room(indent, dash, column)?;
        if dash {
            if self.stack.last().is_none_or(|top| top.map || top.indent != indent) {
                return None;
            }
            column += 2;
            indent += 2;
            if let Some(colon) = self.key_end(column, end) {
                self.stack.push(Level { indent, map: true });
                self.steps.push(Step::Open(true, false, column));
                return self.entry(column, colon, end);
            }
            return self.value(column, end, indent - 2);
        }
        if self.stack.last().is_none_or(|top| !top.map || top.indent != indent) {
            return None;
        }
        let colon = self.key_end(column, end)?;
        self.entry(column, colon, end)
    }

    /// Closes the collections that end before a line at `indent`, and opens those that start there.
    fn make_room(&mut self, indent: usize, dash: bool, column: usize) -> Option<()> {
        if !self.begun {
            self.begun = true;
            if indent != 0 {
                return None;
            }
            self.stack.push(Level { indent, map: !dash });
            self.steps.push(Step::Open(!dash, false, column));
            return Some(());
        }
        if self.awaiting.is_some() {
            let parent = self.stack.last()?.indent;
            if indent > parent || dash && indent == parent {
                self.awaiting = None;
                self.stack.push(Level { indent, map: !dash });
                // For the parser, a list at its parent's column starts after its first dash.
                let start = if indent == parent { column + 2 } else { column };
                self.steps.push(Step::Open(!dash, false, start));
                return Some(());
            }
            self.settle();
        }
        while self.stack.last().is_some_and(|top| top.indent > indent || top.indent == indent && !top.map && !dash) {
            self.stack.pop();
            self.steps.push(Step::Close(0));
        }
        Some(())
    }

    /// A key without a value is null.
    fn settle(&mut self) {
        if let Some(at) = self.awaiting.take() {
            self.steps.push(Step::Scalar(Cow::Borrowed(""), true, at, at));
        }
    }

    /// The position of the `:` of a simple key at `at`.
    fn key_end(&self, at: usize, end: usize) -> Option<usize> {
        let line = &self.text.as_bytes()[at..end];
        let length = line.iter().take_while(|byte| letter(**byte) || b"_./-".contains(byte)).count();
        let colon = line.get(length) == Some(&b':') && matches!(line.get(length + 1), None | Some(b' '));
        (colon && length < 1000 && letter(line[0])).then_some(at + length)
    }

    fn entry(&mut self, at: usize, colon: usize, end: usize) -> Option<usize> {
        self.steps.push(Step::Scalar(Cow::Borrowed(&self.text[at..colon]), true, at, colon));
        let indent = self.stack.last()?.indent;
        let rest = self.text.as_bytes()[colon + 1..end].iter().take_while(|byte| **byte == b' ').count();
        let value = colon + 1 + rest;
        if value == end || self.text.as_bytes()[value] == b'#' {
            self.awaiting = Some(colon);
            return Some(end + 1);
        }
        self.value(value, end, indent)
    }

    /// A value that starts at `at` on a line that ends at `end`, in a collection at `indent`.
    fn value(&mut self, at: usize, end: usize, indent: usize) -> Option<usize> {
        let line = &self.text[at..end];
        let bytes = line.as_bytes();
        match *bytes.first()? {
            quote @ (b'"' | b'\'') => {
                let close = 1 + bytes[1..].iter().position(|byte| *byte == quote || *byte == b'\\')?;
                let rest = line[close..].get(1..)?;
                if bytes[close] != quote || !is_rest(rest) {
                    return None;
                }
                self.steps.push(Step::Scalar(Cow::Borrowed(&line[1..close]), false, at, at + close + 1));
            }
            b'{' | b'[' => {
                let close = self.flow(at, end, 0)?;
                if !is_rest(&self.text[close..end]) {
                    return None;
                }
            }
            b'|' if line == "|" || line == "|-" => return self.block(at, end, indent),
            b'-' if !bytes.get(1).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'-') => return None,
            b'?' | b':' | b',' | b']' | b'}' | b'#' | b'&' | b'*' | b'!' | b'|' | b'>' | b'%' | b'@' | b'`' => {
                return None;
            }
            b' ' => return None,
            _ => {
                let mut stop = bytes.len();
                for (index, byte) in bytes.iter().enumerate() {
                    match byte {
                        b':' if matches!(bytes.get(index + 1), None | Some(b' ')) => return None,
                        b'#' if bytes[index - 1] == b' ' => {
                            stop = index;
                            break;
                        }
                        _ => {}
                    }
                }
                let text = line[..stop].trim_end_matches(' ');
                self.steps.push(Step::Scalar(Cow::Borrowed(text), true, at, at + text.len()));
            }
        }
        Some(end + 1)
    }

    /// Reads a `|` block whose header starts at `at`; returns where the line after it starts.
    fn block(&mut self, at: usize, end: usize, indent: usize) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let depth = bytes[end + 1..].iter().take_while(|byte| **byte == b' ').count();
        if depth <= indent || matches!(bytes.get(end + 1 + depth), None | Some(b'\n')) {
            return None;
        }
        let mut text = String::new();
        let mut line = end + 1;
        let mut stop = line;
        while line < bytes.len() {
            let next = bytes[line..].iter().position(|byte| *byte == b'\n').map(|length| line + length)?;
            let blank = bytes[line..next].iter().take_while(|byte| **byte == b' ').count();
            if line + blank == next && blank > 0 {
                return None;
            }
            if line != next && blank < depth {
                if blank > indent {
                    return None;
                }
                break;
            }
            text.push_str(self.text[line..next].get(depth..).unwrap_or(""));
            text.push('\n');
            line = next + 1;
            stop = line;
        }
        text.truncate(text.trim_end_matches('\n').len());
        if end - at == 1 {
            text.push('\n');
        }
        let start = end + 1 + depth;
        let stop = start + self.text[start..stop].trim_end().len();
        self.steps.push(Step::Scalar(Cow::Owned(text), false, start, stop));
        Some(line)
    }
}

/// Whether nothing but a comment follows a value on its line.
fn is_rest(rest: &str) -> bool {
    rest.trim_start_matches(' ').is_empty() || rest.starts_with(" #")
}

/// ASCII letters and digits, and everything outside ASCII: characters that resemble line breaks have been excluded.
fn letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || !byte.is_ascii()
}
