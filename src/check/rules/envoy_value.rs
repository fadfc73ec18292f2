use crate::check::rules::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "envoy-value",
    severity: Severity::Error,
    summary: "Envoy refuses this value",
    text: "Enums, durations and ports are read strictly, and one refusal keeps the proxy from starting. Enums may be written \
           in any case or as numbers, ports and booleans in quotes (measured).",
    check: None,
};
