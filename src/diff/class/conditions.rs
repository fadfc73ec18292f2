//! Fields of which the API server lets some values change, or only in some objects: `k8s.io/kubernetes`
//! `pkg/apis/*/validation`, as `tests/truth/apiserver/updates.json` has it from a real one.

use crate::diff::Field;
use crate::diff::Object;
use crate::diff::Op;
use crate::diff::class::below;
use crate::stack::kube;
use crate::stack::kube::immutable::Verdict;
use crate::yaml::Map;
use crate::yaml::Node;
use crate::yaml::Value;

/// What the API server makes of a change at `path`, where that depends on more than the field; `None`: the table says it.
pub(super) fn decide(old: &Object, new: &Object, field: &Field, path: &str) -> Option<Verdict> {
    let (was, is) = (&old.node, &new.node);
    match (&*old.id.group, &*old.id.kind) {
        (kube::CORE, "Pod") => pod(was, is, path),
        (kube::CORE, "Service") => service(was, is, field, path),
        // Only a bound claim can grow (`ValidatePersistentVolumeClaimUpdate`), and files do not tell; that it shrinks is data loss.
        (kube::CORE, "PersistentVolumeClaim") => {
            below(path, "/spec/resources/requests/storage").then_some(Verdict::Accepted)
        }
        (kube::BATCH, "Job") => job(was, is, path),
        (kube::NETWORKING, "ServiceCIDR") => {
            let ranges = ["spec", "cidrs"];
            accepts(path, "/spec/cidrs", || list(is, &ranges).starts_with(list(was, &ranges)))
        }
        (kube::API_EXTENSIONS, "CustomResourceDefinition") => accepts(path, "/spec/versions", || {
            // `status.storedVersions` has at least the version in which objects are stored.
            let names: Vec<&str> =
                list(is, &["spec", "versions"]).iter().map(|version| text(version, &["name"])).collect();
            let stored =
                |version: &&Node| matches!(version.get("storage"), Some(Node { value: Value::Bool(true), .. }));
            list(was, &["spec", "versions"])
                .iter()
                .filter(stored)
                .all(|version| names.contains(&text(version, &["name"])))
        }),
        _ => None,
    }
}

/// `Accepted` or `Refused` for what is at or below a field.
fn accepts(path: &str, field: &'static str, accepted: impl FnOnce() -> bool) -> Option<Verdict> {
    below(path, field).then(|| if accepted() { Verdict::Accepted } else { Verdict::Refused(field) })
}

/// `ValidatePodUpdate`.
fn pod(was: &Node, is: &Node, path: &str) -> Option<Verdict> {
    let has = |all: &[Node], one: &Node| all.iter().any(|each| without_seconds(each) == without_seconds(one));
    let gates = list(was, &["spec", "schedulingGates"]);
    let (tolerated, tolerates) = (list(was, &["spec", "tolerations"]), list(is, &["spec", "tolerations"]));
    accepts(path, "/spec/tolerations", || tolerated.iter().all(|one| has(tolerates, one)))
        .or_else(|| {
            let seconds = |node: &Node| int(node, &["spec", "activeDeadlineSeconds"]);
            accepts(path, "/spec/activeDeadlineSeconds", || {
                seconds(was).is_none_or(|old| seconds(is).is_some_and(|new| new <= old))
            })
        })
        .or_else(|| {
            accepts(path, "/spec/schedulingGates", || {
                list(is, &["spec", "schedulingGates"]).iter().all(|gate| gates.contains(gate))
            })
        })
        .or_else(|| {
            let selector = |node: &'_ Node| node.path(&["spec", "nodeSelector"]).and_then(Node::as_map).cloned();
            let (old, new) = (selector(was).unwrap_or_default(), selector(is).unwrap_or_default());
            let narrower = old.entries.iter().all(|entry| new.get(&entry.key) == Some(&entry.value));
            (!gates.is_empty() && below(path, "/spec/nodeSelector") && narrower).then_some(Verdict::Accepted)
        })
        .or_else(|| {
            // Node affinity may be set, and may prefer other nodes, as long as the pod is not scheduled.
            let required = ["spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"];
            let same = was.path(&required).is_none() || was.path(&required) == is.path(&required);
            let others = ["podAffinity", "podAntiAffinity"];
            let others =
                others.iter().all(|key| was.path(&["spec", "affinity", key]) == is.path(&["spec", "affinity", key]));
            (!gates.is_empty() && below(path, "/spec/affinity") && same && others).then_some(Verdict::Accepted)
        })
}

/// A toleration may last longer or shorter.
fn without_seconds(node: &Node) -> Option<Node> {
    let mut map: Map = node.as_map()?.clone();
    map.entries.retain(|entry| &*entry.key != "tolerationSeconds");
    Some(Node::new(Value::Map(map)))
}

/// `ValidateServiceUpdate`, and `pkg/registry/core/service/storage/alloc.go`, which assigns addresses.
fn service(was: &Node, is: &Node, field: &Field, path: &str) -> Option<Verdict> {
    let kind = |node: &'_ Node| {
        Some(text(node, &["spec", "type"])).filter(|kind| !kind.is_empty()).unwrap_or("ClusterIP").to_owned()
    };
    let (old, new) = (kind(was), kind(is));
    let addresses = ["/spec/clusterIP", "/spec/clusterIPs", "/spec/ipFamilies"];
    let of_address = addresses.iter().any(|address| below(path, address));
    if of_address && (old == "ExternalName" || new == "ExternalName") {
        return Some(Verdict::Accepted);
    }
    // One that is exported from a cluster has the address that was assigned.
    let exported = field.op != Op::Replace && was.path(&["metadata", "uid"]).is_some();
    if of_address
        && (exported || field.op == Op::Replace && field.old.as_ref().is_some_and(|old| old.as_str() == Some("")))
    {
        return Some(Verdict::Accepted);
    }
    let balanced = old == "LoadBalancer" && new == "LoadBalancer";
    accepts(path, "/spec/loadBalancerClass", || !balanced).or_else(|| {
        let headless = text(was, &["spec", "clusterIP"]) == "None";
        accepts(path, "/spec/type", || !headless || !matches!(&*new, "NodePort" | "LoadBalancer"))
    })
}

/// `ValidateJobUpdate`, `validatePodTemplateUpdate`: what decides where pods run can change before they do.
fn job(was: &Node, is: &Node, path: &str) -> Option<Verdict> {
    const OF_PODS: [&str; 6] = [
        "/spec/template/metadata/labels",
        "/spec/template/metadata/annotations",
        "/spec/template/spec/nodeSelector",
        "/spec/template/spec/tolerations",
        "/spec/template/spec/affinity",
        "/spec/template/spec/schedulingGates",
    ];
    let suspended = matches!(was.path(&["spec", "suspend"]), Some(Node { value: Value::Bool(true), .. }));
    let containers = ["/spec/template/spec/containers/", "/spec/template/spec/initContainers/"];
    let resources = |path: &str| {
        let rest = containers.iter().find_map(|list| path.strip_prefix(list)).and_then(|rest| rest.split_once('/'));
        rest.is_some_and(|(_, rest)| below(rest, "resources"))
    };
    if suspended && (OF_PODS.iter().any(|field| below(path, field)) || resources(path)) {
        return Some(Verdict::Accepted);
    }
    accepts(path, "/spec/completions", || {
        let new = int(is, &["spec", "completions"]);
        // Without `parallelism`, it is one.
        let parallel = int(is, &["spec", "parallelism"]).or(Some(1));
        let indexed = |node: &Node| text(node, &["spec", "completionMode"]) == "Indexed";
        indexed(was) && indexed(is) && new.is_some() && new == parallel
    })
}

fn text<'n>(node: &'n Node, path: &[&str]) -> &'n str {
    node.path(path).and_then(Node::as_str).unwrap_or_default()
}

fn int(node: &Node, path: &[&str]) -> Option<i64> {
    match node.path(path)?.value {
        Value::Int(number) => Some(number),
        _ => None,
    }
}

fn list<'n>(node: &'n Node, path: &[&str]) -> &'n [Node] {
    node.path(path).and_then(Node::as_list).unwrap_or_default()
}
