//! OpenTelemetry: the operator that runs collectors (Jaeger v2 is one), its names, the ports of OTLP.

pub(crate) mod components;

use crate::stack::Version;
use crate::stack::jaeger::COLLECTOR;
use crate::stack::jaeger::Install;
use crate::stack::jaeger::QUERY;
use crate::stack::kube::names::LONGEST_LABEL;
use serde::Serialize;

/// The API group of the OpenTelemetryCollector.
pub(crate) const GROUP: &str = "opentelemetry.io";
/// The kind of a collector.
pub(crate) const KIND: &str = "OpenTelemetryCollector";
/// The versions that its CRD serves (opentelemetry-operator `config/crd/bases/opentelemetry.io_opentelemetrycollectors.yaml`).
pub(crate) const API_VERSIONS: [&str; 2] = ["opentelemetry.io/v1beta1", "opentelemetry.io/v1alpha1"];

/// What the OpenTelemetry operator reads on pod templates and Namespaces, never on Deployments (opentelemetry-operator
/// `README.md`, "Sidecar injection").
pub(crate) const INJECT: &str = "sidecar.opentelemetry.io/inject";

/// Lets the OpenTelemetry operator set the variables of SDKs in the containers of a pod, and add no code to them
/// (opentelemetry-operator `README.md`, "OpenTelemetry auto-instrumentation injection").
pub(crate) const INJECT_SDK: &str = "instrumentation.opentelemetry.io/inject-sdk";

/// The port for OTLP over gRPC (opentelemetry-specification `specification/protocol/exporter.md`).
pub(crate) const OTLP_GRPC: u16 = 4317;
/// The port for OTLP over HTTP (likewise).
pub(crate) const OTLP_HTTP: u16 = 4318;
/// The first collector whose receivers listen on localhost unless their `endpoint` says otherwise
/// (opentelemetry-collector CHANGELOG 0.104.0).
pub(crate) const LOCALHOST: Version = Version::new(0, 104, 0);

/// Jaeger v2 by the OpenTelemetry operator (0.158 `internal/naming`). The Service of the UI is ours, since the operator
/// makes none with a type to choose.
pub(crate) const OPERATED: Install = Install {
    collector: COLLECTOR,
    query: QUERY,
    headless: true,
    workloads: [&[COLLECTOR], &[COLLECTOR]],
    needs_cert_manager: true,
    supports_agent: false,
    v2: true,
};

/// Where the releases were read.
pub(crate) const SOURCES: &[&str] =
    &["open-telemetry/opentelemetry-operator: docs/getting-started/compatibility.md at v0.158.0"];

/// One version of the OpenTelemetry operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Operator {
    /// Of the operator.
    pub version: &'static str,
    /// The oldest Kubernetes minor it is for.
    pub kubernetes_from: &'static str,
    /// The newest Kubernetes minor it is for.
    pub kubernetes_to: &'static str,
}

/// Releases whose row we have read, oldest first.
pub(crate) const OPERATORS: &[Operator] = &[
    operator("0.150.0", "1.35"),
    operator("0.151.0", "1.35"),
    operator("0.152.0", "1.35"),
    operator("0.153.0", "1.35"),
    operator("0.154.0", "1.35"),
    operator("0.155.0", "1.35"),
    operator("0.156.0", "1.35"),
    operator("0.157.0", "1.36"),
    operator("0.158.0", "1.36"),
];

const fn operator(version: &'static str, kubernetes_to: &'static str) -> Operator {
    Operator { version, kubernetes_from: "1.25", kubernetes_to }
}

/// The operator of a version.
pub(crate) fn find(version: &str) -> Option<Operator> {
    OPERATORS.iter().find(|release| release.version == version).copied()
}

/// The label of what the operator makes that [`instance`] is the value of.
pub(crate) const INSTANCE_LABEL: &str = "app.kubernetes.io/instance";

/// The label `app.kubernetes.io/instance` of what the operator makes: `Truncate("%s.%s", 63, namespace, name)`, which cuts
/// the namespace first (`internal/manifests/manifestutils/labels.go` at v0.158.0).
pub(crate) fn instance(namespace: &str, name: &str) -> String {
    let excess = (namespace.len() + 1 + name.len()).saturating_sub(LONGEST_LABEL);
    let keep = |text: &str, less: usize| text.chars().take(text.len().saturating_sub(less)).collect::<String>();
    let name = if namespace.len() > excess { name.to_string() } else { keep(name, excess - namespace.len()) };
    let whole: String = format!("{}.{name}", keep(namespace, excess)).chars().take(LONGEST_LABEL).collect();
    whole.trim_matches(|c: char| !c.is_ascii_alphanumeric()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_instance_label_loses_the_end_of_its_namespace_first() {
        assert_eq!(instance("observability", "simplest"), "observability.simplest");
        assert_eq!(instance(&"n".repeat(60), "jaeger"), format!("{}.jaeger", "n".repeat(56)));
        assert_eq!(instance("ns", &"a".repeat(70)), "a".repeat(62));
    }

    #[test]
    fn releases_are_found_by_their_version() {
        assert_eq!(find("0.158.0").map(|release| release.kubernetes_to), Some("1.36"));
        assert_eq!(find("0.1.0"), None);
    }
}
