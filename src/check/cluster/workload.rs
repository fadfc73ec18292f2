//! Objects that make pods, and which Services lead to them.

use crate::check::cluster::mesh::Mesh;
use crate::check::cluster::version;
use crate::check::cursor::Cursor;
use crate::check::input::set::Object;
use crate::check::input::set::Set;
use crate::yaml::Entry;
use crate::yaml::Node;
use crate::yaml::Value;
use std::collections::HashMap;

pub(crate) const INJECT: &str = "consul.hashicorp.com/connect-inject";
pub(crate) const SERVICE: &str = "consul.hashicorp.com/connect-service";

/// An object that makes pods.
pub(crate) struct Workload<'a> {
    pub(crate) item: usize,
    pub(crate) object: Object<'a>,
    /// The pod or its template.
    pub(crate) pod: &'a Node,
    pub(crate) template: Cursor<'a>,
    /// The pointer of it.
    pub(crate) path: &'static str,
    /// Services that select it.
    pub(crate) services: Vec<usize>,
    pub(crate) selected_by: Vec<Object<'a>>,
    /// Whether there may be more of them.
    pub(crate) cut: bool,
    /// The injection asked for where Consul does not look: on the object itself.
    pub(crate) wrong_place: Option<&'a Node>,
    runs_jaeger: bool,
}

/// Where each kind keeps its pods.
const KINDS: [(&str, &str, &str); 7] = [
    ("apps", "Deployment", "/spec/template"),
    ("apps", "StatefulSet", "/spec/template"),
    ("apps", "DaemonSet", "/spec/template"),
    ("apps", "ReplicaSet", "/spec/template"),
    ("batch", "Job", "/spec/template"),
    ("batch", "CronJob", "/spec/jobTemplate/spec/template"),
    ("", "Pod", ""),
];

/// So many Services of a pod are known, and so many are compared with its labels: of more in one namespace that share the
/// rarest pair of their selectors nobody can say what they are for.
const SERVICES: usize = 64;
const COMPARED: usize = 4096;

/// A selector by the pair of it that the fewest Services of its namespace have.
type ByPair<'a> = HashMap<(&'a str, &'a str, &'a str), Vec<usize>>;

fn selector<'a>(set: &Set<'a>, service: usize) -> &'a [Entry] {
    set.items[service].node.path(&["spec", "selector"]).and_then(Node::as_map).map_or(&[], |map| &map.entries)
}

/// One pair is enough to find a Service by, the whole selector is compared then.
fn by_pair<'a>(set: &Set<'a>) -> ByPair<'a> {
    let pairs = |index: usize| {
        let namespace = &*set.items[index].id.namespace;
        selector(set, index).iter().filter_map(move |entry| Some((namespace, &*entry.key, entry.value.as_str()?)))
    };
    let mut count: HashMap<(&str, &str, &str), usize> = HashMap::new();
    for index in set.of("", "Service") {
        pairs(*index).for_each(|pair| *count.entry(pair).or_default() += 1);
    }
    let mut by_pair = ByPair::new();
    for index in set.of("", "Service") {
        if let Some(pair) = pairs(*index).min_by_key(|pair| (count[pair], *pair)) {
            by_pair.entry(pair).or_default().push(*index);
        }
    }
    by_pair
}

/// The Services that select pods with these labels, and whether there may be more.
fn services(set: &Set<'_>, by_pair: &ByPair<'_>, namespace: &str, labels: &[Entry]) -> (Vec<usize>, bool) {
    let has: HashMap<&str, &Node> = labels.iter().map(|entry| (&*entry.key, &entry.value)).collect();
    let candidates = labels
        .iter()
        .filter_map(|entry| by_pair.get(&(namespace, &*entry.key, entry.value.as_str()?)))
        .flatten()
        .copied();
    let fits = |service: &usize| {
        let selector = selector(set, *service);
        selector.len() <= labels.len() && selector.iter().all(|entry| has.get(&*entry.key) == Some(&&entry.value))
    };
    let mut compared = 0;
    let mut services: Vec<usize> =
        candidates.take(COMPARED).inspect(|_| compared += 1).filter(fits).take(SERVICES).collect();
    services.sort_unstable();
    let cut = compared == COMPARED || services.len() == SERVICES;
    (services, cut)
}

/// All workloads of a set, each with its Services. Linear: Services are looked up by the pairs of their selectors.
pub(crate) fn all<'a>(set: &Set<'a>) -> Vec<Workload<'a>> {
    let by_pair = by_pair(set);
    let mut workloads = Vec::new();
    for (group, kind, path) in KINDS {
        for index in set.of(group, kind) {
            let object = set.object(*index);
            let item = &set.items[*index];
            let template = path.split('/').skip(1).fold(object.root(), Cursor::get);
            let Some(pod) = template.node() else { continue };
            let labels = pod.path(&["metadata", "labels"]).and_then(Node::as_map);
            let labels = labels.map_or(&[][..], |map| &map.entries);
            let (services, cut) = services(set, &by_pair, &item.id.namespace, labels);
            let own = item.node.path(&["metadata", "annotations"]).and_then(|annotations| annotations.get(INJECT));
            let wrong_place = own.filter(|_| !path.is_empty());
            let selected_by = services.iter().map(|index| set.object(*index)).collect();
            workloads.push(Workload {
                item: *index,
                object,
                pod,
                template,
                path,
                services,
                selected_by,
                cut,
                wrong_place,
                runs_jaeger: runs_jaeger(pod),
            });
        }
    }
    workloads
}

/// Asked of every workload by several rules, so each keeps the answer.
fn runs_jaeger(pod: &Node) -> bool {
    let containers = pod.path(&["spec", "containers"]).and_then(Node::as_list).unwrap_or_default();
    containers.iter().any(|container| {
        let image = container.get("image").and_then(Node::as_str).unwrap_or_default();
        let (owner, name) = version::image_name(image);
        (owner == "jaegertracing" && name != "jaeger-agent" && !name.starts_with("example"))
            || name.starts_with("opentelemetry-collector")
            || name.starts_with("zipkin")
            || name == "tempo"
    })
}

/// What Consul makes of an annotation's text: Go's `strconv.ParseBool`.
pub(crate) fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}

impl<'a> Workload<'a> {
    /// Whether it is a Pod itself, so that its own metadata is that of the pod.
    pub(crate) fn is_pod(&self) -> bool {
        &*self.object.id.kind == "Pod"
    }

    /// An annotation of the pod.
    pub(crate) fn annotation(&self, name: &str) -> Option<&'a Node> {
        self.pod.path(&["metadata", "annotations"])?.get(name)
    }

    /// A label of the pod.
    pub(crate) fn label(&self, name: &str) -> Option<&'a str> {
        self.pod.path(&["metadata", "labels"])?.get(name)?.as_str()
    }

    /// Whether Consul's webhook gives the pods a sidecar; `None` when what decides it is not among the files.
    pub(crate) fn injected(&self, mesh: &Mesh<'_>) -> Option<bool> {
        match self.annotation(INJECT).map(|node| &node.value) {
            Some(Value::String(text)) => Some(parse_bool(text).unwrap_or(false)),
            Some(Value::Bool(flag)) => Some(*flag),
            _ => mesh.inject_default(),
        }
    }

    /// Whether the request for a sidecar stands where Consul does not look: on the object and not on its pods.
    pub(crate) fn asks_in_wrong_place(&self) -> bool {
        self.annotation(INJECT).is_none() && self.wrong_place.and_then(Node::as_str).and_then(parse_bool) == Some(true)
    }

    /// The containers of the pod.
    pub(crate) fn containers_at(&self) -> impl Iterator<Item = Cursor<'a>> + use<'a> {
        self.template.at(&["spec", "containers"]).items()
    }

    /// The containers of the pod, with their pointers.
    pub(crate) fn containers(&self) -> impl Iterator<Item = (String, &'a Node)> + '_ {
        let list = self.pod.path(&["spec", "containers"]).and_then(Node::as_list).unwrap_or_default();
        list.iter().enumerate().map(|(index, node)| (format!("{}/spec/containers/{index}", self.path), node))
    }

    /// The name that Consul registers: said by annotation, else that of the Service, else probably the object's own.
    pub(crate) fn service_name(&self, set: &Set<'_>) -> String {
        if let Some(name) = self.annotation(SERVICE).and_then(Node::as_str) {
            return name.split(',').next().unwrap_or(name).to_string();
        }
        let headed = |index: &&usize| {
            set.items[**index].node.path(&["spec", "clusterIP"]).and_then(Node::as_str) != Some("None")
        };
        let service = self.services.iter().find(headed).or(self.services.first());
        set.items[service.copied().unwrap_or(self.item)].id.name.to_string()
    }

    /// Whether a container runs Jaeger, Zipkin, Tempo or a collector: what receives spans is no application.
    pub(crate) fn runs_jaeger(&self) -> bool {
        self.runs_jaeger
    }

    /// Whether the pods are a gateway of the Consul chart.
    pub(crate) fn is_gateway(&self) -> bool {
        self.annotation("consul.hashicorp.com/gateway-kind").is_some()
            || self
                .label("component")
                .is_some_and(|name| name.ends_with("-gateway") && self.label("app") == Some("consul"))
    }
}
