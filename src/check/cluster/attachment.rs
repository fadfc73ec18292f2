//! Decides which gateway listeners a route attaches to.
//!
//! Source: consul-k8s `control-plane/api-gateway/binding/route_binding.go` and `validation.go` (v1.2.0 to 2.0.3), which
//! check protocol, kind, namespace and host name in this order and ignore `port`; Gateway API v1 for the defaults.

use crate::check::cluster::gateway_class;
use crate::check::cluster::selector;
use crate::check::cluster::selector::Namespaces;
use crate::check::cursor::Cursor;
use crate::check::input::set::Object;
use crate::check::input::set::Set;
use crate::stack::kube;
use crate::suggest;
use crate::suggest::Asked;
use std::collections::HashMap;

/// The result of following a route's reference to a parent.
#[derive(Clone, Copy)]
#[expect(clippy::large_enum_variant, reason = "a cursor holds its path, and there is one for each parent of a route")]
pub(crate) enum Attachment<'a> {
    /// A listener accepts the route.
    Holds,
    /// The parent is not among the files, or not a Gateway.
    Unseen,
    /// A listener selects namespaces by labels, and the route's Namespace is not among the files.
    UnknownLabels,
    /// No gateway has the name, but one has a similar name.
    Misspelled(&'a str),
    /// A gateway with that name is in another namespace.
    OtherNamespace,
    /// The gateway has no listener that the reference could match.
    NoListener { gateway: usize },
    /// No listener accepts the route; this is the first one's reason.
    Refused { listener: Cursor<'a>, reason: Reason },
}

/// Why a listener does not accept a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// Its protocol does not fit.
    Protocol,
    /// Its list of allowed kinds does not include the route's.
    Kind,
    /// It accepts routes only from the gateway's namespace.
    OwnNamespaceOnly,
    /// It accepts routes only from namespaces with certain labels.
    Selector,
    /// The route and the listener have no host name in common.
    Hostname,
}

/// The gateways of a set.
#[derive(Default)]
pub(crate) struct Gateways<'a> {
    /// In the order of the set.
    names: Vec<&'a str>,
    by_name: HashMap<&'a str, Vec<Object<'a>>>,
    /// By the index of the gateway.
    listeners: HashMap<usize, Listeners<'a>>,
    namespaces: Option<Namespaces<'a>>,
}

/// The limit per gateway (`gateway.networking.k8s.io` CRD, `spec.listeners` `maxItems`).
const LISTENERS: usize = 64;

/// The listeners of a gateway.
struct Listeners<'a> {
    /// Whether Consul's controller handles the gateway.
    is_consul: bool,
    namespace: &'a str,
    all: Vec<Cursor<'a>>,
    /// The names, joined for messages.
    names: String,
}

impl<'a> Gateways<'a> {
    pub(crate) fn read(set: &Set<'a>) -> Gateways<'a> {
        let mut gateways = Gateways { namespaces: Some(Namespaces::of(set)), ..Gateways::default() };
        for gateway in set.all(kube::GATEWAY_API, "Gateway") {
            gateways.names.push(&gateway.id.name);
            gateways.by_name.entry(&gateway.id.name).or_default().push(gateway);
            gateways.listeners.insert(gateway.index, Listeners::read(set, gateway));
        }
        gateways
    }

    /// The names of the listeners of a gateway, for messages.
    pub(crate) fn listeners(&self, gateway: usize) -> &str {
        self.listeners.get(&gateway).map_or("", |listeners| &listeners.names)
    }

    /// Follows a reference from a route to its parent (Gateway API v1 `ParentReference`).
    pub(crate) fn attach(
        &self,
        set: &Set<'a>,
        route: Object<'a>,
        parent: Cursor<'a>,
        asked: &mut Asked,
    ) -> Attachment<'a> {
        let (Some(name), "Gateway") = (parent.get("name").str(), parent.get("kind").str().unwrap_or("Gateway")) else {
            return Attachment::Unseen;
        };
        let own = &*route.id.namespace;
        let namespace = parent.get("namespace").str().unwrap_or(own);
        let without = |gateway: &&Object<'a>| gateway.id.namespace.is_empty();
        let known = self.by_name.get(name).map_or(&[][..], Vec::as_slice);
        let gateway = match set.one(kube::GATEWAY_API, "Gateway", namespace, name) {
            Some(gateway) => gateway,
            // kustomize or kubectl will set the missing namespace, possibly to this one; likewise for a route.
            None if namespace.is_empty() && !known.is_empty() => return Attachment::Unseen,
            None => match known.iter().find(without) {
                Some(gateway) => *gateway,
                // A gateway that is not among the files may exist in the cluster, unless one of the files' gateways was
                // clearly meant: a typo away, in that namespace.
                None => {
                    let near = asked.closest(name, self.names.iter().copied());
                    let near = near.filter(|near| suggest::is_typo(name, near) && self.may_be_in(near, namespace));
                    return match near {
                        Some(close) => Attachment::Misspelled(close),
                        None if !known.is_empty() => Attachment::OtherNamespace,
                        None => Attachment::Unseen,
                    };
                }
            },
        };
        self.at(gateway, route, parent.get("sectionName").str())
    }

    /// Whether a gateway of this name is, or may be, in a namespace.
    fn may_be_in(&self, name: &str, namespace: &str) -> bool {
        let own = self.by_name.get(name).into_iter().flatten().map(|gateway| &*gateway.id.namespace);
        own.into_iter().any(|own| own == namespace || own.is_empty() || namespace.is_empty())
    }

    fn at(&self, gateway: Object<'a>, route: Object<'a>, section: Option<&str>) -> Attachment<'a> {
        let Some(listeners) = self.listeners.get(&gateway.index) else { return Attachment::Unseen };
        let meant = |at: &&Cursor<'a>| section.is_none_or(|section| at.get("name").str() == Some(section));
        let mut answers =
            listeners.all.iter().filter(meant).map(|at| (*at, self.takes(listeners, *at, route))).peekable();
        let Some((first, _)) = answers.peek().copied() else {
            return Attachment::NoListener { gateway: gateway.index };
        };
        let mut refused = None;
        let mut unseen = false;
        for (at, answer) in answers {
            match answer {
                Ok(true) => return Attachment::Holds,
                Ok(false) => unseen = true,
                Err(reason) => refused = refused.or(Some((at, reason))),
            }
        }
        match refused {
            Some((listener, reason)) if !unseen => Attachment::Refused { listener, reason },
            _ if unseen => Attachment::UnknownLabels,
            _ => Attachment::Refused { listener: first, reason: Reason::Protocol },
        }
    }

    /// Whether a listener accepts a route: yes, perhaps, or why not.
    fn takes(&self, listeners: &Listeners<'a>, at: Cursor<'a>, route: Object<'a>) -> Result<bool, Reason> {
        let kind = &*route.id.kind;
        if listeners.is_consul && !reads(kind, at.get("protocol").text()) {
            return Err(Reason::Protocol);
        }
        let allowed = at.get("allowedRoutes");
        let mut kinds = allowed.get("kinds").items().peekable();
        let listed = |one: Cursor<'_>| {
            one.get("kind").str() == Some(kind) && one.get("group").str().is_none_or(|group| group == kube::GATEWAY_API)
        };
        if kinds.peek().is_some() && !kinds.any(listed) {
            return Err(Reason::Kind);
        }
        let namespaces = self.namespace(listeners, allowed.get("namespaces"), &route.id.namespace)?;
        let hosts = route.spec().get("hostnames").items();
        if kind == "HTTPRoute" && listeners.is_consul && hosts.len() > 0 {
            let host = at.get("hostname").text();
            if !hosts.into_iter().any(|one| share_a_host(one.text(), host)) {
                return Err(Reason::Hostname);
            }
        }
        Ok(namespaces)
    }

    /// Whether a listener accepts routes from a namespace. `Same` is the default (Gateway API v1 `RouteNamespaces`).
    fn namespace(&self, listeners: &Listeners<'a>, allowed: Cursor<'a>, own: &'a str) -> Result<bool, Reason> {
        match allowed.get("from").str().unwrap_or("Same") {
            "All" => Ok(true),
            "Selector" => {
                let labels = self.namespaces.as_ref().map(|namespaces| namespaces.labels(own));
                match labels
                    .filter(|_| !own.is_empty())
                    .and_then(|labels| selector::fits(allowed.get("selector"), &labels))
                {
                    Some(true) => Ok(true),
                    Some(false) => Err(Reason::Selector),
                    None => Ok(false),
                }
            }
            // A missing namespace is set by kustomize or kubectl, to the same value for both.
            _ if listeners.namespace == own || listeners.namespace.is_empty() || own.is_empty() => Ok(true),
            _ => Err(Reason::OwnNamespaceOnly),
        }
    }
}

impl<'a> Listeners<'a> {
    fn read(set: &Set<'a>, gateway: Object<'a>) -> Listeners<'a> {
        let all: Vec<Cursor<'a>> = gateway.spec().get("listeners").items().take(LISTENERS).collect();
        let names: Vec<&str> = all.iter().filter_map(|listener| listener.get("name").str()).collect();
        Listeners {
            is_consul: gateway_class::is_consul(set, gateway),
            namespace: &gateway.id.namespace,
            names: suggest::some(names.iter().copied(), "`"),
            all,
        }
    }
}

/// Whether Consul's controller accepts this kind of route on listeners with this protocol (`routeAllowedByProtocol`).
fn reads(kind: &str, protocol: &str) -> bool {
    match kind {
        "HTTPRoute" => matches!(protocol, "HTTP" | "HTTPS"),
        "TCPRoute" => protocol == "TCP",
        _ => false,
    }
}

/// Whether two host names overlap, compared like Consul (`hostnamesMatch`): a wildcard matches one label.
fn share_a_host(one: &str, other: &str) -> bool {
    let any = |host: &str| matches!(host, "" | "*");
    if any(one) || any(other) {
        return true;
    }
    if !one.starts_with("*.") && !other.starts_with("*.") {
        return one == other;
    }
    let same = |(a, b): (&str, &str)| a.eq_ignore_ascii_case(b);
    one.split('.').count() == other.split('.').count() && one.split('.').zip(other.split('.')).skip(1).all(same)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_names_are_compared_as_consul_compares_them() {
        for (one, other) in [("a.example", "a.example"), ("*.example", "a.example"), ("a.example", "*"), ("", "a")] {
            assert!(share_a_host(one, other) && share_a_host(other, one), "{one} {other}");
        }
        for (one, other) in [("a.example", "b.example"), ("*.example", "a.b.example"), ("*.example", "example")] {
            assert!(!share_a_host(one, other) && !share_a_host(other, one), "{one} {other}");
        }
    }

    #[test]
    fn consul_reads_http_routes_on_http_and_tcp_routes_on_tcp() {
        assert!(reads("HTTPRoute", "HTTP") && reads("HTTPRoute", "HTTPS") && reads("TCPRoute", "TCP"));
        assert!(!reads("HTTPRoute", "TCP") && !reads("TCPRoute", "HTTP") && !reads("GRPCRoute", "HTTP"));
    }
}
