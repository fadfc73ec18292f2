use crate::check::cluster::intentions;
use crate::check::cluster::intentions::Intentions;
use crate::check::cluster::mesh::Mesh;
use crate::check::cursor::Cursor;
use crate::check::cursor::Location;
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
    id: "intentions-deny",
    severity: Severity::Error,
    summary: "an intention denies requests to a service",
    text: "The sidecar refuses what an intention denies, with 403 or by closing the connection, so the requests never \
           reach its application. Of several intentions the one with the most exact destination applies, then the one \
           with the most exact source (consul agent/structs/config_entry_intentions.go computeIntentionPrecedence).",
    fixes: &[],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let (mesh, intentions) = (&facts.mesh, &facts.intentions);
    if intentions.is_empty() {
        return;
    }
    closed(mesh, intentions, out);
    gateways(mesh, intentions, out);
    callers(mesh, intentions, out);
}

/// Services that deny every source.
fn closed(mesh: &Mesh<'_>, intentions: &Intentions<'_>, out: &mut Sink) {
    let mut by_place: BTreeMap<Location, Vec<usize>> = BTreeMap::new();
    for (index, proxy) in mesh.proxies.iter().enumerate().filter(|(_, proxy)| !proxy.is_gateway()) {
        if let Some(at) = intentions.closed(&proxy.name) {
            by_place.entry(at.location()).or_default().push(index);
        }
    }
    for (at, services) in by_place {
        let message = format!("intentions deny every request to {}", names(mesh, &services));
        let help = "add an intention that allows its callers";
        out.hit(&RULE, at, message, help).breaks(HopKind::Entry, Scope::Proxies(services));
    }
}

/// Gateways that are denied access to a service they route to.
fn gateways(mesh: &Mesh<'_>, intentions: &Intentions<'_>, out: &mut Sink) {
    let by_name: HashMap<&str, usize> =
        mesh.proxies.iter().enumerate().filter(|(_, proxy)| proxy.is_gateway()).map(|(at, proxy)| (&*proxy.name, at)).collect();
    let mut by_place: BTreeMap<(Location, usize), Vec<usize>> = BTreeMap::new();
    for index in mesh.sidecars.values().copied() {
        let proxy = &mesh.proxies[index];
        if intentions.closed(&proxy.name).is_some() {
            continue;
        }
        for gateway in proxy.from.iter() {
            let Some(at) = intentions.denied(gateway, &proxy.name) else { continue };
            if let Some(gateway) = by_name.get(&**gateway) {
                by_place.entry((at.location(), *gateway)).or_default().push(index);
            }
        }
    }
    for ((at, gateway), mut services) in by_place {
        services.sort_unstable();
        let name = &mesh.proxies[gateway].name;
        let message = format!("an intention denies gateway `{name}` requests to {}", names(mesh, &services));
        let help = format!("allow `{name}`, or remove the intention");
        out.hit(&RULE, at, message, help).breaks(HopKind::Entry, Scope::Through { gateway, services });
    }
}

/// Services that programs of the set call but are denied access to.
fn callers(mesh: &Mesh<'_>, intentions: &Intentions<'_>, out: &mut Sink) {
    let calls: BTreeMap<String, Vec<String>> = intentions::calls(mesh)
        .into_iter()
        .map(|(service, callers)| {
            let mut callers: Vec<String> = callers.into_iter().collect();
            callers.sort_unstable();
            (service, callers)
        })
        .collect();
    for (service, callers) in calls.iter().filter(|(service, _)| intentions.closed(service).is_none()) {
        let Some(index) = mesh.sidecars.get(service) else { continue };
        let denied: Vec<(&String, Cursor<'_>)> =
            callers.iter().filter_map(|caller| Some((caller, intentions.denied(caller, service)?))).collect();
        let Some((_, at)) = denied.first() else { continue };
        let who = suggest::some(denied.iter().map(|(caller, _)| caller.as_str()), "`");
        let message = format!("an intention denies {who} requests to `{service}`, which it calls");
        let hit = out.hit(&RULE, *at, message, "allow the caller, or remove the intention");
        // No other caller is among the files.
        if denied.len() == callers.len() && mesh.proxies[*index].from.is_empty() {
            hit.breaks(HopKind::Entry, Scope::Proxy(*index));
        }
    }
}

fn names(mesh: &Mesh<'_>, services: &[usize]) -> String {
    suggest::some(services.iter().map(|index| &*mesh.proxies[*index].name), "`")
}
