//! The fields of ProxyDefaults and the keys of its `config` that Consul understands, as data.

/// The key that holds Envoy's tracer, JSON in a string (Consul `command/connect/envoy/bootstrap_config.go`).
pub(crate) const TRACING: &str = "envoy_tracing_json";
/// The key that holds static clusters: JSON objects joined by commas, without brackets (likewise, `StaticClustersJSON`).
pub(crate) const CLUSTERS: &str = "envoy_extra_static_clusters_json";
/// The key that replaces the tracing of sidecars' listeners (Consul `agent/xds/config/config.go`).
pub(crate) const LISTENER_TRACING: &str = "envoy_listener_tracing_json";

/// Those that an Envoy reads once, as it starts (Consul `command/connect/envoy/bootstrap_config.go`; consul-dataplane
/// `internal/bootstrap`).
pub(crate) const BOOTSTRAP: &[&str] = &[
    "envoy_statsd_url",
    "envoy_dogstatsd_url",
    "envoy_stats_tags",
    "envoy_prometheus_bind_addr",
    "envoy_stats_bind_addr",
    "envoy_bootstrap_json_tpl",
    CLUSTERS,
    "envoy_extra_static_listeners_json",
    "envoy_extra_stats_sinks_json",
    "envoy_stats_config_json",
    "envoy_stats_flush_interval",
    TRACING,
    "envoy_telemetry_collector_bind_socket_dir",
];

/// Those that Consul's servers send while it runs (Consul `agent/xds/config/config.go`).
pub(crate) const XDS: &[&str] = &["envoy_public_listener_json", LISTENER_TRACING, "envoy_local_cluster_json"];

/// Other keys of `config` that Consul's servers read (Consul `agent/xds/config/config.go`).
const SERVER: &[&str] =
    &["protocol", "bind_address", "bind_port", "balance_inbound_connections", "max_inbound_connections"];

/// Whether a word is a key of `config` rather than a field of `spec`, by its look where it is none that we know.
pub(crate) fn is_config(key: &str) -> bool {
    key.starts_with("envoy_") || key.ends_with("_ms") || SERVER.contains(&key)
}

/// The fields of `spec`, up to consul-k8s 2.0.3 (`proxydefaults_types.go`). Anything else belongs into `config`.
pub(crate) const SPEC: &[&str] = &[
    "accessLogs",
    "config",
    "envoyExtensions",
    "expose",
    "failoverPolicy",
    "meshGateway",
    "mode",
    "mutualTLSMode",
    "prioritizeByLocality",
    "transparentProxy",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_config_are_no_fields_of_spec() {
        assert!(SPEC.iter().all(|field| !is_config(field)));
        assert!(BOOTSTRAP.iter().chain(XDS).chain(SERVER).all(|key| is_config(key)));
        assert!(is_config("local_connect_timeout_ms"));
    }
}
