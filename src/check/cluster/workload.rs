//! Objects that make pods, and which Services lead to them.

use crate::check::cluster::mesh::Mesh;
use crate::check::cluster::version;
use crate::check::cursor::Cursor;
use crate::check::input::set::Object;
use crate::check::input::set::Set;
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
    /// The injection asked for where Consul does not look: on the object itself.
    pub(crate) wrong_place: Option<&'a Node>,
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

/// All workloads of a set, each with its Services. Linear: Services are looked up by the pairs of their selectors.
pub(crate) fn all<'a>(set: &Set<'a>) -> Vec<Workload<'a>> {
    let mut by_pair: HashMap<(&str, &str, &str), Vec<usize>> = HashMap::new();
    for index in set.of("", "Service") {
        let item = &set.items[*index];
        let selector = item.node.path(&["spec", "selector"]).and_then(Node::as_map);
        // One pair is enough to find it by; the whole selector is compared then.
        if let Some(entry) = selector.and_then(|map| map.entries.iter().max_by_key(|entry| &entry.key))
            && let Some(value) = entry.value.as_str()
        {
            by_pair.entry((&item.id.namespace, &entry.key, value)).or_default().push(*index);
        }
    }
    let mut workloads = Vec::new();
    for (group, kind, path) in KINDS {
        for index in set.of(group, kind) {
            let object = set.object(*index);
            let item = &set.items[*index];
            let template = path.split('/').skip(1).fold(object.root(), Cursor::get);
            let Some(pod) = template.node() else { continue };
            let labels = pod.path(&["metadata", "labels"]).and_then(Node::as_map);
            let mut services = Vec::new();
            for entry in labels.map_or(&[][..], |map| &map.entries) {
                let Some(value) = entry.value.as_str() else { continue };
                let candidates = by_pair.get(&(&*item.id.namespace, &*entry.key, value));
                for service in candidates.into_iter().flatten() {
                    let selector = set.items[*service].node.path(&["spec", "selector"]).and_then(Node::as_map);
                    let has = |key: &str| labels.and_then(|map| map.get(key));
                    if selector.is_some_and(|map| map.entries.iter().all(|e| has(&e.key) == Some(&e.value))) {
                        services.push(*service);
                    }
                }
            }
            services.sort_unstable();
            services.dedup();
            let own = item.node.path(&["metadata", "annotations"]).and_then(|annotations| annotations.get(INJECT));
            let wrong_place = own.filter(|_| !path.is_empty());
            let selected_by = services.iter().map(|index| set.object(*index)).collect();
            workloads.push(Workload { selected_by, item: *index, object, template, pod, path, services, wrong_place });
        }
    }
    workloads
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
        self.containers().any(|(_, container)| {
            let image = container.get("image").and_then(Node::as_str).unwrap_or_default();
            let (owner, name) = version::image_name(image);
            (owner == "jaegertracing" && name != "jaeger-agent" && !name.starts_with("example"))
                || name.starts_with("opentelemetry-collector")
                || name.starts_with("zipkin")
                || name == "tempo"
        })
    }

    /// Whether the pods are a gateway of the Consul chart.
    pub(crate) fn is_gateway(&self) -> bool {
        self.annotation("consul.hashicorp.com/gateway-kind").is_some()
            || self
                .label("component")
                .is_some_and(|name| name.ends_with("-gateway") && self.label("app") == Some("consul"))
    }
}
