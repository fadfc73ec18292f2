//! The store of a backend: whether the Elasticsearch or Cassandra that Jaeger writes to is among the files.

use crate::check::cluster::backend::Backend;
use crate::check::cluster::backend::Fact;
use crate::check::cluster::backend::Store;
use crate::check::cluster::mesh::Mesh;
use crate::check::hop::HopKind;
use crate::check::hop::State;
use crate::check::input::set::Object;
use crate::check::problem::Cause;
use crate::check::problem::Problem;
use crate::check::trace::dns;
use crate::check::trace::dns::Target;
use crate::check::trace::hops;
use crate::check::trace::hops::Address;
use crate::check::trace::hops::Leg;
use crate::check::trace::hops::Outside;
use crate::check::trace::hops::Reached;
use crate::check::trace::hops::Route;
use crate::stack::kube;

/// Sets the storage and the UI of a route that ends in this backend.
pub(super) fn end(mesh: &Mesh<'_>, backend: &Backend, [storage, ui]: [&Fact; 2], route: &mut Route) {
    route.storage = match storage {
        Fact::Store(store) => kept(mesh, backend, store, route),
        fact => hops::keeps(fact, HopKind::Storage, &mut route.problems),
    };
    route.ui = hops::keeps(ui, HopKind::Ui, &mut route.problems);
}

/// The first address that leads to a Service among the files counts; if there is none, the first address.
fn kept(mesh: &Mesh<'_>, backend: &Backend, store: &Store, route: &mut Route) -> (State, String) {
    let mut unseen = None;
    let there = |(host, _): &(String, u16)| service(mesh, backend, host).is_some();
    if !store.addresses.is_empty() && !store.addresses.iter().any(there) {
        let addresses = store.addresses.iter().map(|(host, port)| address(mesh, backend, host, *port)).collect();
        route.outside = Some(Outside { from: backend.at.doc, addresses });
    }
    for (host, port) in &store.addresses {
        let settle = format!("`--assume {host}:{port}` treats it as working");
        let assumed = mesh.options.assume.iter().any(|(known, at)| known.eq_ignore_ascii_case(host) && at == port);
        if assumed {
            return (State::Ok, format!("{} (assumed: {host}:{port})", store.kind));
        }
        let Some(service) = service(mesh, backend, host) else {
            unseen.get_or_insert_with(|| format!("{} at {host}:{port} is not among the files; {settle}", store.kind));
            continue;
        };
        let label = service.id.to_string();
        let ports = service.spec().get("ports");
        let named = ports.items().any(|at| at.get("port").port() == Some(*port));
        let headless = service.spec().get("clusterIP").text() == "None";
        if !named && !headless && !ports.list().is_empty() {
            let message = format!("{} is expected at {host}:{port}, and {label} has no port {port}", store.kind);
            let problem = Problem::new(Cause::StorageAddress, store.at.clone(), message, "use a port of that Service");
            route.breaks(HopKind::Storage, problem);
            return (State::Unseen, format!("{host}:{port} does not answer"));
        }
        let namespace = service.id.namespace.to_string();
        let doc = service.name().location().doc;
        let to = Reached { doc, label: label.clone(), namespace, port: *port, headless };
        route.legs.push(Leg { from: backend.at.doc, to, hop: HopKind::Storage });
        return (State::Ok, format!("{} ({label})", store.kind));
    }
    (State::Unseen, unseen.unwrap_or_else(|| format!("the files do not say where {} is", store.kind)))
}

fn address(mesh: &Mesh<'_>, backend: &Backend, host: &str, port: u16) -> Address {
    let target = dns::target(host, mesh.options.domain.as_deref());
    let namespace = match &target {
        Target::Service(_, said) => Some(said.clone().or_else(|| backend.namespace.clone()).unwrap_or_default()),
        Target::OtherDomain(_) => Some(String::new()),
        _ => None,
    };
    Address { host: host.to_string(), port, namespace, is_number: matches!(target, Target::Address) }
}

/// The Service that a name means in the backend's pods.
fn service<'a>(mesh: &Mesh<'a>, backend: &Backend, host: &str) -> Option<Object<'a>> {
    let Target::Service(name, said) = dns::target(host, mesh.options.domain.as_deref()) else { return None };
    let namespace = said.or_else(|| backend.namespace.clone())?;
    mesh.set.all(kube::CORE, "Service").find(|service| *service.id.name == *name && *service.id.namespace == *namespace)
}
