use crate::check::cure::Trust;
use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "collector-port",
    severity: Severity::Error,
    summary: "the collector's Service lacks this port, or the port expects another protocol",
    text: "With the operator and the chart, Zipkin is on 9411 and OTLP on 4317 (gRPC) and 4318 (HTTP); 14250 and 14268 \
           take Jaeger's own protocol. With a wrong port every span is lost, and nothing reports it (measured).",
    fixes: &[Trust::Safe],
    check: None,
};
