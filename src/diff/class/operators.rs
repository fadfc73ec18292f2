//! What the operators of Jaeger and OpenTelemetry make of a change.

use crate::diff::Class;
use crate::diff::Field;
use crate::diff::Object;
use crate::diff::class::below;
use crate::stack::jaeger;
use crate::stack::otel;
use crate::yaml::Node;

pub(super) fn of_jaeger(old: &Object, new: &Object, field: &Field) -> (Class, String) {
    let (was, is) = (storage(&old.node), storage(&new.node));
    if (below(&field.path, "/spec/storage/type") || below("/spec/storage/type", &field.path)) && was != is {
        return (Class::DataLoss, format!("traces in `{was}` are not copied to `{is}`"));
    }
    if jaeger::is_in_pod(was) && below(&field.path, "/spec") {
        return (Class::DataLoss, format!("the operator replaces the pod, and the traces in `{was}` are lost"));
    }
    if below(&field.path, "/spec") {
        return (Class::RestartsPods, "the operator replaces Jaeger's pods".to_owned());
    }
    (Class::Other, String::new())
}

/// The storage that the operator sets up.
fn storage(node: &Node) -> &'static str {
    let kind = node.path(&["spec", "storage", "type"]).and_then(Node::as_str);
    jaeger::storage_kind(kind.unwrap_or_default())
}

pub(super) fn is_jaeger(object: &Object) -> bool {
    (&*object.id.group, &*object.id.kind) == (jaeger::GROUP, jaeger::KIND)
}

/// Whether traces are lost with the object.
pub(super) fn holds_traces(object: &Object) -> bool {
    is_jaeger(object) && jaeger::is_in_pod(storage(&object.node)) || is_collector(object) && is_in_memory(&object.node)
}

pub(super) fn of_collector(old: &Object, new: &Object, field: &Field) -> (Class, String) {
    let spec = field.path.strip_prefix("/spec/").map(|rest| rest.split('/').next().unwrap_or_default());
    let in_pods = field.path == "/spec" || spec.is_some_and(|key| !otel::NOT_IN_PODS.contains(&key));
    let is_sidecar = |object: &Object| object.node.path(&["spec", "mode"]).and_then(Node::as_str) == Some("sidecar");
    if !in_pods {
        return (Class::Other, String::new());
    }
    if is_in_memory(&old.node) {
        return (Class::DataLoss, "the operator replaces the pod, and the traces in `memory` are lost".to_owned());
    }
    if is_sidecar(old) && is_sidecar(new) {
        return (Class::RestartsPods, "pods keep their collector until they restart".to_owned());
    }
    (Class::RestartsPods, "the operator replaces the collector's pods".to_owned())
}

pub(super) fn is_collector(object: &Object) -> bool {
    (&*object.id.group, &*object.id.kind) == (otel::GROUP, otel::KIND)
}

/// Whether a collector is a Jaeger v2 that keeps traces in memory (jaeger v2 `cmd/jaeger/internal/extension/jaegerstorage`).
fn is_in_memory(node: &Node) -> bool {
    let backends = node.path(&["spec", "config", "extensions", "jaeger_storage", "backends"]).and_then(Node::as_map);
    backends.is_some_and(|map| map.entries.iter().any(|entry| entry.value.get("memory").is_some()))
}
