use crate::check::rules::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "collector-component",
    severity: Severity::Error,
    summary: "the image does not have a component that its configuration names",
    text: "A collector exits with `unknown type` if its configuration has a component that was not built into it. \
           `jaeger_storage`, `jaeger_query` and `jaeger_storage_exporter` are in jaegertracing/jaeger only; the \
           exporter `jaeger` was removed from the OpenTelemetry images in 0.85 (opentelemetry-collector-releases \
           `distributions`, jaeger `cmd/jaeger/internal/components.go`).",
    fixes: &[],
    check: None,
};
