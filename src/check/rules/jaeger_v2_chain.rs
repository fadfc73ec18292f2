use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "jaeger-v2-chain",
    severity: Severity::Error,
    summary: "exporter, storage and query of Jaeger v2 do not match",
    text: "`jaeger_storage_exporter.trace_storage` must name a backend of `jaeger_storage`, and `service.extensions` must list \
           `jaeger_storage`; otherwise Jaeger v2 does not start (measured).",
    fixes: &[],
    check: None,
};
