use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::facts::Facts;
use crate::check::cluster::backend;
use crate::check::hop::HopKind;
use crate::check::problem::Scope;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::consul;
use crate::stack::otel;

pub(crate) static RULE: Rule = Rule {
    id: "crd-available",
    severity: Severity::Error,
    summary: "the installed chart or operator does not define this kind",
    text: "The version of the Consul chart decides which kinds exist: the Gateway API, JWTProvider, SamenessGroup and others \
           from 1.2 on, GatewayPolicy and filters of routes from 1.3, Registration from 1.5; up to 0.49 none at all without \
           `controller.enabled: true` (charts/consul/templates/crd-*.yaml). An `apiVersion` that is not served is refused too.",
    fixes: &[Trust::Safe],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    collectors(facts, out);
    controller(facts, out);
}

/// OpenTelemetryCollectors with an apiVersion that the CRD does not serve. Those that receive spans are reported by the
/// route.
fn collectors(facts: &Facts<'_>, out: &mut Sink) {
    let mut unserved = facts.mesh.set.all(otel::GROUP, otel::KIND).filter_map(backend::unserved).peekable();
    if unserved.peek().is_none() {
        return;
    }
    let told = facts.routes.problems(&facts.mesh);
    for fault in unserved.filter(|fault| !told.iter().any(|problem| problem.at == fault.at)) {
        out.hit(&RULE, fault.at, fault.why, fault.help).cured(fault.cure).refused();
    }
}

/// Charts with client agents define their kinds only if the controller is enabled.
fn controller(facts: &Facts<'_>, out: &mut Sink) {
    let mesh = &facts.mesh;
    let Some(values) = mesh.values.filter(|_| mesh.versions.agents() == Some(true)) else { return };
    // Where the values do not say their chart, the image of Consul tells that it is one of these.
    let chart = mesh.versions.chart.as_ref().map_or_else(
        || "the chart of this Consul".to_string(),
        |chart| format!("chart {}", chart.series()),
    );
    if mesh.flag(&["controller", "enabled"], Some(false)) != Some(false) {
        return;
    }
    let entries = mesh.set.kinds().filter(|(group, _)| *group == consul::GROUP);
    let first = entries.filter_map(|(group, kind)| mesh.set.all(group, kind).next()).min_by_key(|object| object.index);
    if let Some(first) = first {
        out.hit(
            &RULE,
            values.at(&["controller", "enabled"]),
            format!("{chart} defines Consul's custom resources only with `controller.enabled: true`"),
            "set `controller.enabled: true`",
        )
        .fix(Trust::Safe, [Edit::set(values.at(&["controller", "enabled"]), true)])
        .note("the first object that needs them", first.root().get("kind"))
        .breaks(HopKind::Tracer, Scope::All);
    }
}
