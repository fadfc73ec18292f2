use crate::check::cluster::intentions;
use crate::check::cluster::mesh::ProxyKind;
use crate::check::facts::Facts;
use crate::check::hop::HopKind;
use crate::check::problem::Scope;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::suggest;
use std::collections::BTreeMap;
use std::collections::HashMap;

pub(crate) static RULE: Rule = Rule {
    id: "intentions-missing",
    severity: Severity::Error,
    summary: "Consul denies by default, and no intention lets a caller reach the service",
    text: "With ACLs, Consul denies by default. Without a ServiceIntentions from the gateway or the calling service, requests end at \
           the sidecar of the service that they are for. Which services a program calls is read from its upstream annotation and \
           from URLs in its environment variables. Consul has one entry for each destination. If that is among the files and \
           does not have the caller, requests are denied for certain: an error, if they are all that the service gets. A \
           service without an entry may have it elsewhere, unless the files are a render with an entry that lets the caller reach \
           a service which does not exist.",
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

/// Whether the requests are certainly denied.
fn is_certain(facts: &Facts<'_>, from: &str, to: &str) -> bool {
    let intentions = &facts.intentions;
    intentions.decide(to) || facts.mesh.set.is_render && intentions.goes_astray(from)
}

fn ingress_gateways(facts: &Facts<'_>, out: &mut Sink) {
    let (mesh, intentions) = (&facts.mesh, &facts.intentions);
    for gateway in &facts.ingress.gateways {
        let own = gateway.name();
        let index = mesh.proxies.iter().position(|proxy| proxy.is_gateway() && proxy.name == own);
        for listener in gateway.listeners().filter(|listener| listener.has_known_protocol()) {
            for (service, at) in listener.named_services().filter(|(service, _)| !intentions.name(own, service)) {
                let hit = out.hit(
                    &RULE,
                    at,
                    format!("no intention lets gateway `{own}` reach `{service}`, and Consul denies by default"),
                    format!("add a ServiceIntentions for `{service}` with `{own}` among its sources"),
                );
                let proxy = mesh.sidecars.get(service).copied().filter(|_| is_certain(facts, own, service));
                if let (Some(gateway), Some(proxy)) = (index, proxy) {
                    hit.breaks(HopKind::Entry, Scope::Through { gateway, services: vec![proxy] });
                }
            }
        }
    }
}

/// The routes of a gateway may be many, so it is told once for each gateway: what is certain, and what is not.
fn api_gateways(facts: &Facts<'_>, out: &mut Sink) {
    let proxies = &facts.mesh.proxies;
    let mut shut: BTreeMap<(&str, bool), Vec<usize>> = BTreeMap::new();
    for (index, proxy) in proxies.iter().enumerate().filter(|(_, proxy)| !proxy.is_gateway()) {
        for gateway in proxy.from.iter().filter(|gateway| !facts.intentions.name(gateway, &proxy.name)) {
            shut.entry((gateway, is_certain(facts, gateway, &proxy.name))).or_default().push(index);
        }
    }
    let gateways = proxies.iter().enumerate().filter(|(_, proxy)| proxy.kind == ProxyKind::ApiGateway);
    let gateways: HashMap<&str, _> = gateways.filter_map(|(at, proxy)| Some((&*proxy.name, (at, proxy.object?)))).collect();
    for ((own, is_certain), services) in shut {
        let Some((gateway, object)) = gateways.get(own).copied() else { continue };
        let names = suggest::some(services.iter().map(|index| &*proxies[*index].name), "`");
        let message = format!("no intention lets gateway `{own}` reach {names}, and Consul denies by default");
        let help = format!("add a ServiceIntentions with `{own}` among its sources");
        let hit = out.hit(&RULE, object.name(), message, help);
        if is_certain {
            hit.breaks(HopKind::Entry, Scope::Through { gateway, services });
        }
    }
}

fn callers(facts: &Facts<'_>, out: &mut Sink) {
    let mesh = &facts.mesh;
    let calls: BTreeMap<String, (usize, Vec<String>)> = intentions::calls(mesh)
        .into_iter()
        .map(|(service, callers)| {
            let all = callers.len();
            let mut shut: Vec<String> =
                callers.into_iter().filter(|caller| !facts.intentions.name(caller, &service)).collect();
            shut.sort_unstable();
            (service, (all, shut))
        })
        .collect();
    for (service, (all, shut)) in calls.iter().filter(|(_, (_, shut))| !shut.is_empty()) {
        let Some(index) = mesh.sidecars.get(service).copied() else { continue };
        let Some(object) = mesh.proxies[index].object else { continue };
        let who = suggest::some(shut.iter().map(String::as_str), "`");
        let message = format!("no intention lets {who} reach `{service}`, and Consul denies by default");
        let help = format!("add a ServiceIntentions for `{service}` with {who} among its sources");
        let hit = out.hit(&RULE, object.name(), message, help);
        // No other caller is among the files.
        let only = shut.len() == *all && mesh.proxies[index].from.is_empty();
        if only && shut.iter().all(|caller| is_certain(facts, caller, service)) {
            hit.breaks(HopKind::Entry, Scope::Proxy(index));
        }
    }
}
