//! Documents inside strings: Envoy's JSON in a ProxyDefaults, `extraConfig`, the files of a ConfigMap.
//!
//! In: a string. Out: the tree in it, if it is a map or a list. Consul's `envoy_extra_static_*_json` are objects joined
//! by commas without brackets; they are read as the list that Consul makes of them.

use crate::finding::Findings;
use crate::source::Sources;
use crate::source::Span;
use crate::yaml;
use crate::yaml::Node;
use crate::yaml::Value;
use serde_json::Value as Json;

/// How deeply documents may be nested in documents.
pub(crate) const DEPTH: usize = 3;

/// The document in a string; `None` if the string is just text.
pub(crate) fn read(text: &str) -> Option<Node> {
    let trimmed = text.trim();
    let first = trimmed.bytes().next()?;
    if first == b'{' || first == b'[' {
        let json = serde_json::from_str::<Json>(trimmed).or_else(|_| serde_json::from_str(&format!("[{trimmed}]")));
        if let Ok(json) = json {
            return Some(Node::from_json(&json, Span::NONE));
        }
    }
    // A single line such as `note: this` is a sentence as often as it is YAML.
    if !trimmed.contains('\n') || !(trimmed.contains(": ") || trimmed.contains(":\n") || trimmed.contains("- ")) {
        return None;
    }
    let mut sources = Sources::default();
    let source = sources.add("", text);
    let mut found = Findings::default();
    let mut documents = yaml::read(&sources, source, &mut found);
    let node = documents.pop()?.node;
    let usable = found.is_empty() && documents.is_empty() && matches!(node.value, Value::Map(_) | Value::List(_));
    usable.then_some(node)
}

/// The documents in two strings. If one has several objects joined by commas and the other a single one, the single one
/// is a list too.
pub(crate) fn read_both(old: &str, new: &str) -> Option<(Node, Node)> {
    let (mut old_node, mut new_node) = (read(old)?, read(new)?);
    let joined = |node: &Node, text: &str| node.as_list().is_some() && text.trim_start().starts_with('{');
    if joined(&old_node, old) && new_node.as_map().is_some() {
        new_node = Node::new(Value::List(vec![new_node]));
    } else if joined(&new_node, new) && old_node.as_map().is_some() {
        old_node = Node::new(Value::List(vec![old_node]));
    }
    Some((old_node, new_node))
}

/// Whether two texts differ only in whitespace.
pub(crate) fn same_words(a: &str, b: &str) -> bool {
    a.chars().filter(|c| !c.is_whitespace()).eq(b.chars().filter(|c| !c.is_whitespace()))
}

/// The numbers in a text with more digits than are surely read exactly.
pub(crate) fn long_numbers(text: &str) -> impl Iterator<Item = &str> {
    const EXACT: usize = 15;
    let number = |c: char| c.is_ascii_digit() || c == '.';
    text.split(move |c| !number(c)).filter(|digits| digits.len() > EXACT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_yaml_and_consuls_fragments_are_documents() {
        assert!(read("{\"a\": 1}").is_some_and(|node| node.as_map().is_some()));
        assert!(
            read("  {\"name\": \"a\"},\n{\"name\": \"b\"} ").is_some_and(|n| n.as_list().map(<[Node]>::len) == Some(2))
        );
        assert!(read("receivers:\n  otlp: {}\n").is_some_and(|node| node.get("receivers").is_some()));
        assert!(read("- a: 1\n- b\n").is_some_and(|node| node.as_list().is_some()));
    }

    #[test]
    fn text_that_only_looks_like_a_document_is_text() {
        for text in
            ["", "plain", "note: this", "{broken", "key: [\nand: more", "two\nlines", "a: 1\n---\nb: 2\n", "x = {\n}\n"]
        {
            assert!(read(text).is_none(), "{text}");
        }
    }
}
