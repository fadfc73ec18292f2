//! Where two renders of one chart differ.

use crate::chart::read::Document;
use crate::object::Id;
use crate::yaml::Node;
use crate::yaml::Value;

/// A value that is not the same in two renders with the same input.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    /// The object, such as ``Secret `web/password` ``.
    pub(crate) object: String,
    /// The chart's template.
    pub(crate) template: String,
    /// A JSON pointer; empty if the whole object is new.
    pub(crate) path: String,
}

/// All differences, in the order of the first render.
pub(crate) fn differences(first: &[Document], second: &[Document]) -> Vec<Difference> {
    let mut all = Vec::new();
    let name =
        |document: &Document| Id::of(&document.node).map_or_else(|_| "an object".to_string(), |id| id.to_string());
    for (index, one) in first.iter().enumerate() {
        let mut report =
            |path: String| all.push(Difference { object: name(one), template: one.template.clone(), path });
        match second.get(index).filter(|other| other.template == one.template) {
            Some(other) => walk(&one.node, &other.node, &mut String::new(), &mut report),
            None => report(String::new()),
        }
    }
    for other in second.iter().skip(first.len()) {
        all.push(Difference { object: name(other), template: other.template.clone(), path: String::new() });
    }
    all
}

fn walk(one: &Node, other: &Node, path: &mut String, report: &mut dyn FnMut(String)) {
    let length = path.len();
    match (&one.value, &other.value) {
        (Value::Map(map), Value::Map(others)) => {
            for entry in &map.entries {
                path.push('/');
                path.push_str(&entry.key.replace('~', "~0").replace('/', "~1"));
                match others.get(&entry.key) {
                    Some(other) => walk(&entry.value, other, path, report),
                    None => report(path.clone()),
                }
                path.truncate(length);
            }
            for entry in others.entries.iter().filter(|entry| map.get(&entry.key).is_none()) {
                report(format!("{path}/{}", entry.key.replace('~', "~0").replace('/', "~1")));
            }
        }
        (Value::List(list), Value::List(others)) if list.len() == others.len() => {
            for (index, (one, other)) in list.iter().zip(others).enumerate() {
                path.push_str(&format!("/{index}"));
                walk(one, other, path, report);
                path.truncate(length);
            }
        }
        (one, other) if scalar(one, other) => {}
        _ => report(path.clone()),
    }
}

/// Whether two values that are not both maps or lists of one length are equal.
fn scalar(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(one), Value::Bool(other)) => one == other,
        (Value::Int(one), Value::Int(other)) => one == other,
        (Value::Float(one), Value::Float(other)) => one.to_bits() == other.to_bits(),
        (Value::String(one), Value::String(other)) => one == other,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::node_of;

    #[test]
    fn differences_are_named_to_the_leaf() {
        let document = |text: &str| Document { template: "web/templates/a.yaml".to_string(), node: node_of(text) };
        let head = "apiVersion: v1\nkind: Secret\nmetadata: {name: a, namespace: b}\n";
        let one = document(&format!("{head}data: {{x/y: '1', z: [1, 2]}}"));
        let other = document(&format!("{head}data: {{x/y: '2', z: [1, 3], more: 1}}"));
        let shown = |found: Vec<Difference>| -> Vec<String> {
            found.into_iter().map(|one| format!("{} {}", one.object, one.path)).collect()
        };
        assert_eq!(
            shown(differences(&[one], &[other])),
            ["Secret `b/a` /data/x~1y", "Secret `b/a` /data/z/1", "Secret `b/a` /data/more"]
        );
        assert_eq!(shown(differences(&[document(head)], &[document(head)])), [""; 0]);
        assert_eq!(shown(differences(&[document(head)], &[])), ["Secret `b/a` "]);
    }
}
