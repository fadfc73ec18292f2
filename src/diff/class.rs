//! What a change requires of the person who applies it.
//!
//! In: an object on both sides and the operations between them. Out: a class and a reason for each operation. The
//! tables are in `stack`: what the API server refuses to change in place, and what is known about Jaeger's operator.

mod conditions;
mod frozen;
mod operators;

use crate::diff::Class;
use crate::diff::Field;
use crate::diff::Kind;
use crate::diff::Object;
use crate::stack::consul;
use crate::stack::consul::keys;
use crate::stack::kube;
use crate::stack::kube::fields;
use crate::stack::kube::immutable::Verdict;
use crate::yaml::Node;
use serde_json::Value as Json;

/// The reason given for a changed bootstrap key.
pub(crate) const BOOTSTRAP_REASON: &str = "proxies read it only when they start";

/// The reason given for a smaller volume.
pub(crate) const SHRINKS: &str = "a volume cannot shrink: it would have to be recreated, empty";

/// The reason given for a change that has no effect.
const KEPT: &str = "the API server keeps the old value: only a new object has this one";

/// The reason given for a field that only the cluster has set.
const LEFT: &str = "`kubectl apply` leaves it: the cluster set it, and no manifest did";

/// Classifies the operations between two objects.
pub(crate) fn changed(kind: Kind, old: &Object, new: &Object, fields: &mut [Field]) {
    let frozen = old.node.get("immutable").is_some_and(|node| *node == Node::new(crate::yaml::Value::Bool(true)))
        && matches!((&*old.id.group, &*old.id.kind), (kube::CORE, "ConfigMap" | "Secret"));
    for field in fields.iter_mut() {
        let (class, reason) = of(old, new, field, frozen);
        field.recreates = class == Class::Recreate || reason == SHRINKS;
        (field.class, field.reason) = match recreation_loses(old) {
            Some(lost) if class == Class::Recreate => {
                (Class::DataLoss, format!("{reason}, and recreating the object loses data: {lost}"))
            }
            _ => (class, reason),
        };
        if kind == Kind::Renamed && matches!(field.path.as_str(), "/metadata/name" | "/metadata/namespace") {
            let (class, reason) = match loses(old) {
                Some(reason) => (Class::DataLoss, format!("renaming deletes the object: {reason}")),
                None => (Class::Recreate, "renaming deletes the object and creates a new one".to_owned()),
            };
            (field.class, field.reason) = (class, reason);
        }
    }
}

/// Classifies the addition or removal of an entire object.
pub(crate) fn whole(kind: Kind, object: &Object, field: &mut Field) {
    if kind != Kind::Removed {
        if is_proxy_defaults(object) && bootstrap_in(&object.node.path(&["spec", "config"]).map(Node::to_json)) {
            (field.class, field.reason) = (Class::RestartsPods, BOOTSTRAP_REASON.to_owned());
        }
        return;
    }
    if let Some(reason) = loses(object) {
        (field.class, field.reason) = (Class::DataLoss, reason.to_owned());
    } else if is_proxy_defaults(object) && bootstrap_in(&object.node.path(&["spec", "config"]).map(Node::to_json)) {
        (field.class, field.reason) = (Class::RestartsPods, BOOTSTRAP_REASON.to_owned());
    }
}

/// What cannot change in an immutable ConfigMap or Secret (`k8s.io/kubernetes` `pkg/apis/core/validation/validation.go`
/// `ValidateConfigMapUpdate`, `ValidateSecretUpdate`).
const DATA: [&str; 4] = ["/data", "/binaryData", "/stringData", "/immutable"];

fn of(old: &Object, new: &Object, field: &Field, frozen: bool) -> (Class, String) {
    let (group, kind) = (&*old.id.group, &*old.id.kind);
    let pointers = [Some(field.path.as_str()), field.from.as_deref()];
    let pointers = || pointers.iter().flatten();
    if operators::is_jaeger(old) {
        return operators::of_jaeger(old, new, field);
    }
    if operators::is_collector(old) {
        return operators::of_collector(old, new, field);
    }
    if let Some(reason) = shrinks(kind, field) {
        return (Class::DataLoss, reason);
    }
    if frozen && pointers().any(|path| DATA.iter().any(|data| below(path, data))) {
        return (Class::Recreate, "the object is marked immutable".to_owned());
    }
    match frozen::verdict(old, new, field) {
        Verdict::Refused(_) if frozen::is_left(old, field) => return (Class::Other, LEFT.to_owned()),
        Verdict::Refused(pattern) => {
            return (Class::Recreate, format!("`{}` cannot change in place", pattern[1..].replace('/', ".")));
        }
        Verdict::Kept => return (Class::Other, KEPT.to_owned()),
        Verdict::Accepted => {}
    }
    if kube::rolls(group, kind) && pointers().any(|path| below(path, "/spec/template")) {
        return (Class::RestartsPods, "the pod template changes".to_owned());
    }
    if kind == "Pod" && group.is_empty() && field.path.ends_with("/image") {
        return (Class::RestartsPods, "the container restarts".to_owned());
    }
    if is_proxy_defaults(old) && pointers().any(|path| bootstrap(path, field)) {
        return (Class::RestartsPods, BOOTSTRAP_REASON.to_owned());
    }
    (Class::Other, String::new())
}

pub(crate) fn is_proxy_defaults(object: &Object) -> bool {
    (&*object.id.group, &*object.id.kind) == (consul::GROUP, "ProxyDefaults")
}

/// What is lost if the object is deleted.
fn loses(object: &Object) -> Option<&'static str> {
    if operators::holds_traces(object) {
        return Some("its traces are lost with its pod");
    }
    fields::holder_of(&object.id.group, &object.id.kind).map(|row| row.lost)
}

/// What is lost if the object is deleted and created again.
fn recreation_loses(object: &Object) -> Option<&'static str> {
    fields::holder_of(&object.id.group, &object.id.kind).filter(|row| row.recreated.is_some()).map(|row| row.lost)
}

fn bootstrap(path: &str, field: &Field) -> bool {
    match path.strip_prefix("/spec/config/") {
        Some(rest) => keys::is_of_bootstrap(rest.split('/').next().unwrap_or_default()),
        None if path == "/spec/config" => bootstrap_in(&field.value) || bootstrap_in(&field.old),
        None if path == "/spec" => {
            [&field.value, &field.old].into_iter().flatten().any(|spec| bootstrap_in(&spec.get("config").cloned()))
        }
        None => false,
    }
}

fn bootstrap_in(config: &Option<Json>) -> bool {
    let written = config.iter().filter_map(Json::as_object).flat_map(|map| map.keys());
    written.into_iter().any(|key| keys::is_of_bootstrap(key))
}

/// A reduced storage request.
fn shrinks(kind: &str, field: &Field) -> Option<String> {
    let asks = kind == "PersistentVolumeClaim" && field.path == "/spec/resources/requests/storage"
        || kind == "StatefulSet"
            && field.path.starts_with("/spec/volumeClaimTemplates/")
            && field.path.ends_with("/spec/resources/requests/storage");
    let quantity = |json: &Json| match json {
        Json::String(text) => fields::quantity(text),
        Json::Number(number) => fields::quantity(&number.to_string()),
        _ => None,
    };
    let (old, new) = (quantity(field.old.as_ref()?)?, quantity(field.value.as_ref()?)?);
    (asks && new < old).then(|| SHRINKS.to_owned())
}

/// Whether `path` is `prefix` or below it.
fn below(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
#[path = "class/tests.rs"]
mod tests;
