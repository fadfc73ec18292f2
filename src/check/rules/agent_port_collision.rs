use crate::check::facts::Facts;
use crate::check::cluster::agent::is_agent;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::jaeger::AGENT_PORTS;

pub(crate) static RULE: Rule = Rule {
    id: "agent-port-collision",
    severity: Severity::Warning,
    summary: "a container listens on one of the agent's ports",
    text: "The agent listens on 5775, 5778, 6831, 6832 and 14271, and the containers of a pod share its ports \
           (jaeger-operator#2077).",
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    for (workload, pod) in facts.agents.pods(&facts.mesh) {
        let others = workload.containers().filter(|container| pod.agents.is_empty() || !is_agent(*container));
        for port in others.flat_map(|container| container.get("ports").items()) {
            let number = port.get("containerPort");
            if let Some(taken) = AGENT_PORTS.iter().find(|port| number.int() == Some(port.number.into())) {
                out.hit(
                    &RULE,
                    number,
                    format!("the agent in the same pod also listens on {}", taken.number),
                    "use another port here, or move the agent's port with its flags",
                );
            }
        }
    }
}
