use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::facts::Facts;
use crate::check::cluster::mesh::Mesh;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::consul;
use crate::stack::consul::EXCLUDE_OUTBOUND_PORTS;
use crate::stack::jaeger::GRPC;

pub(crate) static RULE: Rule = Rule {
    id: "tproxy-agent-outbound",
    severity: Severity::Warning,
    summary: "the agent cannot reach the collector",
    text: "With `meshDestinationsOnly`, a transparent proxy blocks connections to destinations outside the mesh. \
           Exclude port 14250 with `consul.hashicorp.com/transparent-proxy-exclude-outbound-ports` (consul-k8s#506).",
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
        let excludes = excluded.split(',').any(|port| port.trim().parse() == Ok(GRPC));
        if workload.injected(mesh.inject_default()) == Some(true) && !excludes {
            out.hit(
                &RULE,
                agent.get("name"),
                "the agent cannot reach the collector: `meshDestinationsOnly` blocks connections out of the mesh",
                format!("exclude port {GRPC} with the annotation `{EXCLUDE_OUTBOUND_PORTS}`"),
            )
            .fix(
                Trust::Safe,
                [Edit::set(
                    workload.template.at(&["metadata", "annotations", EXCLUDE_OUTBOUND_PORTS]),
                    if excluded.is_empty() { GRPC.to_string() } else { format!("{excluded},{GRPC}") },
                )],
            );
        }
    }
}

/// Whether transparent proxies block all traffic to destinations outside the mesh.
fn is_closed(mesh: &Mesh<'_>) -> bool {
    let mut all = mesh.refused.accepted(mesh.set, consul::GROUP, "Mesh");
    all.any(|object| object.spec().at(&["transparentProxy", "meshDestinationsOnly"]).bool() == Some(true))
}
