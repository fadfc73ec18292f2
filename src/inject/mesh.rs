//! The pod annotations that Consul's webhook reads: the request for a sidecar and what goes with it.

use crate::inject::request::Targets;
use crate::stack::consul;
use crate::yaml::Node;
use crate::yaml::Value;

/// The pod annotations that a request with `--consul` adds, except the ports excluded from the mesh.
pub(super) fn annotations(workload: &Node, pod: &Node, targets: &Targets) -> Vec<(&'static str, String)> {
    let text = |node: &Node, path: &[&str]| node.path(path).and_then(Node::as_str).unwrap_or_default().to_owned();
    let mut wanted = vec![(consul::INJECT, "true".to_owned())];
    let (name, namespace) = (text(workload, &["metadata", "name"]), text(workload, &["metadata", "namespace"]));
    // The annotation sets the pod's service; otherwise its Kubernetes Service does, named like the profile's service.
    let registered = text(pod, &["metadata", "annotations", consul::SERVICE]);
    let called = if registered.is_empty() { &name } else { &registered };
    let service = targets
        .services
        .iter()
        .find(|service| service.name == *called && (namespace.is_empty() || service.namespace == namespace));
    let port = service.and_then(|service| service.port).map(i64::from).or_else(|| only_port(pod));
    if let Some(port) = port {
        wanted.push((consul::PORT, port.to_string()));
    }
    let calls = service.map(|service| &service.calls[..]).unwrap_or_default();
    let upstreams: Vec<String> = calls
        .iter()
        .filter_map(|call| {
            let port = targets.services.iter().find(|other| other.name == call.name)?.port?;
            // If a program in the pod already uses the callee's port number, the listener gets another one.
            Some(format!("{}:{}", call.name, local_port(port, pod)))
        })
        .collect();
    if !upstreams.is_empty() {
        wanted.push((consul::UPSTREAMS, upstreams.join(",")));
    }
    wanted
}

/// The annotation with the ports that a transparent proxy must exclude for an agent that sends to `ports`, given its current
/// value `old`; `None` if it has them all. `before`: the ports that an older agent sent to.
pub(super) fn excluded(old: &str, ports: &[u16], before: &[u16]) -> Option<String> {
    let stale: Vec<u16> = before.iter().copied().filter(|port| !ports.contains(port)).collect();
    let rest = included(old, &stale).unwrap_or_else(|| old.to_owned());
    let have: Vec<&str> = rest.split(',').map(str::trim).collect();
    let missing = ports.iter().map(u16::to_string).filter(|port| !have.contains(&&**port));
    let own = Some(rest.clone()).filter(|rest| !rest.is_empty());
    let all = own.into_iter().chain(missing).collect::<Vec<_>>().join(",");
    (all != old).then_some(all)
}

/// Undoes [`excluded`]; returns `None` if the annotation does not end with those ports.
pub(super) fn included(old: &str, ports: &[u16]) -> Option<String> {
    let own = ports.iter().map(u16::to_string).collect::<Vec<_>>().join(",");
    if own.is_empty() {
        return None;
    }
    if old == own { Some(String::new()) } else { Some(old.strip_suffix(&own)?.strip_suffix(',')?.to_owned()) }
}

/// The program's port, if it has exactly one.
fn only_port(pod: &Node) -> Option<i64> {
    let mut ports = ports(pod);
    let first = ports.next()?;
    ports.next().is_none().then_some(first)
}

/// The TCP ports of all containers except agents.
fn ports(pod: &Node) -> impl Iterator<Item = i64> {
    let containers = crate::inject::fit::containers(pod).iter().filter(|one| !crate::inject::agent::is_agent(one));
    let ports = containers.flat_map(|one| one.get("ports").and_then(Node::as_list).unwrap_or_default());
    let tcp = ports.filter(|port| !matches!(port.get("protocol").and_then(Node::as_str), Some("UDP" | "SCTP")));
    tcp.filter_map(|port| match port.get("containerPort")?.value {
        Value::Int(number) => Some(number),
        _ => None,
    })
}

/// A port for an upstream: the callee's, or the next higher one that no container of the pod uses.
fn local_port(port: u16, pod: &Node) -> u16 {
    let taken: Vec<i64> = ports(pod).collect();
    (port..u16::MAX).find(|port| !taken.contains(&i64::from(*port))).unwrap_or(port)
}
