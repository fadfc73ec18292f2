//! Whether the API server takes a change in place.

use crate::diff::Field;
use crate::diff::Object;
use crate::diff::Op;
use crate::diff::class::conditions;
use crate::diff::compare::is_live;
use crate::stack::kube::fields::LAST_APPLIED;
use crate::stack::kube::immutable;
use crate::stack::kube::immutable::Change;
use crate::stack::kube::immutable::Row;
use crate::stack::kube::immutable::Verdict;
use crate::yaml::Node;
use serde_json::Value as Json;

/// What it makes of one operation between two objects.
pub(super) fn verdict(old: &Object, new: &Object, field: &Field) -> Verdict {
    let rows = immutable::of(&old.id.group, &old.id.kind);
    let mut out = Verdict::Accepted;
    for path in [Some(field.path.as_str()), field.from.as_deref()].into_iter().flatten() {
        match conditions::decide(old, new, field, path).unwrap_or_else(|| of_path(rows, path, field)) {
            Verdict::Accepted => {}
            refused @ Verdict::Refused(_) => return refused,
            Verdict::Kept => out = Verdict::Kept,
        }
    }
    out
}

/// Whether `kubectl apply` leaves a field that is not in the manifest: it removes only what the last one that it applied
/// had (Kubernetes' documentation of declarative management, "How apply calculates differences and merges changes").
pub(super) fn is_left(old: &Object, field: &Field) -> bool {
    let applied = || {
        let text = old.node.path(&["metadata", "annotations", LAST_APPLIED]).and_then(Node::as_str);
        let json = text.and_then(|text| serde_json::from_str::<Json>(text).ok());
        json.is_some_and(|json| json.pointer(&field.path).is_some())
    };
    field.op == Op::Remove && is_of_cluster(&old.node) && !applied()
}

/// Whether the cluster has written into an object.
fn is_of_cluster(node: &Node) -> bool {
    let status = node.get("status").and_then(Node::as_map).is_some_and(|status| !status.entries.is_empty());
    let bound = ["metadata", "annotations", "pv.kubernetes.io/bind-completed"];
    is_live(node) || status || node.path(&bound).is_some()
}

fn of_path(rows: &'static [Row], path: &str, field: &Field) -> Verdict {
    if rows.iter().any(|row| row.is_exception() && below(path, row.pattern).is_some()) {
        return Verdict::Accepted;
    }
    let mut out = Verdict::Accepted;
    for row in rows.iter().filter(|row| !row.is_exception()) {
        match of_row(row, path, field) {
            Some(Verdict::Kept) => out = Verdict::Kept,
            Some(refused @ Verdict::Refused(_)) => return refused,
            Some(Verdict::Accepted) | None => {}
        }
    }
    out
}

/// What a row says of an operation at the field, below it, or above it with the field inside.
fn of_row(row: &Row, path: &str, field: &Field) -> Option<Verdict> {
    if let Some(rest) = below(path, row.pattern) {
        let change = match field.op {
            Op::Add => Change::Add,
            Op::Remove => Change::Remove,
            Op::Replace | Op::Move => Change::Replace,
        };
        return Some(row.verdict(change, rest.is_empty()));
    }
    let rest = below(row.pattern, path)?;
    // An item that comes or goes is no change of a field in it.
    let own = row.pattern.len() - rest.len();
    if rest.contains("/*/") || field.op != Op::Replace && row.pattern[..own].ends_with("/*") {
        return None;
    }
    let (was, is) = (find(field.old.as_ref(), rest), find(field.value.as_ref(), rest));
    let change = match (was, is) {
        (false, false) => return None,
        (false, true) => Change::Add,
        (true, false) => Change::Remove,
        (true, true) => Change::Replace,
    };
    Some(row.verdict(change, true))
}

/// What is left of `path` below `above`, in either of which `*` is any step.
fn below<'p>(path: &'p str, above: &str) -> Option<&'p str> {
    let mut rest = path;
    for wanted in above.split('/').skip(1) {
        rest = rest.strip_prefix('/')?;
        let step = &rest[..rest.find('/').unwrap_or(rest.len())];
        if wanted != "*" && step != "*" && step != wanted {
            return None;
        }
        rest = &rest[step.len()..];
    }
    Some(rest)
}

/// Whether a value has something at a pointer in which `*` is any step.
fn find(value: Option<&Json>, pointer: &str) -> bool {
    let Some(value) = value else { return false };
    let Some(rest) = pointer.strip_prefix('/') else { return true };
    let (step, rest) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    match value {
        Json::Object(map) if step == "*" => map.values().any(|one| find(Some(one), rest)),
        Json::Array(list) if step == "*" => list.iter().any(|one| find(Some(one), rest)),
        Json::Object(map) => find(map.get(step), rest),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn patterns_name_what_is_below_them() {
        assert_eq!(below("/a/0/c/d", "/a/*/c"), Some("/d"));
        assert_eq!(below("/a/0/c", "/a/*/c"), Some(""));
        assert_eq!(below("/a", "/a/*/c"), None);
        assert_eq!(below("/ab", "/a"), None);
        assert_eq!(below("/a/*/c", "/a/7"), Some("/c"));
    }

    #[test]
    fn values_are_searched_at_every_step() {
        let value = json!({"a": [{"b": 1}, {"c": null}]});
        assert!(find(Some(&value), "/a/*/c") && find(Some(&value), "") && !find(Some(&value), "/a/*/d"));
        assert!(!find(None, "") && !find(Some(&json!(1)), "/a"));
    }
}
