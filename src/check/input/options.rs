//! What a run says beyond its files.

use crate::secrecy::Known;
use crate::yaml::Node;

/// What the files do not say.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Hosts and ports that are there, whatever the files say: `--assume`.
    pub assume: Vec<(String, u16)>,
    /// The version of the Consul chart, over what a values file says: `--consul-chart`.
    pub consul_chart: Option<String>,
    /// The version of Kubernetes: `--kube-version`.
    pub kubernetes: Option<String>,
    /// CustomResourceDefinitions beside those among the files: `--crds`.
    pub definitions: Vec<Node>,
    /// The version of jaeger-operator, when it is known: the Jaeger it runs unless an image says otherwise.
    pub jaeger: Option<String>,
    /// The cluster's DNS domain, when it is known.
    pub domain: Option<String>,
    /// Only what is an error, and what breaks these rules; no paths either. A render that stops at errors asks for no
    /// more, and most of the work is to find places for what it would not say.
    pub errors_and: Option<Vec<String>>,
    /// Nothing but secrets in plain text.
    pub only_secrets: bool,
    /// Gateways are meant to have no tracer, so that it is no error: `tracing.sampling.at: sidecars` of a profile.
    pub gateways_untraced: bool,
    /// What the values of a render hold in secret.
    pub secrets: Known,
}
