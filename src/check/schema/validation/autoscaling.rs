//! HorizontalPodAutoscalers (`pkg/apis/autoscaling/validation`).

use crate::check::cursor::Cursor;
use crate::check::schema::validation::out::Out;
use crate::check::schema::validation::out::amount;
use crate::check::schema::validation::out::is_given;
use crate::check::schema::validation::out::is_open;
use crate::check::schema::validation::out::is_set;
use crate::check::schema::validation::out::known;
use crate::stack::kube::names;

/// The type of a metric and its field.
const SOURCES: [(&str, &str); 5] = [
    ("ContainerResource", "containerResource"),
    ("External", "external"),
    ("Object", "object"),
    ("Pods", "pods"),
    ("Resource", "resource"),
];

/// The first release that judges the version of a target.
const FIRST_WITH_VERSION: u64 = 34;

pub(super) fn judge(out: &mut Out, spec: Cursor<'_>) {
    let (least, most) = (spec.get("minReplicas"), spec.get("maxReplicas"));
    if let (Some(one), Some(other)) = (least.int().or(Some(1)), most.int())
        && one > other
        && other > 0
    {
        let at = if is_set(least) { least } else { most };
        out.clash(at, format!("`minReplicas` is {one}, more than {other} in `maxReplicas`"), "correct one of them");
    }
    target(out, spec.get("scaleTargetRef"));
    let metrics = spec.get("metrics");
    let scales_to_zero = metrics.items().any(|metric| matches!(metric.get("type").text(), "Object" | "External"));
    if least.int() == Some(0) && !scales_to_zero {
        out.clash(least, "`minReplicas: 0` needs a metric of type Object or External", "write 1, or add such a metric");
    }
    metrics.items().for_each(|one| metric(out, one));
    for rules in ["scaleUp", "scaleDown"].map(|direction| spec.get("behavior").get(direction)) {
        let policies = rules.get("policies");
        if is_set(policies) && policies.node().is_some_and(|node| node.as_list().is_some_and(<[_]>::is_empty)) {
            out.missing(policies, "`policies` must not be empty", "add a policy, or remove the field");
        }
    }
}

/// `ValidateCrossVersionObjectReference`; the version is judged since 1.34.
fn target(out: &mut Out, target: Cursor<'_>) {
    for at in ["kind", "name"].map(|field| target.get(field)) {
        if let Some(Err(why)) = known(at).map(names::path_segment) {
            out.value(at, format!("`{}` names nothing that can be scaled: {why}", at.text()), "correct it");
        }
    }
    let version = target.get("apiVersion");
    if out.oldest < FIRST_WITH_VERSION || !is_set(target) || is_open(target) || is_open(version) {
        return;
    }
    // Of the kinds in the group without a name, only a ReplicationController can be scaled (`ValidateAPIVersion`).
    let wrong = match version.text().matches('/').count() {
        0 => target.get("kind").str() != Some("ReplicationController"),
        1 => false,
        _ => true,
    };
    if wrong {
        let at = if is_set(version) { version } else { target };
        let message = "the target of an autoscaler needs an `apiVersion` with a group";
        out.value(at, message, "write it as in the target, such as `apps/v1`");
    }
}

/// `validateMetricSpec`.
fn metric(out: &mut Out, metric: Cursor<'_>) {
    let kind = metric.get("type");
    let Some((_, field)) = SOURCES.iter().find(|(name, _)| Some(*name) == kind.str()) else { return };
    let source = metric.get(field);
    if !is_set(source) {
        out.clash(metric, format!("a metric of type {} needs `{field}`", kind.text()), format!("add `{field}`"));
    }
    for (_, other) in SOURCES.iter().filter(|(_, other)| other != field && is_set(metric.get(other))) {
        let message = format!("`{other}` does not go with type {}", kind.text());
        out.clash(metric.get(other).key(), message, "remove it, or change the type");
    }
    if !is_set(source) {
        return;
    }
    let target = source.get("target");
    if is_open(target) || !is_set(target) {
        return;
    }
    let (of_all, each, share) = (target.get("value"), target.get("averageValue"), target.get("averageUtilization"));
    match kind.text() {
        "Resource" | "ContainerResource" => match (is_set(each), is_given(share)) {
            (false, false) if !is_set(share) => {
                out.clash(target, "the target needs `averageUtilization` or `averageValue`", "add one of them");
            }
            (true, true) => out.clash(each.key(), "a target has one value", "remove one of them"),
            _ => {}
        },
        "Pods" if !is_set(each) => out.clash(target, "the target needs `averageValue`", "add it"),
        "External" | "Object" => match (is_set(of_all), is_set(each)) {
            (false, false) => out.clash(target, "the target needs `value` or `averageValue`", "add one of them"),
            (true, true) if kind.text() == "External" => {
                out.clash(each.key(), "a target has one value", "remove one of them");
            }
            _ => {}
        },
        _ => {}
    }
    for at in [of_all, each] {
        if amount(at).is_some_and(|number| number <= 0) {
            out.value(at, "a target must be greater than 0", "correct it");
        }
    }
}
