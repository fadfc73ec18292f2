use crate::check::cure::Trust;
use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "tracer-type",
    severity: Severity::Error,
    summary: "Envoy has no tracer with this `@type`",
    text: "Measured with Envoy 1.36 to 1.40: if the `@type` is missing, unknown or from the v2 API, Envoy refuses the \
           entire bootstrap, so the proxy does not start. The tracer's `name` does not matter.",
    fixes: &[Trust::Safe],
    check: None,
};
