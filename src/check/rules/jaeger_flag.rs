use crate::check::cure::Trust;
use crate::check::rules::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "jaeger-flag",
    severity: Severity::Error,
    summary: "this Jaeger or collector does not know the flag",
    text: "The process exits with `unknown flag`. Of Jaeger v1, `--collector.zipkin.http-port` and similar flags were removed in \
           1.22, and `--collector.otlp.enabled` was added in 1.35 (jaeger `cmd/collector/app/flags/flags.go`; jaeger#2864). \
           Jaeger v2 and collectors have only `--config`, `--set` and `--feature-gates` (opentelemetry-collector \
           `otelcol/flags.go`). An unknown `SPAN_STORAGE_TYPE` ends Jaeger v1 as well (`plugin/storage/factory.go`).",
    fixes: &[Trust::Safe],
    check: None,
};
