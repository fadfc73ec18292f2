//! The backends of a set by the names of their Services.

use crate::check::cluster::backend::Backend;
use crate::check::cluster::backend::collector;
use crate::check::cluster::backend::helm;
use crate::check::cluster::backend::operator;
use crate::check::cluster::backend::plain;
use crate::check::cluster::mesh::Mesh;
use crate::suggest::Asked;
use std::cell::RefCell;
use std::collections::HashMap;

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
