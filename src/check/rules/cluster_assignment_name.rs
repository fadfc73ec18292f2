use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::facts::Facts;
use crate::check::embedded::field;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "cluster-assignment-name",
    severity: Severity::Warning,
    summary: "`load_assignment.cluster_name` differs from the cluster's name",
    text: "Envoy looks clusters up by `name` only, so tracing works, but two different names are usually a mistake \
           (consul-helm#825).",
    fixes: &[Trust::Safe],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let tracing = &facts.mesh.tracing;
    for cluster in &tracing.clusters {
        let Some((key, assignment)) = field(&cluster.json, "load_assignment") else { continue };
        let Some((name, given)) = field(assignment, "cluster_name") else { continue };
        let given = given.as_str().unwrap_or_default();
        if given.is_empty() || given == cluster.name {
            continue;
        }
        if let Some(at) = tracing.in_clusters(&format!("{}/{key}/{name}", cluster.pointer)) {
            let message = format!("`load_assignment.cluster_name` is `{given}`, but the cluster is called `{}`", cluster.name);
            let cure = Edit::set(&at, &*cluster.name);
            out.hit(&RULE, at, message, "use the cluster's name in both places").fix(Trust::Safe, [cure]);
        }
    }
}
