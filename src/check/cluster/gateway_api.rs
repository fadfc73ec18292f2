//! The Gateway API: gateways with the listeners that routes attach to, and the ReferenceGrants that routes need.

use crate::check::cluster::mesh::Mesh;
use crate::check::cursor::Cursor;
use crate::check::input::set::Object;
use crate::check::input::set::Set;
use crate::stack::kube;
use crate::suggest;
use crate::suggest::Asked;
use std::collections::HashMap;
use std::collections::HashSet;

/// The kinds of routes that are judged: those that Consul reads (consul-k8s
/// `control-plane/api-gateway/controllers/gateway_controller.go`), and GRPCRoute, which charts from 1.2 on define.
pub(crate) const ROUTES: [&str; 3] = ["HTTPRoute", "TCPRoute", "GRPCRoute"];

/// The objects of the Gateway API in a set.
#[derive(Default)]
pub(crate) struct GatewayApi<'a> {
    pub(crate) routes: Vec<Route<'a>>,
    pub(crate) grants: Grants<'a>,
    gateways: Gateways<'a>,
}

/// An object that sends requests of a gateway to services.
pub(crate) struct Route<'a> {
    pub(crate) kind: &'static str,
    pub(crate) object: Object<'a>,
    /// For each of its `parentRefs`.
    attachments: Vec<Attachment<'a>>,
}

/// What a reference of a route to its parent comes to.
#[derive(Clone, Copy)]
pub(crate) enum Attachment<'a> {
    /// A listener takes the route.
    Holds,
    /// The parent is not among the files, or not a Gateway.
    Unseen,
    /// No gateway has the name, and the name of one looks much like it.
    Misspelled(&'a str),
    /// A gateway has the name, in another namespace.
    OtherNamespace,
    /// The gateway has no listener that the reference could mean.
    NoListener { gateway: usize },
    /// The listener takes routes of the gateway's namespace only, and this is another.
    OwnNamespaceOnly,
}

impl<'a> GatewayApi<'a> {
    /// Reads gateways, routes and grants. Without routes nothing asks about the others, which stay unread.
    pub(crate) fn of(mesh: &Mesh<'a>) -> GatewayApi<'a> {
        let set = mesh.set;
        if ROUTES.iter().all(|kind| set.all(kube::GATEWAY_API, kind).len() == 0) {
            return GatewayApi::default();
        }
        let gateways = Gateways::read(set);
        let mut asked = Asked::default();
        let mut routes = Vec::new();
        for kind in ROUTES {
            for object in set.all(kube::GATEWAY_API, kind) {
                let parents = object.spec().get("parentRefs").items();
                let attachments = parents.map(|parent| gateways.attach(set, object, parent, &mut asked)).collect();
                routes.push(Route { kind, object, attachments });
            }
        }
        GatewayApi { routes, grants: Grants::read(set), gateways }
    }

    /// The names of the listeners of a gateway, for messages.
    pub(crate) fn listeners(&self, gateway: usize) -> &str {
        self.gateways.listeners.get(&gateway).map_or("", |listeners| &listeners.names)
    }
}

impl<'a> Route<'a> {
    /// Its `parentRefs`, each with what it comes to.
    pub(crate) fn parents(&self) -> impl Iterator<Item = (Cursor<'a>, &Attachment<'a>)> {
        self.object.spec().get("parentRefs").items().zip(&self.attachments)
    }

    /// Whether no reference to a parent is known to fail.
    pub(crate) fn may_be_attached(&self) -> bool {
        self.attachments.iter().all(|attachment| matches!(attachment, Attachment::Holds | Attachment::Unseen))
    }
}

/// The gateways of a set.
#[derive(Default)]
struct Gateways<'a> {
    /// In the order of the set.
    names: Vec<&'a str>,
    known: HashSet<&'a str>,
    /// By the index of the gateway.
    listeners: HashMap<usize, Listeners<'a>>,
}

/// The listeners of a gateway.
struct Listeners<'a> {
    /// By name: whether a listener of the name takes routes of other namespaces. `None` stands for any listener.
    open: HashMap<Option<&'a str>, bool>,
    /// Their names, for messages.
    names: String,
}

impl<'a> Gateways<'a> {
    fn read(set: &Set<'a>) -> Gateways<'a> {
        let all = set.all(kube::GATEWAY_API, "Gateway");
        let names: Vec<&str> = all.clone().map(|gateway| &*gateway.id.name).collect();
        Gateways {
            known: names.iter().copied().collect(),
            names,
            listeners: all.map(|gateway| (gateway.index, Listeners::read(gateway))).collect(),
        }
    }

    /// Follows a reference from a route to its parent (Gateway API v1 `ParentReference`).
    fn attach(&self, set: &Set<'a>, route: Object<'a>, parent: Cursor<'a>, asked: &mut Asked) -> Attachment<'a> {
        let (Some(name), "Gateway") = (parent.get("name").str(), parent.get("kind").str().unwrap_or("Gateway")) else {
            return Attachment::Unseen;
        };
        let own = &*route.id.namespace;
        let namespace = parent.get("namespace").str().unwrap_or(own);
        let Some(gateway) = set.one(kube::GATEWAY_API, "Gateway", namespace, name) else {
            // A gateway that is not among the files may be in the cluster, unless one of them was plainly meant.
            return match asked.closest(name, self.names.iter().copied()) {
                Some(close) => Attachment::Misspelled(close),
                None if self.known.contains(name) => Attachment::OtherNamespace,
                None => Attachment::Unseen,
            };
        };
        let section = parent.get("sectionName").str();
        let open = self.listeners.get(&gateway.index).and_then(|listeners| listeners.open.get(&section));
        match open {
            None => Attachment::NoListener { gateway: gateway.index },
            Some(false) if *gateway.id.namespace != *own => Attachment::OwnNamespaceOnly,
            Some(_) => Attachment::Holds,
        }
    }
}

impl<'a> Listeners<'a> {
    fn read(gateway: Object<'a>) -> Listeners<'a> {
        let mut open: HashMap<Option<&str>, bool> = HashMap::new();
        let mut names = Vec::new();
        for listener in gateway.spec().get("listeners").items() {
            // `Same` is the default (Gateway API v1 `RouteNamespaces`).
            let from = listener.at(&["allowedRoutes", "namespaces", "from"]).str();
            let takes_others = from.is_some_and(|from| from != "Same");
            let name = listener.get("name").str();
            *open.entry(None).or_default() |= takes_others;
            if name.is_some() {
                *open.entry(name).or_default() |= takes_others;
            }
            names.extend(name);
        }
        Listeners { open, names: suggest::some(names.iter().copied(), "`") }
    }
}

/// The ReferenceGrants of a set.
#[derive(Default)]
pub(crate) struct Grants<'a> {
    /// Namespaces that something of the set is in.
    namespaces: HashSet<&'a str>,
    /// The grants by their namespace, and the kind and namespace of the route.
    from: HashMap<(&'a str, &'a str, &'a str), HashSet<usize>>,
    /// The grants by their namespace and the Service; `None` for those that allow every Service.
    to: HashMap<(&'a str, Option<&'a str>), HashSet<usize>>,
}

impl<'a> Grants<'a> {
    fn read(set: &Set<'a>) -> Grants<'a> {
        let namespaces = set.items.iter().map(|item| &*item.id.namespace).collect();
        let mut grants = Grants { namespaces, ..Grants::default() };
        for grant in set.all(kube::GATEWAY_API, "ReferenceGrant") {
            let own = &*grant.id.namespace;
            for entry in grant.spec().get("from").items() {
                if let (Some(kind), Some(namespace)) = (entry.get("kind").str(), entry.get("namespace").str()) {
                    grants.from.entry((own, kind, namespace)).or_default().insert(grant.index);
                }
            }
            let to = grant.spec().get("to").items();
            for entry in to.filter(|entry| entry.get("kind").str() == Some("Service")) {
                let name: Cursor<'a> = entry.get("name");
                if name.str().is_some() || !name.exists() {
                    grants.to.entry((own, name.str())).or_default().insert(grant.index);
                }
            }
        }
        grants
    }

    /// Whether the set has anything of a namespace. Where it has nothing, grants may be missing just as well.
    pub(crate) fn sees(&self, namespace: &str) -> bool {
        self.namespaces.contains(namespace)
    }

    /// Whether one allows a route of kind `kind` in namespace `from` to send to a Service of `namespace`.
    pub(crate) fn allow(&self, kind: &str, from: &str, namespace: &str, service: &str) -> bool {
        let Some(from) = self.from.get(&(namespace, kind, from)) else { return false };
        [None, Some(service)].into_iter().filter_map(|name| self.to.get(&(namespace, name))).any(|to| {
            let (few, many) = if from.len() < to.len() { (from, to) } else { (to, from) };
            few.iter().any(|grant| many.contains(grant))
        })
    }
}
