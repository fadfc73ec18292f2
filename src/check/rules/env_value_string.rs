use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::facts::Facts;
use crate::check::cluster::backend;
use crate::check::hop::HopKind;
use crate::check::problem::Cause;
use crate::check::problem::Scope;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "env-value-string",
    severity: Severity::Error,
    summary: "the value of an environment variable is not a string",
    text: "The API server refuses the object: `cannot unmarshal bool into Go struct field EnvVar.value of type string` \
           (opentelemetry-collector-contrib#20700).",
    fixes: &[Trust::Safe],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let mesh = &facts.mesh;
    let found: Vec<_> = mesh
        .workloads
        .iter()
        .filter_map(|workload| backend::not_string(workload).map(|(name, value)| (workload, name, value)))
        .collect();
    if found.is_empty() {
        return;
    }
    let told: Vec<_> =
        facts.routes.problems(mesh).into_iter().filter(|problem| problem.cause == Cause::EnvValue).collect();
    for (workload, name, value) in found {
        // The route reports it for a collector that receives spans.
        let at = value.location();
        if told.iter().any(|problem| problem.at == at) {
            continue;
        }
        let message = format!("the value of `{name}` is not a string, and the API server refuses the {}", workload.object.id.kind);
        let hit = out.hit(&RULE, at, message, "put the value in quotes");
        hit.fix(Trust::Safe, [Edit::quote(value)]);
        match mesh.proxy_of(workload) {
            Some(proxy) => hit.breaks(HopKind::Sidecar, Scope::Proxy(proxy)),
            None => hit.refused(),
        };
    }
}
