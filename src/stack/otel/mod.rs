//! OpenTelemetry: the operator that runs collectors (Jaeger v2 is one), its names, and the OTLP ports.

pub(crate) mod components;
pub(crate) mod fields;

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
/// The versions served by its CRD (opentelemetry-operator
/// `config/crd/bases/opentelemetry.io_opentelemetrycollectors.yaml`).
pub(crate) const API_VERSIONS: [&str; 2] = ["opentelemetry.io/v1beta1", "opentelemetry.io/v1alpha1"];

/// The fields of a collector's `spec` that the operator does not put into its pods; it writes the hash of `config` on them
/// (opentelemetry-operator 0.158 `internal/manifests/manifestutils/annotations.go`, `internal/manifests/collector/`;
/// `minReplicas` and `maxReplicas` are v1alpha1's).
pub(crate) const NOT_IN_PODS: [&str; 19] = [
    "autoscaler",
    "configVersions",
    "daemonSetUpdateStrategy",
    "deploymentUpdateStrategy",
    "httpRoute",
    "ingress",
    "ipFamilies",
    "ipFamilyPolicy",
    "managementState",
    "maxReplicas",
    "minReplicas",
    "networkPolicy",
    "persistentVolumeClaimRetentionPolicy",
    "podDisruptionBudget",
    "replicas",
    "sessionAffinity",
    "sessionAffinityConfig",
    "trafficDistribution",
    "upgradeStrategy",
];

/// The annotation that the OpenTelemetry operator reads on pod templates and Namespaces, never on Deployments
/// (opentelemetry-operator `README.md`, "Sidecar injection").
pub(crate) const INJECT: &str = "sidecar.opentelemetry.io/inject";

/// The annotation that lets the OpenTelemetry operator set SDK variables in a pod's containers without injecting code
/// (opentelemetry-operator `README.md`, "OpenTelemetry auto-instrumentation injection").
pub(crate) const INJECT_SDK: &str = "instrumentation.opentelemetry.io/inject-sdk";

/// The port for OTLP over gRPC (opentelemetry-specification `specification/protocol/exporter.md`).
pub(crate) const OTLP_GRPC: u16 = 4317;
/// The port for OTLP over HTTP (likewise).
pub(crate) const OTLP_HTTP: u16 = 4318;
/// The first collector whose receivers listen on localhost by default (opentelemetry-collector CHANGELOG 0.104.0).
pub(crate) const LOCALHOST: Version = Version::new(0, 104, 0);
/// The first release whose flags were read (opentelemetry-collector v0.70.0 `otelcol/flags.go`).
pub(crate) const FLAGS_SINCE: Version = Version::new(0, 70, 0);

/// The first collector without `service.telemetry.metrics.address` (opentelemetry-collector
/// `service/telemetry/internal/migration/v0.3.0.go` at v0.127.0 and v0.128.0).
pub(crate) const NO_METRICS_ADDRESS: Version = Version::new(0, 128, 0);

/// Jaeger v2 run by the OpenTelemetry operator (0.158 `internal/naming`). The UI's Service is ours, since the type of
/// the operator's cannot be chosen.
pub(crate) const OPERATED: Install = Install {
    collector: COLLECTOR,
    query: QUERY,
    headless: true,
    workloads: [&[COLLECTOR], &[COLLECTOR]],
    needs_cert_manager: true,
    supports_agent: false,
    v2: true,
};

/// The operator's image without registry and tag.
pub(crate) const OPERATOR: &str = "opentelemetry-operator";
/// The namespace in its release manifest (0.158 `config/default/kustomization.yaml`).
pub(crate) const OPERATOR_NAMESPACE: &str = "opentelemetry-operator-system";

/// The operator's image (0.158 `Makefile`, `IMG_PREFIX`).
pub(crate) fn operator_image(version: &str) -> String {
    format!("ghcr.io/open-telemetry/{OPERATOR}/{OPERATOR}:{version}")
}

/// Where the releases were read.
pub(crate) const SOURCES: &[&str] =
    &["open-telemetry/opentelemetry-operator: docs/getting-started/compatibility.md at v0.158.0"];

/// One version of the OpenTelemetry operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Operator {
    /// The operator's version.
    pub version: &'static str,
    /// The oldest supported Kubernetes minor.
    pub kubernetes_from: &'static str,
    /// The newest supported Kubernetes minor.
    pub kubernetes_to: &'static str,
}

/// The releases in our table, oldest first.
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

/// Looks up an operator version.
pub(crate) fn find(version: &str) -> Option<Operator> {
    OPERATORS.iter().find(|release| release.version == version).copied()
}

/// The label whose value is [`instance`], on the objects that the operator creates.
pub(crate) const INSTANCE_LABEL: &str = "app.kubernetes.io/instance";

/// The value of `app.kubernetes.io/instance`: `Truncate("%s.%s", 63, namespace, name)`, which truncates the namespace
/// first (`internal/manifests/manifestutils/labels.go` at v0.158.0).
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
