use crate::check::cure::Trust;
use crate::check::rules::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "relay-address",
    severity: Severity::Error,
    summary: "the exporter of a collector on the way leads nowhere",
    text: "A collector between Envoy and Jaeger looks up the address of its exporter from its own namespace, under the same rules \
           as Envoy. With a name that does not resolve it retries and then drops the spans.",
    fixes: &[Trust::Safe],
    check: None,
};
