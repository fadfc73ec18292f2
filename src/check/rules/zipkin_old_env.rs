use crate::check::cure::Trust;
use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "zipkin-old-env",
    severity: Severity::Error,
    summary: "Jaeger ignores COLLECTOR_ZIPKIN_HTTP_PORT since 1.22",
    text: "It was renamed to COLLECTOR_ZIPKIN_HOST_PORT; with the old name port 9411 stays closed (helm-charts#212).",
    fixes: &[Trust::Safe],
    check: None,
};
