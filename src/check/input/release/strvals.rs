//! Values given one at a time, as with `helm --set` (`helm.sh/helm/v3/pkg/strvals/parser.go`).

use crate::check::input::merge::merge;
use crate::profile::typed as scalar;
use crate::source::Span;
use crate::yaml::Entry;
use crate::yaml::Map;
use crate::yaml::Node;
use crate::yaml::Value;

/// A value of `--set`: `true` and the like in any case, numbers, and lists in braces; anything else is text (`typedVal`,
/// `valList`).
pub(crate) fn typed(text: &str) -> Value {
    if let Some(items) = items(text) {
        return items.map_or(Value::List(Vec::new()), |items| {
            Value::List(items.split(',').map(|item| Node::new(scalar(item.trim()))).collect())
        });
    }
    scalar(text)
}

/// A value of `--set-string`.
pub(super) fn string(text: &str) -> Value {
    match items(text) {
        Some(Some(items)) => Value::List(items.split(',').map(|item| Node::string(item.trim())).collect()),
        Some(None) => Value::List(Vec::new()),
        None => Value::String(text.into()),
    }
}

/// What is inside the braces of a list.
fn items(text: &str) -> Option<Option<&str>> {
    let inside = text.strip_prefix('{')?.strip_suffix('}')?;
    // Braces of a template, and commas that are not separators.
    (!inside.starts_with('{') && !inside.contains('\\')).then(|| Some(inside).filter(|inside| !inside.is_empty()))
}

/// A step of a path: a key, or the index of a list.
enum Step {
    Key(String),
    Index(usize),
}

fn steps(path: &str) -> Option<Vec<Step>> {
    let mut steps = vec![Step::Key(String::new())];
    let mut chars = path.chars();
    while let Some(char) = chars.next() {
        match (char, steps.last_mut()?) {
            ('\\', Step::Key(key)) => key.extend(chars.next()),
            ('.', _) => steps.push(Step::Key(String::new())),
            ('[', _) => {
                let index: String = chars.by_ref().take_while(|char| *char != ']').collect();
                steps.push(Step::Index(index.trim().parse().ok().filter(|index| *index < 1024)?));
            }
            (char, Step::Key(key)) => key.push(char),
            (_, Step::Index(_)) => return None,
        }
    }
    Some(steps)
}

/// The values that have `value` at `path`, with the lists on the way as they are in `before`; `None` if it is not a
/// path.
pub(crate) fn one(path: &str, value: Value, span: Span, before: &Node) -> Option<Node> {
    build(&steps(path)?, &value, span, Some(before))
}

fn build(steps: &[Step], value: &Value, span: Span, before: Option<&Node>) -> Option<Node> {
    let Some((step, rest)) = steps.split_first() else {
        return Some(Node { value: value.clone(), span });
    };
    let value = match step {
        Step::Key(key) => {
            let inner = build(rest, value, span, before.and_then(|node| node.get(key)))?;
            // In a list, what is beside the key stays.
            Value::Map(Map { entries: vec![Entry { key: key.as_str().into(), key_span: span, value: inner }] })
        }
        Step::Index(index) => {
            let mut list = before.and_then(Node::as_list).unwrap_or_default().to_vec();
            while list.len() <= *index {
                list.push(Node { value: Value::Null, span });
            }
            let inner = build(rest, value, span, Some(&list[*index]))?;
            merge(&mut list[*index], &inner);
            Value::List(list)
        }
    };
    Some(Node { value, span })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::node_of;

    #[test]
    fn values_are_read_as_helm_reads_them() {
        let is =
            |text: &str, yaml: &str| assert_eq!(Node::new(typed(text)).to_json(), node_of(yaml).to_json(), "{text}");
        is("true", "true");
        is("False", "false");
        is("NULL", "null");
        is("8500", "8500");
        is("0123", "'0123'");
        is("1.5", "'1.5'");
        is("{a, b,1}", "[a, b, 1]");
        is("{}", "[]");
        is("{{x}}", "'{{x}}'");
        assert_eq!(Node::new(string("true")).to_json(), "true");
    }

    #[test]
    fn a_path_has_keys_and_indexes() {
        let before = node_of("{gateways: [{name: a, replicas: 2}, {name: b}]}");
        let is = |path: &str, yaml: &str| {
            let found = one(path, Value::Bool(true), Span::NONE, &before).map(|node| node.to_json().to_string());
            assert_eq!(found, (!yaml.is_empty()).then(|| node_of(yaml).to_json().to_string()), "{path}");
        };
        is("a.b", "{a: {b: true}}");
        is(r"a\.b/c", "{a.b/c: true}");
        is("gateways[0].replicas", "{gateways: [{name: a, replicas: true}, {name: b}]}");
        is("gateways[2]", "{gateways: [{name: a, replicas: 2}, {name: b}, true]}");
        is("a[9999999]", "");
        is("a[x]", "");
    }
}
