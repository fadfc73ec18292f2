//! Which protocol Consul uses for a service, and what its workload's ports suggest.

use crate::check::cluster::mesh::Mesh;
use crate::check::cluster::mesh::Proxy;
use crate::check::cluster::workload::Workload;
use crate::check::cursor::Cursor;
use crate::stack::consul;
use crate::stack::jaeger;

/// Ports of programs that do not speak HTTP.
const TCP_PORTS: [(u16, &str); 12] = [
    (5432, "PostgreSQL"),
    (3306, "MySQL"),
    (1433, "SQL Server"),
    (1521, "Oracle"),
    (6379, "Redis"),
    (27017, "MongoDB"),
    (jaeger::CASSANDRA, "Cassandra"),
    (5672, "AMQP"),
    (9092, "Kafka"),
    (2181, "ZooKeeper"),
    (11211, "memcached"),
    (4222, "NATS"),
];

/// A port of a workload.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ServicePort {
    pub(crate) number: u16,
    /// Whether its name or its Service says HTTP.
    pub(crate) http: bool,
}

/// The ports of a workload's containers and Services.
pub(crate) fn ports(workload: &Workload<'_>) -> Vec<ServicePort> {
    let is_web = |name: Cursor<'_>| name.text().starts_with("http") || name.text().starts_with("grpc");
    let number = |at: Cursor<'_>| at.int().and_then(|number| u16::try_from(number).ok()).unwrap_or(0);
    let mut ports = Vec::new();
    for container in
        workload.containers().filter(|container| container.get("name").str() != Some(jaeger::AGENT_CONTAINER))
    {
        ports.extend(
            container
                .get("ports")
                .items()
                .map(|port| ServicePort { number: number(port.get("containerPort")), http: is_web(port.get("name")) }),
        );
    }
    for service in &workload.selected_by {
        ports.extend(service.spec().get("ports").items().map(|port| ServicePort {
            number: number(port.get("targetPort")),
            http: is_web(port.get("name")) || is_web(port.get("appProtocol")),
        }));
    }
    ports
}

/// The port of a program that does not speak HTTP, and the program's name.
pub(crate) fn database(ports: &[ServicePort]) -> Option<(u16, &'static str)> {
    ports.iter().find_map(|port| TCP_PORTS.into_iter().find(|(known, _)| *known == port.number))
}

/// Whether a service is tcp on purpose, so that no spans are expected: something sets tcp, and neither the service nor
/// a gateway suggests HTTP.
pub(crate) fn is_tcp_by_choice(mesh: &Mesh<'_>, proxy: &Proxy) -> bool {
    let Some(protocol) = mesh.protocol(&proxy.name) else { return false };
    let ports = proxy.workload.map_or_else(Vec::new, |index| ports(&mesh.workloads[index]));
    !consul::is_http(&protocol.name)
        && (protocol.own.is_some() || database(&ports).is_some())
        && proxy.from.is_empty()
        && !ports.iter().any(|port| port.http)
}
