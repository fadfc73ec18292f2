use crate::check::rules::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "cluster-legacy-hosts",
    severity: Severity::Error,
    summary: "`hosts` and `tls_context` are of Envoy's v2 API",
    text: "Envoy v3 refuses them; addresses stand in `load_assignment` (consul-helm#825).",
    check: None,
};
