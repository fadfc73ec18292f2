//! Ingresses, NetworkPolicies and EndpointSlices (`pkg/apis/networking/validation`, `pkg/apis/discovery/validation`).

use crate::check::cursor::Cursor;
use crate::check::schema::validation::out::Out;
use crate::check::schema::validation::out::is_given;
use crate::check::schema::validation::out::is_open;
use crate::check::schema::validation::out::is_set;
use crate::check::schema::validation::out::known;
use crate::check::schema::validation::selector;
use crate::check::schema::validation::service::is_network;
use crate::stack::kube::names;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;

/// The annotation that chose a class before there was a field.
const CLASS: &str = "kubernetes.io/ingress.class";

/// `ValidateIngressCreate`, `ValidateIngressSpec`.
pub(super) fn ingress(out: &mut Out, root: Cursor<'_>) {
    let spec = root.get("spec");
    let (rules, default) = (spec.get("rules"), spec.get("defaultBackend"));
    if rules.list().is_empty() && !is_open(rules) && !is_set(default) {
        out.missing(spec, "an Ingress needs `rules` or a `defaultBackend`", "add one of them");
    }
    backend(out, default);
    for rule in rules.items() {
        host(out, rule.get("host"));
        let http = rule.get("http");
        if is_set(http) && http.get("paths").list().is_empty() && !is_open(http.get("paths")) {
            out.missing(http, "`http` has no `paths`, which is required", "add a path");
        }
        for path in http.get("paths").items() {
            out.one_word(path.get("pathType"), &["Exact", "ImplementationSpecific", "Prefix"]);
            location(out, path);
            backend(out, path.get("backend"));
        }
    }
    for at in spec.get("tls").items() {
        at.get("hosts").items().for_each(|one| host(out, one));
        subdomain(out, at.get("secretName"), "Secret");
    }
    subdomain(out, spec.get("ingressClassName"), "IngressClass");
    let (old, new) = (root.at(&["metadata", "annotations"]).get(CLASS), spec.get("ingressClassName"));
    if let (Some(one), Some(other)) = (known(old), known(new))
        && one != other
    {
        let message = format!("`{CLASS}` and `ingressClassName` name different classes");
        out.clash(old, message, "remove the annotation");
    }
}

fn subdomain(out: &mut Out, at: Cursor<'_>, kind: &str) {
    if let Some(Err(why)) = known(at).map(names::dns_subdomain) {
        out.value(at, format!("`{}` is no name of a {kind}: {why}", at.text()), "correct it");
    }
}

fn host(out: &mut Out, at: Cursor<'_>) {
    let Some(name) = known(at) else { return };
    let plain = name.strip_prefix("*.").unwrap_or(name);
    if name.parse::<IpAddr>().is_ok() {
        out.value(at, format!("`{name}` is an address, not a host name"), "write a name, or remove it");
    } else if let Err(why) = names::dns_subdomain(plain) {
        out.value(at, format!("`{name}` is no host name: {why}"), "write a name in lower case, without a port");
    }
}

/// `validateHTTPIngressPath`.
fn location(out: &mut Out, path: Cursor<'_>) {
    const WRONG: [&str; 5] = ["//", "/./", "/../", "%2f", "%2F"];
    let (at, kind) = (path.get("path"), path.get("pathType"));
    match kind.str() {
        Some("Exact" | "Prefix") if !is_open(at) => {
            let text = at.text();
            if !text.starts_with('/') {
                let place = if is_set(at) { at } else { path };
                out.value(place, "a path must begin with `/`", "add it, such as `path: /`");
            } else if let Some(part) = WRONG.into_iter().find(|part| text.contains(part)) {
                out.value(at, format!("a path must not contain `{part}`"), "write it plainly");
            } else if text.ends_with("/..") || text.ends_with("/.") {
                out.value(at, "a path must not end with `/..` or `/.`", "write it plainly");
            }
        }
        Some("ImplementationSpecific") if known(at).is_some_and(|text| !text.starts_with('/')) => {
            out.value(at, "a path must begin with `/`", "add it");
        }
        _ => {}
    }
}

/// `validateIngressBackend`.
fn backend(out: &mut Out, backend: Cursor<'_>) {
    if !is_set(backend) {
        return;
    }
    out.one_of(backend, &["service", "resource"], true, "the backend");
    let service = backend.get("service");
    if !is_set(service) {
        return;
    }
    let (name, port) = (service.get("name"), service.get("port"));
    if let Some(Err(why)) = known(name).map(names::dns_label) {
        out.value(name, format!("`{}` is no name of a Service: {why}", name.text()), "correct it");
    }
    match (is_given(port.get("name")), is_given(port.get("number"))) {
        (true, true) => {
            out.clash(port.get("name").key(), "a port is named or numbered, not both", "remove one of them");
        }
        (false, false) if is_set(port) && !is_open(port) => {
            out.clash(port, "the port of the backend has neither `name` nor `number`", "add one of them");
        }
        _ => {}
    }
}

/// `ValidateServiceCIDR`.
pub(super) fn service_ranges(out: &mut Out, spec: Cursor<'_>) {
    let ranges = spec.get("cidrs");
    for at in ranges.items().filter(|at| known(*at).is_some_and(|text| !is_network(text))) {
        out.value(at, format!("`{}` is no network such as `10.0.0.0/16`", at.text()), "correct it");
    }
    let families = |is_six: bool| ranges.items().filter(move |at| at.text().contains(':') == is_six).count();
    if ranges.list().len() > 2 || families(true) > 1 || families(false) > 1 {
        out.clash(ranges, "there may be one network of IPv4 and one of IPv6", "remove the others");
    }
}

/// `ValidateNetworkPolicySpec`.
pub(super) fn policy(out: &mut Out, spec: Cursor<'_>) {
    selector::judge(out, spec.get("podSelector"));
    if spec.get("policyTypes").list().len() > 2 {
        out.value(spec.get("policyTypes"), "there are only two types of policies", "remove the others");
    }
    for (direction, peers) in [("ingress", "from"), ("egress", "to")] {
        for rule in spec.get(direction).items() {
            rule.get("ports").items().for_each(|port| range(out, port));
            rule.get(peers).items().for_each(|one| peer(out, one));
        }
    }
}

fn range(out: &mut Out, port: Cursor<'_>) {
    let (first, last) = (port.get("port"), port.get("endPort"));
    let Some(end) = last.int().filter(|_| is_set(last)) else { return };
    if !is_set(first) {
        out.clash(last.key(), "`endPort` needs a `port`", "add the first port of the range");
    } else if known(first).is_some() {
        out.clash(last.key(), "`endPort` needs a number as `port`", "write the number of the first port");
    } else if first.int().is_some_and(|first| end < first) {
        out.clash(last, "the range of ports ends before it begins", "correct `endPort`");
    }
}

fn peer(out: &mut Out, peer: Cursor<'_>) {
    let selectors = ["podSelector", "namespaceSelector"].map(|field| peer.get(field));
    let block = peer.get("ipBlock");
    let selects = selectors.iter().any(|at| is_set(*at));
    selectors.into_iter().for_each(|at| selector::judge(out, at));
    match (selects, is_set(block)) {
        (true, true) => out.clash(block.key(), "`ipBlock` does not go with a selector", "make it a peer of its own"),
        (false, false) if !is_open(peer) => {
            let message = "a peer needs `podSelector`, `namespaceSelector` or `ipBlock`";
            out.clash(peer, message, "add one of them, or remove the peer");
        }
        _ => {}
    }
    let whole = block.get("cidr");
    // `ValidateIPBlock`, since 1.36 (`IsValidCIDR`).
    for at in [whole].into_iter().chain(block.get("except").items()).filter(|_| out.oldest >= 36).collect::<Vec<_>>() {
        if let Some(inside) = known(at).and_then(network).filter(|network| network.has_host_bits()) {
            let message = format!("`{}` names an address inside of the network", at.text());
            out.value(at, message, format!("write `{}/{}`", inside.first(), inside.bits));
        }
    }
    let is_wrong = |at: &Cursor<'_>| known(*at).is_some_and(|text| !is_network(text));
    for at in [whole].into_iter().chain(block.get("except").items()) {
        if is_wrong(&at) {
            out.value(at, format!("`{}` is no network such as `10.0.0.0/8`", at.text()), "correct it");
        } else if at.str() == Some("") {
            out.value(at, "a network must not be empty", "correct or remove it");
        }
    }
    for at in block.get("except").items() {
        if let (Some(outer), Some(inner)) = (known(whole).and_then(network), known(at).and_then(network))
            && !outer.holds(inner)
        {
            out.clash(at, format!("`{}` is not a part of `{}`", at.text(), whole.text()), "correct one of them");
        }
    }
}

#[derive(Clone, Copy)]
struct Network {
    address: IpAddr,
    bits: u32,
}

fn network(text: &str) -> Option<Network> {
    let (address, bits) = text.split_once('/')?;
    Some(Network { address: address.parse().ok()?, bits: bits.parse().ok()? })
}

impl Network {
    /// Its first address.
    fn first(self) -> IpAddr {
        match self.address {
            IpAddr::V4(address) => {
                let mask = u32::MAX.checked_shl(32 - self.bits.min(32)).unwrap_or(0);
                Ipv4Addr::from(u32::from(address) & mask).into()
            }
            IpAddr::V6(address) => {
                let mask = u128::MAX.checked_shl(128 - self.bits.min(128)).unwrap_or(0);
                Ipv6Addr::from(u128::from(address) & mask).into()
            }
        }
    }

    /// Whether it is written with another address than the first.
    fn has_host_bits(self) -> bool {
        self.first() != self.address
    }

    /// Whether another network is a part of this one, and not all of it.
    fn holds(self, other: Network) -> bool {
        let same = |one: u128, other: u128, width: u32| {
            let shift = width - self.bits.min(width);
            shift >= 128 || one >> shift == other >> shift
        };
        self.bits < other.bits
            && match (self.address, other.address) {
                (IpAddr::V4(one), IpAddr::V4(other)) => same(u32::from(one).into(), u32::from(other).into(), 32),
                (IpAddr::V6(one), IpAddr::V6(other)) => same(one.into(), other.into(), 128),
                _ => false,
            }
    }
}

/// `ValidateIngressClass`.
pub(super) fn ingress_class(out: &mut Out, spec: Cursor<'_>) {
    const LONGEST: usize = 250;
    let controller = spec.get("controller");
    if let Some(name) = known(controller) {
        let domain =
            name.split_once('/').map(|(domain, path)| !path.is_empty() && names::dns_subdomain(domain).is_ok());
        if domain != Some(true) || name.len() > LONGEST {
            let message = format!("`{name}` is no name of a controller");
            out.value(controller, message, "write it like `example.com/controller`");
        }
    }
    let parameters = spec.get("parameters");
    let (scope, namespace) = (parameters.get("scope"), parameters.get("namespace"));
    for at in ["kind", "name"].map(|field| parameters.get(field)) {
        if let Some(Err(why)) = known(at).map(names::path_segment) {
            out.value(at, format!("`{}` names no object: {why}", at.text()), "correct it");
        }
    }
    // `SetDefaults_IngressClass`: of the cluster, unless it is said.
    match scope.str().unwrap_or("Cluster") {
        "Cluster" if is_given(namespace) => {
            out.clash(namespace.key(), "parameters of the cluster have no `namespace`", "write `scope: Namespace`");
        }
        "Namespace" if is_set(parameters) && !is_given(namespace) => {
            out.missing(parameters, "parameters in a namespace need `namespace`", "add it");
        }
        _ => {}
    }
}
