use crate::check::cluster::ingress::Ports;
use crate::check::facts::Facts;
use crate::check::hop::HopKind;
use crate::check::problem::Scope;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "ingress-listener-port",
    severity: Severity::Error,
    summary: "the gateway's Service does not have the listener's port",
    text: "The chart opens the ports in `ingressGateways.gateways[].service.ports`, or else those in `defaults` (8080 and 8443). \
           Nothing compares them with the IngressGateway. If the chart's own Services are among the files, theirs count.",
    fixes: &[],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    for gateway in &facts.ingress.gateways {
        let own = || Some(Ports::read(facts.mesh.chart.gateway(gateway.name())??));
        let told;
        let ports = match &facts.ingress.installed {
            Some(installed) => installed.ports(gateway.name()),
            None => {
                told = own();
                told.as_ref()
            }
        };
        let Some(ports) = ports else { continue };
        let listeners = gateway.listeners().map(|listener| listener.at.get("port"));
        let closed = |at: &crate::check::cursor::Cursor<'_>| at.int().is_some_and(|port| !ports.open.contains(&port));
        // Requests can still enter through a listener whose port is open.
        let all = listeners.clone().all(|at| closed(&at));
        for at in listeners.filter(closed) {
            let hit = out.hit(
                &RULE,
                at,
                format!(
                    "gateway `{}` listens on {}, but its Service only has {}",
                    gateway.name(),
                    at.int().unwrap_or_default(),
                    ports.listed
                ),
                "use one of these ports, or add this one to the gateway's `service.ports` in the Helm values",
            );
            if all {
                hit.breaks(HopKind::Entry, Scope::Proxy(gateway.proxy));
            }
        }
    }
}
