//! What Envoy refuses of a static cluster, whether a tracer uses it or not: one refusal keeps the proxy from starting.

use crate::check::cluster::tracer::Cluster;
use crate::check::embedded::camel;
use crate::check::embedded::field;
use crate::check::problem::Cause;
use crate::model::format::Format;
use crate::suggest::Asked;
use serde_json::Value;
use std::collections::HashSet;
use std::sync::LazyLock;

/// Fields of `envoy.config.cluster.v3.Cluster`.
const FIELDS: [&str; 58] = [
    "transport_socket_matches",
    "name",
    "alt_stat_name",
    "type",
    "cluster_type",
    "eds_cluster_config",
    "connect_timeout",
    "per_connection_buffer_limit_bytes",
    "lb_policy",
    "load_assignment",
    "health_checks",
    "max_requests_per_connection",
    "circuit_breakers",
    "upstream_http_protocol_options",
    "common_http_protocol_options",
    "http_protocol_options",
    "http2_protocol_options",
    "typed_extension_protocol_options",
    "dns_refresh_rate",
    "dns_failure_refresh_rate",
    "respect_dns_ttl",
    "dns_lookup_family",
    "dns_resolvers",
    "use_tcp_for_dns_lookups",
    "dns_resolution_config",
    "typed_dns_resolver_config",
    "wait_for_warm_on_init",
    "outlier_detection",
    "cleanup_interval",
    "upstream_bind_config",
    "lb_subset_config",
    "ring_hash_lb_config",
    "maglev_lb_config",
    "original_dst_lb_config",
    "least_request_lb_config",
    "round_robin_lb_config",
    "common_lb_config",
    "transport_socket",
    "metadata",
    "protocol_selection",
    "upstream_connection_options",
    "close_connections_on_host_health_failure",
    "ignore_health_on_host_removal",
    "filters",
    "load_balancing_policy",
    "lrs_server",
    "track_timeout_budgets",
    "upstream_config",
    "track_cluster_stats",
    "preconnect_policy",
    "connection_pool_per_downstream_connection",
    "dns_jitter",
    "lrs_report_endpoint_metrics",
    "extension_protocol_options",
    "use_http_header",
    "hidden_envoy_deprecated",
    "drain_connections_on_host_removal",
    "upstream_http_filters",
];
const POLICIES: [&str; 7] = [
    "ROUND_ROBIN",
    "LEAST_REQUEST",
    "RING_HASH",
    "RANDOM",
    "MAGLEV",
    "CLUSTER_PROVIDED",
    "LOAD_BALANCING_POLICY_CONFIG",
];
const FAMILIES: [&str; 5] = ["AUTO", "V4_ONLY", "V6_ONLY", "V4_PREFERRED", "ALL"];

/// The fields of a cluster that Envoy does not know, each with what to do.
fn unknown_fields(cluster: &Cluster, asked: &mut Asked) -> Vec<(String, String)> {
    static KNOWN: LazyLock<HashSet<String>> =
        LazyLock::new(|| FIELDS.iter().flat_map(|field| [(*field).to_string(), camel(field)]).collect());
    let keys = cluster.json.as_object().into_iter().flatten().map(|(key, _)| key);
    keys.filter(|key| !KNOWN.contains(*key) && !matches!(&***key, "hosts" | "tls_context" | "tlsContext"))
        .map(|key| {
            let help = asked
                .closest(key, FIELDS.into_iter())
                .map_or("remove it".to_string(), |close| format!("did you mean `{close}`?"));
            (key.clone(), help)
        })
        .collect()
}

/// What Envoy refuses of a cluster, used or not: one refusal keeps the proxy from starting.
pub(super) fn judge(cluster: &Cluster, asked: &mut Asked, refuse: &mut dyn FnMut(Cause, String, String, String)) {
    let unknown = unknown_fields(cluster, asked);
    let pointer = &cluster.pointer;
    let Some(object) = cluster.json.as_object() else {
        return refuse(
            Cause::ClustersJson,
            pointer.clone(),
            "a cluster must be a JSON object".to_string(),
            "write objects joined by commas".to_string(),
        );
    };
    if cluster.name.is_empty() {
        refuse(Cause::EnvoyValue, pointer.clone(), "a cluster has no `name`".to_string(), "name it".to_string());
    }
    for key in object.keys() {
        if matches!(&**key, "hosts" | "tls_context" | "tlsContext") {
            let message = format!("`{key}` is of Envoy's v2 API, Envoy refuses it");
            refuse(
                Cause::LegacyHosts,
                format!("{pointer}/{key}"),
                message,
                "use `load_assignment`, and `transport_socket` for TLS".to_string(),
            );
        }
    }
    for (key, help) in unknown {
        let message = format!("Envoy's clusters have no field `{key}`");
        refuse(Cause::UnknownField, format!("{pointer}/{key}"), message, help);
    }
    let named = cluster
        .endpoints
        .iter()
        .find(|endpoint| !endpoint.host.is_empty() && endpoint.host.parse::<std::net::IpAddr>().is_err());
    match cluster.discovery() {
        None => refuse(
            Cause::EnvoyValue,
            format!("{pointer}/type"),
            "Envoy knows no such `type` of cluster".to_string(),
            "use STRICT_DNS".to_string(),
        ),
        Some("STATIC") if named.is_some() => refuse(
            Cause::ClusterType,
            format!("{pointer}/type"),
            format!(
                "a cluster without a `type` of STRICT_DNS takes IP addresses, not `{}`",
                named.map_or("", |endpoint| &endpoint.host)
            ),
            "set `\"type\": \"STRICT_DNS\"`".to_string(),
        ),
        Some("EDS" | "ORIGINAL_DST") => {
            refuse(
                Cause::ClusterType,
                format!("{pointer}/type"),
                "this `type` finds no collector in Consul's bootstrap".to_string(),
                "set `\"type\": \"STRICT_DNS\"`".to_string(),
            );
        }
        _ => {}
    }
    let mut word = |name: &str, known: &[&str]| {
        let Some((key, value)) = field(&cluster.json, name) else { return };
        let fine = match value {
            Value::String(text) => known.iter().any(|one| one.eq_ignore_ascii_case(text)),
            value => value.is_u64(),
        };
        if !fine {
            refuse(
                Cause::EnvoyValue,
                format!("{pointer}/{key}"),
                format!("Envoy takes no such `{name}`"),
                format!("one of {}", known.join(", ")),
            );
        }
    };
    word("lb_policy", &POLICIES);
    word("dns_lookup_family", &FAMILIES);
    if let Some((key, value)) = field(&cluster.json, "connect_timeout")
        && value.as_str().is_none_or(|text| {
            Format::Duration.check(text).is_err() || !text.contains(|c: char| matches!(c, '1'..='9'))
        })
    {
        refuse(
            Cause::EnvoyValue,
            format!("{pointer}/{key}"),
            "`connect_timeout` is no duration above zero".to_string(),
            "write seconds, such as `\"3s\"`".to_string(),
        );
    }
    for endpoint in &cluster.endpoints {
        if endpoint.port.is_none() {
            let (start, _) = endpoint.port_at.rsplit_once('/').unwrap_or_default();
            let socket = cluster_value(&cluster.json, start.strip_prefix(pointer.as_str()).unwrap_or(start));
            if socket.is_some_and(|socket| field(socket, "port_value").is_some()) {
                refuse(
                    Cause::EnvoyValue,
                    endpoint.port_at.clone(),
                    "`port_value` is no port".to_string(),
                    "write a number up to 65535".to_string(),
                );
            }
        }
    }
    if let Some((key, assignment)) = field(&cluster.json, "load_assignment") {
        let mut unknown = Vec::new();
        unknown_below(assignment, 0, &format!("{pointer}/{key}"), &mut unknown);
        for (at, name) in unknown {
            let message = format!("Envoy's endpoints have no field `{name}` here");
            refuse(Cause::UnknownField, at, message, "remove it, or correct its name".to_string());
        }
        let name = field(assignment, "cluster_name");
        let given = name.and_then(|(_, name)| name.as_str()).unwrap_or_default();
        if given.is_empty() {
            refuse(
                Cause::EnvoyValue,
                format!("{pointer}/{key}"),
                "`load_assignment` has no `cluster_name`, Envoy requires it".to_string(),
                "repeat the cluster's name".to_string(),
            );
        }
    }
}

/// What each level of a `load_assignment` may hold, and the member that leads on.
const LEVELS: [(&str, &[&str]); 6] = [
    ("endpoints", &["cluster_name", "endpoints", "named_endpoints", "policy"]),
    (
        "lb_endpoints",
        &[
            "locality",
            "metadata",
            "lb_endpoints",
            "load_balancer_endpoints",
            "leds_cluster_locality_config",
            "load_balancing_weight",
            "priority",
            "proximity",
        ],
    ),
    ("endpoint", &["endpoint", "endpoint_name", "health_status", "metadata", "load_balancing_weight"]),
    ("address", &["address", "health_check_config", "hostname", "additional_addresses"]),
    ("socket_address", &["socket_address", "pipe", "envoy_internal_address"]),
    (
        "",
        &[
            "protocol",
            "address",
            "port_value",
            "named_port",
            "resolver_name",
            "ipv4_compat",
            "network_namespace_filepath",
        ],
    ),
];

/// Pointers to the fields of a `load_assignment` that Envoy does not know.
fn unknown_below(value: &Value, level: usize, pointer: &str, found: &mut Vec<(String, String)>) {
    let Some((next, known)) = LEVELS.get(level) else { return };
    for key in value.as_object().into_iter().flatten().map(|(key, _)| key) {
        if !known.iter().any(|field| field == key || camel(field) == **key) {
            found.push((format!("{pointer}/{}", crate::check::input::set::step(key)), key.clone()));
        }
    }
    let Some((key, inner)) = field(value, next) else { return };
    let pointer = format!("{pointer}/{key}");
    match inner.as_array() {
        Some(items) => items
            .iter()
            .enumerate()
            .for_each(|(at, item)| unknown_below(item, level + 1, &format!("{pointer}/{at}"), found)),
        None => unknown_below(inner, level + 1, &pointer, found),
    }
}

fn cluster_value<'a>(json: &'a Value, pointer: &str) -> Option<&'a Value> {
    json.pointer(pointer)
}
