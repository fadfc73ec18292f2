//! What the API server stores of an object: quantities in canonical form, defaults written out, what is empty left out, the
//! same selector in one form.
//!
//! In: an object of a kind of which Kubernetes' types or a CRD of the files say enough. Out: a tree that is equal for two
//! objects exactly if the stored ones are. Only used to compare, never shown.

mod special;

use crate::diff::Field;
use crate::diff::STORED;
use crate::diff::fields;
use crate::diff::fields::About;
use crate::diff::fields::Known;
use crate::source::Span;
use crate::stack::kube::quantity;
use crate::stack::kube::types;
use crate::stack::kube::types::Leaf;
use crate::stack::kube::types::Place;
use crate::stack::kube::types::Type;
use crate::yaml::Map;
use crate::yaml::Node;
use crate::yaml::Value;
use std::collections::BTreeSet;

/// How deep defaults are followed: no type needs more.
const DEEPEST: usize = 40;

/// Notes the fields whose change the API server does not store. `about`: what is known of each side.
pub(crate) fn note(old: (&Node, About<'_>), new: (&Node, About<'_>), all: &mut [Field]) {
    let (Some(was), Some(is)) = (of(old.0, old.1.known), of(new.0, new.1.known)) else { return };
    let real = fields::between(&was, &is, new.1);
    let mut real: BTreeSet<String> = real.into_iter().map(|one| one.keyed).collect();
    if matches!(new.1.known, Known::Built(Place::Type(kind)) if kind.name == special::SECRET) {
        // What is stored as `data` may be written as `stringData`.
        let written = real.iter().filter_map(|path| path.strip_prefix("data")).map(|rest| format!("stringData{rest}"));
        real.extend(written.collect::<Vec<_>>());
    }
    let changed: BTreeSet<String> =
        all.iter().filter(|field| touches_any(&real, &field.keyed)).map(|field| field.keyed.clone()).collect();
    // What is stored differently beside no field that is: some field that is stored the same has an effect elsewhere, as
    // `parallelism` of a Job on `completions`.
    let parents: BTreeSet<&str> = changed.iter().map(|path| parent(path)).collect();
    let unexplained: BTreeSet<&str> = (real.iter())
        .filter(|path| !touches_any(&changed, path) && !parents.contains(parent(path)))
        .map(|path| parent(path))
        .collect();
    // If nothing is beside it, any of them may be the cause.
    if unexplained.iter().any(|path| all.iter().all(|field| parent(&field.keyed) != *path)) {
        return;
    }
    for field in all.iter_mut().filter(|field| !changed.contains(&field.keyed)) {
        if !unexplained.contains(parent(&field.keyed)) {
            field.note = Some(STORED);
        }
    }
}

/// The path without its last step.
fn parent(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(parent, _)| parent)
}

/// Whether one of the paths is `path`, above it or below it.
fn touches_any(paths: &BTreeSet<String>, path: &str) -> bool {
    let above = || path.match_indices(['.', '[']).any(|(at, _)| paths.contains(&path[..at]));
    let below = || {
        ['.', '['].into_iter().any(|step| {
            let start = format!("{path}{step}");
            paths.range::<String, _>(&start..).next().is_some_and(|next| next.starts_with(&start))
        })
    };
    paths.contains(path) || above() || below()
}

/// What is stored of an object; `None` if its kind is not known.
fn of(node: &Node, known: Known<'_>) -> Option<Node> {
    match known {
        Known::Built(Place::Type(kind)) => {
            let mut node = of_type(node, kind, DEEPEST);
            special::of_object(kind.name, &mut node);
            Some(node)
        }
        Known::Crd(schema) => Some(of_schema(node, schema)),
        Known::Built(Place::Field(..)) | Known::Nothing => None,
    }
}

fn of_type(node: &Node, kind: &'static Type, left: usize) -> Node {
    typed(node, kind, left, true)
}

/// `defaults`: whether the fields of the struct itself have defaults here.
fn typed(node: &Node, kind: &'static Type, left: usize, defaults: bool) -> Node {
    let Value::Map(map) = &node.value else { return node.clone() };
    let mut out = Map::default();
    for entry in &map.entries {
        match kind.field(&entry.key) {
            Some(field) => {
                if let Some(value) = of_field(&entry.value, kind, field, left) {
                    out.push(&entry.key, value);
                }
            }
            None => out.push(&entry.key, entry.value.clone()),
        }
    }
    if !defaults {
        return Node::new(Value::Map(out));
    }
    special::before_defaults(kind.name, map, &mut out);
    for field in &kind.fields {
        if out.get(field.name).is_some() || special::is_without_default(kind.name, field.name, map, &out) {
            continue;
        }
        if !field.default.is_empty() {
            out.set(field.name, from_json(field.default));
        } else if let Some(child) = field.child().filter(|_| !field.pointer && !field.list && !field.map && left > 0) {
            let inner = of_type(&Node::new(Value::Map(Map::default())), child, left - 1);
            if !is_empty(&inner) {
                out.set(field.name, inner);
            }
        }
    }
    special::after_defaults(kind.name, &mut out);
    Node::new(Value::Map(out))
}

/// The value of a field as it is stored; `None`: it is as if it were not there.
fn of_field(node: &Node, kind: &'static Type, field: &'static types::Field, left: usize) -> Option<Node> {
    if matches!(node.value, Value::Null) || left == 0 {
        return None;
    }
    let one = |node: &Node| match (field.child(), field.leaf) {
        (Some(child), _) => {
            let node = typed(node, child, left - 1, !special::has_no_defaults(kind.name, field.name));
            if child.name == special::SELECTOR && !special::keeps_form(kind.name, field.name) {
                return special::selector(node);
            }
            node
        }
        // A map of quantities is a ResourceList.
        (None, Leaf::Quantity) if field.map => of_quantity(node, quantity::canonical_amount),
        (None, Leaf::Quantity) => of_quantity(node, quantity::canonical),
        (None, _) => node.clone(),
    };
    let value = match &node.value {
        Value::List(list) if field.list => Value::List(list.iter().map(one).collect()),
        Value::Map(map) if field.map => {
            let mut out = Map::default();
            map.entries.iter().for_each(|entry| out.push(&entry.key, one(&entry.value)));
            Value::Map(out)
        }
        _ => one(node).value,
    };
    let value = Node::new(value);
    // Go has one value for nothing and for empty, unless there is a pointer between.
    let gone = !field.pointer && field.leaf != Leaf::Opaque && (is_zero(&value) || is_empty(&value));
    (!gone).then_some(value)
}

fn of_quantity(node: &Node, canonical: impl Fn(&str) -> Option<String>) -> Node {
    let text = match &node.value {
        Value::String(text) => text.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        _ => return node.clone(),
    };
    match canonical(&text) {
        Some(form) => Node::string(&form),
        None => node.clone(),
    }
}

/// The defaults that the schema of a CRD says are written.
fn of_schema(node: &Node, schema: &Node) -> Node {
    let value = match &node.value {
        Value::Map(map) => {
            let mut out = Map::default();
            for entry in &map.entries {
                let inner = schema.path(&["properties", &entry.key]).or_else(|| schema.get("additionalProperties"));
                let nullable =
                    |schema: &Node| matches!(schema.get("nullable").map(|node| &node.value), Some(Value::Bool(true)));
                // A null that is not allowed is replaced by the default, if there is one.
                let replaced = |schema: &Node| schema.get("default").is_some() && !nullable(schema);
                match inner {
                    Some(inner) if matches!(entry.value.value, Value::Null) && replaced(inner) => {}
                    Some(inner) => out.push(&entry.key, of_schema(&entry.value, inner)),
                    None => out.push(&entry.key, entry.value.clone()),
                }
            }
            for property in schema.get("properties").and_then(Node::as_map).into_iter().flat_map(|map| &map.entries) {
                if let Some(default) = property.value.get("default").filter(|_| out.get(&property.key).is_none()) {
                    out.set(&property.key, of_schema(default, &property.value));
                }
            }
            Value::Map(out)
        }
        Value::List(list) => match schema.get("items") {
            Some(items) => Value::List(list.iter().map(|item| of_schema(item, items)).collect()),
            None => node.value.clone(),
        },
        _ => node.value.clone(),
    };
    Node::new(value)
}

fn from_json(text: &str) -> Node {
    let json = serde_json::from_str(text).unwrap_or_default();
    Node::from_json(&json, Span::NONE)
}

fn is_zero(node: &Node) -> bool {
    match &node.value {
        Value::String(text) => text.is_empty(),
        Value::Int(number) => *number == 0,
        Value::Float(number) => *number == 0.0,
        Value::Bool(flag) => !flag,
        _ => false,
    }
}

fn is_empty(node: &Node) -> bool {
    match &node.value {
        Value::Map(map) => map.entries.is_empty(),
        Value::List(list) => list.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
