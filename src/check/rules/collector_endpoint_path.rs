use crate::check::rules::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "collector-endpoint-path",
    severity: Severity::Warning,
    summary: "the collector does not take this path, or not with this body",
    text: "Measured: Jaeger up to 1.52 answers 404 to anything but `/api/v2/spans` and `/api/v1/spans`, and keeps what comes to \
           the latter without service name and tags; from 1.53 and in v2 the receiver takes any path that begins with `/`. OTLP over HTTP is \
           `/v1/traces` unless a collector's receiver names another.",
    check: None,
};
