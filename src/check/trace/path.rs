//! The trace path of each proxy: what the findings broke is broken, the rest is ok or unseen.

use crate::check::cluster::mesh::Mesh;
use crate::check::cluster::mesh::Proxy;
use crate::check::cluster::mesh::ProxyKind;
use crate::check::cluster::protocol::is_http;
use crate::check::cluster::protocol::is_tcp_by_choice;
use crate::check::cluster::tracing::LISTENER;
use crate::check::hop::Hop;
use crate::check::hop::HopKind;
use crate::check::hop::Path;
use crate::check::hop::State;
use crate::check::problem::Scope;
use crate::check::trace::route::Known;
use crate::check::trace::route::Route;
use crate::check::trace::route::Routes;
use crate::yaml::Node;
use std::collections::HashMap;
use std::collections::HashSet;

/// What every proof rests on, said at its end.
pub const ASSUMES: [&str; 5] = [
    "cluster DNS answers as Kubernetes' own does",
    "no NetworkPolicy or firewall stands between the proxies and the collector",
    "the proxies were restarted after ProxyDefaults changed",
    "requests carry `x-client-trace-id` or sampled trace headers, and programs hand them on",
    "what is not among the files is as Consul's chart and the operators leave it",
];

/// A hop that a finding breaks, with the rule that says so.
pub(crate) struct Broken<'a> {
    pub(crate) rule: &'static str,
    pub(crate) hop: HopKind,
    pub(crate) scope: &'a Scope,
}

/// The rule that breaks each hop of each proxy: the first that was found.
fn by_proxy<'a>(mesh: &Mesh<'_>, found: impl Iterator<Item = Broken<'a>>) -> HashMap<(usize, HopKind), &'static str> {
    let mut broken = HashMap::new();
    // Of many findings that break a hop of all proxies the first counts.
    let mut marked: HashSet<(HopKind, u8)> = HashSet::new();
    for Broken { rule, hop, scope } in found {
        let all = match scope {
            Scope::All => Some(0),
            Scope::Gateways => Some(1),
            Scope::Sidecars => Some(2),
            Scope::Proxy(_) | Scope::Proxies(_) => None,
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
            Scope::All => all.for_each(|(index, _)| mark(index)),
            Scope::Gateways => all.filter(|(_, proxy)| proxy.is_gateway()).for_each(|(index, _)| mark(index)),
            Scope::Sidecars => all.filter(|(_, proxy)| !proxy.is_gateway()).for_each(|(index, _)| mark(index)),
        }
    }
    broken
}

/// The path of each proxy, and of each with every gateway that leads to it. A hop is broken exactly when a finding breaks
/// it.
pub(crate) fn paths<'a>(mesh: &Mesh<'_>, routes: &Routes, found: impl Iterator<Item = Broken<'a>>) -> Vec<Path> {
    let broken = by_proxy(mesh, found);
    let gateways: HashMap<&str, usize> = mesh
        .proxies
        .iter()
        .enumerate()
        .filter(|(_, proxy)| proxy.is_gateway())
        .map(|(index, proxy)| (&*proxy.name, index))
        .collect();
    let mut paths = Vec::new();
    for (index, proxy) in mesh.proxies.iter().enumerate() {
        if !proxy.is_gateway() && is_tcp_by_choice(mesh, proxy) {
            continue;
        }
        let straight = hops(mesh, proxy, routes.route(index), |hop| broken.get(&(index, hop)).copied());
        // Through a gateway requests have to get past that too.
        for name in proxy.from.iter() {
            let Some(gateway) = gateways.get(name.as_str()).copied() else { continue };
            let mut through = straight.clone();
            // A gateway with a tracer decides for those behind it.
            if let Some(hop) = through.iter_mut().find(|hop| hop.kind == HopKind::Starts && hop.state == State::Broken)
                && mesh.tracing.bootstrap.is_some()
            {
                let (state, detail) = known(mesh, &mesh.proxies[gateway], None, HopKind::Starts);
                *hop = Hop { kind: hop.kind, state, detail, rule: None };
            }
            for hop in through.iter_mut().filter(|hop| matches!(hop.kind, HopKind::Entry | HopKind::Protocol)) {
                if let Some(rule) = broken.get(&(gateway, hop.kind)).copied() {
                    *hop =
                        Hop { kind: hop.kind, state: State::Broken, detail: format!("see {rule}"), rule: Some(rule) };
                } else if hop.kind == HopKind::Entry && hop.state == State::Ok {
                    (hop.state, hop.detail) = entry(mesh, &mesh.proxies[gateway]);
                }
            }
            paths.push(path(proxy, name, through));
        }
        paths.push(path(proxy, if proxy.is_gateway() { "clients" } else { "the mesh" }, straight));
    }
    paths
}

fn path(proxy: &Proxy, from: &str, hops: Vec<Hop>) -> Path {
    let any = |state| hops.iter().any(|hop| hop.state == state);
    let arrives = match (any(State::Broken), any(State::Unseen)) {
        (true, _) => Some(false),
        (false, false) => Some(true),
        (false, true) => None,
    };
    Path { service: proxy.name.clone(), from: from.to_string(), arrives, hops }
}

fn hops(
    mesh: &Mesh<'_>,
    proxy: &Proxy,
    route: Option<&Route>,
    broken: impl Fn(HopKind) -> Option<&'static str>,
) -> Vec<Hop> {
    HopKind::ALL
        .into_iter()
        .map(|kind| {
            let (state, detail) = known(mesh, proxy, route, kind);
            match broken(kind) {
                Some(rule) => {
                    // What was seen of a hop that is broken would only contradict the finding.
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
        None => (State::Unseen, "there is no tracer to follow".to_string()),
    };
    match kind {
        HopKind::Entry => entry(mesh, proxy),
        HopKind::Protocol => protocol(mesh, proxy),
        HopKind::Sidecar => sidecar(mesh, proxy),
        HopKind::Tracer => match (mesh.defaults, mesh.tracing.of(proxy.is_gateway())) {
            (None, _) => (State::Unseen, "the ProxyDefaults `global` is not among the files".to_string()),
            (_, Some(tracer)) => {
                (State::Ok, format!("{} of ProxyDefaults", tracer.kind.rsplit('.').next().unwrap_or(&tracer.kind)))
            }
            (_, None) => (State::Unseen, "no tracer could be read".to_string()),
        },
        HopKind::Cluster => match mesh.tracing.of(proxy.is_gateway()).and_then(|tracer| tracer.cluster.as_ref()) {
            Some((name, _)) if mesh.tracing.cluster(name).is_some() => (State::Ok, name.clone()),
            Some((name, _)) => (State::Unseen, format!("cluster `{name}` could not be read")),
            None => (State::Unseen, "there is no tracer to follow".to_string()),
        },
        HopKind::Dns => of(|route| &route.dns),
        HopKind::Service => of(|route| &route.service),
        HopKind::Receiver => of(|route| &route.receiver),
        HopKind::Storage => of(|route| &route.storage),
        HopKind::Ui => of(|route| &route.ui),
        HopKind::Starts => {
            let detail = match (proxy.is_gateway(), mesh.tracing.value(LISTENER).is_some()) {
                (false, true) => "sampling of the listeners; `x-client-trace-id`; trace headers that callers hand on",
                (false, false) => "trace headers that callers hand on; `x-client-trace-id`",
                (true, _) => "never the gateway by itself; requests with `x-client-trace-id: 1` or sampled B3 headers",
            };
            (State::Ok, detail.to_string())
        }
    }
}

fn entry(mesh: &Mesh<'_>, proxy: &Proxy) -> (State, String) {
    match proxy.kind {
        ProxyKind::IngressGateway => {
            let listeners = proxy
                .item
                .and_then(|index| mesh.set.items[index].node.path(&["spec", "listeners"])?.as_list())
                .unwrap_or_default();
            let ports: Vec<String> =
                listeners.iter().filter_map(|l| l.get("port")).map(|port| port.to_json().to_string()).collect();
            match mesh.values {
                Some(_) => (State::Ok, format!("listens on {}", ports.join(", "))),
                None => (
                    State::Unseen,
                    "the Helm values of Consul are not among the files; they say whether the gateway and its port exist"
                        .to_string(),
                ),
            }
        }
        ProxyKind::ApiGateway => (State::Ok, "the Gateway's listeners".to_string()),
        ProxyKind::Sidecar => (State::Ok, "the sidecar's public listener".to_string()),
    }
}

fn protocol(mesh: &Mesh<'_>, proxy: &Proxy) -> (State, String) {
    if proxy.kind == ProxyKind::Sidecar {
        return match mesh.protocol(&proxy.name) {
            Some(protocol) => (State::Ok, protocol.name),
            None => (State::Unseen, "neither its ServiceDefaults nor a ProxyDefaults is among the files".to_string()),
        };
    }
    let listeners = proxy.item.and_then(|index| mesh.set.items[index].node.path(&["spec", "listeners"])?.as_list());
    let words: Vec<String> = listeners
        .unwrap_or_default()
        .iter()
        .filter_map(|listener| listener.get("protocol")?.as_str())
        .map(str::to_ascii_lowercase)
        .collect();
    let http = words.iter().any(|word| is_http(word) || word == "https");
    match http {
        true => (State::Ok, words.join(", ")),
        false => (State::Unseen, "no listener of it is http, so it has nothing to trace".to_string()),
    }
}

fn sidecar(mesh: &Mesh<'_>, proxy: &Proxy) -> (State, String) {
    if proxy.is_gateway() {
        return (State::Ok, "a gateway is a proxy of its own".to_string());
    }
    let Some(workload) = proxy.workload.map(|index| &mesh.workloads[index]) else {
        let detail = format!("the pods of `{}` are not among the files", proxy.name);
        return (State::Unseen, detail);
    };
    match workload.injected(mesh) {
        Some(_) => {
            let by = match workload.annotation(crate::check::cluster::workload::INJECT).and_then(Node::as_str) {
                Some(_) => "its pods ask for it",
                None => "`connectInject.default` of the Helm values",
            };
            (State::Ok, by.to_string())
        }
        None => {
            let detail = "its pods do not ask, and the Helm values that say the default are not among the files";
            (State::Unseen, detail.to_string())
        }
    }
}
