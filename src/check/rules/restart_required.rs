use crate::check::facts::Facts;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::consul::keys;

pub(crate) static RULE: Rule = Rule {
    id: "restart-required",
    severity: Severity::Info,
    summary: "proxies read these keys only when they start",
    text: "`envoy_tracing_json` and the static clusters become part of Envoy's bootstrap. After a change, restart every \
           injected workload and every gateway (consul#8582, consul-k8s#886).",
    fixes: &[],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let tracing = &facts.mesh.tracing;
    if let Some(value) = [keys::TRACING, keys::CLUSTERS].into_iter().find_map(|key| tracing.value(key)) {
        out.hit(
            &RULE,
            value.key(),
            "proxies read this key only when they start",
            "after a change, restart the injected workloads and the gateways",
        );
    }
}
