//! Ingress gateway listeners that Consul rejects.

use crate::check::cluster::refused::list::Refused;
use crate::check::cure::Cure;
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
        listeners(gateway, &mut |at, message, help, cure| {
            refused.add(Problem::new(Cause::IngressListener, at, message, help).cured(cure));
        });
    }
}

type Refuse<'r> = dyn FnMut(Cursor<'_>, String, &str, Option<Cure>) + 'r;

fn listeners(gateway: Object<'_>, refuse: &mut Refuse<'_>) {
    let listeners = gateway.spec().get("listeners");
    if listeners.items().len() == 0 {
        let message = format!("gateway `{}` has no listeners", gateway.id.name);
        let help = "add one: `listeners: [{port: 5000, protocol: http, services: [...]}]`";
        refuse(gateway.spec(), message, help, None);
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
        refuse(protocol, message, "use http, http2, grpc or tcp", protocol_meant(listener));
    }
}

/// What a listener without a valid protocol was to have: only http has services `*`, and tcp has no hosts.
fn protocol_meant(listener: Cursor<'_>) -> Option<Cure> {
    let protocol = listener.get("protocol");
    let set = |trust, word: &str| Cure::new(trust, [Edit::set(protocol, word)]);
    if let Some((word, same)) = consul::meant_protocol(protocol.text()) {
        return set(if same { Trust::Safe } else { Trust::Unsafe }, word);
    }
    let mut services = listener.get("services").items();
    match protocol.text() {
        "" if services.clone().any(|service| service.get("name").text() == "*") => set(Trust::Safe, "http"),
        "" if services.any(has_hosts) => set(Trust::Unsafe, "http"),
        _ => None,
    }
}

fn has_hosts(service: Cursor<'_>) -> bool {
    !service.get("hosts").list().is_empty()
}

fn services(listener: Cursor<'_>, protocol: &str, refuse: &mut Refuse<'_>) {
    let services = listener.get("services").items();
    let http = || Edit::set(listener.get("protocol"), "http");
    if protocol == "tcp" && (services.len() > 1 || services.clone().any(has_hosts)) {
        refuse(
            listener.get("services"),
            "a tcp listener must have exactly one service and no hosts".to_string(),
            "use http, or one listener per service",
            Cure::new(Trust::Unsafe, [http()]),
        );
    }
    for service in services {
        let mut hosts = service.get("hosts").items().filter(|host| host.str().is_some_and(is_odd_wildcard));
        if let Some(at) = hosts.next() {
            let host = at.text();
            let meant = host.strip_prefix('*').map(|rest| format!("*.{rest}")).filter(|meant| !is_odd_wildcard(meant));
            refuse(
                service.get("hosts"),
                format!("`{host}`: a wildcard must be `*` alone or the first label"),
                "write `*` or `*.example.com`",
                Cure::new(Trust::Unsafe, meant.map(|meant| Edit::set(at, meant))),
            );
        }
        if service.get("name").text() == "*" && (has_hosts(service) || protocol != "http") {
            refuse(
                service.get("name"),
                "a service `*` cannot have hosts and needs protocol http".to_string(),
                "name the service",
                Cure::new(
                    Trust::Unsafe,
                    [has_hosts(service).then(|| Edit::remove(service.get("hosts"))), (protocol != "http").then(http)]
                        .into_iter()
                        .flatten(),
                ),
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
