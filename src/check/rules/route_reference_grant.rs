use crate::check::cluster::gateway_api::Route;
use crate::check::facts::Facts;
use crate::check::hop::HopKind;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "route-reference-grant",
    severity: Severity::Error,
    summary: "no ReferenceGrant lets the route send to a Service in another namespace",
    text: "A backend in another namespace needs a ReferenceGrant there, from the route's kind and namespace to the Service \
           (Gateway API). Without it, Consul resolves the reference as RefNotPermitted, and the route has no backend.",
    fixes: &[],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let grants = &facts.gateway_api.grants;
    // An unattached route sends nothing, which is reported first; one of a Service sends nothing through a gateway.
    let is_of_gateway = |route: &&Route<'_>| {
        route.may_be_attached() && route.parents().any(|(parent, _)| parent.get("kind").str() != Some("Service"))
    };
    for route in facts.gateway_api.routes.iter().filter(is_of_gateway) {
        let (kind, own) = (route.kind, &*route.object.id.namespace);
        for backend in route.backends() {
            let (Some(name), Some(namespace)) = (backend.get("name").str(), backend.get("namespace").str()) else {
                continue;
            };
            // Without a namespace of its own, a route may be applied to any.
            if own.is_empty() || namespace == own || grants.allow(kind, own, namespace, name) || !grants.sees(namespace) {
                continue;
            }
            let hit = out.hit(
                &RULE,
                backend.get("name"),
                format!(
                    "no ReferenceGrant in `{namespace}` lets {kind} `{}` of `{own}` send to Service `{name}`",
                    route.object.id.name
                ),
                format!("add a ReferenceGrant to `{namespace}`: from {kind} in `{own}`, to Service `{name}`"),
            );
            match facts.gateway_api.left_out(&facts.mesh, route, name) {
                Some(scope) => hit.breaks(HopKind::Entry, scope),
                None => hit.refused(),
            };
        }
    }
}
