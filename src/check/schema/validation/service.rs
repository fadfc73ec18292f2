//! Services (`pkg/apis/core/validation` `ValidateService`, `ValidateServiceExternalTrafficPolicy`,
//! `ValidateServiceClusterIPsRelatedFields`).

use crate::check::cursor::Cursor;
use crate::check::problem::Cause;
use crate::check::schema::validation::out::Out;
use crate::check::schema::validation::out::is_given;
use crate::check::schema::validation::out::is_open;
use crate::check::schema::validation::out::is_set;
use crate::check::schema::validation::out::known;
use crate::stack::kube::names;
use std::collections::HashSet;
use std::net::IpAddr;

pub(super) fn judge(out: &mut Out, spec: Cursor<'_>) {
    let kind = spec.get("type");
    ports(out, spec);
    families(out, spec);
    for at in spec.get("externalIPs").items() {
        if at.text().parse::<IpAddr>().is_ok_and(|address| address.is_loopback()) {
            out.value(at, "an external address must not be a loopback address", "use an address that others reach");
        }
    }
    if is_open(kind) {
        return;
    }
    let kind = if kind.text().is_empty() { "ClusterIP" } else { kind.text() };
    match kind {
        "ExternalName" => external_name(out, spec),
        _ => addresses(out, spec, kind),
    }
    belongs(out, spec, kind);
}

fn of_type(out: &mut Out, at: Cursor<'_>, message: String, help: &str) {
    out.refuse(Cause::ServiceType, at, message, help);
}

fn ports(out: &mut Out, spec: Cursor<'_>) {
    let ports = spec.get("ports");
    let (kind, address) = (spec.get("type"), spec.get("clusterIP"));
    let needs =
        !is_open(kind) && kind.str() != Some("ExternalName") && address.str() != Some("None") && !is_open(address);
    if ports.list().is_empty() {
        if needs && !is_open(ports) {
            let message = "a Service without ports must be headless or an ExternalName";
            out.refuse(Cause::ServicePorts, ports, message, "add `ports`, or write `clusterIP: None`");
        }
        return;
    }
    if ports.list().len() > 1 {
        for port in ports.items().filter(|port| !is_given(port.get("name"))) {
            let message = "each port of a Service with several ports needs a name";
            out.refuse(Cause::ServicePorts, port, message, "add `name`");
        }
    }
    out.each_once(ports.items().map(|port| port.get("name")), "port");
    let mut numbers = HashSet::new();
    let mut nodes = HashSet::new();
    for port in ports.items() {
        let protocol = Some(port.get("protocol").text()).filter(|text| !text.is_empty()).unwrap_or("TCP");
        if let Some(number) = port.get("port").int()
            && !numbers.insert((protocol, number))
        {
            let message = format!("the port {number}/{protocol} is there twice");
            out.refuse(Cause::ServicePorts, port.get("port"), message, "use another port, or remove it");
        }
        let node = port.get("nodePort");
        let Some(number) = node.int().filter(|number| *number != 0) else { continue };
        if !nodes.insert((protocol, number)) {
            let message = format!("the node port {number}/{protocol} is there twice");
            out.refuse(Cause::ServicePorts, node, message, "use another one, or leave it to Kubernetes");
        }
        if matches!(kind.text(), "" | "ClusterIP") {
            let message = "a `nodePort` needs a Service of type NodePort or LoadBalancer".to_string();
            of_type(out, node, message, "remove it, or write `type: NodePort`");
        }
    }
}

fn families(out: &mut Out, spec: Cursor<'_>) {
    let families = spec.get("ipFamilies");
    out.each_once(families.items(), "IP family");
    if families.list().len() > 1 && spec.get("ipFamilyPolicy").str() == Some("SingleStack") {
        let message = "two IP families do not go with `ipFamilyPolicy: SingleStack`";
        out.clash(spec.get("ipFamilyPolicy"), message, "use `PreferDualStack`, or one family");
    }
}

fn external_name(out: &mut Out, spec: Cursor<'_>) {
    let name = spec.get("externalName");
    if !is_given(name) {
        let message = "a Service of type ExternalName needs an `externalName`".to_string();
        return of_type(out, name, message, "add the DNS name that it stands for");
    }
    let plain = known(name).map(|name| name.strip_suffix('.').unwrap_or(name));
    if let Some(Err(why)) = plain.map(names::dns_subdomain) {
        of_type(
            out,
            name,
            format!("`{}` is no DNS name: {why}", name.text()),
            "write a name in lower case, without a port",
        );
    }
    for field in ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"].map(|field| spec.get(field)) {
        if is_given(field) {
            let message = "a Service of type ExternalName has no address in the cluster".to_string();
            of_type(out, field, message, "remove it, or use another type");
        }
    }
}

fn addresses(out: &mut Out, spec: Cursor<'_>, kind: &str) {
    let (address, all) = (spec.get("clusterIP"), spec.get("clusterIPs"));
    let first = all.items().next();
    match known(address).or_else(|| known(first?)) {
        Some("None") if kind != "ClusterIP" => {
            let message = format!("a Service of type {kind} needs an address in the cluster, so it cannot be headless");
            of_type(out, address, message, "remove `clusterIP: None`, or use type ClusterIP");
        }
        Some(text) if text != "None" && text.parse::<IpAddr>().is_err() && !has_zeros(text) => {
            of_type(out, address, format!("`{text}` is neither an address nor `None`"), "correct or remove it");
        }
        _ => {}
    }
    if let (Some(one), Some(other)) = (known(address), first.and_then(known))
        && one != other
    {
        of_type(
            out,
            all,
            "the first of `clusterIPs` must be the `clusterIP`".to_string(),
            "write the same address twice",
        );
    }
}

/// Whether it may be an address with leading zeros, which older releases read.
fn has_zeros(text: &str) -> bool {
    text.split('.').count() == 4 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// Fields that go with some types only.
fn belongs(out: &mut Out, spec: Cursor<'_>, kind: &str) {
    let only = [
        ("loadBalancerSourceRanges", "LoadBalancer"),
        ("allocateLoadBalancerNodePorts", "LoadBalancer"),
        ("loadBalancerClass", "LoadBalancer"),
    ];
    for (field, wanted) in only.into_iter().filter(|(_, wanted)| *wanted != kind) {
        let at = spec.get(field);
        let there = if field == "loadBalancerSourceRanges" { is_given(at) } else { is_set(at) };
        if there && !is_open(at) {
            of_type(out, at, format!("`{field}` goes with type {wanted} only"), "remove it, or change the type");
        }
    }
    for at in spec.get("loadBalancerSourceRanges").items() {
        if known(at).is_some_and(|text| !is_network(text.trim())) {
            out.value(at, "this is no network such as `10.0.0.0/8`", "correct it");
        }
    }
    let policy = spec.get("externalTrafficPolicy");
    let reached = matches!(kind, "NodePort" | "LoadBalancer") || is_given(spec.get("externalIPs"));
    if is_given(policy) && !is_open(policy) && !reached {
        let message = "`externalTrafficPolicy` needs a Service that is reached from outside".to_string();
        of_type(out, policy, message, "remove it, or use type NodePort or LoadBalancer");
    }
    let health = spec.get("healthCheckNodePort");
    if health.int().is_some_and(|port| port != 0) && (kind != "LoadBalancer" || policy.str() != Some("Local")) {
        let message = "`healthCheckNodePort` needs type LoadBalancer and `externalTrafficPolicy: Local`".to_string();
        of_type(out, health, message, "remove it, or add them");
    }
}

/// An address and a number of bits.
pub(super) fn is_network(text: &str) -> bool {
    let Some((address, bits)) = text.split_once('/') else { return false };
    let most = if address.contains(':') { 128 } else { 32 };
    let is_address = address.parse::<IpAddr>().is_ok() || has_zeros(address);
    is_address && bits.parse::<u32>().is_ok_and(|bits| bits <= most)
}
