//! Looks up the backends of a set by the names of their Services.

use crate::check::cluster::backend::Backend;
use crate::check::cluster::backend::collector;
use crate::check::cluster::backend::helm;
use crate::check::cluster::backend::operator;
use crate::check::cluster::backend::plain;
use crate::check::cluster::mesh::Mesh;
use crate::check::cluster::tracer::Endpoint;
use crate::stack::consul;
use crate::stack::otel;
use crate::suggest::Asked;
use std::cell::RefCell;
use std::collections::HashMap;
use std::collections::HashSet;

/// Cached suggestions, by the name asked for and whether it is a host name.
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
    /// Receivers in a proxy's own pod, by workload; filled only if a tracer sends to its own pod.
    pods: HashMap<usize, Backend>,
    /// Receivers inside the mesh, by service name, with the port that Consul registers.
    in_mesh: HashMap<String, (Backend, Option<u16>)>,
    /// The Services of all backends, as host names and as plain names, for suggestions.
    hosts: Vec<String>,
    names: Vec<String>,
    /// Suggestions made so far, because proxies in many namespaces look up the same name.
    asked: RefCell<Answers>,
}

impl Backends {
    pub(crate) fn of(mesh: &Mesh<'_>) -> Backends {
        let mut all = operator::all(mesh);
        all.extend(collector::all(mesh));
        all.extend(helm::all(mesh.set));
        let mut configs = plain::Configs::new(mesh);
        all.extend(plain::all(&mut configs, &[]));
        // Exporters also send to Services, including some that nothing else mentions.
        let known: HashSet<&str> = all.iter().map(|backend| &*backend.label).collect();
        let asked: Vec<&str> = all.iter().flat_map(Backend::sent).map(|sent| &*sent.host).collect();
        let more: Vec<Backend> = match asked.is_empty() {
            true => Vec::new(),
            false => plain::all(&mut configs, &asked)
                .into_iter()
                .filter(|backend| !known.contains(&*backend.label))
                .collect(),
        };
        all.extend(more);
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
        let calls_itself = |endpoint: &Endpoint| collector::is_loopback(&endpoint.host);
        let own = mesh.tracing.clusters.iter().flat_map(|cluster| &cluster.endpoints).any(calls_itself);
        let (pods, in_mesh) = if own { (pods(&mut configs, &all), in_mesh(&mut configs)) } else { Default::default() };
        Backends { all, by_service, by_namespace, pods, in_mesh, hosts, names, asked: RefCell::default() }
    }

    /// The receiver in a workload's own pods.
    pub(crate) fn in_pod(&self, workload: usize) -> Option<&Backend> {
        self.pods.get(&workload)
    }

    /// The receiver that is this mesh service, and the port that Consul forwards to.
    pub(crate) fn in_mesh(&self, service: &str) -> Option<(&Backend, Option<u16>)> {
        self.in_mesh.get(service).map(|(backend, port)| (backend, *port))
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

    /// The Service name that was probably meant.
    pub(crate) fn closest_service(&self, word: &str) -> Option<String> {
        self.closest(false, word, &self.names)
    }

    fn closest(&self, host: bool, word: &str, known: &[String]) -> Option<String> {
        let Answers { asked, known: answers } = &mut *self.asked.borrow_mut();
        let answer = answers.entry((host, word.to_string()));
        answer.or_insert_with(|| asked.closest(word, known.iter().map(String::as_str)).map(str::to_string)).clone()
    }
}

/// Receivers in the pods of proxies: containers, and sidecars from the OpenTelemetry operator, which the pod or its
/// namespace requests by `true`, by name, or by namespace and name (opentelemetry-operator
/// `internal/webhook/podmutation`).
fn pods(configs: &mut plain::Configs<'_, '_>, all: &[Backend]) -> HashMap<usize, Backend> {
    let mesh = configs.mesh;
    let sidecars: Vec<&Backend> = all.iter().filter(|backend| backend.sidecar.is_some()).collect();
    let mut pods = HashMap::new();
    for (index, workload) in mesh.workloads.iter().enumerate() {
        if let Some(backend) = plain::pod(configs, workload) {
            pods.insert(index, backend);
            continue;
        }
        let namespace = &*workload.object.id.namespace;
        let own = workload.annotation(otel::INJECT).str();
        let around = || {
            let object = mesh.set.all("", "Namespace").find(|object| &*object.id.name == namespace)?;
            object.at(&["metadata", "annotations", otel::INJECT]).str()
        };
        let Some(asked) = (if sidecars.is_empty() { None } else { own.or_else(around) }) else { continue };
        let (space, name) = asked.split_once('/').unwrap_or((namespace, asked));
        let mut fits = sidecars.iter().filter(|backend| {
            backend.namespace.as_deref() == Some(space)
                && (name.eq_ignore_ascii_case("true") || backend.sidecar.as_deref() == Some(name))
        });
        // `true` requires exactly one sidecar in the namespace.
        if let (Some(backend), None) = (fits.next(), fits.next()) {
            let mut backend = (*backend).clone();
            backend.namespace = Some(namespace.to_string());
            pods.insert(index, backend);
        }
    }
    pods
}

/// Receivers that are mesh services. Consul forwards to the annotated port, or to the first port of the first
/// container.
fn in_mesh(configs: &mut plain::Configs<'_, '_>) -> HashMap<String, (Backend, Option<u16>)> {
    let mesh = configs.mesh;
    let inside = mesh
        .workloads
        .iter()
        .filter(|workload| workload.receives() && workload.injected(mesh.inject_default()) == Some(true));
    let known = inside.filter_map(|workload| {
        let said = workload.annotation(consul::PORT).port();
        let first = || workload.containers().next()?.get("ports").items().next()?.get("containerPort").port();
        Some((workload.service_name(), (plain::pod(configs, workload)?, said.or_else(first))))
    });
    known.collect()
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
