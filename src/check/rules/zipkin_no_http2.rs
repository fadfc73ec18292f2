use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::facts::Facts;
use crate::check::cluster::tracer::Speaks;
use crate::check::hop::HopKind;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::check::embedded::field;
use serde_json::Value;

pub(crate) static RULE: Rule = Rule {
    id: "zipkin-no-http2",
    severity: Severity::Error,
    summary: "the Zipkin receiver speaks HTTP/1",
    text: "Measured: with HTTP/2 options, Envoy sends an HTTP/2 preface to an HTTP/1 port, and no span arrives (consul-helm#825).",
    fixes: &[Trust::Safe],
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
            let cure: Vec<Edit> = http2(&cluster.json).into_iter().map(|steps| {
                let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
                Edit::remove(at.clone().below(&steps))
            }).collect();
            out.hit(&RULE, at, message, help).fix(Trust::Safe, cure).breaks(HopKind::Cluster, scope);
        }
    }
}

/// The keys of a cluster that are about HTTP/2: of `typed_extension_protocol_options`, all that says nothing else.
fn http2(cluster: &Value) -> Vec<Vec<String>> {
    let mut keys = Vec::new();
    if let Some((key, _)) = field(cluster, "http2_protocol_options") {
        keys.push(vec![key.to_string()]);
    }
    let Some((extension, options)) = field(cluster, "typed_extension_protocol_options") else { return keys };
    let Some(options) = options.as_object() else { return keys };
    for (name, option) in options {
        let Some((explicit, config)) = field(option, "explicit_http_config") else { continue };
        if field(config, "http2_protocol_options").is_none() {
            continue;
        }
        let others = option.as_object().is_some_and(|map| map.keys().any(|key| key != "@type" && key != explicit));
        keys.push(match (others, options.len()) {
            (true, _) => vec![extension.to_string(), name.clone(), explicit.to_string()],
            (false, 1) => vec![extension.to_string()],
            (false, _) => vec![extension.to_string(), name.clone()],
        });
    }
    keys
}
