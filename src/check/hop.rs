//! The hops of a trace path and their states.

/// One step on the way of a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HopKind {
    /// Requests reach the proxy.
    Entry,
    /// Consul treats the requests as HTTP; otherwise Envoy creates no spans.
    Protocol,
    /// The proxy exists.
    Sidecar,
    /// It has a tracer.
    Tracer,
    /// The tracer's cluster is defined.
    Cluster,
    /// Its address resolves in the proxy's pod.
    Dns,
    /// The Service has the port.
    Service,
    /// Something listens on that port and understands the protocol.
    Receiver,
    /// A collector forwards the spans; there is one such hop for each collector.
    Relay,
    /// The spans are stored.
    Storage,
    /// The spans can be viewed.
    Ui,
    /// Who starts the trace. Broken if the listeners' sampling settings prevent every trace.
    Starts,
}

impl HopKind {
    /// All kinds, in the order that a span passes them.
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

/// What is known about a hop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// It works.
    Ok,
    /// It does not; a finding says why.
    Broken,
    /// The files do not include what decides it.
    Unseen,
}

impl State {
    /// The word for reports.
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
    /// Which step it is.
    pub kind: HopKind,
    /// What is known about it.
    pub state: State,
    /// What was found, or what is needed to decide.
    pub detail: String,
    /// The rule that broke it.
    pub rule: Option<&'static str>,
}

/// The path of one proxy's spans.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Path {
    /// The set it belongs to: a render, a directory, or everything named on the command line.
    pub set: std::sync::Arc<str>,
    /// The Consul service or gateway.
    pub service: String,
    /// Where the service's requests come from.
    pub from: String,
    /// Whether the spans arrive; `None` if a hop is unseen and none is broken.
    pub arrives: Option<bool>,
    /// Every hop, in order.
    pub hops: Vec<Hop>,
}

impl Path {
    /// In place of paths, for a set that has none because the services are elsewhere.
    pub(crate) fn of_no_service() -> Path {
        let detail = "no service of the mesh is in this set, so nothing says whose spans it is about";
        let kinds = HopKind::ALL.into_iter().filter(|kind| *kind != HopKind::Relay);
        let hops = kinds.map(|kind| Hop { kind, state: State::Unseen, detail: detail.to_string(), rule: None });
        Path {
            set: "".into(),
            service: "*".to_string(),
            from: "the mesh".to_string(),
            arrives: None,
            hops: hops.collect(),
        }
    }
}

/// A service without a path, because Envoy creates no spans for it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Untraced {
    /// The set it belongs to, as in [`Path`].
    pub set: std::sync::Arc<str>,
    /// The Consul service.
    pub service: String,
    /// What makes it a TCP service.
    pub why: String,
}

/// How many paths a report keeps. Paths that do not arrive come first, then those with an unseen hop.
pub(crate) const KEPT: usize = 10_000;

/// Counts of the paths that a report does not keep.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MorePaths {
    /// Paths whose spans do not arrive.
    pub broken: usize,
    /// Paths with an unseen hop.
    pub unseen: usize,
    /// Paths whose spans arrive.
    pub arriving: usize,
}

impl MorePaths {
    /// The sum of all counts.
    pub fn total(self) -> usize {
        self.broken + self.unseen + self.arriving
    }

    /// The count that `arrives` belongs to.
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

    /// Divides `most` places among the kinds: paths that do not arrive first, then those with an unseen hop.
    pub(crate) fn shares(self, most: usize) -> MorePaths {
        let broken = self.broken.min(most);
        let unseen = self.unseen.min(most - broken);
        MorePaths { broken, unseen, arriving: self.arriving.min(most - broken - unseen) }
    }
}

/// Collects paths in bounded memory: the first ones of each kind are kept.
#[derive(Default)]
pub(crate) struct Gathered {
    pub(crate) paths: Vec<Path>,
    kept: MorePaths,
    more: MorePaths,
}

impl Gathered {
    /// How many more paths of this kind will be kept.
    pub(crate) fn room(&mut self, arrives: Option<bool>) -> usize {
        KEPT - *self.kept.of(arrives)
    }

    /// Returns whether the path was kept.
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

    /// The kept paths in their order, at most [`KEPT`], and counts of the others.
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
