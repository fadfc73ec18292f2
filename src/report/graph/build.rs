//! From the paths of a report to nodes and edges. Proxies that are alike in every hop become one node where there are
//! many; those that are broken come first.

use crate::check::Hop;
use crate::check::HopKind;
use crate::check::Path;
use crate::check::Report;
use crate::check::State;
use crate::report::graph::Edge;
use crate::report::graph::Kind;
use crate::report::graph::Node;
use crate::report::graph::Picture;
use crate::report::graph::worse;
use std::collections::BTreeMap;
use std::collections::HashMap;

/// More proxies of a kind than this are drawn in groups.
const FEW: usize = 12;
/// How many groups of one kind are drawn; the others become one.
const GROUPS: usize = 40;
/// How many names of a group are told.
const NAMED: usize = 40;

pub(super) fn pictures(report: &Report) -> Vec<Picture> {
    let mut sets: Vec<(&str, Vec<&Path>)> = Vec::new();
    let mut at: HashMap<&str, usize> = HashMap::new();
    for path in &report.paths {
        let index = *at.entry(&path.set).or_insert_with(|| {
            sets.push((&path.set, Vec::new()));
            sets.len() - 1
        });
        sets[index].1.push(path);
    }
    sets.into_iter().map(|(set, paths)| Builder::default().picture(set, &paths)).collect()
}

#[derive(Default)]
struct Builder {
    picture: Picture,
    /// Nodes by what they are: equal ones are drawn once.
    nodes: HashMap<(Kind, String), usize>,
    edges: HashMap<(usize, usize, String), usize>,
}

/// A proxy with the ways its requests come.
struct Proxy<'a> {
    name: &'a str,
    paths: Vec<&'a Path>,
}

impl Proxy<'_> {
    /// The hops behind its entry, which are the same for all its paths; of several, those without a gateway.
    fn own(&self) -> &[Hop] {
        self.paths.last().map_or(&[], |path| &path.hops)
    }

    fn state(&self) -> State {
        self.paths.iter().flat_map(|path| &path.hops).fold(State::Ok, |state, hop| worse(state, hop.state))
    }
}

impl Builder {
    fn picture(mut self, set: &str, paths: &[&Path]) -> Picture {
        self.picture.set = set.to_string();
        let (gateways, services): (Vec<&Path>, Vec<&Path>) = paths.iter().partition(|path| path.from == "clients");
        let mut by_name: HashMap<&str, usize> = HashMap::new();
        for group in groups(proxies(&gateways), &HashMap::new()) {
            let node = self.proxy(Kind::Gateway, &group);
            by_name.extend(group.iter().map(|proxy| (proxy.name, node)));
        }
        for group in groups(proxies(&services), &by_name) {
            let node = self.proxy(Kind::Service, &group);
            self.requests(node, &group, &by_name);
        }
        self.picture
    }

    /// The node of a group of proxies, and the way of their spans.
    fn proxy(&mut self, kind: Kind, group: &[Proxy<'_>]) -> usize {
        let first = &group[0];
        let hops = first.own();
        let own = [HopKind::Protocol, HopKind::Sidecar, HopKind::Tracer, HopKind::Starts];
        let names: Vec<&str> = group.iter().map(|proxy| proxy.name).collect();
        let (label, note) = match names.as_slice() {
            [one] => (one.to_string(), String::new()),
            many => (format!("{} {}s", many.len(), kind.word()), many[..many.len().min(3)].join(", ") + ", ..."),
        };
        let mut about = told(hops, &own);
        if names.len() > 1 {
            let more = names.len().saturating_sub(NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            about.insert(0, format!("{}{more}", names[..names.len().min(NAMED)].join(", ")));
        }
        let state = state_of(hops, &own);
        let wrong = not_ok(hops, &own);
        let note = if wrong.is_empty() { note } else { wrong };
        let node = self.push(Node { kind, label, note, state, about });
        if kind == Kind::Gateway {
            let clients = self.shared(Kind::Clients, "clients", "", State::Ok, Vec::new());
            self.edge(clients, node, hops, &[HopKind::Entry]);
        }
        self.spans(node, hops);
        node
    }

    /// The edges from gateways, or from the mesh if there is none.
    fn requests(&mut self, node: usize, group: &[Proxy<'_>], gateways: &HashMap<&str, usize>) {
        let entry = [HopKind::Entry];
        let first = &group[0];
        let through: Vec<&&Path> =
            first.paths.iter().filter(|path| gateways.contains_key(path.from.as_str())).collect();
        for path in &through {
            self.edge(gateways[path.from.as_str()], node, &path.hops, &entry);
        }
        let straight = first.paths.iter().find(|path| !gateways.contains_key(path.from.as_str()));
        if let Some(path) = straight.filter(|path| through.is_empty() || state_of(&path.hops, &entry) != State::Ok) {
            let mesh = self.shared(Kind::Clients, &path.from, "", State::Ok, Vec::new());
            self.edge(mesh, node, &path.hops, &entry);
        }
    }

    /// The way from a proxy to where spans are stored and seen.
    fn spans(&mut self, proxy: usize, hops: &[Hop]) {
        let at = [HopKind::Service, HopKind::Receiver];
        let service = hops.iter().find(|hop| hop.kind == HopKind::Service);
        let cluster = hops.iter().find(|hop| hop.kind == HopKind::Cluster && hop.state == State::Ok);
        let (label, note) = match service.filter(|hop| hop.state == State::Ok) {
            Some(hop) => hop.detail.split_once(" of ").unwrap_or((&hop.detail, "")),
            None => (cluster.map_or("collector", |hop| hop.detail.as_str()), ""),
        };
        let wrong = not_ok(hops, &at);
        let note = if wrong.is_empty() { note.replace('`', "") } else { wrong };
        let mut last = self.shared(Kind::Collector(0), label, &note, state_of(hops, &at), told(hops, &at));
        self.edge(proxy, last, hops, &[HopKind::Cluster, HopKind::Dns]);
        for (depth, relay) in hops.iter().filter(|hop| hop.kind == HopKind::Relay).enumerate() {
            let (_, to) = relay.detail.rsplit_once(" -> ").unwrap_or(("", "next collector"));
            let (label, note) = to.split_once(" (").map_or((to, ""), |(to, how)| (to, how.trim_end_matches(')')));
            let next = self.shared(
                Kind::Collector(depth + 1),
                label,
                note,
                relay.state,
                told(std::slice::from_ref(relay), &[HopKind::Relay]),
            );
            self.edge(last, next, std::slice::from_ref(relay), &[HopKind::Relay]);
            last = next;
        }
        for (kind, hop, empty) in [(Kind::Storage, HopKind::Storage, "storage"), (Kind::Ui, HopKind::Ui, "Jaeger UI")] {
            let Some(at) = hops.iter().find(|one| one.kind == hop) else { continue };
            let (label, note) = match at.state {
                State::Ok => at.detail.split_once(", ").unwrap_or((&at.detail, "")),
                State::Broken | State::Unseen => (empty, ""),
            };
            let wrong = not_ok(hops, &[hop]);
            let note = if wrong.is_empty() { note } else { &wrong };
            let next = self.shared(kind, label, note, at.state, told(hops, &[hop]));
            self.edge(last, next, hops, &[hop]);
            last = next;
        }
    }

    fn push(&mut self, node: Node) -> usize {
        self.picture.nodes.push(node);
        self.picture.nodes.len() - 1
    }

    /// A node that is there once, however many lead to it.
    fn shared(&mut self, kind: Kind, label: &str, note: &str, state: State, about: Vec<String>) -> usize {
        let key = (kind, format!("{label}\0{note}\0{}", state.as_str()));
        if let Some(node) = self.nodes.get(&key) {
            return *node;
        }
        let node = self.push(Node { kind, label: label.to_string(), note: note.to_string(), state, about });
        self.nodes.insert(key, node);
        node
    }

    fn edge(&mut self, from: usize, to: usize, hops: &[Hop], kinds: &[HopKind]) {
        let (state, label) = (state_of(hops, kinds), not_ok(hops, kinds));
        let key = (from, to, label.clone());
        if !self.edges.contains_key(&key) {
            self.edges.insert(key, self.picture.edges.len());
            self.picture.edges.push(Edge { from, to, state, label, about: told(hops, kinds) });
        }
    }
}

/// The proxies of paths, those that do not arrive first.
fn proxies<'a>(paths: &[&'a Path]) -> Vec<Proxy<'a>> {
    let mut all: Vec<Proxy<'a>> = Vec::new();
    let mut at: HashMap<&str, usize> = HashMap::new();
    for path in paths {
        let index = *at.entry(&path.service).or_insert_with(|| {
            all.push(Proxy { name: &path.service, paths: Vec::new() });
            all.len() - 1
        });
        all[index].paths.push(path);
    }
    all.sort_by_key(|proxy| match proxy.state() {
        State::Broken => 0,
        State::Unseen => 1,
        State::Ok => 2,
    });
    all
}

/// Proxies in groups that are drawn as one node: each alone if there are few.
fn groups<'a>(proxies: Vec<Proxy<'a>>, gateways: &HashMap<&str, usize>) -> Vec<Vec<Proxy<'a>>> {
    if proxies.len() <= FEW {
        return proxies.into_iter().map(|proxy| vec![proxy]).collect();
    }
    let mut order: Vec<Vec<Proxy<'a>>> = Vec::new();
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for proxy in proxies {
        let mut key: Vec<String> = proxy
            .paths
            .iter()
            .map(|path| {
                let from = gateways.get(path.from.as_str()).map_or(String::new(), usize::to_string);
                let hops = path.hops.iter().map(|hop| match (hop.kind, hop.state) {
                    // How a proxy gets its spans tells nothing; where they go does.
                    (HopKind::Entry | HopKind::Protocol | HopKind::Sidecar | HopKind::Starts, State::Ok) => {
                        String::new()
                    }
                    (_, state) => format!("{}{}", state.as_str(), hop.detail),
                });
                format!("{from}\0{}", hops.collect::<Vec<_>>().join("\0"))
            })
            .collect();
        key.sort();
        key.dedup();
        let key = key.join("\u{1}");
        let index = *known.entry(key).or_insert_with(|| {
            order.push(Vec::new());
            order.len() - 1
        });
        // Beyond so many kinds, a picture shows no more of each.
        let index = index.min(GROUPS);
        order.truncate(GROUPS + 1);
        order[index].push(proxy);
    }
    order
}

fn of<'a>(hops: &'a [Hop], kinds: &'a [HopKind]) -> impl Iterator<Item = &'a Hop> {
    hops.iter().filter(|hop| kinds.contains(&hop.kind))
}

fn state_of(hops: &[Hop], kinds: &[HopKind]) -> State {
    of(hops, kinds).fold(State::Ok, |state, hop| worse(state, hop.state))
}

/// `sidecar: inject-missing`: the hops that are not ok, each with the rule that broke it.
fn not_ok(hops: &[Hop], kinds: &[HopKind]) -> String {
    let worst = state_of(hops, kinds);
    let wrong = of(hops, kinds).filter(|hop| hop.state == worst && hop.state != State::Ok);
    let wrong: Vec<String> = wrong
        .map(|hop| match hop.rule {
            Some(rule) => format!("{}: {rule}", hop.kind.as_str()),
            None => format!("{}?", hop.kind.as_str()),
        })
        .collect();
    wrong.join(", ")
}

/// `protocol ok: http`, a line for each hop.
fn told(hops: &[Hop], kinds: &[HopKind]) -> Vec<String> {
    of(hops, kinds).map(|hop| format!("{} {}: {}", hop.kind.as_str(), hop.state.as_str(), hop.detail)).collect()
}
