use crate::check::rules::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "jaeger-v2-chain",
    severity: Severity::Error,
    summary: "exporter, storage and query of Jaeger v2 do not fit together",
    text: "`jaeger_storage_exporter.trace_storage` names a backend of `jaeger_storage`, which `service.extensions` lists: \
           otherwise Jaeger v2 does not start (measured).",
    check: None,
};
