//! How NetworkPolicies among the files affect the way of spans, and requests from gateways.

use crate::check::cluster::mesh::Mesh;
use crate::check::cluster::mesh::Proxy;
use crate::check::cluster::mesh::ProxyKind;
use crate::check::cluster::policy::Direction;
use crate::check::cluster::policy::Flow;
use crate::check::cluster::policy::Pod;
use crate::check::cluster::policy::Policies;
use crate::check::cluster::selector::Labels;
use crate::check::cluster::workload::Workload;
use crate::check::cursor::Cursor;
use crate::check::cursor::Doc;
use crate::check::hop::HopKind;
use crate::check::input::set::Object;
use crate::check::problem::Cause;
use crate::check::problem::Problem;
use crate::check::problem::Scope;
use crate::check::trace::hops::Leg;
use crate::check::trace::hops::Reached;
use crate::check::trace::hops::Route;
use crate::stack::consul;
use crate::stack::jaeger;
use crate::stack::jaeger::Strategy;
use crate::stack::jaeger::operator;
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
}

/// A policy, what it blocks, and which hop.
type Key<'a> = (usize, Direction, HopKind, String);

/// At most this many gateways of a service are checked.
const GATEWAYS: usize = 64;

struct Judge<'a, 'm> {
    mesh: &'m Mesh<'a>,
    policies: Policies<'a>,
    /// The workload behind each Service.
    behind: HashMap<usize, usize>,
    /// Gateways by name.
    gateways: HashMap<&'m str, usize>,
    blocked: BTreeMap<Key<'a>, Vec<usize>>,
    out: PolicyEffects,
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
    for index in 0..mesh.proxies.len() {
        let Some(pod) = judge.pod(&mesh.proxies[index]) else { continue };
        judge.control(index, &pod);
        if let Some(route) = route(index) {
            if let Some(reached) = &route.reached {
                judge.spans(index, &pod, reached, HopKind::Service);
            }
            route.legs.iter().for_each(|leg| judge.leg(index, leg));
        }
        judge.requests(index, &pod);
    }
    judge.end()
}

impl<'a> Judge<'a, '_> {
    /// The pods of a proxy; `None` if it is unknown where they run.
    fn pod(&self, proxy: &Proxy<'a>) -> Option<Pod<'a>> {
        if let Some(index) = proxy.workload {
            return of_workload(&self.mesh.workloads[index]);
        }
        let label = |key: &'static str, value: &str| (key, value.to_string());
        // consul-k8s `charts/consul/templates/ingress-gateways-deployment.yaml`,
        // `control-plane/api-gateway/common/labels.go`.
        let labels = match proxy.kind {
            ProxyKind::IngressGateway => vec![label("app", "consul"), label("component", "ingress-gateway")],
            ProxyKind::ApiGateway => vec![label("component", "api-gateway")],
            ProxyKind::Sidecar => Vec::new(),
        };
        Some(Pod { namespace: proxy.namespace.clone()?, labels: Labels::partly(labels), named: None })
    }

    /// Envoy gets its configuration from Consul's servers, or from the agent on its node.
    fn control(&mut self, index: usize, pod: &Pod<'a>) {
        let external = self.mesh.flag(&["externalServers", "enabled"], Some(false));
        if external == Some(true) {
            return;
        }
        let namespace = consul_namespace(self.mesh);
        let what = format!("Consul's gRPC port {}", consul::GRPC);
        let labels = Labels::partly(vec![("app", "consul".to_string()), ("component", "server".to_string())]);
        let servers = Pod { namespace, labels, named: None };
        let flow = self.policies.leaves(pod, &servers, ("TCP", consul::GRPC));
        // A node address does not belong to a pod, so only the port can be checked.
        let flow = match (flow, self.mesh.versions.agents()) {
            (Flow::Blocked(policy, _), _) if external.is_none() => Flow::Unknown(policy),
            (Flow::Blocked(policy, _), agents) if agents != Some(false) && self.names_port(policy) => {
                Flow::Unknown(policy)
            }
            (flow, _) => flow,
        };
        self.file(flow, index, HopKind::Sidecar, &what);
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
        let from = Reached { doc: leg.from, label: String::new(), port: 0, headless: true };
        if let Some((pod, _)) = self.target(&from) {
            self.spans(index, &pod, &leg.to, leg.hop);
        }
    }

    /// From the proxy to what receives its spans, or likewise further on.
    fn spans(&mut self, index: usize, pod: &Pod<'a>, reached: &Reached, hop: HopKind) {
        let dns = Labels::partly(vec![("k8s-app", "kube-dns".to_string())]);
        let dns = Pod { namespace: "kube-system".to_string(), labels: dns, named: None };
        let flow = self.policies.leaves(pod, &dns, ("UDP", 53));
        let lookup = if hop == HopKind::Service { HopKind::Dns } else { hop };
        self.file(flow, index, lookup, "the cluster's DNS (port 53)");
        let Some((target, port)) = self.target(reached) else { return };
        let flow = self.policies.judge(pod, &target, ("TCP", port));
        let what = format!("port {port} of {}", reached.label);
        self.file(flow, index, hop, &what);
    }

    /// From gateways to the public listener of a sidecar.
    fn requests(&mut self, index: usize, pod: &Pod<'a>) {
        let mesh = self.mesh;
        let proxy = &mesh.proxies[index];
        if proxy.is_gateway() || proxy.workload.is_none() || proxy.from.is_empty() || proxy.from.len() > GATEWAYS {
            return;
        }
        for gateway in proxy.from.iter().filter_map(|name| self.gateways.get(&**name).copied()).collect::<Vec<_>>() {
            let Some(from) = self.pod(&mesh.proxies[gateway]) else { continue };
            match self.policies.judge(&from, pod, ("TCP", consul::PUBLIC_LISTENER)) {
                Flow::Open => {}
                Flow::Unknown(policy) => {
                    self.out.between.insert((gateway, index), unknown(policy, "the port of the sidecar"));
                }
                Flow::Blocked(policy, _) => {
                    let port = consul::PUBLIC_LISTENER;
                    let message = format!(
                        "NetworkPolicy `{}` lets no request from gateway `{}` to port {port} of the sidecar of `{}`",
                        policy.id.name, mesh.proxies[gateway].name, proxy.name
                    );
                    let help = format!("allow port {port} between them");
                    let problem = Problem::new(Cause::NetworkPolicy, policy.name(), message, help);
                    let scope = Scope::Through { gateway, services: vec![index] };
                    self.out.problems.push(problem.breaks(HopKind::Entry, scope));
                }
            }
        }
    }

    /// The pods behind what a proxy connects to, and their port.
    fn target(&self, reached: &Reached) -> Option<(Pod<'a>, u16)> {
        let Doc::Object(index) = reached.doc else { return None };
        let object = self.mesh.set.object(index);
        match (&*object.id.group, &*object.id.kind) {
            (kube::CORE, "Service") => self.behind_service(object, reached),
            (jaeger::GROUP, jaeger::KIND) => Some((of_jaeger(object), reached.port)),
            (otel::GROUP, otel::KIND) => {
                let instance = otel::instance(&object.id.namespace, &object.id.name);
                let labels = Labels::partly(vec![(otel::INSTANCE_LABEL, instance)]);
                Some((Pod { namespace: object.id.namespace.to_string(), labels, named: None }, reached.port))
            }
            _ => None,
        }
    }

    fn behind_service(&self, service: Object<'a>, reached: &Reached) -> Option<(Pod<'a>, u16)> {
        let pod = match self.behind.get(&service.index) {
            Some(index) => of_workload(&self.mesh.workloads[*index])?,
            // Its pods have at least the labels that it selects.
            None => {
                let selector = service.spec().get("selector");
                selector.exists().then(|| Pod {
                    namespace: service.id.namespace.to_string(),
                    labels: Labels { written: Some(selector), added: Vec::new(), open: true },
                    named: None,
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

fn unknown(policy: Object<'_>, what: &str) -> String {
    format!(
        "the files do not say whether NetworkPolicy `{}` allows connections to {what}: that depends on labels or \
         addresses that are not in the files",
        policy.id.name
    )
}

fn consul_namespace(mesh: &Mesh<'_>) -> String {
    let gateways = mesh.proxies.iter().filter(|proxy| proxy.kind == ProxyKind::IngressGateway);
    let known = gateways.filter_map(|proxy| proxy.namespace.clone()).next();
    known
        .or_else(|| Some(mesh.proxy_defaults?.id.namespace.to_string()))
        .filter(|name| !name.is_empty())
        .unwrap_or_default()
}

/// The pods of a workload; `None` if they use the host network, which policies do not cover.
fn of_workload<'a>(workload: &Workload<'a>) -> Option<Pod<'a>> {
    if workload.template.at(&["spec", "hostNetwork"]).bool() == Some(true) {
        return None;
    }
    let ports = workload.containers().flat_map(|container| container.get("ports").items());
    let named = ports.filter_map(|port| Some((port.get("name").str()?, port.get("containerPort").port()?)));
    Some(Pod {
        namespace: workload.object.id.namespace.to_string(),
        labels: Labels::of(workload.template.at(&["metadata", "labels"])),
        named: Some(named.collect()),
    })
}

/// The pods of a Jaeger resource that receive spans. The resource may give them more labels.
fn of_jaeger(object: Object<'_>) -> Pod<'_> {
    let spec = object.spec();
    let strategy = Strategy::effective(spec.get("strategy").text(), spec.at(&["storage", "type"]).text());
    let (part, component) = match strategy {
        Strategy::AllInOne => ("allInOne", "all-in-one"),
        _ => ("collector", "collector"),
    };
    let open = [spec.get("labels"), spec.at(&[part, "labels"])].iter().any(|labels| labels.exists());
    let added = operator::labels(&object.id.name, component);
    Pod { namespace: object.id.namespace.to_string(), labels: Labels { written: None, added, open }, named: None }
}
