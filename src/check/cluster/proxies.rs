//! The proxies that send spans: gateways, and the sidecars of services.

use crate::check::cluster::gateway_class;
use crate::check::cluster::refused::Refused;
use crate::check::cluster::workload::Workload;
use crate::check::cursor::Cursor;
use crate::check::input::set::Object;
use crate::check::input::set::Set;
use crate::stack::consul;
use crate::stack::kube;
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::Arc;

/// The kind of proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProxyKind {
    Sidecar,
    IngressGateway,
    ApiGateway,
}

/// A proxy, or all replicas of one.
#[derive(Clone, Debug)]
pub(crate) struct Proxy<'a> {
    pub(crate) kind: ProxyKind,
    /// The name of the Consul service or the gateway.
    pub(crate) name: String,
    /// The namespace of its pods, if known.
    pub(crate) namespace: Option<String>,
    /// The workload, gateway object or ServiceDefaults that it was found by.
    pub(crate) object: Option<Object<'a>>,
    /// An index into the mesh's workloads.
    pub(crate) workload: Option<usize>,
    /// Gateways that route to it; one list shared by all proxies of a service.
    pub(crate) from: Arc<[String]>,
}

impl Proxy<'_> {
    pub(crate) fn is_gateway(&self) -> bool {
        self.kind != ProxyKind::Sidecar
    }
}

/// Longer names are not Consul service names: those are DNS labels, and a host name has at most 253 characters (RFC
/// 1035). Each path repeats the name.
const LONGEST_NAME: usize = kube::names::LONGEST_SUBDOMAIN;

/// The services that gateways route to, each with its gateways.
type Routed = BTreeMap<String, Vec<String>>;

/// All proxies of the mesh: gateways first, then services by their workloads, then those that only config entries name.
/// `inject_default`: what Consul does with pods that do not ask for a sidecar.
pub(super) fn find<'a>(
    set: &Set<'a>,
    refused: &Refused,
    workloads: &[Workload<'a>],
    inject_default: Option<bool>,
) -> Vec<Proxy<'a>> {
    let mut proxies = Vec::new();
    let mut routed = Routed::new();
    ingress_gateways(set, refused, &mut proxies, &mut routed);
    api_gateways(set, &mut proxies, &mut routed);
    let routed = routed.into_iter().map(|(name, from)| (name, from.into())).collect();
    let known = injected(workloads, inject_default, &mut proxies, &routed);
    let outside = outside(set, refused);
    named_only((set, workloads), &mut proxies, &routed, (known, &outside));
    proxies
}

/// The sidecars of workloads that ask for one. Returns the services that have one.
fn injected<'a>(
    workloads: &[Workload<'a>],
    inject_default: Option<bool>,
    proxies: &mut Vec<Proxy<'a>>,
    routed: &BTreeMap<String, Arc<[String]>>,
) -> HashSet<String> {
    let mut services = HashSet::new();
    let mut placed: HashMap<(String, &str), usize> = HashMap::new();
    let registered = |index: usize| workloads[index].registered_by().next().is_some();
    for (index, workload) in workloads.iter().enumerate() {
        let asks = workload.injected(inject_default) == Some(true) || workload.asks_in_wrong_place();
        if !asks || workload.runs_jaeger() || workload.is_gateway() {
            continue;
        }
        let namespace = &*workload.object.id.namespace;
        let name = workload.service_name();
        // Versions of one service share a path; in another namespace the same name means something else.
        if let Some(first) = placed.get(&(name.clone(), namespace)) {
            // Consul registers pods by their Service, so pods without one, registered by their own name, rank below.
            let first = &mut proxies[*first];
            if registered(index) && !first.workload.is_some_and(registered) {
                (first.object, first.workload) = (Some(workload.object), Some(index));
            }
            continue;
        }
        placed.insert((name.clone(), namespace), proxies.len());
        services.insert(name.clone());
        proxies.push(Proxy {
            kind: ProxyKind::Sidecar,
            from: routed.get(&name).cloned().unwrap_or_default(),
            name,
            namespace: Some(namespace.to_string()),
            object: Some(workload.object),
            workload: Some(index),
        });
    }
    services
}

/// Services that only the mesh's own objects mention: gateway destinations, and services with a protocol.
fn named_only<'a>(
    (set, workloads): (&Set<'a>, &[Workload<'a>]),
    proxies: &mut Vec<Proxy<'a>>,
    routed: &BTreeMap<String, Arc<[String]>>,
    (mut known, outside): (HashSet<String>, &HashSet<&str>),
) {
    known.extend(proxies.iter().filter(|proxy| proxy.is_gateway()).map(|proxy| proxy.name.clone()));
    let apps = workloads.iter().enumerate().filter(|(_, workload)| !workload.runs_jaeger());
    let by_name: HashMap<String, usize> = apps.map(|(index, workload)| (workload.service_name(), index)).collect();
    let entries = set.all(consul::GROUP, "ServiceDefaults");
    let named = routed.keys().map(|name| (name.clone(), None));
    for (name, entry) in named.chain(entries.map(|entry| (entry.id.name.to_string(), Some(entry)))) {
        if name == "*" || outside.contains(&*name) || !known.insert(name.clone()) {
            continue;
        }
        let workload = by_name.get(&name).copied();
        let object = workload.map(|index| workloads[index].object);
        proxies.push(Proxy {
            kind: ProxyKind::Sidecar,
            from: routed.get(&name).cloned().unwrap_or_default(),
            name,
            namespace: object.map(|object| object.id.namespace.to_string()),
            object: object.or(entry),
            workload,
        });
    }
}

/// Services that are outside the mesh on purpose and need no sidecar: those behind terminating gateways, destinations,
/// Consul registrations, and external host names.
fn outside<'a>(set: &Set<'a>, refused: &Refused) -> HashSet<&'a str> {
    let accepted = |kind: &str| refused.accepted(set, consul::GROUP, kind);
    let linked = accepted("TerminatingGateway").flat_map(|gateway| gateway.spec().get("services").items());
    let linked = linked.filter_map(|service| service.get("name").str());
    let registered = accepted("Registration").filter_map(|object| object.spec().at(&["service", "name"]).str());
    let destinations = accepted("ServiceDefaults").filter(|entry| entry.spec().get("destination").exists());
    let elsewhere =
        set.all(kube::CORE, "Service").filter(|service| service.spec().get("type").str() == Some("ExternalName"));
    linked.chain(registered).chain(destinations.chain(elsewhere).map(|object| &*object.id.name)).collect()
}

/// The namespace of the Consul chart's gateways, which is that of its release; the objects only hint at it.
pub(crate) fn consul_namespace<'a>(set: &Set<'a>) -> &'a str {
    let hint = |kind: &str| {
        let mut all = set.all(consul::GROUP, kind).map(|object| &*object.id.namespace);
        all.find(|namespace| !namespace.is_empty())
    };
    hint("IngressGateway").or_else(|| hint("ProxyDefaults")).unwrap_or("consul")
}

/// A gateway whose config entry is rejected still exists, because the chart creates its Deployment. If a gateway has
/// several entries, the first accepted one counts.
fn ingress_gateways<'a>(set: &Set<'a>, refused: &Refused, proxies: &mut Vec<Proxy<'a>>, routed: &mut Routed) {
    let namespace = Some(consul_namespace(set).to_string());
    let mut named: HashSet<&str> =
        refused.accepted(set, consul::GROUP, "IngressGateway").map(|object| &*object.id.name).collect();
    for object in set.all(consul::GROUP, "IngressGateway") {
        if refused.has(object) && !named.insert(&object.id.name) {
            continue;
        }
        // Traffic through a TCP listener is not traced.
        let http =
            object.spec().get("listeners").items().filter(|listener| listener.get("protocol").str() != Some("tcp"));
        for name in
            http.flat_map(|listener| listener.get("services").items()).filter_map(|service| service.get("name").str())
        {
            if name.len() <= LONGEST_NAME {
                let from = routed.entry(name.to_string()).or_default();
                if from.last().is_none_or(|last| **last != *object.id.name) {
                    from.push(object.id.name.to_string());
                }
            }
        }
        proxies.push(gateway(ProxyKind::IngressGateway, object, namespace.clone()));
    }
}

fn gateway<'a>(kind: ProxyKind, object: Object<'a>, namespace: Option<String>) -> Proxy<'a> {
    let name = object.id.name.to_string();
    Proxy { kind, name, namespace, object: Some(object), workload: None, from: Arc::default() }
}

fn api_gateways<'a>(set: &Set<'a>, proxies: &mut Vec<Proxy<'a>>, routed: &mut Routed) {
    let mut names: HashSet<&str> = HashSet::new();
    let mut known: HashSet<(String, String)> =
        routed.iter().flat_map(|(name, from)| from.iter().map(|gateway| (name.clone(), gateway.clone()))).collect();
    for object in set.all(kube::GATEWAY_API, "Gateway") {
        if gateway_class::is_consul(set, object) {
            names.insert(&object.id.name);
            proxies.push(gateway(ProxyKind::ApiGateway, object, Some(object.id.namespace.to_string())));
        }
    }
    for (route, parent) in traced_routes(set, &names) {
        let backends = route.spec().get("rules").items().flat_map(|rule| rule.get("backendRefs").items());
        // A MeshService leads to another cluster.
        let here =
            backends.filter(|backend: &Cursor<'_>| backend.get("kind").str().is_none_or(|kind| kind == "Service"));
        let services = here.filter_map(|backend: Cursor<'_>| backend.get("name").str());
        for name in services.filter(|name| name.len() <= LONGEST_NAME) {
            if known.insert((name.to_string(), parent.to_string())) {
                routed.entry(name.to_string()).or_default().push(parent.to_string());
            }
        }
    }
}

/// The routes by which Consul's gateways would trace requests, each with each of its gateways: HTTPRoutes, and TCPRoutes
/// that mean a listener for HTTP, which do not attach.
fn traced_routes<'a>(set: &Set<'a>, names: &HashSet<&'a str>) -> Vec<(Object<'a>, &'a str)> {
    let mut all = Vec::new();
    for kind in ["HTTPRoute", "TCPRoute"] {
        for route in set.all(kube::GATEWAY_API, kind) {
            for parent in route.spec().get("parentRefs").items() {
                let Some(name) = parent.get("name").str().filter(|name| names.contains(name)) else { continue };
                let is_gateway = parent.get("kind").str().is_none_or(|kind| kind == "Gateway");
                if is_gateway && (kind == "HTTPRoute" || !has_tcp(set, route, parent)) {
                    all.push((route, name));
                }
            }
        }
    }
    all
}

/// Whether a listener that the reference may mean is for TCP.
fn has_tcp(set: &Set<'_>, route: Object<'_>, parent: Cursor<'_>) -> bool {
    let name = parent.get("name").text();
    let namespace = parent.get("namespace").str().unwrap_or(&route.id.namespace);
    let Some(gateway) = set.one(kube::GATEWAY_API, "Gateway", namespace, name) else { return true };
    let section = parent.get("sectionName").str();
    let mut listeners = gateway.spec().get("listeners").items();
    listeners.any(|listener| {
        section.is_none_or(|section| listener.get("name").str() == Some(section))
            && listener.get("protocol").str() == Some("TCP")
    })
}
