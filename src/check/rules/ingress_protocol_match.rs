use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::facts::Facts;
use crate::check::hop::HopKind;
use crate::check::problem::Scope;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "ingress-protocol-match",
    severity: Severity::Error,
    summary: "the listener and its service have different protocols",
    text: "Consul refuses the entire config entry (`Synced=False`) when a listener and one of its services have \
           different protocols (configentry_controller.go).",
    fixes: &[Trust::Unsafe],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let mesh = &facts.mesh;
    for gateway in &facts.ingress.gateways {
        for listener in gateway.listeners().filter(|listener| listener.has_known_protocol()) {
            for (name, at) in listener.named_services() {
                let Some(service) = mesh.protocol(name).filter(|service| service.name != listener.protocol) else {
                    continue;
                };
                let hit = out.hit(
                    &RULE,
                    at,
                    format!("the listener is {}, but service `{name}` is {}", listener.protocol, service.name),
                    "give both the same protocol; Envoy creates spans for http, http2 and grpc",
                );
                hit.fix(Trust::Unsafe, [Edit::set(listener.at.get("protocol"), &*service.name)]);
                if let Some(own) = service.own {
                    hit.note("the service's protocol is set here", own);
                }
                // A tcp service is reported by `protocol-http`.
                hit.breaks(HopKind::Protocol, Scope::Proxy(gateway.proxy));
            }
        }
    }
}
