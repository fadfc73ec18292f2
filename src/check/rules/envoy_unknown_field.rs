use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "envoy-unknown-field",
    severity: Severity::Error,
    summary: "Envoy does not have this field",
    text: "Envoy's JSON reader is strict: because of one unknown field it refuses the whole bootstrap, and the proxy does not start \
           (measured with 1.36 to 1.40). Field names may be in snake case or camel case.",
    check: None,
};
