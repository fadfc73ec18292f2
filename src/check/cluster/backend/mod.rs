//! What receives spans: the backends of the set, the Services that lead to them, and what listens on their ports.

mod address;
mod arguments;
mod collector;
mod component;
mod config;
mod config_file;
mod env;
mod feed;
mod flags;
pub(crate) mod helm;
mod index;
mod jaeger_v1;
mod limits;
mod merge;
mod operator;
mod options;
mod pipelines;
mod plain;
mod pods;
mod sampling;
mod settings;
mod shape;
mod start;
mod telemetry;

pub(crate) use collector::unserved;
pub(crate) use feed::End;
pub(crate) use feed::Feed;
pub(crate) use feed::Sent;
pub(crate) use index::Backends;
pub(crate) use operator::refused;
pub(crate) use options::has_option;
pub(crate) use plain::not_string;

use crate::check::cluster::keys;
use crate::check::cluster::keys::Missing;
use crate::check::cluster::mesh::Mesh;
use crate::check::cluster::references::Reference;
use crate::check::cluster::tracer::Speaks;
use crate::check::cure::Cure;
use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::cursor::Location;
use crate::check::input::set::Object;
use crate::check::problem::Cause;
use crate::check::problem::Problem;
use crate::stack::Version;
use std::collections::BTreeMap;
use std::rc::Rc;

/// The program that receives spans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Product {
    JaegerV1,
    JaegerV2,
    Zipkin,
    Unknown,
}

/// Why part of a backend does not work.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) cause: Cause,
    pub(crate) why: String,
    pub(crate) help: String,
    pub(crate) at: Location,
    pub(crate) cure: Option<Cure>,
}

impl Fault {
    /// The same with a cure that was found elsewhere.
    pub(crate) fn cured(mut self: Box<Self>, cure: Option<Cure>) -> Box<Fault> {
        self.cure = cure;
        self
    }

    /// What makes it go away, if anything is known to.
    pub(crate) fn fix(mut self: Box<Self>, trust: Trust, edits: impl IntoIterator<Item = Edit>) -> Box<Fault> {
        self.cure = Cure::new(trust, edits);
        self
    }

    pub(crate) fn new(
        cause: Cause,
        at: impl Into<Location>,
        why: impl Into<String>,
        help: impl Into<String>,
    ) -> Box<Fault> {
        Box::new(Fault { cause, why: why.into(), help: help.into(), at: at.into(), cure: None })
    }
}

/// Why the API server does not have an object, by its schema.
fn of_schema(mesh: &Mesh<'_>, object: Object<'_>) -> Option<Box<Fault>> {
    let Problem { cause, at, message, help, .. } = mesh.refused.by_schema(object)?.clone();
    Some(Fault::new(cause, at, message, help))
}

/// Why pods never start: something that they need lacks a key.
fn no_key<'a>(mesh: &Mesh<'a>, needed: &[Reference<'a>]) -> Option<Box<Fault>> {
    let Missing { cause, message, at } = keys::missing(mesh, needed)?;
    Some(Fault::new(cause, at, message, keys::HELP))
}

/// What is behind a port of a Service.
#[derive(Clone, Debug)]
pub(crate) enum Port {
    /// A receiver for this protocol.
    Accepts(Speaks),
    /// A receiver of a collector, and where its spans go.
    Feeds(Speaks, Rc<Feed>),
    /// A receiver that only its own pod can reach, and why.
    OwnPod(Box<Fault>, Box<Port>),
    /// A listener for a different protocol.
    WrongProtocol(String),
    /// Nothing listens; connections are refused.
    Refused(Box<Fault>),
    /// The files do not say what runs there.
    Unknown(String),
}

impl Port {
    /// The protocol that it accepts from other pods.
    pub(crate) fn accepts(&self) -> Option<Speaks> {
        match self {
            Port::Accepts(speaks) | Port::Feeds(speaks, _) => Some(*speaks),
            _ => None,
        }
    }
}

/// What is known about the storage or the UI.
#[derive(Clone, Debug)]
pub(crate) enum Fact {
    Ok(String),
    /// Spans are kept in a store at some address.
    Store(Rc<Store>),
    Unseen(String),
    Broken(Box<Fault>),
}

/// An Elasticsearch, OpenSearch or Cassandra that a backend writes to.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) kind: String,
    /// Hosts and ports.
    pub(crate) addresses: Vec<(String, u16)>,
    /// Where they are written.
    pub(crate) at: Location,
}

impl Store {
    /// A store of this kind at addresses written as URLs or `host:port`. With none of them there is nothing to look
    /// up, and a variable among them may be anything.
    pub(crate) fn fact<'a>(
        kind: &str,
        written: impl Iterator<Item = &'a str>,
        port: Option<u16>,
        at: impl Into<Location>,
    ) -> Fact {
        let written = written.flat_map(|text| text.split(',')).map(str::trim).filter(|text| !text.is_empty());
        let addresses = written.filter(|text| !text.contains('$')).map(|text| {
            let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
            let usual = match scheme {
                "https" => 443,
                "http" => 80,
                _ => port.unwrap_or_default(),
            };
            let authority = rest.split(['/', '?']).next().unwrap_or(rest);
            let (host, port) = address::host_and_port(authority.rsplit_once('@').map_or(authority, |(_, host)| host));
            (host, port.unwrap_or(usual))
        });
        let addresses: Vec<(String, u16)> = addresses.collect();
        Fact::Store(Rc::new(Store { kind: kind.to_string(), addresses, at: at.into() }))
    }
}

/// A receiver of spans.
#[derive(Clone, Debug)]
pub(crate) struct Backend {
    /// Whether nothing else runs in its pods.
    pub(crate) alone: bool,
    /// Its name in messages.
    pub(crate) label: String,
    pub(crate) at: Location,
    pub(crate) product: Product,
    pub(crate) version: Option<Version>,
    /// Its namespace; `None` if the files do not name it.
    pub(crate) namespace: Option<String>,
    pub(crate) services: Vec<String>,
    /// The name of an OpenTelemetryCollector that the operator injects into other pods.
    pub(crate) sidecar: Option<String>,
    /// What is behind each port of a Service with a cluster IP.
    pub(crate) ports: BTreeMap<u16, Port>,
    /// Those of `services` that are headless; they lead to the ports of the pods, `pod`.
    pub(crate) headless: Vec<String>,
    pub(crate) pod: Option<Rc<BTreeMap<u16, Port>>>,
    pub(crate) storage: Fact,
    pub(crate) ui: Fact,
}

impl Backend {
    /// The exporters that forward spans.
    fn sent(&self) -> impl Iterator<Item = &Sent> {
        let feeds =
            self.ports.values().chain(self.pod.iter().flat_map(|pod| pod.values())).filter_map(|port| match port {
                Port::Feeds(_, feed) => Some(feed),
                _ => None,
            });
        feeds.flat_map(|feed| &feed.ends).filter_map(|end| match end.whole() {
            End::Sent(sent) => Some(&**sent),
            _ => None,
        })
    }
}

/// The name of a protocol in messages.
pub(crate) fn words(speaks: Speaks) -> &'static str {
    match speaks {
        Speaks::Zipkin => "Zipkin",
        Speaks::OtlpGrpc => "OTLP over gRPC",
        Speaks::OtlpHttp => "OTLP over HTTP",
        Speaks::Other => "another protocol",
    }
}
