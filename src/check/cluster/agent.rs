//! jaeger-agents: which Deployments request one from jaeger-operator, and which pods run one. Envoy's spans never pass
//! through an agent; those of programs with a Jaeger SDK do.

use crate::check::cluster::mesh::Mesh;
use crate::check::cluster::version;
use crate::check::cluster::workload::Workload;
use crate::check::cursor::Cursor;
use crate::check::input::set::Object;
use crate::check::input::set::Set;
use crate::stack::jaeger;
use std::collections::BTreeMap;
use std::collections::HashMap;

/// A Deployment that gets an agent from the operator, requested by its annotation or by that of its namespace.
pub(crate) struct Request<'a> {
    workload: usize,
    /// `true`, or the name of a Jaeger.
    pub(crate) value: &'a str,
    /// The Deployment's annotation, or its `metadata` if only the namespace has one.
    pub(crate) at: Cursor<'a>,
    /// Whether the Deployment has no annotation of its own.
    pub(crate) by_namespace: bool,
}

/// A pod with an agent sidecar, or whose workload requests one.
pub(crate) struct Pod<'a> {
    workload: usize,
    /// Whether the workload itself requests an agent, even if the operator does not look there.
    pub(crate) requested: bool,
    /// The agent containers; empty if there is only the request.
    pub(crate) agents: Vec<Cursor<'a>>,
}

/// The agents in the set, and the requests for them.
pub(crate) struct Agents<'a> {
    pub(crate) jaegers: Vec<Object<'a>>,
    by_name: BTreeMap<&'a str, Vec<Object<'a>>>,
    per_namespace: HashMap<&'a str, usize>,
    requests: Vec<Request<'a>>,
    pods: Vec<Pod<'a>>,
}

impl<'a> Agents<'a> {
    /// Collects them in one pass over the workloads.
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

    /// The pods with an agent or a request for one, each with its workload.
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

    /// The Jaegers with a name, in any namespace.
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

/// The value of each namespace's annotation.
fn namespaces<'a>(set: &Set<'a>) -> HashMap<&'a str, &'a str> {
    let asks = |object: Object<'a>| Some((&*object.id.name, annotation(object).str()?));
    set.all("", "Namespace").filter_map(asks).collect()
}

fn annotation(object: Object<'_>) -> Cursor<'_> {
    object.at(&["metadata", "annotations", jaeger::INJECT])
}

/// Chooses like jaeger-operator (`pkg/inject/sidecar.go` `Select`, 1.37): the Deployment's annotation wins, but if it
/// only says `true`, a Jaeger named by the namespace is used.
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
