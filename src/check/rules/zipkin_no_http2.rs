use crate::check::facts::Facts;
use crate::check::cluster::tracer::Speaks;
use crate::check::hop::HopKind;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "zipkin-no-http2",
    severity: Severity::Error,
    summary: "the Zipkin receiver speaks HTTP/1",
    text: "Measured: with HTTP/2 options, Envoy sends an HTTP/2 preface to an HTTP/1 port, and no span arrives (consul-helm#825).",
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let tracing = &facts.mesh.tracing;
    for (_, tracer, scope) in tracing.tracers() {
        let Some(cluster) = tracer.cluster.as_ref().and_then(|(name, _)| tracing.cluster(name)) else { continue };
        if tracer.speaks == Speaks::Zipkin && cluster.http2()
            && let Some(at) = tracing.in_clusters(&cluster.pointer)
        {
            let message = format!("cluster `{}` speaks HTTP/2, but a Zipkin receiver speaks HTTP/1", cluster.name);
            let help = "remove the HTTP/2 options";
            out.hit(&RULE, at, message, help).breaks(HopKind::Cluster, scope);
        }
    }
}
