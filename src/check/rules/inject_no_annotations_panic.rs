use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::facts::Facts;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::jaeger::INJECT;

pub(crate) static RULE: Rule = Rule {
    id: "inject-no-annotations-panic",
    severity: Severity::Warning,
    summary: "a Deployment without annotations gets no agent through its namespace",
    text: "jaeger-operator writes to the Deployment's annotations without checking that there are any, and panics. Its \
           webhook has `failurePolicy: Ignore`, so the Deployment is created without an agent (pkg/inject/sidecar.go, \
           1.31 to 1.65).",
    fixes: &[Trust::Safe],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    for (workload, request) in facts.agents.requests(&facts.mesh) {
        let annotations = workload.object.at(&["metadata", "annotations"]).map();
        if request.by_namespace && annotations.is_none_or(|map| map.entries.is_empty()) {
            out.hit(
                &RULE,
                request.at,
                "the namespace asks for an agent, but the operator panics on a Deployment without annotations",
                "add any annotation to the Deployment, or ask for the agent there",
            )
            .fix(Trust::Safe, [Edit::set(workload.object.at(&["metadata", "annotations", INJECT]), request.value)]);
        }
    }
}
