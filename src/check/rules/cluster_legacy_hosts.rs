use crate::check::cure::Trust;
use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "cluster-legacy-hosts",
    severity: Severity::Error,
    summary: "`hosts` and `tls_context` belong to Envoy's v2 API",
    text: "Envoy refuses them in the v3 API, where `load_assignment` has the addresses (consul-helm#825).",
    fixes: &[Trust::Safe],
    check: None,
};
