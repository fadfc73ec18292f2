use crate::check::cure::Trust;
use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "collector-endpoint-missing",
    severity: Severity::Error,
    summary: "the Zipkin tracer has no `collector_endpoint`",
    text: "The field is required in addition to `collector_cluster`: Envoy refuses the bootstrap without it (measured).",
    fixes: &[Trust::Safe],
    check: None,
};
