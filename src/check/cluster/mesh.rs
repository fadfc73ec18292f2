//! What the set says about the mesh, gathered once: ProxyDefaults, protocols, workloads with their Services, proxies.

use crate::check::cluster::chain;
use crate::check::cluster::proxies;
use crate::check::cluster::tracing::Around;
use crate::check::cluster::tracing::Tracing;
use crate::check::cluster::version::Versions;
use crate::check::cluster::workload;
use crate::check::cluster::workload::Workload;
use crate::check::cursor::Cursor;
use crate::check::input::load::is_consul_values;
use crate::check::input::options::Options;
use crate::check::input::set::Object;
use crate::check::input::set::Set;
use crate::stack::consul;
use crate::stack::kube;
use crate::yaml::Value;
use std::cell::OnceCell;
use std::collections::HashMap;
use std::collections::HashSet;

pub(crate) use crate::check::cluster::proxies::Proxy;
pub(crate) use crate::check::cluster::proxies::ProxyKind;

/// A protocol that a service resolves to.
#[derive(Clone, Debug)]
pub(crate) struct Protocol<'a> {
    pub(crate) name: String,
    /// The `protocol` of the ServiceDefaults that says so; else the ProxyDefaults does, or nobody.
    pub(crate) own: Option<Cursor<'a>>,
}

/// The mesh of a set.
pub(crate) struct Mesh<'a> {
    pub(crate) set: &'a Set<'a>,
    pub(crate) options: &'a Options,
    pub(crate) versions: Versions,
    /// The Consul chart's values.
    pub(crate) values: Option<Cursor<'a>>,
    /// The ProxyDefaults that counts.
    pub(crate) proxy_defaults: Option<Object<'a>>,
    inject_default: Option<bool>,
    ipv6: OnceCell<bool>,
    service_defaults: HashMap<&'a str, Object<'a>>,
    pub(crate) workloads: Vec<Workload<'a>>,
    pub(crate) proxies: Vec<Proxy<'a>>,
    /// The first proxy of each object, workload or gateway.
    pub(crate) by_item: HashMap<usize, usize>,
    /// The sidecars among them, by service.
    pub(crate) sidecars: HashMap<String, usize>,
    /// Namespaces that have a Service.
    pub(crate) served: HashSet<&'a str>,
    pub(crate) tracing: Tracing<'a>,
    /// The services that get none of the requests for them, each with why.
    pub(crate) diverted: HashMap<String, String>,
}

impl<'a> Mesh<'a> {
    pub(crate) fn of(set: &'a Set<'a>, options: &'a Options) -> Mesh<'a> {
        let values = set.values.iter().position(|values| match values.chart {
            Some((name, _)) => name == "consul",
            None => is_consul_values(values.node),
        });
        let values = values.map(|index| set.chart_values(index));
        let versions = Versions::of(set, values, options.consul_chart.as_deref(), options.kubernetes.as_deref());
        let mut all = set.all(consul::GROUP, "ProxyDefaults");
        let first = all.clone().next();
        let proxy_defaults = all.find(|object| &*object.id.name == consul::PROXY_DEFAULTS).or(first);
        let entries = set.all(consul::GROUP, "ServiceDefaults").rev();
        let mut gateways = set.all(consul::GROUP, "IngressGateway").chain(set.all(kube::GATEWAY_API, "Gateway"));
        let around = Around {
            own_timeouts: entries.clone().any(|entry| entry.spec().get("localConnectTimeoutMs").exists()),
            gateways: gateways.next().is_some(),
        };
        let tracing = Tracing::read(proxy_defaults, &versions, around);
        let mut mesh = Mesh {
            set,
            options,
            versions,
            values,
            proxy_defaults,
            inject_default: None,
            ipv6: OnceCell::new(),
            service_defaults: entries.map(|object| (&*object.id.name, object)).collect(),
            workloads: workload::all(set),
            proxies: Vec::new(),
            by_item: HashMap::new(),
            sidecars: HashMap::new(),
            served: set.all("", "Service").map(|service| &*service.id.namespace).collect(),
            tracing,
            diverted: chain::diverted(set),
        };
        mesh.inject_default = mesh.flag(&["connectInject", "default"], Some(false));
        mesh.proxies = proxies::find(set, &mesh.workloads, mesh.inject_default);
        for (index, proxy) in mesh.proxies.iter().enumerate() {
            if let Some(object) = proxy.object {
                mesh.by_item.entry(object.index).or_insert(index);
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

    /// A boolean of the Consul chart, with the chart's default; `None` when there are no values at all.
    pub(crate) fn flag(&self, path: &[&'static str], default: Option<bool>) -> Option<bool> {
        match self.values?.at(path).node().map(|node| &node.value) {
            Some(Value::Bool(flag)) => Some(*flag),
            Some(Value::String(text)) if matches!(&**text, "true" | "false") => Some(&**text == "true"),
            _ => default,
        }
    }

    /// Whether pods are injected that do not ask.
    pub(crate) fn inject_default(&self) -> Option<bool> {
        self.inject_default
    }

    /// Whether a Service asks for an IPv6 address, which it gets in a cluster that has them.
    pub(crate) fn has_ipv6(&self) -> bool {
        let asks = |spec: Cursor<'_>| {
            spec.get("ipFamilies").items().any(|family| family.str() == Some("IPv6"))
                || spec.get("ipFamilyPolicy").str() == Some("RequireDualStack")
        };
        *self.ipv6.get_or_init(|| self.set.all("", "Service").any(|service| asks(service.spec())))
    }

    /// The protocol of a service; `None` when what decides it is not among the files.
    pub(crate) fn protocol(&self, service: &str) -> Option<Protocol<'a>> {
        if let Some(entry) = self.service_defaults.get(service) {
            let own = entry.spec().get("protocol");
            if let Some(name) = own.str().filter(|name| consul::PROTOCOLS.contains(name)) {
                return Some(Protocol { name: name.to_string(), own: Some(own) });
            }
        }
        self.proxy_defaults?;
        let shared = self.tracing.value("protocol").and_then(Cursor::str).unwrap_or("tcp");
        Some(Protocol { name: shared.to_ascii_lowercase(), own: None })
    }
}
