//! Flags of the Jaeger v1 collector that were added or removed; it exits if it gets one it does not know.

use crate::stack::Version;

/// A flag, and the releases that have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// Without the dashes.
    pub name: &'static str,
    /// The first release with it.
    pub since: Version,
    /// The first release without it.
    pub until: Option<Version>,
    /// The flag that replaced it.
    pub instead: Option<&'static str>,
}

const FIRST: Version = Version::new(1, 0, 0);

const fn gone(name: &'static str, until: Version, instead: Option<&'static str>) -> Flag {
    Flag { name, since: FIRST, until: Some(until), instead }
}

const fn came(name: &'static str, since: Version) -> Flag {
    Flag { name, since, until: None, instead: None }
}

/// Read at every tag from v1.0.0 to v1.76.0 (jaeger `cmd/collector/app/builder_flags.go`, later
/// `cmd/collector/app/flags/flags.go`).
pub const COLLECTOR_FLAGS: &[Flag] = &[
    gone("collector.zipkin.http-port", Version::new(1, 22, 0), Some("collector.zipkin.host-port")),
    gone("collector.http-port", Version::new(1, 22, 0), Some("collector.http-server.host-port")),
    gone("collector.grpc-port", Version::new(1, 22, 0), Some("collector.grpc-server.host-port")),
    gone("collector.port", Version::new(1, 18, 0), None),
    gone("collector.zipkin.allowed-headers", Version::new(1, 48, 0), Some("collector.zipkin.cors.allowed-headers")),
    gone("collector.zipkin.allowed-origins", Version::new(1, 48, 0), Some("collector.zipkin.cors.allowed-origins")),
    came("collector.zipkin.host-port", Version::new(1, 18, 0)),
    came("collector.http-server.host-port", Version::new(1, 18, 0)),
    came("collector.grpc-server.host-port", Version::new(1, 18, 0)),
    came("collector.otlp.enabled", Version::new(1, 35, 0)),
    came("collector.otlp.grpc.host-port", Version::new(1, 35, 0)),
    came("collector.otlp.http.host-port", Version::new(1, 35, 0)),
];

/// The parts of the collector that have flags of their own, and what these are called behind the part's name.
const SERVERS: [&str; 7] = ["grpc-server", "http-server", "grpc", "http", "otlp.grpc", "otlp.http", "zipkin"];
const OF_SERVERS: [&str; 21] = [
    "host-port",
    "idle-timeout",
    "read-timeout",
    "read-header-timeout",
    "max-message-size",
    "max-connection-age",
    "max-connection-age-grace",
    "keep-alive",
    "cors.allowed-headers",
    "cors.allowed-origins",
    "tls",
    "tls.enabled",
    "tls.ca",
    "tls.cert",
    "tls.key",
    "tls.client-ca",
    "tls.client.ca",
    "tls.cipher-suites",
    "tls.min-version",
    "tls.max-version",
    "tls.reload-interval",
];
/// Its other flags.
const OTHERS: [&str; 7] = [
    "enable-span-size-metrics",
    "health-check-http-port",
    "num-workers",
    "queue-size",
    "queue-size-memory",
    "tags",
    "write-cache-ttl",
];
/// All flags of Jaeger v2 and of collectors; the rest is in their configuration (opentelemetry-collector
/// `otelcol/flags.go`, 0.70 to 0.165).
pub const V2_FLAGS: [&str; 5] = ["config", "set", "feature-gates", "help", "version"];

/// Whether some release of Jaeger v1 has this flag, of those that set up its collector; others are taken for granted.
/// From the same sources as [`COLLECTOR_FLAGS`].
pub fn is_collector_flag(flag: &str) -> bool {
    let Some(rest) = flag.strip_prefix("collector.") else {
        return !V2_FLAGS[..3].contains(&flag);
    };
    let of_server = |server: &&str| {
        rest.strip_prefix(*server)
            .and_then(|rest| rest.strip_prefix('.'))
            .is_some_and(|rest| OF_SERVERS.contains(&rest))
    };
    OTHERS.contains(&rest) || SERVERS.iter().any(of_server) || COLLECTOR_FLAGS.iter().any(|known| known.name == flag)
}

/// The flags that decide where the collector listens.
pub fn collector_flags() -> impl Iterator<Item = &'static str> {
    COLLECTOR_FLAGS.iter().filter(|flag| flag.until.is_none()).map(|flag| flag.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_of_the_collector_are_known() {
        for flag in [
            "collector.zipkin.host-port",
            "collector.zipkin.http-port",
            "collector.otlp.grpc.tls.client-ca",
            "collector.grpc-server.max-message-size",
            "collector.queue-size-memory",
            "memory.max-traces",
            "log-level",
        ] {
            assert!(is_collector_flag(flag), "{flag}");
        }
        for flag in ["collector.zipkin.host", "collector.otlp.grpc", "collector.zipkin", "config", "set"] {
            assert!(!is_collector_flag(flag), "{flag}");
        }
    }
}
