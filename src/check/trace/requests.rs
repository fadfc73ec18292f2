//! How NetworkPolicies among the files affect requests: from clients to gateways, from those and from programs to sidecars.

use crate::check::cluster::intentions;
use crate::check::cluster::mesh::ProxyKind;
use crate::check::cluster::policy::Direction;
use crate::check::cluster::policy::Flow;
use crate::check::cluster::policy::Pod;
use crate::check::hop::HopKind;
use crate::check::input::set::Object;
use crate::check::problem::Cause;
use crate::check::problem::Problem;
use crate::check::problem::Scope;
use crate::check::trace::pods;
use crate::check::trace::policy::Judge;
use crate::check::trace::policy::unknown;
use crate::stack::consul;
use crate::stack::go;
use crate::suggest;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

/// At most this many gateways of a service are checked.
const GATEWAYS: usize = 64;
/// At most this many callers of a service are checked.
const CALLERS: usize = 64;

impl<'a> Judge<'a, '_> {
    /// From clients, whoever they are, to the listeners of a gateway.
    pub(super) fn listeners(&mut self, index: usize, pod: &Pod<'a>) {
        let proxy = &self.mesh.proxies[index];
        let listeners =
            proxy.object.filter(|_| proxy.is_gateway()).map(|object| object.spec().get("listeners").items());
        // Consul may map lower ports of an API gateway to others (`mapPrivilegedContainerPorts`).
        let ports = listeners.into_iter().flatten().filter_map(|listener| listener.get("port").port());
        let ports: Vec<u16> = ports.filter(|port| proxy.kind != ProxyKind::ApiGateway || *port >= 1024).collect();
        let closed = |foreign: bool| -> Vec<(Object<'a>, u16)> {
            let client = Pod { foreign, ..pods::anyone(String::new()) };
            let blocked = |port: &u16| match self.policies.enters(&client, pod, ("TCP", *port)) {
                Flow::Blocked(policy, _) => Some((policy, *port)),
                _ => None,
            };
            ports.iter().filter_map(blocked).collect()
        };
        let (to_all, to_most) = (closed(false), closed(true));
        let Some((policy, port)) = to_most.first().copied() else { return };
        let who = if to_all.is_empty() { "from other namespaces " } else { "" };
        let message = format!(
            "NetworkPolicy `{}` lets no request {who}in to port {port} of gateway `{}`",
            policy.id.name, proxy.name
        );
        let help = format!("add an ingress rule for port {port}");
        let problem = Problem::new(Cause::NetworkPolicy, policy.name(), message, help);
        let all = to_all.len() == ports.len();
        self.out.problems.push(if all { problem.breaks(HopKind::Entry, Scope::Proxy(index)) } else { problem });
    }

    /// From programs to the services that they call.
    pub(super) fn calls(&mut self) {
        let calls: BTreeMap<String, Vec<String>> = intentions::calls(self.mesh)
            .into_iter()
            .map(|(service, callers)| (service, callers.into_iter().collect::<BTreeSet<_>>().into_iter().collect()))
            .collect();
        for (service, callers) in &calls {
            let Some(to) = self.sidecar(service) else { continue };
            let blocked = |caller: &String| {
                let from = self.sidecar(caller)?;
                match self.policies.judge(&from.1, &to.1, ("TCP", consul::PUBLIC_LISTENER)) {
                    Flow::Blocked(policy, direction) => Some((policy, direction)),
                    _ => None,
                }
            };
            let closed: Vec<_> = callers
                .iter()
                .filter(|caller| self.calls_by_sidecar(caller))
                .take(CALLERS)
                .filter_map(|caller| Some((&**caller, blocked(caller)?)))
                .collect();
            let Some((_, (policy, direction))) = closed.first().copied() else { continue };
            let who = suggest::some(closed.iter().map(|(caller, _)| *caller), "`");
            let (port, name) = (consul::PUBLIC_LISTENER, &policy.id.name);
            let message = match direction {
                Direction::Egress => format!(
                    "NetworkPolicy `{name}` lets no request of {who} out to port {port} of the sidecar of `{service}`"
                ),
                Direction::Ingress => format!(
                    "NetworkPolicy `{name}` lets no request of {who} in to port {port} of the sidecar of `{service}`"
                ),
            };
            let problem =
                Problem::new(Cause::NetworkPolicy, policy.name(), message, format!("allow port {port} between them"));
            // No other caller is among the files.
            let only = closed.len() == callers.len() && self.mesh.proxies[to.0].from.is_empty();
            self.out.problems.push(if only { problem.breaks(HopKind::Entry, Scope::Proxy(to.0)) } else { problem });
        }
    }

    /// Whether its sidecar takes the connections that a program opens. Without a transparent proxy only those to upstreams, and
    /// others go to the port of the program.
    fn calls_by_sidecar(&self, service: &str) -> bool {
        let index = self.mesh.sidecars.get(service).and_then(|index| self.mesh.proxies[*index].workload);
        let Some(workload) = index.map(|index| &self.mesh.workloads[index]) else { return false };
        let usual = self.mesh.flag(&["connectInject", "transparentProxy", "defaultEnabled"], Some(true));
        let own = workload.annotation(consul::TRANSPARENT_PROXY).str().and_then(go::parse_bool);
        workload.annotation(consul::UPSTREAMS).exists() || own.or(usual) != Some(false)
    }

    /// The sidecar of a service with pods among the files.
    fn sidecar(&self, service: &str) -> Option<(usize, Pod<'a>)> {
        let index = *self.mesh.sidecars.get(service)?;
        self.mesh.proxies[index].workload?;
        Some((index, self.pod(&self.mesh.proxies[index])?))
    }

    /// From gateways to the public listener of a sidecar.
    pub(super) fn requests(&mut self, index: usize, pod: &Pod<'a>) {
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
}
