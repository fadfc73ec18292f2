//! The versions of jaeger-operator, as data: the Kubernetes each supports and the images it runs.
//!
//! Source: jaeger-operator `COMPATIBILITY.md` at v1.65.0, `versions.txt` and `pkg/inject/sidecar.go` at each tag.

use crate::stack::Version;
use crate::stack::kube::names::LONGEST_LABEL;
use serde::Serialize;

/// One version of jaeger-operator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Operator {
    /// The operator's version.
    pub version: String,
    /// The tag of the agent image it injects.
    pub agent: String,
    /// The oldest supported Kubernetes minor.
    pub kubernetes_from: &'static str,
    /// The newest supported Kubernetes minor.
    pub kubernetes_to: &'static str,
    /// The tag of the kube-rbac-proxy image in its manifest; that image was removed from its registry in March 2026.
    pub rbac_proxy: &'static str,
    /// Whether the injected agent has probes (since 1.38.1).
    pub agent_probes: bool,
    /// Whether its collector accepts OTLP, and its Service lists 4317 (since 1.35, `pkg/deployment/otlp.go`).
    pub otlp: bool,
}

impl Operator {
    /// Whether it looks for variables in the ConfigMaps of `envFrom` before it sets them (since 1.48,
    /// `pkg/inject/sidecar.go` `haskeyInEnvFromConfigMaps`).
    pub(crate) fn reads_config_maps(&self) -> bool {
        Version::read(&self.version).is_some_and(|version| (version.major(), version.minor()) >= (1, 48))
    }
}

/// Where this module's table comes from.
pub const SOURCES: &[&str] = &["jaegertracing/jaeger-operator: COMPATIBILITY.md at v1.65.0, versions.txt at each tag"];

/// The name of its image and of its ServiceAccount (`config/manager`, `config/rbac` at 1.37).
pub const NAME: &str = "jaeger-operator";
/// Its image (`config/manager/kustomization.yaml` at each tag).
pub fn image(version: &str) -> String {
    format!("quay.io/jaegertracing/{NAME}:{version}")
}
/// The first version that can be restricted to some namespaces: older ones list Deployments everywhere and fail
/// (jaegertracing/jaeger-operator#2126).
pub const RESTRICTED_SINCE: Version = Version::new(1, 40, 0);
/// The Roles in its release manifest (`config/rbac` at 1.37). None has been called [`NAME`] since 1.29.
pub const ROLES: [&str; 2] = ["leader-election-role", "prometheus"];
/// The ClusterRoles in its release manifest (likewise).
pub const CLUSTER_ROLES: [&str; 3] = ["manager-role", "proxy-role", "jaeger-operator-metrics-reader"];
/// Where release manifests pull kube-rbac-proxy from. The images were removed in March 2026 (redhat-cop/agnosticd#9842,
/// kubero-dev/kubero#735).
pub const RBAC_PROXY_REMOVED: &str = "gcr.io/kubebuilder/kube-rbac-proxy";
/// An image with the same releases that is still published (likewise).
pub const RBAC_PROXY: &str = "quay.io/brancz/kube-rbac-proxy:v0.13.1";

/// Released versions. 1.50, 1.58, 1.63 and 1.64 were never released.
const VERSIONS: &[&str] = &[
    "1.31.0", "1.32.0", "1.33.0", "1.34.0", "1.34.1", "1.35.0", "1.36.0", "1.37.0", "1.38.0", "1.38.1", "1.39.0",
    "1.40.0", "1.41.0", "1.41.1", "1.42.0", "1.43.0", "1.44.0", "1.45.0", "1.46.0", "1.47.0", "1.48.0", "1.48.1",
    "1.49.0", "1.51.0", "1.52.0", "1.53.0", "1.54.0", "1.55.0", "1.56.0", "1.57.0", "1.59.0", "1.60.0", "1.60.1",
    "1.61.0", "1.62.0", "1.65.0",
];

/// All of them, oldest first.
pub fn all() -> impl Iterator<Item = Operator> {
    VERSIONS.iter().filter_map(|version| find(version).ok())
}

/// Looks up an operator version. Err: the known versions.
pub fn find(version: &str) -> Result<Operator, &'static [&'static str]> {
    if !VERSIONS.contains(&version) {
        return Err(VERSIONS);
    }
    let minor = Version::read(version).map_or(0, |version| version.minor());
    let kubernetes_to = match minor {
        ..=33 => "1.23",
        34..=37 => "1.24",
        38..=41 => "1.25",
        42..=46 => "1.26",
        47 | 48 => "1.27",
        49..=59 => "1.28",
        _ => "1.30",
    };
    // An operator does not always bundle the Jaeger of its own version (`versions.txt`); the last agent is 1.62.0.
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

/// The labels on a component's pods (jaeger-operator 1.37 to 1.65 `pkg/util/util.go` `Labels`,
/// `pkg/deployment/all_in_one.go`, `collector.go`).
pub(crate) fn labels(instance: &str, component: &str) -> Vec<(&'static str, String)> {
    let name = if component == "all-in-one" { instance.to_string() } else { format!("{instance}-{component}") };
    let cut = |text: &str| text.chars().take(LONGEST_LABEL).collect::<String>();
    vec![
        ("app", "jaeger".to_string()),
        ("app.kubernetes.io/name", cut(&name)),
        ("app.kubernetes.io/instance", cut(instance)),
        ("app.kubernetes.io/component", component.to_string()),
        ("app.kubernetes.io/part-of", "jaeger".to_string()),
        ("app.kubernetes.io/managed-by", NAME.to_string()),
    ]
}
