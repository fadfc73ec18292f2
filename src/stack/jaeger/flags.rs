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
