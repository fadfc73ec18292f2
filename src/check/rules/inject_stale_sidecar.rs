use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::facts::Facts;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "inject-stale-sidecar",
    severity: Severity::Warning,
    summary: "the agent's image differs from that of the Jaeger resource",
    text: "jaeger-operator does not update an agent that was added by hand when `spec.agent.image` changes \
           (jaeger-operator#1644).",
    fixes: &[Trust::Unsafe],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let [only] = facts.agents.jaegers.as_slice() else { return };
    let wanted = only.spec().at(&["agent", "image"]);
    let Some(image) = wanted.str() else { return };
    for (_, _, agent) in facts.agents.running(&facts.mesh) {
        let given = agent.get("image");
        if given.text() != image {
            let message = format!("the agent is `{}`, but the Jaeger resource asks for `{image}`", given.text());
            out.hit(&RULE, given, message, "use the same image in both")
                .fix(Trust::Unsafe, [Edit::set(given, image)])
                .note("the Jaeger's agent image is here", wanted);
        }
    }
}
