use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::facts::Facts;
use crate::check::cluster::mesh::Mesh;
use crate::check::cluster::workload::Workload;
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
use std::collections::HashSet;

pub(crate) static RULE: Rule = Rule {
    id: "jaeger-not-in-mesh",
    severity: Severity::Error,
    summary: "the collector's pods would get a sidecar",
    text: "Envoy's tracer sends plain HTTP to the collector, but behind its own sidecar the collector's port expects \
           mTLS. Set `consul.hashicorp.com/connect-inject: \"false\"` on its pods.",
    fixes: &[Trust::Safe],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let mesh = &facts.mesh;
    // Services behind the proxies' upstream listeners are in the mesh on purpose. Collected in one pass.
    let ports = || mesh.tracing.clusters.iter().flat_map(|cluster| &cluster.endpoints).filter_map(|endpoint| endpoint.port);
    let upstreams: HashSet<&str> =
        mesh.workloads.iter().flat_map(|workload| ports().filter_map(|port| workload.upstream(port))).collect();
    let is_called = |workload: &Workload<'_>| {
        let hosts = mesh.tracing.clusters.iter().flat_map(|cluster| &cluster.endpoints).map(|endpoint| &*endpoint.host);
        let mut names = hosts.map(|host| host.split('.').next().unwrap_or_default());
        names.any(|name| workload.selected_by.iter().any(|service| &*service.id.name == name))
    };
    for workload in mesh.workloads.iter().filter(|workload| workload.receives() && workload.injected(mesh.inject_default()) == Some(true)) {
        let called = workload.runs_jaeger() || is_called(workload);
        if called && !upstreams.contains(&*workload.service_name()) {
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
    // Without a tracer nothing is sent to the collector, so no path breaks.
    let scope = if mesh.tracing.tracers().next().is_some() { Scope::All } else { Scope::Proxies(Vec::new()) };
    out.hit(
        &RULE,
        annotations,
        "these pods get a Consul sidecar, and behind it the collector expects mTLS",
        format!("set `{INJECT}: \"false\"` on them"),
    )
    .fix(Trust::Safe, [Edit::set(annotations.get(INJECT), "false")])
    .breaks(HopKind::Receiver, scope);
}
