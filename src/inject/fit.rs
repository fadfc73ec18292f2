//! Which workloads can get an agent, and which agents meshtrace injected.

use crate::inject::agent;
use crate::inject::agent::is_agent;
use crate::object;
use crate::stack::jaeger;
use crate::stack::kube;
use crate::stack::kube::WorkloadKind;
use crate::yaml::Node;
use crate::yaml::Value;

fn text<'n>(node: &'n Node, path: &[&str]) -> &'n str {
    node.path(path).and_then(Node::as_str).unwrap_or_default()
}

/// The containers of a pod.
pub(super) fn containers(pod: &Node) -> &[Node] {
    pod.path(&["spec", "containers"]).and_then(Node::as_list).unwrap_or_default()
}

/// Why nothing may be injected into this object, whatever the request.
pub(super) fn foreign(workload: &Node, pod: &Node) -> Option<String> {
    let labels = |key| text(workload, &["metadata", "labels", key]);
    // jaeger-operator 1.37 `pkg/inject/sidecar.go` `Needed`.
    if labels("app") == "jaeger" && labels("app.kubernetes.io/component") != "query" {
        return Some("it is part of Jaeger (label `app: jaeger`)".to_owned());
    }
    if object::sops(workload).is_some() {
        return Some("SOPS encrypted the file, and checks that nothing changed: decrypt it first".to_owned());
    }
    if text(workload, &["metadata", "name"]) == jaeger::operator::NAME {
        return Some("it is jaeger-operator itself".to_owned());
    }
    let owner = workload.path(&["metadata", "ownerReferences"]).and_then(Node::as_list).and_then(<[Node]>::first);
    if let Some(owner) = owner {
        let (kind, name) = (text(owner, &["kind"]), text(owner, &["name"]));
        return Some(format!("it belongs to {kind} `{name}`, which would undo the change: inject that instead"));
    }
    containers(pod).is_empty().then(|| "its pod has no containers".to_owned())
}

/// The init containers that go on running beside the containers (native sidecars, since Kubernetes 1.28).
fn native_sidecars(pod: &Node) -> impl Iterator<Item = &Node> {
    let init = pod.path(&["spec", "initContainers"]).and_then(Node::as_list).unwrap_or_default();
    init.iter().filter(|container| text(container, &["restartPolicy"]) == "Always")
}

/// Whether the pods of a workload run to completion.
pub(super) fn ends(row: &WorkloadKind, pod: &Node) -> bool {
    row.ends || matches!(text(pod, &["spec", "restartPolicy"]), "Never" | "OnFailure")
}

/// Whether a pod uses the network of its node.
pub(super) fn on_host_network(pod: &Node) -> bool {
    matches!(pod.path(&["spec", "hostNetwork"]), Some(Node { value: Value::Bool(true), .. }))
}

/// Why an agent with these flags would break this workload.
pub(super) fn unfit(row: &WorkloadKind, pod: &Node, flags: &[String]) -> Option<String> {
    if ends(row, pod) {
        return Some("its pods run to completion, but the agent never exits".to_owned());
    }
    if on_host_network(pod) {
        return Some("with `hostNetwork` the agent would take its ports on the node".to_owned());
    }
    let own = agent::ports(flags);
    let beside = containers(pod).iter().chain(native_sidecars(pod)).filter(|container| !is_agent(container));
    for container in beside {
        for port in container.get("ports").and_then(Node::as_list).unwrap_or_default() {
            let Some(Node { value: Value::Int(number), .. }) = port.get("containerPort") else { continue };
            let udp = text(port, &["protocol"]) == "UDP";
            if own.iter().any(|(own, taken)| taken == number && own.udp == udp) {
                let name = text(container, &["name"]);
                return Some(format!("container `{name}` listens on port {number}, which the agent needs"));
            }
        }
    }
    None
}

/// The agent that a pod already has.
pub(super) enum Agent {
    /// None.
    Missing,
    /// The container with this index, which meshtrace injected.
    Ours(usize),
    /// One written by a person or the operator, and how that can be told.
    Theirs(String),
    /// A different program's container with the agent's name.
    Clash(&'static str, usize),
}

/// Looks for an agent among the containers of a pod.
pub(super) fn agent(workload: &Node, pod: &Node) -> Agent {
    let image = |container: &Node| {
        let image = text(container, &["image"]);
        let path = image.rsplit('/').next().unwrap_or_default();
        path.split([':', '@']).next().unwrap_or_default() == jaeger::AGENT_CONTAINER
    };
    if let Some(native) = native_sidecars(pod).find(|container| image(container)) {
        return Agent::Theirs(format!("container `{}` is an agent already", text(native, &["name"])));
    }
    let init = pod.path(&["spec", "initContainers"]).and_then(Node::as_list).unwrap_or_default();
    if let Some(index) = init.iter().position(is_agent) {
        return Agent::Clash("initContainers", index);
    }
    let containers = containers(pod);
    let Some(index) = containers.iter().position(is_agent) else {
        return match containers.iter().find(|container| image(container)) {
            Some(other) => Agent::Theirs(format!("container `{}` is an agent already", text(other, &["name"]))),
            None => Agent::Missing,
        };
    };
    if workload.path(&["metadata", "labels", jaeger::INJECTED]).is_some() {
        return Agent::Theirs("jaeger-operator injected its agent".to_owned());
    }
    if is_ours(&containers[index]) {
        return Agent::Ours(index);
    }
    match image(&containers[index]) {
        true => Agent::Theirs(format!("its container `{}` was written by hand", jaeger::AGENT_CONTAINER)),
        false => Agent::Clash("containers", index),
    }
}

/// Whether a container has exactly the fields, variables and port names that an injection writes, and a collector
/// address. An agent written by hand has more or fewer fields.
fn is_ours(container: &Node) -> bool {
    const FIELDS: [&str; 10] = [
        "name",
        "image",
        "args",
        "env",
        "ports",
        "livenessProbe",
        "readinessProbe",
        "resources",
        "securityContext",
        "volumeMounts",
    ];
    let names = |key: &str| -> Vec<&str> {
        let list = container.get(key).and_then(Node::as_list).unwrap_or_default();
        list.iter().map(|item| text(item, &["name"])).collect()
    };
    let args = container.get("args").and_then(Node::as_list).unwrap_or_default();
    let starts = |start: &str| args.iter().filter_map(Node::as_str).any(|arg| arg.starts_with(start));
    container.as_map().is_some_and(|map| map.entries.iter().all(|entry| FIELDS.contains(&&*entry.key)))
        && names("env") == ["POD_NAME", "HOST_IP"]
        && names("ports") == jaeger::AGENT_PORTS.map(|port| port.name)
        && starts(jaeger::REPORTER)
        && starts(jaeger::AGENT_TAGS)
}

/// Why nothing is injected into an object that makes pods, although no kind of Kubernetes' own is known to do it this way.
pub(super) fn unknown_kind(node: &Node) -> Option<String> {
    let pods = |path: &[&str]| node.path(path).and_then(Node::as_list).is_some_and(|list| !list.is_empty());
    let makes_pods = pods(&["spec", "template", "spec", "containers"]) || pods(&["template", "spec", "containers"]);
    let kind = text(node, &["kind"]);
    let kinds = || kube::WORKLOADS.iter().map(|row| row.kind).collect::<Vec<_>>().join(", ");
    let version = text(node, &["apiVersion"]);
    let known = kube::WORKLOADS.iter().find(|row| row.kind == kind);
    match (makes_pods, kind, known) {
        (false, ..) => None,
        (true, "", _) => Some("skipped: it has no `kind`".to_owned()),
        (true, _, Some(_)) if version.is_empty() => Some("skipped: it has no `apiVersion`".to_owned()),
        (true, _, Some(row)) => {
            let group = if row.group == kube::CORE { "v1" } else { row.group };
            Some(format!("skipped: only the `{kind}` of `{group}` is changed, and this is one of `{version}`"))
        }
        (true, kind, None) => Some(format!("skipped: `{kind}` is not one of the kinds that are changed: {}", kinds())),
    }
}

/// The table row for a workload, by `apiVersion` and `kind`.
pub(super) fn row(node: &Node) -> Option<&'static WorkloadKind> {
    let version = text(node, &["apiVersion"]);
    let group = version.split_once('/').map_or(kube::CORE, |(group, _)| group);
    // Old files have Deployments and DaemonSets in this group (`k8s.io/api/extensions/v1beta1`).
    let group = if group == "extensions" { kube::APPS } else { group };
    kube::workload_kind(group, text(node, &["kind"]))
}
