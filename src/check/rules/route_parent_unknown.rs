use crate::check::facts::Facts;
use crate::check::cluster::attachment::Attachment;
use crate::check::cluster::attachment::Reason;
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
    text: "A route attaches through `parentRefs` to a Gateway of that name, in the route's own namespace unless the \
           reference names another, with a listener of that `sectionName` that accepts it: by protocol, \
           `allowedRoutes.kinds`, `allowedRoutes.namespaces` (`Same` by default) and host name (Gateway API v1; \
           consul-k8s control-plane/api-gateway/binding). Otherwise requests end at the gateway.",
    fixes: &[],
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

/// The location of a reference that does not attach the route, the reason, and what to do.
fn wrong<'a>(
    facts: &Facts<'a>,
    route: &Route<'a>,
    parent: Cursor<'a>,
    attachment: &Attachment<'a>,
) -> Option<(Cursor<'a>, String, String)> {
    let (at, name, own) = (parent.get("name"), parent.get("name").text(), &*route.object.id.namespace);
    let missing = || {
        match parent.get("namespace").str().unwrap_or(own) {
            "" => format!("there is no Gateway `{name}` among the files"),
            namespace => format!("there is no Gateway `{name}` in namespace `{namespace}`"),
        }
    };
    match attachment {
        Attachment::Holds | Attachment::Unseen | Attachment::UnknownLabels => None,
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
        Attachment::Refused { listener, reason } => Some(refused(route, parent, *listener, *reason)),
    }
}

/// Why the listener does not accept the route, and what to do.
fn refused<'a>(
    route: &Route<'a>,
    parent: Cursor<'a>,
    listener: Cursor<'a>,
    reason: Reason,
) -> (Cursor<'a>, String, String) {
    let (at, name, own) = (parent.get("name"), parent.get("name").text(), &*route.object.id.namespace);
    let (kind, listed) = (route.kind, listener.get("name").text());
    match reason {
        Reason::OwnNamespaceOnly => (
            at,
            format!("gateway `{name}` only accepts routes of its own namespace, but this route is in `{own}`"),
            "set `allowedRoutes.namespaces.from` on the listener, or move the route to the gateway's namespace".to_string(),
        ),
        Reason::Selector => (
            at,
            format!("listener `{listed}` of gateway `{name}` selects namespaces by labels that `{own}` does not have"),
            format!("add the labels to Namespace `{own}`, or widen `allowedRoutes.namespaces.selector`"),
        ),
        Reason::Protocol => (
            at,
            format!("listener `{listed}` of gateway `{name}` is {}, and Consul accepts no {kind} there", listener.get("protocol").text()),
            match kind {
                "HTTPRoute" => "attach it to a listener with protocol HTTP or HTTPS".to_string(),
                "TCPRoute" => "attach it to a listener with protocol TCP".to_string(),
                _ => "use an HTTPRoute: Consul reads HTTPRoutes and TCPRoutes only".to_string(),
            },
        ),
        Reason::Kind => (
            at,
            format!("listener `{listed}` of gateway `{name}` does not list {kind} in `allowedRoutes.kinds`"),
            format!("add `{{kind: {kind}}}` to the listener's `allowedRoutes.kinds`"),
        ),
        Reason::Hostname => (
            route.object.spec().get("hostnames"),
            format!(
                "none of these host names is one of listener `{listed}` of gateway `{name}`, `{}`",
                listener.get("hostname").text()
            ),
            "use a host name that the listener has; in Consul `*.` stands for one label".to_string(),
        ),
    }
}
