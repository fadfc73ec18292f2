//! Gateways: what lets requests in, and what starts no trace.

use crate::check::cluster::mesh::CONSUL;
use crate::check::cluster::mesh::Mesh;
use crate::check::cluster::mesh::ProxyKind;
use crate::check::hop::HopKind;
use crate::check::rules::protocol::is_http;
use crate::check::rules::rules;
use crate::check::sink::At;
use crate::check::sink::Sink;
use crate::check::sink::Whose;
use crate::suggest;
use crate::yaml::Node;
use crate::yaml::Value;
use std::collections::HashMap;
use std::collections::HashSet;

rules! {
    NO_ROOT: "ingress-no-root-span", Info, "gateways start no trace by themselves",
        "Consul gives every HTTP listener a sampling of 0 (agent/xds/listeners.go), by intention (consul#6645, #8519): traced \
         are requests that carry `x-client-trace-id`, or B3 headers of somebody who decided to sample. Measured: 0 of 20 \
         plain requests, 20 of 20 with `x-client-trace-id: 1`.";
    PORT: "ingress-listener-port", Error, "the gateway's Service does not have the listener's port",
        "The chart opens the ports of `ingressGateways.gateways[].service.ports`, else those of `defaults` (8080, 8443); \
         nothing compares them with the IngressGateway.";
    NAME: "ingress-name", Error, "no gateway of this name is installed",
        "The name of an IngressGateway is that of a gateway in `ingressGateways.gateways[]`; with another one, or with \
         `ingressGateways.enabled: false`, no proxy takes the listeners.";
    SHAPE: "ingress-listener-shape", Error, "Consul's webhook refuses this listener",
        "A protocol is required (tcp, http, http2, grpc); tcp takes one service and no hosts; a service `*` takes no hosts \
         and http only (control-plane/api/v1alpha1/ingressgateway_types.go).";
    MATCH: "ingress-protocol-match", Error, "the listener's protocol is not the service's",
        "Consul refuses the whole entry (`Synced=False`) when a listener and one of its services differ in being http \
         (configentry_controller.go).";
    DEPRECATED: "ingress-deprecated", Warning, "ingress gateways are deprecated since Consul 1.16",
        "Announced with Consul 1.16 and consul-k8s 1.2 (consul#18102); still shipped in 2.0.3. The API gateway replaces \
         them: Gateway and HTTPRoute with `connectInject.apiGateway`.";
    INTENTIONS: "intentions-missing", Warning, "ACLs are on and no intention lets the gateway through",
        "With ACLs Consul denies by default: without a ServiceIntentions from the gateway to the service, requests end at its \
         sidecar.";
}

pub(crate) fn check(mesh: &Mesh<'_>, out: &mut Sink) {
    let acls = mesh.flag(&["global", "acls", "manageSystemACLs"], Some(false)) == Some(true);
    let allowed = if acls { intentions(mesh) } else { HashSet::new() };
    let mut chart = mesh.values.map(|values| Chart::of(mesh, values));
    for (proxy, gateway) in mesh.proxies.iter().enumerate() {
        let (Some(index), true) = (gateway.item, gateway.is_gateway()) else { continue };
        out.hit(
            &NO_ROOT,
            At::object(index, "/metadata/name"),
            format!("gateway `{}` starts no trace by itself", gateway.name),
            "send `x-client-trace-id: 1` with the requests to be traced, or sample in front of the gateway",
        );
        if gateway.kind == ProxyKind::IngressGateway {
            if mesh.versions.chart.is_some_and(|chart| chart >= (1, 2, 0))
                || mesh.versions.consul.is_some_and(|c| c >= (1, 16, 0))
            {
                out.hit(
                    &DEPRECATED,
                    At::object(index, "/kind"),
                    "IngressGateway is deprecated since Consul 1.16",
                    "move to Gateway and HTTPRoute",
                );
            }
            if let Some(chart) = &mut chart {
                installed(mesh, chart, proxy, index, out);
            }
            listeners(mesh, proxy, index, &allowed, acls, out);
        }
    }
}

/// Pairs of source and destination that an intention speaks of.
fn intentions<'a>(mesh: &Mesh<'a>) -> HashSet<(&'a str, &'a str)> {
    let mut pairs = HashSet::new();
    for index in mesh.set.of(CONSUL, "ServiceIntentions") {
        let Some(spec) = mesh.set.items[*index].node.get("spec") else { continue };
        let to = spec.path(&["destination", "name"]).and_then(Node::as_str).unwrap_or_default();
        for source in spec.get("sources").and_then(Node::as_list).unwrap_or_default() {
            pairs.insert((source.get("name").and_then(Node::as_str).unwrap_or_default(), to));
        }
    }
    pairs
}

/// What the Helm values say of ingress gateways, read once for all of them.
struct Chart<'a> {
    /// The values, by index.
    values: usize,
    on: bool,
    /// The gateways that are installed, by name, with the ports of their own.
    gateways: HashMap<&'a str, Option<&'a Node>>,
    /// Their names in the order of the values, for a message.
    names: String,
    /// The ports of those that have none of their own.
    defaults: Option<&'a Node>,
    /// The ports of each list, by its address: several IngressGateways may have one name.
    ports: HashMap<Option<usize>, Ports>,
}

struct Ports {
    open: HashSet<i64>,
    /// As a message lists them.
    said: String,
}

impl<'a> Chart<'a> {
    fn of(mesh: &Mesh<'a>, values: usize) -> Chart<'a> {
        let list = mesh.value(&["ingressGateways", "gateways"]).and_then(Node::as_list);
        let mut gateways = HashMap::new();
        let mut names = Vec::new();
        for gateway in list.unwrap_or_default() {
            let Some(name) = gateway.get("name").and_then(Node::as_str) else { continue };
            gateways.entry(name).or_insert_with(|| gateway.path(&["service", "ports"]));
            names.push(name);
        }
        if list.is_none() {
            // The chart's own default is one gateway of this name.
            gateways.insert("ingress-gateway", None);
        }
        Chart {
            values,
            on: mesh.flag(&["ingressGateways", "enabled"], Some(false)) == Some(true),
            gateways,
            names: suggest::some(names.iter().copied(), ""),
            defaults: mesh.value(&["ingressGateways", "defaults", "service", "ports"]),
            ports: HashMap::new(),
        }
    }

    /// The ports that the Service of a gateway has.
    fn ports(&mut self, own: Option<&'a Node>) -> &Ports {
        let list = own.or(self.defaults).and_then(Node::as_list);
        self.ports.entry(list.map(|list| list.as_ptr().addr())).or_insert_with(|| {
            let open: Vec<i64> = match list {
                Some(list) => list.iter().filter_map(|port| int(port.get("port"))).collect(),
                None => vec![8080, 8443],
            };
            let words: Vec<String> = open.iter().map(i64::to_string).collect();
            Ports { open: open.into_iter().collect(), said: suggest::some(words.iter().map(String::as_str), "") }
        })
    }
}

fn installed<'a>(mesh: &Mesh<'a>, chart: &mut Chart<'a>, proxy: usize, index: usize, out: &mut Sink) {
    let name = &mesh.proxies[proxy].name;
    if !chart.on {
        out.hit(
            &NAME,
            At::values(chart.values, "/ingressGateways/enabled"),
            format!("the values install no ingress gateway, `{name}` needs one"),
            "set `ingressGateways.enabled: true`",
        )
        .note("the IngressGateway", At::object(index, "/metadata/name"))
        .breaks(HopKind::Entry, Whose::Proxy(proxy));
        return;
    }
    let Some(own) = chart.gateways.get(name.as_str()).copied() else {
        out.hit(
            &NAME,
            At::object(index, "/metadata/name"),
            format!("the values install no gateway `{name}`"),
            format!("installed: {}", chart.names),
        )
        .breaks(HopKind::Entry, Whose::Proxy(proxy));
        return;
    };
    let ports = chart.ports(own);
    let listeners = mesh.set.items[index].node.path(&["spec", "listeners"]).and_then(Node::as_list).unwrap_or_default();
    for (number, listener) in listeners.iter().enumerate() {
        let Some(port) = int(listener.get("port")) else { continue };
        if !ports.open.contains(&port) {
            let hit = out.hit(
                &PORT,
                At::object(index, format!("/spec/listeners/{number}/port")),
                format!("gateway `{name}` listens on {port}, its Service has {}", ports.said),
                "use one of these, or add the port to the Helm values",
            );
            if listeners.len() == 1 {
                hit.breaks(HopKind::Entry, Whose::Proxy(proxy));
            }
        }
    }
}

fn int(node: Option<&Node>) -> Option<i64> {
    match &node?.value {
        Value::Int(number) => Some(*number),
        _ => None,
    }
}

fn listeners(mesh: &Mesh<'_>, proxy: usize, index: usize, allowed: &HashSet<(&str, &str)>, acls: bool, out: &mut Sink) {
    let gateway = &mesh.proxies[proxy].name;
    let list = mesh.set.items[index].node.path(&["spec", "listeners"]).and_then(Node::as_list).unwrap_or_default();
    let service_proxy = |name: &str| mesh.sidecars.get(name).copied();
    if list.is_empty() {
        out.hit(
            &SHAPE,
            At::object(index, "/spec"),
            format!("gateway `{gateway}` has no listener"),
            "add one: `listeners: [{port: 5000, protocol: http, services: [...]}]`",
        )
        .breaks(HopKind::Entry, Whose::Proxy(proxy));
    }
    for (number, listener) in list.iter().enumerate() {
        let path = format!("/spec/listeners/{number}");
        let protocol = listener.get("protocol").and_then(Node::as_str).unwrap_or_default();
        let services = listener.get("services").and_then(Node::as_list).unwrap_or_default();
        let mut refuse = |at: String, message: String, help: &str| {
            out.hit(&SHAPE, At::object(index, at), message, help).breaks(HopKind::Entry, Whose::Proxy(proxy));
        };
        if !matches!(protocol, "tcp" | "http" | "http2" | "grpc") {
            let message = match protocol {
                "" => "the listener says no protocol".to_string(),
                word => format!("`{word}` is no protocol of a listener"),
            };
            refuse(format!("{path}/protocol"), message, "use http, http2, grpc or tcp");
            continue;
        }
        let has_hosts =
            |service: &Node| service.get("hosts").and_then(Node::as_list).is_some_and(|hosts| !hosts.is_empty());
        if protocol == "tcp" && (services.len() > 1 || services.iter().any(has_hosts)) {
            refuse(
                format!("{path}/services"),
                "a tcp listener takes one service and no hosts".to_string(),
                "use http, or a listener each",
            );
        }
        for (at, service) in services.iter().enumerate() {
            let name = service.get("name").and_then(Node::as_str).unwrap_or_default();
            let here = format!("{path}/services/{at}");
            let hosts = service.get("hosts").and_then(Node::as_list).unwrap_or_default();
            let odd = |host: &&str| {
                host.contains('*') && **host != *"*" && host.rfind('*') != Some(0)
                    || host.starts_with('*') && host.len() > 1 && !host.starts_with("*.")
            };
            if let Some(host) = hosts.iter().filter_map(Node::as_str).find(odd) {
                refuse(
                    format!("{here}/hosts"),
                    format!("`{host}`: a wildcard is `*` alone or the first label"),
                    "write `*` or `*.example.com`",
                );
            }
            if name == "*" && (has_hosts(service) || protocol != "http") {
                refuse(
                    format!("{here}/name"),
                    "a service `*` takes no hosts, and http only".to_string(),
                    "name the service",
                );
            }
        }
        for (at, service) in services.iter().enumerate() {
            let name = service.get("name").and_then(Node::as_str).unwrap_or_default();
            let here = At::object(index, format!("{path}/services/{at}/name"));
            if name == "*" || name.is_empty() {
                continue;
            }
            if let Some(own) = mesh.protocol(name).filter(|own| own.name != protocol) {
                let mut whose = vec![proxy];
                whose.extend(service_proxy(name).filter(|_| !is_http(&own.name)));
                let hit = out.hit(
                    &MATCH,
                    here.clone(),
                    format!("the listener is {protocol}, service `{name}` is {}", own.name),
                    "give both one protocol; http is what makes spans",
                );
                if let Some(said) = own.own {
                    hit.note("the service says so here", At::object(said, "/spec/protocol"));
                }
                hit.breaks(HopKind::Protocol, Whose::Proxies(whose));
            }
            if acls
                && !allowed.contains(&(gateway.as_str(), name))
                && !allowed.contains(&("*", name))
                && !allowed.contains(&(gateway.as_str(), "*"))
                && !allowed.contains(&("*", "*"))
            {
                out.hit(
                    &INTENTIONS,
                    here,
                    format!("no intention lets gateway `{gateway}` reach `{name}`, and ACLs deny by default"),
                    format!("add a ServiceIntentions for `{name}` with `{gateway}` among its sources"),
                );
            }
        }
    }
}
