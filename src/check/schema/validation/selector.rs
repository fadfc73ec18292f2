//! Label selectors.

use crate::check::cursor::Cursor;
use crate::check::problem::Cause;
use crate::check::schema::validation::out::Out;
use crate::check::schema::validation::out::is_given;
use crate::check::schema::validation::out::is_open;
use crate::check::schema::validation::out::is_set;
use crate::yaml::Node;

/// Operators and values of a label selector (apimachinery `pkg/apis/meta/v1/validation` `ValidateLabelSelectorRequirement`).
pub(super) fn judge(out: &mut Out, selector: Cursor<'_>) {
    expressions(out, selector.get("matchExpressions"));
}

/// The same for the expressions of node selectors, which have `Gt` and `Lt` too (`ValidateNodeSelectorRequirement`).
pub(super) fn expressions(out: &mut Out, list: Cursor<'_>) {
    for expression in list.items() {
        let (operator, values) = (expression.get("operator").text(), expression.get("values"));
        let count = values.list().len();
        match operator {
            "In" | "NotIn" if count == 0 => {
                out.clash(values, format!("`{operator}` needs `values`"), "name at least one value");
            }
            "Exists" | "DoesNotExist" if count > 0 => {
                out.clash(values, format!("`{operator}` takes no `values`"), "remove them, or use `In`");
            }
            "Gt" | "Lt" if count != 1 => {
                out.clash(values, format!("`{operator}` needs exactly one value"), "name one number");
            }
            _ => {}
        }
    }
}

/// Selector and pod template of a kind whose selector is required (`pkg/apis/apps/validation` `ValidateDeploymentSpec`,
/// `ValidateStatefulSetSpec`, `ValidateDaemonSetSpec`, `ValidateReplicaSetSpec`; `pkg/apis/batch/validation`
/// `validateJobSpec`).
pub(super) fn and_template(out: &mut Out, spec: Cursor<'_>, kind: &str) {
    let selector = spec.get("selector");
    if !is_set(selector) {
        return;
    }
    judge(out, selector);
    let is_empty = ["matchLabels", "matchExpressions"].iter().all(|part| {
        let at = selector.get(part);
        at.list().is_empty() && at.map().is_none_or(|map| map.entries.is_empty())
    });
    if is_empty {
        let message = format!("the selector of a {kind} must not be empty");
        return out.refuse(Cause::SelectorMismatch, selector, message, "name labels that its pods have");
    }
    if !is_set(spec.get("template")) {
        return;
    }
    let labels = spec.at(&["template", "metadata", "labels"]);
    let has = |key: &str| labels.node().and_then(|node| node.get(key)).filter(|node| node.as_str().is_some());
    if let Some(at) = unmatched(selector, has) {
        mismatch(out, at, kind);
    }
}

/// The plain selector of a ReplicationController (`ValidateReplicationControllerSpec`).
pub(super) fn plain(out: &mut Out, spec: Cursor<'_>, kind: &str) {
    let labels = spec.at(&["template", "metadata", "labels"]);
    if !is_set(spec.get("template")) {
        return;
    }
    let differs = |(key, at): &(&str, Cursor<'_>)| {
        let has = labels.node().and_then(|node| node.get(key)).and_then(Node::as_str);
        !is_open(*at) && !has.is_some_and(crate::check::input::skip::is_placeholder) && has != Some(at.text())
    };
    if let Some((_, at)) = spec.get("selector").entries().find(differs) {
        mismatch(out, at, kind);
    }
}

fn mismatch(out: &mut Out, at: Cursor<'_>, kind: &str) {
    let message = format!("the selector does not match the labels of the pods that this {kind} makes");
    let help = "write the labels of `spec.template.metadata.labels` here, or these labels there";
    out.refuse(Cause::SelectorMismatch, at, message, help);
}

/// The first part of a selector that the labels do not fit; parts with text to be filled in fit.
fn unmatched<'a>(selector: Cursor<'a>, has: impl Fn(&str) -> Option<&'a Node>) -> Option<Cursor<'a>> {
    let is_open_label = |node: &Node| node.as_str().is_some_and(crate::check::input::skip::is_placeholder);
    let pairs = selector.get("matchLabels").entries().find(|(key, at)| match has(key) {
        _ if is_open(*at) || crate::check::input::skip::is_placeholder(key) => false,
        Some(node) if is_open_label(node) => false,
        Some(node) => node.as_str() != Some(at.text()),
        None => true,
    });
    if let Some((_, at)) = pairs {
        return Some(at);
    }
    selector.get("matchExpressions").items().find(|expression| {
        let (key, values) = (expression.get("key"), expression.get("values"));
        let label = has(key.text());
        if is_open(key) || label.is_some_and(is_open_label) || values.items().any(is_open) {
            return false;
        }
        let listed = || values.items().any(|one| label.and_then(Node::as_str) == one.str());
        match expression.get("operator").text() {
            "In" if is_given(values) => !(label.is_some() && listed()),
            "NotIn" => label.is_some() && listed(),
            "Exists" => label.is_none(),
            "DoesNotExist" => label.is_some(),
            _ => false,
        }
    })
}
