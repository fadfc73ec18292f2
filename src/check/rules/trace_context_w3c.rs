use crate::check::facts::Facts;
use crate::check::cluster::tracer::Speaks;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "trace-context-w3c",
    severity: Severity::Info,
    summary: "OTLP tracers propagate `traceparent`, not B3 headers",
    text: "Envoy's OpenTelemetry tracer reads and writes W3C trace context only, its Zipkin tracer B3 headers. A program that \
           propagates only the other kind of headers splits each trace in two.",
    fixes: &[],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let tracing = &facts.mesh.tracing;
    let Some(config) = tracing.config() else { return };
    let tracer = tracing.bootstrap.as_ref().or(tracing.listener.as_ref());
    if tracer.is_some_and(|tracer| matches!(tracer.speaks, Speaks::OtlpGrpc | Speaks::OtlpHttp)) {
        out.hit(
            &RULE,
            config,
            "proxies propagate W3C trace context (`traceparent`)",
            "make sure that programs propagate `traceparent` and `tracestate`, not only B3 headers",
        );
    }
}
