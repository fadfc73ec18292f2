use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::facts::Facts;
use crate::check::hop::HopKind;
use crate::check::problem::Scope;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::suggest;

pub(crate) static RULE: Rule = Rule {
    id: "ingress-name",
    severity: Severity::Error,
    summary: "no gateway of this name is installed",
    text: "An IngressGateway must have the name of a gateway in `ingressGateways.gateways[]`. With any other name, or with \
           `ingressGateways.enabled: false`, no proxy serves its listeners.",
    fixes: &[Trust::Unsafe],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let Some(installed) = &facts.ingress.installed else { return rendered(facts, out) };
    for gateway in &facts.ingress.gateways {
        let (name, place) = (gateway.name(), gateway.object.name());
        if installed.ports(name).is_some() {
            continue;
        }
        let hit = if installed.enabled {
            let message = format!("the Helm values install no gateway named `{name}`");
            let only = installed.only().filter(|only| facts.ingress.gateways.iter().all(|other| other.name() != *only));
            out.hit(&RULE, place, message, format!("they install: {}", installed.names))
                .fix(Trust::Unsafe, only.map(|only| Edit::set(place, only)))
        } else {
            let message = format!("the Helm values install no ingress gateway, but `{name}` needs one");
            out.hit(&RULE, installed.switch, message, "set `ingressGateways.enabled: true`")
                .fix(Trust::Safe, [Edit::set(installed.switch, true)])
                .note("the IngressGateway is here", place)
        };
        hit.breaks(HopKind::Entry, Scope::Proxy(gateway.proxy));
    }
}

/// The same without Helm values, if the chart's own objects have gateways.
fn rendered(facts: &Facts<'_>, out: &mut Sink) {
    let names = facts.mesh.chart.gateway_names();
    let ours = &facts.ingress.gateways;
    for gateway in ours.iter().filter(|gateway| !names.is_empty() && !names.contains(&gateway.name())) {
        let (name, place) = (gateway.name(), gateway.object.name());
        let free: Vec<&&str> = names.iter().filter(|free| ours.iter().all(|other| other.name() != **free)).collect();
        let only = if let [only] = &free[..] { Some(**only) } else { None };
        let message = format!("the objects of the Consul chart have no gateway named `{name}`");
        let help = format!("they have: {}", suggest::some(names.iter().copied(), "`"));
        out.hit(&RULE, place, message, help)
            .fix(Trust::Unsafe, only.map(|only| Edit::set(place, only)))
            .breaks(HopKind::Entry, Scope::Proxy(gateway.proxy));
    }
}
