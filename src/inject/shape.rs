//! Checks that an object has the shape that an injection relies on.

use crate::inject::workload::Malformed;
use crate::yaml::Node;
use crate::yaml::Value;

/// Refuses annotations, on the object or on the pod at `template`, that are not a map.
///
/// # Errors
/// What is malformed.
pub(super) fn annotations(node: &Node, template: &[&str]) -> Result<(), Malformed> {
    let path: Vec<&str> = template.iter().copied().chain(["metadata", "annotations"]).collect();
    for length in 1..=path.len() {
        if let Some(found) = node.path(&path[..length]) {
            expect(found, &path[..length], "a map", |value| matches!(value, Value::Map(_) | Value::Null))?;
        }
    }
    Ok(())
}

fn expect(node: &Node, path: &[&str], what: &str, fits: fn(&Value) -> bool) -> Result<(), Malformed> {
    if fits(&node.value) {
        return Ok(());
    }
    let message = format!("`{}` is {}, expected {what}", path.join("."), node.kind());
    Err(Malformed {
        span: node.span,
        message,
        help: "correct the manifest first; the API server refuses it too".to_owned(),
    })
}

/// Refuses what the API server would reject in the fields that an injection writes to.
///
/// # Errors
/// What is malformed.
pub(super) fn workload(node: &Node, template: &[&str]) -> Result<(), Malformed> {
    annotations(node, &[])?;
    for key in ["name", "namespace"] {
        if let Some(value) = node.path(&["metadata", key]) {
            expect(value, &["metadata", key], "a string", |value| matches!(value, Value::String(_) | Value::Null))?;
        }
    }
    annotations(node, template)?;
    let list: fn(&Value) -> bool = |value| matches!(value, Value::List(_) | Value::Null);
    let map: fn(&Value) -> bool = |value| matches!(value, Value::Map(_));
    let Some(spec) = node.path(template).and_then(|pod| pod.get("spec")) else { return Ok(()) };
    expect(spec, &["spec"], "a map", map)?;
    for key in ["containers", "initContainers", "volumes", "imagePullSecrets"] {
        if let Some(value) = spec.get(key) {
            expect(value, &["spec", key], "a list", list)?;
        }
    }
    for container in spec.get("containers").and_then(Node::as_list).unwrap_or_default() {
        expect(container, &["spec", "containers", "[]"], "a map", map)?;
        if let Some(env) = container.get("env") {
            expect(env, &["spec", "containers", "[]", "env"], "a list", list)?;
        }
    }
    Ok(())
}
