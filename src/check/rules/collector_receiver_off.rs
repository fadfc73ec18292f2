use crate::check::cure::Trust;
use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "collector-receiver-off",
    severity: Severity::Error,
    summary: "nothing listens on the port that spans are sent to",
    text: "The operator opens Zipkin on 9411 unless the option `collector.zipkin.host-port` says otherwise (the option \
           overrides the environment variable, measured). Plain Jaeger v1 keeps it closed until \
           COLLECTOR_ZIPKIN_HOST_PORT is set. Jaeger v2 and OpenTelemetry collectors open the receivers that a \
           pipeline of their configuration uses. The Service has the port in any case (jaeger#2960, \
           helm-charts#212).",
    fixes: &[Trust::Safe],
    check: None,
};
