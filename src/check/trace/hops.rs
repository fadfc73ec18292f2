//! What is known of the hops after the tracer.

use crate::check::hop::HopKind;
use crate::check::hop::State;
use crate::check::problem::Problem;
use crate::check::problem::Scope;

/// What is known of a hop, and the words for it.
pub(crate) type Known = (State, String);

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
    /// What is wrong on the way; the proxies that it concerns are added when all routes are known.
    pub(crate) problems: Vec<Problem>,
}

impl Route {
    /// A route of which no hop is known, for this reason.
    pub(super) fn unseen(detail: &str) -> Route {
        let unseen = || (State::Unseen, detail.to_string());
        Route {
            dns: unseen(),
            service: unseen(),
            receiver: unseen(),
            relays: Vec::new(),
            storage: unseen(),
            ui: unseen(),
            problems: Vec::new(),
        }
    }

    /// A route that `--assume` takes as working.
    pub(super) fn assumed(detail: &str) -> Route {
        let ok = || (State::Ok, detail.to_string());
        Route {
            dns: ok(),
            service: ok(),
            receiver: ok(),
            relays: Vec::new(),
            storage: ok(),
            ui: ok(),
            problems: Vec::new(),
        }
    }

    /// Reports what breaks a hop for whoever takes this route.
    pub(super) fn breaks(&mut self, hop: HopKind, problem: Problem) {
        self.problems.push(problem.breaks(hop, Scope::Proxies(Vec::new())));
    }

    /// Whether something breaks a hop.
    pub(super) fn is_broken(&self) -> bool {
        self.problems.iter().any(|problem| problem.broken_hop().is_some())
    }
}
