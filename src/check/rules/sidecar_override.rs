use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "sidecar-override",
    severity: Severity::Error,
    summary: "`envoy_public_listener_json` or `envoy_local_cluster_json` leaves sidecars without configuration or spans",
    text: "Consul's servers read both as JSON with an `@type`, and if they cannot parse one, they send sidecars no \
           configuration at all (makeListenerFromUserConfig, makeClusterFromUserConfig; seen on Consul 1.14.11). A \
           custom listener has no tracing unless it sets it up, and the cluster must be named `local_app`. Gateways \
           use neither (consul#9280).",
    fixes: &[],
    check: None,
};
