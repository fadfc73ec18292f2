//! NetworkPolicies: whether they allow a connection from one pod to another.
//!
//! Source: the documentation of the `networking.k8s.io/v1` API (`k8s.io/api/networking/v1/types.go`): a pod selected by
//! a policy accepts or opens only connections allowed by some policy that selects it; `policyTypes` defaults to
//! `Ingress`, plus `Egress` if there are egress rules; an empty rule allows everything, no rule allows nothing. Ports
//! are those of the pods. What `ipBlock` means for pods depends on the network plugin.

use crate::check::cluster::refused::Refused;
use crate::check::cluster::selector;
use crate::check::cluster::selector::Labels;
use crate::check::cluster::selector::Namespaces;
use crate::check::cursor::Cursor;
use crate::check::input::set::Object;
use crate::check::input::set::Set;
use crate::stack::kube;
use std::cell::Cell;
use std::collections::HashMap;

/// One end of a connection.
#[derive(Clone)]
pub(crate) struct Pod<'a> {
    pub(crate) namespace: String,
    pub(crate) labels: Labels<'a>,
    /// Its port numbers by name; `None` if unknown.
    pub(crate) named: Option<HashMap<&'a str, u16>>,
    /// Whether it is not in the namespace of the pod at the other end, whatever its namespace is.
    pub(crate) foreign: bool,
}

/// The direction of connections that a policy restricts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Direction {
    Ingress,
    Egress,
}

/// What happens to a connection.
#[derive(Clone, Copy)]
pub(crate) enum Flow<'a> {
    Open,
    /// This policy selects one end, and no policy that does allows the connection.
    Blocked(Object<'a>, Direction),
    /// Whether this policy blocks the connection depends on something that is not among the files.
    Unknown(Object<'a>),
}

/// The NetworkPolicies of a set.
pub(crate) struct Policies<'a> {
    by_namespace: HashMap<&'a str, Selectors<'a>>,
    namespaces: Namespaces<'a>,
}

/// The policies of a namespace by one label pair that they select, so that a pod is compared with few of them.
#[derive(Default)]
struct Selectors<'a> {
    all: Vec<Object<'a>>,
    by_pair: HashMap<(&'a str, &'a str), Vec<Object<'a>>>,
    /// Policies that do not select by a label pair.
    others: Vec<Object<'a>>,
}

impl<'a> Selectors<'a> {
    fn add(&mut self, policy: Object<'a>) {
        self.all.push(policy);
        let mut pairs = policy.spec().at(&["podSelector", "matchLabels"]).entries();
        let pair = pairs.find_map(|(key, value)| Some((key, value.str()?)).filter(|_| !selector::is_added_later(key)));
        match pair {
            Some(pair) => self.by_pair.entry(pair).or_default().push(policy),
            None => self.others.push(policy),
        }
    }

    /// The policies that may select a pod, in their order.
    fn candidates(&self, labels: &Labels<'_>) -> Vec<Object<'a>> {
        if labels.open {
            return self.all.iter().copied().take(COMPARED + 1).collect();
        }
        let by_pair = labels.pairs().filter_map(|pair| self.by_pair.get(&pair)).flatten();
        let mut found: Vec<Object<'a>> = by_pair.chain(&self.others).copied().take(COMPARED + 1).collect();
        found.sort_unstable_by_key(|policy| policy.index);
        found.dedup_by_key(|policy| policy.index);
        found
    }
}

/// At most this many rule peers, and policies of its namespace, are compared with a pod; beyond that the result is
/// unknown.
const COMPARED: usize = 256;

impl<'a> Policies<'a> {
    pub(crate) fn of(set: &Set<'a>, refused: &Refused) -> Policies<'a> {
        let mut by_namespace: HashMap<&str, Selectors<'a>> = HashMap::new();
        for policy in refused.accepted(set, kube::NETWORKING, "NetworkPolicy") {
            by_namespace.entry(&policy.id.namespace).or_default().add(policy);
        }
        Policies { by_namespace, namespaces: Namespaces::of(set) }
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.by_namespace.is_empty()
    }

    /// Decides about a connection to a port of a pod.
    pub(crate) fn judge(&self, from: &Pod<'a>, to: &Pod<'a>, port: (&str, u16)) -> Flow<'a> {
        match self.side((from, to), to, port, Direction::Egress) {
            Flow::Open => self.side((to, from), to, port, Direction::Ingress),
            blocked @ Flow::Blocked(..) => blocked,
            unknown @ Flow::Unknown(_) => match self.side((to, from), to, port, Direction::Ingress) {
                blocked @ Flow::Blocked(..) => blocked,
                _ => unknown,
            },
        }
    }

    /// Whether policies allow a pod to open a connection.
    pub(crate) fn leaves(&self, from: &Pod<'a>, to: &Pod<'a>, port: (&str, u16)) -> Flow<'a> {
        self.side((from, to), to, port, Direction::Egress)
    }

    /// Whether policies allow a pod to accept a connection.
    pub(crate) fn enters(&self, from: &Pod<'a>, to: &Pod<'a>, port: (&str, u16)) -> Flow<'a> {
        self.side((to, from), to, port, Direction::Ingress)
    }

    /// Checks one end. `target` is the pod that the port belongs to.
    fn side(
        &self,
        (pod, peer): (&Pod<'a>, &Pod<'a>),
        target: &Pod<'a>,
        port: (&str, u16),
        direction: Direction,
    ) -> Flow<'a> {
        let Some(own) = self.by_namespace.get(&*pod.namespace) else { return Flow::Open };
        let all = own.candidates(&pod.labels);
        let left = Cell::new(COMPARED);
        let mut blocked = None;
        let mut unknown = None;
        // Whether these policies apply is unknown. One that allows the connection matters only if another one blocks it, and one
        // that does not, only if no other does.
        let (mut perhaps, mut doubt) = (None, None);
        for policy in all.iter().filter(|policy| has(**policy, direction)) {
            let selected = match left.get().checked_sub(1) {
                Some(less) => {
                    left.set(less);
                    selector::fits(policy.spec().get("podSelector"), &pod.labels)
                }
                None => return Flow::Unknown(*policy),
            };
            if selected == Some(false) {
                continue;
            }
            match (selected, self.allows(*policy, direction, peer, target, port, &left)) {
                (Some(true), Some(true)) => return Flow::Open,
                (Some(true), Some(false)) => blocked = blocked.or(Some(*policy)),
                (None, Some(true)) => perhaps = perhaps.or(Some(*policy)),
                (None, Some(false)) => doubt = doubt.or(Some(*policy)),
                _ => unknown = unknown.or(Some(*policy)),
            }
        }
        let open = if blocked.is_some() { perhaps } else { doubt };
        match (blocked, unknown.or(open)) {
            (None, None) => Flow::Open,
            (Some(policy), None) => Flow::Blocked(policy, direction),
            (_, Some(policy)) => Flow::Unknown(policy),
        }
    }

    /// Whether one of a policy's rules allows the connection.
    fn allows(
        &self,
        policy: Object<'a>,
        direction: Direction,
        peer: &Pod<'a>,
        target: &Pod<'a>,
        port: (&str, u16),
        left: &Cell<usize>,
    ) -> Option<bool> {
        let (rules, peers) = match direction {
            Direction::Ingress => ("ingress", "from"),
            Direction::Egress => ("egress", "to"),
        };
        selector::any(policy.spec().get(rules).items().map(|rule| {
            let ports = any_or_all(rule.get("ports"), left, |at| allows_port(at, target, port));
            let peers = any_or_all(rule.get(peers), left, |at| self.is_peer(at, &policy.id.namespace, peer));
            selector::all([ports, peers].into_iter())
        }))
    }

    /// Whether a rule's peer matches the pod.
    fn is_peer(&self, at: Cursor<'a>, own: &str, pod: &Pod<'a>) -> Option<bool> {
        if at.get("ipBlock").exists() {
            return None;
        }
        let (pods, namespaces) = (at.get("podSelector"), at.get("namespaceSelector"));
        let namespace = match namespaces.exists() {
            true if pod.namespace.is_empty() => selector::fits(namespaces, &Labels::partly(Vec::new())),
            true => selector::fits(namespaces, &self.namespaces.labels(&pod.namespace)),
            false if own == pod.namespace => Some(true),
            false if pod.foreign => Some(false),
            false if own.is_empty() || pod.namespace.is_empty() => None,
            false => Some(false),
        };
        let fits = if pods.exists() { selector::fits(pods, &pod.labels) } else { Some(true) };
        selector::all([namespace, fits].into_iter())
    }
}

/// Whether a policy restricts connections in this direction.
fn has(policy: Object<'_>, direction: Direction) -> bool {
    let types = policy.spec().get("policyTypes");
    match direction {
        _ if !types.list().is_empty() => {
            let word = if direction == Direction::Ingress { "Ingress" } else { "Egress" };
            types.items().any(|one| one.str() == Some(word))
        }
        Direction::Ingress => true,
        Direction::Egress => !policy.spec().get("egress").list().is_empty(),
    }
}

/// Whether one item of a list holds; an empty list matches everything.
fn any_or_all<'a>(list: Cursor<'a>, left: &Cell<usize>, holds: impl Fn(Cursor<'a>) -> Option<bool>) -> Option<bool> {
    let count = list.items().len();
    match left.get().checked_sub(count) {
        Some(_) if count == 0 => Some(true),
        Some(less) => {
            left.set(less);
            selector::any(list.items().map(holds))
        }
        None => None,
    }
}

fn allows_port(at: Cursor<'_>, target: &Pod<'_>, (protocol, port): (&str, u16)) -> Option<bool> {
    if at.get("protocol").str().unwrap_or("TCP") != protocol {
        return Some(false);
    }
    let first = at.get("port");
    if !first.exists() {
        return Some(true);
    }
    if let Some(first) = first.int() {
        let last = at.get("endPort").int().unwrap_or(first);
        return Some((first..=last).contains(&i64::from(port)));
    }
    target.named.as_ref().map(|named| named.get(first.text()) == Some(&port))
}
