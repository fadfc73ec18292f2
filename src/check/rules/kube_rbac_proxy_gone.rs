use crate::check::facts::Facts;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::jaeger::operator;

pub(crate) static RULE: Rule = Rule {
    id: "kube-rbac-proxy-gone",
    severity: Severity::Error,
    summary: "the image gcr.io/kubebuilder/kube-rbac-proxy no longer exists",
    text: "It was removed in March 2026. The operator's pod does not start, so its webhook does not answer and the API \
           server rejects Jaeger resources. quay.io/brancz/kube-rbac-proxy has the same releases.",
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let containers = facts.mesh.workloads.iter().flat_map(|workload| workload.containers());
    for image in containers.map(|container| container.get("image")) {
        if image.text().starts_with(operator::RBAC_PROXY_REMOVED) {
            let message = format!("`{}` no longer exists", image.text());
            out.hit(&RULE, image, message, format!("use {}", operator::RBAC_PROXY)).refused();
        }
    }
}
