//! The `envoy_*` keys of ProxyDefaults that Consul understands, as data.

/// Those that an Envoy reads once, as it starts (Consul `command/connect/envoy/bootstrap_config.go`; consul-dataplane
/// `internal/bootstrap`).
pub const BOOTSTRAP: &[&str] = &[
    "envoy_statsd_url",
    "envoy_dogstatsd_url",
    "envoy_stats_tags",
    "envoy_prometheus_bind_addr",
    "envoy_stats_bind_addr",
    "envoy_bootstrap_json_tpl",
    "envoy_extra_static_clusters_json",
    "envoy_extra_static_listeners_json",
    "envoy_extra_stats_sinks_json",
    "envoy_stats_config_json",
    "envoy_stats_flush_interval",
    "envoy_tracing_json",
    "envoy_telemetry_collector_bind_socket_dir",
];

/// Those that Consul's servers send while it runs (Consul `agent/xds/config/config.go`).
pub const XDS: &[&str] = &["envoy_public_listener_json", "envoy_listener_tracing_json", "envoy_local_cluster_json"];
