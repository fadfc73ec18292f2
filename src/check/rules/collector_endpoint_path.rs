use crate::check::cure::Trust;
use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "collector-endpoint-path",
    severity: Severity::Warning,
    summary: "the collector does not accept this path, or expects another body there",
    text: "Measured: Jaeger up to 1.52 answers 404 to any path but `/api/v2/spans` and `/api/v1/spans`, and stores \
           what it receives on the latter without service name or tags. The receivers of Jaeger 1.53 and later and of \
           Jaeger v2 accept any path that begins with `/`. The path of OTLP over HTTP is `/v1/traces` unless the \
           collector's receiver is configured for another.",
    fixes: &[Trust::Safe],
    check: None,
};
