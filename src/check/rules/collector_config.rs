use crate::check::rules::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "collector-config",
    severity: Severity::Error,
    summary: "the collector or Jaeger refuses its configuration",
    text: "The process exits if a pipeline or `service.extensions` names an undefined component, if a component has an \
           unknown key, if the file is not valid YAML, or if `--config` names a missing file (opentelemetry-collector \
           `otelcol/config.go`).",
    fixes: &[],
    check: None,
};
