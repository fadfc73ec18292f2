use crate::check::cluster::intentions;
use crate::check::cluster::mesh::ProxyKind;
use crate::check::facts::Facts;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::suggest;
use std::collections::BTreeMap;
use std::collections::HashMap;

pub(crate) static RULE: Rule = Rule {
    id: "intentions-missing",
    severity: Severity::Warning,
    summary: "ACLs are on, and no intention lets a caller reach the service",
    text: "With ACLs, Consul denies by default. Without a ServiceIntentions from the gateway or the calling service, requests end at \
           the sidecar of the service that they are for. Which services a program calls is read from its upstream annotation and \
           from URLs in its environment variables.",
    fixes: &[],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    if facts.intentions.denies_by_default {
        ingress_gateways(facts, out);
        api_gateways(facts, out);
        callers(facts, out);
    }
}

fn ingress_gateways(facts: &Facts<'_>, out: &mut Sink) {
    let intentions = &facts.intentions;
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

/// The routes of a gateway may be many, so it is told once for each gateway.
fn api_gateways(facts: &Facts<'_>, out: &mut Sink) {
    let proxies = &facts.mesh.proxies;
    let mut shut: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for proxy in proxies.iter().filter(|proxy| !proxy.is_gateway()) {
        for gateway in proxy.from.iter().filter(|gateway| !facts.intentions.name(gateway, &proxy.name)) {
            shut.entry(gateway).or_default().push(&proxy.name);
        }
    }
    let gateways = proxies.iter().filter(|proxy| proxy.kind == ProxyKind::ApiGateway);
    let gateways: HashMap<&str, _> = gateways.filter_map(|proxy| Some((&*proxy.name, proxy.object?))).collect();
    for (own, services) in shut {
        let Some(gateway) = gateways.get(own) else { continue };
        let names = suggest::some(services.into_iter(), "`");
        let message = format!("no intention lets gateway `{own}` reach {names}, and ACLs deny by default");
        let help = format!("add a ServiceIntentions with `{own}` among its sources");
        out.hit(&RULE, gateway.name(), message, help);
    }
}

fn callers(facts: &Facts<'_>, out: &mut Sink) {
    let mesh = &facts.mesh;
    let calls: BTreeMap<String, Vec<String>> = intentions::calls(mesh)
        .into_iter()
        .map(|(service, callers)| {
            let mut shut: Vec<String> =
                callers.into_iter().filter(|caller| !facts.intentions.name(caller, &service)).collect();
            shut.sort_unstable();
            (service, shut)
        })
        .collect();
    for (service, shut) in calls.iter().filter(|(_, shut)| !shut.is_empty()) {
        let Some(object) = mesh.sidecars.get(service).and_then(|index| mesh.proxies[*index].object) else { continue };
        let who = suggest::some(shut.iter().map(String::as_str), "`");
        let message = format!("no intention lets {who} reach `{service}`, and ACLs deny by default");
        let help = format!("add a ServiceIntentions for `{service}` with {who} among its sources");
        out.hit(&RULE, object.name(), message, help);
    }
}
