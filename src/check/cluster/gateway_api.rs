//! The Gateway API: gateways with the listeners that routes attach to, and the ReferenceGrants that routes need.

use crate::check::cluster::attachment::Attachment;
use crate::check::cluster::attachment::Gateways;
use crate::check::cluster::mesh::Mesh;
use crate::check::cluster::mesh::ProxyKind;
use crate::check::cursor::Cursor;
use crate::check::input::set::Object;
use crate::check::input::set::Set;
use crate::check::problem::Scope;
use crate::stack::kube;
use crate::suggest::Asked;
use std::collections::HashMap;
use std::collections::HashSet;

/// The kinds of routes that are checked: those that Consul reads (consul-k8s
/// `control-plane/api-gateway/controllers/gateway_controller.go`), and GRPCRoute, which charts define since 1.2.
pub(crate) const ROUTES: [&str; 3] = ["HTTPRoute", "TCPRoute", "GRPCRoute"];

/// The objects of the Gateway API in a set.
#[derive(Default)]
pub(crate) struct GatewayApi<'a> {
    pub(crate) routes: Vec<Route<'a>>,
    pub(crate) grants: Grants<'a>,
    gateways: Gateways<'a>,
    /// Gateway proxies by name.
    proxies: HashMap<&'a str, usize>,
    /// Pairs of a gateway and a service that an attached route connects.
    attached: HashSet<(&'a str, &'a str)>,
}

/// An object that sends a gateway's requests to services.
pub(crate) struct Route<'a> {
    pub(crate) kind: &'static str,
    pub(crate) object: Object<'a>,
    /// One for each of its `parentRefs`.
    attachments: Vec<Attachment<'a>>,
}

impl<'a> GatewayApi<'a> {
    /// Reads gateways, routes and grants. Without routes nothing needs the others, so they are not read.
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
        let held = routes.iter().flat_map(|route: &Route<'a>| {
            let parents = route.parents().filter(|(_, attachment)| matches!(attachment, Attachment::Holds));
            parents.flat_map(|(parent, _)| route.services().map(move |service| (parent.get("name").text(), service)))
        });
        let attached = held.collect();
        let proxies = mesh.proxies.iter().enumerate().rev();
        let proxies = proxies.filter(|(_, proxy)| proxy.kind == ProxyKind::ApiGateway);
        let proxies = proxies.filter_map(|(index, proxy)| Some((&*proxy.object?.id.name, index))).collect();
        GatewayApi { routes, grants: Grants::read(set), gateways, proxies, attached }
    }

    /// The requests lost because a route does not attach to `parent`: those for its services that no other route
    /// reaches from that gateway. `None` if there are none among the files.
    pub(crate) fn cut_off(&self, mesh: &Mesh<'a>, route: &Route<'a>, parent: Cursor<'a>) -> Option<Scope> {
        let name = parent.get("name").text();
        let gateway = *self.proxies.get(name)?;
        let alone = |service: &&str| !self.attached.contains(&(name, *service));
        let mut services: Vec<usize> =
            route.services().filter(alone).filter_map(|service| mesh.sidecars.get(service).copied()).collect();
        services.sort_unstable();
        services.dedup();
        (!services.is_empty()).then_some(Scope::Through { gateway, services })
    }

    /// The requests that depend on a route of which the files do not say whether it attaches, by gateway and service,
    /// with what would settle it.
    pub(crate) fn doubts(&self, mesh: &Mesh<'a>) -> HashMap<(usize, usize), String> {
        let mut doubts = HashMap::new();
        for route in &self.routes {
            let unknown = route.parents().filter(|(_, attachment)| matches!(attachment, Attachment::UnknownLabels));
            for (parent, _) in unknown {
                let Some(Scope::Through { gateway, services }) = self.cut_off(mesh, route, parent) else { continue };
                let namespace = &route.object.id.namespace;
                for service in services {
                    doubts.entry((gateway, service)).or_insert_with(|| {
                        format!(
                            "the listener selects namespaces by labels, and Namespace `{namespace}` is not among the files"
                        )
                    });
                }
            }
        }
        doubts
    }

    /// The requests for a service that a route cannot forward, unless another route from the same gateway does.
    pub(crate) fn left_out(&self, mesh: &Mesh<'a>, route: &Route<'a>, service: &str) -> Option<Scope> {
        let (parent, _) = route.parents().find(|(_, attachment)| matches!(attachment, Attachment::Holds))?;
        let name = parent.get("name").text();
        let gateway = *self.proxies.get(name)?;
        let other = |other: &&Route<'_>| {
            let holds = |(at, attachment): (Cursor<'_>, &Attachment<'_>)| {
                at.get("name").text() == name && matches!(attachment, Attachment::Holds)
            };
            other.object.index != route.object.index
                && other.parents().any(holds)
                && other.services().any(|known| known == service)
        };
        let service = *mesh.sidecars.get(service)?;
        let alone = self.routes.iter().find(other).is_none();
        alone.then(|| Scope::Through { gateway, services: vec![service] })
    }

    /// The names of a gateway's listeners, for messages.
    pub(crate) fn listeners(&self, gateway: usize) -> &str {
        self.gateways.listeners(gateway)
    }
}

impl<'a> Route<'a> {
    /// Its references to Services; other kinds, such as ServiceImport, are not followed.
    pub(crate) fn backends(&self) -> impl Iterator<Item = Cursor<'a>> + use<'a> {
        let rules = self.object.spec().get("rules").items();
        let is_service = |backend: &Cursor<'a>| {
            matches!(backend.get("kind").str(), None | Some("Service")) && backend.get("group").text() == kube::CORE
        };
        rules.flat_map(|rule| rule.get("backendRefs").items()).filter(is_service)
    }

    /// The names of the services that it routes to.
    pub(crate) fn services(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.backends().filter_map(|backend| backend.get("name").str())
    }

    /// Its `parentRefs`, each with the result of following it.
    pub(crate) fn parents(&self) -> impl Iterator<Item = (Cursor<'a>, &Attachment<'a>)> {
        self.object.spec().get("parentRefs").items().zip(&self.attachments)
    }

    /// Whether no reference to a parent is known to fail.
    pub(crate) fn may_be_attached(&self) -> bool {
        self.attachments.iter().all(|attachment| {
            !matches!(
                attachment,
                Attachment::Refused { .. }
                    | Attachment::Misspelled(_)
                    | Attachment::OtherNamespace
                    | Attachment::NoListener { .. }
            )
        })
    }
}

/// The ReferenceGrants of a set.
#[derive(Default)]
pub(crate) struct Grants<'a> {
    /// Namespaces with at least one object in the set.
    namespaces: HashSet<&'a str>,
    /// Grants by their namespace and by the kind and namespace of the route.
    from: HashMap<(&'a str, &'a str, &'a str), HashSet<usize>>,
    /// Grants by their namespace and Service; `None` for those that allow every Service.
    to: HashMap<(&'a str, Option<&'a str>), HashSet<usize>>,
}

impl<'a> Grants<'a> {
    fn read(set: &Set<'a>) -> Grants<'a> {
        let namespaces = set.items.iter().map(|item| &*item.id.namespace).collect();
        let mut grants = Grants { namespaces, ..Grants::default() };
        for grant in set.all(kube::GATEWAY_API, "ReferenceGrant") {
            let own = &*grant.id.namespace;
            for entry in grant.spec().get("from").items() {
                let group = entry.get("group").str().is_none_or(|group| group == kube::GATEWAY_API);
                if let (Some(kind), Some(namespace), true) =
                    (entry.get("kind").str(), entry.get("namespace").str(), group)
                {
                    grants.from.entry((own, kind, namespace)).or_default().insert(grant.index);
                }
            }
            let to = grant.spec().get("to").items();
            for entry in
                to.filter(|entry| entry.get("kind").str() == Some("Service") && entry.get("group").text() == kube::CORE)
            {
                let name: Cursor<'a> = entry.get("name");
                if name.str().is_some() || !name.exists() {
                    grants.to.entry((own, name.str())).or_default().insert(grant.index);
                }
            }
        }
        grants
    }

    /// Whether the set has objects in a namespace. If not, its grants are probably missing from the files too.
    pub(crate) fn sees(&self, namespace: &str) -> bool {
        self.namespaces.contains(namespace)
    }

    /// Whether a grant allows a route of kind `kind` in namespace `from` to send to a Service in `namespace`.
    pub(crate) fn allow(&self, kind: &str, from: &str, namespace: &str, service: &str) -> bool {
        let Some(from) = self.from.get(&(namespace, kind, from)) else { return false };
        [None, Some(service)].into_iter().filter_map(|name| self.to.get(&(namespace, name))).any(|to| {
            let (few, many) = if from.len() < to.len() { (from, to) } else { (to, from) };
            few.iter().any(|grant| many.contains(grant))
        })
    }
}
