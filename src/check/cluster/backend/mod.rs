//! What receives spans: each backend of the set, the Services that lead to it, and what listens on their ports.

mod collector;
mod helm;
mod operator;
mod plain;

use crate::check::cluster::mesh::Mesh;
use crate::check::cluster::tracer::Speaks;
use crate::check::cursor::Location;
use crate::check::problem::Cause;
use crate::stack::Version;
use crate::suggest::Asked;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::rc::Rc;

/// The program that receives spans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Product {
    JaegerV1,
    JaegerV2,
    Zipkin,
    Unknown,
}

/// Why something of a backend does not work.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) cause: Cause,
    pub(crate) why: String,
    pub(crate) help: String,
    pub(crate) at: Location,
}

impl Fault {
    pub(crate) fn new(
        cause: Cause,
        at: impl Into<Location>,
        why: impl Into<String>,
        help: impl Into<String>,
    ) -> Box<Fault> {
        Box::new(Fault { cause, why: why.into(), help: help.into(), at: at.into() })
    }
}

/// What is behind a port of the Service.
#[derive(Clone, Debug)]
pub(crate) enum Port {
    /// A receiver that accepts this protocol.
    Accepts(Speaks),
    /// A listener for another protocol.
    WrongProtocol(String),
    /// Nothing that a connection could reach.
    Refused(Box<Fault>),
    /// The files do not say what runs there.
    Unknown(String),
}

/// What is known about storage or the UI.
#[derive(Clone, Debug)]
pub(crate) enum Fact {
    Ok(String),
    Unseen(String),
    Broken(Box<Fault>),
}

/// A receiver of spans.
#[derive(Clone, Debug)]
pub(crate) struct Backend {
    /// Its name in messages.
    pub(crate) label: String,
    pub(crate) at: Location,
    pub(crate) product: Product,
    pub(crate) version: Option<Version>,
    /// Its namespace; `None` when the files do not name it.
    pub(crate) namespace: Option<String>,
    pub(crate) services: Vec<String>,
    /// What is behind each port of a Service that has a cluster IP.
    pub(crate) ports: BTreeMap<u16, Port>,
    /// Those of `services` that are headless; they lead to the ports of the pods, `pod`.
    pub(crate) headless: Vec<String>,
    pub(crate) pod: Option<Rc<BTreeMap<u16, Port>>>,
    pub(crate) storage: Fact,
    pub(crate) ui: Fact,
}

/// What was asked for, as a host name or not, with what was meant.
#[derive(Default)]
struct Answers {
    asked: Asked,
    known: HashMap<(bool, String), Option<String>>,
}

/// All backends, indexed by the names of their Services.
pub(crate) struct Backends {
    pub(crate) all: Vec<Backend>,
    by_service: HashMap<String, Vec<usize>>,
    by_namespace: HashMap<String, Vec<usize>>,
    /// The Services of all backends, as host names and as names, for suggestions.
    hosts: Vec<String>,
    names: Vec<String>,
    /// Suggestions made so far: proxies in many namespaces look for the same name.
    asked: RefCell<Answers>,
}

impl Backends {
    pub(crate) fn of(mesh: &Mesh<'_>) -> Backends {
        let mut all = operator::all(mesh);
        all.extend(collector::all(mesh.set));
        all.extend(helm::all(mesh.set));
        all.extend(plain::all(mesh));
        let mut by_service: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, backend) in all.iter().enumerate() {
            for service in &backend.services {
                by_service.entry(service.clone()).or_default().push(index);
            }
        }
        let mut by_namespace: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, backend) in all.iter().enumerate() {
            if let Some(namespace) = &backend.namespace {
                by_namespace.entry(namespace.clone()).or_default().push(index);
            }
        }
        let hosts = hosts(&all);
        let names = all.iter().flat_map(|backend| &backend.services).cloned().collect();
        Backends { all, by_service, by_namespace, hosts, names, asked: RefCell::default() }
    }

    /// The backends with a Service of this name, in any namespace.
    pub(crate) fn named(&self, service: &str) -> impl Iterator<Item = &Backend> {
        self.by_service.get(service).into_iter().flatten().map(|index| &self.all[*index])
    }

    /// The backend with this Service in this namespace.
    pub(crate) fn at(&self, service: &str, namespace: &str) -> Option<&Backend> {
        self.named(service).find(|backend| backend.namespace.as_deref().is_none_or(|own| own == namespace))
    }

    /// The backends in a namespace, in the order of the files.
    pub(crate) fn in_namespace(&self, namespace: &str) -> impl Iterator<Item = &Backend> {
        self.by_namespace.get(namespace).into_iter().flatten().map(|index| &self.all[*index])
    }

    /// The Services of all backends, as fully qualified host names.
    pub(crate) fn hosts(&self) -> &[String] {
        &self.hosts
    }

    /// The host name that was probably meant.
    pub(crate) fn closest_host(&self, word: &str) -> Option<String> {
        self.closest(true, word, &self.hosts)
    }

    /// The Service that was probably meant.
    pub(crate) fn closest_service(&self, word: &str) -> Option<String> {
        self.closest(false, word, &self.names)
    }

    fn closest(&self, host: bool, word: &str, known: &[String]) -> Option<String> {
        let Answers { asked, known: answers } = &mut *self.asked.borrow_mut();
        let answer = answers.entry((host, word.to_string()));
        answer.or_insert_with(|| asked.closest(word, known.iter().map(String::as_str)).map(str::to_string)).clone()
    }
}

fn hosts(all: &[Backend]) -> Vec<String> {
    let full = |backend: &Backend| {
        let namespace = backend.namespace.as_deref().unwrap_or("NAMESPACE");
        backend.services.first().map(|service| format!("{service}.{namespace}.svc.cluster.local"))
    };
    let mut hosts: Vec<String> = all.iter().filter_map(full).collect();
    hosts.sort();
    hosts.dedup();
    hosts
}

pub(crate) use operator::refused;

/// A protocol as messages name it.
pub(crate) fn words(speaks: Speaks) -> &'static str {
    match speaks {
        Speaks::Zipkin => "Zipkin",
        Speaks::OtlpGrpc => "OTLP over gRPC",
        Speaks::OtlpHttp => "OTLP over HTTP",
        Speaks::Other => "another protocol",
    }
}

/// Whether the options of a Jaeger resource include one, written flat or nested.
pub(crate) fn has_option(options: Option<&crate::yaml::Node>, name: &str) -> bool {
    operator::option(options, name).is_some()
}
