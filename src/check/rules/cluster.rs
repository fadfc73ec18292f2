//! The static clusters that the tracer sends to.

mod shape;

use crate::check::hop::HopKind;
use crate::check::mesh::Mesh;
use crate::check::rule::At;
use crate::check::rule::Sink;
use crate::check::rule::Whose;
use crate::check::rule::rules;
use crate::check::tracer;
use crate::check::tracer::Cluster;
use crate::check::tracer::Speaks;
use crate::suggest;
use shape::shape;
use std::collections::HashMap;

rules! {
    FRAGMENT: "clusters-json-fragment", Error, "`envoy_extra_static_clusters_json` is objects joined by commas",
        "Consul puts the text between brackets as it is (`StaticClustersJSON`: \"suitable for direct injection into a JSON \
         array\"), so a final comma or half an object keeps the proxy from starting. With brackets of its own it is a \
         warning: Envoy 1.36 to 1.40 take it, though Consul's comment asks for none.";
    LEGACY: "cluster-legacy-hosts", Error, "`hosts` and `tls_context` are of Envoy's v2 API",
        "Envoy v3 refuses them; addresses stand in `load_assignment` (consul-helm#825).";
    ENDPOINTS: "cluster-endpoints", Error, "the collector's cluster has no address and port",
        "Without `load_assignment`, with empty endpoints or a `named_port`, Envoy starts and every span is lost; nothing \
         says so (measured).";
    TYPE: "cluster-type", Error, "the cluster's `type` does not resolve names",
        "The default is STATIC, which takes IP addresses only: Envoy refuses its bootstrap when a name stands there \
         (`malformed IP address`). EDS has no source in Consul's bootstrap.";
    DEFINED: "collector-cluster-defined", Error, "the tracer names a cluster that is not defined",
        "Measured: with zipkin Envoy refuses its listeners (`unknown cluster`), so traffic breaks and not just tracing; with \
         OTLP it starts and every span is lost.";
    RESERVED: "static-cluster-name-reserved", Error, "a static cluster's name is taken",
        "Consul's bootstrap has clusters of its own (local_agent, consul-dataplane, self_admin, prometheus_backend, \
         local_app); Envoy refuses two of one name.";
    ASSIGNMENT: "cluster-assignment-name", Warning, "`load_assignment.cluster_name` is not the cluster's name",
        "Only `name` is looked up, so it works; the two mostly part by a slip (consul-helm#825).";
    VALUE: "envoy-value", Error, "Envoy refuses this value",
        "Enums, durations and ports are read strictly, and one refusal keeps the proxy from starting. Enums may be written \
         in any case or as numbers, ports and booleans in quotes (measured).";
    OTLP_HTTP2: "otlp-needs-http2", Error, "OTLP over gRPC needs HTTP/2 in its cluster",
        "gRPC is HTTP/2; without `typed_extension_protocol_options` with `explicit_http_config.http2_protocol_options` Envoy \
         speaks HTTP/1 and no span arrives.";
    ZIPKIN_HTTP2: "zipkin-no-http2", Error, "the zipkin receiver speaks HTTP/1",
        "Measured: with HTTP/2 options Envoy sends an HTTP/2 preface to an HTTP/1 port, and no span arrives \
         (consul-helm#825).";
}

const RESERVED_NAMES: [&str; 6] = [
    "local_agent",
    "consul-dataplane",
    "self_admin",
    "prometheus_backend",
    "local_app",
    "consul_telemetry_collector_loopback",
];
const KEY: &str = "envoy_extra_static_clusters_json";

pub(super) fn at(index: usize) -> At {
    At::object(index, format!("/spec/config/{KEY}"))
}

/// Reads the clusters into the mesh.
pub(crate) fn read(mesh: &mut Mesh<'_>, out: &mut Sink) {
    let (Some(index), Some(text)) = (mesh.defaults, mesh.config_text(KEY)) else { return };
    match tracer::clusters(text) {
        Ok((clusters, nested)) => {
            if nested {
                out.hit(
                    &FRAGMENT,
                    at(index),
                    "the clusters stand in brackets of their own, Consul's comment asks for none",
                    "remove the outer `[` and `]`",
                )
                .severity(crate::finding::Severity::Warning);
            }
            mesh.set_clusters(clusters);
        }
        Err(why) => {
            let help = "write objects joined by commas, without brackets around them or a comma at the end";
            out.hit(&FRAGMENT, at(index), format!("`{KEY}` is no JSON between brackets: {why}"), help)
                .breaks(HopKind::Cluster, Whose::All);
        }
    }
}

pub(crate) fn check(mesh: &Mesh<'_>, out: &mut Sink) {
    let Some(index) = mesh.defaults else { return };
    let mut seen: HashMap<&str, &Cluster> = HashMap::new();
    for cluster in &mesh.clusters {
        let name_at = at(index).inner(format!("{}/name", cluster.pointer));
        if RESERVED_NAMES.contains(&&*cluster.name) || seen.insert(&cluster.name, cluster).is_some() {
            let message = format!("there is another cluster `{}` in Envoy's bootstrap", cluster.name);
            out.hit(&RESERVED, name_at, message, "give it a name of its own").breaks(HopKind::Cluster, Whose::All);
        }
        shape(index, cluster, out);
    }
    let both = [("envoy_tracing_json", &mesh.tracer), ("envoy_listener_tracing_json", &mesh.listener_tracer)];
    for (key, tracer) in both {
        let Some(tracer) = tracer else { continue };
        let whose = match key {
            "envoy_tracing_json" if mesh.listener_tracer.is_some() => Whose::Gateways,
            "envoy_tracing_json" => Whose::All,
            _ => Whose::Sidecars,
        };
        let place = At::object(index, format!("/spec/config/{key}"));
        let clusters_read = mesh.config_text(KEY).is_none_or(|text| tracer::clusters(text).is_ok());
        let Some((name, pointer)) = &tracer.cluster else {
            if tracer.speaks != Speaks::Other {
                out.hit(
                    &DEFINED,
                    place.inner(tracer.pointer.clone()),
                    "the tracer names no cluster to send to",
                    "name one of the static clusters",
                )
                .breaks(HopKind::Cluster, whose);
            }
            continue;
        };
        let Some(cluster) = mesh.cluster(name) else {
            // What could not be read was reported there.
            if clusters_read {
                let known: Vec<&str> = mesh.clusters.iter().map(|cluster| &*cluster.name).collect();
                let help = match (suggest::closest(name, known.iter().copied()), known.as_slice()) {
                    (Some(close), _) => format!("did you mean `{close}`?"),
                    (None, []) => format!("define it in `{KEY}`"),
                    (None, known) => format!("defined: {}", suggest::some(known.iter().copied(), "")),
                };
                out.hit(
                    &DEFINED,
                    place.inner(pointer.clone()),
                    format!("the tracer sends to cluster `{name}`, which is not defined"),
                    help,
                )
                .breaks(HopKind::Cluster, whose);
            }
            continue;
        };
        let inside = at(index).inner(cluster.pointer.clone());
        if cluster.endpoints.is_empty()
            || cluster.endpoints.iter().all(|endpoint| endpoint.host.is_empty() || endpoint.port.is_none())
        {
            out.hit(
                &ENDPOINTS,
                inside.clone(),
                format!("cluster `{name}` has no address with a port"),
                "give `load_assignment` an endpoint with `socket_address`: `address` and `port_value`",
            )
            .breaks(HopKind::Cluster, whose.clone());
        }
        match tracer.speaks {
            Speaks::OtlpGrpc if !cluster.http2() => {
                out.hit(
                    &OTLP_HTTP2,
                    inside,
                    format!("cluster `{name}` speaks HTTP/1, OTLP over gRPC needs HTTP/2"),
                    "add `typed_extension_protocol_options` with `explicit_http_config: {http2_protocol_options: {}}`",
                )
                .breaks(HopKind::Cluster, whose);
            }
            Speaks::Zipkin if cluster.http2() => {
                out.hit(
                    &ZIPKIN_HTTP2,
                    inside,
                    format!("cluster `{name}` speaks HTTP/2, a zipkin receiver HTTP/1"),
                    "remove the HTTP/2 options",
                )
                .breaks(HopKind::Cluster, whose);
            }
            _ => {}
        }
    }
}
