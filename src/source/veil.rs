//! Which lines may not be shown, because a Secret stands among them.
//!
//! In: a text, whether or not it can be read as YAML. Out: the documents of it that mention `kind: Secret`, and what a
//! line of such a document looks like to people. Judges by the raw text, so a mistake in it reveals nothing.

use std::ops::Range;

/// What stands for what is not shown.
const MARK: &str = "***";
/// Keys that say where in an object a line is. Any other may be a part of a value that goes over several lines.
const KEYS: [&str; 10] =
    ["apiVersion", "kind", "metadata", "name", "namespace", "type", "immutable", "data", "stringData", "items"];

/// Whether a text mentions an object of kind `Secret`, in block style, flow style or JSON, also one inside a string.
pub(crate) fn mentions_secret(text: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    text.match_indices("Secret").any(|(at, found)| {
        !text[at + found.len()..].starts_with(word) && !text[..at].ends_with(word) && follows_kind(&text[..at])
    })
}

/// Whether what ends here is `kind:`, maybe with a tag, an anchor, quotes or the sign of a block scalar after it.
fn follows_kind(before: &str) -> bool {
    let blank = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '\\' | '>' | '|' | '-' | '+' | '?');
    // Nothing longer than this stands between a key and its value but to hide one.
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

/// The documents of a text that hold a Secret, in the order of the text.
pub(super) fn documents(text: &str) -> Vec<Range<usize>> {
    if !text.contains("Secret") {
        return Vec::new();
    }
    let mut out = Vec::new();
    let (mut start, mut at) = (0, 0);
    for line in text.split_inclusive('\n') {
        let border =
            line.strip_prefix("---").is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']));
        if border && at > start {
            out.push(start..at);
            start = at;
        }
        at += line.len();
    }
    out.push(start..text.len());
    out.retain(|range| mentions_secret(&text[range.clone()]));
    out
}

/// A line without anything that may be a value.
pub(super) fn line(text: &str) -> String {
    let content = text.trim_start_matches([' ', '-']);
    let indent = &text[..text.len() - content.len()];
    if content.is_empty() {
        return indent.to_owned();
    }
    let key = content.split_once(':').map(|(key, _)| key).filter(|key| KEYS.contains(key));
    key.map_or_else(|| format!("{indent}{MARK}"), |key| format!("{indent}{key}: {MARK}"))
}

/// A message without what it quotes, but for punctuation and what can be a key of a Secret.
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
    fn a_secret_is_known_in_every_style_and_broken() {
        for text in [
            "kind: Secret",
            "{kind: Secret, q: [",
            "{\"kind\": \"Secret\"}",
            "'{\\\"kind\\\":\\\"Secret\\\"",
            "kind: !!str &a 'Secret'",
            "kind: >-\n  Secret\n",
            "? kind\n: Secret\n",
            "{\"kind\":\n\"Secret\"}",
        ] {
            assert!(mentions_secret(text), "{text}");
        }
        for text in
            ["kind: SecretStore", "kind: ExternalSecret", "# a Secret", "secret: x", "name: Secret", "Secret", ""]
        {
            assert!(!mentions_secret(text), "{text}");
        }
    }

    #[test]
    fn only_the_documents_of_secrets_are_veiled() {
        let text = "kind: Pod\n---\nkind: Secret\n---x: 1\n--- \nkind: Job\n";
        assert_eq!((documents(text).len(), documents(text).first()), (1, Some(&(10..35))));
        assert!(documents("a: 1\n").is_empty());
    }

    #[test]
    fn a_line_keeps_its_indent_and_the_keys_of_every_object() {
        assert_eq!(line("  - stringData: {p: hunter2"), "  - stringData: ***");
        assert_eq!(line("  hunter2: 3"), "  ***");
        assert_eq!(line(""), "");
        assert_eq!(message("no anchor `*hunter2` before `{`", false), "no anchor `***` before `{`");
        assert_eq!(message("the key `pw.1` stands twice", true), "the key `pw.1` stands twice");
    }
}
