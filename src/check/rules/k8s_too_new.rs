use crate::check::facts::Facts;
use crate::check::cluster::version;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::Version;
use crate::stack::jaeger;
use crate::stack::jaeger::operator;

pub(crate) static RULE: Rule = Rule {
    id: "k8s-too-new",
    severity: Severity::Warning,
    summary: "this jaeger-operator does not support this Kubernetes version",
    text: "COMPATIBILITY.md of jaeger-operator lists what each version supports. 1.37, for example, uses \
           autoscaling/v2beta2, which Kubernetes 1.26 removed.",
    fixes: &[],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let Some(kubernetes) = &facts.mesh.versions.kubernetes else { return };
    let containers = facts.mesh.workloads.iter().flat_map(|workload| workload.containers());
    for image in containers.map(|container| container.get("image")) {
        if version::image_name(image.text()) != (jaeger::IMAGE_OWNER, operator::NAME) {
            continue;
        }
        let Some(release) = version::tag(image.text()).and_then(|tag| operator::find(tag).ok()) else { continue };
        let newer = |last: Version| (kubernetes.major(), kubernetes.minor()) > (last.major(), last.minor());
        if Version::read(release.kubernetes_to).is_some_and(newer) {
            let message = format!(
                "jaeger-operator {} supports Kubernetes up to {}; this is {}",
                release.version,
                release.kubernetes_to,
                kubernetes.series()
            );
            out.hit(&RULE, image, message, "use a newer jaeger-operator");
        }
    }
}
