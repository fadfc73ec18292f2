use crate::check::cure::Edit;
use crate::check::cure::Trust;
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
    fixes: &[Trust::Safe],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let containers = facts.mesh.workloads.iter().flat_map(|workload| workload.containers());
    for image in containers.map(|container| container.get("image")) {
        if image.text().starts_with(operator::RBAC_PROXY_REMOVED) {
            let message = format!("`{}` no longer exists", image.text());
            out.hit(&RULE, image, message, format!("use {}", operator::RBAC_PROXY))
                .fix(Trust::Safe, [Edit::set(image, moved(image.text()))])
                .refused();
        }
    }
}

/// The image where it is now, with the tag that is asked for.
fn moved(image: &str) -> String {
    let name = operator::RBAC_PROXY.split(':').next().unwrap_or_default();
    match image.strip_prefix(operator::RBAC_PROXY_REMOVED).filter(|rest| rest.starts_with(':') && !rest.contains('@')) {
        Some(tag) => format!("{name}{tag}"),
        None => operator::RBAC_PROXY.to_string(),
    }
}
