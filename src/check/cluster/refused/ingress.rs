//! Ingress gateway listeners that Consul rejects.

use crate::check::cluster::refused::list::Refused;
use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::cursor::Cursor;
use crate::check::input::set::Object;
use crate::check::input::set::Set;
use crate::check::problem::Cause;
use crate::check::problem::Problem;
use crate::stack::consul;

pub(super) fn judge(set: &Set<'_>, refused: &mut Refused) {
    for gateway in set.all(consul::GROUP, "IngressGateway") {
        listeners(gateway, &mut |at, message, help| {
            let problem = Problem::new(Cause::IngressListener, at, message, help);
            let word = at.pointer().ends_with("/protocol").then(|| consul::meant_protocol(at.text())).flatten();
            refused.add(match word {
                Some((word, same)) => {
                    problem.fix(if same { Trust::Safe } else { Trust::Unsafe }, [Edit::set(at, word)])
                }
                None => problem,
            });
        });
    }
}

type Refuse<'r> = dyn FnMut(Cursor<'_>, String, &str) + 'r;

fn listeners(gateway: Object<'_>, refuse: &mut Refuse<'_>) {
    let listeners = gateway.spec().get("listeners");
    if listeners.items().len() == 0 {
        let message = format!("gateway `{}` has no listeners", gateway.id.name);
        let help = "add one: `listeners: [{port: 5000, protocol: http, services: [...]}]`";
        refuse(gateway.spec(), message, help);
    }
    for listener in listeners.items() {
        let protocol = listener.get("protocol");
        if consul::PROTOCOLS.contains(&protocol.text()) {
            services(listener, protocol.text(), refuse);
            continue;
        }
        let message = match protocol.text() {
            "" => "this listener has no protocol".to_string(),
            word => format!("`{word}` is not a protocol"),
        };
        refuse(protocol, message, "use http, http2, grpc or tcp");
    }
}

fn services(listener: Cursor<'_>, protocol: &str, refuse: &mut Refuse<'_>) {
    let services = listener.get("services").items();
    let has_hosts = |service: Cursor<'_>| !service.get("hosts").list().is_empty();
    if protocol == "tcp" && (services.len() > 1 || services.clone().any(has_hosts)) {
        refuse(
            listener.get("services"),
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
        if service.get("name").text() == "*" && (has_hosts(service) || protocol != "http") {
            refuse(
                service.get("name"),
                "a service `*` cannot have hosts and needs protocol http".to_string(),
                "name the service",
            );
        }
    }
}

/// Whether a host has a wildcard that is neither the entire host nor its first label.
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
