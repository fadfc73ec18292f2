//! Where spans are sent: names as each pod sees them, ports that the backend really has, paths that it takes.

use crate::check::backend::Backends;
use crate::check::mesh::Mesh;
use crate::check::rule::At;
use crate::check::rule::Sink;
use crate::check::rule::Whose;
use crate::check::rule::rules;
use crate::check::way;
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

rules! {
    QUALIFIED: "collector-address-qualified", Error, "a bare host name is found in its own namespace only",
        "A pod's search list begins with its own namespace, so `simplest-collector` resolves in the collector's namespace \
         and nowhere else. Gateways run in Consul's namespace. Envoy says so in debug logs alone (consul-helm#825, \
         consul-k8s#967; measured with the kubelet's search list).";
    EXISTS: "collector-service-exists", Error, "no backend makes the Service that spans are sent to",
        "The operator makes `<name>-collector` and `<name>-collector-headless` in the namespace of the Jaeger resource, cut \
         at 63 characters (pkg/util/truncate.go); the OpenTelemetry operator likewise; the Jaeger chart from 4.2 on has one \
         Service without `-collector`. A wrong name resolves nowhere and nothing says so (measured).";
    ADDRESS: "collector-address-resolves", Error, "the collector's address resolves in no pod",
        "`x.ns.` and `x.ns.svc.` fail because of their final dot, `x.ns.svc.cluster` because the domain is incomplete \
         (measured). localhost is the proxy's own pod.";
    PORT: "collector-port", Error, "the collector's Service has no such port, or it takes something else",
        "Zipkin is 9411, OTLP 4317 (gRPC) and 4318 (HTTP), of operator and chart alike; 14250 and 14268 take Jaeger's own \
         protocol. A wrong port loses every span silently (measured).";
    PATH: "collector-endpoint-path", Warning, "the collector does not take this path, or not with this body",
        "Measured: Jaeger up to 1.52 answers 404 to anything but `/api/v2/spans` and `/api/v1/spans`, and keeps what comes to \
         the latter without service name and tags; from 1.53 and in v2 the receiver takes any path that begins with `/`. OTLP over HTTP is \
         `/v1/traces` unless a collector's receiver names another.";
}

pub(crate) fn check(mesh: &Mesh<'_>, backends: &Backends, out: &mut Sink) {
    // Proxies of one namespace share their way; a mesh has many proxies and few namespaces.
    let mut groups: BTreeMap<(bool, Option<&str>), Vec<usize>> = BTreeMap::new();
    for (index, proxy) in mesh.proxies.iter().enumerate() {
        groups.entry((proxy.is_gateway(), proxy.namespace.as_deref())).or_default().push(index);
    }
    // Without any proxy among the files the collector is still to be judged.
    if groups.is_empty() {
        groups.insert((true, None), Vec::new());
    }
    let mut found: Vec<(way::Flaw, Vec<usize>)> = Vec::new();
    let mut known: HashMap<(At, String), usize> = HashMap::new();
    for ((gateway, namespace), proxies) in groups {
        let Some(tracer) = mesh.tracer_of(gateway) else { continue };
        for flaw in way::way(mesh, backends, tracer, namespace).flaws {
            match known.entry((flaw.at.clone(), flaw.message.clone())) {
                Entry::Occupied(at) => found[*at.get()].1.extend(&proxies),
                Entry::Vacant(new) => {
                    new.insert(found.len());
                    found.push((flaw, proxies.clone()));
                }
            }
        }
    }
    for (flaw, proxies) in found {
        let names: Vec<&str> = proxies.iter().take(3).map(|index| &*mesh.proxies[*index].name).collect();
        let more = proxies.len().saturating_sub(3);
        let message = match (names.as_slice(), more) {
            ([], _) => flaw.message,
            (names, 0) if flaw.stops => format!("{}; no span of {} arrives", flaw.message, names.join(", ")),
            (names, more) if flaw.stops => {
                format!("{}; no span of {} and {more} more arrives", flaw.message, names.join(", "))
            }
            _ => flaw.message,
        };
        let hit = out.hit(flaw.rule, flaw.at, message, flaw.help);
        hit.severity(flaw.severity);
        if let Some((message, at)) = flaw.note {
            hit.note(message, at);
        }
        if flaw.stops {
            hit.breaks(flaw.hop, Whose::Proxies(proxies));
        }
    }
}
