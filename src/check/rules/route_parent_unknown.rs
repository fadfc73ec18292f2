use crate::check::facts::Facts;
use crate::check::cluster::gateway_api::Attachment;
use crate::check::cluster::gateway_api::Route;
use crate::check::cursor::Cursor;
use crate::check::hop::HopKind;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "route-parent-unknown",
    severity: Severity::Error,
    summary: "the route is not attached to any listener of a gateway",
    text: "A route attaches through `parentRefs` to a Gateway of that name, in the route's own namespace unless the reference \
           names another, with a listener of that `sectionName` that allows routes of the route's namespace \
           (`allowedRoutes.namespaces.from`, `Same` by default; Gateway API v1). Otherwise requests end at the gateway.",
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    for route in &facts.gateway_api.routes {
        for (parent, attachment) in route.parents() {
            if let Some((at, message, help)) = wrong(facts, route, parent, attachment) {
                let hit = out.hit(&RULE, at, message, help);
                match facts.gateway_api.cut_off(&facts.mesh, route, parent) {
                    Some(scope) => hit.breaks(HopKind::Entry, scope),
                    // The gateway's controller does not accept the route.
                    None => hit.refused(),
                };
            }
        }
    }
}

/// Where a reference does not attach the route, why, and what to do.
fn wrong<'a>(
    facts: &Facts<'a>,
    route: &Route<'a>,
    parent: Cursor<'a>,
    attachment: &Attachment<'a>,
) -> Option<(Cursor<'a>, String, String)> {
    let (at, name, own) = (parent.get("name"), parent.get("name").text(), &*route.object.id.namespace);
    let missing = || {
        let namespace = parent.get("namespace").str().unwrap_or(own);
        format!("there is no Gateway `{name}` in namespace `{namespace}`")
    };
    match attachment {
        Attachment::Holds | Attachment::Unseen => None,
        Attachment::Misspelled(close) => Some((at, missing(), format!("did you mean `{close}`?"))),
        Attachment::OtherNamespace => {
            Some((at, missing(), "it is in another namespace: add `namespace` to the reference".to_string()))
        }
        Attachment::NoListener { gateway } => {
            let section = parent.get("sectionName");
            let (message, help) = match section.str() {
                Some(section) => {
                    let names = facts.gateway_api.listeners(*gateway);
                    (format!("gateway `{name}` has no listener `{section}`"), format!("its listeners are: {names}"))
                }
                None => (format!("gateway `{name}` has no listeners"), "add one to the gateway".to_string()),
            };
            Some((section, message, help))
        }
        Attachment::OwnNamespaceOnly => Some((
            at,
            format!("gateway `{name}` only accepts routes of its own namespace, but this route is in `{own}`"),
            "set `allowedRoutes.namespaces.from` on the listener, or move the route to the gateway's namespace".to_string(),
        )),
    }
}
