//! The fields of ProxyDefaults and the keys of its `config` that Consul understands, as data.

use crate::stack::Version;
use crate::stack::consul::weak::FieldType;

/// The key with Envoy's tracer, as JSON in a string (Consul `command/connect/envoy/bootstrap_config.go`).
pub(crate) const TRACING: &str = "envoy_tracing_json";
/// The key with static clusters: comma-separated JSON objects without brackets (likewise, `StaticClustersJSON`).
pub(crate) const CLUSTERS: &str = "envoy_extra_static_clusters_json";
/// The key that replaces the tracing settings of sidecar listeners (Consul `agent/xds/config/config.go`).
pub(crate) const LISTENER_TRACING: &str = "envoy_listener_tracing_json";

/// The key that replaces the sidecars' public listener (likewise).
pub(crate) const PUBLIC_LISTENER: &str = "envoy_public_listener_json";
/// The key that replaces the cluster of a sidecar's own program (likewise).
pub(crate) const LOCAL_CLUSTER: &str = "envoy_local_cluster_json";
/// The key that replaces the bootstrap template (Consul `command/connect/envoy/bootstrap_config.go`).
pub(crate) const TEMPLATE: &str = "envoy_bootstrap_json_tpl";
/// The connect timeout from a sidecar to its own program.
pub(crate) const CONNECT_TIMEOUT: &str = "local_connect_timeout_ms";

/// The keys whose text Consul puts between brackets (Consul `command/connect/envoy/bootstrap_config.go`).
pub(crate) const LISTED: [&str; 3] = [CLUSTERS, "envoy_extra_static_listeners_json", "envoy_extra_stats_sinks_json"];
/// The part of Consul that reads a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    /// The code that writes an Envoy's bootstrap, once, before Envoy starts (Consul
    /// `command/connect/envoy/bootstrap_config.go`; consul-dataplane `internal/bootstrap`). If it cannot read a value,
    /// there is no bootstrap.
    Bootstrap,
    /// The servers, for sidecars (Consul `agent/xds/config/config.go`, before 1.16 `agent/xds/config.go`,
    /// `ProxyConfig`).
    Sidecars,
    /// The servers, for ingress gateways (likewise, `GatewayConfig`).
    Gateways,
    /// The upstream settings, read before a proxy is registered (Consul `agent/structs/config_entry.go`,
    /// `UpstreamConfig`).
    Upstreams,
}

/// Major, minor and patch.
type Patch = (u64, u64, u64);

/// A key of `config` and how Consul reads it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) takes: FieldType,
    pub(crate) readers: &'static [Reader],
    /// The last version read without it and the first one with it; `None`: all versions since 1.12 have it.
    since: Option<(Patch, Patch)>,
}

impl Key {
    const fn new(name: &'static str, takes: FieldType, readers: &'static [Reader]) -> Key {
        Key { name, takes, readers, since: None }
    }

    const fn since(self, without: Patch, with: Patch) -> Key {
        Key { since: Some((without, with)), ..self }
    }

    /// Whether this Consul reads it; `None` if unknown.
    pub(crate) fn is_read(&self, consul: Option<&Version>) -> Option<bool> {
        let Some((without, with)) = self.since else { return Some(true) };
        let consul = consul?;
        let patch = (consul.major(), consul.minor(), consul.patch());
        if patch >= with {
            return Some(true);
        }
        (patch <= without).then_some(false)
    }

    /// Whether a proxy must be restarted for a change to take effect.
    fn is_of_bootstrap(&self) -> bool {
        self.readers.contains(&Reader::Bootstrap)
    }
}

const BOOTSTRAP: &[Reader] = &[Reader::Bootstrap];
const SIDECARS: &[Reader] = &[Reader::Sidecars];
const GATEWAYS: &[Reader] = &[Reader::Gateways];
const UPSTREAMS: &[Reader] = &[Reader::Upstreams];

const LIMITS: FieldType = FieldType::Struct(&[
    (&["max_connections", "maxconnections"], FieldType::Int),
    (&["max_pending_requests", "maxpendingrequests"], FieldType::Int),
    (&["max_concurrent_requests", "maxconcurrentrequests"], FieldType::Int),
]);
const HEALTH: FieldType =
    FieldType::Struct(&[(&["interval"], FieldType::Duration), (&["max_failures", "maxfailures"], FieldType::Int)]);
const MESH_GATEWAY: FieldType = FieldType::Struct(&[(&["mode"], FieldType::Text)]);

/// The keys that Consul reads, up to 1.22.7, except those that every gateway's registration overrides
/// (`envoy_gateway_no_default_bind` etc.; consul-k8s `endpoints_controller.go`, and the chart in earlier versions).
pub(crate) const KEYS: &[Key] = &[
    Key::new("envoy_statsd_url", FieldType::Text, BOOTSTRAP),
    Key::new("envoy_dogstatsd_url", FieldType::Text, BOOTSTRAP),
    Key::new("envoy_stats_tags", FieldType::Texts, BOOTSTRAP),
    Key::new("envoy_prometheus_bind_addr", FieldType::Text, BOOTSTRAP),
    Key::new("envoy_stats_bind_addr", FieldType::Text, BOOTSTRAP),
    Key::new(TEMPLATE, FieldType::Text, BOOTSTRAP),
    Key::new(CLUSTERS, FieldType::Text, BOOTSTRAP),
    Key::new("envoy_extra_static_listeners_json", FieldType::Text, BOOTSTRAP),
    Key::new("envoy_extra_stats_sinks_json", FieldType::Text, BOOTSTRAP),
    Key::new("envoy_stats_config_json", FieldType::Text, BOOTSTRAP),
    Key::new("envoy_stats_flush_interval", FieldType::Text, BOOTSTRAP),
    Key::new(TRACING, FieldType::Text, BOOTSTRAP),
    Key::new("envoy_telemetry_collector_bind_socket_dir", FieldType::Text, BOOTSTRAP).since((1, 15, 2), (1, 15, 3)),
    Key::new(PUBLIC_LISTENER, FieldType::Text, SIDECARS),
    Key::new(LISTENER_TRACING, FieldType::Text, SIDECARS).since((1, 13, 1), (1, 13, 2)),
    Key::new(LOCAL_CLUSTER, FieldType::Text, SIDECARS),
    Key::new(CONNECT_TIMEOUT, FieldType::Int, SIDECARS),
    Key::new("local_request_timeout_ms", FieldType::Int, SIDECARS),
    Key::new("local_idle_timeout_ms", FieldType::Int, SIDECARS).since((1, 14, 0), (1, 14, 4)),
    Key::new("protocol", FieldType::Text, &[Reader::Sidecars, Reader::Upstreams]),
    Key::new("bind_address", FieldType::Text, SIDECARS),
    Key::new("bind_port", FieldType::Int, SIDECARS),
    Key::new("max_inbound_connections", FieldType::Int, SIDECARS).since((1, 12, 9), (1, 13, 2)),
    Key::new("balance_inbound_connections", FieldType::Text, SIDECARS).since((1, 13, 9), (1, 14, 0)),
    Key::new("max_request_headers_kb", FieldType::Int, SIDECARS).since((1, 21, 0), (1, 21, 5)),
    Key::new("envoy_dns_discovery_type", FieldType::Text, GATEWAYS),
    Key::new("connect_timeout_ms", FieldType::Int, &[Reader::Gateways, Reader::Upstreams]),
    Key::new("envoy_gateway_remote_tcp_enable_keepalive", FieldType::Bool, GATEWAYS).since((1, 13, 9), (1, 14, 0)),
    Key::new("envoy_gateway_remote_tcp_keepalive_time", FieldType::Int, GATEWAYS).since((1, 13, 9), (1, 14, 0)),
    Key::new("envoy_gateway_remote_tcp_keepalive_interval", FieldType::Int, GATEWAYS).since((1, 13, 9), (1, 14, 0)),
    Key::new("envoy_gateway_remote_tcp_keepalive_probes", FieldType::Int, GATEWAYS).since((1, 13, 9), (1, 14, 0)),
    Key::new("envoy_listener_json", FieldType::Text, UPSTREAMS),
    Key::new("envoy_cluster_json", FieldType::Text, UPSTREAMS),
    Key::new("limits", LIMITS, UPSTREAMS),
    Key::new("passive_health_check", HEALTH, UPSTREAMS),
    Key::new("mesh_gateway", MESH_GATEWAY, UPSTREAMS),
];

/// Keys that only gateways read and that are not checked, because the gateways' registrations override them.
const OVERRIDDEN: &[&str] = &[
    "envoy_gateway_bind_tagged_addresses",
    "envoy_mesh_gateway_bind_tagged_addresses",
    "envoy_gateway_bind_addresses",
    "envoy_mesh_gateway_bind_addresses",
    "envoy_gateway_no_default_bind",
    "envoy_mesh_gateway_no_default_bind",
];

/// Looks up a key by its lower-case name: Consul ignores letter case in keys.
pub(crate) fn key(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// The keys that start with `envoy_`.
pub(crate) fn envoy() -> impl Iterator<Item = &'static str> + Clone {
    let names = KEYS.iter().map(|key| key.name).chain(OVERRIDDEN.iter().copied());
    names.filter(|name| name.starts_with("envoy_"))
}

/// Whether Envoy reads the key only at startup.
pub(crate) fn is_of_bootstrap(name: &str) -> bool {
    key(name).is_some_and(Key::is_of_bootstrap)
}

/// Whether a word looks like a key of `config` rather than a field of `spec`; unknown words are judged by their form.
pub(crate) fn is_config(word: &str) -> bool {
    word.starts_with("envoy_")
        || word.ends_with("_ms")
        || key(word).is_some_and(|key| !key.readers.contains(&Reader::Upstreams))
        || word == "protocol"
}

/// The fields of `spec`, up to consul-k8s 2.0.3 (`proxydefaults_types.go`). Anything else belongs in `config`.
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
        for word in ["envoy_tracing_json", "protocol", "bind_port", "local_connect_timeout_ms", "envoy_new"] {
            assert!(is_config(word), "{word}");
        }
    }

    #[test]
    fn every_key_is_there_once_and_in_lower_case() {
        let mut names: Vec<&str> = KEYS.iter().map(|key| key.name).collect();
        assert!(names.iter().all(|name| *name == name.to_ascii_lowercase()));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), KEYS.len());
    }

    #[test]
    fn a_key_is_read_from_a_version_on() {
        let read = |name, version: &str| key(name).unwrap().is_read(Version::read(version).as_ref());
        assert_eq!(read(LISTENER_TRACING, "1.12.3"), Some(false));
        assert_eq!(read(LISTENER_TRACING, "1.14.11"), Some(true));
        assert_eq!(read("local_idle_timeout_ms", "1.14.2"), None);
        assert_eq!(key(LISTENER_TRACING).unwrap().is_read(None), None);
        assert_eq!(key(TRACING).unwrap().is_read(None), Some(true));
    }
}
