use crate::check::cure::Trust;
use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "ingress-listener-shape",
    severity: Severity::Error,
    summary: "Consul's webhook refuses this listener",
    text: "A listener needs a protocol (tcp, http, http2 or grpc). With tcp it has one service and no hosts. A service `*` has no \
           hosts and needs http (control-plane/api/v1alpha1/ingressgateway_types.go).",
    fixes: &[Trust::Safe, Trust::Unsafe],
    check: None,
};
