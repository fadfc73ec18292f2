//! Protocols: Consul makes HTTP filters, and with them spans, for HTTP services only.

use crate::check::cluster::mesh::CONSUL;
use crate::check::cluster::mesh::Mesh;
use crate::check::hop::HopKind;
use crate::check::rules::rules;
use crate::check::sink::At;
use crate::check::sink::Sink;
use crate::check::sink::Whose;
use crate::yaml::Node;

rules! {
    HTTP: "protocol-http", Error, "a service is TCP for Consul, so there are no spans of it",
        "TCP listeners have no tracing at all (consul agent/xds/listeners.go). Unless ServiceDefaults or ProxyDefaults \
         (`config.protocol`) say http, http2 or grpc, a service is tcp: the cause of consul-k8s#967.";
    VALUE: "protocol-value", Error, "protocols are tcp, http, http2 or grpc, in lower case",
        "The webhook refuses other words in ServiceDefaults (servicedefaults_types.go); in ProxyDefaults an unknown word \
         silently means tcp.";
    GLOBAL: "protocol-global-http-on-tcp", Warning, "a database behind a global `protocol: http`",
        "ProxyDefaults makes every service http; what speaks another protocol then breaks unless a ServiceDefaults of its \
         own says tcp.";
    UNSAID: "servicedefaults-without-protocol", Warning, "a ServiceDefaults says no protocol",
        "Some versions of Consul take such a service for tcp in spite of ProxyDefaults (consul#11457).";
}

const KNOWN: [&str; 4] = ["tcp", "http", "http2", "grpc"];
/// Ports whose programs speak no HTTP.
const TCP_PORTS: [(u16, &str); 12] = [
    (5432, "PostgreSQL"),
    (3306, "MySQL"),
    (1433, "SQL Server"),
    (1521, "Oracle"),
    (6379, "Redis"),
    (27017, "MongoDB"),
    (9042, "Cassandra"),
    (5672, "AMQP"),
    (9092, "Kafka"),
    (2181, "ZooKeeper"),
    (11211, "memcached"),
    (4222, "NATS"),
];

/// Whether a protocol makes spans.
pub(crate) fn is_http(name: &str) -> bool {
    matches!(name, "http" | "http2" | "grpc")
}

pub(crate) fn check(mesh: &Mesh<'_>, out: &mut Sink) {
    values(mesh, out);
    tcp_gateways(mesh, out);
    for (index, proxy) in mesh.proxies.iter().enumerate().filter(|(_, proxy)| !proxy.is_gateway()) {
        let ports = proxy.workload.map_or_else(Vec::new, |at| container_ports(mesh, at));
        let Some(protocol) = mesh.protocol(&proxy.name) else { continue };
        let database = ports.iter().find_map(|(port, _)| TCP_PORTS.iter().find(|(known, _)| known == port));
        if is_http(&protocol.name) {
            if let (Some((port, what)), None, Some(defaults)) = (database, protocol.own, mesh.defaults) {
                out.hit(
                    &GLOBAL,
                    At::object(defaults, "/spec/config/protocol"),
                    format!("service `{}` listens on {port} ({what}), and this makes it http", proxy.name),
                    format!("add a ServiceDefaults `{}` with `protocol: tcp`", proxy.name),
                );
            }
            continue;
        }
        // Who says tcp and has nothing that looks like HTTP means it.
        let meant = protocol.own.is_some() || database.is_some();
        let looks = !proxy.from.is_empty() || ports.iter().any(|(_, http)| *http);
        if meant && !looks {
            continue;
        }
        let (at, help) = match (protocol.own, mesh.defaults) {
            (Some(own), _) => (At::object(own, "/spec/protocol"), "say `protocol: http`".to_string()),
            (None, Some(defaults)) => (
                At::object(defaults, "/spec/config/protocol"),
                format!("say `protocol: http` here, or in a ServiceDefaults `{}`", proxy.name),
            ),
            (None, None) => continue,
        };
        out.hit(
            &HTTP,
            at,
            format!("service `{}` is {} for Consul, which makes no spans", proxy.name, protocol.name),
            help,
        )
        .breaks(HopKind::Protocol, Whose::Proxy(index));
    }
}

/// Gateways that let in nothing but TCP, though what is behind them looks like HTTP.
fn tcp_gateways(mesh: &Mesh<'_>, out: &mut Sink) {
    for (index, gateway) in mesh.proxies.iter().enumerate() {
        let (crate::check::cluster::mesh::ProxyKind::IngressGateway, Some(item)) = (gateway.kind, gateway.item) else {
            continue;
        };
        let listeners =
            mesh.set.items[item].node.path(&["spec", "listeners"]).and_then(Node::as_list).unwrap_or_default();
        let tcp = |listener: &Node| listener.get("protocol").and_then(Node::as_str) == Some("tcp");
        let names = listeners.iter().filter_map(|listener| listener.get("services")?.as_list()).flatten();
        let web = names
            .filter_map(|service| mesh.sidecars.get(service.get("name")?.as_str()?))
            .any(|service| !is_tcp_by_choice(mesh, &mesh.proxies[*service]));
        if !listeners.is_empty() && listeners.iter().all(tcp) && web {
            out.hit(
                &HTTP,
                At::object(item, "/spec/listeners/0/protocol"),
                format!("gateway `{}` lets in tcp only, which makes no spans", gateway.name),
                "say `protocol: http`",
            )
            .breaks(HopKind::Protocol, Whose::Proxy(index));
        }
    }
}

/// Whether a service is tcp on purpose, so that no spans are expected of it.
pub(crate) fn is_tcp_by_choice(mesh: &Mesh<'_>, proxy: &crate::check::cluster::mesh::Proxy) -> bool {
    let Some(protocol) = mesh.protocol(&proxy.name) else { return false };
    let ports = proxy.workload.map_or_else(Vec::new, |at| container_ports(mesh, at));
    let database = ports.iter().any(|(port, _)| TCP_PORTS.iter().any(|(known, _)| known == port));
    !is_http(&protocol.name)
        && (protocol.own.is_some() || database)
        && proxy.from.is_empty()
        && !ports.iter().any(|(_, http)| *http)
}

fn values(mesh: &Mesh<'_>, out: &mut Sink) {
    for index in mesh.set.of(CONSUL, "ServiceDefaults") {
        let item = &mesh.set.items[*index];
        let node = item.node.path(&["spec", "protocol"]);
        match node.map(|node| node.as_str()) {
            Some(Some(word)) if KNOWN.contains(&word) => {}
            None | Some(Some("")) => {
                if mesh.protocol(&item.id.name).is_some_and(|protocol| is_http(&protocol.name)) {
                    out.hit(
                        &UNSAID,
                        At::object(*index, "/spec"),
                        format!(
                            "ServiceDefaults `{}` says no protocol; some versions of Consul then take tcp",
                            item.id.name
                        ),
                        "say `protocol: http` here too",
                    );
                }
            }
            Some(_) => {
                out.hit(
                    &VALUE,
                    At::object(*index, "/spec/protocol"),
                    format!(
                        "`{}` is no protocol, Consul refuses it",
                        node.map_or_else(String::new, |node| node.as_str().unwrap_or("this").to_string())
                    ),
                    "use http, http2, grpc or tcp, in lower case",
                );
            }
        }
    }
    if let (Some(defaults), Some(node)) = (mesh.defaults, mesh.config_value("protocol")) {
        let word = node.as_str().map(str::to_ascii_lowercase);
        if !word.as_deref().is_some_and(|word| KNOWN.contains(&word)) {
            out.hit(
                &VALUE,
                At::object(defaults, "/spec/config/protocol"),
                format!("`{}` is no protocol, Consul takes it for tcp", node.as_str().unwrap_or("this")),
                "use http, http2, grpc or tcp",
            );
        }
    }
}

/// Ports of a workload's containers, and whether their name or Service says HTTP.
fn container_ports(mesh: &Mesh<'_>, workload: usize) -> Vec<(u16, bool)> {
    let workload = &mesh.workloads[workload];
    let is_web = |name: &str| name.starts_with("http") || name.starts_with("grpc");
    let number = |node: Option<&Node>| match node.map(|node| &node.value) {
        Some(crate::yaml::Value::Int(number)) => u16::try_from(*number).unwrap_or(0),
        _ => 0,
    };
    let text = |node: &Node, key: &str| is_web(node.get(key).and_then(Node::as_str).unwrap_or_default());
    let mut ports = Vec::new();
    for (_, container) in workload.containers() {
        if container.get("name").and_then(Node::as_str) == Some("jaeger-agent") {
            continue;
        }
        for port in container.get("ports").and_then(Node::as_list).unwrap_or_default() {
            ports.push((number(port.get("containerPort")), text(port, "name")));
        }
    }
    for service in &workload.services {
        let list = mesh.set.items[*service].node.path(&["spec", "ports"]).and_then(Node::as_list).unwrap_or_default();
        for port in list {
            ports.push((number(port.get("targetPort")), text(port, "name") || text(port, "appProtocol")));
        }
    }
    ports
}
