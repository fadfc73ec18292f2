//! The hops of a trace path and their states.

/// A hop on the way of a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HopKind {
    /// Requests reach the proxy.
    Entry,
    /// Consul treats them as HTTP, without which there are no spans.
    Protocol,
    /// The proxy is there.
    Sidecar,
    /// It has a tracer.
    Tracer,
    /// The tracer's cluster is there.
    Cluster,
    /// Its address resolves in the proxy's pod.
    Dns,
    /// The Service has the port.
    Service,
    /// Somebody listens behind it who understands.
    Receiver,
    /// A collector on the way passes spans on; there is one such hop for each.
    Relay,
    /// Spans are kept.
    Storage,
    /// They can be looked at.
    Ui,
    /// Who starts the trace. Broken where the listeners' sampling lets nobody.
    Starts,
}

impl HopKind {
    /// All, in the order a span takes them.
    pub const ALL: [HopKind; 12] = [
        HopKind::Entry,
        HopKind::Protocol,
        HopKind::Sidecar,
        HopKind::Tracer,
        HopKind::Cluster,
        HopKind::Dns,
        HopKind::Service,
        HopKind::Receiver,
        HopKind::Relay,
        HopKind::Storage,
        HopKind::Ui,
        HopKind::Starts,
    ];

    /// The name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            HopKind::Entry => "entry",
            HopKind::Protocol => "protocol",
            HopKind::Sidecar => "sidecar",
            HopKind::Tracer => "tracer",
            HopKind::Cluster => "cluster",
            HopKind::Dns => "dns",
            HopKind::Service => "service",
            HopKind::Receiver => "receiver",
            HopKind::Relay => "relay",
            HopKind::Storage => "storage",
            HopKind::Ui => "ui",
            HopKind::Starts => "starts",
        }
    }
}

/// What is known of a hop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// It works.
    Ok,
    /// It does not; a finding says why.
    Broken,
    /// What decides it is not among the files.
    Unseen,
}

impl State {
    /// The word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            State::Ok => "ok",
            State::Broken => "broken",
            State::Unseen => "unseen",
        }
    }
}

/// One hop of a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Hop {
    /// Which.
    pub kind: HopKind,
    /// What is known.
    pub state: State,
    /// What was seen, or what would settle it.
    pub detail: String,
    /// The rule that broke it.
    pub rule: Option<&'static str>,
}

/// The way of the spans of one proxy.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Path {
    /// The set that it belongs to: a render, a directory, or what the command line named.
    pub set: std::sync::Arc<str>,
    /// The Consul service or gateway.
    pub service: String,
    /// Where its requests come from.
    pub from: String,
    /// Whether its spans arrive; `None` when a hop is unseen and none broken.
    pub arrives: Option<bool>,
    /// Every hop, in order.
    pub hops: Vec<Hop>,
}

/// How many paths a report keeps. Those that do not arrive come first, then those with an unseen hop.
pub(crate) const KEPT: usize = 10_000;

/// Paths that are counted and not kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MorePaths {
    /// Those whose spans do not arrive.
    pub broken: usize,
    /// Those with an unseen hop.
    pub unseen: usize,
    /// Those whose spans arrive.
    pub arriving: usize,
}

impl MorePaths {
    /// All of them.
    pub fn total(self) -> usize {
        self.broken + self.unseen + self.arriving
    }

    /// The count of what arrives, or does not.
    pub(crate) fn of(&mut self, arrives: Option<bool>) -> &mut usize {
        match arrives {
            Some(false) => &mut self.broken,
            None => &mut self.unseen,
            Some(true) => &mut self.arriving,
        }
    }

    pub(crate) fn add(&mut self, other: MorePaths) {
        self.broken += other.broken;
        self.unseen += other.unseen;
        self.arriving += other.arriving;
    }

    /// Of `most` places how many each kind gets: first those that do not arrive, then those with an unseen hop.
    pub(crate) fn shares(self, most: usize) -> MorePaths {
        let broken = self.broken.min(most);
        let unseen = self.unseen.min(most - broken);
        MorePaths { broken, unseen, arriving: self.arriving.min(most - broken - unseen) }
    }
}

/// Paths as they are gathered, bounded whatever a stranger's files hold: of each kind the first are kept.
#[derive(Default)]
pub(crate) struct Gathered {
    pub(crate) paths: Vec<Path>,
    kept: MorePaths,
    more: MorePaths,
}

impl Gathered {
    /// How many more of a kind will be kept.
    pub(crate) fn room(&mut self, arrives: Option<bool>) -> usize {
        KEPT - *self.kept.of(arrives)
    }

    /// Whether it was kept.
    pub(crate) fn push(&mut self, path: Path) -> bool {
        let has_room = self.room(path.arrives) > 0;
        if has_room {
            *self.kept.of(path.arrives) += 1;
            self.paths.push(path);
        } else {
            *self.more.of(path.arrives) += 1;
        }
        has_room
    }

    /// Counts paths that are not kept.
    pub(crate) fn count(&mut self, more: MorePaths) {
        self.more.add(more);
    }

    /// The paths in their order, at most [`KEPT`], and how many more there are.
    pub(crate) fn end(mut self) -> (Vec<Path>, MorePaths) {
        if self.paths.len() > KEPT {
            let mut shares = self.kept.shares(KEPT);
            self.paths.retain(|path| {
                let share = shares.of(path.arrives);
                let stays = *share > 0;
                match stays {
                    true => *share -= 1,
                    false => *self.more.of(path.arrives) += 1,
                }
                stays
            });
        }
        (self.paths, self.more)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_do_not_arrive_are_kept_first() {
        let path = |name: usize, arrives| Path {
            set: "".into(),
            service: name.to_string(),
            from: String::new(),
            arrives,
            hops: Vec::new(),
        };
        let mut gathered = Gathered::default();
        assert!((0..KEPT).all(|n| gathered.push(path(n, Some(true)))));
        assert!(!gathered.push(path(KEPT, Some(true))));
        assert!(gathered.push(path(KEPT, None)) && gathered.push(path(KEPT + 1, Some(false))));
        gathered.count(MorePaths { unseen: 7, ..MorePaths::default() });
        let (paths, more) = gathered.end();
        assert_eq!((paths.len(), &*paths[KEPT - 3].service), (KEPT, "9997"));
        assert_eq!((paths[KEPT - 2].arrives, paths[KEPT - 1].arrives), (None, Some(false)));
        assert_eq!(more, MorePaths { broken: 0, unseen: 7, arriving: 3 });
    }
}
