use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::facts::Facts;
use crate::check::cluster::tracer::Speaks;
use crate::check::cursor::Cursor;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "trace-id-128bit",
    severity: Severity::Info,
    summary: "`trace_id_128bit` is not true",
    text: "OpenTelemetry SDKs create 128-bit trace IDs. With Envoy's 64 bits, the spans of one request may end up in two traces \
           (Consul's documentation on distributed tracing).",
    fixes: &[Trust::Unsafe],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let tracing = &facts.mesh.tracing;
    for (key, tracer, _) in tracing.tracers().filter(|(_, tracer, _)| tracer.speaks == Speaks::Zipkin) {
        let Some(place) = tracing.place(key) else { continue };
        if !tracer.flag("trace_id_128bit").is_some_and(|(_, on)| on) {
            let key = tracer.flag("trace_id_128bit").map(|(pointer, _)| pointer);
            let key = key.unwrap_or_else(|| format!("{}/trace_id_128bit", tracer.pointer));
            let flag = Cursor::inner(&place, key);
            out.hit(
                &RULE,
                Cursor::inner(&place, &tracer.pointer),
                "trace IDs have 64 bits, but OpenTelemetry SDKs create 128-bit IDs",
                "add `\"trace_id_128bit\": true` if programs create trace IDs",
            )
            .fix(Trust::Unsafe, [Edit::set(flag, true)]);
        }
    }
}
