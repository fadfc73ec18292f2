//! Secrets in a text, be it YAML, JSON, a line of a shell, an address or a message, whole or broken.

use crate::secrecy::REDACTED;
use crate::secrecy::Weight;
use crate::secrecy::key::hides_numbers;
use crate::secrecy::key::holds_headers;
use crate::secrecy::key::is_placeholder;
use crate::secrecy::key::judge;
use crate::secrecy::key::judge_header;
use crate::secrecy::shape;
use std::ops::Range;

/// A secret in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// Its bytes.
    pub(crate) range: Range<usize>,
    /// How sure that is.
    pub(crate) weight: Weight,
}

/// `text` with everything replaced that is secret by its key or its shape.
pub fn mask(text: &str) -> String {
    replace(text, &ranges(text))
}

/// A message of ours, without what is secret in it: like [`mask`], and knows our way to quote a value (`` `key` is `value` ``).
pub(crate) fn message(text: &str) -> String {
    let masked = mask(text);
    if !masked.contains('`') {
        return masked;
    }
    let mut key: Option<&str> = None;
    let parts: Vec<&str> = masked.split('`').collect();
    let mut out = String::with_capacity(masked.len());
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            out.push('`');
        }
        let quoted = index % 2 == 1 && index + 1 < parts.len();
        match key {
            Some(name) if quoted && parts[index - 1] != " " && says_is(parts[index - 1]) => {
                let value = part.trim_matches(['"', '\'']);
                let (above, last) = name.rsplit_once('.').unwrap_or(("", name));
                let header = above.split('.').any(holds_headers) && judge_header(last, value).is_some();
                out.push_str(if header || secret_scalar(last, value).is_some() { REDACTED } else { part });
                key = None;
            }
            _ => {
                out.push_str(part);
                if quoted {
                    key = Some(part);
                }
            }
        }
    }
    out
}

/// Whether the words between two quoted parts of a message say that the second is the value of the first.
fn says_is(words: &str) -> bool {
    words.starts_with(" is") || words.starts_with(" must be") || words.starts_with(" says")
}

/// `text` with the parts replaced, which are in order and apart.
pub(crate) fn replace(text: &str, parts: &[Part]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for part in parts {
        out.push_str(&text[done..part.range.start]);
        out.push_str(REDACTED);
        done = part.range.end;
    }
    out.push_str(&text[done..]);
    out
}

/// The secrets of a text, in order and apart.
pub(crate) fn ranges(text: &str) -> Vec<Part> {
    let mut out = Vec::new();
    if text.len() < 4 {
        return out;
    }
    keyed(text, &mut out);
    addresses(text, &mut out);
    data_sources(text, &mut out);
    pem(text, &mut out);
    shapes(text, &mut out);
    out.sort_by_key(|part| (part.range.start, part.range.end));
    let mut apart: Vec<Part> = Vec::with_capacity(out.len());
    for part in out {
        match apart.last_mut() {
            Some(last) if part.range.start < last.range.end => {
                last.range.end = last.range.end.max(part.range.end);
                last.weight = last.weight.max(part.weight);
            }
            _ => apart.push(part),
        }
    }
    apart
}

/// A scalar that is secret because of its key.
pub(crate) fn secret_scalar(key: &str, value: &str) -> Option<Weight> {
    let number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    judge(key, value).filter(|_| !number || hides_numbers(key))
}

/// What stands behind `key:` and `key=`.
fn keyed(text: &str, out: &mut Vec<Part>) {
    let bytes = text.as_bytes();
    let mut done = 0;
    let mut line = Line::default();
    let mut aliases = ALIASES;
    let mut headers: Option<Headers> = None;
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'\n' => line = Line { start: at + 1, flow: false },
            b'{' | b'[' => line.flow = true,
            _ => {}
        }
        if !matches!(byte, b':' | b'=') || at < done {
            continue;
        }
        let Some(key) = key_before(text, at) else { continue };
        let name = &text[key.clone()];
        headers = headers.filter(|headers| headers.reach(text, line, key.start));
        if *byte == b':' && holds_headers(name) {
            headers = Headers::at(text, line, at);
            continue;
        }
        let paired = name.eq_ignore_ascii_case("value").then(|| name_beside(text, line.start, key.start, at)).flatten();
        let name = paired.unwrap_or(name);
        // The cheap half of the question first: nearly every key says no, whatever the value.
        let header = headers.is_some() && *byte == b':';
        if !header && judge(name, "?").is_none() && judge(name, "aaaaaaaaaaaaaaa1").is_none() {
            continue;
        }
        for (range, value) in values(text, line, key.start, at, aliases > 0) {
            aliases -= usize::from(value == Shape::Several && aliases > 0 && range.start < at);
            let weight = match value {
                Shape::Whole => {
                    let value = unquoted(&text[range.clone()]);
                    secret_scalar(name, value).or_else(|| judge_header(name, value).filter(|_| header))
                }
                // What stands in a list or over several lines cannot be a reference.
                Shape::Several => judge(name, "a1a1a1a1a1a1a1a1").or(judge(name, "?")),
            };
            if let Some(weight) = weight {
                done = done.max(range.end);
                out.push(Part { range, weight });
            }
        }
    }
}

/// The line that is read.
#[derive(Clone, Copy, Default)]
struct Line {
    start: usize,
    /// Whether a brace or a bracket was opened on it.
    flow: bool,
}

impl Line {
    /// How far its content is indented, list dashes included.
    fn indent(self, text: &str) -> usize {
        text[self.start..].bytes().take_while(|byte| matches!(byte, b' ' | b'-')).count()
    }

    /// What of it stands before `end`, or the last part of that: lines may be megabytes long.
    fn before(self, text: &str, end: usize) -> &str {
        &text[floor(text, self.start.max(end.saturating_sub(WINDOW))).min(end)..end]
    }
}

/// A map of headers, whose values may be credentials.
struct Headers {
    /// Where it ends, when it is written with braces.
    end: Option<usize>,
    /// How far its key is indented.
    indent: usize,
    line: usize,
}

impl Headers {
    /// The map behind the sign at `at`.
    fn at(text: &str, line: Line, at: usize) -> Option<Headers> {
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
        Some(Headers { end, indent: line.indent(text), line: line.start })
    }

    /// Whether a key at `at` is in it.
    fn reach(&self, text: &str, line: Line, at: usize) -> bool {
        match self.end {
            Some(end) => at < end,
            None => line.start == self.line || line.indent(text) > self.indent,
        }
    }
}

/// How long a map of headers in braces may be, in bytes.
const MAP: usize = 4096;

/// How much of a long line is looked at around a key.
const WINDOW: usize = 400;
/// How many aliases are followed: each asks for a walk through the text.
const ALIASES: usize = 200;

#[derive(Clone, Copy, PartialEq)]
enum Shape {
    Whole,
    Several,
}

fn unquoted(text: &str) -> &str {
    let text = text.trim();
    let text = text.strip_prefix("\\\"").and_then(|text| text.strip_suffix("\\\"")).unwrap_or(text);
    ['"', '\''].iter().find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote)).unwrap_or(text)
}

/// The key that ends before the sign at `at`, without quotes.
fn key_before(text: &str, at: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    // `://` begins an address.
    if bytes[at] == b':' && bytes[at + 1..].starts_with(b"//") {
        return None;
    }
    let mut end = at;
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

/// The `name:` of the entry of a list whose `value:` begins at `value`, as environment variables have it.
fn name_beside(text: &str, start: usize, value: usize, sign: usize) -> Option<&str> {
    let scalar = |rest: &str| -> Option<usize> {
        let rest = rest.trim_start_matches(['"', '\'', '\\']).trim_start();
        Some(rest.len()).filter(|_| rest.starts_with(':'))
    };
    let word = |at: usize| -> Option<&str> {
        let rest = &text[at + 4..];
        scalar(rest)?;
        let rest = rest[rest.find(':')? + 1..].trim_start_matches([' ', '"', '\'', '\\']);
        let end =
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))).unwrap_or(rest.len());
        (end > 0).then(|| &rest[..end])
    };
    let line = Line { start, flow: false };
    let indent = line.indent(text);
    let head = line.before(text, value);
    let block = head.trim_start_matches([' ', '-']).trim_matches(['"', '\'', '\\']).is_empty();
    let begins = |at: usize| at == 0 || !text.as_bytes()[at - 1].is_ascii_alphanumeric();
    if !block {
        // One map on one line: its `name` is the nearest one, before or behind.
        let open = value - head.len() + head.rfind('{').unwrap_or(0);
        let before = text[open..value].rfind("name").map(|at| at + open).filter(|at| begins(*at)).and_then(word);
        let rest = &text[sign..floor(text, text.len().min(sign + WINDOW))];
        let close = rest.find(['}', '\n']).unwrap_or(rest.len());
        return before.or_else(|| rest[..close].find("name").map(|at| at + sign).and_then(word));
    }
    // The lines around, of the same indent.
    let same = |start: usize| {
        let other = Line { start, flow: false }.indent(text);
        let at = start + other;
        let at = at + text[at..].bytes().take_while(|byte| matches!(byte, b'"' | b'\'' | b'\\')).count();
        (other == indent && text[at..].starts_with("name")).then_some(at)
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

fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The ranges of what stands behind the sign at `at`, whose key begins at `key`. `follow`: aliases too.
fn values(text: &str, line: Line, key: usize, at: usize, follow: bool) -> Vec<(Range<usize>, Shape)> {
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
    match bytes.get(start) {
        None => Vec::new(),
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

/// The end of a quoted scalar; of one that is not closed, the end of its document.
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

fn is_block_sign(rest: &str) -> bool {
    let line = rest.split('\n').next().unwrap_or_default();
    let line = line.split_once(" #").map_or(line, |(line, _)| line);
    line[1..].trim_end().bytes().all(|byte| matches!(byte, b'+' | b'-' | b'0'..=b'9'))
}

/// The lines below a key, as far as they are indented more: a block scalar, or a scalar or list that begins on the next
/// line. A map below is no value.
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

/// Whether a line is an entry of a map, so that what it belongs to is no scalar.
fn is_entry(line: &str) -> bool {
    line.starts_with('{') || line.ends_with(':') || line.contains(": ")
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
        // Outside of braces a comma is part of the value.
        _ => rest.find(['\n', '`']),
    };
    let end = start + rest[..length.unwrap_or(rest.len())].trim_end().len();
    if end == start {
        return Vec::new();
    }
    let mut out = vec![(start..end, Shape::Whole)];
    if !in_flow && !assigned && !is_placeholder(&text[start..end]) {
        // A plain scalar goes on where the next lines are indented more and are no entries.
        out.extend(block(text, line, start, false));
    }
    out
}

/// What the anchor stands for that `*name` repeats.
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
        // As if the anchor were a key. Its line begins somewhere before it.
        let head = &text[floor(text, at.saturating_sub(WINDOW))..at];
        let start = head.rfind('\n').map_or(at - head.len(), |newline| at - head.len() + newline + 1);
        let line = Line { start, flow: text[start..at].contains(['{', '[']) };
        out.extend(values(text, line, at, end, false).into_iter().map(|(range, _)| (range, Shape::Several)));
    }
    out
}

/// `https://user:password@host`: the password.
fn addresses(text: &str, out: &mut Vec<Part>) {
    for (at, _) in text.match_indices("://") {
        let rest = &text[at + 3..];
        let end = rest
            .find(|c: char| c.is_whitespace() || matches!(c, '/' | '"' | '\'' | '`' | ',' | ')' | '<' | '>'))
            .unwrap_or(rest.len());
        if let Some((login, _)) = rest[..end].rsplit_once('@')
            && let Some((user, password)) = login.split_once(':')
            && !is_placeholder(password)
        {
            let start = at + 3 + user.len() + 1;
            out.push(Part { range: start..start + password.len(), weight: Weight::Refuse });
        }
    }
}

/// `user:password@tcp(host:3306)/name`, as Go's database drivers have it: the password.
fn data_sources(text: &str, out: &mut Vec<Part>) {
    for sign in ["@tcp(", "@unix(", "@udp("] {
        for (at, _) in text.match_indices(sign) {
            let head = &text[floor(text, at.saturating_sub(WINDOW))..at];
            let word = &head[head.rfind([' ', '"', '\'', '\n', '=', '`']).map_or(0, |at| at + 1)..];
            if let Some((_, password)) = word.split_once(':')
                && !password.contains("//")
                && !is_placeholder(password)
            {
                out.push(Part { range: at - password.len()..at, weight: Weight::Refuse });
            }
        }
    }
}

/// Private keys in PEM.
fn pem(text: &str, out: &mut Vec<Part>) {
    let mut done = 0;
    for (at, begin) in text.match_indices("-----BEGIN ") {
        if at < done {
            continue;
        }
        let head = &text[at + begin.len()..];
        let head = &head[..floor(head, head.len().min(80))];
        let Some(label) = head.split("-----").next().filter(|label| label.len() < 60) else { continue };
        if !label.ends_with("PRIVATE KEY") && !label.ends_with("PRIVATE KEY BLOCK") {
            continue;
        }
        let start = at + begin.len() + label.len();
        let start = (start + 5).min(text.len());
        let end = text[floor(text, start)..].find("-----END ").map_or(text.len(), |end| start + end);
        if !text[floor(text, start)..end].trim_matches(['.', '\n', ' ', '\\', 'n', '\r']).is_empty() {
            out.push(Part { range: floor(text, start)..end, weight: Weight::Refuse });
            done = end;
        }
    }
}

/// Runs of token characters that have the shape of a secret.
fn shapes(text: &str, out: &mut Vec<Part>) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !shape::is_token_char(char::from(bytes[at])) {
            at += 1;
            continue;
        }
        let start = at;
        while at < bytes.len() && shape::is_token_char(char::from(bytes[at])) {
            at += 1;
        }
        if at - start < 20 {
            continue;
        }
        // `KEY=value` is one run.
        let run = &text[start..at];
        let inner = run.find('=').filter(|sign| *sign + 1 < run.trim_end_matches('=').len()).map_or(0, |sign| sign + 1);
        if let Some(weight) = shape::token(&run[inner..]) {
            let head = text[floor(text, start.saturating_sub(40))..start].trim_end_matches(['"', '\'', ' ', ':', '=']);
            let digest = ["hash", "sha256", "sha", "digest", "checksum", "md5", "fingerprint", "pin", "integrity"];
            let weight = match digest.iter().any(|word| head.to_ascii_lowercase().ends_with(word)) {
                true => Weight::Hide,
                false => weight,
            };
            out.push(Part { range: start + inner..at, weight });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gossip_keys_and_tokens_are_masked_wherever_they_stand() {
        let key = "VeQ8CHV3sDY/bHCseXC7PGXNTSXtWWvOzQKAaFFo9oE=";
        assert_eq!(mask(&format!("key: \"{key}\"")), "key: \"***\"");
        assert_eq!(mask(&format!("`consul.gossip.key` is `{key}`: no")), "`consul.gossip.key` is `***`: no");
        assert_eq!(mask("x: eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIn0.abc"), "x: ***");
        let licence = "02MV4UU43BK5HGYYTOJZWFQMTMNNEWU33JJVLUQVCNIRATSMKNKRBGSTSXKU...";
        assert_eq!(mask(&format!("is `{licence}`")), "is `***`");
    }

    #[test]
    fn what_stands_behind_a_secret_key_is_masked() {
        for (text, masked) in [
            ("  password: hunter2", "  password: ***"),
            ("{dbPassword: \"a, b\", name: x}", "{dbPassword: ***, name: x}"),
            ("bootstrapToken: {secretName: a}", "bootstrapToken: {secretName: a}"),
            ("password: a, b # c\nx: y", "password: ***\nx: y"),
            ("{token: [a, b], x: y}", "{token: ***, x: y}"),
            ("api-key: hunter2", "api-key: ***"),
            ("authorization: Bearer abc", "authorization: ***"),
            ("\"pwd\": \"hunter2\",", "\"pwd\": ***,"),
            ("{\\\"pass\\\": \\\"hunter2\\\"}", "{\\\"pass\\\": ***}"),
            ("encrypt = \"pUqJrVyVRj5jsiYEkM/tFQYfWyJIv4s3XkvDwy7Cu5s=\"", "encrypt = ***"),
            ("initial_management = \"hunter-2-x\"", "initial_management = ***"),
            ("DB_PASSWORD=hunter2 x", "DB_PASSWORD=***"),
            ("run --es.password=hunter2 --x", "run --es.password=*** --x"),
            ("- --token=hunter2\n", "- --token=***\n"),
            ("{name: DB_PASSWORD, value: hunter2}", "{name: DB_PASSWORD, value: ***}"),
            ("{value: hunter2, name: DB_PASSWORD}", "{value: ***, name: DB_PASSWORD}"),
            ("- name: DB_PASSWORD\n  value: hunter2\n", "- name: DB_PASSWORD\n  value: ***\n"),
            ("- value: hunter2\n  name: DB_PASSWORD\n", "- value: ***\n  name: DB_PASSWORD\n"),
            ("- name: OTHER\n  value: hunter2\n", "- name: OTHER\n  value: hunter2\n"),
            ("password: |\n  hunter2\n  more\nx: 1", "password: |\n  ***\n  ***\nx: 1"),
            ("password:\n  hunter2\nx: 1", "password:\n  ***\nx: 1"),
            ("password:\n- hunter2\nx: 1", "password:\n- ***\nx: 1"),
            ("password:\n  secretName: a\nx: 1", "password:\n  secretName: a\nx: 1"),
            ("a: &x hunter2\npassword: *x\n", "a: &x ***\npassword: *x\n"),
            ("password: !!str hunter2", "password: !!str ***"),
            (
                "headers: {X-Scope: \"hunter2 x\", Accept: \"*/*\"}, a: b 1",
                "headers: {X-Scope: ***, Accept: \"*/*\"}, a: b 1",
            ),
            ("headers:\n  x-scope: hunter2\na: b1\n", "headers:\n  x-scope: ***\na: b1\n"),
            ("headers: {x: {secret: name, key: key}}", "headers: {x: {secret: name, key: key}}"),
            ("dsn: root:hunter2@tcp(db:3306)/x", "dsn: root:***@tcp(db:3306)/x"),
            ("password: \"never closed\n  more", "password: ***"),
        ] {
            assert_eq!(mask(text), masked, "{text}");
        }
    }

    #[test]
    fn private_keys_are_masked_and_certificates_stay() {
        let text = "tls: |\n  -----BEGIN RSA PRIVATE KEY-----\n  MIIEow\n  -----END RSA PRIVATE KEY-----\n";
        assert!(!mask(text).contains("MIIEow"));
        let text = "ca: |\n  -----BEGIN CERTIFICATE-----\n  MIIEow\n  -----END CERTIFICATE-----\n";
        assert_eq!(mask(text), text);
    }

    #[test]
    fn an_address_keeps_its_user_and_host() {
        let text = "urls: [https://elastic:changeme@es.db:9200/x, http://a@b, \"http://u:p@w@h\"]";
        assert_eq!(mask(text), "urls: [https://elastic:***@es.db:9200/x, http://a@b, \"http://u:***@h\"]");
        assert_eq!(mask("http://[::1]:80 a://"), "http://[::1]:80 a://");
        assert_eq!(mask("postgres://u:$(PW)@db/x"), "postgres://u:$(PW)@db/x");
    }

    #[test]
    fn messages_quote_no_value_of_a_secret_key() {
        assert_eq!(message("`vars.password` is `hunter2`, expected x"), "`vars.password` is `***`, expected x");
        assert_eq!(
            message("`a.headers.x` is a string `\"h 2\"`, expected"),
            "`a.headers.x` is a string `***`, expected"
        );
        assert_eq!(message("`consul.acls` is `maybe`, expected x"), "`consul.acls` is `maybe`, expected x");
        assert_eq!(message("no key `token`; did you mean `tokens`?"), "no key `token`; did you mean `tokens`?");
    }

    #[test]
    fn what_was_masked_once_stays_as_it_is() {
        for text in ["password: a", "{token: [a, b], x: y}", "https://a:b@c", "password: |\n  a\n  b\n"] {
            assert_eq!(mask(&mask(text)), mask(text));
        }
    }

    #[test]
    fn names_addresses_and_digests_stay() {
        for text in [
            "license: {secret: license, key: key}",
            "docker.io/nicholasjackson/fake-service:v0.26.2",
            "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "type.googleapis.com/envoy.config.trace.v3.ZipkinConfig",
            "consul-gossip-encryption-key 한글",
            "{kind: Secret, name: web-tls}",
            "--from-literal=ES_PASSWORD=\"${STORAGE_PASSWORD:?}\"",
            "export TOKEN=\"$(vault read -field=token auth)\"",
        ] {
            assert_eq!(mask(text), text);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_masked_without_a_panic(
            text in "(password|value|name|token|secret|[:=|>&*!'\"`{}\\[\\], -]|\\\\|\n|é|x|://|@|-----BEGIN |PRIVATE KEY-----){0,40}",
        ) {
            let masked = mask(&text);
            proptest::prop_assert!(masked.len() <= text.len() + 4 * text.len().max(1));
            message(&text);
        }
    }
}
