//! The values of `key:` and `key=` in a text, in the styles of YAML, JSON and shells, even if it is malformed.

use crate::secrecy::REDACTED;
use crate::secrecy::Weight;
use crate::secrecy::broken;
use crate::secrecy::key::holds_headers;
use crate::secrecy::key::holds_tokens;
use crate::secrecy::key::is_telling;
use crate::secrecy::key::is_value;
use crate::secrecy::key::judge;
use crate::secrecy::key::judge_header;
use crate::secrecy::key::token_of;
use crate::secrecy::reference::is_placeholder;
use crate::secrecy::text::Part;
use crate::secrecy::text::WINDOW;
use crate::secrecy::text::floor;
use crate::secrecy::text::secret_scalar;
use std::ops::Range;

/// How a text is interpreted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    /// Literally: only what is certainly a value.
    Strict,
    /// As it may have been meant: everything that may belong to a value. For excerpts of possibly malformed text.
    Wide,
}

/// The values of `key:` and `key=`.
pub(crate) fn keyed(text: &str, reading: Reading, out: &mut Vec<Part>) {
    let bytes = text.as_bytes();
    let mut done = 0;
    let mut line = Line::default();
    let mut aliases = ALIASES;
    let mut headers: Option<Inside> = None;
    let mut tokens: Option<Inside> = None;
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'\n' => line = Line { start: at + 1, ..Line::default() },
            b'{' | b'[' => line.flow = true,
            _ => {}
        }
        if !matches!(byte, b':' | b'=') || at < done {
            continue;
        }
        let Some(key) = key_before(text, at) else { continue };
        let name = &text[key.clone()];
        headers = headers.filter(|headers| headers.reach(text, line, key.start));
        tokens = tokens.filter(|tokens| tokens.reach(text, line, key.start));
        if *byte == b':' && holds_headers(name) {
            headers = Inside::at(text, line, at);
            continue;
        }
        if holds_tokens(name)
            && let Some(map) = Inside::at(text, line, at)
        {
            tokens = Some(map);
            continue;
        }
        let paired = is_value(name).then(|| name_beside(text, line.start, key.start, at)).flatten();
        let name = paired.unwrap_or(name);
        // `"pass\u0077ord"`: a key with escapes is left to the parser.
        let escaped =
            reading == Reading::Wide && text[..key.start].ends_with('\\') && name.starts_with(['u', 'x', 'U']);
        let name = if escaped { "password" } else { name };
        let name = if tokens.is_some() { token_of(name) } else { name };
        // The cheap check first: nearly every key fails it, whatever the value.
        let header = headers.is_some() && *byte == b':';
        if !header && !is_telling(name) {
            continue;
        }
        line.end.get_or_insert_with(|| text[at..].find('\n').map_or(text.len(), |newline| at + newline));
        let values = match reading {
            Reading::Strict => values(text, line, key.start, at, aliases > 0),
            Reading::Wide => broken::values(text, line, key.start, at, aliases > 0),
        };
        for (range, shape) in values {
            aliases -= usize::from(shape == Shape::Several && aliases > 0 && range.start < at);
            if let Some(weight) = weigh(name, &text[range.clone()], shape, header) {
                done = done.max(range.end);
                out.push(Part { range, weight });
            }
        }
    }
}

/// How certain it is that a value is secret. `header`: it may be that of a header.
fn weigh(name: &str, value: &str, shape: Shape, header: bool) -> Option<Weight> {
    match shape {
        Shape::Whole => {
            let value = unquoted(value);
            secret_scalar(name, value).or_else(|| judge_header(name, value).filter(|_| header))
        }
        // A list or a value over several lines cannot be a reference.
        Shape::Several => judge(name, "a1a1a1a1a1a1a1a1").or(judge(name, "?")),
    }
}

/// The current line.
#[derive(Clone, Copy, Default)]
pub(crate) struct Line {
    pub(crate) start: usize,
    /// Whether a brace or a bracket has been opened on it.
    pub(crate) flow: bool,
    /// Where it ends, cached so that it is searched for once per line rather than once per key.
    end: Option<usize>,
}

impl Line {
    /// The indentation of its content, list dashes included.
    pub(crate) fn indent(self, text: &str) -> usize {
        text[self.start..].bytes().take_while(|byte| matches!(byte, b' ' | b'-')).count()
    }

    /// Where it ends; `start` is on it.
    pub(crate) fn end(self, text: &str, start: usize) -> usize {
        self.end.unwrap_or_else(|| text[start..].find('\n').map_or(text.len(), |newline| start + newline))
    }

    /// The part of it before `end`, limited to the last piece of that: lines may be megabytes long.
    pub(crate) fn before(self, text: &str, end: usize) -> &str {
        &text[floor(text, self.start.max(end.saturating_sub(WINDOW))).min(end)..end]
    }
}

/// A map whose values may be secret whatever their keys: headers or tokens.
struct Inside {
    /// Where it ends, if it is written with braces.
    end: Option<usize>,
    /// The indentation of its key.
    indent: usize,
    line: usize,
}

impl Inside {
    /// The map after the separator at `at`.
    fn at(text: &str, line: Line, at: usize) -> Option<Inside> {
        let rest = text[at + 1..].trim_start_matches([' ', '\\', '"']);
        let end = match rest.bytes().next() {
            Some(b'{') => {
                let mut depth = 0usize;
                let closes = rest.bytes().take(MAP).position(|byte| {
                    depth = (depth + usize::from(byte == b'{')).saturating_sub(usize::from(byte == b'}'));
                    depth == 0
                });
                Some(text.len() - rest.len() + closes.unwrap_or(rest.len().min(MAP)))
            }
            Some(b'\n' | b'\r' | b'#' | b'!' | b'&') => None,
            _ => return None,
        };
        Some(Inside { end, indent: line.indent(text), line: line.start })
    }

    /// Whether a key at `at` is in it.
    fn reach(&self, text: &str, line: Line, at: usize) -> bool {
        match self.end {
            Some(end) => at < end,
            None => line.start == self.line || line.indent(text) > self.indent,
        }
    }
}

/// The longest such map in braces, in bytes.
pub(crate) const MAP: usize = 4096;

/// How many aliases are followed: each costs a scan of the text.
const ALIASES: usize = 200;

/// How a value is written.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Shape {
    /// As one scalar, to be judged by its key.
    Whole,
    /// In a form that cannot be a reference.
    Several,
}

fn unquoted(text: &str) -> &str {
    let text = text.trim();
    let text = text.strip_prefix("\\\"").and_then(|text| text.strip_suffix("\\\"")).unwrap_or(text);
    ['"', '\''].iter().find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote)).unwrap_or(text)
}

/// The key that ends before the separator at `at`, without quotes.
fn key_before(text: &str, at: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    // `://` belongs to a URL.
    if bytes[at] == b':' && bytes[at + 1..].starts_with(b"//") {
        return None;
    }
    let mut end = at;
    // `? key` on the line above. Only the blanks before the separator are examined: a line may be megabytes long and
    // contain a separator every few bytes.
    let head = text[..at].trim_end_matches(|c: char| c != '\n' && c.is_whitespace());
    if head.ends_with('\n') {
        let above = head.trim_end();
        let start = above.rfind('\n').map_or(0, |newline| newline + 1);
        if above[start..].trim_start_matches([' ', '-']).starts_with("? ") {
            end = above.len();
        }
    }
    while end > 0 && matches!(bytes[end - 1], b' ' | b'"' | b'\'' | b'\\' | b'\t' | b'`') {
        end -= 1;
    }
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let mut start = end;
    while start > 0 && end - start < 200 && letter(bytes[start - 1]) {
        start -= 1;
    }
    // `${PASSWORD:?}` expands a variable.
    let expands = text[..start].ends_with("${");
    (start < end && !expands).then_some(start..end)
}

/// Keys that hold the name belonging to a `value:`.
const NAMES: [&str; 2] = ["name", "key"];

/// The `name:` or `key:` in the same list item as the `value:` at `value`, as in environment variables.
fn name_beside(text: &str, start: usize, value: usize, sign: usize) -> Option<&str> {
    let scalar = |rest: &str| -> Option<usize> {
        let rest = rest.trim_start_matches(['"', '\'', '\\']).trim_start();
        Some(rest.len()).filter(|_| rest.starts_with(':'))
    };
    let word = |at: usize| -> Option<&str> {
        let rest = &text[at + if text[at..].starts_with("name") { 4 } else { 3 }..];
        scalar(rest)?;
        let rest = rest[rest.find(':')? + 1..].trim_start_matches([' ', '"', '\'', '\\']);
        let end =
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))).unwrap_or(rest.len());
        (end > 0).then(|| &rest[..end])
    };
    let line = Line { start, ..Line::default() };
    let indent = line.indent(text);
    let head = line.before(text, value);
    let block = head.trim_start_matches([' ', '-']).trim_matches(['"', '\'', '\\']).is_empty();
    let begins = |at: usize| at == 0 || !text.as_bytes()[at - 1].is_ascii_alphanumeric();
    if !block {
        // One map on one line: its `name` is the nearest one, before or after.
        let open = value - head.len() + head.rfind('{').unwrap_or(0);
        let rest = &text[sign..floor(text, text.len().min(sign + WINDOW))];
        let close = rest.find(['}', '\n']).unwrap_or(rest.len());
        return NAMES.iter().find_map(|name| {
            let before = text[open..value].rfind(name).map(|at| at + open).filter(|at| begins(*at)).and_then(word);
            before.or_else(|| rest[..close].find(name).map(|at| at + sign).filter(|at| begins(*at)).and_then(word))
        });
    }
    // The lines around it with the same indent.
    let same = |start: usize| {
        let other = Line { start, ..Line::default() }.indent(text);
        let at = start + other;
        let at = at + text[at..].bytes().take_while(|byte| matches!(byte, b'"' | b'\'' | b'\\')).count();
        (other == indent && NAMES.iter().any(|name| text[at..].starts_with(name))).then_some(at)
    };
    let mut start = line.start;
    for _ in 0..3 {
        if start == 0 {
            break;
        }
        let floor = floor(text, start.saturating_sub(WINDOW));
        let Some(before) =
            text[floor..start - 1].rfind('\n').map(|newline| floor + newline + 1).or((floor == 0).then_some(0))
        else {
            break;
        };
        start = before;
        if let Some(name) = same(start).and_then(word) {
            return Some(name);
        }
    }
    let mut start = line.start;
    for _ in 0..3 {
        start += text[start..].bytes().take(WINDOW).position(|byte| byte == b'\n')? + 1;
        if let Some(name) = (start < text.len()).then(|| same(start)).flatten().and_then(word) {
            return Some(name);
        }
    }
    None
}

/// The ranges of the values after the separator at `at`, whose key begins at `key`. `follow`: follow aliases too.
pub(crate) fn values(text: &str, line: Line, key: usize, at: usize, follow: bool) -> Vec<(Range<usize>, Shape)> {
    let bytes = text.as_bytes();
    let skip = |mut at: usize| {
        while matches!(bytes.get(at), Some(b' ' | b'\t')) {
            at += 1;
        }
        at
    };
    let mut start = skip(at + 1);
    // `==`, `:=`
    if bytes.get(start) == Some(&b'=') && start == at + 1 {
        start = skip(start + 1);
    }
    if text[start..].starts_with('!') && is_placeholder(text[start..line.end(text, start)].trim_end()) {
        return Vec::new();
    }
    // Tags and anchors.
    while matches!(bytes.get(start), Some(b'!' | b'&')) {
        let length =
            text[start..].find(|c: char| c.is_whitespace() || matches!(c, ',' | '}')).unwrap_or(text.len() - start);
        let next = skip(start + length);
        if next <= start {
            break;
        }
        start = next;
    }
    let rest = &text[start..];
    let whole = |end: usize| vec![(start..end, Shape::Whole)];
    if let Some(end) = tag_end(text, line, key, start) {
        // `{% set password = "x" ~ y %}`
        let end = start + text[start..end].trim_end().len();
        let literal = has_literal(&text[start..end]);
        return if literal { vec![(start..end, Shape::Several)] } else { Vec::new() };
    }
    match bytes.get(start) {
        None => Vec::new(),
        Some(b'{') if matches!(bytes.get(start + 1), Some(b'{' | b'%')) => templated(text, line, start),
        Some(b'{' | b'`') => Vec::new(),
        Some(b'*') if rest.len() > 1 && !rest.starts_with("**") => {
            if follow {
                anchored(text, rest)
            } else {
                Vec::new()
            }
        }
        Some(b'[') => {
            let end = rest.find([']', '\n']).map_or(text.len(), |end| start + end + 1);
            vec![(start..end.min(text.len()), Shape::Several)]
        }
        Some(b'\\') if rest.starts_with("\\\"") => {
            whole(rest[2..].find("\\\"").map_or(text.len(), |end| start + 2 + end + 2))
        }
        Some(quote @ (b'"' | b'\'')) => whole(quoted(text, start, *quote)),
        Some(b'|' | b'>') if is_block_sign(rest) => block(text, line, start, true),
        Some(b'\n' | b'\r') => block(text, line, start, false),
        Some(_) => plain(text, line, key, at, start),
    }
}

/// The end of the template tag that contains `start`.
fn tag_end(text: &str, line: Line, key: usize, start: usize) -> Option<usize> {
    let head = line.before(text, key);
    let open = head.rfind("{%").max(head.rfind("{{"))?;
    if head[open..].contains("%}") || head[open..].contains("}}") {
        return None;
    }
    let close = if head[open..].starts_with("{%") { "%}" } else { "}}" };
    let rest = &text[start..floor(text, text.len().min(start + MAP))];
    Some(start + rest.find(close).unwrap_or_else(|| rest.find('\n').unwrap_or(rest.len())))
}

/// Whether a template expression contains a string or number that may be secret.
fn has_literal(expression: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let number = |word: &str| word.len() > 2 && word.starts_with(|c: char| c.is_ascii_digit());
    expression.contains(['"', '\'']) || expression.split(|c| !letter(c)).any(number)
}

/// A value that begins with a template expression or tag: all of it if it has a literal or adjoining text.
fn templated(text: &str, line: Line, start: usize) -> Vec<(Range<usize>, Shape)> {
    let end = line.end(text, start);
    let mut rest = &text[start..end];
    let (mut literal, mut beside) = (false, false);
    while !rest.is_empty() {
        let close = if rest.starts_with("{{") { Some("}}") } else { rest.starts_with("{%").then_some("%}") };
        if let Some(close) = close {
            let length = rest.find(close).map_or(rest.len(), |at| at + 2);
            literal |= has_literal(&rest[..length]);
            rest = &rest[length..];
            continue;
        }
        let length = rest.find("{{").into_iter().chain(rest.find("{%")).min().unwrap_or(rest.len()).max(1);
        let length = (length..=rest.len()).find(|at| rest.is_char_boundary(*at)).unwrap_or(rest.len());
        let plain = &rest[..length];
        let ends = if line.flow { plain.find([',', '}', ']']) } else { plain.find(" #") };
        beside |= plain[..ends.unwrap_or(plain.len())].contains(|c: char| c.is_alphanumeric());
        if ends.is_some() {
            break;
        }
        rest = &rest[length..];
    }
    // With a literal, the end of the value is uncertain.
    let end = if line.flow && !literal { end - rest.len() } else { end };
    if literal || beside { vec![(start..end, Shape::Several)] } else { Vec::new() }
}

/// The end of a quoted scalar; if it is not closed, the end of the document.
fn quoted(text: &str, start: usize, quote: u8) -> usize {
    let bytes = text.as_bytes();
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' if quote == b'"' => at += 1,
            b'\'' if quote == b'\'' && bytes.get(at + 1) == Some(&b'\'') => at += 1,
            byte if *byte == quote => {
                // `'a'b` is one word to a shell.
                let rest = &text[at + 1..];
                let ends = |c: char| {
                    c.is_whitespace() || matches!(c, ',' | '}' | ']' | ')' | '`' | ';' | ':' | '"' | '\'' | '\\')
                };
                return at + 1 + rest.find(ends).unwrap_or(rest.len());
            }
            b'\n' if text[at + 1..].starts_with("---") => return at,
            _ => {}
        }
        at += 1;
    }
    text.len()
}

pub(crate) fn is_block_sign(rest: &str) -> bool {
    let line = rest.split('\n').next().unwrap_or_default();
    let line = line.split_once(" #").map_or(line, |(line, _)| line);
    line[1..].trim_end().bytes().all(|byte| matches!(byte, b'+' | b'-' | b'0'..=b'9'))
}

/// The lines below a key that are indented further: a block scalar, or a scalar or list that begins on the next line. A
/// map below is not a value.
fn block(text: &str, line: Line, start: usize, scalar: bool) -> Vec<(Range<usize>, Shape)> {
    let indent = line.indent(text);
    let Some(first) = text[start..].find('\n').map(|newline| start + newline + 1) else { return Vec::new() };
    let mut out = Vec::new();
    let mut at = first;
    for line in text[first..].split_inclusive('\n') {
        let content = line.trim();
        let own = line.bytes().take_while(|byte| *byte == b' ').count();
        let item = !scalar && content.strip_prefix('-').is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
        if !content.is_empty() {
            if own < indent || own == indent && !item || content.starts_with("--- ") || content == "---" {
                break;
            }
            if !scalar && is_entry(content.trim_start_matches(['-', ' '])) {
                break;
            }
            let skip = if item { content.find(|c: char| c != '-' && c != ' ').unwrap_or(content.len()) } else { 0 };
            let begin = at + line.len() - line.trim_start().len() + skip;
            let end = at + line.trim_end().len();
            if begin < end {
                out.push((begin..end, Shape::Several));
            }
        }
        at += line.len();
    }
    out
}

/// Whether a line is an entry of a map, so that it is not part of a scalar.
pub(crate) fn is_entry(line: &str) -> bool {
    line.starts_with('{') && !line.starts_with("{{") && !line.starts_with("{%")
        || line.ends_with(':')
        || line.contains(": ")
}

fn plain(text: &str, line: Line, key: usize, at: usize, start: usize) -> Vec<(Range<usize>, Shape)> {
    let rest = &text[start..];
    let head = line.before(text, key);
    let assigned = text.as_bytes()[at] == b'=';
    let in_flow = line.flow || assigned && head.contains(['"', '\'']);
    let shell = assigned && !head.trim().trim_start_matches("export").trim().is_empty();
    let length = match (in_flow, shell) {
        (_, true) => rest.find(|c: char| c.is_whitespace() || matches!(c, ',' | '"' | '\'' | '`' | ';' | '&')),
        (true, _) => rest.find([',', '}', ']', '\n', '`', '"']),
        // Outside braces, a comma is part of the value.
        _ => rest.find(['\n', '`']),
    };
    let end = start + rest[..length.unwrap_or(rest.len())].trim_end().len();
    if end == start || is_masked(&text[start..end]) {
        return Vec::new();
    }
    let mut out = vec![(start..end, Shape::Whole)];
    if !in_flow && !assigned && !is_placeholder(&text[start..end]) {
        // A plain scalar continues on lines that are indented further and are not entries.
        out.extend(block(text, line, start, false));
    }
    out
}

/// Whether it is our mask followed only by punctuation that came after the hidden value: `"password": ***,`.
fn is_masked(value: &str) -> bool {
    value.strip_prefix(REDACTED).is_some_and(|rest| rest.bytes().all(|byte| b",;:)]}\"'\\ ".contains(&byte)))
}

/// The values of the anchor that `*name` refers to.
fn anchored(text: &str, rest: &str) -> Vec<(Range<usize>, Shape)> {
    let name: String =
        rest[1..].chars().take_while(|c| !c.is_whitespace() && !matches!(c, ',' | '}' | ']' | '`')).collect();
    let anchor = format!("&{name}");
    let mut out = Vec::new();
    for (at, _) in text.match_indices(&anchor) {
        let end = at + anchor.len();
        let begins = text[end..].starts_with([' ', '\n', '\t']);
        if name.is_empty() || !begins {
            continue;
        }
        // Treats the anchor as a key. Its line begins somewhere before it.
        let head = &text[floor(text, at.saturating_sub(WINDOW))..at];
        let start = head.rfind('\n').map_or(at - head.len(), |newline| at - head.len() + newline + 1);
        let line = Line { start, flow: text[start..at].contains(['{', '[']), end: None };
        out.extend(values(text, line, at, end, false).into_iter().map(|(range, _)| (range, Shape::Several)));
    }
    out
}
