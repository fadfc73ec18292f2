use crate::check::rules::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "collector-port",
    severity: Severity::Error,
    summary: "the collector's Service has no such port, or it takes something else",
    text: "Zipkin is 9411, OTLP 4317 (gRPC) and 4318 (HTTP), of operator and chart alike; 14250 and 14268 take Jaeger's own \
           protocol. A wrong port loses every span silently (measured).",
    check: None,
};
