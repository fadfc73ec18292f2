//! Which parts of a text's lines may be shown.
//!
//! In: a text, valid YAML or not. Out: the documents in it that contain a Secret, of whose lines only the keys common
//! to all objects are shown, and the secrets elsewhere. Works on the raw text, so malformed YAML reveals nothing.

use crate::secrecy::REDACTED as MARK;
use crate::secrecy::text;
use crate::secrecy::text::Part;
use std::ops::Range;

/// What may not be shown of a text.
#[derive(Clone, Debug, Default)]
pub(crate) struct HiddenParts {
    documents: Vec<Range<usize>>,
    parts: Vec<Part>,
}

impl HiddenParts {
    /// Analyzes `text`.
    pub(crate) fn of(text: &str) -> HiddenParts {
        HiddenParts { documents: documents(text), parts: text::wide_ranges(text) }
    }

    /// What may be shown of the bytes `range` of `text`, which are a line or part of one; `None` if all of it may.
    pub(crate) fn hide(&self, text: &str, range: Range<usize>) -> Option<String> {
        let document = self.documents.partition_point(|document| document.end <= range.start);
        if self.documents.get(document).is_some_and(|document| document.start <= range.start) {
            return Some(line(&text[range]));
        }
        let first = self.parts.partition_point(|part| part.range.end <= range.start);
        let within: Vec<Part> = self.parts[first..]
            .iter()
            .take_while(|part| part.range.start < range.end)
            .map(|part| Part {
                range: part.range.start.max(range.start) - range.start..part.range.end.min(range.end) - range.start,
                weight: part.weight,
            })
            .collect();
        (!within.is_empty()).then(|| text::replace(&text[range], &within))
    }
}
/// Keys that say where in an object a line is. Any other may be part of a value that spans several lines.
const KEYS: [&str; 10] =
    ["apiVersion", "kind", "metadata", "name", "namespace", "type", "immutable", "data", "stringData", "items"];

/// Whether a text mentions an object of kind `Secret`, in block style, flow style or JSON, even inside a string. A
/// reference to one, such as in the `certificateRefs` of a Gateway, does not count.
pub(crate) fn mentions_secret(text: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    // Items of a SecretList may omit their kind.
    let end = |rest: &str| !rest.strip_prefix("List").unwrap_or(rest).starts_with(word);
    if !text.contains("Secret") {
        return false;
    }
    aliases_kind(text)
        || text.match_indices("Secret").any(|(at, found)| {
            end(&text[at + found.len()..])
                && !text[..at].ends_with(word)
                && follows_kind(&text[..at])
                && !is_reference(text, at)
        })
}

/// Whether the kind of an object is an alias, which may resolve to `Secret`.
fn aliases_kind(text: &str) -> bool {
    text.contains('&')
        && text.match_indices('*').any(|(at, _)| {
            let named = text[at + 1..].starts_with(|c: char| !c.is_whitespace() && !matches!(c, '*' | ',' | '}'));
            named && follows_kind(&text[..at])
        })
}

/// The keys of a reference to an object.
const REFERENCE: [&str; 8] = ["apiVersion", "group", "kind", "name", "namespace", "key", "optional", "valuesKey"];
/// How much of the text around a kind is examined: references are short.
const AROUND: usize = 600;

/// Whether the map whose kind is at `at` has a name and only keys of a reference.
fn is_reference(text: &str, at: usize) -> bool {
    let before = text[..at].char_indices().rev().nth(AROUND).map_or(0, |(at, _)| at);
    let after = text[at..].char_indices().nth(AROUND).map_or(text.len(), |(offset, _)| at + offset);
    let line = text[before..at].rfind('\n').map_or(before, |newline| before + newline + 1);
    let keys: Vec<&str> = match text[line..at].rfind('{') {
        Some(open) => {
            let rest = &text[line + open + 1..after];
            let Some(close) = rest.find(['{', '}', '\n']).filter(|close| rest[*close..].starts_with('}')) else {
                return false;
            };
            rest[..close].split(',').map(|entry| entry.split(':').next().unwrap_or_default()).collect()
        }
        None => {
            let indent = |line: &str| line.len() - line.trim_start_matches([' ', '-']).len();
            let is_item = |line: &str| line.trim_start().starts_with('-');
            let own = text[line..].lines().next().unwrap_or_default();
            let same = |line: &&str| indent(line) == indent(own) && !matches!(line.trim(), "}" | "},");
            if indent(own) == 0 {
                return false;
            }
            let above: Vec<&str> = text[before..line].lines().rev().take_while(same).collect();
            // The dash of a list item begins its map.
            let first = above.iter().position(|line| is_item(line)).map_or(above.len(), |at| at + 1);
            let above = if is_item(own) { &[][..] } else { &above[..first] };
            let below = text[line..after].lines().skip(1).take_while(|line| same(line) && !is_item(line));
            let next = text[line..after].lines().nth(1 + below.clone().count()).unwrap_or_default();
            // A value that continues below is not a name.
            if indent(next) > indent(own) {
                return false;
            }
            let lines = above.iter().copied().chain([own]).chain(below);
            lines.map(|line| line.split(':').next().unwrap_or_default()).collect()
        }
    };
    let trimmed = |key: &&str| key.trim_matches([' ', '-', '"', '\'', '\\', '?']).to_owned();
    let keys: Vec<String> = keys.iter().map(trimmed).collect();
    keys.iter().all(|key| REFERENCE.contains(&key.as_str())) && keys.iter().any(|key| key == "name")
}

/// Whether the text before this point ends with `kind:`, optionally followed by a tag, an anchor, quotes or a block
/// scalar indicator.
fn follows_kind(before: &str) -> bool {
    let blank = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '\\' | '>' | '|' | '-' | '+' | '?');
    // A longer gap between a key and its value only serves to hide it.
    let start = before.char_indices().rev().nth(200).map_or(0, |(at, _)| at);
    let mut rest = before[start..].trim_end_matches(blank);
    loop {
        if let Some(key) = rest.strip_suffix(':') {
            return key.trim_end_matches(blank).ends_with("kind");
        }
        let last = rest.rfind(|c: char| c.is_whitespace() || c == ':').map_or(0, |at| at + 1);
        match rest.get(last..) {
            Some(token) if token.starts_with(['!', '&']) => rest = rest[..last].trim_end_matches(blank),
            _ => return false,
        }
    }
}

/// The documents of a text that contain a Secret, in order.
fn documents(text: &str) -> Vec<Range<usize>> {
    if !text.contains("Secret") {
        return Vec::new();
    }
    let mut out = Vec::new();
    let (mut start, mut at) = (0, 0);
    for line in text.split_inclusive('\n') {
        let border =
            line.strip_prefix("---").filter(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']));
        if let Some(rest) = border
            && at > start
        {
            // Content on the line of `---` may have been meant for the previous document.
            let end = if rest.trim().is_empty() { at } else { at + line.len() };
            out.push((start..at, end));
            start = at;
        }
        at += line.len();
    }
    out.push((start..text.len(), text.len()));
    let secret = |(range, _): &(Range<usize>, usize)| mentions_secret(&text[range.clone()]);
    let secret: Vec<Range<usize>> = out.into_iter().filter(secret).map(|(range, end)| range.start..end).collect();
    // Sorted and without overlaps: the line of `---` may be in two documents.
    let mut apart: Vec<Range<usize>> = Vec::with_capacity(secret.len());
    for range in secret {
        match apart.last_mut() {
            Some(last) if range.start < last.end => last.end = last.end.max(range.end),
            _ => apart.push(range),
        }
    }
    apart
}

/// Hides everything in a line that may be a value.
pub(crate) fn line(text: &str) -> String {
    let content = text.trim_start_matches([' ', '-']);
    let indent = &text[..text.len() - content.len()];
    if content.is_empty() {
        return indent.to_owned();
    }
    let key = content.split_once(':').map(|(key, _)| key).filter(|key| KEYS.contains(key));
    key.map_or_else(|| format!("{indent}{MARK}"), |key| format!("{indent}{key}: {MARK}"))
}

/// Hides everything that a message quotes, except punctuation and possible keys of a Secret.
pub(crate) fn message(text: &str, names_key: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for (index, part) in text.split('`').enumerate() {
        if index > 0 {
            out.push('`');
        }
        let key = names_key && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
        let sign = part.chars().all(|c| matches!(c, '{' | '}' | '[' | ']' | ',' | ':' | '-' | ' ' | '?' | '|' | '>'));
        out.push_str(if index % 2 == 0 || key || sign { part } else { MARK });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_recognized_in_every_style_and_when_malformed() {
        for text in [
            "kind: Secret",
            "{kind: Secret, q: [",
            "{\"kind\": \"Secret\"}",
            "'{\\\"kind\\\":\\\"Secret\\\"",
            "kind: !!str &a 'Secret'",
            "kind: >-\n  Secret\n",
            "? kind\n: Secret\n",
            "{\"kind\":\n\"Secret\"}",
            "items:\n- kind: Secret\n  metadata:\n    name: x\n  data: {}\n",
            "- {kind: Secret, name: x, data: {a: b}}",
            "- {kind: Secret, name: x",
            "kind: SecretList\nitems:\n- data: {a: b}\n",
            "x: &k Secret\nkind: *k\ndata: {",
        ] {
            assert!(mentions_secret(text), "{text}");
        }
        for text in [
            "kind: SecretStore",
            "kind: ExternalSecret",
            "# a Secret",
            "secret: x",
            "name: Secret",
            "Secret",
            "",
            "certificateRefs: [{kind: Secret, name: web-tls}]",
            "  certificateRefs:\n  - kind: Secret\n    name: web-tls\n  x: 1\n",
            "  certificateRefs:\n  - name: web-tls\n    kind: Secret\n",
            "  valuesFrom:\n    - kind: Secret\n      name: values\n      valuesKey: x\n",
            "    \"ref\": {\n      \"kind\": \"Secret\",\n      \"name\": \"x\"\n    }\n",
        ] {
            assert!(!mentions_secret(text), "{text}");
        }
    }

    #[test]
    fn only_documents_that_contain_secrets_are_veiled() {
        let text = "kind: Pod\n---\nkind: Secret\n---x: 1\n--- \nkind: Job\n";
        assert_eq!((documents(text).len(), documents(text).first()), (1, Some(&(10..35))));
        assert!(documents("a: 1\n").is_empty());
        assert_eq!(documents("kind: Secret\n--- hunter2\nkind: Job\n").first(), Some(&(0..25)));
    }

    #[test]
    fn a_line_keeps_its_indent_and_the_keys_of_every_object() {
        assert_eq!(line("  - stringData: {p: hunter2"), "  - stringData: ***");
        assert_eq!(line("  hunter2: 3"), "  ***");
        assert_eq!(line(""), "");
        assert_eq!(message("no anchor `*hunter2` before `{`", false), "no anchor `***` before `{`");
        assert_eq!(message("the key `pw.1` appears twice", true), "the key `pw.1` appears twice");
    }
}
