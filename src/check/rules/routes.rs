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
    for kind in ["HTTPRoute", "TCPRoute", "GRPCRoute"] {
        for index in mesh.set.of(GATEWAY_API, kind) {
            let before = out.found.len();
            parents(mesh, *index, out);
            if out.found.len() == before {
                grants(mesh, kind, *index, out);
            }
        }
    }
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
        let proxy = mesh.proxies.iter().position(|proxy| proxy.item == Some(*index));
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

fn parents(mesh: &Mesh<'_>, index: usize, out: &mut Sink) {
    let route = &mesh.set.items[index];
    let gateways = mesh.set.of(GATEWAY_API, "Gateway");
    for (number, parent) in list(route.node.get("spec"), "parentRefs").iter().enumerate() {
        let text = |key: &str| parent.get(key).and_then(Node::as_str);
        let (Some(name), "Gateway") = (text("name"), text("kind").unwrap_or("Gateway")) else { continue };
        let namespace = text("namespace").unwrap_or(&route.id.namespace);
        let at = |key: &str| At::object(index, format!("/spec/parentRefs/{number}/{key}"));
        let Some(gateway) = mesh.set.find(GATEWAY_API, "Gateway", namespace, name) else {
            // A gateway that is not among the files may be in the cluster, unless one of them was plainly meant.
            let names = gateways.iter().map(|gateway| &*mesh.set.items[*gateway].id.name);
            let close = out.closest(name, names.clone()).or_else(|| names.clone().find(|known| *known == name));
            if let Some(close) = close {
                let help = match close == name {
                    true => "it is in another namespace: add `namespace` to the reference".to_string(),
                    false => format!("did you mean `{close}`?"),
                };
                out.hit(&PARENT, at("name"), format!("there is no Gateway `{name}` in {namespace}"), help);
            }
            continue;
        };
        let gateway = &mesh.set.items[gateway];
        let listeners = list(gateway.node.get("spec"), "listeners");
        let section = text("sectionName");
        let named = |listener: &&Node| {
            section.is_none_or(|section| listener.get("name").and_then(Node::as_str) == Some(section))
        };
        let chosen: Vec<&Node> = listeners.iter().filter(named).collect();
        if chosen.is_empty() {
            let known: Vec<&str> = listeners.iter().filter_map(|listener| listener.get("name")?.as_str()).collect();
            let message = format!("gateway `{name}` has no listener `{}`", section.unwrap_or_default());
            out.hit(&PARENT, at("sectionName"), message, format!("it has: {}", known.join(", ")));
            continue;
        }
        let allows = |listener: &&Node| {
            let from = listener.path(&["allowedRoutes", "namespaces", "from"]).and_then(Node::as_str).unwrap_or("Same");
            from != "Same" || gateway.id.namespace == route.id.namespace
        };
        if !chosen.iter().any(allows) {
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

fn grants(mesh: &Mesh<'_>, kind: &str, index: usize, out: &mut Sink) {
    let route = &mesh.set.items[index];
    for (rule, rules) in list(route.node.get("spec"), "rules").iter().enumerate() {
        for (number, backend) in list(Some(rules), "backendRefs").iter().enumerate() {
            let text = |key: &str| backend.get(key).and_then(Node::as_str);
            let (Some(name), Some(namespace)) = (text("name"), text("namespace")) else { continue };
            if *namespace == *route.id.namespace || granted(mesh, kind, &route.id.namespace, namespace, name) {
                continue;
            }
            // Where nothing of that namespace is among the files, the grant may live there too.
            if !mesh.set.items.iter().any(|item| *item.id.namespace == *namespace) {
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

fn granted(mesh: &Mesh<'_>, kind: &str, from: &str, namespace: &str, service: &str) -> bool {
    mesh.set.of(GATEWAY_API, "ReferenceGrant").iter().map(|index| &mesh.set.items[*index]).any(|grant| {
        let spec = grant.node.get("spec");
        let is = |node: &Node, key: &str, wanted: &str| node.get(key).and_then(Node::as_str) == Some(wanted);
        *grant.id.namespace == *namespace
            && list(spec, "from").iter().any(|entry| is(entry, "kind", kind) && is(entry, "namespace", from))
            && list(spec, "to").iter().any(|entry| {
                is(entry, "kind", "Service") && (entry.get("name").is_none() || is(entry, "name", service))
            })
    })
}

fn list<'a>(node: Option<&'a Node>, key: &str) -> &'a [Node] {
    node.and_then(|node| node.get(key)).and_then(Node::as_list).unwrap_or_default()
}
