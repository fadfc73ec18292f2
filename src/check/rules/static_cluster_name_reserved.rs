use crate::check::facts::Facts;
use crate::check::hop::HopKind;
use crate::check::problem::Scope;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::envoy;
use std::collections::HashSet;

pub(crate) static RULE: Rule = Rule {
    id: "static-cluster-name-reserved",
    severity: Severity::Error,
    summary: "the name of a static cluster is already taken",
    text: "Consul's bootstrap has clusters of its own (local_agent, consul-dataplane, self_admin, prometheus_backend, local_app, \
           consul_telemetry_collector_loopback). Envoy refuses two clusters with the same name.",
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let tracing = &facts.mesh.tracing;
    let mut seen: HashSet<&str> = HashSet::new();
    for cluster in &tracing.clusters {
        let again = !seen.insert(&cluster.name);
        if !again && !envoy::OWN_CLUSTERS.contains(&&*cluster.name) {
            continue;
        }
        if let Some(at) = tracing.in_clusters(&format!("{}/name", cluster.pointer)) {
            let message = match again {
                true => format!("there is already a static cluster `{}`", cluster.name),
                false => format!("Consul's bootstrap already has a cluster `{}`", cluster.name),
            };
            out.hit(&RULE, at, message, "choose another name").breaks(HopKind::Cluster, Scope::All);
        }
    }
}
