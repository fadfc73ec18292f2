//! Whether a text parses to a given tree, without building the parsed tree.
//!
//! Handles only the plain block style of [`simple`]; anything else is left to the parser. A property test compares the
//! two.

use crate::source::Span;
use crate::yaml::Entry;
use crate::yaml::Map;
use crate::yaml::Node;
use crate::yaml::Value;
use crate::yaml::convert::scalar_key;
use crate::yaml::convert::scalar_value;
use crate::yaml::scalar::Scalar;
use crate::yaml::scalar::resolve;
use crate::yaml::simple;
use crate::yaml::simple::Step;
use crate::yaml::split::segments;
use std::ops::Range;

/// What a text must parse to: a tree that borrows the parts that another tree has too, so that a large document with a
/// small change costs little.
#[derive(Debug)]
pub(crate) enum Expected<'a> {
    /// This value, borrowed.
    Same(&'a Node),
    /// This value.
    Value(Node),
    /// A map with these entries.
    Map(Vec<(&'a str, Expected<'a>)>),
    /// A list of these items.
    List(Vec<Expected<'a>>),
}

impl Expected<'_> {
    /// A copy of it as one tree.
    pub(crate) fn to_node(&self) -> Node {
        let entry = |(key, value): &(&str, Expected<'_>)| Entry {
            key: (*key).into(),
            key_span: Span::NONE,
            value: value.to_node(),
        };
        match self {
            Expected::Same(node) => (*node).clone(),
            Expected::Value(node) => node.clone(),
            Expected::Map(map) => Node::new(Value::Map(Map { entries: map.iter().map(entry).collect() })),
            Expected::List(list) => Node::new(Value::List(list.iter().map(Expected::to_node).collect())),
        }
    }
}

impl PartialEq<Node> for Expected<'_> {
    fn eq(&self, node: &Node) -> bool {
        match (self, &node.value) {
            (Expected::Same(own), _) => *own == node,
            (Expected::Value(own), _) => own == node,
            (Expected::Map(own), Value::Map(map)) => {
                let in_order = || {
                    own.iter()
                        .zip(&map.entries)
                        .all(|((key, value), entry)| **key == *entry.key && *value == entry.value)
                };
                // Keys are unique in both, so as many equal ones are all of them.
                own.len() == map.entries.len()
                    && (in_order() || own.iter().all(|(key, value)| map.get(key).is_some_and(|other| value == other)))
            }
            (Expected::List(own), Value::List(list)) => {
                own.len() == list.len() && own.iter().zip(list).all(|(own, item)| own == item)
            }
            _ => false,
        }
    }
}

/// The first document of a text, as a range of bytes: everything before the next marker.
pub(crate) fn first_document(text: &str) -> Range<usize> {
    segments(text).into_iter().next().unwrap_or(0..text.len())
}

/// Whether the whole text is one document, as far as markers tell.
pub(crate) fn is_one_document(text: &str) -> bool {
    segments(text).len() == 1
}

/// Whether the text of one document parses to this. `false` may also mean that only the parser can tell.
pub(crate) fn reads_as(text: &str, wanted: &Expected<'_>) -> bool {
    let Some((steps, _)) = simple::steps(text) else { return false };
    let mut at = 0;
    fits(&steps, &mut at, wanted) == Some(true) && at == steps.len()
}

/// Whether the value that starts at step `at` is the expected one; `None` if the steps end early.
fn fits(steps: &[Step<'_>], at: &mut usize, wanted: &Expected<'_>) -> Option<bool> {
    let (map, list) = match wanted {
        Expected::Same(node) => return same(steps, at, node),
        Expected::Value(node) => return same(steps, at, node),
        Expected::Map(map) => (map.as_slice(), &[][..]),
        Expected::List(list) => (&[][..], list.as_slice()),
    };
    let is_map = matches!(wanted, Expected::Map(_));
    let step = steps.get(*at)?;
    *at += 1;
    match step {
        Step::Open(true, ..) if is_map => {
            entries(steps, at, map.iter().map(|(key, value)| (*key, value)), |steps, at, value| fits(steps, at, value))
        }
        Step::Open(false, ..) if !is_map => items(steps, at, list, fits),
        _ => Some(false),
    }
}

/// Whether the value that starts at step `at` equals `node`; `None` if the steps end early.
fn same(steps: &[Step<'_>], at: &mut usize, node: &Node) -> Option<bool> {
    let step = steps.get(*at)?;
    *at += 1;
    Some(match (step, &node.value) {
        (Step::Open(true, ..), Value::Map(map)) => same_map(steps, at, map)?,
        (Step::Open(false, ..), Value::List(list)) => items(steps, at, list, same)?,
        (Step::Scalar(text, false, ..), Value::String(wanted)) => *text == **wanted,
        (Step::Scalar(text, true, ..), value) => match (resolve(text), value) {
            (Scalar::Text, Value::String(wanted)) => *text == **wanted,
            (Scalar::Text, _) => false,
            (other, _) => scalar_value(other, text).is_ok_and(|read| Node::new(read) == *node),
        },
        _ => false,
    })
}

fn same_map(steps: &[Step<'_>], at: &mut usize, map: &Map) -> Option<bool> {
    entries(steps, at, map.entries.iter().map(|entry| (&*entry.key, &entry.value)), |steps, at, value| {
        same(steps, at, value)
    })
}

/// Whether the entries that start at step `at`, up to the end of their map, are these in the same order.
fn entries<'w, T: 'w>(
    steps: &[Step<'_>],
    at: &mut usize,
    wanted: impl Iterator<Item = (&'w str, &'w T)>,
    fits: impl Fn(&[Step<'_>], &mut usize, &T) -> Option<bool>,
) -> Option<bool> {
    for (key, value) in wanted {
        let Step::Scalar(text, plain, ..) = steps.get(*at)? else { return Some(false) };
        // Each entry is found at its own position, so there are no duplicates.
        let same = match plain.then(|| resolve(text)) {
            None | Some(Scalar::Text) => **text == *key,
            Some(other) => *scalar_key(other, text).ok()? == *key,
        };
        *at += 1;
        if !same || &**text == "<<" || !fits(steps, at, value)? {
            return Some(false);
        }
    }
    closes(steps, at)
}

/// Whether the items that start at step `at`, up to the end of their list, are these.
fn items<T>(
    steps: &[Step<'_>],
    at: &mut usize,
    wanted: &[T],
    fits: impl Fn(&[Step<'_>], &mut usize, &T) -> Option<bool>,
) -> Option<bool> {
    for item in wanted {
        if !fits(steps, at, item)? {
            return Some(false);
        }
    }
    closes(steps, at)
}

fn closes(steps: &[Step<'_>], at: &mut usize) -> Option<bool> {
    let closes = matches!(steps.get(*at)?, Step::Close(_));
    *at += 1;
    Some(closes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Findings;
    use crate::source::Sources;
    use crate::yaml;

    fn read(text: &str) -> Vec<Node> {
        let mut sources = Sources::default();
        let source = sources.add("text", text);
        yaml::read(&sources, source, &mut Findings::default()).into_iter().map(|document| document.node).collect()
    }

    #[test]
    fn a_text_reads_as_exactly_what_the_parser_returns() {
        let texts = [
            "a: 1\nb:\n- x\n- y: true\n  z: {}\nc: |\n  t\nd: \"1\"\ne:\n",
            "a: 1\nb:\n- x\n- y: true\n  z: {}\nc: |\n  t\nd: 1\ne:\n",
            "a: 1\nb:\n- x\n- y: \"true\"\n  z: {}\nc: |\n  t\nd: \"1\"\ne:\n",
            "a: 1\nb:\n- x\nc: |\n  t\nd: \"1\"\ne: []\n",
            "a: 1\n",
            "b: 1\n",
            "- a\n- b\n",
            "- a\n",
        ];
        for (index, text) in texts.iter().enumerate() {
            for (other, tree) in texts.iter().map(|text| read(text).remove(0)).enumerate() {
                assert_eq!(reads_as(text, &Expected::Same(&tree)), index == other, "{text} {other}");
            }
        }
        assert!(!reads_as("a: 1\n---\nb: 2\n", &Expected::Same(&read("a: 1\n")[0])));
        // The parser rejects duplicate keys.
        assert!(!reads_as("a: 1\na: 1\n", &Expected::Same(&read("a: 1\n")[0])));
    }

    #[test]
    fn a_tree_in_parts_is_the_whole_tree() {
        let whole = read("a: 1\nb:\n- x\n- y: 2\n").remove(0);
        let part = |text: &str| Expected::Value(read(text).remove(0));
        let list = |last: &str| Expected::List(vec![Expected::Value(Node::string("x")), part(last)]);
        let parts =
            |last: &str| Expected::Map(vec![("a", Expected::Value(Node::new(Value::Int(1)))), ("b", list(last))]);
        let text = "a: 1\nb:\n- x\n- y: 2\n";
        assert!(reads_as(text, &parts("y: 2\n")) && parts("y: 2\n") == whole);
        assert!(!reads_as(text, &parts("y: 3\n")) && parts("y: 3\n") != whole);
        let turned = Expected::Map(vec![("b", list("y: 2\n")), ("a", Expected::Value(Node::new(Value::Int(1))))]);
        assert!(!reads_as(text, &turned) && turned == whole);
        assert!(!reads_as(text, &Expected::Map(vec![("a", Expected::Value(Node::new(Value::Int(1))))])));
        assert!(reads_as("a: {}\n", &Expected::Map(vec![("a", Expected::Map(Vec::new()))])));
        assert!(!reads_as("a: {}\n", &Expected::Map(vec![("a", Expected::List(Vec::new()))])));
    }
}
