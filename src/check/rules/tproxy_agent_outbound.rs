use crate::check::cluster::mesh::Mesh;
use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::cursor::Cursor;
use crate::check::facts::Facts;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::consul;
use crate::stack::consul::EXCLUDE_OUTBOUND_PORTS;
use crate::stack::jaeger::GRPC;
use crate::stack::jaeger::REPORTER;
use crate::stack::jaeger::reporter_ports;

pub(crate) static RULE: Rule = Rule {
    id: "tproxy-agent-outbound",
    severity: Severity::Warning,
    summary: "the agent cannot reach the collector",
    text: "With `meshDestinationsOnly`, a transparent proxy blocks connections to destinations outside the mesh. \
           Exclude the port of the agent's `--reporter.grpc.host-port` (usually 14250) with \
           `consul.hashicorp.com/transparent-proxy-exclude-outbound-ports` (consul-k8s#506).",
    fixes: &[Trust::Safe],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let mesh = &facts.mesh;
    if !is_closed(mesh) {
        return;
    }
    for (workload, _, agent) in facts.agents.running(mesh) {
        let excluded = workload.template.at(&["metadata", "annotations", EXCLUDE_OUTBOUND_PORTS]).text();
        let excludes = |wanted: &u16| excluded.split(',').any(|port| port.trim().parse() == Ok(*wanted));
        let missing: Vec<String> =
            collectors(agent).iter().filter(|port| !excludes(port)).map(u16::to_string).collect();
        if workload.injected(mesh.inject_default()) == Some(true) && !missing.is_empty() {
            let missing = missing.join(",");
            out.hit(
                &RULE,
                agent.get("name"),
                "the agent cannot reach the collector: `meshDestinationsOnly` blocks connections out of the mesh",
                format!("exclude port {missing} with the annotation `{EXCLUDE_OUTBOUND_PORTS}`"),
            )
            .fix(
                Trust::Safe,
                [Edit::set(
                    workload.template.at(&["metadata", "annotations", EXCLUDE_OUTBOUND_PORTS]),
                    if excluded.is_empty() { missing } else { format!("{excluded},{missing}") },
                )],
            );
        }
    }
}

/// The ports to which an agent sends: those that its arguments name, else the usual one, as the address may be in its
/// environment.
fn collectors(agent: Cursor<'_>) -> Vec<u16> {
    let addresses = agent.get("args").items().filter_map(|arg| arg.str()?.strip_prefix(REPORTER)).next();
    Some(reporter_ports(addresses.unwrap_or_default())).filter(|ports| !ports.is_empty()).unwrap_or_else(|| vec![GRPC])
}

/// Whether transparent proxies block all traffic to destinations outside the mesh.
fn is_closed(mesh: &Mesh<'_>) -> bool {
    let mut all = mesh.refused.accepted(mesh.set, consul::GROUP, "Mesh");
    all.any(|object| object.spec().at(&["transparentProxy", "meshDestinationsOnly"]).bool() == Some(true))
}
