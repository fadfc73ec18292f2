use crate::check::facts::Facts;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::jaeger::APP_LABELS;
use crate::stack::jaeger::SERVICE_NAME;

pub(crate) static RULE: Rule = Rule {
    id: "inject-no-app-label",
    severity: Severity::Info,
    summary: "without an app label, JAEGER_SERVICE_NAME is not set",
    text: "jaeger-operator derives JAEGER_SERVICE_NAME from the pod labels `app.kubernetes.io/instance`, \
           `app.kubernetes.io/name` or `app`, whichever it finds first (pkg/inject/sidecar.go decorate).",
    fixes: &[],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    for (workload, _) in facts.agents.requests(&facts.mesh) {
        if APP_LABELS.iter().all(|label| workload.label(label).is_none()) {
            let message = format!("the pods have no app label, so the operator does not set {SERVICE_NAME}");
            out.hit(&RULE, workload.template.at(&["metadata", "labels"]), message, "add the label `app` to the pods");
        }
    }
}
