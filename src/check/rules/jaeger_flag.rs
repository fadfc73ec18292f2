use crate::check::cure::Trust;
use crate::check::rules::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "jaeger-flag",
    severity: Severity::Error,
    summary: "this version of Jaeger does not know the flag",
    text: "Jaeger v1 exits with `unknown flag`. `--collector.zipkin.http-port` and similar flags were removed in 1.22, \
           and `--collector.otlp.enabled` was added in 1.35 (jaeger `cmd/collector/app/flags/flags.go`; jaeger#2864).",
    fixes: &[Trust::Safe],
    check: None,
};
