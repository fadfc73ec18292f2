use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "tracer-unsupported",
    severity: Severity::Error,
    summary: "Jaeger does not accept what this tracer sends",
    text: "Jaeger receives Zipkin and OTLP. Datadog, SkyWalking, X-Ray and OpenCensus spans need another collector (consul-k8s#992).",
    fixes: &[],
    check: None,
};
