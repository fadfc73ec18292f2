use crate::check::rules::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "relay-loses-spans",
    severity: Severity::Error,
    summary: "a collector on the way drops the spans",
    text: "The exporters `debug`, `logging` and `nop` do not deliver spans, and collectors that send to each other \
           never reach Jaeger. `probabilistic_sampler` keeps none without `sampling_percentage`, `tail_sampling` none without \
           `policies`, and `filter` none if a condition is always true. The storage `blackhole` of Jaeger drops all.",
    fixes: &[],
    check: None,
};
