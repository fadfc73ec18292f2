use crate::check::facts::Facts;
use crate::check::hop::HopKind;
use crate::check::problem::Scope;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::consul;

pub(crate) static RULE: Rule = Rule {
    id: "inject-no-service",
    severity: Severity::Error,
    summary: "no Service selects the injected pods",
    text: "Consul registers a pod by its Service: a pod that no Service selects never leaves its init container \
           (consul-k8s#962, #1899), nor does one whose only Service is labeled `consul.hashicorp.com/service-ignore: \"true\"` \
           (consul-k8s#858). The pods of Jobs and CronJobs are no exception.",
    fixes: &[],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let mesh = &facts.mesh;
    for workload in mesh.workloads.iter().filter(|workload| workload.injected(mesh.inject_default()) == Some(true)) {
        if workload.runs_jaeger() || workload.is_gateway() {
            continue;
        }
        // If a namespace has no Services at all, they are probably missing from the files.
        let served = mesh.served.contains(&*workload.object.id.namespace);
        if !served || workload.cut || workload.registered_by().next().is_some() {
            continue;
        }
        let chosen = workload.annotation(consul::KUBERNETES_SERVICE);
        let hit = match (workload.selected_by.first(), chosen.str()) {
            (None, _) => out.hit(
                &RULE,
                workload.template.at(&["metadata", "labels"]),
                format!("no Service selects the pods of {}, so they never start", workload.object.id),
                "add a Service whose selector matches these labels",
            ),
            (Some(_), Some(name)) => out.hit(
                &RULE,
                chosen,
                format!("Consul only registers the pods of {} for Service `{name}`, which does not select them or is ignored", workload.object.id),
                "name a Service that selects these pods, or remove the annotation",
            ),
            (Some(ignored), None) => out.hit(
                &RULE,
                ignored.at(&["metadata", "labels"]).get(consul::SERVICE_IGNORE),
                format!("Consul ignores the only Service of the pods of {}, so they never start", workload.object.id),
                "remove the label, or add another Service for these pods",
            ),
        };
        // Other pods with a Service may represent the service with this name; then its path does not depend on these
        // pods.
        if let Some(proxy) = mesh.proxy_of(workload) {
            hit.breaks(HopKind::Sidecar, Scope::Proxy(proxy));
        }
    }
}
