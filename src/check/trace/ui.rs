//! How NetworkPolicies among the files affect the way to the UI: from Ingresses, and from programs in front of it.
//!
//! Spans arrive regardless, and `kubectl port-forward` reaches a pod whatever its policies are, so nothing here breaks a hop.

use crate::check::cluster::policy::Direction;
use crate::check::cluster::policy::Flow;
use crate::check::cluster::policy::Pod;
use crate::check::cluster::workload::Workload;
use crate::check::cursor::Cursor;
use crate::check::cursor::Doc;
use crate::check::input::set::Object;
use crate::check::problem::Cause;
use crate::check::problem::Problem;
use crate::check::trace::dns;
use crate::check::trace::dns::Target;
use crate::check::trace::hops::Reached;
use crate::check::trace::pods;
use crate::check::trace::pods::Part;
use crate::check::trace::policy::Judge;
use crate::stack::jaeger;
use crate::stack::jaeger::names;
use crate::stack::kube;
use std::collections::HashSet;

/// A port of a Service, and what is behind it.
struct Behind<'a> {
    pod: Pod<'a>,
    port: u16,
    /// The Service, for messages.
    label: String,
    /// The workload, if it is among the files.
    workload: Option<usize>,
}

impl<'a> Judge<'a, '_> {
    /// From Ingresses and from programs with the UI's address to the UI.
    pub(super) fn views(&mut self) {
        let mut fronts: HashSet<usize> = HashSet::new();
        let mesh = self.mesh;
        for (index, workload) in mesh.workloads.iter().enumerate() {
            for to in self.uis(workload) {
                fronts.insert(index);
                self.front(workload, &to);
            }
        }
        for ingress in mesh.refused.accepted(mesh.set, kube::NETWORKING, "Ingress") {
            let spec = ingress.spec();
            let paths = spec.get("rules").items().flat_map(|rule| rule.at(&["http", "paths"]).items());
            let backends = paths.map(|path| path.get("backend")).chain([spec.get("defaultBackend")]);
            for service in backends.map(|backend| backend.get("service")).filter(|service| service.exists()) {
                let name = service.get("name").text();
                let Some(to) = self.at(&ingress.id.namespace, name, service.get("port")) else { continue };
                if to.port == jaeger::UI || to.workload.is_some_and(|index| fronts.contains(&index)) {
                    self.entered(&format!("Ingress `{}`", ingress.id.name), &to);
                }
            }
        }
        for object in mesh.set.all(jaeger::GROUP, jaeger::KIND) {
            if object.spec().at(&["ingress", "enabled"]).bool() == Some(true) {
                self.entered(&format!("the Ingress of Jaeger `{}`", object.id.name), &of_operator(object));
            }
        }
    }

    /// The UIs whose addresses a program has in its arguments or variables.
    fn uis(&self, workload: &Workload<'a>) -> Vec<Behind<'a>> {
        let texts = workload.containers().flat_map(|container| {
            let arguments = ["command", "args"].into_iter().flat_map(move |key| container.get(key).items());
            arguments.chain(container.get("env").items().map(|variable| variable.get("value")))
        });
        let urls = texts.flat_map(|text| text.text().split("://").skip(1)).map(address);
        let found = urls.filter_map(|(host, port)| {
            let Target::Service(name, namespace) = dns::target(host, self.mesh.options.domain.as_deref()) else {
                return None;
            };
            let namespace = namespace.unwrap_or_else(|| workload.object.id.namespace.to_string());
            self.behind_port(&namespace, &name, port?).filter(|to| to.port == jaeger::UI)
        });
        found.collect()
    }

    /// What an Ingress leads to.
    fn at(&self, namespace: &str, name: &str, port: Cursor<'a>) -> Option<Behind<'a>> {
        let number = port.get("number").port().or_else(|| {
            let service = self.mesh.set.one(kube::CORE, "Service", namespace, name)?;
            let wanted = port.get("name").str()?;
            let mut ports = service.spec().get("ports").items();
            ports.find(|own| own.get("name").str() == Some(wanted))?.get("port").port()
        });
        self.behind_port(namespace, name, number?)
    }

    fn behind_port(&self, namespace: &str, name: &str, port: u16) -> Option<Behind<'a>> {
        let Some(service) = self.mesh.set.one(kube::CORE, "Service", namespace, name) else {
            let mut all = self.mesh.set.all(jaeger::GROUP, jaeger::KIND);
            let is_it = |object: &Object<'_>| {
                *object.id.namespace == *namespace && names::service(&object.id.name, jaeger::QUERY) == name
            };
            return all.find(is_it).filter(|_| port == jaeger::UI).map(of_operator);
        };
        let label = service.id.to_string();
        let doc = Doc::Object(service.index);
        let headless = service.spec().get("clusterIP").text() == "None";
        let reached = Reached { doc, label: label.clone(), namespace: namespace.to_string(), port, headless };
        let (pod, port) = self.behind_service(service, &reached)?;
        Some(Behind { pod, port, label, workload: self.behind.get(&service.index).copied() })
    }

    /// From a program in front of the UI.
    fn front(&mut self, workload: &Workload<'a>, to: &Behind<'a>) {
        let Some(from) = pods::of_workload(workload) else { return };
        let who = format!("{} `{}`", workload.object.id.kind, workload.object.id.name);
        if let Flow::Blocked(policy, _) = self.policies.leaves(&from, &pods::of_dns(), ("UDP", 53)) {
            self.kept(policy, Direction::Egress, &who, "the cluster's DNS (port 53)");
        }
        if let Flow::Blocked(policy, direction) = self.policies.judge(&from, &to.pod, ("TCP", to.port)) {
            self.kept(policy, direction, &who, &format!("port {} of {}, the UI", to.port, to.label));
        }
    }

    /// From the controller of an Ingress, which may be anywhere.
    fn entered(&mut self, who: &str, to: &Behind<'a>) {
        let controller = pods::anyone(String::new());
        if let Flow::Blocked(policy, direction) = self.policies.enters(&controller, &to.pod, ("TCP", to.port)) {
            self.kept(policy, direction, who, &format!("port {} of {}", to.port, to.label));
        }
    }

    fn kept(&mut self, policy: Object<'a>, direction: Direction, who: &str, what: &str) {
        let name = &policy.id.name;
        let (message, help) = match direction {
            Direction::Egress => (
                format!("NetworkPolicy `{name}` lets no connection of {who} out to {what}"),
                "add an egress rule for it",
            ),
            Direction::Ingress => (
                format!("NetworkPolicy `{name}` lets no connection of {who} in to {what}"),
                "add an ingress rule for it",
            ),
        };
        let help = format!("{help}; until then only `kubectl port-forward` reaches the UI");
        let problem = Problem::new(Cause::NetworkPolicy, policy.name(), message, help);
        self.out.ui.get_or_insert_with(|| format!("NetworkPolicy `{name}` keeps {who} from it"));
        if !self.out.problems.contains(&problem) {
            self.out.problems.push(problem);
        }
    }
}

/// The UI of a Jaeger resource (jaeger-operator 1.37 `pkg/service/query.go`).
fn of_operator(object: Object<'_>) -> Behind<'_> {
    let label = format!("Service `{}/{}`", object.id.namespace, names::service(&object.id.name, jaeger::QUERY));
    Behind { pod: pods::of_jaeger(object, Part::Shows), port: jaeger::UI, label, workload: None }
}

/// The host and port of the URL whose text after `://` this is.
fn address(text: &str) -> (&str, Option<u16>) {
    let authority = text.split(|c: char| matches!(c, '/' | '?' | '#' | ',' | '"' | '\'') || c.is_whitespace()).next();
    let authority = authority.unwrap_or_default();
    match authority.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().ok()),
        None => (authority, Some(80)),
    }
}
