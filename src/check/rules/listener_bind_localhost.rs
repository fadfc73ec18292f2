use crate::check::cure::Trust;
use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "listener-bind-localhost",
    severity: Severity::Error,
    summary: "the receiver listens on localhost",
    text: "No other pod can reach it. Collectors since 0.104 and Jaeger v2 listen on localhost unless the endpoint is \
           `0.0.0.0`; the OpenTelemetry operator sets that itself (jaeger#5737, #5734).",
    fixes: &[Trust::Safe],
    check: None,
};
