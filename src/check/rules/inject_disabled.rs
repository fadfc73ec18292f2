use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::cluster::workload::Workload;
use crate::check::cursor::Cursor;
use crate::check::facts::Facts;
use crate::check::cluster::mesh::Proxy;
use crate::check::hop::HopKind;
use crate::check::problem::Scope;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "inject-disabled",
    severity: Severity::Error,
    summary: "`connectInject.enabled` is false, so no pod gets a sidecar",
    text: "In charts up to 0.49 the default is false; in later ones it is true. With gateways the chart does not \
           even render: `connectInject.enabled must be true` \
           (charts/consul/templates/ingress-gateways-deployment.yaml).",
    fixes: &[Trust::Safe],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let mesh = &facts.mesh;
    let path = ["connectInject", "enabled"];
    let default = mesh.versions.agents().map(|agents| !agents);
    let found = match mesh.values {
        // The chart asks whether the value is set, and any text is, but `-` stands for `global.enabled` (charts/consul/templates/connect-inject-deployment.yaml).
        Some(values) if values.at(&path).str().is_some_and(|text| !matches!(text, "" | "-")) => None,
        Some(values) => mesh.flag(&path, default).map(|enabled| (values, enabled)),
        None => mesh.certain(&path),
    };
    let Some((values, false)) = found else { return };
    let at = values.at(&path);
    if at.str() == Some("-") {
        return inherited(facts, out, values);
    }
    let message = if mesh.proxies.iter().any(Proxy::is_gateway) {
        "`connectInject.enabled` is false: the chart does not render gateways, and no pod gets a sidecar"
    } else if mesh.workloads.iter().any(|workload| workload.injected(mesh.inject_default()) == Some(true)) {
        "`connectInject.enabled` is false, so no pod gets a sidecar"
    } else {
        return;
    };
    out.hit(&RULE, at, message, "set it to true")
            .fix(Trust::Safe, [Edit::set(at, true)])
            .breaks(HopKind::Sidecar, Scope::All);
}

/// Reports `connectInject.enabled: "-"` with `global.enabled: false`.
fn inherited(facts: &Facts<'_>, out: &mut Sink, values: Cursor<'_>) {
    let mesh = &facts.mesh;
    let asks = |workload: &Workload<'_>| workload.injected(mesh.inject_default()) == Some(true);
    if !mesh.proxies.iter().any(Proxy::is_gateway) && !mesh.workloads.iter().any(asks) {
        return;
    }
    let message = "`connectInject.enabled` is `-`, which stands for `global.enabled`, and that is false, so no pod gets a sidecar";
    let at = values.at(&["connectInject", "enabled"]);
    out.hit(&RULE, at, message, "set `connectInject.enabled` to true")
        .fix(Trust::Safe, [Edit::set(at, true)])
        .breaks(HopKind::Sidecar, Scope::All);
}
