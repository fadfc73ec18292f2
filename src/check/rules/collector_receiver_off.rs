use crate::check::rules::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "collector-receiver-off",
    severity: Severity::Error,
    summary: "nobody listens on the port that spans are sent to",
    text: "The operator opens zipkin on 9411 by itself, unless its option says otherwise (the option beats the environment \
           variable, measured). Plain Jaeger v1 leaves it off until COLLECTOR_ZIPKIN_HOST_PORT is set; a configuration of \
           Jaeger v2 or a collector opens what it names in a pipeline; the Service lists the port all the same \
           (jaeger#2960, helm-charts#212).",
    check: None,
};
