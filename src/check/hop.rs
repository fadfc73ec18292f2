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
    /// Spans are kept.
    Storage,
    /// They can be looked at.
    Ui,
    /// Who starts the trace. Broken where the listeners' sampling lets nobody.
    Starts,
}

impl HopKind {
    /// All, in the order a span takes them.
    pub const ALL: [HopKind; 11] = [
        HopKind::Entry,
        HopKind::Protocol,
        HopKind::Sidecar,
        HopKind::Tracer,
        HopKind::Cluster,
        HopKind::Dns,
        HopKind::Service,
        HopKind::Receiver,
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
            HopKind::Storage => "storage",
            HopKind::Ui => "ui",
            HopKind::Starts => "starts",
        }
    }
}

/// What is known of a hop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
#[derive(Clone, Debug, PartialEq, Eq)]
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// The Consul service or gateway.
    pub service: String,
    /// Where its requests come from.
    pub from: String,
    /// Whether its spans arrive; `None` when a hop is unseen and none broken.
    pub arrives: Option<bool>,
    /// Every hop, in order.
    pub hops: Vec<Hop>,
}
