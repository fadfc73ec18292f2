//! Resolves the collector's address as a pod in a given namespace would.

use crate::check::cluster::backend::Backend;
use crate::check::cluster::backend::Backends;
use crate::check::cluster::backend::Port;
use crate::check::cluster::mesh::Mesh;
use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::cursor::Location;
use crate::check::hop::HopKind;
use crate::check::input::set::Object;
use crate::check::problem::Cause;
use crate::check::problem::Problem;
use crate::check::trace::calls;
use crate::check::trace::calls::Call;
use crate::check::trace::dns;
use crate::check::trace::dns::Target;
use crate::check::trace::hops::From;
use crate::check::trace::hops::Route;
use crate::suggest;
use std::collections::BTreeMap;

/// A Service that an address resolves to.
pub(super) struct Resolved<'b> {
    pub(super) backend: &'b Backend,
    pub(super) service: String,
    pub(super) namespace: String,
    /// Whether the Service is headless, so that the name resolves to the pods' own addresses.
    pub(super) headless: bool,
    /// Whether it is in the calling pod.
    pub(super) own_pod: bool,
    /// The port where the connection ends, if it differs from the one called.
    pub(super) port: Option<u16>,
}

impl<'b> Resolved<'b> {
    /// Describes `host`.
    pub(super) fn words(&self, host: &str) -> String {
        match self.own_pod {
            true => format!("{host}: a collector in the same pod"),
            false => format!("{host} -> {} in {}", self.service, self.namespace),
        }
    }

    /// What is behind a port.
    pub(super) fn port(&self, port: u16) -> Option<&'b Port> {
        match (self.headless, &self.backend.pod) {
            (false, _) => self.backend.ports.get(&port),
            (true, None) => None,
            (true, Some(pod)) => pod.get(&port).or_else(|| self.backend.ports.get(&port)),
        }
    }

    /// Whether no port is known.
    pub(super) fn has_no_ports(&self) -> bool {
        let none = self.backend.ports.is_empty();
        if self.headless { self.backend.pod.as_ref().is_none_or(|pod| pod.is_empty() && none) } else { none }
    }

    /// The first port that satisfies `wanted`.
    pub(super) fn first_port(&self, wanted: impl Fn(&Port) -> bool) -> Option<u16> {
        let first = |ports: &BTreeMap<u16, Port>| ports.iter().find(|(_, state)| wanted(state)).map(|(port, _)| *port);
        let own = first(&self.backend.ports);
        match (self.headless, &self.backend.pod) {
            (false, _) => own,
            (true, None) => None,
            (true, Some(pod)) => [own, first(pod)].into_iter().flatten().min(),
        }
    }
}

/// What installs a chart or another directory in a namespace, with objects that are not among the files: a HelmRelease of
/// Flux, an Application of Argo CD, a HelmChart of k3s. The charts of Consul and Jaeger are known.
fn installed(mesh: &Mesh<'_>, namespace: &str) -> Option<String> {
    let known = |chart: &str| matches!(chart.rsplit('/').next(), Some("consul" | "jaeger"));
    let flux = mesh.set.all("helm.toolkit.fluxcd.io", "HelmRelease").filter(|object| {
        let to = object.spec().get("targetNamespace").str().unwrap_or(&object.id.namespace);
        to == namespace && !known(object.spec().at(&["chart", "spec", "chart"]).text())
    });
    let k3s = mesh.set.all("helm.cattle.io", "HelmChart").filter(|object| {
        let to = object.spec().get("targetNamespace").str().unwrap_or(&object.id.namespace);
        to == namespace && !known(object.spec().get("chart").text())
    });
    let argo = mesh.set.all("argoproj.io", "Application").filter(|object| {
        let spec = object.spec();
        let mut sources = std::iter::once(spec.get("source")).chain(spec.get("sources").items());
        let to = spec.at(&["destination", "namespace"]).str();
        to.is_none_or(|to| to == namespace)
            && sources.any(|source| source.exists() && !known(source.get("chart").text()))
    });
    let object = flux.chain(k3s).chain(argo).next()?;
    Some(format!("{} `{}`", object.id.kind, object.id.name))
}

/// The route if the address leads nowhere.
type End = Box<Route>;

/// The name of a Service that every pod resolves.
fn qualified(service: &str, namespace: &str) -> String {
    format!("{service}.{namespace}.svc.cluster.local")
}

struct Resolver<'a, 'b> {
    mesh: &'a Mesh<'a>,
    backends: &'b Backends,
    from: From<'a>,
    call: &'a Call<'a>,
    /// Help for what the files do not settle.
    settle: String,
}

/// Resolves the address of `call`; otherwise returns the route as far as it is known.
pub(super) fn resolve<'b>(
    mesh: &Mesh<'_>,
    backends: &'b Backends,
    from: From<'_>,
    call: &Call<'_>,
) -> Result<Resolved<'b>, End> {
    let host = call.host;
    let settle = format!("`--assume {host}:{}` treats it as working", call.port.unwrap_or_default());
    let resolver = Resolver { mesh, backends, from, call, settle };
    if let Some(end) = resolver.not_expanded() {
        return Err(end);
    }
    let meant = dns::target(host, mesh.options.domain.as_deref());
    if resolver.is_assumed(&meant) {
        let detail = format!("assumed: {host}:{}", call.port.unwrap_or_default());
        return Err(Box::new(Route::assumed(&detail)));
    }
    let (service, said) = match meant {
        Target::Service(service, said) => (service, said),
        Target::Nowhere(why) => {
            return Err(resolver.nowhere(format!("the collector's address does not resolve: {why}")));
        }
        Target::OtherDomain(domain) => {
            let detail = format!("only resolves if the cluster domain is `{domain}`; {}", resolver.settle);
            return Err(Box::new(Route::unseen(&detail)));
        }
        Target::Address if calls::is_own_pod(host) => return resolver.in_own_pod(),
        Target::Outside => return resolver.of_pod().unwrap_or_else(|| Err(resolver.outside())),
        Target::Address => return Err(resolver.outside()),
    };
    if service == "localhost" && said.is_none() {
        return resolver.in_own_pod();
    }
    // A bare name is looked up only in the pod's own namespace.
    let Some(looked_in) = said.as_deref().or(from.namespace) else {
        let detail =
            format!("`{host}` only resolves in the collector's namespace, and the files do not say where the pods run");
        return Err(Box::new(Route::unseen(&detail)));
    };
    let Some(backend) = backends.at(&service, looked_in) else {
        return Err(resolver.not_there(&service, looked_in, said.is_some()));
    };
    if let Some(at) = call.only_ipv6.as_ref().filter(|_| !mesh.has_ipv6()) {
        return Err(resolver.no_ipv6(&service, at.clone()));
    }
    let headless = backend.headless.contains(&service);
    Ok(Resolved { backend, namespace: looked_in.to_string(), service, headless, own_pod: false, port: None })
}

impl<'b> Resolver<'_, 'b> {
    fn ends(&self, cause: Cause, message: String, help: String) -> Problem {
        Problem::new(self.call.cause(cause), self.call.host_at.clone(), message, help)
    }

    /// A route that ends at the name, with the reason.
    fn end(detail: &str, problem: Problem) -> End {
        let mut route = Route::unseen(detail);
        route.breaks(HopKind::Dns, problem);
        Box::new(route)
    }

    fn nowhere(&self, message: String) -> End {
        let host = self.call.host;
        let problem = self.ends(Cause::Unresolvable, message, self.nearest(host));
        // All of the name is there, only not in a form that is looked up.
        let lower = host.to_ascii_lowercase();
        let full = match lower.trim_end_matches('.').split('.').collect::<Vec<_>>().as_slice() {
            [name, space, ..] if self.backends.at(name, space).is_some() => Some(qualified(name, space)),
            _ => None,
        };
        let problem = match full {
            Some(full) => problem.fix(Trust::Safe, self.call.towards(Some(&full), None)),
            None => problem.fix(Trust::Unsafe, self.to_near(host)),
        };
        Self::end("its address does not resolve", problem)
    }

    /// `${...}` in an address: Consul expands variables only in statsd URLs, and Envoy expands none (consul
    /// `command/connect/envoy/bootstrap_config.go`).
    fn not_expanded(&self) -> Option<End> {
        let host = self.call.host;
        if self.call.is_relay() || !host.contains('$') {
            return None;
        }
        let message = format!("`{host}` is not expanded: Envoy looks up this very text");
        let help = match self.backends.hosts() {
            [] => "write the name of the collector's Service".to_string(),
            _ => self.nearest("collector"),
        };
        let problem = self.ends(Cause::Unresolvable, message, help).fix(Trust::Unsafe, self.to_near("collector"));
        Some(Self::end("its address does not resolve", problem))
    }

    /// A collector in the calling pod, or the one that an upstream listener of the proxy forwards to.
    fn in_own_pod(&self) -> Result<Resolved<'b>, End> {
        if self.from.gateway || self.call.is_relay() {
            return Err(self.own_pod());
        }
        let Some(workload) = self.from.pod.map(|index| (index, &self.mesh.workloads[index])) else {
            let detail = format!("`{}` is the proxy's own pod, and its pods are not among the files", self.call.host);
            return Err(Box::new(Route::unseen(&detail)));
        };
        let (index, workload) = workload;
        let own = |backend: &'b Backend, port: Option<u16>| Resolved {
            backend,
            service: self.call.host.to_string(),
            namespace: workload.object.id.namespace.to_string(),
            headless: false,
            own_pod: true,
            port,
        };
        if let Some(service) = self.call.port.and_then(|port| workload.upstream(port)) {
            return match self.backends.in_mesh(service) {
                Some((backend, port)) => Ok(own(backend, port)),
                None => {
                    let detail = format!(
                        "the proxy's upstream listener leads to service `{service}`, which is not among the files"
                    );
                    Err(Box::new(Route::unseen(&format!("{detail}; {}", self.settle))))
                }
            };
        }
        self.backends.in_pod(index).map(|backend| own(backend, None)).ok_or_else(|| self.own_pod())
    }

    /// One pod of a StatefulSet, by its name below that of the headless Service; `None` if it is not such a name.
    fn of_pod(&self) -> Option<Result<Resolved<'b>, End>> {
        let domain = self.mesh.options.domain.as_deref();
        let (pod, rest) = dns::of_pod(self.call.host, domain)?;
        let Target::Service(service, Some(namespace)) = dns::target(&rest, domain) else { return None };
        let backend = self.backends.at(&service, &namespace)?;
        let headless = backend.headless.contains(&service);
        let governed = |object: &Object<'_>| {
            *object.id.namespace == *namespace && object.spec().get("serviceName").str() == Some(&service)
        };
        let mut sets = self.mesh.set.all("apps", "StatefulSet").filter(governed).peekable();
        if headless && sets.peek().is_none() {
            return None;
        }
        let has = |object: Object<'_>| {
            let ordinal =
                pod.strip_prefix(&*object.id.name).and_then(|rest| rest.strip_prefix('-')?.parse::<i64>().ok());
            let replicas = object.spec().get("replicas");
            ordinal
                .is_some_and(|ordinal| ordinal < if replicas.exists() { replicas.int().unwrap_or(i64::MAX) } else { 1 })
        };
        if headless && sets.any(has) {
            return Some(Ok(Resolved { backend, namespace, service, headless, own_pod: false, port: None }));
        }
        let message = match headless {
            true => format!("no StatefulSet behind Service `{service}` has a pod `{pod}`"),
            false => format!("Service `{service}` is not headless, so its pods have no names of their own"),
        };
        Some(Err(self.nowhere(message)))
    }

    fn own_pod(&self) -> End {
        let host = self.call.host;
        if self.call.is_relay() && self.from.alone {
            let message = format!("`{host}` is the collector's own pod, in which nothing else runs");
            let problem = self.ends(Cause::Unresolvable, message, self.nearest(host));
            return Self::end("the address is that of the collector's own pod", problem);
        }
        if self.call.is_relay() {
            return Box::new(Route::unseen(&format!("`{host}` is the collector's own pod; {}", self.settle)));
        }
        let message = format!("`{host}` is the proxy's own pod, which does not run a collector");
        Self::end(
            "the address is that of the proxy's own pod",
            self.ends(Cause::Unresolvable, message, self.nearest(host)).fix(Trust::Unsafe, self.to_near(host)),
        )
    }

    /// Calls the Service that was probably meant.
    fn to_near(&self, name: &str) -> Vec<Edit> {
        let near = self.backends.closest_host(name).map(|near| near.to_string());
        let only = match self.backends.hosts() {
            [only] => Some(only.clone()),
            _ => None,
        };
        near.or(only).map_or_else(Vec::new, |host| self.call.towards(Some(&host), None))
    }

    /// The Service that was probably meant.
    fn nearest(&self, name: &str) -> String {
        match (self.backends.closest_host(name), self.backends.hosts()) {
            (Some(near), _) => format!("use `{near}`"),
            (None, [only]) => format!("use `{only}`"),
            (None, []) => self.settle.clone(),
            (None, more) => format!("use one of {}", suggest::some(more.iter().map(String::as_str), "")),
        }
    }

    /// A name or address that does not belong to a Service.
    fn outside(&self) -> End {
        let host = self.call.host;
        // Names of the cluster in a form that the search list does not complete: `x.ns.`, `x.ns.cluster.local`.
        let lower = host.to_ascii_lowercase();
        let labels: Vec<&str> = lower.trim_end_matches('.').split('.').collect();
        let ours = matches!(labels.as_slice(), [name, space, ..] if self.backends.at(name, space).is_some());
        let incomplete = lower.ends_with(".cluster.local") && !labels.contains(&"svc");
        // `a.b.ns.svc` is a pod behind Service `b`; if the namespace has other backends, it is a name with a dot.
        let dotted = matches!(labels.as_slice(), [_, service, space, "svc", ..]
            if self.backends.at(service, space).is_none() && self.backends.in_namespace(space).next().is_some());
        if ours || incomplete || dotted {
            return self.nowhere(format!(
                "`{host}` is not a complete Service name; use `<service>.<namespace>.svc.cluster.local`"
            ));
        }
        Box::new(Route::unseen(&format!("`{host}` is outside the cluster; {}", self.settle)))
    }

    /// No backend has this Service in the namespace of the lookup. `said`: the address names the namespace.
    fn not_there(&self, service: &str, looked_in: &str, said: bool) -> End {
        let place = match said {
            true => looked_in.to_string(),
            false if self.call.is_relay() => format!("{looked_in}, where the collector runs"),
            false => format!("{looked_in}, where this proxy runs"),
        };
        if let Some(other) = self.backends.named(service).next() {
            return self.elsewhere(other, service, &place, looked_in, said);
        }
        // With a backend in the same namespace, or a Service with a similar name, it is probably a mistake; otherwise
        // the collector may belong to another team.
        let neighbour = self.backends.in_namespace(looked_in).any(|backend| !backend.services.is_empty());
        let similar = self.backends.closest_service(service).is_some();
        if let Some(by) = installed(self.mesh, looked_in).filter(|_| !similar) {
            let detail = format!("Service `{service}` may be one that {by} installs; {}", self.settle);
            return Box::new(Route::unseen(&detail));
        }
        if neighbour || similar {
            let message = format!("there is no Service `{service}` in namespace {place}");
            let cause = if !said && !neighbour { Cause::BareHost } else { Cause::NoSuchService };
            let problem = self.ends(cause, message, self.nearest(service)).fix(Trust::Unsafe, self.to_near(service));
            return Self::end("the name does not resolve", problem);
        }
        if let Some(sidecar) = self.backends.in_namespace(looked_in).find(|backend| backend.services.is_empty()) {
            let message = format!("{} runs as a sidecar; the operator does not create a Service for it", sidecar.label);
            let help = "set `spec.mode: deployment`".to_string();
            return Self::end("the name does not resolve", self.ends(Cause::NoSuchService, message, help));
        }
        let comma = if said { "" } else { "," };
        let detail = format!("Service `{service}` in namespace {place}{comma} is not among the files; {}", self.settle);
        Box::new(Route::unseen(&detail))
    }

    /// The Service is in another namespace.
    fn elsewhere(&self, other: &Backend, service: &str, place: &str, looked_in: &str, said: bool) -> End {
        let own = other.namespace.clone().unwrap_or_default();
        if own.is_empty() || looked_in.is_empty() {
            let detail = "some objects have no namespace, so the files do not say whether they share one";
            return Box::new(Route::unseen(detail));
        }
        let host = self.call.host;
        let (cause, message) = match said {
            false => (
                Cause::BareHost,
                format!("`{host}` is looked up in namespace {place}; the collector's Service is in {own}"),
            ),
            true => {
                (Cause::NoSuchService, format!("there is no Service `{service}` in namespace {place}; it is in {own}"))
            }
        };
        let full = qualified(service, &own);
        let problem = self.ends(cause, message, format!("use `{full}`"));
        let only = self.backends.named(service).nth(1).is_none();
        let trust = if only { Trust::Safe } else { Trust::Unsafe };
        let problem = problem.fix(trust, self.call.towards(Some(&full), None));
        let problem = problem.note(format!("{} creates the Service", other.label), other.at.clone());
        Self::end("the name does not resolve", problem)
    }

    fn no_ipv6(&self, service: &str, at: Location) -> End {
        let message = format!("the cluster only uses IPv6 addresses, and Service `{service}` has none");
        let help = "remove `dns_lookup_family`, or set `ipFamilies: [IPv6]` on the Service in a cluster that has IPv6";
        let problem = Problem::new(Cause::Unresolvable, at, message, help);
        Self::end(
            "its address does not resolve",
            problem.note("the name to look up is here", self.call.host_at.clone()),
        )
    }

    /// Whether `--assume` includes this address, in any form.
    fn is_assumed(&self, meant: &Target) -> bool {
        let Some(port) = self.call.port else { return false };
        let host = self.call.host;
        let full = |target: &Target, own: Option<&str>| match target {
            Target::Service(service, said) => {
                Some((service.clone(), said.clone().or_else(|| own.map(str::to_string))?))
            }
            _ => None,
        };
        self.mesh.options.assume.iter().any(|(assumed, number)| {
            let given = dns::target(assumed, self.mesh.options.domain.as_deref());
            *number == port
                && (assumed.eq_ignore_ascii_case(host)
                    || full(&given, None).is_some_and(|given| full(meant, self.from.namespace) == Some(given)))
        })
    }
}
