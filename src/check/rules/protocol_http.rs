use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::facts::Facts;
use crate::check::cluster::ingress::IngressGateway;
use crate::check::cluster::mesh::Mesh;
use crate::check::cluster::protocol::is_tcp_by_choice;
use crate::check::hop::HopKind;
use crate::check::problem::Scope;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use std::collections::HashMap;

pub(crate) static RULE: Rule = Rule {
    id: "protocol-http",
    severity: Severity::Error,
    summary: "Consul treats a service as TCP, so Envoy creates no spans for it",
    text: "TCP listeners have no tracing at all (consul agent/xds/listeners.go). A service is TCP unless its ServiceDefaults or \
           the ProxyDefaults (`config.protocol`) sets http, http2 or grpc: the cause of consul-k8s#967.",
    fixes: &[Trust::Safe],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    gateways(facts, out);
    services(&facts.mesh, out);
}

fn services(mesh: &Mesh<'_>, out: &mut Sink) {
    let shared = mesh.tracing.place("protocol");
    for (index, proxy) in mesh.proxies.iter().enumerate().filter(|(_, proxy)| !proxy.is_gateway()) {
        let Some(protocol) = mesh.protocol(&proxy.name) else { continue };
        // An invalid protocol is reported by `protocol-value`.
        if protocol.name != "tcp" || is_tcp_by_choice(mesh, proxy) {
            continue;
        }
        let (at, help) = match (protocol.own, shared) {
            (Some(own), _) => (own, "set `protocol: http`".to_string()),
            (None, Some(shared)) => {
                (shared, format!("set `protocol: http` here, or in a ServiceDefaults `{}`", proxy.name))
            }
            (None, None) => continue,
        };
        let message =
            format!("Consul treats `{}` as tcp, so Envoy creates no spans for it", proxy.name);
        // Who wrote tcp may have meant it.
        let trust = if at.exists() { Trust::Unsafe } else { Trust::Safe };
        out.hit(&RULE, at, message, help)
            .fix(trust, [Edit::set(at, "http")])
            .breaks(HopKind::Protocol, Scope::Proxy(index));
    }
}

/// Gateways with only TCP listeners although a service behind them looks like HTTP.
fn gateways(facts: &Facts<'_>, out: &mut Sink) {
    let mesh = &facts.mesh;
    // Cached, because many gateways may name the same service.
    let mut by_choice: HashMap<usize, bool> = HashMap::new();
    let mut looks_like_http = |gateway: IngressGateway<'_>| {
        let mut named = gateway.listeners().flat_map(|listener| listener.services());
        named.any(|service| {
            let Some(proxy) = mesh.sidecars.get(service.get("name").text()).copied() else { return false };
            !*by_choice.entry(proxy).or_insert_with(|| is_tcp_by_choice(mesh, &mesh.proxies[proxy]))
        })
    };
    for gateway in &facts.ingress.gateways {
        let mut listeners = gateway.listeners();
        let first = listeners.clone().next();
        let Some(first) = first.filter(|_| listeners.all(|listener| listener.protocol == "tcp")) else { continue };
        if looks_like_http(*gateway) {
            out.hit(
                &RULE,
                first.at.get("protocol"),
                format!("gateway `{}` only has tcp listeners, so Envoy creates no spans for it", gateway.name()),
                "set `protocol: http`",
            )
            .fix(Trust::Unsafe, gateway.listeners().map(|listener| Edit::set(listener.at.get("protocol"), "http")))
            .breaks(HopKind::Protocol, Scope::Proxy(gateway.proxy));
        }
    }
}
