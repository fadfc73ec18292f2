use crate::check::cluster::ingress::Listener;
use crate::check::cursor::Cursor;
use crate::check::facts::Facts;
use crate::check::hop::HopKind;
use crate::check::problem::Scope;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use std::collections::HashMap;

pub(crate) static RULE: Rule = Rule {
    id: "ingress-host-unique",
    severity: Severity::Error,
    summary: "a host or a service appears twice on a listener",
    text: "Consul refuses an IngressGateway that names a host twice on one listener (`Hosts must be unique within a specific \
           listener`), a service twice, or a port on two listeners (agent/structs/config_entry_gateways.go), so that the gateway \
           has no listeners (`Synced=False`). Services without hosts answer to `SERVICE.ingress.*`, and two services cannot \
           collide there; a host written like that takes its requests from the service.",
    fixes: &[],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    for gateway in &facts.ingress.gateways {
        let mut refuse = |again: Cursor<'_>, first: Cursor<'_>, message: String, help: &str| {
            let hit = out.hit(&RULE, again, message, help);
            hit.note("it is here first", first);
            hit.breaks(HopKind::Entry, Scope::Proxy(gateway.proxy));
        };
        let mut ports: HashMap<i64, Cursor<'_>> = HashMap::new();
        for listener in gateway.listeners() {
            let at = listener.at.get("port");
            if let Some((number, first)) = at.int().and_then(|number| Some((number, *ports.get(&number)?))) {
                let message = format!("port {number} is on two listeners, so Consul refuses the gateway");
                refuse(at, first, message, "give each listener its own port");
            }
            if let Some(number) = at.int() {
                ports.entry(number).or_insert(at);
            }
            hosts(listener, &mut refuse);
            services(listener, &mut refuse);
        }
    }
}

type Refuse<'r> = dyn FnMut(Cursor<'_>, Cursor<'_>, String, &str) + 'r;

fn hosts(listener: Listener<'_>, refuse: &mut Refuse<'_>) {
    let mut seen: HashMap<&str, Cursor<'_>> = HashMap::new();
    for at in listener.services().flat_map(|service| service.get("hosts").items()) {
        let Some(host) = at.str() else { continue };
        match seen.get(host) {
            Some(first) => {
                let message = format!("host `{host}` appears twice on this listener, so Consul refuses the gateway");
                refuse(at, *first, message, "give each service its own hosts, or its own listener");
            }
            None => drop(seen.insert(host, at)),
        }
    }
}

fn services(listener: Listener<'_>, refuse: &mut Refuse<'_>) {
    // In Consul Enterprise the same name can exist in two namespaces.
    let mut seen: HashMap<(&str, &str, &str), Cursor<'_>> = HashMap::new();
    for service in listener.services() {
        let at = service.get("name");
        let Some(name) = at.str() else { continue };
        let key = (name, service.get("namespace").text(), service.get("partition").text());
        match seen.get(&key) {
            Some(first) => {
                let message = format!("service `{name}` appears twice on this listener, so Consul refuses the gateway");
                refuse(at, *first, message, "name it once, with all its hosts");
            }
            None => drop(seen.insert(key, at)),
        }
    }
}
