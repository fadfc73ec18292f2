//! Maps and lists in brackets that end on the line on which they start.

use crate::yaml::simple::Scan;
use crate::yaml::simple::Step;
use crate::yaml::simple::letter;
use std::borrow::Cow;

/// How deeply brackets may be nested here; the parser reads deeper ones, and reports what is too deep.
const DEPTH: usize = 16;

impl Scan<'_> {
    /// Reads the map or list whose bracket is at `at`, on a line that ends at `end`; returns where it ends. `outside`: the
    /// number of brackets around it.
    pub(super) fn flow(&mut self, at: usize, end: usize, outside: usize) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let map = bytes[at] == b'{';
        let bracket = if map { b'}' } else { b']' };
        self.steps.push(Step::Open(map, true, at));
        let mut at = self.blanks(at + 1, end);
        if bytes[at] == bracket {
            self.steps.push(Step::Close(at));
            return Some(at + 1);
        }
        if outside == DEPTH {
            return None;
        }
        loop {
            if map {
                at = self.flow_key(at, end)?;
            }
            at = self.flow_value(at, end, outside)?;
            at = self.blanks(at, end);
            match bytes[at] {
                b',' => at = self.blanks(at + 1, end),
                byte if byte == bracket => {
                    self.steps.push(Step::Close(at));
                    return Some(at + 1);
                }
                _ => return None,
            }
        }
    }

    /// The first byte at or after `at` that is not a blank; at most `end`, where the line break is.
    fn blanks(&self, at: usize, end: usize) -> usize {
        at + self.text.as_bytes()[at..end].iter().take_while(|byte| **byte == b' ').count()
    }

    /// Reads a key and its colon; returns where its value starts.
    fn flow_key(&mut self, at: usize, end: usize) -> Option<usize> {
        if matches!(self.text.as_bytes()[at], b'"' | b'\'') {
            let colon = self.flow_quoted(at, end)?;
            // A value may follow the colon at once, as in JSON.
            let is_key = self.text.as_bytes()[colon] == b':' && colon - at < 1000;
            return is_key.then(|| self.blanks(colon + 1, end));
        }
        let colon = self.key_end(at, end)?;
        self.steps.push(Step::Scalar(Cow::Borrowed(&self.text[at..colon]), true, at, colon));
        Some(self.blanks(colon + 1, end))
    }

    fn flow_value(&mut self, at: usize, end: usize, outside: usize) -> Option<usize> {
        let bytes = self.text.as_bytes();
        match bytes[at] {
            b'{' | b'[' => self.flow(at, end, outside + 1),
            b'"' | b'\'' => self.flow_quoted(at, end),
            first => {
                let begins = letter(first)
                    || matches!(first, b'_' | b'/')
                    || first == b'-' && bytes[at + 1].is_ascii_alphanumeric();
                // A colon is text where it can be neither the end of a key nor the start of a value.
                let goes_on = |at: usize| match bytes[at] {
                    b':' => bytes[at + 1].is_ascii_alphanumeric() || bytes[at + 1] == b'/',
                    byte => letter(byte) || b"_./-+=()$ ".contains(&byte),
                };
                let stop = (at..end).find(|at| !goes_on(*at)).unwrap_or(end);
                let text = self.text[at..stop].trim_end_matches(' ');
                begins.then(|| {
                    self.steps.push(Step::Scalar(Cow::Borrowed(text), true, at, at + text.len()));
                    stop
                })
            }
        }
    }

    /// Reads a text in quotes without escapes; returns where it ends.
    fn flow_quoted(&mut self, at: usize, end: usize) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let quote = bytes[at];
        let close = (at + 1..end).find(|at| matches!(bytes[*at], b'\\') || bytes[*at] == quote)?;
        if bytes[close] != quote || bytes[close + 1] == quote {
            return None;
        }
        self.steps.push(Step::Scalar(Cow::Borrowed(&self.text[at + 1..close]), false, at, close + 1));
        Some(close + 1)
    }
}
