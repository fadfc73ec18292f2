use crate::check::rules::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "relay-loses-spans",
    severity: Severity::Error,
    summary: "a collector on the way drops the spans",
    text: "The exporters `debug`, `logging` and `nop` do not deliver spans, and collectors that send to each other \
           never reach Jaeger.",
    fixes: &[],
    check: None,
};
