use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::cursor::Cursor;
use crate::check::facts::Facts;
use crate::check::cluster::workload::Workload;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::jaeger;
use crate::stack::otel;

pub(crate) static RULE: Rule = Rule {
    id: "inject-wrong-object",
    severity: Severity::Warning,
    summary: "the operator does not read its annotation on this object",
    text: "jaeger-operator reads `sidecar.jaegertracing.io/inject` on Deployments and Namespaces, never on pod \
           templates or other kinds. The OpenTelemetry operator reads `sidecar.opentelemetry.io/inject` on pod \
           templates and Namespaces, never on Deployments.",
    fixes: &[Trust::Safe],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    for workload in &facts.mesh.workloads {
        for_jaeger(workload, out);
        let own = workload.object.at(&["metadata", "annotations", otel::INJECT]);
        if !workload.is_pod() && own.exists() {
            out.hit(
                &RULE,
                own.key(),
                format!("`{}` is only read on pod templates and Namespaces", otel::INJECT),
                "move it to `spec.template.metadata.annotations`",
            )
            .fix(Trust::Safe, [moved(own, workload.annotation(otel::INJECT))]);
        }
    }
}

/// What stands there already counts.
fn moved(from: Cursor<'_>, to: Cursor<'_>) -> Edit {
    if to.exists() { Edit::remove(from) } else { Edit::shift(from, to) }
}

fn for_jaeger(workload: &Workload<'_>, out: &mut Sink) {
    let path = ["metadata", "annotations", jaeger::INJECT];
    let (own, template) = (workload.object.at(&path), workload.template.at(&path));
    let kind = &workload.object.id.kind;
    if !workload.is_pod() && template.exists() && !workload.runs_jaeger() {
        out.hit(
            &RULE,
            template.key(),
            format!("`{}` is not read on pod templates", jaeger::INJECT),
            "move it to the `metadata` of the Deployment",
        )
        .fix(Trust::Safe, (&**kind == "Deployment").then(|| moved(template, own)));
    } else if &**kind != "Deployment" && own.exists() {
        out.hit(
            &RULE,
            own.key(),
            format!("`{}` is only read on Deployments and Namespaces; this is a {kind}", jaeger::INJECT),
            "add the agent's container to the pods yourself",
        );
    }
}
