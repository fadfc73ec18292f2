//! The mesh as described by the set: ProxyDefaults, protocols, workloads with their Services, proxies.

use crate::check::cluster::chain;
use crate::check::cluster::chart_objects::ChartObjects;
use crate::check::cluster::proxies;
use crate::check::cluster::refused;
use crate::check::cluster::refused::Refused;
use crate::check::cluster::secrets::Secrets;
use crate::check::cluster::tracing::MeshContext;
use crate::check::cluster::tracing::Tracing;
use crate::check::cluster::values;
use crate::check::cluster::version::Versions;
use crate::check::cluster::workload;
use crate::check::cluster::workload::Workload;
use crate::check::cursor::Cursor;
use crate::check::cursor::Doc;
use crate::check::hop::HopKind;
use crate::check::input::load::is_consul_values;
use crate::check::input::options::Options;
use crate::check::input::set::Helm;
use crate::check::input::set::Object;
use crate::check::input::set::Set;
use crate::check::input::set::Unknown;
use crate::check::problem::Effect;
use crate::check::problem::Problem;
use crate::check::problem::Scope;
use crate::stack::consul;
use crate::stack::kube;
use crate::yaml::Node;
use crate::yaml::Value;
use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::OnceLock;

pub(crate) use crate::check::cluster::proxies::Proxy;
pub(crate) use crate::check::cluster::proxies::ProxyKind;

/// The protocol of a service.
#[derive(Clone, Debug)]
pub(crate) struct Protocol<'a> {
    pub(crate) name: String,
    /// The `protocol` of the service's ServiceDefaults, if that decides; otherwise it comes from ProxyDefaults or
    /// Consul's default.
    pub(crate) own: Option<Cursor<'a>>,
}

/// The mesh of a set.
pub(crate) struct Mesh<'a> {
    pub(crate) set: &'a Set<'a>,
    pub(crate) options: &'a Options,
    pub(crate) versions: Versions,
    /// The Consul chart's values.
    pub(crate) values: Option<Cursor<'a>>,
    /// What the chart's own objects say, which counts more than its values.
    pub(crate) chart: ChartObjects<'a>,
    /// Why the values are unknown although the files include some.
    unknown: Option<Unknown<'a>>,
    /// The values when only some are known, with those that win over the unknown ones.
    partly: Option<(Cursor<'a>, &'a Node)>,
    /// What the API server or Consul's webhooks reject; nothing else is read from these objects, except the
    /// ProxyDefaults.
    pub(crate) refused: Refused,
    /// The ProxyDefaults in effect.
    pub(crate) proxy_defaults: Option<Object<'a>>,
    inject_default: Option<bool>,
    ipv6: OnceLock<bool>,
    service_defaults: HashMap<&'a str, Object<'a>>,
    pub(crate) secrets: Secrets<'a>,
    pub(crate) workloads: Vec<Workload<'a>>,
    pub(crate) proxies: Vec<Proxy<'a>>,
    /// The first proxy of each object, workload or gateway.
    pub(crate) by_item: HashMap<usize, usize>,
    /// Sidecars by service.
    pub(crate) sidecars: HashMap<String, usize>,
    /// Namespaces with at least one Service.
    pub(crate) served: HashSet<&'a str>,
    pub(crate) tracing: Tracing<'a>,
    /// Services that get none of their own requests, each with the reason.
    pub(crate) diverted: HashMap<String, String>,
}

impl<'a> Mesh<'a> {
    pub(crate) fn of(set: &'a Set<'a>, options: &'a Options) -> Mesh<'a> {
        let consul = |values: &Helm<'_>| match values.chart {
            Some((name, _)) => name == "consul",
            None => is_consul_values(values.node),
        };
        let values = set.values.iter().position(|values| consul(values) && values.unknown.is_none());
        let unknown = match values {
            Some(_) => None,
            None => set.values.iter().filter(|values| consul(values)).find_map(|values| values.unknown),
        };
        let values = values.map(|index| set.chart_values(index));
        let mut all = set.values.iter().enumerate().filter(|(_, values)| consul(values));
        let partly = match (values, all.next(), all.next()) {
            (None, Some((index, Helm { certain: Some(certain), .. })), None) => {
                Some((set.chart_values(index), *certain))
            }
            _ => None,
        };
        let versions = Versions::of(set, values, options.consul_chart.as_deref(), options.kubernetes.as_deref());
        let refused = refused::of(set, values, &versions, options);
        // If all of them are rejected, read one anyway: its other mistakes are worth reporting.
        let mut all = set.all(consul::GROUP, "ProxyDefaults");
        let first = all.clone().next();
        let accepted = refused.accepted(set, consul::GROUP, "ProxyDefaults").next();
        let proxy_defaults =
            accepted.or_else(|| all.find(|object| &*object.id.name == consul::PROXY_DEFAULTS)).or(first);
        let entries = refused.accepted(set, consul::GROUP, "ServiceDefaults").rev();
        let mut gateways = set.all(consul::GROUP, "IngressGateway").chain(set.all(kube::GATEWAY_API, "Gateway"));
        let mesh = MeshContext {
            own_timeouts: entries.clone().any(|entry| entry.spec().get("localConnectTimeoutMs").exists()),
            gateways: gateways.next().is_some(),
        };
        let mut tracing = Tracing::read(proxy_defaults, &versions, mesh);
        if let Some(detail) = proxy_defaults.and_then(|object| refused.unsettled(object)) {
            tracing.unsettle(detail);
        }
        let service_defaults = entries.map(|object| (&*object.id.name, object)).collect();
        let mut mesh = Mesh {
            set,
            options,
            versions,
            values,
            chart: ChartObjects::of(set),
            unknown,
            partly,
            proxy_defaults,
            inject_default: None,
            ipv6: OnceLock::new(),
            service_defaults,
            secrets: Secrets::of(set),
            workloads: workload::all(set, &refused),
            refused,
            proxies: Vec::new(),
            by_item: HashMap::new(),
            sidecars: HashMap::new(),
            served: set.all("", "Service").map(|service| &*service.id.namespace).collect(),
            tracing,
            diverted: chain::diverted(set),
        };
        let told = mesh.chart.injector.as_ref().and_then(|injector| injector.default);
        mesh.inject_default = told.or_else(|| mesh.flag(&["connectInject", "default"], Some(false)));
        mesh.proxies = proxies::find(set, &mesh.refused, &mesh.workloads, mesh.inject_default);
        for (index, proxy) in mesh.proxies.iter().enumerate() {
            if let Some(object) = proxy.object {
                mesh.by_item.entry(object.index).or_insert(index);
            }
        }
        let sidecars = mesh.proxies.iter().enumerate().filter(|(_, proxy)| !proxy.is_gateway());
        mesh.sidecars = sidecars.map(|(index, proxy)| (proxy.name.clone(), index)).collect();
        mesh
    }

    /// The proxy that represents a workload's pods; `None` if they have none, or if another workload of the same
    /// service represents them.
    pub(crate) fn proxy_of(&self, workload: &Workload<'_>) -> Option<usize> {
        self.by_item.get(&workload.object.index).copied()
    }

    /// A boolean of the Consul chart, with the chart's default; `None` if there are no values at all.
    pub(crate) fn flag(&self, path: &[&'static str], default: Option<bool>) -> Option<bool> {
        values::flag(self.values, path, default)
    }

    /// Whether the chart manages ACLs, as its injector or its values say.
    pub(crate) fn has_acls(&self) -> bool {
        let told = self.chart.injector.as_ref().is_some_and(|injector| injector.acls);
        told || self.flag(&["global", "acls", "manageSystemACLs"], Some(false)) == Some(true)
    }

    /// A boolean of the Consul chart that is given, and wins over all values that are not known; with all values.
    pub(crate) fn certain(&self, path: &[&'static str]) -> Option<(Cursor<'a>, bool)> {
        let (values, certain) = self.partly?;
        let given = match &certain.path(path)?.value {
            Value::Bool(flag) => *flag,
            _ => return None,
        };
        Some((values, given))
    }

    /// The effect of an object's rejection: requests through a gateway without its config entry are lost, and without
    /// the ProxyDefaults no proxy has a tracer.
    pub(crate) fn effect_of_refusal(&self, problem: &Problem) -> Effect {
        let Doc::Object(index) = problem.at.doc else { return Effect::Refused };
        match self.by_item.get(&index) {
            Some(proxy) if self.proxies[*proxy].is_gateway() => Effect::Breaks(HopKind::Entry, Scope::Proxy(*proxy)),
            // There are no pods.
            Some(proxy) => Effect::Breaks(HopKind::Sidecar, Scope::Proxy(*proxy)),
            None if self.tracing.is_of(self.set.object(index)) => Effect::Breaks(HopKind::Tracer, Scope::All),
            None => Effect::Refused,
        }
    }

    /// Why the values that Consul gets are unknown although the files include some.
    pub(crate) fn unknown_values(&self) -> Option<String> {
        Some(match self.unknown? {
            Unknown::Order => {
                "there are several sets of Helm values of Consul, and nothing says which is applied last".to_string()
            }
            Unknown::Elsewhere(at) => format!("some Helm values of Consul are {at}"),
        })
    }

    /// Whether pods are injected without asking.
    pub(crate) fn inject_default(&self) -> Option<bool> {
        self.inject_default
    }

    /// Whether a Service requests an IPv6 address, which it gets if the cluster has them.
    pub(crate) fn has_ipv6(&self) -> bool {
        let asks = |spec: Cursor<'_>| {
            spec.get("ipFamilies").items().any(|family| family.str() == Some("IPv6"))
                || spec.get("ipFamilyPolicy").str() == Some("RequireDualStack")
        };
        *self.ipv6.get_or_init(|| self.set.all("", "Service").any(|service| asks(service.spec())))
    }

    /// The protocol of a service; `None` if the files do not include what decides it.
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
