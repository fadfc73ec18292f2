use crate::check::facts::Facts;
use crate::check::cluster::tracer::Speaks;
use crate::check::hop::HopKind;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "otlp-needs-http2",
    severity: Severity::Error,
    summary: "OTLP over gRPC needs HTTP/2 in its cluster",
    text: "gRPC runs over HTTP/2. Unless `typed_extension_protocol_options` has `explicit_http_config.http2_protocol_options`, Envoy \
           speaks HTTP/1 and no span arrives.",
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let tracing = &facts.mesh.tracing;
    for (_, tracer, scope) in tracing.tracers() {
        let Some(cluster) = tracer.cluster.as_ref().and_then(|(name, _)| tracing.cluster(name)) else { continue };
        if tracer.speaks == Speaks::OtlpGrpc && !cluster.http2()
            && let Some(at) = tracing.in_clusters(&cluster.pointer)
        {
            let message = format!("cluster `{}` speaks HTTP/1, but OTLP over gRPC needs HTTP/2", cluster.name);
            let help = "add `typed_extension_protocol_options` with `explicit_http_config: {http2_protocol_options: {}}`";
            out.hit(&RULE, at, message, help).breaks(HopKind::Cluster, scope);
        }
    }
}
