use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::facts::Facts;
use crate::check::cluster::tracer::Speaks;
use crate::check::cursor::Cursor;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "shared-span-context",
    severity: Severity::Warning,
    summary: "`shared_span_context` is not false",
    text: "By default, client and server share one span in Envoy. Jaeger does not expect that: it shows only one of the two, with the \
           other's times (Consul's own example sets false).",
    fixes: &[Trust::Safe],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let tracing = &facts.mesh.tracing;
    for (key, tracer, _) in tracing.tracers().filter(|(_, tracer, _)| tracer.speaks == Speaks::Zipkin) {
        let Some(place) = tracing.place(key) else { continue };
        let (pointer, set) = match tracer.flag("shared_span_context") {
            Some((_, false)) => continue,
            Some((pointer, true)) => (pointer.clone(), pointer),
            None => (tracer.pointer.clone(), format!("{}/shared_span_context", tracer.pointer)),
        };
        out.hit(
            &RULE,
            Cursor::inner(&place, pointer),
            "`shared_span_context` is not false, but Jaeger does not expect shared spans",
            "add `\"shared_span_context\": false`",
        )
        .fix(Trust::Safe, [Edit::set(Cursor::inner(&place, set), false)]);
    }
}
