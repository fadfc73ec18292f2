//! Amounts of resources (`pkg/apis/core/validation` `ValidateContainerResourceRequirements`, `ValidateLimitRange`,
//! `ValidateResourceQuotaSpec`; `pkg/apis/core/helper`).

use crate::check::cursor::Cursor;
use crate::check::input::skip::is_placeholder;
use crate::check::problem::Cause;
use crate::check::schema::validation::out::Out;
use crate::check::schema::validation::out::amount;
use crate::check::schema::validation::out::is_set;
use crate::check::schema::validation::out::shown;
use crate::stack::kube::quantity;
use crate::stack::kube::schema::Format;

const ONE: i128 = 1_000_000_000;
/// `standardContainerResources`.
const OF_CONTAINERS: [&str; 3] = ["cpu", "memory", "ephemeral-storage"];
/// `standardResources` and `standardQuotaResources`, beside what containers have.
const OF_QUOTAS: [&str; 16] = [
    "requests.cpu",
    "requests.memory",
    "requests.ephemeral-storage",
    "requests.storage",
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
    "pods",
    "resourcequotas",
    "services",
    "replicationcontrollers",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "services.nodeports",
    "services.loadbalancers",
];

fn too_much(out: &mut Out, at: Cursor<'_>, message: String, help: &str) {
    out.refuse(Cause::ResourceAmount, at, message, help);
}

/// Requests and limits of a container.
pub(super) fn container(out: &mut Out, resources: Cursor<'_>) {
    let (requests, limits) = (resources.get("requests"), resources.get("limits"));
    for (name, at) in limits.entries().chain(requests.entries()) {
        of_container(out, name, at);
    }
    for (name, at) in requests.entries() {
        let limit = limits.get(name);
        let (Some(asked), Some(most)) = (amount(at), amount(limit)) else {
            if is_whole(name) && is_extended(name) && !is_set(limit) && amount(at).is_some() {
                let message = format!("`{name}` needs a limit, as it cannot be shared");
                too_much(out, at, message, "add the same amount to `limits`");
            }
            continue;
        };
        let (asked_text, most_text) = (shown(at), shown(limit));
        if is_whole(name) && asked != most {
            let message =
                format!("{asked_text} of `{name}` is requested and {most_text} is the limit: they must be equal");
            too_much(out, at, message, "write the same amount twice");
        } else if asked > most {
            let message = format!("{asked_text} of `{name}` is requested, more than the limit of {most_text}");
            too_much(out, at, message, "raise the limit, or request less");
        }
    }
    let has = |name: &'static str| is_set(requests.get(name)) || is_set(limits.get(name));
    let huge = limits.entries().chain(requests.entries()).find(|(name, _)| name.starts_with("hugepages-"));
    if let Some((_, at)) = huge.filter(|_| !has("cpu") && !has("memory")) {
        too_much(out, at, "huge pages need `cpu` or `memory` beside them".to_string(), "add a limit of `memory`");
    }
}

/// Whether requests must equal limits (`IsOvercommitAllowed`).
fn is_whole(name: &str) -> bool {
    is_extended(name) || name.starts_with("hugepages-")
}

/// `IsExtendedResourceName`, of those that are valid names.
fn is_extended(name: &str) -> bool {
    name.contains('/') && !name.contains("kubernetes.io/") && !name.starts_with("requests.")
}

fn of_container(out: &mut Out, name: &str, at: Cursor<'_>) {
    if is_placeholder(name) {
        return;
    }
    let is_full = name.contains('/') && Format::LabelKey.fits(name);
    if !is_full && !name.starts_with("hugepages-") && !OF_CONTAINERS.contains(&name) {
        let message = format!("`{name}` is no resource of containers");
        let help =
            "use `cpu`, `memory` or `ephemeral-storage`, or the full name of an extended resource (`example.com/name`)";
        return out.refuse(Cause::ResourceAmount, at.key(), message, help);
    }
    let Some(billionths) = amount(at) else { return };
    if billionths < 0 {
        return too_much(out, at, format!("`{name}` must not be negative"), "correct it");
    }
    if is_extended(name) && billionths % ONE != 0 {
        return too_much(out, at, format!("`{name}` must be a whole number"), "write a whole number");
    }
    let page = name.strip_prefix("hugepages-").and_then(quantity::nano);
    if page.is_some_and(|page| page > 0 && billionths % page != 0) {
        too_much(out, at, format!("`{name}` must be a multiple of its page size"), "write a multiple of it");
    }
}

/// `ValidateLimitRange`.
pub(super) fn limit_range(out: &mut Out, spec: Cursor<'_>) {
    out.each_once(spec.get("limits").items().map(|limit| limit.get("type")), "limit of the type");
    for limit in spec.get("limits").items() {
        let kind = limit.get("type").text();
        // `validateLimitRangeTypeName`
        if !kind.contains('/') {
            out.one_word(limit.get("type"), &["Pod", "Container", "PersistentVolumeClaim"]);
        }
        let of_pods = kind == "Pod";
        for part in ["default", "defaultRequest"].into_iter().filter(|part| of_pods && is_set(limit.get(part))) {
            out.clash(limit.get(part).key(), format!("a limit of pods has no `{part}`"), "write it for `Container`");
        }
        if kind == "PersistentVolumeClaim" && ["min", "max"].iter().all(|part| !is_set(limit.get(part).get("storage")))
        {
            out.missing(limit, "a limit of claims needs the `storage` of `min` or `max`", "add one of them");
        }
        let order = [
            ("min", "max"),
            ("min", "defaultRequest"),
            ("min", "default"),
            ("defaultRequest", "default"),
            ("defaultRequest", "max"),
            ("default", "max"),
        ];
        for (low, high) in order {
            for (name, at) in limit.get(low).entries() {
                let other = limit.get(high).get(name);
                if let (Some(least), Some(most)) = (amount(at), amount(other))
                    && least > most
                {
                    let message =
                        format!("`{low}` of `{name}` is {}, more than {} in `{high}`", shown(at), shown(other));
                    too_much(out, at, message, "correct one of them");
                }
            }
        }
        for part in ["min", "max", "default", "defaultRequest", "maxLimitRequestRatio"] {
            limit.get(part).entries().for_each(|(name, at)| of_cluster(out, name, at, &["storage"]));
        }
    }
}

fn of_cluster(out: &mut Out, name: &str, at: Cursor<'_>, more: &[&str]) {
    if is_placeholder(name) {
        return;
    }
    let is_known = name.contains('/') && Format::LabelKey.fits(name)
        || name.contains("hugepages-")
        || OF_CONTAINERS.contains(&name)
        || OF_QUOTAS.contains(&name)
        || more.contains(&name);
    if !is_known {
        let message = format!("`{name}` is neither a resource of Kubernetes nor a full name (`example.com/name`)");
        return out.refuse(Cause::ResourceAmount, at.key(), message, "correct its name");
    }
    if amount(at).is_some_and(|billionths| billionths < 0) {
        too_much(out, at, format!("`{name}` must not be negative"), "correct it");
    }
}

/// How much a PersistentVolume holds (`ValidatePersistentVolumeSpec`).
pub(super) fn capacity(out: &mut Out, capacity: Cursor<'_>) {
    for (name, at) in capacity.entries().filter(|(name, _)| *name != "storage" && !is_placeholder(name)) {
        out.refuse(Cause::ResourceAmount, at.key(), format!("a volume has no `{name}`"), "use `storage`");
    }
}

/// `ValidateResourceQuotaSpec`, `validateScopedResourceSelectorRequirement`.
pub(super) fn quota(out: &mut Out, spec: Cursor<'_>) {
    for (name, at) in spec.get("hard").entries() {
        of_cluster(out, name, at, &[]);
        let counts = OF_QUOTAS[7..].contains(&name) || name.starts_with("count/");
        if counts && amount(at).is_some_and(|billionths| billionths % ONE != 0) {
            too_much(out, at, format!("`{name}` must be a whole number"), "write a whole number");
        }
    }
    let scopes = spec.get("scopes");
    for (one, other) in [("BestEffort", "NotBestEffort"), ("Terminating", "NotTerminating")] {
        let of = |name: &str| scopes.items().find(|scope| scope.str() == Some(name));
        if let (Some(_), Some(second)) = (of(one), of(other)) {
            out.clash(second, format!("the scopes `{one}` and `{other}` exclude each other"), "remove one of them");
        }
    }
    if scopes.items().any(|scope| scope.str() == Some("BestEffort")) {
        for (name, at) in spec.get("hard").entries().filter(|(name, _)| *name != "pods" && *name != "count/pods") {
            out.clash(at.key(), format!("a quota of `BestEffort` pods cannot limit `{name}`"), "limit `pods` only");
        }
    }
    for expression in spec.at(&["scopeSelector", "matchExpressions"]).items() {
        let (operator, values) = (expression.get("operator").text(), expression.get("values"));
        match operator {
            "In" | "NotIn" if values.list().is_empty() => {
                out.clash(values, format!("`{operator}` needs `values`"), "name at least one value");
            }
            "Exists" | "DoesNotExist" if !values.list().is_empty() => {
                out.clash(values, format!("`{operator}` takes no `values`"), "remove them");
            }
            _ => {}
        }
    }
}

/// Amounts per pod that a RuntimeClass adds (`pkg/apis/node/validation` `validateOverhead`).
pub(super) fn overhead(out: &mut Out, overhead: Cursor<'_>) {
    of_pod(out, overhead.get("podFixed"));
}

/// Amounts that are not a container's.
pub(super) fn of_pod(out: &mut Out, amounts: Cursor<'_>) {
    amounts.entries().for_each(|(name, at)| of_container(out, name, at));
}
