use crate::check::rules::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "envoy-unknown-field",
    severity: Severity::Error,
    summary: "Envoy has no such field here",
    text: "Envoy's JSON reader is strict: one unknown field refuses the whole bootstrap, and the proxy does not start \
           (measured with 1.36 to 1.40). Fields may be written in snake or camel case.",
    check: None,
};
