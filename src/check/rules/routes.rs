//! The Gateway API as Consul reads it: classes, parents of routes, grants for backends in other namespaces.

use crate::check::cluster::mesh::GATEWAY_API;
use crate::check::cluster::mesh::Mesh;
use crate::check::cluster::tracer::Speaks;
use crate::check::hop::HopKind;
use crate::check::rules::rules;
use crate::check::sink::At;
use crate::check::sink::Sink;
use crate::check::sink::Whose;
use crate::suggest;
use crate::yaml::Node;
use std::collections::HashMap;
use std::collections::HashSet;

rules! {
    CLASS: "gateway-class-unknown", Error, "no GatewayClass of this name is installed",
        "The Consul chart makes the GatewayClass `consul` from 1.2 on (connectInject.apiGateway). A Gateway of a class that \
         nobody makes is never programmed: no proxy listens. `consul-api-gateway` was the class of the standalone \
         controller, archived and gone with chart 1.5.";
    PARENT: "route-parent-unknown", Error, "the route is attached to no listener of a gateway",
        "A route is attached through `parentRefs`: a Gateway of that name, in the route's own namespace unless the reference \
         says another, with a listener of that `sectionName`, which allows routes of the route's namespace \
         (`allowedRoutes.namespaces.from`, `Same` unless said; Gateway API v1). Otherwise requests end at the gateway.";
    GRANT: "route-reference-grant", Error, "no ReferenceGrant lets the route reach a Service in another namespace",
        "A backend in another namespace needs a ReferenceGrant there, from the route's kind and namespace to the Service \
         (Gateway API); Consul resolves the reference as RefNotPermitted without it and the route has no backend.";
    W3C: "trace-context-w3c", Info, "OTLP tracers hand on `traceparent`, not B3",
        "Envoy's OpenTelemetry tracer reads and writes W3C trace context only, its Zipkin tracer B3. A program that hands on \
         only the other kind of headers splits each trace in two.";
}

pub(crate) fn check(mesh: &Mesh<'_>, out: &mut Sink) {
    if mesh.versions.chart.is_some_and(|chart| chart >= (1, 2, 0)) {
        classes(mesh, out);
    }
    let kinds = ["HTTPRoute", "TCPRoute", "GRPCRoute"];
    if kinds.iter().all(|kind| mesh.set.of(GATEWAY_API, kind).is_empty()) {
        return traceparent(mesh, out);
    }
    let mut gateways = Gateways::of(mesh);
    let grants_of = Grants::of(mesh);
    for kind in kinds {
        for index in mesh.set.of(GATEWAY_API, kind) {
            let before = out.found.len();
            parents(mesh, &mut gateways, *index, out);
            if out.found.len() == before {
                grants(mesh, &grants_of, kind, *index, out);
            }
        }
    }
    traceparent(mesh, out);
}

fn traceparent(mesh: &Mesh<'_>, out: &mut Sink) {
    if let Some(tracer) = mesh.tracing.bootstrap.as_ref().or(mesh.tracing.listener.as_ref())
        && matches!(tracer.speaks, Speaks::OtlpGrpc | Speaks::OtlpHttp)
        && let Some(defaults) = mesh.defaults
    {
        out.hit(
            &W3C,
            At::object(defaults, "/spec/config"),
            "proxies hand on W3C trace context (`traceparent`)",
            "let programs hand on `traceparent` and `tracestate`, not B3 headers alone",
        );
    }
}

/// A name that was meant to be Consul's class and is not. Classes of other gateways are not ours to judge.
fn classes(mesh: &Mesh<'_>, out: &mut Sink) {
    for index in mesh.set.of(GATEWAY_API, "Gateway") {
        let item = &mesh.set.items[*index];
        let class = item.node.path(&["spec", "gatewayClassName"]).and_then(Node::as_str).unwrap_or_default();
        let ours = class == "consul" || mesh.set.find(GATEWAY_API, "GatewayClass", "", class).is_some();
        let meant = class.contains("consul") || suggest::closest(class, std::iter::once("consul")).is_some();
        if ours || !meant {
            continue;
        }
        let proxy = mesh.by_item.get(index).copied();
        let hit = out.hit(
            &CLASS,
            At::object(*index, "/spec/gatewayClassName"),
            format!("there is no GatewayClass `{class}`; gateway `{}` is never programmed", item.id.name),
            "use `consul`, the class that the chart makes",
        );
        if let Some(proxy) = proxy {
            hit.breaks(HopKind::Entry, Whose::Proxy(proxy));
        }
    }
}

/// The gateways of the set, for many routes.
struct Gateways<'a> {
    names: Vec<&'a str>,
    known: HashSet<&'a str>,
    /// By gateway: the listeners that routes name, those that any has, and their names for a message.
    listeners: HashMap<usize, Listeners<'a>>,
}

#[derive(Default)]
struct Listeners<'a> {
    /// Whether one of a name lets in routes of other namespaces; `None` stands for all of the gateway.
    open: HashMap<Option<&'a str>, bool>,
    names: String,
}

impl<'a> Gateways<'a> {
    fn of(mesh: &Mesh<'a>) -> Gateways<'a> {
        let names: Vec<&str> =
            (mesh.set.of(GATEWAY_API, "Gateway").iter()).map(|gateway| &*mesh.set.items[*gateway].id.name).collect();
        Gateways { known: names.iter().copied().collect(), names, listeners: HashMap::new() }
    }

    fn listeners(&mut self, mesh: &Mesh<'a>, gateway: usize) -> &Listeners<'a> {
        self.listeners.entry(gateway).or_insert_with(|| {
            let mut all = Listeners::default();
            let mut names = Vec::new();
            for listener in list(mesh.set.items[gateway].node.get("spec"), "listeners") {
                let from = listener.path(&["allowedRoutes", "namespaces", "from"]).and_then(Node::as_str);
                let open = from.unwrap_or("Same") != "Same";
                let name = listener.get("name").and_then(Node::as_str);
                names.extend(name);
                *all.open.entry(None).or_default() |= open;
                if name.is_some() {
                    *all.open.entry(name).or_default() |= open;
                }
            }
            all.names = suggest::some(names.iter().copied(), "");
            all
        })
    }
}

fn parents<'a>(mesh: &Mesh<'a>, gateways: &mut Gateways<'a>, index: usize, out: &mut Sink) {
    let route = &mesh.set.items[index];
    for (number, parent) in list(route.node.get("spec"), "parentRefs").iter().enumerate() {
        let text = |key: &str| parent.get(key).and_then(Node::as_str);
        let (Some(name), "Gateway") = (text("name"), text("kind").unwrap_or("Gateway")) else { continue };
        let namespace = text("namespace").unwrap_or(&route.id.namespace);
        let at = |key: &str| At::object(index, format!("/spec/parentRefs/{number}/{key}"));
        let Some(gateway) = mesh.set.find(GATEWAY_API, "Gateway", namespace, name) else {
            // A gateway that is not among the files may be in the cluster, unless one of them was plainly meant.
            let close = out.closest(name, gateways.names.iter().copied());
            if let Some(close) = close.or_else(|| gateways.known.get(name).copied()) {
                let help = match close == name {
                    true => "it is in another namespace: add `namespace` to the reference".to_string(),
                    false => format!("did you mean `{close}`?"),
                };
                out.hit(&PARENT, at("name"), format!("there is no Gateway `{name}` in {namespace}"), help);
            }
            continue;
        };
        let listeners = gateways.listeners(mesh, gateway);
        let gateway = &mesh.set.items[gateway];
        let section = text("sectionName");
        let Some(open) = listeners.open.get(&section).copied() else {
            let message = format!("gateway `{name}` has no listener `{}`", section.unwrap_or_default());
            out.hit(&PARENT, at("sectionName"), message, format!("it has: {}", listeners.names));
            continue;
        };
        if !open && gateway.id.namespace != route.id.namespace {
            let message = format!(
                "gateway `{name}` takes routes of its own namespace only, the route is in {}",
                route.id.namespace
            );
            let help =
                "let the listener allow it (`allowedRoutes.namespaces.from`), or move the route beside the gateway";
            out.hit(&PARENT, at("name"), message, help);
        }
    }
}

/// The ReferenceGrants of the set, for many routes.
struct Grants<'a> {
    /// Namespaces that something of the set is in.
    namespaces: HashSet<&'a str>,
    /// The grants by their namespace, and kind and namespace of the route.
    from: HashMap<(&'a str, &'a str, &'a str), HashSet<usize>>,
    /// The grants by their namespace and the Service; `None` for those that let in to all.
    to: HashMap<(&'a str, Option<&'a str>), HashSet<usize>>,
}

impl<'a> Grants<'a> {
    fn of(mesh: &Mesh<'a>) -> Grants<'a> {
        let namespaces = mesh.set.items.iter().map(|item| &*item.id.namespace).collect();
        let mut grants = Grants { namespaces, from: HashMap::new(), to: HashMap::new() };
        for index in mesh.set.of(GATEWAY_API, "ReferenceGrant") {
            let grant = &mesh.set.items[*index];
            let (spec, own) = (grant.node.get("spec"), &*grant.id.namespace);
            let text = |node: &'a Node, key: &str| node.get(key).and_then(Node::as_str);
            for entry in list(spec, "from") {
                if let (Some(kind), Some(namespace)) = (text(entry, "kind"), text(entry, "namespace")) {
                    grants.from.entry((own, kind, namespace)).or_default().insert(*index);
                }
            }
            for entry in list(spec, "to").iter().filter(|entry| text(entry, "kind") == Some("Service")) {
                let name = text(entry, "name");
                if name.is_some() || entry.get("name").is_none() {
                    grants.to.entry((own, name)).or_default().insert(*index);
                }
            }
        }
        grants
    }

    /// Whether one lets `kind` of namespace `from` reach a Service of `namespace`.
    fn lets(&self, kind: &str, from: &str, namespace: &str, service: &str) -> bool {
        let Some(from) = self.from.get(&(namespace, kind, from)) else { return false };
        [None, Some(service)].into_iter().filter_map(|name| self.to.get(&(namespace, name))).any(|to| {
            let (few, many) = if from.len() < to.len() { (from, to) } else { (to, from) };
            few.iter().any(|grant| many.contains(grant))
        })
    }
}

fn grants(mesh: &Mesh<'_>, known: &Grants<'_>, kind: &str, index: usize, out: &mut Sink) {
    let route = &mesh.set.items[index];
    for (rule, rules) in list(route.node.get("spec"), "rules").iter().enumerate() {
        for (number, backend) in list(Some(rules), "backendRefs").iter().enumerate() {
            let text = |key: &str| backend.get(key).and_then(Node::as_str);
            let (Some(name), Some(namespace)) = (text("name"), text("namespace")) else { continue };
            if *namespace == *route.id.namespace || known.lets(kind, &route.id.namespace, namespace, name) {
                continue;
            }
            // Where nothing of that namespace is among the files, the grant may live there too.
            if !known.namespaces.contains(namespace) {
                continue;
            }
            out.hit(
                &GRANT,
                At::object(index, format!("/spec/rules/{rule}/backendRefs/{number}/name")),
                format!(
                    "nothing in {namespace} lets {kind} `{}` of {} reach Service `{name}`",
                    route.id.name, route.id.namespace
                ),
                format!(
                    "add a ReferenceGrant to {namespace}: from {kind} in {}, to Service `{name}`",
                    route.id.namespace
                ),
            );
        }
    }
}

fn list<'a>(node: Option<&'a Node>, key: &str) -> &'a [Node] {
    node.and_then(|node| node.get(key)).and_then(Node::as_list).unwrap_or_default()
}
