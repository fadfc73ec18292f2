use crate::check::cure::Trust;
use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "envoy-value",
    severity: Severity::Error,
    summary: "Envoy refuses this value",
    text: "Envoy reads enums, durations and ports strictly, and one bad value keeps the proxy from starting. Enums may be written \
           in any case or as numbers; ports and booleans may be in quotes (measured).",
    fixes: &[Trust::Safe],
    check: None,
};
