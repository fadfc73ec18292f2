//! The second half of a path: from the tracer's cluster to where spans are kept, as seen from one namespace.

use crate::check::backend;
use crate::check::backend::Backend;
use crate::check::backend::Backends;
use crate::check::backend::Fact;
use crate::check::backend::Port;
use crate::check::dns;
use crate::check::dns::Target;
use crate::check::hop::HopKind;
use crate::check::hop::State;
use crate::check::mesh::Mesh;
use crate::check::request;
use crate::check::rule::At;
use crate::check::rule::Rule;
use crate::check::rules::collector;
use crate::check::tracer::Cluster;
use crate::check::tracer::Endpoint;
use crate::check::tracer::Speaks;
use crate::check::tracer::Tracer;
use crate::finding::Severity;
use crate::suggest;

/// A hop as far as the collector decides it.
pub(crate) type Seen = (State, String);

/// Why spans get no further.
#[derive(Clone, Debug)]
pub(crate) struct Flaw {
    pub(crate) rule: &'static Rule,
    pub(crate) hop: HopKind,
    pub(crate) severity: Severity,
    /// Whether spans stop here; a flaw may also be one of quality.
    pub(crate) stops: bool,
    pub(crate) at: At,
    pub(crate) message: String,
    pub(crate) help: String,
    pub(crate) note: Option<(String, At)>,
}

/// What happens to spans after the tracer.
#[derive(Clone, Debug)]
pub(crate) struct Way {
    pub(crate) dns: Seen,
    pub(crate) service: Seen,
    pub(crate) receiver: Seen,
    pub(crate) storage: Seen,
    pub(crate) ui: Seen,
    pub(crate) flaws: Vec<Flaw>,
}

impl Way {
    fn unseen(detail: &str) -> Way {
        let seen = || (State::Unseen, detail.to_string());
        Way { dns: seen(), service: seen(), receiver: seen(), storage: seen(), ui: seen(), flaws: Vec::new() }
    }

    fn stop(mut self, flaw: Flaw) -> Way {
        self.flaws.push(flaw);
        self
    }
}

/// So many addresses of a cluster are followed, from each namespace that has proxies.
const FOLLOWED: usize = 64;

const CLUSTERS: &str = "/spec/config/envoy_extra_static_clusters_json";

/// The way of the spans of `tracer` from a pod in `namespace`, `None` when nothing says where the pod is. Of several
/// addresses the first that works counts.
pub(crate) fn way(mesh: &Mesh<'_>, backends: &Backends, tracer: &Tracer, namespace: Option<&str>) -> Way {
    let Some(defaults) = mesh.defaults else { return Way::unseen("no ProxyDefaults among the files") };
    let cluster = tracer.cluster.as_ref().and_then(|(name, _)| mesh.cluster(name));
    let Some(cluster) = cluster else { return Way::unseen("the cluster is not known") };
    let mut first = None;
    for (number, endpoint) in cluster.endpoints.iter().filter(|endpoint| !endpoint.host.is_empty()).enumerate() {
        if number >= FOLLOWED {
            return Way::unseen(&format!(
                "the cluster has more than {FOLLOWED} addresses, of which no more are followed"
            ));
        }
        let way = to_endpoint(mesh, backends, tracer, namespace, endpoint, (defaults, cluster));
        if !way.flaws.iter().any(|flaw| flaw.stops) {
            return way;
        }
        first = first.or(Some(way));
    }
    first.unwrap_or_else(|| Way::unseen("the cluster has no address"))
}

fn to_endpoint(
    mesh: &Mesh<'_>,
    backends: &Backends,
    tracer: &Tracer,
    namespace: Option<&str>,
    endpoint: &Endpoint,
    (defaults, cluster): (usize, &Cluster),
) -> Way {
    let host = &endpoint.host;
    let host_at = At::object(defaults, CLUSTERS).inner(endpoint.host_at.clone());
    let flaw = |rule, hop, at: &At, message: String, help: String| Flaw {
        rule,
        hop,
        severity: Severity::Error,
        stops: true,
        at: at.clone(),
        message,
        help,
        note: None,
    };
    let port = endpoint.port.unwrap_or_default();
    let settle = format!("`--assume {host}:{port}` says that it is there");
    let near = |host: &str| match (backends.closest_host(host), backends.hosts()) {
        (Some(near), _) => format!("use `{near}`"),
        (None, [only]) => format!("use `{only}`"),
        (None, []) => settle.clone(),
        (None, more) => format!("use one of {}", suggest::some(more.iter().map(String::as_str), "")),
    };
    let domain = mesh.options.domain.as_deref();
    let meant = dns::target(host, domain);
    if let Some(way) = assumed(mesh, &meant, endpoint, namespace) {
        return way;
    }
    let (service, said) = match meant {
        Target::Service(service, said) => (service, said),
        Target::Nowhere(why) => {
            let message = format!("the collector's address resolves nowhere: {why}");
            return Way::unseen("its address does not resolve").stop(flaw(
                &collector::ADDRESS,
                HopKind::Dns,
                &host_at,
                message,
                near(host),
            ));
        }
        Target::OtherDomain(domain) => {
            let detail = format!("right where the cluster's domain is `{domain}`; {settle}");
            return Way::unseen(&detail);
        }
        Target::Outside | Target::Address => {
            // The cluster's own names in a form that no search list completes: `x.ns.`, `x.ns.cluster.local`.
            let lower = host.to_ascii_lowercase();
            let labels: Vec<&str> = lower.trim_end_matches('.').split('.').collect();
            let ours = matches!(labels.as_slice(), [name, space, ..] if backends.at(name, space).is_some());
            let incomplete = lower.ends_with(".cluster.local") && !labels.contains(&"svc");
            // `a.b.ns.svc` is a pod behind Service `b`; where the namespace has other backends it is a name with a dot.
            let dotted = matches!(labels.as_slice(), [_, service, space, "svc", ..]
                if backends.at(service, space).is_none()
                    && backends.in_namespace(space).next().is_some());
            if ours || incomplete || dotted {
                let message = format!("`{host}` is no name of the cluster in full, and no search list completes it");
                return Way::unseen("its address does not resolve").stop(flaw(
                    &collector::ADDRESS,
                    HopKind::Dns,
                    &host_at,
                    message,
                    near(host),
                ));
            }
            if let Ok(address) = host.parse::<std::net::IpAddr>()
                && address.is_loopback()
            {
                let message = format!("`{host}` is the proxy's own pod, no collector is there");
                return Way::unseen("the proxy's own pod").stop(flaw(
                    &collector::ADDRESS,
                    HopKind::Dns,
                    &host_at,
                    message,
                    near(host),
                ));
            }
            return Way::unseen(&format!("`{host}` is outside the cluster; {settle}"));
        }
    };
    if service == "localhost" && said.is_none() {
        let message = "`localhost` is the proxy's own pod, no collector is there".to_string();
        return Way::unseen("the proxy's own pod").stop(flaw(
            &collector::ADDRESS,
            HopKind::Dns,
            &host_at,
            message,
            near(host),
        ));
    }
    // A bare name is looked for in the pod's own namespace and nowhere else.
    let Some(looked_in) = said.as_deref().or(namespace) else {
        return Way::unseen(&format!(
            "`{host}` is found in its own namespace only, and no file says where the pods are"
        ));
    };
    let Some(backend) = backends.at(&service, looked_in) else {
        let place = match said.is_some() {
            true => looked_in.to_string(),
            false => format!("{looked_in}, where this proxy runs"),
        };
        if let Some(other) = backends.named(&service).next() {
            let own = other.namespace.clone().unwrap_or_default();
            if own.is_empty() || looked_in.is_empty() {
                return Way::unseen("some objects say no namespace, so nobody knows whether they meet");
            }
            let (rule, message) = match said.is_some() {
                false => (
                    &collector::QUALIFIED,
                    format!("`{host}` is looked up in namespace {place}; the collector's Service is in {own}"),
                ),
                true => (
                    &collector::EXISTS,
                    format!("there is no Service `{service}` in namespace {place}; it is in {own}"),
                ),
            };
            let mut flaw =
                flaw(rule, HopKind::Dns, &host_at, message, format!("use `{service}.{own}.svc.cluster.local`"));
            flaw.note = Some((format!("{} makes the Service", other.label), other.at.clone()));
            return Way::unseen("the name does not resolve").stop(flaw);
        }
        // A backend in the very namespace, or a name that is nearly one of its Services, makes a slip of what could
        // otherwise be a collector of somebody else.
        let neighbour = backends.in_namespace(looked_in).find(|backend| !backend.services.is_empty());
        if neighbour.is_some() || backends.closest_service(&service).is_some() {
            let message = format!("there is no Service `{service}` in namespace {place}");
            let rule = if said.is_none() && neighbour.is_none() { &collector::QUALIFIED } else { &collector::EXISTS };
            return Way::unseen("the name does not resolve").stop(flaw(
                rule,
                HopKind::Dns,
                &host_at,
                message,
                near(&service),
            ));
        }
        if let Some(sidecar) = backends.in_namespace(looked_in).find(|backend| backend.services.is_empty()) {
            let message = format!("{} runs as sidecars, for which the operator makes no Service", sidecar.label);
            return Way::unseen("the name does not resolve").stop(flaw(
                &collector::EXISTS,
                HopKind::Dns,
                &host_at,
                message,
                "set `spec.mode: deployment`".to_string(),
            ));
        }
        return Way::unseen(&format!("Service `{service}` in namespace {place} is not among the files; {settle}"));
    };
    if let Some(key) = cluster.only_ipv6().filter(|_| !mesh.has_ipv6()) {
        let at = At::object(defaults, CLUSTERS).inner(format!("{}/{key}", cluster.pointer));
        let message = format!("Service `{service}` has no IPv6 address, and the cluster asks for no other");
        let help = "remove `dns_lookup_family`, or say `ipFamilies: [IPv6]` in a Service where the cluster has them";
        let mut flaw = flaw(&collector::ADDRESS, HopKind::Dns, &at, message, help.to_string());
        flaw.note = Some(("the name looked up is here".to_string(), host_at.clone()));
        return Way::unseen("its address does not resolve").stop(flaw);
    }
    to_port(
        backend,
        tracer,
        endpoint,
        (defaults, &cluster.json),
        format!("{host} -> {service} in {looked_in}"),
        &service,
        flaw,
    )
}

fn to_port(
    backend: &Backend,
    tracer: &Tracer,
    endpoint: &Endpoint,
    (defaults, cluster): (usize, &serde_json::Value),
    resolved: String,
    service: &str,
    flaw: impl Fn(&'static Rule, HopKind, &At, String, String) -> Flaw,
) -> Way {
    let port = endpoint.port.unwrap_or_default();
    let port_at = At::object(defaults, CLUSTERS).inner(endpoint.port_at.clone());
    let mut way = Way::unseen("");
    way.dns = (State::Ok, resolved);
    let label = &backend.label;
    // The name of a headless Service is the pods' own address, so that whatever they listen on answers.
    let headless = backend.headless.iter().any(|name| name == service);
    let ports = if headless { &backend.pod } else { &backend.ports };
    let fitting = |speaks| {
        ports.iter().find(|(_, state)| matches!(state, Port::Takes(taken) if *taken == speaks)).map(|(port, _)| *port)
    };
    let help = |speaks| match fitting(speaks) {
        Some(port) => format!("use port {port}"),
        None => format!("{label} takes no {}", backend::words(speaks)),
    };
    match ports.get(&port) {
        None if ports.is_empty() => {
            way.service = (State::Unseen, format!("the ports of {label} are not among the files"));
        }
        None => {
            let message = match headless {
                true => format!("nothing in the pods of {label} listens on {port}"),
                false => format!("{label} has no port {port} on Service `{service}`"),
            };
            way.flaws.push(flaw(&collector::PORT, HopKind::Service, &port_at, message, help(tracer.speaks)));
        }
        Some(state) => {
            way.service = (State::Ok, format!("{service}:{port} of {label}"));
            match state {
                Port::Takes(speaks) if *speaks == tracer.speaks => {
                    way.receiver = (State::Ok, backend::words(*speaks).to_string());
                }
                Port::Takes(speaks) => {
                    let message = format!(
                        "port {port} takes {}, the tracer sends {}",
                        backend::words(*speaks),
                        backend::words(tracer.speaks)
                    );
                    way.flaws.push(flaw(&collector::PORT, HopKind::Receiver, &port_at, message, help(tracer.speaks)));
                }
                Port::Deaf(what) => {
                    let message =
                        format!("port {port} takes {what}, the tracer sends {}", backend::words(tracer.speaks));
                    way.flaws.push(flaw(&collector::PORT, HopKind::Receiver, &port_at, message, help(tracer.speaks)));
                }
                Port::Closed(rule, why, help, at) => {
                    let message = format!("nobody listens behind port {port} of {label}: {why}");
                    let mut flaw = flaw(rule, HopKind::Receiver, at, message, help.clone());
                    flaw.note = Some(("spans are sent here".to_string(), port_at.clone()));
                    way.flaws.push(flaw);
                }
                Port::Unknown(detail) => way.receiver = (State::Unseen, detail.clone()),
            }
        }
    }
    for (fact, hop) in [(&backend.storage, HopKind::Storage), (&backend.ui, HopKind::Ui)] {
        let seen = match fact {
            Fact::Ok(detail) => (State::Ok, detail.clone()),
            Fact::Unseen(detail) => (State::Unseen, detail.clone()),
            Fact::Broken(rule, message, help, at) => {
                way.flaws.push(flaw(rule, hop, at, message.clone(), help.clone()));
                (State::Broken, message.clone())
            }
        };
        match hop {
            HopKind::Storage => way.storage = seen,
            _ => way.ui = seen,
        }
    }
    if way.receiver.0 == State::Ok && crate::check::embedded::field(cluster, "transport_socket").is_some_and(is_tls) {
        let message = format!("the cluster speaks TLS, port {port} of {label} plain text");
        way.flaws.push(flaw(
            &collector::PORT,
            HopKind::Receiver,
            &port_at,
            message,
            "remove `transport_socket`".to_string(),
        ));
    }
    if way.receiver.0 == State::Ok {
        match tracer.speaks {
            Speaks::Zipkin => request::zipkin(backend, tracer, defaults, &mut way),
            Speaks::OtlpHttp => request::otlp(backend, tracer, defaults, &mut way),
            _ => {}
        }
    }
    way
}

fn is_tls((_, socket): (&str, &serde_json::Value)) -> bool {
    socket.get("name").and_then(serde_json::Value::as_str).is_none_or(|name| !name.contains("raw_buffer"))
}

/// Whether `--assume` names this address, in whatever form.
fn assumed(mesh: &Mesh<'_>, meant: &Target, endpoint: &Endpoint, namespace: Option<&str>) -> Option<Way> {
    let port = endpoint.port?;
    let full = |target: &Target, own: Option<&str>| match target {
        Target::Service(service, said) => Some((service.clone(), said.clone().or_else(|| own.map(str::to_string))?)),
        _ => None,
    };
    let same = |host: &str| {
        let given = dns::target(host, mesh.options.domain.as_deref());
        let bare = matches!(given, Target::Service(_, None));
        host.eq_ignore_ascii_case(&endpoint.host) && !bare
            || bare && host.eq_ignore_ascii_case(&endpoint.host)
            || full(&given, None).is_some_and(|given| full(meant, namespace) == Some(given))
    };
    let assumed = mesh.options.assume.iter().any(|(host, number)| *number == port && same(host));
    assumed.then(|| {
        let ok = || (State::Ok, format!("assumed: {}:{port}", endpoint.host));
        Way { dns: ok(), service: ok(), receiver: ok(), storage: ok(), ui: ok(), flaws: Vec::new() }
    })
}
