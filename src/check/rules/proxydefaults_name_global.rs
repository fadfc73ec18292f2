use crate::check::cure::Trust;
use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "proxydefaults-name-global",
    severity: Severity::Error,
    summary: "ProxyDefaults must be named `global`",
    text: "Consul's webhook refuses any other name: `ProxyDefaults resource name must be \"global\"` (consul-k8s \
           control-plane/api/v1alpha1/proxydefaults_webhook.go, 0.46.1 to 2.0.3).",
    fixes: &[Trust::Safe],
    check: None,
};
