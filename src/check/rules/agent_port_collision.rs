use crate::check::facts::Facts;
use crate::check::cluster::agent::is_agent;
use crate::check::cursor::Cursor;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::jaeger::AGENT_PORTS;

pub(crate) static RULE: Rule = Rule {
    id: "agent-port-collision",
    severity: Severity::Warning,
    summary: "a container listens on one of the agent's ports",
    text: "The agent listens on 5775, 5778, 6831, 6832 and 14271, and the containers of a pod share its ports \
           (jaeger-operator#2077). A container counts as listening on the ports that its probes use; declaring a port \
           does not open it.",
    fixes: &[],
    check: Some(check),
};

const PROBES: [&str; 3] = ["livenessProbe", "readinessProbe", "startupProbe"];
const CHECKS: [&str; 3] = ["httpGet", "tcpSocket", "grpc"];

fn check(facts: &Facts<'_>, out: &mut Sink) {
    for (workload, pod) in facts.agents.pods(&facts.mesh) {
        let others = workload.containers().filter(|container| pod.agents.is_empty() || !is_agent(*container));
        for at in others.flat_map(probed) {
            let number = number(at, workload.containers());
            if let Some(taken) = AGENT_PORTS.iter().find(|port| number == Some(port.number)) {
                out.hit(
                    &RULE,
                    at,
                    format!("the agent in the same pod also listens on {}", taken.number),
                    "use another port here, or move the agent's port with its flags",
                );
            }
        }
    }
}

/// The ports that a container certainly listens on. Entries of `ports` prove nothing: clients of the agent declare its
/// ports too (jaeger-operator `examples/tracegen.yaml`).
fn probed(container: Cursor<'_>) -> impl Iterator<Item = Cursor<'_>> {
    let probes = PROBES.into_iter().map(move |probe| container.get(probe));
    probes.flat_map(|probe| CHECKS.into_iter().map(move |check| probe.get(check).get("port"))).filter(|port| port.exists())
}

/// A port, given by its number or its name in a container.
fn number<'a>(at: Cursor<'a>, mut containers: impl Iterator<Item = Cursor<'a>>) -> Option<u16> {
    at.port().or_else(|| {
        let named = |container: Cursor<'a>| container.get("ports").items().find(|port| port.get("name").str() == at.str());
        containers.find_map(named)?.get("containerPort").port()
    })
}
