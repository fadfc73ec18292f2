//! Where pods run (`pkg/apis/core/validation` `ValidateTolerations`, `validateAffinity`, `validateTopologySpreadConstraints`;
//! `pkg/apis/scheduling/validation`).

use crate::check::cursor::Cursor;
use crate::check::problem::Cause;
use crate::check::schema::validation::out::Out;
use crate::check::schema::validation::out::is_given;
use crate::check::schema::validation::out::is_open;
use crate::check::schema::validation::out::is_set;
use crate::check::schema::validation::selector;
use std::collections::HashSet;

const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";

pub(super) fn judge(out: &mut Out, spec: Cursor<'_>) {
    tolerations(out, spec);
    let nodes = spec.at(&["affinity", "nodeAffinity"]);
    node_selector(out, nodes.get(REQUIRED));
    for preference in nodes.get(PREFERRED).items().map(|term| term.get("preference")) {
        selector::expressions(out, preference.get("matchExpressions"));
    }
    for pods in ["podAffinity", "podAntiAffinity"].map(|kind| spec.get("affinity").get(kind)) {
        let preferred = pods.get(PREFERRED).items().map(|term| term.get("podAffinityTerm"));
        for term in pods.get(REQUIRED).items().chain(preferred) {
            selector::judge(out, term.get("labelSelector"));
            selector::judge(out, term.get("namespaceSelector"));
            if is_set(term) && !is_given(term.get("topologyKey")) {
                let message = "a term of pod affinity needs a `topologyKey`";
                out.missing(term, message, "add one, such as `kubernetes.io/hostname`");
            }
        }
    }
    spread(out, spec.get("topologySpreadConstraints"));
}

pub(super) fn tolerations(out: &mut Out, spec: Cursor<'_>) {
    spec.get("tolerations").items().for_each(|toleration| tolerates(out, toleration));
}

/// A node selector with its terms (`ValidateNodeSelector`).
pub(super) fn node_selector(out: &mut Out, selector: Cursor<'_>) {
    let terms = selector.get("nodeSelectorTerms");
    if is_set(selector) && terms.list().is_empty() {
        out.missing(terms, "a node selector needs at least one term", "add a term, or remove the selector");
    }
    terms.items().for_each(|term| selector::expressions(out, term.get("matchExpressions")));
}

fn tolerates(out: &mut Out, toleration: Cursor<'_>) {
    let (operator, value) = (toleration.get("operator"), toleration.get("value"));
    let is_exists = operator.str() == Some("Exists");
    if is_exists && is_given(value) {
        out.clash(value, "a toleration with `Exists` takes no `value`", "remove it, or use `Equal`");
    }
    if !is_given(toleration.get("key")) && !is_exists && !is_open(operator) {
        let message = "a toleration without a `key` tolerates every taint, so its operator must be `Exists`";
        out.clash(toleration, message, "add a `key`, or write `operator: Exists` without a `value`");
    }
    let effect = toleration.get("effect");
    if is_set(toleration.get("tolerationSeconds")) && effect.str() != Some("NoExecute") && !is_open(effect) {
        let message = "`tolerationSeconds` goes with the effect `NoExecute` only";
        out.clash(toleration.get("tolerationSeconds").key(), message, "remove it, or write `effect: NoExecute`");
    }
}

fn spread(out: &mut Out, constraints: Cursor<'_>) {
    let mut seen = HashSet::new();
    for constraint in constraints.items() {
        selector::judge(out, constraint.get("labelSelector"));
        let (key, when) = (constraint.get("topologyKey"), constraint.get("whenUnsatisfiable"));
        if is_given(key) && !is_open(key) && !is_open(when) && !seen.insert((key.text(), when.text())) {
            let message = format!("there is another constraint for `{}` with `{}`", key.text(), when.text());
            out.refuse(Cause::DuplicateName, key, message, "merge them into one");
        }
        let least = constraint.get("minDomains");
        if is_set(least) && when.str() == Some("ScheduleAnyway") {
            let message = "`minDomains` goes with `whenUnsatisfiable: DoNotSchedule` only";
            out.clash(least.key(), message, "remove it");
        }
    }
}

/// `ValidatePriorityClass`.
pub(super) fn priority_class(out: &mut Out, root: Cursor<'_>) {
    const HIGHEST: i64 = 1_000_000_000;
    let (name, value) = (root.at(&["metadata", "name"]), root.get("value"));
    let is_system = name.text().starts_with("system-");
    if is_system && !matches!(name.text(), "system-node-critical" | "system-cluster-critical") {
        out.refuse(
            Cause::ObjectName,
            name,
            "names of PriorityClasses that begin with `system-` are reserved",
            "choose another",
        );
    }
    if !is_system && value.int().is_some_and(|number| number > HIGHEST) {
        out.value(value, format!("a priority is at most {HIGHEST}"), "write a lower one");
    }
}
