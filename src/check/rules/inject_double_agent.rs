use crate::check::facts::Facts;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::jaeger::AGENT_CONTAINER;
use crate::stack::jaeger::INJECTED;

pub(crate) static RULE: Rule = Rule {
    id: "inject-double-agent",
    severity: Severity::Warning,
    summary: "a pod gets two agents",
    text: "Two agents in a pod need the same ports. jaeger-operator recognizes an agent by the container name \
           `jaeger-agent` and its own by the label `sidecar.jaegertracing.io/injected` as well; it does not notice an \
           agent by another name, or a manual one next to the label.",
    fixes: &[],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    for (workload, pod, agent) in facts.agents.running(&facts.mesh) {
        let name = agent.get("name");
        let injected = workload.object.at(&["metadata", "labels", INJECTED]).exists();
        let unnoticed = name.str() != Some(AGENT_CONTAINER);
        if pod.agents.len() > 1 || unnoticed && (injected || pod.requested) {
            out.hit(
                &RULE,
                name,
                "these pods get two agents, which need the same ports",
                format!("keep one agent, in a container named `{AGENT_CONTAINER}`"),
            );
        }
    }
}
