use crate::check::facts::Facts;
use crate::check::cluster::ingress::IngressGateway;
use crate::check::cluster::ingress::Listener;
use crate::check::cursor::Cursor;
use crate::check::hop::HopKind;
use crate::check::problem::Scope;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "ingress-listener-shape",
    severity: Severity::Error,
    summary: "Consul's webhook refuses this listener",
    text: "A listener needs a protocol (tcp, http, http2 or grpc). With tcp it has one service and no hosts. A service `*` has no \
           hosts and needs http (control-plane/api/v1alpha1/ingressgateway_types.go).",
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    for gateway in &facts.ingress.gateways {
        let mut refuse = |at: Cursor<'_>, message: String, help: &str| {
            out.hit(&RULE, at, message, help).breaks(HopKind::Entry, Scope::Proxy(gateway.proxy));
        };
        judge(*gateway, &mut refuse);
    }
}

type Refuse<'r> = dyn FnMut(Cursor<'_>, String, &str) + 'r;

fn judge(gateway: IngressGateway<'_>, refuse: &mut Refuse<'_>) {
    if gateway.listeners().len() == 0 {
        let message = format!("gateway `{}` has no listeners", gateway.name());
        refuse(
            gateway.object.spec(),
            message,
            "add one: `listeners: [{port: 5000, protocol: http, services: [...]}]`",
        );
    }
    for listener in gateway.listeners() {
        if listener.has_known_protocol() {
            services(listener, refuse);
            continue;
        }
        let message = match listener.protocol {
            "" => "this listener has no protocol".to_string(),
            word => format!("`{word}` is not a protocol"),
        };
        refuse(listener.at.get("protocol"), message, "use http, http2, grpc or tcp");
    }
}

fn services(listener: Listener<'_>, refuse: &mut Refuse<'_>) {
    let services = listener.services();
    let has_hosts = |service: Cursor<'_>| !service.get("hosts").list().is_empty();
    if listener.protocol == "tcp" && (services.len() > 1 || services.clone().any(has_hosts)) {
        refuse(
            listener.at.get("services"),
            "a tcp listener must have exactly one service and no hosts".to_string(),
            "use http, or one listener per service",
        );
    }
    for service in services {
        let mut hosts = service.get("hosts").items().filter_map(Cursor::str);
        if let Some(host) = hosts.find(|host| is_odd_wildcard(host)) {
            refuse(
                service.get("hosts"),
                format!("`{host}`: a wildcard must be `*` alone or the first label"),
                "write `*` or `*.example.com`",
            );
        }
        if service.get("name").text() == "*" && (has_hosts(service) || listener.protocol != "http") {
            refuse(
                service.get("name"),
                "a service `*` cannot have hosts and needs protocol http".to_string(),
                "name the service",
            );
        }
    }
}

/// Whether a host has a wildcard that is neither all of it nor its first label.
fn is_odd_wildcard(host: &str) -> bool {
    host != "*" && host.strip_prefix("*.").unwrap_or(host).contains('*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_is_all_of_a_host_or_its_first_label() {
        for fine in ["*", "*.example.com", "example.com", "example.com:8080", ""] {
            assert!(!is_odd_wildcard(fine), "{fine}");
        }
        for odd in ["a.*", "*example.com", "*.*.com", "a.*.com", "*.*"] {
            assert!(is_odd_wildcard(odd), "{odd}");
        }
    }
}
