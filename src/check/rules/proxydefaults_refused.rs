use crate::check::cure::Trust;
use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "proxydefaults-refused",
    severity: Severity::Error,
    summary: "Consul's webhook refuses this ProxyDefaults",
    text: "`mode` and `transparentProxy.outboundListenerPort` must not be set here (annotations on pods set them), and \
           `meshGateway.mode` must be local, remote or none (control-plane/api/v1alpha1/proxydefaults_types.go Validate).",
    fixes: &[Trust::Unsafe],
    check: None,
};
