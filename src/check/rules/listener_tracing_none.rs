use crate::check::rules::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "listener-tracing-none",
    severity: Severity::Error,
    summary: "the listeners' sampling starts no trace at all",
    text: "Measured: with `overall_sampling` 0, or with both `client_sampling` and `random_sampling` 0, a sidecar makes no span \
           of a request that arrives without trace headers, not even when it carries `x-client-trace-id`. Behind a gateway \
           that has a tracer it obeys the gateway's `x-b3-sampled`. What is not written is 100 to Envoy.",
    check: None,
};
