//! Whether a text parses to a given tree, without building the parsed tree.
//!
//! Handles only the plain block style of [`simple`]; anything else is left to the parser. A property test compares the
//! two.

use crate::yaml::Map;
use crate::yaml::Node;
use crate::yaml::Value;
use crate::yaml::convert::scalar_key;
use crate::yaml::convert::scalar_value;
use crate::yaml::scalar::resolve;
use crate::yaml::simple;
use crate::yaml::simple::Step;
use crate::yaml::split::segments;
use rayon::prelude::*;

/// Whether each node in `wanted` equals the document with its number, in a text of `count` documents. `false` may also
/// mean that only the parser can tell.
pub(crate) fn reads_as(text: &str, count: usize, wanted: &[(usize, Node)]) -> bool {
    let segments = segments(text);
    segments.len() == count
        && wanted
            .par_iter()
            .all(|(number, node)| segments.get(*number).is_some_and(|range| is(&text[range.clone()], node)))
}

fn is(text: &str, node: &Node) -> bool {
    let Some((steps, _)) = simple::steps(text) else { return false };
    let mut at = 0;
    same(&steps, &mut at, node) == Some(true) && at == steps.len()
}

/// Whether the value that starts at step `at` equals `node`; `None` if the steps end early.
fn same(steps: &[Step<'_>], at: &mut usize, node: &Node) -> Option<bool> {
    let step = steps.get(*at)?;
    *at += 1;
    Some(match (step, &node.value) {
        (Step::Empty(true, _), Value::Map(map)) => map.entries.is_empty(),
        (Step::Empty(false, _), Value::List(list)) => list.is_empty(),
        (Step::Open(true, _), Value::Map(map)) => same_map(steps, at, map)?,
        (Step::Open(false, _), Value::List(list)) => {
            for item in list {
                if !same(steps, at, item)? {
                    return Some(false);
                }
            }
            closes(steps, at)?
        }
        (Step::Scalar(text, false, ..), Value::String(wanted)) => *text == **wanted,
        (Step::Scalar(text, true, ..), value) => match (scalar_value(resolve(text), text), value) {
            (Ok(Value::String(read)), Value::String(wanted)) => read == *wanted,
            (Ok(read @ (Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_))), _) => {
                Node::new(read) == *node
            }
            _ => false,
        },
        _ => false,
    })
}

fn same_map(steps: &[Step<'_>], at: &mut usize, map: &Map) -> Option<bool> {
    let mut count = 0;
    loop {
        match steps.get(*at)? {
            Step::Close => {
                *at += 1;
                // Each entry was found at its own position, so there are no duplicates.
                return Some(count == map.entries.len());
            }
            Step::Scalar(text, plain, ..) => {
                let key = if *plain { scalar_key(resolve(text), text).ok()? } else { (&**text).into() };
                let Some(entry) = map.entries.get(count).filter(|entry| entry.key == key && &**text != "<<") else {
                    return Some(false);
                };
                *at += 1;
                count += 1;
                if !same(steps, at, &entry.value)? {
                    return Some(false);
                }
            }
            _ => return Some(false),
        }
    }
}

fn closes(steps: &[Step<'_>], at: &mut usize) -> Option<bool> {
    let closes = matches!(steps.get(*at)?, Step::Close);
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
                assert_eq!(reads_as(text, 1, &[(0, tree)]), index == other, "{text} {other}");
            }
        }
        assert!(reads_as("a: 1\n---\nb: 2\n", 2, &[(1, read("b: 2\n").remove(0))]));
        assert!(!reads_as("a: 1\n---\nb: 2\n", 1, &[(0, read("a: 1\n").remove(0))]));
        // The parser rejects duplicate keys.
        assert!(!reads_as("a: 1\na: 1\n", 1, &[(0, read("a: 1\n").remove(0))]));
    }
}
