use crate::check::rules::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "collector-config",
    severity: Severity::Error,
    summary: "the collector or Jaeger refuses its configuration",
    text: "The process ends when a pipeline or `service.extensions` names what is not defined, when a component has a key \
           that it does not know, when the file is not valid YAML, and when `--config` names a file that is not there \
           (opentelemetry-collector `otelcol/config.go`).",
    fixes: &[],
    check: None,
};
