//! The versions of what runs Jaeger, as data: jaeger-operator, the OpenTelemetry operator, Jaeger v2, with the Kubernetes
//! each is for and the images it runs.
//!
//! Source: jaeger-operator `COMPATIBILITY.md` at v1.65.0, `versions.txt` and `pkg/inject/sidecar.go` at each tag;
//! opentelemetry-operator `docs/getting-started/compatibility.md` at v0.158.0; the tags of jaegertracing/jaeger.

use crate::model::settings::Settings;
use serde::Serialize;

/// One version of jaeger-operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Operator {
    /// Of the operator.
    pub version: String,
    /// The tag of the agent image it injects.
    pub agent: String,
    /// The oldest Kubernetes minor it is for.
    pub kubernetes_from: &'static str,
    /// The newest Kubernetes minor it is for.
    pub kubernetes_to: &'static str,
    /// The tag of the kube-rbac-proxy image in its manifest; that image's registry path is gone since March 2026.
    pub rbac_proxy: &'static str,
    /// Whether the agent it injects has probes (from 1.38.1).
    pub agent_probes: bool,
    /// Whether its collector takes OTLP, and its Service lists 4317 (from 1.35, `pkg/deployment/otlp.go`).
    pub otlp: bool,
}

/// Where the tables of this module were read.
pub const SOURCES: &[&str] = &[
    "jaegertracing/jaeger-operator: COMPATIBILITY.md at v1.65.0, versions.txt at each tag",
    "open-telemetry/opentelemetry-operator: docs/getting-started/compatibility.md at v0.158.0",
    "https://github.com/jaegertracing/jaeger/tags",
    "cert-manager/website: content/docs/releases/README.md (1.18 to 1.20)",
];

/// Released versions. 1.50, 1.58, 1.63 and 1.64 never were.
const VERSIONS: &[&str] = &[
    "1.31.0", "1.32.0", "1.33.0", "1.34.0", "1.34.1", "1.35.0", "1.36.0", "1.37.0", "1.38.0", "1.38.1", "1.39.0",
    "1.40.0", "1.41.0", "1.41.1", "1.42.0", "1.43.0", "1.44.0", "1.45.0", "1.46.0", "1.47.0", "1.48.0", "1.48.1",
    "1.49.0", "1.51.0", "1.52.0", "1.53.0", "1.54.0", "1.55.0", "1.56.0", "1.57.0", "1.59.0", "1.60.0", "1.60.1",
    "1.61.0", "1.62.0", "1.65.0",
];

/// The version that the settings ask for.
pub(crate) fn wanted(settings: &Settings) -> &str {
    match settings.operators.jaeger.version.as_str() {
        "auto" => &settings.jaeger.version,
        version => version,
    }
}

/// One version of the OpenTelemetry operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OpenTelemetry {
    /// Of the operator.
    pub version: &'static str,
    /// The oldest Kubernetes minor it is for.
    pub kubernetes_from: &'static str,
    /// The newest Kubernetes minor it is for.
    pub kubernetes_to: &'static str,
}

/// Releases whose row we have read, oldest first.
pub const OPENTELEMETRY: &[OpenTelemetry] = &[
    opentelemetry("0.150.0", "1.35"),
    opentelemetry("0.151.0", "1.35"),
    opentelemetry("0.152.0", "1.35"),
    opentelemetry("0.153.0", "1.35"),
    opentelemetry("0.154.0", "1.35"),
    opentelemetry("0.155.0", "1.35"),
    opentelemetry("0.156.0", "1.35"),
    opentelemetry("0.157.0", "1.36"),
    opentelemetry("0.158.0", "1.36"),
];

const fn opentelemetry(version: &'static str, kubernetes_to: &'static str) -> OpenTelemetry {
    OpenTelemetry { version, kubernetes_from: "1.25", kubernetes_to }
}

/// The OpenTelemetry operator of a version.
pub fn find_opentelemetry(version: &str) -> Option<OpenTelemetry> {
    OPENTELEMETRY.iter().find(|release| release.version == version).copied()
}

/// The oldest and the newest Kubernetes minor that a cert-manager is tested on, of those whose row we have read
/// (cert-manager/website `content/docs/releases/README.md`, 2026-03-10).
pub fn cert_manager(version: &str) -> Option<(&'static str, &'static str)> {
    let (minor, _) = version.strip_prefix("1.")?.split_once('.')?;
    match minor {
        "18" => Some(("1.29", "1.33")),
        "19" => Some(("1.31", "1.35")),
        "20" => Some(("1.32", "1.35")),
        _ => None,
    }
}

/// Releases of Jaeger v2 whose storage settings are those we write (`auth.basic` of Elasticsearch, `schema.create` of
/// Cassandra).
pub const JAEGER_V2: &[&str] = &[
    "2.8.0", "2.9.0", "2.10.0", "2.11.0", "2.12.0", "2.13.0", "2.14.0", "2.14.1", "2.15.0", "2.15.1", "2.16.0",
    "2.17.0", "2.18.0", "2.19.0", "2.20.0",
];

/// All of them, oldest first.
pub fn all() -> impl Iterator<Item = Operator> {
    VERSIONS.iter().filter_map(|version| find(version).ok())
}

/// The operator of a version. Err: the versions there are.
pub fn find(version: &str) -> Result<Operator, &'static [&'static str]> {
    if !VERSIONS.contains(&version) {
        return Err(VERSIONS);
    }
    let minor: u32 = version.split('.').nth(1).and_then(|minor| minor.parse().ok()).unwrap_or_default();
    let kubernetes_to = match minor {
        ..=33 => "1.23",
        34..=37 => "1.24",
        38..=41 => "1.25",
        42..=46 => "1.26",
        47 | 48 => "1.27",
        49..=59 => "1.28",
        _ => "1.30",
    };
    // The Jaeger an operator bundles is not always its own version (`versions.txt`); the last agent is 1.62.0.
    let agent = match version {
        "1.34.0" => "1.34.1",
        "1.35.0" => "1.35.2",
        "1.41.0" => "1.40.0",
        "1.41.1" => "1.41.0",
        "1.48.1" => "1.48.0",
        "1.60.1" => "1.60.0",
        "1.65.0" => "1.62.0",
        same => same,
    };
    let rbac_proxy = match minor {
        ..=37 => "v0.8.0",
        38..=46 => "v0.13.0",
        _ => "v0.13.1",
    };
    Ok(Operator {
        version: version.to_string(),
        agent: agent.to_string(),
        kubernetes_from: "1.19",
        kubernetes_to,
        rbac_proxy,
        agent_probes: minor > 38 || version == "1.38.1",
        otlp: minor >= 35,
    })
}
