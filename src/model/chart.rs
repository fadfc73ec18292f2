//! The Consul chart versions we know, as data: what each installs and which Kubernetes it needs.
//!
//! Source: hashicorp/consul-k8s `charts/consul/Chart.yaml` and `values.yaml` at each tag, consul-dataplane `Dockerfile`.
//! A table and no rule: tags exist whose versions follow none.

use serde::Serialize;

/// Which of the two worlds a chart belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum World {
    /// Up to 0.49: a client agent on each node, plain Envoy as sidecar, a controller of its own.
    Agents,
    /// From 1.0: consul-dataplane, no client agents, no controller.
    Dataplane,
}

/// One version of the Consul chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Chart {
    /// Of the chart.
    pub version: &'static str,
    /// Of Consul (`appVersion`).
    pub consul: &'static str,
    /// Of the proxy image: Envoy, or consul-dataplane from 1.0.
    pub proxy: &'static str,
    /// Client agents or dataplane.
    pub world: World,
    /// The least Kubernetes minor (`kubeVersion`).
    pub kubernetes: &'static str,
}

/// All that we know, oldest first.
pub const CHARTS: &[Chart] = &[
    chart("0.46.1", "1.12.3", "1.22.2", World::Agents, "1.19"),
    chart("0.49.8", "1.13.9", "1.23.10", World::Agents, "1.21"),
    chart("1.0.11", "1.14.11", "1.0.7", World::Dataplane, "1.21"),
    chart("1.2.9", "1.16.6", "1.2.8", World::Dataplane, "1.22"),
    chart("1.4.10", "1.18.11", "1.4.6", World::Dataplane, "1.22"),
    chart("1.6.10", "1.20.6", "1.6.9", World::Dataplane, "1.22"),
    chart("1.8.16", "1.21.5", "1.8.16", World::Dataplane, "1.22"),
    chart("1.9.11", "1.22.7", "1.9.11", World::Dataplane, "1.22"),
    chart("2.0.3", "2.0.3", "2.0.3", World::Dataplane, "1.22"),
];

const fn chart(
    version: &'static str,
    consul: &'static str,
    proxy: &'static str,
    world: World,
    kubernetes: &'static str,
) -> Chart {
    Chart { version, consul, proxy, world, kubernetes }
}

/// The chart of a version.
pub fn find(version: &str) -> Option<&'static Chart> {
    CHARTS.iter().find(|chart| chart.version == version)
}
