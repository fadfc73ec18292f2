//! How lists are compared: by Kubernetes' merge keys, as sets, or in order.
//!
//! Lists that are atomic in Kubernetes' table (`stack::kube::lists`), or are in no table, are compared in order. The
//! lists of a custom kind follow its CustomResourceDefinition, if that is among the files.

use crate::diff::path::Step;
use crate::stack::kube::lists::KEYED;
use crate::stack::kube::lists::Order;
use crate::yaml::Map;
use crate::yaml::Node;
use crate::yaml::Value;
use std::collections::HashMap;
use std::collections::HashSet;

/// How to pair the items of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Pairing {
    /// By these keys, each with the default for a missing one.
    Keyed(Vec<(String, Option<String>)>, Order),
    /// By value; the order has no meaning.
    Set,
    /// By value and position.
    Ordered,
}

/// How to compare the list at the end of `path`. `builtin`: whether its kind is built into Kubernetes; `schema`: the
/// list's schema from the CRD.
pub(crate) fn how(path: &[Step], builtin: bool, schema: Option<&Node>) -> Pairing {
    if ends_with(path, &["metadata", "finalizers"]) && path.len() == 2 {
        return Pairing::Set;
    }
    if let Some(schema) = schema {
        match schema.get("x-kubernetes-list-type").and_then(Node::as_str) {
            Some("set") => return Pairing::Set,
            Some("map") => {
                let keys = schema.get("x-kubernetes-list-map-keys").and_then(Node::as_list).unwrap_or_default();
                let default = |key: &str| schema.path(&["items", "properties", key, "default"]).and_then(scalar);
                let keys: Vec<_> =
                    keys.iter().filter_map(Node::as_str).map(|key| (key.to_owned(), default(key))).collect();
                if !keys.is_empty() {
                    return Pairing::Keyed(keys, Order::Free);
                }
            }
            _ => {}
        }
        return Pairing::Ordered;
    }
    let rule = KEYED.iter().find(|rule| builtin && ends_with(path, rule.tail));
    rule.map_or(Pairing::Ordered, |rule| {
        let keys = rule.keys.iter().map(|(key, default)| ((*key).to_owned(), default.map(str::to_owned)));
        Pairing::Keyed(keys.collect(), rule.order)
    })
}

/// The name of each item, such as `name=web`; `None` if an item has none or two are the same.
pub(crate) fn names(list: &[Node], keys: &[(String, Option<String>)]) -> Option<Vec<Box<str>>> {
    let name = |item: &Node| {
        let map = item.as_map()?;
        let part = |(key, default): &(String, Option<String>)| {
            let value = map.get(key).and_then(scalar).or_else(|| default.clone())?;
            Some(format!("{key}={value}"))
        };
        let parts: Option<Vec<String>> = keys.iter().map(part).collect();
        Some(parts?.join(",").into_boxed_str())
    };
    let names: Option<Vec<Box<str>>> = list.iter().map(name).collect();
    names.filter(|names| names.iter().collect::<HashSet<_>>().len() == names.len())
}

/// The items of a list of scalars as text; `None` if some are not scalars or two are the same.
pub(crate) fn values(list: &[Node]) -> Option<Vec<Box<str>>> {
    let values: Vec<Box<str>> = list.iter().map(|node| Some(scalar(node)?.into_boxed_str())).collect::<Option<_>>()?;
    (values.iter().collect::<HashSet<_>>().len() == values.len()).then_some(values)
}

/// A key that distinguishes the items of both lists although no table names it. It decides only which items are shown
/// as a pair, never whether their order counts.
pub(crate) fn guess(a: &[Node], b: &[Node]) -> Option<Vec<(String, Option<String>)>> {
    let usable = |key: &&str| {
        let keys = [((*key).to_owned(), None)];
        names(a, &keys).is_some() && names(b, &keys).is_some()
    };
    (!a.is_empty() && !b.is_empty()).then_some(())?;
    ["name", "id", "key", "type"].iter().copied().find(usable).map(|key| vec![(key.to_owned(), None)])
}

/// Whether the order of environment variables changed in a way that changes a value: `$(X)` sees only variables defined
/// above it.
pub(crate) fn references_moved(a: &[Node], b: &[Node]) -> bool {
    let places = |list: &[Node]| -> HashMap<String, usize> {
        list.iter().enumerate().filter_map(|(at, item)| Some((name_of(item)?.to_owned(), at))).collect()
    };
    let (old, new) = (places(a), places(b));
    b.iter().enumerate().any(|(at, item)| {
        let value = item.get("value").and_then(Node::as_str).unwrap_or_default();
        references(value).any(|used| {
            let Some(used_at) = new.get(used) else { return false };
            match (name_of(item).and_then(|name| old.get(name)), old.get(used)) {
                (Some(was), Some(used_was)) => (was > used_was) != (at > *used_at),
                // One of the two is new and has to be where TO has it.
                _ => true,
            }
        })
    })
}

fn name_of(item: &Node) -> Option<&str> {
    item.get("name").and_then(Node::as_str)
}

fn references(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("$(").filter_map(|(at, _)| {
        let escaped = text[..at].bytes().rev().take_while(|byte| *byte == b'$').count() % 2 == 1;
        let rest = &text[at + 2..];
        rest.find(')').filter(|_| !escaped).map(|end| &rest[..end])
    })
}

fn ends_with(path: &[Step], tail: &[&str]) -> bool {
    path.len() >= tail.len()
        && path[path.len() - tail.len()..].iter().zip(tail).all(|(step, word)| match step {
            Step::Key(key) => **key == **word,
            Step::Item(..) => *word == "[]",
        })
}

/// A scalar as text.
pub(crate) fn scalar(node: &Node) -> Option<String> {
    match &node.value {
        Value::String(text) => Some(text.to_string()),
        Value::Int(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

/// The schema one step down, if the CRD's schema covers it.
pub(crate) fn below<'s>(schema: Option<&'s Node>, step: &Step) -> Option<&'s Node> {
    let schema = schema?;
    match step {
        Step::Key(key) => {
            let named = schema.get("properties").and_then(Node::as_map).and_then(|map: &Map| map.get(key));
            named.or_else(|| schema.get("additionalProperties").filter(|node| node.as_map().is_some()))
        }
        Step::Item(..) => schema.get("items"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(steps: &[&str]) -> Vec<Step> {
        let step = |word: &&str| match *word {
            "[]" => Step::Item(0, None),
            key => Step::Key(key.into()),
        };
        steps.iter().map(step).collect()
    }

    #[test]
    fn the_ports_of_containers_and_services_have_two_keys_each() {
        let keys = |steps: &[&str]| match how(&path(steps), true, None) {
            Pairing::Keyed(keys, _) => keys.into_iter().map(|key| key.0).collect::<Vec<_>>(),
            _ => Vec::new(),
        };
        assert_eq!(keys(&["spec", "template", "spec", "containers", "[]", "ports"]), ["containerPort", "protocol"]);
        assert_eq!(keys(&["spec", "ports"]), ["port", "protocol"]);
        assert!(keys(&["spec", "template", "spec", "tolerations"]).is_empty());
    }

    #[test]
    fn the_order_of_variables_counts_only_for_references() {
        let env = |pairs: &[(&str, &str)]| -> Vec<Node> {
            let json: Vec<_> = pairs.iter().map(|(n, v)| serde_json::json!({"name": n, "value": v})).collect();
            json.iter().map(|json| Node::from_json(json, crate::source::Span::NONE)).collect()
        };
        let (x, y) = (("X", "1"), ("Y", "$(X)"));
        assert!(references_moved(&env(&[x, y]), &env(&[y, x])));
        assert!(!references_moved(&env(&[x, ("Z", "$$(X)")]), &env(&[("Z", "$$(X)"), x])));
        assert!(!references_moved(&env(&[x, ("Z", "2"), y]), &env(&[("Z", "2"), x, y])));
    }
}
