use crate::check::rules::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "collector-address-qualified",
    severity: Severity::Error,
    summary: "a bare host name is found in its own namespace only",
    text: "A pod's search list begins with its own namespace, so `simplest-collector` resolves in the collector's namespace \
           and nowhere else. Gateways run in Consul's namespace. Envoy says so in debug logs alone (consul-helm#825, \
           consul-k8s#967; measured with the kubelet's search list).",
    check: None,
};
