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
    text: "Consul's bootstrap defines its own clusters (local_agent, consul-dataplane, prometheus_backend, \
           consul_telemetry_collector_loopback). Envoy refuses two clusters with the same name. Two names cause no \
           error, and spans still arrive: with a static `self_admin`, Consul leaves out its own, so metrics and \
           readiness checks go to the static cluster; with a static `local_app`, the requests for every application go \
           there (404, seen on Consul 1.12.3 and 1.14.11).",
    fixes: &[],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let tracing = &facts.mesh.tracing;
    let mut seen: HashSet<&str> = HashSet::new();
    for cluster in &tracing.clusters {
        let again = !seen.insert(&cluster.name);
        let shared = envoy::SHARED_CLUSTERS.contains(&&*cluster.name);
        if !again && !shared && !envoy::OWN_CLUSTERS.contains(&&*cluster.name) {
            continue;
        }
        if let Some(at) = tracing.in_clusters(&format!("{}/name", cluster.pointer)) {
            let message = match again {
                true => format!("there is already a static cluster `{}`", cluster.name),
                false if shared => format!(
                    "`{}` is also the name of one of Consul's clusters, whose requests go to this one instead",
                    cluster.name
                ),
                false => format!("Consul's bootstrap already has a cluster `{}`", cluster.name),
            };
            let hit = out.hit(&RULE, at, message, "choose another name");
            if again || !shared {
                hit.breaks(HopKind::Cluster, Scope::All);
            }
        }
    }
}
