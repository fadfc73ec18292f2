use crate::check::cluster::attachment::Attachment;
use crate::check::cursor::Cursor;
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
                missing(out, at, own, service);
            }
        }
    }
    for route in facts.gateway_api.routes.iter().filter(|route| route.kind == "HTTPRoute") {
        for (parent, attachment) in route.parents() {
            let own = parent.get("name").text();
            let known = facts.gateway_api.is_consul(own) && matches!(attachment, Attachment::Holds);
            let services = route.backends().filter(|(service, _)| known && facts.mesh.sidecars.contains_key(*service));
            for (service, at) in services.filter(|(service, _)| !intentions.name(own, service)) {
                missing(out, at, own, service);
            }
        }
    }
}

fn missing(out: &mut Sink, at: Cursor<'_>, gateway: &str, service: &str) {
    out.hit(
        &RULE,
        at,
        format!("no intention lets gateway `{gateway}` reach `{service}`, and ACLs deny by default"),
        format!("add a ServiceIntentions for `{service}` with `{gateway}` among its sources"),
    );
}
