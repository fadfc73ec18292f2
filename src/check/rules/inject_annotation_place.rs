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
use crate::stack::consul::INJECT;

pub(crate) static RULE: Rule = Rule {
    id: "inject-annotation-place",
    severity: Severity::Error,
    summary: "`connect-inject` is on the workload instead of its pods",
    text: "The webhook sees pods only: it reads the annotation from the pod template \
           (connect-inject/mesh_webhook.go). On a Deployment's own metadata it has no effect.",
    fixes: &[Trust::Safe],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let mesh = &facts.mesh;
    // Not needed for pods that are injected by default.
    if mesh.inject_default() == Some(true) {
        return;
    }
    for workload in mesh.workloads.iter().filter(|workload| workload.asks_in_wrong_place()) {
        let kind = &workload.object.id.kind;
        let hit = out.hit(
            &RULE,
            workload.object.at(&["metadata", "annotations"]).get(INJECT).key(),
            format!("`{INJECT}` is on the {kind}, but Consul reads it from the pods"),
            format!("move it to `spec.template.metadata.annotations` of the {kind}"),
        );
        let own = workload.object.at(&["metadata", "annotations", INJECT]);
        hit.fix(Trust::Safe, [Edit::shift(own, workload.annotation(INJECT))]);
        if let Some(proxy) = mesh.proxy_of(workload).or_else(|| same_service(mesh, workload)) {
            hit.breaks(HopKind::Sidecar, Scope::Proxy(proxy));
        }
    }
}

/// The sidecar of the service, if this workload is another version of it.
fn same_service(mesh: &Mesh<'_>, workload: &Workload<'_>) -> Option<usize> {
    if workload.runs_jaeger() || workload.is_gateway() {
        return None;
    }
    let index = *mesh.sidecars.get(&workload.service_name())?;
    (mesh.proxies[index].namespace.as_deref() == Some(&*workload.object.id.namespace)).then_some(index)
}
