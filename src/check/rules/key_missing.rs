use crate::check::cluster::keys;
use crate::check::cluster::references;
use crate::check::cluster::references::CONFIG_MAP;
use crate::check::facts::Facts;
use crate::check::hop::HopKind;
use crate::check::problem::Cause;
use crate::check::problem::Scope;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "key-missing",
    severity: Severity::Error,
    summary: "the pods of a path need a key that their ConfigMap does not have",
    text: "A container does not start while a key that a variable or a volume takes from a ConfigMap is missing \
           (`CreateContainerConfigError: couldn't find key`, kubelet `pkg/kubelet/kubelet_pods.go`), unless the reference is \
           `optional`.",
    fixes: &[],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let mesh = &facts.mesh;
    let found: Vec<_> = mesh
        .workloads
        .iter()
        .filter_map(|workload| {
            let mut needed = references::of_pod(&workload.object.id.namespace, workload.template.get("spec"));
            needed.retain(|one| one.kind == CONFIG_MAP);
            keys::missing(mesh, &needed).map(|missing| (workload, missing.message, missing.at))
        })
        .collect();
    if found.is_empty() {
        return;
    }
    let told: Vec<_> =
        facts.routes.problems(mesh).into_iter().filter(|problem| problem.cause == Cause::KeyMissing).collect();
    for (workload, message, at) in found {
        // The route reports it for a collector that receives spans.
        let place = at.location();
        if told.iter().any(|problem| problem.at == place) {
            continue;
        }
        // What is on no path is left to `reference-incomplete`.
        if let Some(proxy) = mesh.proxy_of(workload) {
            out.hit(&RULE, place, message, keys::HELP).breaks(HopKind::Sidecar, Scope::Proxy(proxy));
        }
    }
}
