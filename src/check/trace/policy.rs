//! How NetworkPolicies among the files affect the way of spans, and requests from gateways.

use crate::check::cluster::mesh::Mesh;
use crate::check::cluster::mesh::Proxy;
use crate::check::cluster::mesh::ProxyKind;
use crate::check::cluster::policy::Direction;
use crate::check::cluster::policy::Flow;
use crate::check::cluster::policy::Pod;
use crate::check::cluster::policy::Policies;
use crate::check::cluster::selector::Labels;
use crate::check::cursor::Cursor;
use crate::check::cursor::Doc;
use crate::check::hop::HopKind;
use crate::check::input::set::Object;
use crate::check::problem::Cause;
use crate::check::problem::Problem;
use crate::check::problem::Scope;
use crate::check::trace::hops::Address;
use crate::check::trace::hops::Leg;
use crate::check::trace::hops::Outside;
use crate::check::trace::hops::Reached;
use crate::check::trace::hops::Route;
use crate::check::trace::pods;
use crate::check::trace::pods::Part;
use crate::stack::consul;
use crate::stack::jaeger;
use crate::stack::kube;
use crate::stack::otel;
use std::collections::BTreeMap;
use std::collections::HashMap;

/// The effects of policies.
#[derive(Default)]
pub(super) struct PolicyEffects {
    pub(super) problems: Vec<Problem>,
    /// Hops that depend on something that is not among the files, by proxy.
    pub(super) unseen: HashMap<(usize, HopKind), String>,
    /// Likewise for the entry of requests, by gateway and service.
    pub(super) between: HashMap<(usize, usize), String>,
    /// What keeps people from the UI, although spans arrive there.
    pub(super) ui: Option<String>,
}

/// A policy, what it blocks, and which hop.
type Key<'a> = (usize, Direction, HopKind, String);

pub(super) struct Judge<'a, 'm> {
    pub(super) mesh: &'m Mesh<'a>,
    pub(super) policies: Policies<'a>,
    /// The workload behind each Service.
    pub(super) behind: HashMap<usize, usize>,
    /// Gateways by name.
    pub(super) gateways: HashMap<&'m str, usize>,
    blocked: BTreeMap<Key<'a>, Vec<usize>>,
    pub(super) out: PolicyEffects,
}

/// Checks the connections of every proxy, and those behind it. `route`: the way of a proxy's spans.
pub(super) fn judge<'r>(mesh: &Mesh<'_>, route: impl Fn(usize) -> Option<&'r Route>) -> PolicyEffects {
    let policies = Policies::of(mesh.set, &mesh.refused);
    if policies.is_empty() {
        return PolicyEffects::default();
    }
    let mut behind = HashMap::new();
    for (index, workload) in mesh.workloads.iter().enumerate() {
        for service in &workload.selected_by {
            behind.entry(service.index).or_insert(index);
        }
    }
    let gateways = mesh.proxies.iter().enumerate().rev().filter(|(_, proxy)| proxy.is_gateway());
    let gateways = gateways.map(|(index, proxy)| (&*proxy.name, index)).collect();
    let mut judge = Judge { mesh, policies, behind, gateways, blocked: BTreeMap::new(), out: PolicyEffects::default() };
    let apart = judge.servers_apart();
    for index in 0..mesh.proxies.len() {
        if let Some((flow, what)) = &apart {
            judge.file(*flow, index, HopKind::Sidecar, what);
        }
        let Some(pod) = judge.pod(&mesh.proxies[index]) else { continue };
        judge.control(index, &pod);
        if let Some(route) = route(index) {
            if let Some(reached) = &route.reached {
                judge.spans(index, &pod, reached, HopKind::Service);
            }
            route.legs.iter().for_each(|leg| judge.leg(index, leg));
            if let Some(outside) = &route.outside {
                judge.store(index, outside, route.reached.as_ref());
            }
        }
        judge.requests(index, &pod);
        judge.listeners(index, &pod);
    }
    judge.calls();
    judge.views();
    judge.end()
}

impl<'a> Judge<'a, '_> {
    /// The pods of a proxy; `None` if it is unknown where they run.
    pub(super) fn pod(&self, proxy: &Proxy<'a>) -> Option<Pod<'a>> {
        if let Some(index) = proxy.workload {
            return pods::of_workload(&self.mesh.workloads[index]);
        }
        let namespace = proxy.namespace.clone()?;
        Some(match proxy.kind {
            ProxyKind::IngressGateway => pods::of_ingress_gateway(namespace),
            ProxyKind::ApiGateway => pods::of_api_gateway(namespace, &proxy.name),
            ProxyKind::Sidecar => pods::anyone(namespace),
        })
    }

    /// Envoy gets its configuration from Consul's servers, or from the agent on its node.
    fn control(&mut self, index: usize, pod: &Pod<'a>) {
        let external = self.mesh.flag(&["externalServers", "enabled"], Some(false));
        if external == Some(true) {
            return;
        }
        let what = format!("Consul's gRPC port {}", consul::GRPC);
        let (agents, port) = (self.mesh.versions.agents(), ("TCP", consul::GRPC));
        let servers = pods::of_consul(self.mesh.set, "server");
        // A node address does not belong to a pod, so only the port can be checked.
        let flow = match (self.policies.leaves(pod, &servers, port), agents) {
            (Flow::Blocked(policy, _), _) if external.is_none() => Flow::Unknown(policy),
            (Flow::Blocked(policy, _), agents) if agents != Some(false) && self.names_port(policy) => {
                Flow::Unknown(policy)
            }
            (flow, _) => flow,
        };
        self.file(flow, index, HopKind::Sidecar, &what);
        if external.is_none() {
            return;
        }
        let flow = match agents {
            Some(false) => self.policies.enters(pod, &servers, port),
            // Whether a host port sees the address of the pod that calls it depends on the network plugin.
            Some(true) => match self.policies.enters(pod, &pods::of_consul(self.mesh.set, "client"), port) {
                Flow::Blocked(policy, _) => Flow::Unknown(policy),
                _ => Flow::Open,
            },
            None => Flow::Open,
        };
        self.file(flow, index, HopKind::Sidecar, &what);
    }

    /// What keeps Consul's servers from one another, without which they elect no leader and no proxy gets its configuration.
    fn servers_apart(&self) -> Option<(Flow<'a>, String)> {
        let several = self.mesh.values?.at(&["server", "replicas"]).int()? > 1;
        if !several || self.mesh.flag(&["externalServers", "enabled"], Some(false)) == Some(true) {
            return None;
        }
        let servers = pods::of_consul(self.mesh.set, "server");
        let flow = self.policies.judge(&servers, &servers, ("TCP", consul::SERVERS));
        let what = format!("port {} of Consul's other servers", consul::SERVERS);
        matches!(flow, Flow::Blocked(..)).then_some((flow, what))
    }

    /// Whether a rule of the policy allows egress on Consul's port.
    fn names_port(&self, policy: Object<'a>) -> bool {
        let fits = |at: Cursor<'_>| match at.get("port").int() {
            Some(first) => (first..=at.get("endPort").int().unwrap_or(first)).contains(&i64::from(consul::GRPC)),
            None => true,
        };
        policy.spec().get("egress").items().any(|rule| {
            let ports = rule.get("ports");
            ports.list().is_empty() || ports.items().any(fits)
        })
    }

    /// From a collector to the next one, or from Jaeger to its store.
    fn leg(&mut self, index: usize, leg: &Leg) {
        let part = if leg.hop == HopKind::Storage { Part::Stores } else { Part::Receives };
        if let Some(pod) = self.pods(leg.from, part, None) {
            self.spans(index, &pod, &leg.to, leg.hop);
        }
    }

    /// The pods that a document makes.
    fn pods(&self, doc: Doc, part: Part, reached: Option<&Reached>) -> Option<Pod<'a>> {
        let namespace = reached.filter(|reached| reached.doc == doc).map(|reached| reached.namespace.clone());
        let namespace = namespace.unwrap_or_default();
        let from = Reached { doc, label: String::new(), namespace, port: 0, headless: true };
        self.target(&from, part).map(|(pod, _)| pod)
    }

    /// From Jaeger to a store outside the files, and from what shows traces.
    fn store(&mut self, index: usize, outside: &Outside, reached: Option<&Reached>) {
        for (part, hop) in [(Part::Stores, HopKind::Storage), (Part::Shows, HopKind::Ui)] {
            let Some(pod) = self.pods(outside.from, part, reached) else { continue };
            let kube_dns = pods::of_dns();
            let names = outside.addresses.iter().any(|address| !address.is_number);
            let flow = guessed(outside.from, self.policies.leaves(&pod, &kube_dns, ("UDP", 53)));
            if names {
                self.file(flow, index, hop, "the cluster's DNS (port 53)");
            }
            let blocked = |address: &Address| {
                let target = pods::anyone(address.namespace.clone().unwrap_or_default());
                match self.policies.leaves(&pod, &target, ("TCP", address.port)) {
                    Flow::Blocked(policy, _) => Some(policy),
                    _ => None,
                }
            };
            let all: Option<Vec<Object<'a>>> = outside.addresses.iter().map(blocked).collect();
            let (Some(policy), Some(address)) = (all.and_then(|all| all.first().copied()), outside.addresses.first())
            else {
                continue;
            };
            let what = format!("port {} of {}, where Jaeger keeps spans", address.port, address.host);
            match address.namespace {
                // The Service may lead to another port of its pods.
                Some(_) => self.doubt(policy, &what),
                None => {
                    let flow = guessed(outside.from, Flow::Blocked(policy, Direction::Egress));
                    self.file(flow, index, hop, &what);
                }
            }
        }
    }

    /// A warning: the files do not tell whether it matters.
    fn doubt(&mut self, policy: Object<'a>, what: &str) {
        let message = format!("NetworkPolicy `{}` lets no connection out to {what}", policy.id.name);
        let help = "add an egress rule for it, unless the Service leads to a port that is allowed";
        let problem = Problem::new(Cause::NetworkPolicy, policy.name(), message, help);
        if !self.out.problems.contains(&problem) {
            self.out.problems.push(problem);
        }
    }

    /// From the proxy to what receives its spans, or likewise further on.
    fn spans(&mut self, index: usize, pod: &Pod<'a>, reached: &Reached, hop: HopKind) {
        let flow = self.policies.leaves(pod, &pods::of_dns(), ("UDP", 53));
        let lookup = if hop == HopKind::Service { HopKind::Dns } else { hop };
        self.file(flow, index, lookup, "the cluster's DNS (port 53)");
        let Some((target, port)) = self.target(reached, Part::Receives) else { return };
        let flow = guessed(reached.doc, self.policies.judge(pod, &target, ("TCP", port)));
        let what = format!("port {port} of {}", reached.label);
        self.file(flow, index, hop, &what);
    }

    /// The pods behind what a proxy connects to, and their port.
    fn target(&self, reached: &Reached, part: Part) -> Option<(Pod<'a>, u16)> {
        let index = match reached.doc {
            Doc::Object(index) => index,
            Doc::Values(_) if reached.namespace.is_empty() => return None,
            Doc::Values(index) => {
                let values = self.mesh.set.chart_values(index);
                return Some((pods::of_jaeger_chart(values, reached.namespace.clone()), reached.port));
            }
        };
        let object = self.mesh.set.object(index);
        match (&*object.id.group, &*object.id.kind) {
            (kube::CORE, "Service") => self.behind_service(object, reached),
            (jaeger::GROUP, jaeger::KIND) => Some((pods::of_jaeger(object, part), reached.port)),
            (otel::GROUP, otel::KIND) => Some((pods::of_collector(object), reached.port)),
            _ => None,
        }
    }

    pub(super) fn behind_service(&self, service: Object<'a>, reached: &Reached) -> Option<(Pod<'a>, u16)> {
        let pod = match self.behind.get(&service.index) {
            Some(index) => pods::of_workload(&self.mesh.workloads[*index])?,
            // Its pods have at least the labels that it selects.
            None => {
                let selector = service.spec().get("selector");
                selector.exists().then(|| Pod {
                    namespace: service.id.namespace.to_string(),
                    labels: Labels { written: Some(selector), added: Vec::new(), open: true },
                    named: None,
                    foreign: false,
                })?
            }
        };
        let port = service.spec().get("ports").items().find(|at| at.get("port").port() == Some(reached.port));
        let target = port.map(|at| at.get("targetPort")).filter(|at| at.exists() && !reached.headless);
        let number = match target {
            None => reached.port,
            Some(target) => target.port().or_else(|| pod.named.as_ref()?.get(target.text()).copied())?,
        };
        Some((pod, number))
    }

    fn file(&mut self, flow: Flow<'a>, index: usize, hop: HopKind, what: &str) {
        match flow {
            Flow::Open => {}
            Flow::Unknown(policy) => {
                self.out.unseen.insert((index, hop), unknown(policy, what));
            }
            Flow::Blocked(policy, direction) => {
                self.blocked.entry((policy.index, direction, hop, what.to_string())).or_default().push(index);
            }
        }
    }

    fn end(mut self) -> PolicyEffects {
        for ((policy, direction, hop, what), proxies) in self.blocked {
            let policy = self.mesh.set.object(policy);
            let (name, namespace) = (&policy.id.name, &policy.id.namespace);
            let message = match direction {
                Direction::Egress => format!("NetworkPolicy `{name}` lets no connection out to {what}"),
                Direction::Ingress => format!("NetworkPolicy `{name}` lets no connection in to {what}"),
            };
            let help = match direction {
                Direction::Egress => "add an egress rule that allows it".to_string(),
                Direction::Ingress => format!("add an ingress rule to a policy of `{namespace}` that allows it"),
            };
            let problem = Problem::new(Cause::NetworkPolicy, policy.name(), message, help);
            self.out.problems.push(problem.breaks(hop, Scope::Proxies(proxies)));
        }
        self.out
    }
}

/// Values do not say the labels of a chart's pods, so what they decide is a guess that can only raise a doubt.
fn guessed(doc: Doc, flow: Flow<'_>) -> Flow<'_> {
    match (doc, flow) {
        (Doc::Object(_), flow) => flow,
        (Doc::Values(_), Flow::Blocked(policy, _)) => Flow::Unknown(policy),
        (Doc::Values(_), _) => Flow::Open,
    }
}

pub(super) fn unknown(policy: Object<'_>, what: &str) -> String {
    format!(
        "the files do not say whether NetworkPolicy `{}` allows connections to {what}: that depends on labels or \
         addresses that are not in the files",
        policy.id.name
    )
}
