//! What is known about the hops after the tracer.

use crate::check::cluster::backend::Fact;
use crate::check::cursor::Doc;
use crate::check::hop::HopKind;
use crate::check::hop::State;
use crate::check::problem::Problem;
use crate::check::problem::Scope;

/// The state of a hop, and its description.
pub(crate) type Known = (State, String);

/// A Service that a proxy connects to.
#[derive(Clone, Debug)]
pub(crate) struct Reached {
    /// The document that creates it.
    pub(crate) doc: Doc,
    pub(crate) label: String,
    /// The namespace of the Service, if known; Helm values do not say it.
    pub(crate) namespace: String,
    pub(crate) port: u16,
    pub(crate) headless: bool,
}

/// A connection behind the first one: of a collector or of Jaeger.
#[derive(Clone, Debug)]
pub(crate) struct Leg {
    /// The document that creates the pods that connect.
    pub(crate) from: Doc,
    pub(crate) to: Reached,
    /// The hop that it belongs to.
    pub(crate) hop: HopKind,
}

/// A store that is not among the files.
#[derive(Clone, Debug)]
pub(crate) struct Outside {
    /// The document that creates the pods that connect to it.
    pub(crate) from: Doc,
    pub(crate) addresses: Vec<Address>,
}

/// An address that is not among the files.
#[derive(Clone, Debug)]
pub(crate) struct Address {
    pub(crate) host: String,
    pub(crate) port: u16,
    /// The namespace of the Service that the name means, if it can mean one.
    pub(crate) namespace: Option<String>,
    /// Whether it is an IP address.
    pub(crate) is_number: bool,
}

/// What happens to spans after the tracer.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    pub(crate) dns: Known,
    pub(crate) service: Known,
    pub(crate) receiver: Known,
    /// The collectors on the way, in order.
    pub(crate) relays: Vec<Known>,
    pub(crate) storage: Known,
    pub(crate) ui: Known,
    /// What the proxy connects to, if known.
    pub(crate) reached: Option<Reached>,
    /// The connections behind that, in order.
    pub(crate) legs: Vec<Leg>,
    /// Where spans are kept, if that is not among the files.
    pub(crate) outside: Option<Outside>,
    /// Problems on the way; the affected proxies are added once all routes are known.
    pub(crate) problems: Vec<Problem>,
}

impl Route {
    /// A route with no known hops, for this reason.
    pub(super) fn unseen(detail: &str) -> Route {
        let unseen = || (State::Unseen, detail.to_string());
        Route {
            dns: unseen(),
            service: unseen(),
            receiver: unseen(),
            relays: Vec::new(),
            storage: unseen(),
            ui: unseen(),
            reached: None,
            legs: Vec::new(),
            outside: None,
            problems: Vec::new(),
        }
    }

    /// A route that `--assume` declares to work.
    pub(super) fn assumed(detail: &str) -> Route {
        let ok = || (State::Ok, detail.to_string());
        Route {
            dns: ok(),
            service: ok(),
            receiver: ok(),
            relays: Vec::new(),
            storage: ok(),
            ui: ok(),
            reached: None,
            legs: Vec::new(),
            outside: None,
            problems: Vec::new(),
        }
    }

    /// Records a problem that breaks a hop for every proxy on this route.
    pub(super) fn breaks(&mut self, hop: HopKind, problem: Problem) {
        self.problems.push(problem.breaks(hop, Scope::Proxies(Vec::new())));
    }

    /// Whether spans go to what an object makes.
    pub(crate) fn reaches(&self, object: usize) -> bool {
        let relays = self.legs.iter().filter(|leg| leg.hop == HopKind::Relay).map(|leg| &leg.to);
        self.reached.iter().chain(relays).any(|reached| reached.doc == Doc::Object(object))
    }

    /// Whether something breaks a hop.
    pub(super) fn is_broken(&self) -> bool {
        self.problems.iter().any(|problem| problem.broken_hop().is_some())
    }
}

/// The origin of a call.
#[derive(Clone, Copy)]
pub(super) struct From<'a> {
    /// The pod's namespace, if known.
    pub(super) namespace: Option<&'a str>,
    pub(super) gateway: bool,
    /// The workload of the proxy's pods, if it is among the files.
    pub(super) pod: Option<usize>,
    /// Whether the caller is a collector with nothing else in its pod.
    pub(super) alone: bool,
}

pub(super) fn keeps(fact: &Fact, hop: HopKind, problems: &mut Vec<Problem>) -> Known {
    match fact {
        Fact::Ok(detail) => (State::Ok, detail.clone()),
        Fact::Store(store) => (State::Unseen, store.kind.to_string()),
        Fact::Unseen(detail) => (State::Unseen, detail.clone()),
        Fact::Broken(fault) => {
            let problem = Problem::new(fault.cause, fault.at.clone(), fault.why.clone(), fault.help.clone())
                .cured(fault.cure.clone());
            problems.push(problem.breaks(hop, Scope::Proxies(Vec::new())));
            // A hop is broken only by a finding.
            (State::Unseen, fault.why.clone())
        }
    }
}
