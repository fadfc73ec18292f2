use crate::check::facts::Facts;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "inject-app-jaeger-label",
    severity: Severity::Warning,
    summary: "the label `app: jaeger` prevents injection",
    text: "jaeger-operator takes a Deployment with this label for one of its own and injects nothing \
           (pkg/inject/sidecar.go Needed; jaeger-operator#900).",
    fixes: &[],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    for (workload, _) in facts.agents.requests(&facts.mesh) {
        let labels = workload.object.at(&["metadata", "labels"]);
        let app = labels.get("app");
        if app.str() == Some("jaeger") && labels.get("app.kubernetes.io/component").str() != Some("query") {
            let message = "the operator injects no agent into Deployments labeled `app: jaeger`";
            out.hit(&RULE, app, message, "use another value for the label `app`");
        }
    }
}
