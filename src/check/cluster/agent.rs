//! jaeger-agents: which Deployments ask jaeger-operator for one, and which pods run one. Envoy's spans never pass through an
//! agent; those of programs with a Jaeger SDK do.

use crate::check::cluster::mesh::Mesh;
use crate::check::cluster::version;
use crate::check::cluster::workload::Workload;
use crate::check::cursor::Cursor;
use crate::check::input::set::Object;
use crate::check::input::set::Set;
use crate::stack::jaeger;
use std::collections::BTreeMap;
use std::collections::HashMap;

/// A Deployment for which the operator is asked for an agent, by the Deployment or by its namespace.
pub(crate) struct Request<'a> {
    workload: usize,
    /// `true`, or the name of a Jaeger.
    pub(crate) value: &'a str,
    /// The Deployment's annotation, or its `metadata` when only the namespace asks.
    pub(crate) at: Cursor<'a>,
    /// Whether the Deployment has no annotation of its own.
    pub(crate) by_namespace: bool,
}

/// Pods that have an agent beside the program, or whose workload asks for one.
pub(crate) struct Pod<'a> {
    workload: usize,
    /// Whether the workload itself asks the operator for an agent, whether or not the operator looks there.
    pub(crate) requested: bool,
    /// The containers that are agents; empty when there is only the request.
    pub(crate) agents: Vec<Cursor<'a>>,
}

/// What the set says about agents.
pub(crate) struct Agents<'a> {
    pub(crate) jaegers: Vec<Object<'a>>,
    by_name: BTreeMap<&'a str, Vec<Object<'a>>>,
    per_namespace: HashMap<&'a str, usize>,
    requests: Vec<Request<'a>>,
    pods: Vec<Pod<'a>>,
}

impl<'a> Agents<'a> {
    /// Looks at each workload once.
    pub(crate) fn of(mesh: &Mesh<'a>) -> Agents<'a> {
        let jaegers: Vec<Object<'a>> = mesh.set.all(jaeger::GROUP, jaeger::KIND).collect();
        let mut by_name: BTreeMap<&str, Vec<Object<'a>>> = BTreeMap::new();
        let mut per_namespace: HashMap<&str, usize> = HashMap::new();
        for object in &jaegers {
            by_name.entry(&object.id.name).or_default().push(*object);
            *per_namespace.entry(&object.id.namespace).or_default() += 1;
        }
        let by_namespace = namespaces(mesh.set);
        let workloads = || mesh.workloads.iter().enumerate();
        let requests = workloads().filter_map(|(index, workload)| request(index, workload, &by_namespace)).collect();
        let pods = workloads().filter_map(|(index, workload)| pod(index, workload)).collect();
        Agents { jaegers, by_name, per_namespace, requests, pods }
    }

    /// The requests, each with its Deployment.
    pub(crate) fn requests<'s>(
        &'s self,
        mesh: &'s Mesh<'a>,
    ) -> impl Iterator<Item = (&'s Workload<'a>, &'s Request<'a>)> {
        self.requests.iter().map(|request| (&mesh.workloads[request.workload], request))
    }

    /// The pods with an agent or the request for one, each with its workload.
    pub(crate) fn pods<'s>(&'s self, mesh: &'s Mesh<'a>) -> impl Iterator<Item = (&'s Workload<'a>, &'s Pod<'a>)> {
        self.pods.iter().map(|pod| (&mesh.workloads[pod.workload], pod))
    }

    /// The pods that run an agent, each with its workload and the first agent.
    pub(crate) fn running<'s>(
        &'s self,
        mesh: &'s Mesh<'a>,
    ) -> impl Iterator<Item = (&'s Workload<'a>, &'s Pod<'a>, Cursor<'a>)> {
        self.pods(mesh).filter_map(|(workload, pod)| Some((workload, pod, *pod.agents.first()?)))
    }

    /// The Jaegers of a name, in any namespace.
    pub(crate) fn named(&self, name: &str) -> &[Object<'a>] {
        self.by_name.get(name).map_or(&[], Vec::as_slice)
    }

    /// The names of the Jaegers, sorted.
    pub(crate) fn names(&self) -> impl ExactSizeIterator<Item = &'a str> {
        self.by_name.keys().copied()
    }

    /// How many Jaegers a namespace has.
    pub(crate) fn count_in(&self, namespace: &str) -> usize {
        self.per_namespace.get(namespace).copied().unwrap_or(0)
    }
}

/// Whether a container runs the agent.
pub(crate) fn is_agent(container: Cursor<'_>) -> bool {
    version::image_name(container.get("image").text()).1 == jaeger::AGENT_CONTAINER
}

/// What each namespace asks for.
fn namespaces<'a>(set: &Set<'a>) -> HashMap<&'a str, &'a str> {
    let asks = |object: Object<'a>| Some((&*object.id.name, annotation(object).str()?));
    set.all("", "Namespace").filter_map(asks).collect()
}

fn annotation(object: Object<'_>) -> Cursor<'_> {
    object.at(&["metadata", "annotations", jaeger::INJECT])
}

/// As jaeger-operator chooses (`pkg/inject/sidecar.go` `Select`, 1.37): the Deployment's word counts, but a namespace that
/// names a Jaeger says which one a mere `true` means.
fn request<'a>(index: usize, workload: &Workload<'a>, namespaces: &HashMap<&str, &'a str>) -> Option<Request<'a>> {
    let object = workload.object;
    if &*object.id.kind != "Deployment" {
        return None;
    }
    let own = annotation(object);
    let around = namespaces.get(&*object.id.namespace).copied();
    let value = match own.str() {
        Some("true") => around.filter(|value| !matches!(*value, "true" | "false")).or(Some("true")),
        Some(value) => Some(value),
        None => around,
    };
    let value = value.filter(|value| !value.eq_ignore_ascii_case("false"))?;
    let at = if own.exists() { own } else { object.root().get("metadata") };
    Some(Request { workload: index, value, at, by_namespace: !own.exists() })
}

fn pod<'a>(index: usize, workload: &Workload<'a>) -> Option<Pod<'a>> {
    let agents: Vec<Cursor<'a>> = match workload.runs_jaeger() {
        true => Vec::new(),
        false => workload.containers().filter(|container| is_agent(*container)).collect(),
    };
    let requested = annotation(workload.object).str().is_some_and(|value| !value.eq_ignore_ascii_case("false"));
    (requested || !agents.is_empty()).then_some(Pod { workload: index, requested, agents })
}
