use crate::check::facts::Facts;
use crate::check::cluster::mesh::Mesh;
use crate::check::cursor::Cursor;
use crate::check::hop::HopKind;
use crate::check::problem::Scope;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::consul::INJECT;
use crate::stack::go::parse_bool;
use crate::stack::jaeger;
use crate::stack::otel;

pub(crate) static RULE: Rule = Rule {
    id: "jaeger-not-in-mesh",
    severity: Severity::Error,
    summary: "the collector's pods would get a sidecar",
    text: "Envoy's tracer sends plain HTTP to the collector, but behind a sidecar of its own the collector's port \
           expects mTLS. Set `consul.hashicorp.com/connect-inject: \"false\"` on its pods.",
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let mesh = &facts.mesh;
    for workload in mesh.workloads.iter().filter(|workload| workload.runs_jaeger()) {
        if workload.injected(mesh.inject_default()) == Some(true) {
            report(mesh, workload.template.at(&["metadata", "annotations"]), out);
        }
    }
    let jaegers = mesh.set.all(jaeger::GROUP, jaeger::KIND).map(|object| object.spec().get("annotations"));
    let collectors = mesh.set.all(otel::GROUP, otel::KIND).map(|object| object.spec().get("podAnnotations"));
    for annotations in jaegers.chain(collectors) {
        let injected = match annotations.get(INJECT).str() {
            Some(text) => parse_bool(text) == Some(true),
            None => mesh.inject_default() == Some(true),
        };
        if injected {
            report(mesh, annotations, out);
        }
    }
}

fn report(mesh: &Mesh<'_>, annotations: Cursor<'_>, out: &mut Sink) {
    // Without a tracer nothing sends to the collector, so no path breaks.
    let scope = if mesh.tracing.tracers().next().is_some() { Scope::All } else { Scope::Proxies(Vec::new()) };
    out.hit(
        &RULE,
        annotations,
        "these pods get a Consul sidecar, and behind it the collector expects mTLS",
        format!("set `{INJECT}: \"false\"` on them"),
    )
    .breaks(HopKind::Receiver, scope);
}
