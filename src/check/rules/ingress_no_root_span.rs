use crate::check::facts::Facts;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "ingress-no-root-span",
    severity: Severity::Info,
    summary: "gateways do not start traces on their own",
    text: "Consul sets the sampling of every HTTP listener to 0 (agent/xds/listeners.go), on purpose (consul#6645, #8519). Only \
           requests that carry `x-client-trace-id`, or B3 headers of a caller that decided to sample, are traced. Measured: 0 \
           of 20 plain requests, 20 of 20 with `x-client-trace-id: 1`.",
    fixes: &[],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let mesh = &facts.mesh;
    for gateway in mesh.proxies.iter().filter(|proxy| proxy.is_gateway()) {
        if let Some(object) = gateway.object {
            out.hit(
                &RULE,
                object.name(),
                format!("gateway `{}` does not start traces on its own", gateway.name),
                "send `x-client-trace-id: 1` with requests to be traced, or sample in front of the gateway",
            );
        }
    }
}
