use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::facts::Facts;
use crate::check::hop::HopKind;
use crate::check::problem::Scope;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::consul;
use crate::stack::kube;
use crate::suggest;

pub(crate) static RULE: Rule = Rule {
    id: "gateway-class-unknown",
    severity: Severity::Error,
    summary: "no GatewayClass of this name is installed",
    text: "From 1.2 on the Consul chart creates the GatewayClass `consul` (connectInject.apiGateway). A Gateway whose class does \
           not exist is never programmed, so no proxy listens. `consul-api-gateway` was the class of the standalone controller, \
           which is archived and gone since chart 1.5.",
    fixes: &[Trust::Safe],
    check: Some(check),
};

/// Checks names that look like a misspelling of Consul's class. Other gateways' classes are out of scope.
fn check(facts: &Facts<'_>, out: &mut Sink) {
    let mesh = &facts.mesh;
    if !mesh.versions.chart_reaches(&consul::API_GATEWAY_CHART) {
        return;
    }
    for gateway in mesh.set.all(kube::GATEWAY_API, "Gateway") {
        let at = gateway.spec().get("gatewayClassName");
        let class = at.text();
        let exists =
            class == consul::MANAGED_CLASS || mesh.set.one(kube::GATEWAY_API, "GatewayClass", "", class).is_some();
        let meant = class.contains(consul::MANAGED_CLASS)
            || suggest::closest(class, std::iter::once(consul::MANAGED_CLASS)).is_some();
        if exists || !meant {
            continue;
        }
        let hit = out.hit(
            &RULE,
            at,
            format!("there is no GatewayClass `{class}`, so gateway `{}` is never programmed", gateway.id.name),
            format!("use `{}`, the class that the chart creates", consul::MANAGED_CLASS),
        );
        hit.fix(Trust::Safe, [Edit::set(at, consul::MANAGED_CLASS)]);
        match mesh.by_item.get(&gateway.index) {
            Some(proxy) => hit.breaks(HopKind::Entry, Scope::Proxy(*proxy)),
            // No controller accepts it.
            None => hit.refused(),
        };
    }
}
