use crate::check::cure::Trust;
use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "collector-address-qualified",
    severity: Severity::Error,
    summary: "a host name without a namespace only resolves in the collector's namespace",
    text: "A pod's DNS search list begins with its own namespace, so `simplest-collector` resolves in the collector's \
           namespace and nowhere else. Gateways run in Consul's namespace. Envoy reports the failure only in its debug \
           log (consul-helm#825, consul-k8s#967; measured with the kubelet's search list).",
    fixes: &[Trust::Safe],
    check: None,
};
