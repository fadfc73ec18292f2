use crate::check::rules::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "tracer-type",
    severity: Severity::Error,
    summary: "Envoy knows no tracer by this `@type`",
    text: "Measured with Envoy 1.36 to 1.40: an `@type` that is missing, unknown or of v2 is refused with the whole \
           bootstrap, so the proxy does not start. The tracer's `name` does not matter.",
    check: None,
};
