use crate::check::cure::Trust;
use crate::check::rules::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "relay-tls",
    severity: Severity::Error,
    summary: "one end of a connection between collectors uses TLS and the other does not",
    text: "An OTLP exporter over gRPC uses TLS unless `tls.insecure` is `true`, and the receivers of Jaeger expect plain text \
           unless they are given a certificate: `first record does not look like a TLS handshake` \
           (opentelemetry-helm-charts#87).",
    fixes: &[Trust::Safe],
    check: None,
};
