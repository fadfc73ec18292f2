use crate::check::facts::Facts;
use crate::check::cluster::backend;
use crate::check::hop::HopKind;
use crate::check::input::set::Object;
use crate::check::problem::Scope;
use crate::check::sink::Rule;
use crate::check::sink::Diagnostic;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::consul;
use crate::stack::consul::chart;
use crate::stack::consul::chart::World;
use crate::stack::kube;
use crate::stack::otel;
use std::collections::BTreeSet;

pub(crate) static RULE: Rule = Rule {
    id: "crd-available",
    severity: Severity::Error,
    summary: "the installed chart or operator does not define this kind",
    text: "The version of the Consul chart decides which kinds exist: the Gateway API, JWTProvider, SamenessGroup and others \
           from 1.2 on, GatewayPolicy and filters of routes from 1.3, Registration from 1.5; up to 0.49 none at all without \
           `controller.enabled: true` (charts/consul/templates/crd-*.yaml). An `apiVersion` that is not served is refused too.",
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    api_versions(facts, out);
    collectors(facts, out);
    controller(facts, out);
    later_kinds(facts, out);
}

/// The API server refuses the object; whichever proxies rest on it have no path.
fn refuse(facts: &Facts<'_>, object: Object<'_>, hit: &mut Diagnostic) {
    let mesh = &facts.mesh;
    let gateway = mesh.by_item.get(&object.index).filter(|proxy| mesh.proxies[**proxy].is_gateway());
    match gateway {
        Some(proxy) => hit.breaks(HopKind::Entry, Scope::Proxy(*proxy)),
        None if mesh.tracing.is_of(object) => hit.breaks(HopKind::Tracer, Scope::All),
        None => hit.refused(),
    };
}

/// Consul's own kinds are served in one version.
fn api_versions(facts: &Facts<'_>, out: &mut Sink) {
    let kinds: BTreeSet<&str> = chart::CHARTS
        .iter()
        .flat_map(chart::Chart::kinds)
        .filter_map(|(group, kind)| (group == consul::GROUP).then_some(kind))
        .collect();
    for object in kinds.into_iter().flat_map(|kind| facts.mesh.set.all(consul::GROUP, kind)) {
        let at = object.root().get("apiVersion");
        if at.str() == Some(consul::API_VERSION) {
            continue;
        }
        let message = format!("{} is not served as `{}`", object.id.kind, at.text());
        refuse(facts, object, out.hit(&RULE, at, message, format!("use `{}`", consul::API_VERSION)));
    }
}

/// OpenTelemetryCollectors in a version that nobody serves. A route reports those that spans are sent to.
fn collectors(facts: &Facts<'_>, out: &mut Sink) {
    let mut unserved = facts.mesh.set.all(otel::GROUP, otel::KIND).filter_map(backend::unserved).peekable();
    if unserved.peek().is_none() {
        return;
    }
    let told = facts.routes.problems(&facts.mesh);
    for fault in unserved.filter(|fault| !told.iter().any(|problem| problem.at == fault.at)) {
        out.hit(&RULE, fault.at, fault.why, fault.help).refused();
    }
}

/// Charts with client agents define their kinds only together with the controller.
fn controller(facts: &Facts<'_>, out: &mut Sink) {
    let mesh = &facts.mesh;
    let (Some(chart), Some(values)) = (&mesh.versions.chart, mesh.values) else { return };
    if World::of_chart(chart) != World::Agents {
        return;
    }
    if mesh.flag(&["controller", "enabled"], Some(false)) != Some(false) {
        return;
    }
    let entries = mesh.set.kinds().filter(|(group, _)| *group == consul::GROUP);
    let first = entries.filter_map(|(group, kind)| mesh.set.all(group, kind).next()).min_by_key(|object| object.index);
    if let Some(first) = first {
        out.hit(
            &RULE,
            values.at(&["controller", "enabled"]),
            format!("chart {} defines Consul's custom resources only with `controller.enabled: true`", chart.series()),
            "set `controller.enabled: true`",
        )
        .note("the first object that needs them", first.root().get("kind"))
        .breaks(HopKind::Tracer, Scope::All);
    }
}

fn later_kinds(facts: &Facts<'_>, out: &mut Sink) {
    let mesh = &facts.mesh;
    let Some(chart) = &mesh.versions.chart else { return };
    let here = (chart.major(), chart.minor());
    for (group, kind, since) in chart::later_kinds().filter(|(_, _, since)| here < *since) {
        for object in mesh.set.all(group, kind) {
            // Beside a chart with agents, other products may serve the Gateway API.
            if group == kube::GATEWAY_API && World::of_chart(chart) == World::Agents && !mesh.by_item.contains_key(&object.index) {
                continue;
            }
            let message = format!("chart {} does not define {kind}, which came with {}.{}", chart.series(), since.0, since.1);
            let help = format!("use chart {}.{} or later, or remove this {kind}", since.0, since.1);
            refuse(facts, object, out.hit(&RULE, object.root().get("kind"), message, help));
        }
    }
}
