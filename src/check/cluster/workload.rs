//! Objects that create pods, and the Services that select them.

use crate::check::cluster::refused::Refused;
use crate::check::cluster::version;
use crate::check::cursor::Cursor;
use crate::check::input::set::Object;
use crate::check::input::set::Set;
use crate::stack::consul;
use crate::stack::go;
use crate::stack::jaeger;
use crate::stack::kube;
use crate::yaml::Entry;
use crate::yaml::Node;
use crate::yaml::Value;
use rayon::prelude::*;
use std::collections::HashMap;
use std::collections::HashSet;

/// An object that creates pods.
pub(crate) struct Workload<'a> {
    pub(crate) object: Object<'a>,
    /// The Pod or the pod template.
    pub(crate) template: Cursor<'a>,
    /// Services that select it.
    pub(crate) selected_by: Vec<Object<'a>>,
    /// Whether there may be more Services.
    pub(crate) cut: bool,
    receives: bool,
    runs_jaeger: bool,
}

/// At most this many Services of a pod are known, and at most this many are compared with its labels. If more Services
/// of one namespace share the rarest pair of their selectors, their purpose is anyone's guess.
const SERVICES: usize = 64;
const COMPARED: usize = 4096;

/// Services by one label pair of their selector: the one that the fewest Services of the namespace share.
type ByPair<'a> = HashMap<(&'a str, &'a str, &'a str), Vec<Object<'a>>>;

fn entries<'a>(map: Cursor<'a>) -> &'a [Entry] {
    map.map().map_or(&[], |map| &map.entries)
}

fn selector(service: Object<'_>) -> &[Entry] {
    entries(service.spec().get("selector"))
}

/// Indexing by one pair is enough; the entire selector is compared afterwards.
fn by_pair<'a>(set: &Set<'a>, refused: &Refused) -> ByPair<'a> {
    let pairs = |service: Object<'a>| {
        let namespace = &*service.id.namespace;
        selector(service).iter().filter_map(move |entry| Some((namespace, &*entry.key, entry.value.as_str()?)))
    };
    let mut count: HashMap<(&str, &str, &str), usize> = HashMap::new();
    let all: Vec<Object<'a>> = refused.accepted(set, kube::CORE, "Service").collect();
    for service in all.iter().copied() {
        pairs(service).for_each(|pair| *count.entry(pair).or_default() += 1);
    }
    let mut by_pair = ByPair::new();
    for service in all {
        if let Some(pair) = pairs(service).min_by_key(|pair| (count[pair], *pair)) {
            by_pair.entry(pair).or_default().push(service);
        }
    }
    by_pair
}

/// The Services that select pods with these labels, and whether there may be more.
fn services<'a>(by_pair: &ByPair<'a>, namespace: &str, labels: &[Entry]) -> (Vec<Object<'a>>, bool) {
    let has: HashMap<&str, &Node> = labels.iter().map(|entry| (&*entry.key, &entry.value)).collect();
    let candidates = labels
        .iter()
        .filter_map(|entry| by_pair.get(&(namespace, &*entry.key, entry.value.as_str()?)))
        .flatten()
        .copied();
    let fits = |service: &Object<'_>| {
        let selector = selector(*service);
        selector.len() <= labels.len() && selector.iter().all(|entry| has.get(&*entry.key) == Some(&&entry.value))
    };
    let mut compared = 0;
    let mut services: Vec<Object<'a>> =
        candidates.take(COMPARED).inspect(|_| compared += 1).filter(fits).take(SERVICES).collect();
    services.sort_unstable_by_key(|service| service.index);
    let cut = compared == COMPARED || services.len() == SERVICES;
    // A cluster has one Service of a name, also where files are alternatives.
    let mut names = HashSet::new();
    services.retain(|service| names.insert(&*service.id.name));
    (services, cut)
}

/// All workloads of a set, each with its Services. Linear, because Services are looked up by label pair.
pub(crate) fn all<'a>(set: &Set<'a>, refused: &Refused) -> Vec<Workload<'a>> {
    let by_pair = by_pair(set, refused);
    let kinds = kube::WORKLOADS.iter();
    let objects: Vec<_> =
        kinds.flat_map(|kind| set.all(kind.group, kind.kind).map(|object| (object, kind.template))).collect();
    let workload = |(object, template): (Object<'a>, &'static str)| {
        let template = template.split('/').skip(1).fold(object.root(), Cursor::get);
        template.exists().then(|| {
            let labels = entries(template.at(&["metadata", "labels"]));
            let (selected_by, cut) = services(&by_pair, &object.id.namespace, labels);
            let (receives, runs_jaeger) = runs_jaeger(template);
            Workload { object, template, selected_by, cut, receives, runs_jaeger }
        })
    };
    objects.into_par_iter().with_min_len(64).filter_map(workload).collect()
}

/// The containers of a pod, and its init containers that stay (k8s.io/api `core/v1` `Container.restartPolicy`).
fn containers<'a>(template: Cursor<'a>) -> impl Iterator<Item = Cursor<'a>> + Clone + use<'a> {
    let early = template.at(&["spec", "initContainers"]).items();
    let stays = |container: &Cursor<'_>| container.get("restartPolicy").str() == Some("Always");
    template.at(&["spec", "containers"]).items().chain(early.filter(stays))
}

/// Whether a container receives spans, and whether that is the pods' purpose. A program that asks for a sidecar and
/// also has a collector container is still a program. Several rules ask this of every workload, so the answer is kept.
fn runs_jaeger(template: Cursor<'_>) -> (bool, bool) {
    let receives = |container: &Cursor<'_>| {
        let (owner, name) = version::image_name(container.get("image").text());
        (owner == jaeger::IMAGE_OWNER && name != jaeger::AGENT_CONTAINER && !name.starts_with("example"))
            || name.starts_with("opentelemetry-collector")
            || name.starts_with("zipkin")
            || name == "tempo"
    };
    let containers = containers(template);
    let count = containers.clone().filter(receives).count();
    let asks = template.at(&["metadata", "annotations", consul::INJECT]).str().and_then(go::parse_bool) == Some(true);
    (count > 0, count > 0 && !(asks && count < containers.count()))
}

impl<'a> Workload<'a> {
    /// Whether it is a Pod, so that its own metadata is the pod's.
    pub(crate) fn is_pod(&self) -> bool {
        &*self.object.id.kind == "Pod"
    }

    /// An annotation of the pod.
    pub(crate) fn annotation(&self, name: &'static str) -> Cursor<'a> {
        self.template.at(&["metadata", "annotations"]).get(name)
    }

    /// A label of the pod.
    pub(crate) fn label(&self, name: &'static str) -> Option<&'a str> {
        self.template.at(&["metadata", "labels"]).get(name).str()
    }

    /// Whether Consul's webhook injects a sidecar; `None` if the files do not include what decides it. `default`: what
    /// the webhook does with pods that do not ask.
    pub(crate) fn injected(&self, default: Option<bool>) -> Option<bool> {
        match self.annotation(consul::INJECT).node().map(|node| &node.value) {
            Some(Value::String(text)) => Some(go::parse_bool(text).unwrap_or(false)),
            Some(Value::Bool(flag)) => Some(*flag),
            _ => default,
        }
    }

    /// Whether the annotation is where Consul does not look: on the object instead of its pods.
    pub(crate) fn asks_in_wrong_place(&self) -> bool {
        let own = self.object.at(&["metadata", "annotations"]).get(consul::INJECT);
        !self.is_pod() && !self.annotation(consul::INJECT).exists() && own.str().and_then(go::parse_bool) == Some(true)
    }

    /// The containers that run as long as the pod does, also those that start before the others.
    pub(crate) fn containers(&self) -> impl Iterator<Item = Cursor<'a>> + use<'a> {
        containers(self.template)
    }

    /// The Services by which Consul registers the pods: those that select them and are not ignored; if the pods name
    /// one, only that one. An ExternalName has no endpoints, whatever its selector.
    pub(crate) fn registered_by(&self) -> impl Iterator<Item = Object<'a>> {
        let ignored = |service: &Object<'_>| {
            service.at(&["metadata", "labels"]).get(consul::SERVICE_IGNORE).str().and_then(go::parse_bool) == Some(true)
        };
        let chosen = self.annotation(consul::KUBERNETES_SERVICE).str();
        self.selected_by.iter().copied().filter(move |service| {
            !ignored(service)
                && service.spec().get("type").str() != Some("ExternalName")
                && chosen.is_none_or(|name| *name == *service.id.name)
        })
    }

    /// Whether the pods represent several services, one for each port, as listed in the annotation.
    pub(crate) fn has_several_services(&self) -> bool {
        self.annotation(consul::SERVICE).text().contains(',')
    }

    /// The name that Consul registers: from the annotation, or else the Service, or else probably the object's own
    /// name.
    pub(crate) fn service_name(&self) -> String {
        // An empty name counts as unset (consul-k8s `endpoints_controller.go` `getServiceName`).
        if let Some(name) = self.annotation(consul::SERVICE).str().filter(|name| !name.is_empty()) {
            return name.split(',').next().unwrap_or(name).to_string();
        }
        let headed = |service: &Object<'_>| service.spec().get("clusterIP").str() != Some("None");
        let service = self.registered_by().find(headed).or_else(|| self.registered_by().next());
        service.unwrap_or(self.object).id.name.to_string()
    }

    /// The service behind the proxy's upstream listener on this port, if any: `name:port`, optionally with a datacenter
    /// (consul-k8s `connect-inject`, `connect-service-upstreams`).
    pub(crate) fn upstream(&self, port: u16) -> Option<&'a str> {
        let mut upstreams = self.annotation(consul::UPSTREAMS).text().split(',').map(str::trim);
        upstreams.find_map(|upstream| {
            let mut parts = upstream.split(':');
            let service = parts.next()?;
            (parts.next()?.parse() == Ok(port))
                .then(|| service.trim_end_matches(".svc").split('.').next().unwrap_or(service))
        })
    }

    /// Whether a container receives spans, even if that is not the pods' purpose.
    pub(crate) fn receives(&self) -> bool {
        self.receives
    }

    /// Whether the pods' purpose is Jaeger, Zipkin, Tempo or a collector; these are not applications.
    pub(crate) fn runs_jaeger(&self) -> bool {
        self.runs_jaeger
    }

    /// Whether the pods belong to a gateway of the Consul chart.
    pub(crate) fn is_gateway(&self) -> bool {
        self.annotation(consul::GATEWAY_KIND).exists()
            || self
                .label("component")
                .is_some_and(|name| name.ends_with("-gateway") && self.label("app") == Some("consul"))
    }
}
