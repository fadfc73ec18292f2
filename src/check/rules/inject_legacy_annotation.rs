use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::facts::Facts;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::jaeger::INJECT;
use crate::stack::jaeger::INJECT_LEGACY;

pub(crate) static RULE: Rule = Rule {
    id: "inject-legacy-annotation",
    severity: Severity::Warning,
    summary: "`inject-jaeger-agent` is no longer read",
    text: "jaeger-operator's source still has the constant, but nothing uses it. The annotation is \
           `sidecar.jaegertracing.io/inject`.",
    fixes: &[Trust::Safe],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    for workload in &facts.mesh.workloads {
        let path = ["metadata", "annotations", INJECT_LEGACY];
        let places = [workload.object.at(&path), workload.template.at(&path)];
        if let Some(at) = places.into_iter().find(|at| at.exists()) {
            let message = format!("`{INJECT_LEGACY}` is no longer read");
            let new = workload.object.at(&["metadata", "annotations", INJECT]);
            let cure = match (&*workload.object.id.kind, new.exists(), at.pointer() == places[0].pointer()) {
                ("Deployment", true, _) => Some(Edit::remove(at)),
                ("Deployment", _, true) => Some(Edit::rename(at, INJECT)),
                ("Deployment", ..) => Some(Edit::shift(at, new)),
                _ => None,
            };
            out.hit(&RULE, at.key(), message, format!("write `{INJECT}` on the Deployment")).fix(Trust::Safe, cure);
        }
    }
}
