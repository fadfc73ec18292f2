use crate::check::facts::Facts;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::suggest;

pub(crate) static RULE: Rule = Rule {
    id: "inject-ambiguous",
    severity: Severity::Warning,
    summary: "`true` does not say which of several Jaegers is meant",
    text: "With several Jaegers in the cluster, jaeger-operator takes the one in the Deployment's namespace. If that \
           namespace has none or more than one, it injects nothing and says so only in its debug log \
           (pkg/inject/sidecar.go Select; jaeger-operator#1116, #1414).",
    fixes: &[],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let agents = &facts.agents;
    let total = agents.jaegers.len();
    if total < 2 {
        return;
    }
    for (workload, request) in agents.requests(&facts.mesh) {
        let here = agents.count_in(&workload.object.id.namespace);
        if request.value == "true" && here != 1 {
            out.hit(
                &RULE,
                request.at,
                format!("`true` injects nothing: it needs exactly one of the {total} Jaegers in this namespace; {here} are"),
                format!("name the Jaeger instead of `true`: {}", suggest::some(agents.names(), "")),
            );
        }
    }
}
