use crate::check::rules::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "collector-endpoint-missing",
    severity: Severity::Error,
    summary: "zipkin needs `collector_endpoint`",
    text: "It is required beside `collector_cluster`: Envoy refuses the bootstrap without it (measured).",
    check: None,
};
