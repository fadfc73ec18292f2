use crate::check::rules::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "zipkin-old-env",
    severity: Severity::Error,
    summary: "COLLECTOR_ZIPKIN_HTTP_PORT is not read since Jaeger 1.22",
    text: "It was renamed COLLECTOR_ZIPKIN_HOST_PORT; the old name leaves 9411 closed (helm-charts#212).",
    check: None,
};
