use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::facts::Facts;
use crate::check::cluster::mesh::Mesh;
use crate::check::cluster::workload::Workload;
use crate::check::hop::HopKind;
use crate::check::problem::Scope;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::yaml::Value;

pub(crate) static RULE: Rule = Rule {
    id: "annotation-not-string",
    severity: Severity::Error,
    summary: "an annotation or label is not a string",
    text: "Kubernetes refuses a boolean or a number in annotations and labels: put it in quotes.",
    fixes: &[Trust::Safe],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    for workload in &facts.mesh.workloads {
        judge(&facts.mesh, workload, out);
    }
}

fn judge(mesh: &Mesh<'_>, workload: &Workload<'_>, out: &mut Sink) {
    let own = workload.object.root();
    // A Pod has no template of its own.
    let template = (workload.template.pointer() != own.pointer()).then_some(workload.template);
    for metadata in [own].into_iter().chain(template).map(|root| root.get("metadata")) {
        for (key, value) in ["annotations", "labels"].into_iter().flat_map(|part| metadata.get(part).entries()) {
            let Some(node) = value.node() else { continue };
            if !matches!(node.value, Value::Bool(_) | Value::Int(_) | Value::Float(_)) {
                continue;
            }
            let message = format!("`{key}` is {}, but Kubernetes accepts only strings here", node.kind());
            let hit = out.hit(&RULE, value, message, "put the value in quotes");
            hit.fix(Trust::Safe, [Edit::quote(value)]);
            match mesh.proxy_of(workload) {
                Some(proxy) => hit.breaks(HopKind::Sidecar, Scope::Proxy(proxy)),
                None => hit.refused(),
            };
        }
    }
}
