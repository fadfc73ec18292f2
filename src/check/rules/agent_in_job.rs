use crate::check::facts::Facts;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::kube;

pub(crate) static RULE: Rule = Rule {
    id: "agent-in-job",
    severity: Severity::Warning,
    summary: "an agent keeps a Job from completing",
    text: "The agent never exits, so the pod never completes.",
    fixes: &[],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    for (workload, _, agent) in facts.agents.running(&facts.mesh) {
        let id = workload.object.id;
        if kube::workload_kind(&id.group, &id.kind).is_some_and(|kind| kind.ends) {
            let message = format!("the agent never exits, so pods of this {} never complete", id.kind);
            out.hit(&RULE, agent.get("name"), message, "send spans straight to the collector");
        }
    }
}
