use crate::check::cure::Trust;
use crate::check::rules::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "relay-port",
    severity: Severity::Error,
    summary: "the exporter of a collector on the way uses the wrong port, path or protocol",
    text: "Port 14250 accepts Jaeger's own protocol and answers OTLP with `Unimplemented` \
           (opentelemetry-collector-contrib#32892); OTLP goes to 4317 (gRPC) or 4318 (HTTP, `/v1/traces`).",
    fixes: &[Trust::Safe],
    check: None,
};
