//! The options of a check.

use crate::check::input::chart::Chart;
use crate::secrecy::Known;
use crate::yaml::Node;

/// Facts that the files do not contain.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Hosts and ports that exist regardless of the files: `--assume`.
    pub assume: Vec<(String, u16)>,
    /// The version of the Consul chart, if the files do not say it: `--consul-chart`.
    pub consul_chart: Option<String>,
    /// The version of Kubernetes: `--kube-version`.
    pub kubernetes: Option<String>,
    /// CustomResourceDefinitions beside those among the files: `--crds`.
    pub definitions: Vec<Node>,
    /// Charts whose values are judged by their own files: `--chart`.
    pub charts: Vec<Chart>,
    /// The version of jaeger-operator, if known: it runs the Jaeger of the same version unless an image says otherwise.
    pub jaeger: Option<String>,
    /// The cluster's DNS domain, if known.
    pub domain: Option<String>,
    /// Report only errors and what breaks these rules, and no paths. For a render that stops at errors; locating all
    /// the other findings would be most of the work.
    pub errors_and: Option<Vec<String>>,
    /// Each fix is to be told as changes of the text.
    pub replacements: bool,
    /// Look only for secrets in plain text.
    pub only_secrets: bool,
    /// Gateways intentionally have no tracer, so that is not an error: `tracing.sampling.at: sidecars` of a profile.
    pub gateways_untraced: bool,
    /// The secrets in a render's values.
    pub secrets: Known,
}
