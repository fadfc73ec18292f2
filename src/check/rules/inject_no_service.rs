use crate::check::Facts;
use crate::check::cluster::workload::Workload;
use crate::check::hop::HopKind;
use crate::check::problem::Scope;
use crate::check::rules::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::kube;

pub(crate) static RULE: Rule = Rule {
    id: "inject-no-service",
    severity: Severity::Error,
    summary: "no Service selects the injected pods",
    text: "Consul registers a pod by its Service: a pod that no Service selects never leaves its init container \
           (consul-k8s#962, #1899).",
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let mesh = &facts.mesh;
    for workload in mesh.workloads.iter().filter(|workload| workload.injected(mesh) == Some(true)) {
        let Some(proxy) = mesh.proxy_of(workload) else { continue };
        // In a namespace without any Service, the Services are not among the files.
        let served = mesh.served.contains(&*workload.object.id.namespace);
        if !served || workload.cut || !workload.selected_by.is_empty() || ends(workload) {
            continue;
        }
        out.hit(
            &RULE,
            workload.template.at(&["metadata", "labels"]),
            format!("no Service selects the pods of {}, so they never start", workload.object.id),
            "add a Service whose selector matches these labels",
        )
        .breaks(HopKind::Sidecar, Scope::Proxy(proxy));
    }
}

/// Whether its pods are meant to end. They serve nobody, and a Service for them is rarely among the files.
fn ends(workload: &Workload<'_>) -> bool {
    let id = workload.object.id;
    kube::workload_kind(&id.group, &id.kind).is_some_and(|kind| kind.ends)
}
