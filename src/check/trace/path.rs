//! The trace path of each proxy: a hop is broken if a finding breaks it, otherwise ok or unseen.

use crate::check::cluster::mesh::Mesh;
use crate::check::cluster::mesh::Protocol;
use crate::check::cluster::mesh::Proxy;
use crate::check::cluster::mesh::ProxyKind;
use crate::check::cluster::protocol::database;
use crate::check::cluster::protocol::is_tcp_by_choice;
use crate::check::cluster::protocol::ports;
use crate::check::cursor::Cursor;
use crate::check::hop::Gathered;
use crate::check::hop::Hop;
use crate::check::hop::HopKind;
use crate::check::hop::KEPT;
use crate::check::hop::MorePaths;
use crate::check::hop::Path;
use crate::check::hop::State;
use crate::check::hop::Untraced;
use crate::check::problem::Scope;
use crate::check::trace::hops::Known;
use crate::check::trace::hops::Route;
use crate::check::trace::route::Routes;
use crate::stack::consul;
use crate::stack::consul::is_http;
use crate::stack::consul::keys::LISTENER_TRACING as LISTENER;
use crate::suggest;
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::collections::HashSet;

/// The assumptions of every verdict, printed at the end of a report.
pub const ASSUMES: [&str; 5] = [
    "cluster DNS works as Kubernetes specifies it",
    "no firewall, and no NetworkPolicy outside these files, blocks traffic between the proxies and the collector",
    "the proxies were restarted after ProxyDefaults changed",
    "requests carry `x-client-trace-id` or sampled trace headers, and programs pass them on",
    "anything not in these files has the chart's and the operators' defaults",
];

/// What is taken for granted of the version of Envoy, if anything.
pub(crate) fn assumed(mesh: &Mesh<'_>) -> Option<String> {
    let versions = mesh.tracing.assumed?;
    Some(format!(
        "no file says which Envoy runs: this assumes one that has the tracer of ProxyDefaults, {versions} \
         (`--consul-chart` settles it)"
    ))
}

/// Which requests start a trace at a gateway.
const STARTS_AT_GATEWAY: &str =
    "requests with `x-client-trace-id: 1` or sampled B3 headers; the gateway itself never starts a trace";

/// Nobody reads longer details, and each path repeats them. They are left out instead of truncated: the part cut off
/// might be what identifies the rest as a secret.
const LONGEST_DETAIL: usize = 400;

/// A hop broken by a finding, with the rule.
pub(crate) struct Broken<'a> {
    pub(crate) rule: &'static str,
    pub(crate) hop: HopKind,
    pub(crate) scope: &'a Scope,
}

/// The rule that breaks each hop of each proxy; the first finding counts.
fn by_proxy<'a>(mesh: &Mesh<'_>, found: &[Broken<'a>]) -> HashMap<(usize, HopKind), &'static str> {
    let mut broken = HashMap::new();
    // If several findings break a hop of all proxies, the first counts.
    let mut marked: HashSet<(HopKind, u8)> = HashSet::new();
    for &Broken { rule, hop, scope } in found {
        let all = match scope {
            Scope::All => Some(0),
            Scope::Gateways => Some(1),
            Scope::Sidecars => Some(2),
            Scope::Proxy(_) | Scope::Proxies(_) | Scope::Through { .. } => None,
        };
        if all.is_some_and(|all| !marked.insert((hop, all))) {
            continue;
        }
        let mut mark = |index: usize| {
            broken.entry((index, hop)).or_insert(rule);
        };
        let all = mesh.proxies.iter().enumerate();
        match scope {
            Scope::Proxy(index) => mark(*index),
            Scope::Proxies(list) => list.iter().copied().for_each(mark),
            // Handled for each gateway by `through_gateways`.
            Scope::Through { .. } => {}
            Scope::All => all.for_each(|(index, _)| mark(index)),
            Scope::Gateways => all.filter(|(_, proxy)| proxy.is_gateway()).for_each(|(index, _)| mark(index)),
            Scope::Sidecars => all.filter(|(_, proxy)| !proxy.is_gateway()).for_each(|(index, _)| mark(index)),
        }
    }
    broken
}

/// What is known about requests through a gateway to a service.
#[derive(Clone, Copy)]
enum Between<'a> {
    Broken(&'static str),
    Unseen(&'a str),
}

/// Why it is not known whether a hop of a proxy works, by proxy.
pub(crate) type Open = HashMap<(usize, HopKind), String>;

/// Uncertainties about the entry of requests, by gateway and service.
pub(crate) type Doubts = HashMap<(usize, usize), String>;

fn through_gateways<'a>(found: &[Broken<'_>], doubts: [&'a Doubts; 2]) -> HashMap<(usize, usize), Between<'a>> {
    let mut between = HashMap::new();
    for one in found {
        if let Scope::Through { gateway, services } = one.scope {
            for service in services {
                between.entry((*gateway, *service)).or_insert(Between::Broken(one.rule));
            }
        }
    }
    for (pair, detail) in doubts.into_iter().flatten() {
        between.entry(*pair).or_insert(Between::Unseen(detail));
    }
    between
}

/// One path for each proxy and each gateway that routes to it; beyond a limit, paths are only counted. A hop is broken
/// exactly when a finding breaks it.
pub(crate) fn paths<'a>(
    mesh: &Mesh<'_>,
    (routes, open): (&Routes, &Open),
    doubts: &Doubts,
    found: &[Broken<'a>],
) -> (Vec<Path>, MorePaths) {
    let broken = by_proxy(mesh, found);
    let between = through_gateways(found, [doubts, routes.between()]);
    let cut: HashSet<usize> = between.keys().map(|(_, service)| *service).collect();
    let effects = GatewayEffects::of(mesh, &broken);
    let twice = in_several_namespaces(mesh);
    let path = |proxy: &Proxy, from: &str, hops: Vec<Hop>| path(proxy, from, hops, &twice);
    let mut groups: HashMap<usize, Vec<Vec<usize>>> = HashMap::new();
    let mut gathered = Gathered::default();
    for (index, proxy) in mesh.proxies.iter().enumerate() {
        if !proxy.is_gateway() && is_tcp_by_choice(mesh, proxy) {
            continue;
        }
        let mut straight = hops(mesh, proxy, routes.route(index), |hop| broken.get(&(index, hop)).copied());
        for hop in straight.iter_mut().filter(|hop| hop.state == State::Ok) {
            if let Some(detail) =
                routes.unsettled(index, hop.kind).or_else(|| open.get(&(index, hop.kind)).map(String::as_str))
            {
                (hop.state, hop.detail) = (State::Unseen, detail.to_string());
            } else if let (HopKind::Ui, Some(remark)) = (hop.kind, routes.ui()) {
                hop.detail = format!("{}, but {remark}", hop.detail);
            }
        }
        doubt(mesh, &mut straight);
        // Requests through a gateway also have to pass the gateway's own hops.
        let kinds = match cut.contains(&index) {
            false => groups.entry(proxy.from.as_ptr().addr()).or_insert_with(|| effects.group(&proxy.from)),
            // Its gateways differ.
            true => &mut effects.each(&proxy.from),
        };
        let mut own: Vec<(usize, Path)> = Vec::new();
        for list in kinds.iter() {
            let through = |at: usize| {
                let name = &proxy.from[at];
                let effect = &effects.all[&**name];
                let mut hops = past(mesh, &straight, effect);
                if let Some(known) = between.get(&(effect.gateway, index)) {
                    hops.iter_mut().filter(|hop| hop.kind == HopKind::Entry).for_each(|hop| known.of(hop));
                }
                path(proxy, name, hops)
            };
            let first = through(list[0]);
            let arrives = first.arrives;
            let room = gathered.room(arrives).min(list.len());
            let mut more = MorePaths::default();
            *more.of(arrives) = list.len() - room;
            gathered.count(more);
            let rest = list.iter().skip(1).map(|at| (*at, through(*at)));
            own.extend(std::iter::once((list[0], first)).chain(rest).take(room));
        }
        own.sort_by_key(|(at, _)| *at);
        for (_, path) in own {
            gathered.push(path);
        }
        gathered.push(path(proxy, if proxy.is_gateway() { "clients" } else { "the mesh" }, straight));
    }
    gathered.end()
}

/// Makes the proxy itself uncertain where the cluster may get something else than the files have.
fn doubt(mesh: &Mesh<'_>, hops: &mut [Hop]) {
    let Some(why) = mesh.set.doubts.first() else { return };
    if let Some(hop) = hops.iter_mut().find(|hop| hop.kind == HopKind::Sidecar && hop.state == State::Ok) {
        (hop.state, hop.detail) = (State::Unseen, why.clone());
    }
}

/// The services that are TCP on purpose, with what makes them so; as many as there may be paths.
pub(crate) fn untraced(mesh: &Mesh<'_>) -> Vec<Untraced> {
    let sidecars = mesh.proxies.iter().filter(|proxy| !proxy.is_gateway() && is_tcp_by_choice(mesh, proxy));
    let told = sidecars.map(|proxy| {
        let ports = proxy.workload.map_or_else(Vec::new, |index| ports(&mesh.workloads[index]));
        let protocol = mesh.protocol(&proxy.name);
        let by = match (&protocol, database(&ports)) {
            (Some(Protocol { own: Some(_), .. }), _) => "its ServiceDefaults".to_string(),
            (_, Some((port, program))) => format!("the default, which fits port {port} ({program})"),
            _ => "the default".to_string(),
        };
        let name = protocol.map_or_else(|| "tcp".to_string(), |protocol| protocol.name);
        Untraced { set: "".into(), service: proxy.name.clone(), why: format!("{name} by {by}") }
    });
    told.take(KEPT).collect()
}

impl Between<'_> {
    /// Applies it to the entry hop. A hop that is already broken stays so.
    fn of(self, hop: &mut Hop) {
        match self {
            Between::Broken(rule) => {
                (hop.state, hop.detail, hop.rule) = (State::Broken, format!("see {rule}"), Some(rule));
            }
            Between::Unseen(_) if hop.state == State::Broken => {}
            Between::Unseen(detail) => (hop.state, hop.detail) = (State::Unseen, detail.to_string()),
        }
    }
}

/// The effect of a gateway on the paths through it.
struct GatewayEffect {
    /// The gateway's index among the proxies.
    gateway: usize,
    entry: (State, String),
    /// The rules that broke its entry (or the gateway itself), and its protocol.
    broken: [Option<&'static str>; 2],
}

struct GatewayEffects<'a> {
    all: HashMap<&'a str, GatewayEffect>,
}

impl<'a> GatewayEffects<'a> {
    fn of(mesh: &'a Mesh<'_>, broken: &HashMap<(usize, HopKind), &'static str>) -> GatewayEffects<'a> {
        let gateways = mesh.proxies.iter().enumerate().filter(|(_, proxy)| proxy.is_gateway());
        let effects = gateways.map(|(index, proxy)| {
            let [down, entry_rule, protocol] =
                [HopKind::Sidecar, HopKind::Entry, HopKind::Protocol].map(|hop| broken.get(&(index, hop)).copied());
            let open = mesh.tracing.unsettled(HopKind::Sidecar, true);
            let entry = open.map_or_else(|| entry(mesh, proxy), |why| (State::Unseen, why.to_string()));
            (&*proxy.name, GatewayEffect { gateway: index, entry, broken: [entry_rule.or(down), protocol] })
        });
        GatewayEffects { all: effects.collect() }
    }

    /// Every gateway in `from` as a group of its own.
    fn each(&self, from: &[String]) -> Vec<Vec<usize>> {
        (0..from.len()).filter(|at| self.all.contains_key(from[*at].as_str())).map(|at| vec![at]).collect()
    }

    /// Groups the positions of gateways in `from` by how far their paths get. There are few such groups, however many
    /// gateways there are.
    fn group(&self, from: &[String]) -> Vec<Vec<usize>> {
        let mut groups: BTreeMap<(bool, [bool; 2]), Vec<usize>> = BTreeMap::new();
        for (at, name) in from.iter().enumerate() {
            let Some(effect) = self.all.get(name.as_str()) else { continue };
            let key = (effect.entry.0 == State::Ok, effect.broken.map(|rule| rule.is_some()));
            groups.entry(key).or_default().push(at);
        }
        groups.into_values().collect()
    }
}

/// The hops of a proxy behind a gateway, derived from those without one.
fn past(mesh: &Mesh<'_>, straight: &[Hop], effect: &GatewayEffect) -> Vec<Hop> {
    let mut through = straight.to_vec();
    for hop in &mut through {
        let broken = match hop.kind {
            HopKind::Entry => effect.broken[0],
            HopKind::Protocol => effect.broken[1],
            // A gateway with a tracer decides for the services behind it.
            HopKind::Starts if hop.state == State::Broken && mesh.tracing.bootstrap.is_some() => {
                *hop = Hop { kind: hop.kind, state: State::Ok, detail: STARTS_AT_GATEWAY.to_string(), rule: None };
                continue;
            }
            _ => continue,
        };
        if let Some(rule) = broken {
            *hop = Hop { kind: hop.kind, state: State::Broken, detail: format!("see {rule}"), rule: Some(rule) };
        } else if hop.kind == HopKind::Entry && hop.state == State::Ok {
            (hop.state, hop.detail) = effect.entry.clone();
        }
    }
    through
}

/// The names that services of several namespaces have.
fn in_several_namespaces<'m>(mesh: &'m Mesh<'_>) -> HashSet<&'m str> {
    let mut first: HashMap<&str, Option<&str>> = HashMap::new();
    let mut twice = HashSet::new();
    for proxy in &mesh.proxies {
        let namespace = proxy.namespace.as_deref();
        if *first.entry(&proxy.name).or_insert(namespace) != namespace {
            twice.insert(&*proxy.name);
        }
    }
    twice
}

fn path(proxy: &Proxy, from: &str, hops: Vec<Hop>, twice: &HashSet<&str>) -> Path {
    let any = |state| hops.iter().any(|hop| hop.state == state);
    let arrives = match (any(State::Broken), any(State::Unseen)) {
        (true, _) => Some(false),
        (false, false) => Some(true),
        (false, true) => None,
    };
    let service = match &proxy.namespace {
        Some(namespace) if twice.contains(&*proxy.name) => format!("{namespace}/{}", proxy.name),
        _ => proxy.name.clone(),
    };
    Path { set: "".into(), service, from: from.to_string(), arrives, hops }
}

fn hops(
    mesh: &Mesh<'_>,
    proxy: &Proxy,
    route: Option<&Route>,
    broken: impl Fn(HopKind) -> Option<&'static str>,
) -> Vec<Hop> {
    let relays = route.map_or(&[][..], |route| &route.relays);
    HopKind::ALL
        .into_iter()
        .flat_map(|kind| match kind {
            // Spans get no further than the last known hop.
            HopKind::Relay => {
                relays.iter().enumerate().map(|(at, one)| (kind, one.clone(), at + 1 == relays.len())).collect()
            }
            kind => vec![(kind, known(mesh, proxy, route, kind), true)],
        })
        .map(|(kind, (state, mut detail), is_last)| {
            if detail.len() > LONGEST_DETAIL {
                detail = format!("too long to show ({} characters)", detail.chars().count());
            }
            match broken(kind).filter(|_| is_last) {
                Some(rule) => {
                    // The detail of a broken hop would only contradict the finding.
                    Hop { kind, state: State::Broken, detail: format!("see {rule}"), rule: Some(rule) }
                }
                None => Hop { kind, state, detail, rule: None },
            }
        })
        .collect()
}

fn known(mesh: &Mesh<'_>, proxy: &Proxy, route: Option<&Route>, kind: HopKind) -> (State, String) {
    let of = |pick: fn(&Route) -> &Known| match route {
        Some(route) => pick(route).clone(),
        None => (State::Unseen, "the proxy has no tracer".to_string()),
    };
    if let Some(detail) = mesh.tracing.unsettled(kind, proxy.is_gateway()) {
        return (State::Unseen, detail.to_string());
    }
    match kind {
        HopKind::Entry => entry(mesh, proxy),
        HopKind::Protocol => protocol(mesh, proxy),
        HopKind::Sidecar => sidecar(mesh, proxy),
        HopKind::Tracer => match (mesh.proxy_defaults, mesh.tracing.of(proxy.is_gateway())) {
            (None, _) => (State::Unseen, "the ProxyDefaults `global` is not among the files".to_string()),
            (_, Some(tracer)) => {
                let kind = tracer.kind.rsplit('.').next().unwrap_or(&tracer.kind);
                (State::Ok, format!("{kind} of ProxyDefaults"))
            }
            (_, None) => (State::Unseen, "no tracer could be read".to_string()),
        },
        HopKind::Cluster => match mesh.tracing.of(proxy.is_gateway()).and_then(|tracer| tracer.cluster.as_ref()) {
            Some((name, _)) if mesh.tracing.cluster(name).is_some() => (State::Ok, name.clone()),
            Some((name, _)) => (State::Unseen, format!("cluster `{name}` could not be read")),
            None if mesh.tracing.of(proxy.is_gateway()).is_some_and(|tracer| tracer.target.is_some()) => {
                (State::Ok, "`google_grpc` needs none".to_string())
            }
            None => (State::Unseen, "the proxy has no tracer".to_string()),
        },
        HopKind::Dns => of(|route| &route.dns),
        HopKind::Service => of(|route| &route.service),
        HopKind::Receiver => of(|route| &route.receiver),
        // There is one for each collector on the way; `hops` takes them from the route.
        HopKind::Relay => (State::Ok, String::new()),
        HopKind::Storage => of(|route| &route.storage),
        HopKind::Ui => of(|route| &route.ui),
        HopKind::Starts => {
            let detail = match (proxy.is_gateway(), mesh.tracing.value(LISTENER).is_some()) {
                (false, true) => "sampling by the listeners; `x-client-trace-id`; trace headers that callers pass on",
                (false, false) => "trace headers that callers pass on; `x-client-trace-id`",
                (true, _) => STARTS_AT_GATEWAY,
            };
            (State::Ok, detail.to_string())
        }
    }
}

fn listeners<'a>(gateway: &Proxy<'a>) -> impl Iterator<Item = Cursor<'a>> + use<'a> {
    gateway.object.into_iter().flat_map(|object| object.spec().get("listeners").items())
}

fn entry(mesh: &Mesh<'_>, proxy: &Proxy) -> (State, String) {
    match proxy.kind {
        ProxyKind::IngressGateway => {
            let ports = listeners(proxy).filter_map(|listener| listener.get("port").node());
            let ports: Vec<String> = ports.map(|port| port.to_json().to_string()).collect();
            let name = proxy.object.map_or("", |object| &*object.id.name);
            match mesh.values.is_some() || mesh.chart.gateway(name).flatten().is_some() {
                true => (State::Ok, format!("listens on {}", suggest::some(ports.iter().map(String::as_str), ""))),
                false => (
                    State::Unseen,
                    mesh.unknown_values().unwrap_or_else(|| {
                        "the Helm values of Consul are not among the files; they say whether the gateway and its port exist"
                            .to_string()
                    }),
                ),
            }
        }
        ProxyKind::ApiGateway => (State::Ok, "the Gateway's listeners".to_string()),
        ProxyKind::Sidecar => match mesh.diverted.get(&proxy.name) {
            Some(why) => (State::Unseen, why.clone()),
            None => (State::Ok, "the sidecar's public listener".to_string()),
        },
    }
}

fn protocol(mesh: &Mesh<'_>, proxy: &Proxy) -> (State, String) {
    if proxy.kind == ProxyKind::Sidecar {
        return match mesh.protocol(&proxy.name) {
            Some(protocol) => (State::Ok, protocol.name),
            None => (State::Unseen, "neither its ServiceDefaults nor ProxyDefaults is among the files".to_string()),
        };
    }
    let words: Vec<String> =
        listeners(proxy).filter_map(|listener| listener.get("protocol").str()).map(str::to_ascii_lowercase).collect();
    let http = words.iter().any(|word| is_http(word) || word == "https");
    match http {
        true => (State::Ok, suggest::some(words.iter().map(String::as_str), "")),
        false => (State::Unseen, "none of its listeners is HTTP, so there is nothing to trace".to_string()),
    }
}

fn sidecar(mesh: &Mesh<'_>, proxy: &Proxy) -> (State, String) {
    if proxy.is_gateway() {
        return (State::Ok, "a gateway is itself a proxy".to_string());
    }
    let Some(workload) = proxy.workload.map(|index| &mesh.workloads[index]) else {
        let detail = format!("the pods of `{}` are not among the files", proxy.name);
        return (State::Unseen, detail);
    };
    if let Some(detail) = mesh.unknown_values() {
        return (State::Unseen, detail);
    }
    if let Some(lacks) = mesh.chart.lacks {
        return (State::Unseen, format!("objects of the Consul chart are among the files, but not {lacks}"));
    }
    if workload.object.spec().get("replicas").int() == Some(0) {
        return (State::Unseen, "`replicas` is 0, so there are no pods unless something scales them".to_string());
    }
    match workload.injected(mesh.inject_default()) {
        Some(_) if !mesh.served.contains(&*workload.object.id.namespace) => {
            let namespace = &workload.object.id.namespace;
            let detail = format!(
                "Consul registers pods by their Service, and no Service of namespace `{namespace}` is among the files"
            );
            (State::Unseen, detail)
        }
        Some(_) => {
            let by = match workload.annotation(consul::INJECT).str() {
                Some(_) => "its pods ask for it",
                None if mesh.chart.injector.is_some() => "`-default-inject` of the chart's injector",
                None => "`connectInject.default` of the Helm values",
            };
            (State::Ok, by.to_string())
        }
        None => {
            let detail = "its pods do not ask for it, and the Helm values with the default are not among the files";
            (State::Unseen, detail.to_string())
        }
    }
}
