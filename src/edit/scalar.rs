//! Where each byte of a string's text stands in the way it is written.

use crate::edit::splice::Splice;

/// A string as it is written.
pub(super) struct Scalar<'a> {
    form: Form,
    /// For each byte of the text, and for its end, where it stands behind the beginning of the string.
    at: Vec<usize>,
    /// The blanks before each line of a block.
    indent: usize,
    /// The blanks before the second line of a string in double quotes in which each line ends with an escaped break.
    continued: Option<usize>,
    newline: &'a str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Literal,
    Folded,
    Single,
    Double,
}

impl<'a> Scalar<'a> {
    /// Reads the string at the beginning of `raw`, whose text is `text`. `None` where the two cannot be matched, and for
    /// strings without quotes.
    pub(super) fn read(raw: &str, text: &str, newline: &'a str) -> Option<Scalar<'a>> {
        let form = match raw.chars().next()? {
            '|' => Form::Literal,
            '>' => Form::Folded,
            '\'' => Form::Single,
            '"' => Form::Double,
            _ => return None,
        };
        let (at, indent) = match form {
            Form::Literal => literal(raw, text)?,
            Form::Folded => {
                let start = raw.find('\n')? + 1;
                let first = raw[start..].lines().find(|line| !line.trim().is_empty())?;
                let own = text.trim_start_matches('\n');
                let blanks = |line: &str| line.len() - line.trim_start_matches(' ').len();
                let indent = blanks(first).checked_sub(blanks(own))?;
                (folded(raw, text, start, Form::Folded, indent)?, indent)
            }
            form => (folded(raw, text, 1, form, 0)?, 0),
        };
        let continued = (form == Form::Double).then(|| continued(&raw[..*at.last()?])).flatten();
        Some(Scalar { form, at, indent, continued, newline })
    }

    /// Where byte `at` of the text stands.
    pub(super) fn at(&self, at: usize) -> usize {
        self.at[at.min(self.at.len() - 1)]
    }

    /// Whether a line break in the text can be written as one.
    pub(super) fn keeps_breaks(&self) -> bool {
        matches!(self.form, Form::Literal | Form::Double)
    }

    /// Splices of the text as splices of what is written.
    pub(super) fn placed(&self, splices: &[Splice]) -> Vec<Splice> {
        let placed =
            |one: &Splice| Splice { start: self.at(one.start), end: self.at(one.end), text: self.written(&one.text) };
        splices.iter().map(placed).collect()
    }

    /// A part of the text as it is written here.
    fn written(&self, part: &str) -> String {
        let quoted = |part: &str| {
            let quoted = serde_json::Value::from(part).to_string();
            quoted[1..quoted.len() - 1].to_owned()
        };
        match (self.form, self.continued) {
            (Form::Literal | Form::Folded, _) => {
                part.replace('\n', &format!("{}{}", self.newline, " ".repeat(self.indent)))
            }
            (Form::Single, _) => part.replace('\'', "''"),
            (Form::Double, None) => quoted(part),
            (Form::Double, Some(indent)) => {
                let mut lines = part.split('\n');
                let mut out = quoted(lines.next().unwrap_or_default());
                for line in lines {
                    // A blank at the beginning of a line needs a backslash.
                    let blank = if line.starts_with(' ') { "\\" } else { "" };
                    out.push_str(&format!("\\n\\{}{}{blank}{}", self.newline, " ".repeat(indent), quoted(line)));
                }
                out
            }
        }
    }
}

/// The blanks before the second line, if each line of a string in double quotes ends with `\n\`.
fn continued(raw: &str) -> Option<usize> {
    let mut lines = raw.lines().rev();
    lines.next()?;
    if !lines.all(|line| line.ends_with("\\n\\")) {
        return None;
    }
    raw.lines().nth(1).map(|second| second.len() - second.trim_start_matches(' ').len())
}

/// Each line of a literal block is the line of the text behind its indent.
fn literal(raw: &str, text: &str) -> Option<(Vec<usize>, usize)> {
    let mut at = Vec::with_capacity(text.len() + 1);
    let mut start = raw.find('\n')? + 1;
    let mut indent = None;
    for line in text.split_inclusive('\n') {
        let rest = raw.get(start..)?;
        let length = rest.find('\n').unwrap_or(rest.len());
        let written = rest[..length].trim_end_matches('\r');
        let own = line.trim_end_matches('\n');
        let blanks = match (own.is_empty(), indent) {
            (true, _) => written.len(),
            (false, Some(indent)) => indent,
            (false, None) => *indent.insert(written.len().checked_sub(own.len())?),
        };
        if written.get(blanks..)? != own {
            return None;
        }
        at.extend((0..own.len()).map(|byte| start + blanks + byte));
        if line.ends_with('\n') {
            at.push(start + written.len());
        }
        start += (length + 1).min(rest.len());
    }
    let end = if text.ends_with('\n') || text.is_empty() { start } else { at.last()? + 1 };
    at.push(end);
    Some((at, indent?))
}

/// The line breaks at `from`, with lines of blanks between them: how many, and where the next line begins.
fn breaks(raw: &str, from: usize) -> (usize, usize) {
    let bytes = raw.as_bytes();
    let (mut count, mut next, mut at) = (0, from, from);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\n' => {
                count += 1;
                at += 1;
                next = at;
            }
            b' ' | b'\t' | b'\r' => at += 1,
            _ => break,
        }
    }
    (count, next)
}

/// Lines that are joined by blanks: of folded blocks and of quotes.
fn folded(raw: &str, text: &str, start: usize, form: Form, indent: usize) -> Option<Vec<usize>> {
    let bytes = raw.as_bytes();
    let mut map = Vec::with_capacity(text.len() + 1);
    let skip = |at: usize| match form {
        Form::Folded => at + bytes[at..].iter().take(indent).take_while(|byte| **byte == b' ').count(),
        _ => at + bytes[at..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count(),
    };
    let mut at = if form == Form::Folded { skip(start) } else { start };
    let mut rest = text;
    while !rest.is_empty() {
        // A line ends here, perhaps behind blanks that do not count.
        let (count, next) = breaks(raw, at);
        let ends = count > 0 && (form != Form::Folded || matches!(bytes.get(at), Some(b'\n' | b'\r')));
        if ends {
            let own = rest.bytes().take_while(|byte| *byte == b'\n').count();
            let width = match (count, own) {
                (1, 0) if rest.starts_with(' ') => 1,
                (count, own) if own >= count => count,
                (count, own) if own + 1 == count => own,
                _ => return None,
            };
            map.extend(std::iter::repeat_n(at, width));
            rest = &rest[width..];
            at = skip(next);
            continue;
        }
        let (width, letter) = letter(&raw[at..], form)?;
        match letter {
            Some(letter) => {
                rest = rest.strip_prefix(letter)?;
                map.extend(std::iter::repeat_n(at, letter.len_utf8()));
                at += width;
            }
            // A break that an escape takes out.
            None => at = skip(at + width),
        }
    }
    map.push(at);
    Some(map)
}

/// How many bytes the first letter takes, and which it is.
fn letter(raw: &str, form: Form) -> Option<(usize, Option<char>)> {
    let first = raw.chars().next()?;
    match (form, first) {
        (Form::Single, '\'') => raw.starts_with("''").then_some((2, Some('\''))),
        (Form::Double, '"') => None,
        (Form::Double, '\\') => escaped(&raw[1..]).map(|(width, letter)| (width + 1, letter)),
        _ => Some((first.len_utf8(), Some(first))),
    }
}

/// What stands behind a backslash (YAML 1.2, 5.7).
fn escaped(raw: &str) -> Option<(usize, Option<char>)> {
    let first = raw.chars().next()?;
    let code = |length: usize| {
        let digits = raw.get(1..=length)?;
        Some((length + 1, Some(char::from_u32(u32::from_str_radix(digits, 16).ok()?)?)))
    };
    let letter = match first {
        'n' => '\n',
        't' | '\t' => '\t',
        'r' => '\r',
        '"' | '\\' | '/' | ' ' => first,
        'b' => '\u{8}',
        'f' => '\u{c}',
        '0' => '\0',
        'a' => '\u{7}',
        'e' => '\u{1b}',
        'v' => '\u{b}',
        'x' => return code(2),
        'u' => return code(4),
        'U' => return code(8),
        '\n' => return Some((1, None)),
        '\r' => return raw.starts_with("\r\n").then_some((2, None)),
        _ => return None,
    };
    Some((1, Some(letter)))
}
