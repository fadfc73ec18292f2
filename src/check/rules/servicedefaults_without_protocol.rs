use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::facts::Facts;
use crate::check::hop::HopKind;
use crate::check::problem::Scope;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::consul;
use std::collections::HashMap;

pub(crate) static RULE: Rule = Rule {
    id: "servicedefaults-without-protocol",
    severity: Severity::Error,
    summary: "a ServiceDefaults sets no protocol",
    text: "For gateways such a service is tcp, whatever ProxyDefaults sets: Consul 1.12.3 and 1.14.11 refuse an \
           IngressGateway with an http listener for it (`service \"web\" has protocol \"tcp\", which does not match \
           defined listener protocol \"http\"`), so the gateway has no listeners. Its sidecar uses the protocol of \
           ProxyDefaults (consul#11457).",
    fixes: &[Trust::Safe],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let mesh = &facts.mesh;
    let mut through: HashMap<&str, Vec<usize>> = HashMap::new();
    for gateway in &facts.ingress.gateways {
        let http = gateway.listeners().filter(|listener| consul::is_http(listener.protocol));
        for (name, _) in http.flat_map(|listener| listener.named_services()) {
            let gateways = through.entry(name).or_default();
            if gateways.last() != Some(&gateway.proxy) {
                gateways.push(gateway.proxy);
            }
        }
    }
    for object in mesh.refused.accepted(mesh.set, consul::GROUP, "ServiceDefaults") {
        let name = &*object.id.name;
        let protocol = object.spec().get("protocol");
        let unset = !protocol.exists() || protocol.str() == Some("");
        if !unset || !mesh.protocol(name).is_some_and(|protocol| consul::is_http(&protocol.name)) {
            continue;
        }
        let gateways = through.get(name).cloned().unwrap_or_default();
        let message = match gateways.first() {
            Some(first) => format!(
                "ServiceDefaults `{name}` sets no protocol, so Consul refuses the http listener of gateway `{}` for it",
                mesh.proxies[*first].name
            ),
            None => format!("ServiceDefaults `{name}` sets no protocol, so no gateway can route to it as http"),
        };
        let hit = out.hit(&RULE, object.spec(), message, "set `protocol: http` here too");
        let shared = mesh.protocol(name).map(|protocol| protocol.name);
        hit.fix(Trust::Safe, shared.map(|shared| Edit::set(protocol, shared)));
        if !gateways.is_empty() {
            hit.breaks(HopKind::Protocol, Scope::Proxies(gateways));
        }
    }
}
