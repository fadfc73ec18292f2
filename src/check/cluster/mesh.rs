//! What the set says about the mesh, gathered once: ProxyDefaults, protocols, workloads with their Services, proxies.

use crate::check::Options;
use crate::check::cluster::tracing::Tracing;
use crate::check::cluster::version::Versions;
use crate::check::cluster::workload;
use crate::check::cluster::workload::Workload;
use crate::check::input::set::Set;
use crate::yaml::Node;
use crate::yaml::Value;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::collections::HashSet;
use std::rc::Rc;

pub(crate) const CONSUL: &str = "consul.hashicorp.com";
pub(crate) const GATEWAY_API: &str = "gateway.networking.k8s.io";

/// What sends spans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProxyKind {
    Sidecar,
    IngressGateway,
    ApiGateway,
}

/// A proxy, or all replicas of one.
#[derive(Clone, Debug)]
pub(crate) struct Proxy {
    pub(crate) kind: ProxyKind,
    /// The Consul service, or the gateway.
    pub(crate) name: String,
    /// Where its pods run, when something says so.
    pub(crate) namespace: Option<String>,
    /// The workload, the gateway object or the ServiceDefaults that speaks of it.
    pub(crate) item: Option<usize>,
    /// An index into [`Mesh::workloads`].
    pub(crate) workload: Option<usize>,
    /// Gateways that lead to it; one list for all proxies of a service.
    pub(crate) from: Rc<[String]>,
}

impl Proxy {
    pub(crate) fn is_gateway(&self) -> bool {
        self.kind != ProxyKind::Sidecar
    }
}

/// A protocol that a service resolves to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Protocol {
    pub(crate) name: String,
    /// The ServiceDefaults that says so; else the ProxyDefaults, or nobody.
    pub(crate) own: Option<usize>,
}

/// The mesh of a set.
pub(crate) struct Mesh<'a> {
    pub(crate) set: &'a Set<'a>,
    pub(crate) options: &'a Options,
    pub(crate) versions: Versions,
    /// The Consul chart's values, by index.
    pub(crate) values: Option<usize>,
    /// The ProxyDefaults that counts.
    pub(crate) defaults: Option<usize>,
    /// The keys of its `spec.config` in lower case.
    config_keys: HashMap<String, &'a Node>,
    inject_default: OnceCell<Option<bool>>,
    ipv6: OnceCell<bool>,
    pub(crate) service_defaults: HashMap<&'a str, usize>,
    pub(crate) workloads: Vec<Workload<'a>>,
    pub(crate) proxies: Vec<Proxy>,
    /// The first proxy of each object, workload or gateway.
    pub(crate) by_item: HashMap<usize, usize>,
    /// The sidecars among them, by service.
    pub(crate) sidecars: HashMap<String, usize>,
    /// Namespaces that have a Service.
    pub(crate) served: HashSet<&'a str>,
    pub(crate) tracing: Tracing<'a>,
}

/// A longer name is none of a Consul service: names are DNS labels, a host name has 253 characters at most (RFC 1035), and
/// each path repeats it.
const LONGEST_NAME: usize = 253;

impl<'a> Mesh<'a> {
    pub(crate) fn of(set: &'a Set<'a>, options: &'a Options) -> Mesh<'a> {
        let values = set.values.iter().position(|values| match values.chart {
            Some((name, _)) => name == "consul",
            None => is_consul_values(values.node),
        });
        let values_node = values.map(|index| set.values[index].node);
        let versions = Versions::of(set, values_node, options.consul_chart.as_deref(), options.kubernetes.as_deref());
        let all = set.of(CONSUL, "ProxyDefaults");
        let defaults = all.iter().find(|index| &*set.items[**index].id.name == "global").or(all.first()).copied();
        let config = defaults.and_then(|index| set.items[index].node.path(&["spec", "config"]));
        let service_defaults =
            set.of(CONSUL, "ServiceDefaults").iter().rev().map(|index| (&*set.items[*index].id.name, *index)).collect();
        let tracing = Tracing::read(defaults.map(|index| set.object(index)), &versions);
        let mut mesh = Mesh {
            set,
            options,
            versions,
            values,
            defaults,
            config_keys: config_keys(config),
            inject_default: OnceCell::new(),
            ipv6: OnceCell::new(),
            service_defaults,
            workloads: workload::all(set),
            proxies: Vec::new(),
            by_item: HashMap::new(),
            sidecars: HashMap::new(),
            served: set.of("", "Service").iter().map(|index| &*set.items[*index].id.namespace).collect(),
            tracing,
        };
        mesh.proxies = mesh.find_proxies();
        for (index, proxy) in mesh.proxies.iter().enumerate() {
            if let Some(item) = proxy.item {
                mesh.by_item.entry(item).or_insert(index);
            }
        }
        let sidecars = mesh.proxies.iter().enumerate().filter(|(_, proxy)| !proxy.is_gateway());
        mesh.sidecars = sidecars.map(|(index, proxy)| (proxy.name.clone(), index)).collect();
        mesh
    }

    /// The proxy that stands for a workload's pods; `None` when they have none or another workload of the same service stands
    /// for it.
    pub(crate) fn proxy_of(&self, workload: &Workload<'_>) -> Option<usize> {
        self.by_item.get(&workload.object.index).copied()
    }

    /// A value of the Consul chart.
    pub(crate) fn value(&self, path: &[&str]) -> Option<&'a Node> {
        self.set.values[self.values?].node.path(path)
    }

    /// A boolean of the Consul chart, with the chart's default; `None` when there are no values at all.
    pub(crate) fn flag(&self, path: &[&str], default: Option<bool>) -> Option<bool> {
        self.values?;
        match self.value(path).map(|node| &node.value) {
            Some(Value::Bool(flag)) => Some(*flag),
            Some(Value::String(text)) if matches!(&**text, "true" | "false") => Some(&**text == "true"),
            _ => default,
        }
    }

    /// Whether pods are injected that do not ask.
    pub(crate) fn inject_default(&self) -> Option<bool> {
        *self.inject_default.get_or_init(|| self.flag(&["connectInject", "default"], Some(false)))
    }

    /// A key of `spec.config`, which Consul reads in any letter case (mapstructure); the very one comes first.
    pub(crate) fn config_value(&self, key: &str) -> Option<&'a Node> {
        self.config_keys.get(key).copied()
    }

    /// The text of a key of `spec.config`.
    pub(crate) fn config_text(&self, key: &str) -> Option<&'a str> {
        self.config_value(key)?.as_str()
    }

    /// Whether a Service asks for an IPv6 address, which it gets in a cluster that has them.
    pub(crate) fn has_ipv6(&self) -> bool {
        let asks = |spec: &Node| {
            let families = spec.get("ipFamilies").and_then(Node::as_list).unwrap_or_default();
            let policy = spec.get("ipFamilyPolicy").and_then(Node::as_str);
            families.iter().any(|family| family.as_str() == Some("IPv6")) || policy == Some("RequireDualStack")
        };
        *self.ipv6.get_or_init(|| {
            let services = self.set.of("", "Service").iter();
            services.filter_map(|index| self.set.items[*index].node.get("spec")).any(asks)
        })
    }

    /// The protocol of a service; `None` when what decides it is not among the files.
    pub(crate) fn protocol(&self, service: &str) -> Option<Protocol> {
        if let Some(index) = self.service_defaults.get(service) {
            let own = self.set.items[*index].node.path(&["spec", "protocol"]).and_then(Node::as_str);
            if let Some(name) = own.filter(|name| matches!(*name, "tcp" | "http" | "http2" | "grpc")) {
                return Some(Protocol { name: name.to_string(), own: Some(*index) });
            }
        }
        self.defaults?;
        let name = self.config_text("protocol").unwrap_or("tcp");
        Some(Protocol { name: name.to_ascii_lowercase(), own: None })
    }

    /// Where the gateways of the Consul chart run: in the namespace of its release, which the objects only hint at.
    fn consul_namespace(&self) -> Option<String> {
        let hint = |kind: &str| {
            let mut all = self.set.of(CONSUL, kind).iter().map(|index| &*self.set.items[*index].id.namespace);
            all.find(|namespace| !namespace.is_empty()).map(str::to_string)
        };
        hint("IngressGateway").or_else(|| hint("ProxyDefaults")).or_else(|| Some("consul".to_string()))
    }

    fn find_proxies(&self) -> Vec<Proxy> {
        let mut proxies = Vec::new();
        let mut routed: BTreeMap<String, Vec<String>> = BTreeMap::new();
        self.ingress_gateways(&mut proxies, &mut routed);
        self.api_gateways(&mut proxies, &mut routed);
        let routed: BTreeMap<String, Rc<[String]>> =
            routed.into_iter().map(|(name, from)| (name, from.into())).collect();
        let mut seen: HashMap<String, usize> = HashMap::new();
        let mut placed: HashSet<(String, Box<str>)> = HashSet::new();
        for (index, workload) in self.workloads.iter().enumerate() {
            if workload.injected(self) != Some(true) && !workload.asks_in_wrong_place() {
                continue;
            }
            if workload.runs_jaeger() || workload.is_gateway() {
                continue;
            }
            let id = self.set.items[workload.item].id;
            let name = workload.service_name(self.set);
            // Versions of one service are one path; in another namespace names mean something else.
            if !placed.insert((name.clone(), id.namespace.clone())) {
                continue;
            }
            seen.insert(name.clone(), proxies.len());
            proxies.push(Proxy {
                kind: ProxyKind::Sidecar,
                from: routed.get(&name).cloned().unwrap_or_default(),
                name,
                namespace: Some(id.namespace.to_string()),
                item: Some(workload.item),
                workload: Some(index),
            });
        }
        // Services that the mesh's own objects speak of: what a gateway leads to, what has a protocol.
        let by_name: HashMap<String, usize> = self
            .workloads
            .iter()
            .enumerate()
            .filter(|(_, workload)| !workload.runs_jaeger())
            .map(|(index, workload)| (workload.service_name(self.set), index))
            .collect();
        let mut spoken: Vec<(String, Option<usize>)> = routed.keys().map(|name| (name.clone(), None)).collect();
        for index in self.set.of(CONSUL, "ServiceDefaults") {
            let item = &self.set.items[*index];
            if item.node.path(&["spec", "destination"]).is_none() {
                spoken.push((item.id.name.to_string(), Some(*index)));
            }
        }
        let gateways: HashSet<String> =
            proxies.iter().filter(|proxy| proxy.is_gateway()).map(|proxy| proxy.name.clone()).collect();
        for (name, entry) in spoken {
            if name == "*" || seen.contains_key(&name) || gateways.contains(&name) {
                continue;
            }
            let workload = by_name.get(&name).copied();
            let item = workload.map(|index| self.workloads[index].item);
            let namespace = item.map(|item| self.set.items[item].id.namespace.to_string());
            seen.insert(name.clone(), proxies.len());
            proxies.push(Proxy {
                kind: ProxyKind::Sidecar,
                from: routed.get(&name).cloned().unwrap_or_default(),
                name,
                namespace,
                item: item.or(entry),
                workload,
            });
        }
        proxies
    }

    fn ingress_gateways(&self, proxies: &mut Vec<Proxy>, routed: &mut BTreeMap<String, Vec<String>>) {
        let namespace = self.consul_namespace();
        for index in self.set.of(CONSUL, "IngressGateway") {
            let item = &self.set.items[*index];
            let listeners = item.node.path(&["spec", "listeners"]).and_then(Node::as_list).unwrap_or_default();
            // What comes in by a TCP listener is no request to trace.
            let http = listeners.iter().filter(|l| l.get("protocol").and_then(Node::as_str) != Some("tcp"));
            for service in http.filter_map(|l| l.get("services")?.as_list()).flatten() {
                let name = service.get("name").and_then(Node::as_str);
                if let Some(name) = name.filter(|name| name.len() <= LONGEST_NAME) {
                    let from = routed.entry(name.to_string()).or_default();
                    if from.last().is_none_or(|last| **last != *item.id.name) {
                        from.push(item.id.name.to_string());
                    }
                }
            }
            proxies.push(Proxy {
                kind: ProxyKind::IngressGateway,
                name: item.id.name.to_string(),
                namespace: namespace.clone(),
                item: Some(*index),
                workload: None,
                from: Rc::default(),
            });
        }
    }

    fn api_gateways(&self, proxies: &mut Vec<Proxy>, routed: &mut BTreeMap<String, Vec<String>>) {
        let mut names: HashMap<&str, ()> = HashMap::new();
        let mut known: HashSet<(String, String)> =
            routed.iter().flat_map(|(name, from)| from.iter().map(|gateway| (name.clone(), gateway.clone()))).collect();
        for index in self.set.of(GATEWAY_API, "Gateway") {
            let item = &self.set.items[*index];
            let class = item.node.path(&["spec", "gatewayClassName"]).and_then(Node::as_str).unwrap_or_default();
            if !self.is_consul_class(class) {
                continue;
            }
            names.insert(&item.id.name, ());
            proxies.push(Proxy {
                kind: ProxyKind::ApiGateway,
                name: item.id.name.to_string(),
                namespace: Some(item.id.namespace.to_string()),
                item: Some(*index),
                workload: None,
                from: Rc::default(),
            });
        }
        for index in self.set.of(GATEWAY_API, "HTTPRoute") {
            let spec = self.set.items[*index].node.get("spec");
            let list = |node: Option<&'a Node>, key: &str| -> &'a [Node] {
                node.and_then(|node| node.get(key)).and_then(Node::as_list).unwrap_or_default()
            };
            let parents: Vec<&str> = list(spec, "parentRefs")
                .iter()
                .filter_map(|parent| parent.get("name")?.as_str())
                .filter(|name| names.contains_key(name))
                .collect();
            for backend in list(spec, "rules").iter().flat_map(|rule| list(Some(rule), "backendRefs")) {
                let name = backend.get("name").and_then(Node::as_str).filter(|name| name.len() <= LONGEST_NAME);
                if let (Some(name), Some(parent)) = (name, parents.first()) {
                    if known.insert((name.to_string(), (*parent).to_string())) {
                        routed.entry(name.to_string()).or_default().push((*parent).to_string());
                    }
                }
            }
        }
    }

    fn is_consul_class(&self, class: &str) -> bool {
        let controller = self
            .set
            .find(GATEWAY_API, "GatewayClass", "", class)
            .and_then(|index| self.set.items[index].node.path(&["spec", "controllerName"])?.as_str());
        controller.map_or_else(|| class.contains("consul"), |name| name.contains("consul"))
    }
}

/// The keys of `spec.config` in lower case; of two that differ in letter case alone the one in lower case counts, else the
/// first.
fn config_keys(config: Option<&Node>) -> HashMap<String, &Node> {
    let entries = config.and_then(Node::as_map).map_or(&[][..], |map| &map.entries);
    let mut keys = HashMap::with_capacity(entries.len());
    for entry in entries {
        let lower = entry.key.to_ascii_lowercase();
        if *lower == *entry.key {
            keys.insert(lower, &entry.value);
        } else {
            keys.entry(lower).or_insert(&entry.value);
        }
    }
    keys
}

/// Whether Helm values are those of the Consul chart.
pub(crate) fn is_consul_values(node: &Node) -> bool {
    const OWN: [&str; 4] = ["connectInject", "ingressGateways", "syncCatalog", "meshGateway"];
    OWN.iter().any(|key| node.get(key).is_some_and(|node| node.as_map().is_some()))
        || node.get("global").is_some_and(|global| {
            global.get("datacenter").is_some() && (node.get("server").is_some() || node.get("client").is_some())
        })
}
