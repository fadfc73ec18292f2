use crate::check::facts::Facts;
use crate::check::hop::HopKind;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "cluster-endpoints",
    severity: Severity::Error,
    summary: "the collector's cluster has no address and port",
    text: "Without `load_assignment`, with no endpoints in it, or with a `named_port`, Envoy starts, loses every span \
           and reports nothing (measured).",
    fixes: &[],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let tracing = &facts.mesh.tracing;
    for (_, tracer, scope) in tracing.tracers() {
        let Some(cluster) = tracer.cluster.as_ref().and_then(|(name, _)| tracing.cluster(name)) else { continue };
        if cluster.endpoints.iter().any(|endpoint| !endpoint.host.is_empty() && endpoint.port.is_some()) {
            continue;
        }
        if let Some(at) = tracing.in_clusters(&cluster.pointer) {
            let message = format!("cluster `{}` has no endpoint with an address and a port", cluster.name);
            let help = "add an endpoint with a `socket_address` (`address` and `port_value`) to `load_assignment`";
            out.hit(&RULE, at, message, help).breaks(HopKind::Cluster, scope);
        }
    }
}
