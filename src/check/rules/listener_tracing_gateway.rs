use crate::check::facts::Facts;
use crate::check::cluster::listener;
use crate::check::cluster::mesh::Proxy;
use crate::stack::consul::keys::TRACING as BOOTSTRAP;
use crate::stack::consul::keys::LISTENER_TRACING as LISTENER;
use crate::check::embedded::field;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use serde_json::Value;

pub(crate) static RULE: Rule = Rule {
    id: "listener-tracing-gateway",
    severity: Severity::Warning,
    summary: "gateways do not use `envoy_listener_tracing_json`",
    text: "Measured: a gateway with a tracer from `envoy_tracing_json` does not sample. It sends `x-b3-sampled: 0`, which \
           sidecars obey: 0 of 20 plain requests through it were traced, whatever the listeners' sampling. Requests with \
           `x-client-trace-id` are traced (consul#8714, #9280).",
    fixes: &[],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let tracing = &facts.mesh.tracing;
    let Some((at, text)) = tracing.given(LISTENER).filter(|_| tracing.given(BOOTSTRAP).is_some()) else { return };
    let samples = serde_json::from_str::<Value>(&text).is_ok_and(|json| {
        let percent = field(&json, "random_sampling").and_then(|(_, value)| listener::percentage(value));
        percent.is_some_and(|percent| percent > 0.0)
    });
    if samples && facts.mesh.proxies.iter().any(Proxy::is_gateway) {
        out.hit(
            &RULE,
            at.key(),
            "gateways do not use this sampling, and the sidecars behind them obey the gateway's `x-b3-sampled: 0`",
            "expect traces only of requests that carry `x-client-trace-id` or do not come through a gateway",
        );
    }
}
