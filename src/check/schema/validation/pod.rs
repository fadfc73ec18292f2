//! Pods and their templates (`pkg/apis/core/validation` `ValidatePodSpec`).

use crate::check::cursor::Cursor;
use crate::check::schema::validation::container;
use crate::check::schema::validation::out::Out;
use crate::check::schema::validation::out::is_given;
use crate::check::schema::validation::out::is_set;
use crate::check::schema::validation::out::known;
use crate::check::schema::validation::resources;
use crate::check::schema::validation::scheduling;
use crate::check::schema::validation::seccomp;
use crate::check::schema::validation::volume;
use crate::stack::kube::names;
use std::collections::HashMap;

/// A pod's spec. `claims`: the names that volume claim templates add to its volumes. `is_pod`: it is a Pod and no template.
pub(super) fn judge(out: &mut Out, spec: Cursor<'_>, claims: &[&str], is_pod: bool) {
    let containers = || spec.get("containers").items();
    let first = || spec.get("initContainers").items();
    out.each_once(containers().chain(first()).map(|one| one.get("name")), "container");
    volume::judge(out, spec, claims);
    out.one_word(spec.at(&["os", "name"]), &["linux", "windows"]);
    for one in containers() {
        container::judge(out, one, false);
    }
    for one in first() {
        container::judge(out, one, true);
    }
    for image in containers().chain(first()).map(|one| one.get("image")) {
        // Of a template only the pods are refused that a controller makes of it (`validateContainerOnlyForPod`).
        if image.str().is_some_and(|text| text.trim() != text) {
            out.value(image, "an image has no blanks before or behind its name", "remove them");
        }
    }
    for name in spec.at(&["securityContext", "sysctls"]).items().map(|one| one.get("name")) {
        if known(name).is_some_and(|text| !is_sysctl(text)) {
            out.value(name, format!("`{}` is no name of a sysctl", name.text()), "write it like `net.core.somaxconn`");
        }
    }
    resources::of_pod(out, spec.get("overhead"));
    host_ports(out, spec, is_pod);
    network(out, spec);
    scheduling::judge(out, spec);
    security(out, spec);
    if is_pod && is_given(spec.get("ephemeralContainers")) {
        let message = "a Pod cannot be created with `ephemeralContainers`";
        out.clash(spec.get("ephemeralContainers").key(), message, "add them with `kubectl debug`");
    }
    if is_set(spec) && spec.get("containers").node().is_some_and(|node| node.as_list().is_some_and(<[_]>::is_empty)) {
        out.missing(spec.get("containers"), "a pod needs at least one container", "add one");
    }
    let names = spec.get("hostAliases").items().flat_map(|alias| alias.get("hostnames").items());
    for at in names.chain([spec.get("nodeName")]) {
        if let Some(Err(why)) = known(at).map(names::dns_subdomain) {
            out.value(at, format!("`{}` is not a host name: {why}", at.text()), "write it in lower case");
        }
    }
    out.each_once(spec.get("schedulingGates").items().map(|gate| gate.get("name")), "scheduling gate");
}

/// `IsValidSysctlName`: parts of lower-case letters, digits, `-` and `_`, separated by `.` or `/`.
fn is_sysctl(text: &str) -> bool {
    let is_part = |part: &str| {
        let is_end = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        part.starts_with(is_end) && part.ends_with(is_end) && part.chars().all(|c| is_end(c) || matches!(c, '-' | '_'))
    };
    text.len() <= names::LONGEST_SUBDOMAIN && text.split(['.', '/']).all(is_part)
}

/// Host ports of the containers that run side by side (`checkHostPortConflicts`, `validateHostNetwork`).
fn host_ports(out: &mut Out, spec: Cursor<'_>, is_pod: bool) {
    let on_host = spec.get("hostNetwork").bool() == Some(true);
    let mut seen: HashMap<(&str, &str, i64), ()> = HashMap::new();
    for port in spec.get("containers").items().flat_map(|container| container.get("ports").items()) {
        let (inside, outside) = (port.get("containerPort").int(), port.get("hostPort").int().filter(|port| *port != 0));
        if let (true, Some(inside), Some(outside)) = (on_host, inside, outside)
            && inside != outside
        {
            let message = "with `hostNetwork`, `hostPort` must be the same as `containerPort`";
            out.clash(port.get("hostPort"), message, format!("write {inside}, or remove it"));
        }
        // The API server writes the host ports of a Pod on the host's network itself (`SetDefaults_HostNetworkPorts`).
        let Some(number) = outside.or(if on_host && is_pod { inside } else { None }) else { continue };
        let protocol = Some(port.get("protocol").text()).filter(|text| !text.is_empty()).unwrap_or("TCP");
        if seen.insert((protocol, port.get("hostIP").text(), number), ()).is_some() {
            let message = format!("the host port {number}/{protocol} is taken by another port of these containers");
            let at = if outside.is_some() { port.get("hostPort") } else { port.get("containerPort") };
            out.clash(at, message, "use another port");
        }
    }
}

/// DNS, and namespaces of the host (`validatePodDNSConfig`, `ValidatePodSecurityContext`).
fn network(out: &mut Out, spec: Cursor<'_>) {
    let servers = spec.at(&["dnsConfig", "nameservers"]);
    if spec.get("dnsPolicy").str() == Some("None") && !is_given(servers) {
        let message = "`dnsPolicy: None` needs a name server in `dnsConfig.nameservers`";
        out.clash(spec.get("dnsPolicy"), message, "add one, or use another policy");
    }
    if servers.list().len() > 3 {
        out.value(servers, "a pod has at most 3 name servers", "remove the others");
    }
    let on = |field: &'static str| spec.get(field).bool() == Some(true);
    if on("hostPID") && on("shareProcessNamespace") {
        let message = "`hostPID` and `shareProcessNamespace` exclude each other";
        out.clash(spec.get("shareProcessNamespace"), message, "remove one of them");
    }
    if spec.get("hostUsers").bool() == Some(false) {
        for field in ["hostNetwork", "hostPID", "hostIPC"].into_iter().filter(|field| on(field)) {
            let message = format!("`{field}` does not go with `hostUsers: false`");
            out.clash(spec.get(field), message, "remove one of them");
        }
    }
}

/// `validateSysctls`, `validateSeccompProfileField`.
fn security(out: &mut Out, spec: Cursor<'_>) {
    let context = spec.get("securityContext");
    out.each_once(context.get("sysctls").items().map(|one| one.get("name")), "sysctl");
    seccomp::judge(out, context.get("seccompProfile"));
}
