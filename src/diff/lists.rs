//! How lists are compared: by Kubernetes' merge keys, as sets, or in order.
//!
//! Lists that are atomic in Kubernetes' types (`stack::kube::types`), or of no known type, are compared in order. The
//! lists of a custom kind follow its CustomResourceDefinition, if that is among the files.

use crate::diff::fields::Known;
use crate::diff::path::Step;
use crate::pointer;
use crate::project::List;
use crate::stack::kube::lists::Order;
use crate::stack::kube::lists::order;
use crate::stack::kube::types::Place;
use crate::yaml::Map;
use crate::yaml::Node;
use crate::yaml::Value;
use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::HashSet;

/// How to pair the items of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// By these keys, each with the default for a missing one.
    Keyed(Vec<(String, Option<String>)>, Order),
    /// By value; the order has no meaning.
    Set,
    /// By value and position.
    Ordered,
}

/// How to compare the list at the end of `path`, of which `known` says more. `own`: what the project says about lists.
pub(crate) fn how(path: &[Step], known: Known<'_>, own: &[&List]) -> How {
    if let Some(list) = own.iter().find(|list| is_at(&list.path, path)) {
        return How::Keyed(list.keys.iter().map(|key| (key.clone(), None)).collect(), Order::Free);
    }
    if ends_with(path, &["metadata", "finalizers"]) && path.len() == 2 {
        return How::Set;
    }
    match known {
        Known::Crd(schema) => by_schema(schema),
        Known::Built(Place::Field(_, field)) if field.set => How::Set,
        Known::Built(place @ Place::Field(kind, field)) if !field.keys.is_empty() => {
            let keys = place.keys().into_iter().map(|(key, default)| (key.to_owned(), default.map(str::to_owned)));
            How::Keyed(keys.collect(), order(kind.name, field.name))
        }
        _ => How::Ordered,
    }
}

fn by_schema(schema: &Node) -> How {
    match schema.get("x-kubernetes-list-type").and_then(Node::as_str) {
        Some("set") => How::Set,
        Some("map") => {
            let keys = schema.get("x-kubernetes-list-map-keys").and_then(Node::as_list).unwrap_or_default();
            let default = |key: &str| schema.path(&["items", "properties", key, "default"]).and_then(scalar);
            let keys: Vec<_> = keys.iter().filter_map(Node::as_str).map(|key| (key.to_owned(), default(key))).collect();
            if keys.is_empty() { How::Ordered } else { How::Keyed(keys, Order::Free) }
        }
        _ => How::Ordered,
    }
}

/// Whether a list is the ports of a Service, which are paired by name before they are paired by number.
pub(crate) fn is_service_ports(known: Known<'_>) -> bool {
    matches!(known, Known::Built(Place::Field(kind, field)) if kind.name == "core/v1.ServiceSpec" && field.name == "ports")
}

/// The names of a Service's ports: those that are unique and the same on both sides by name, the others by number and
/// protocol. `None` if two have one name.
pub(crate) fn port_names(list: &[Node], other: &[Node], keys: &[(String, Option<String>)]) -> Option<Vec<Box<str>>> {
    let name = |node: &Node| node.get("name").and_then(Node::as_str).map(str::to_owned);
    let count = |list: &[Node], wanted: &str| list.iter().filter(|node| name(node).as_deref() == Some(wanted)).count();
    let label = |node: &Node| match name(node)
        .filter(|name| !name.is_empty() && count(list, name) == 1 && count(other, name) == 1)
    {
        Some(name) => Some(format!("name={name}").into_boxed_str()),
        None => names(std::slice::from_ref(node), keys).map(|mut names| names.remove(0)),
    };
    let names: Option<Vec<Box<str>>> = list.iter().map(label).collect();
    names.filter(|names| names.iter().collect::<HashSet<_>>().len() == names.len())
}

/// Whether a path is at a JSON pointer in which `*` is any step.
fn is_at(pointer: &str, path: &[Step]) -> bool {
    let wanted = pointer.split('/').skip(1).map(pointer::unescape);
    wanted.clone().count() == path.len()
        && wanted.zip(path).all(|(word, step)| {
            word == "*"
                || match step {
                    Step::Key(key) => **key == *word,
                    Step::Item(at, _) => at.to_string() == word,
                }
        })
}

/// The name of each item of a list.
pub(crate) type Names = Vec<Box<str>>;

/// The name of each item, such as `name=web`; `None` if an item has none or two are the same.
pub(crate) fn names(list: &[Node], keys: &[(String, Option<String>)]) -> Option<Vec<Box<str>>> {
    let name = |item: &Node| {
        let map = item.as_map()?;
        let part = |(key, default): &(String, Option<String>)| {
            let value = match map.get(key) {
                Some(Node { value: Value::String(text), .. }) => Cow::Borrowed(&**text),
                other => Cow::Owned(other.and_then(scalar).or_else(|| default.clone())?),
            };
            Some([key, "=", &value].concat())
        };
        if let [only] = keys {
            return Some(part(only)?.into_boxed_str());
        }
        let parts: Option<Vec<String>> = keys.iter().map(part).collect();
        Some(parts?.join(",").into_boxed_str())
    };
    let names: Option<Vec<Box<str>>> = list.iter().map(name).collect();
    names.filter(|names| names.iter().collect::<HashSet<_>>().len() == names.len())
}

/// The names of the items of both lists by a key that distinguishes them although no table names it. It decides only which
/// items are shown as a pair, never whether their order counts.
pub(crate) fn guess(a: &[Node], b: &[Node]) -> Option<(Names, Names)> {
    let (first, other) = (a.first()?, b.first()?);
    let by = |key: &str| {
        (first.get(key).is_some() && other.get(key).is_some()).then_some(())?;
        let keys = [(key.to_owned(), None)];
        Some((names(a, &keys)?, names(b, &keys)?))
    };
    ["name", "id", "key", "type"].into_iter().find_map(by)
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

/// What is known one step down.
pub(crate) fn below<'s>(known: Known<'s>, step: &Step) -> Known<'s> {
    match (known, step) {
        (Known::Crd(schema), Step::Key(key)) => {
            let named = schema.get("properties").and_then(Node::as_map).and_then(|map: &Map| map.get(key));
            named
                .or_else(|| schema.get("additionalProperties").filter(|node| node.as_map().is_some()))
                .map_or(Known::Nothing, Known::Crd)
        }
        (Known::Crd(schema), Step::Item(..)) => schema.get("items").map_or(Known::Nothing, Known::Crd),
        (Known::Built(place), Step::Key(key)) => place.key(key).map_or(Known::Nothing, Known::Built),
        (Known::Built(place), Step::Item(..)) => place.item().map_or(Known::Nothing, Known::Built),
        (Known::Nothing, _) => Known::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::kube::types;

    fn path(steps: &[&str]) -> Vec<Step> {
        let step = |word: &&str| match *word {
            "[]" => Step::Item(0, None),
            key => Step::Key(key.into()),
        };
        steps.iter().map(step).collect()
    }

    fn known(steps: &[&str]) -> Known<'static> {
        let kind = types::of("apps/v1", "Deployment").unwrap();
        path(steps).iter().fold(Known::Built(Place::Type(kind)), |known, step| below(known, step))
    }

    #[test]
    fn lists_are_keyed_as_the_types_say() {
        let keys = |steps: &[&str]| match how(&path(steps), known(steps), &[]) {
            How::Keyed(keys, order) => (keys.into_iter().map(|key| key.0).collect::<Vec<_>>(), order),
            _ => (Vec::new(), Order::Free),
        };
        let pod = ["spec", "template", "spec"];
        let at = |more: &[&str]| keys(&[&pod[..], more].concat());
        assert_eq!(at(&["containers", "[]", "ports"]).0, ["containerPort", "protocol"]);
        assert_eq!(at(&["containers", "[]", "env"]), (vec!["name".to_owned()], Order::References));
        assert_eq!(at(&["initContainers"]), (vec!["name".to_owned()], Order::Kept));
        assert!(at(&["tolerations"]).0.is_empty());
        let own = List {
            kind: "Deployment".into(),
            path: "/spec/template/spec/tolerations".into(),
            keys: vec!["key".into()],
        };
        let steps = [&pod[..], &["tolerations"]].concat();
        assert!(matches!(how(&path(&steps), known(&steps), &[&own]), How::Keyed(keys, _) if keys[0].0 == "key"));
        assert!(is_at("/a/*/c", &path(&["a", "[]", "c"])) && !is_at("/a/*", &path(&["a"])));
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
