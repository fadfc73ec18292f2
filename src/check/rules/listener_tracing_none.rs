use crate::check::cure::Trust;
use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "listener-tracing-none",
    severity: Severity::Error,
    summary: "the listeners' sampling never starts a trace",
    text: "Measured: with `overall_sampling` 0, or with both `client_sampling` and `random_sampling` 0, a sidecar creates \
           no span for a request without trace headers, not even if it carries `x-client-trace-id`. Behind a gateway that has \
           a tracer, it obeys the gateway's `x-b3-sampled`. Envoy's default for each is 100.",
    fixes: &[Trust::Unsafe],
    check: None,
};
