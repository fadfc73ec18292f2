use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::facts::Facts;
use crate::check::cluster::tracer::Speaks;
use crate::check::hop::HopKind;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use serde_json::json;

pub(crate) static RULE: Rule = Rule {
    id: "otlp-needs-http2",
    severity: Severity::Error,
    summary: "OTLP over gRPC needs HTTP/2 in its cluster",
    text: "gRPC runs over HTTP/2. Unless `typed_extension_protocol_options` has `explicit_http_config.http2_protocol_options`, Envoy \
           speaks HTTP/1 and no span arrives.",
    fixes: &[Trust::Safe],
    check: Some(check),
};

const OPTIONS: &str = "typed_extension_protocol_options";
/// The message that says which HTTP Envoy speaks, and the key that it stands under (envoy
/// `api/envoy/extensions/upstreams/http/v3/http_protocol_options.proto`).
const HTTP_OPTIONS: &str = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let tracing = &facts.mesh.tracing;
    for (_, tracer, scope) in tracing.tracers() {
        let Some(cluster) = tracer.cluster.as_ref().and_then(|(name, _)| tracing.cluster(name)) else { continue };
        if tracer.speaks == Speaks::OtlpGrpc && !cluster.http2()
            && let Some(at) = tracing.in_clusters(&cluster.pointer)
        {
            let message = format!("cluster `{}` speaks HTTP/1, but OTLP over gRPC needs HTTP/2", cluster.name);
            let help = "add `typed_extension_protocol_options` with `explicit_http_config: {http2_protocol_options: {}}`";
            let options = [OPTIONS, HTTP_OPTIONS];
            let there = cluster.json.pointer(&format!("/{OPTIONS}/{HTTP_OPTIONS}")).is_some();
            let http2 = json!({"http2_protocol_options": {}});
            let cure = match there {
                true => Edit::set(at.clone().below(&options).below(&["explicit_http_config"]), http2),
                false => {
                    let whole = json!({"@type": format!("type.googleapis.com/{HTTP_OPTIONS}"), "explicit_http_config": http2});
                    Edit::set(at.clone().below(&options), whole)
                }
            };
            out.hit(&RULE, at, message, help).fix(Trust::Safe, [cure]).breaks(HopKind::Cluster, scope);
        }
    }
}
