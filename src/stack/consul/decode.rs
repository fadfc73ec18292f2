//! What Consul's servers do with a `config` value that they cannot read, by version.
//!
//! Source: hashicorp/consul `agent/xds/clusters.go` (`makeAppCluster`), `agent/xds/listeners.go`
//! (`listenersFromSnapshotGateway`), `agent/configentry/resolve.go` and `agent/consul/config_endpoint.go`
//! (`computeResolvedServiceConfig`), and `go.mod`, read at the 36 tags from 1.12.3 to 1.22.7 on the Go module proxy.
//! Fixes were backported to several series, so each series has a patch. Patches between two of these tags are unknown.

use crate::stack::Version;

/// A change, by series: the last patch read without it, if any, and the first one read with it. Series before the first
/// entry lack it; series after the last have it.
struct Change(&'static [(u64, u64, Option<u64>, u64)]);

impl Change {
    /// Whether a version has the change; `None` if unknown.
    fn is_in(&self, version: Option<&Version>) -> Option<bool> {
        let version = version?;
        let series = (version.major(), version.minor());
        let (first, last) = (self.0.first()?, self.0.last()?);
        match self.0.iter().find(|row| (row.0, row.1) == series) {
            Some(row) if version.patch() >= row.3 => Some(true),
            Some(row) if row.2.is_some_and(|without| version.patch() <= without) => Some(false),
            Some(_) => None,
            None if series < (first.0, first.1) => Some(false),
            None if series > (last.0, last.1) => Some(true),
            None => None,
        }
    }
}

/// `GetProxyConfig` and `GetGatewayConfig`: what cannot be read is logged and skipped. Before, the error was dropped in
/// one place and returned in another as the error of the entire proxy, which then got no configuration.
const LOGGED_ONLY: Change = Change(&[(1, 15, Some(7), 10), (1, 16, Some(3), 6), (1, 17, Some(0), 3)]);
/// `ParseUpstreamConfigNoDefaults` on the entire ProxyDefaults; its error prevents every proxy from registering.
const RESOLVED: Change = Change(&[(1, 14, Some(8), 11), (1, 15, Some(4), 6), (1, 16, Some(0), 1)]);
/// `protocol` may be anything convertible to a string; before, "invalid protocol type".
const ANY_PROTOCOL: Change = Change(&[(1, 14, Some(0), 4)]);

/// Whether an unreadable `config` value leaves a proxy without any configuration, instead of just without that value.
pub(crate) fn one_value_stops_all(consul: Option<&Version>) -> Option<bool> {
    LOGGED_ONLY.is_in(consul).map(|logged| !logged)
}

/// Whether Consul reads the upstream settings in ProxyDefaults before registering a proxy.
pub(crate) fn resolves_upstreams(consul: Option<&Version>) -> Option<bool> {
    RESOLVED.is_in(consul)
}

/// Whether Consul refuses to register proxies unless `protocol` is a string.
pub(crate) fn protocol_is_text(consul: Option<&Version>) -> Option<bool> {
    ANY_PROTOCOL.is_in(consul).map(|any| !any)
}

/// The Envoy minor versions that Consul's protobufs correspond to, as far as `HttpConnectionManager.Tracing` and the
/// messages in it are concerned (`go.mod`: go-control-plane 0.9.9 to 0.14.0). Oldest and newest; without a version, the
/// full range.
pub(crate) fn protobufs(consul: Option<&Version>) -> (u32, u32) {
    let Some(version) = consul else { return (0, u32::MAX) };
    match (version.major(), version.minor(), version.patch()) {
        // 0.9.9, 0.10.1 and 0.10.2-0.20220325020618.
        (0, ..) | (1, ..=13, _) | (1, 14, ..=8) | (1, 15, ..=6) => (22, 22),
        (1, 14, 9..=10) => (22, 26),
        // 0.11.0 and 0.11.1. Tag 1.18.11 was not available.
        (1, 14..=17, _) | (1, 18, ..=2) => (26, 26),
        (1, 18, _) => (26, 31),
        // 0.12.0: between 1.28 and 1.31, judging by the fields of OpenTelemetryConfig.
        (1, 19..=20, _) | (1, 21, ..=4) => (28, 31),
        // 0.13.4 with envoy 1.32.4.
        (1, 21, _) | (1, 22, 0) => (31, 31),
        (1, 22, ..=6) => (31, 36),
        // 0.14.0 with envoy 1.36.0.
        (1, 22, 7) => (36, 36),
        _ => (36, u32::MAX),
    }
}

/// Whether this Consul can read an `OpenTelemetryConfig` in `envoy_listener_tracing_json`: go-control-plane has that
/// message since Envoy 1.23, and otherwise Consul ignores the entire text.
pub(crate) fn passes_otlp(consul: &str) -> bool {
    protobufs(Version::read(consul).as_ref()).0 > 22
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Option<Version> {
        Some(Version::read(text).unwrap())
    }

    #[test]
    fn a_change_is_known_only_at_versions_that_were_read() {
        let stops = |text| one_value_stops_all(at(text).as_ref());
        for (text, expected) in [
            ("1.12.3", Some(true)),
            ("1.14.11", Some(true)),
            ("1.15.7", Some(true)),
            ("1.15.8", None),
            ("1.15.10", Some(false)),
            ("1.17.3", Some(false)),
            ("1.22.0", Some(false)),
            ("2.0.1", Some(false)),
        ] {
            assert_eq!(stops(text), expected, "{text}");
        }
        assert_eq!(one_value_stops_all(None), None);
        assert_eq!(
            (resolves_upstreams(at("1.12.3").as_ref()), resolves_upstreams(at("1.17.0").as_ref())),
            (Some(false), Some(true))
        );
        assert_eq!(
            (protocol_is_text(at("1.14.0").as_ref()), protocol_is_text(at("1.14.11").as_ref())),
            (Some(true), Some(false))
        );
        assert_eq!(protocol_is_text(at("1.14.2").as_ref()), None);
    }

    #[test]
    fn each_consul_has_protobufs() {
        for (text, expected) in [
            ("1.13.9", (22, 22)),
            ("1.14.11", (26, 26)),
            ("1.15.0", (22, 22)),
            ("1.20.1", (28, 31)),
            ("1.22.7", (36, 36)),
        ] {
            assert_eq!(protobufs(at(text).as_ref()), expected, "{text}");
        }
        assert_eq!(protobufs(None), (0, u32::MAX));
        assert!(passes_otlp("1.14.11") && !passes_otlp("1.13.9"));
    }
}
