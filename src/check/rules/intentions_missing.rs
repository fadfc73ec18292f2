use crate::check::facts::Facts;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "intentions-missing",
    severity: Severity::Warning,
    summary: "ACLs are on, and no intention lets the gateway reach the service",
    text: "With ACLs, Consul denies by default. Without a ServiceIntentions from the gateway to the service, requests end at the \
           service's sidecar.",
    fixes: &[],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let intentions = &facts.intentions;
    if !intentions.denies_by_default {
        return;
    }
    for gateway in &facts.ingress.gateways {
        let own = gateway.name();
        for listener in gateway.listeners().filter(|listener| listener.has_known_protocol()) {
            for (service, at) in listener.named_services().filter(|(service, _)| !intentions.name(own, service)) {
                out.hit(
                    &RULE,
                    at,
                    format!("no intention lets gateway `{own}` reach `{service}`, and ACLs deny by default"),
                    format!("add a ServiceIntentions for `{service}` with `{own}` among its sources"),
                );
            }
        }
    }
}
