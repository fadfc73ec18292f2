//! The port of the collector's Service, and who listens behind it.

use crate::check::cluster::backend;
use crate::check::cluster::backend::Port;
use crate::check::cluster::mesh::Mesh;
use crate::check::cluster::tracer::Cluster;
use crate::check::cluster::tracer::Endpoint;
use crate::check::cluster::tracer::Speaks;
use crate::check::cluster::tracer::Tracer;
use crate::check::cursor::Location;
use crate::check::embedded::field;
use crate::check::hop::HopKind;
use crate::check::hop::State;
use crate::check::problem::Cause;
use crate::check::problem::Problem;
use crate::check::trace::address::Resolved;
use crate::check::trace::hops::Route;
use crate::check::trace::request;
use serde_json::Value;

/// Judges the Service's port and the receiver.
pub(super) fn judge(
    mesh: &Mesh<'_>,
    tracer: &Tracer,
    resolved: &Resolved<'_>,
    endpoint: &Endpoint,
    cluster: &Cluster,
    route: &mut Route,
) {
    let port = endpoint.port.unwrap_or_default();
    let Some(port_at) = mesh.tracing.in_clusters(&endpoint.port_at) else { return };
    let label = &resolved.backend.label;
    match resolved.ports().get(&port) {
        None if resolved.ports().is_empty() => {
            route.service = (State::Unseen, format!("the ports of {label} are not among the files"));
        }
        None => {
            let message = match resolved.headless {
                true => format!("nothing in the pods of {label} listens on {port}"),
                false => format!("{label} has no port {port} on Service `{}`", resolved.service),
            };
            let help = fitting(resolved, tracer.speaks);
            route.breaks(HopKind::Service, Problem::new(Cause::WrongPort, port_at, message, help));
        }
        Some(state) => {
            route.service = (State::Ok, format!("{}:{port} of {label}", resolved.service));
            receiver(tracer, resolved, state, (port, &port_at), route);
            if route.receiver.0 == State::Ok && field(&cluster.json, "transport_socket").is_some_and(is_tls) {
                let message = format!("the cluster uses TLS, but port {port} of {label} expects plaintext");
                let problem = Problem::new(Cause::WrongPort, port_at, message, "remove `transport_socket`");
                route.breaks(HopKind::Receiver, problem);
            }
            if route.receiver.0 == State::Ok {
                request::judge(mesh, resolved.backend, tracer, route);
            }
        }
    }
}

fn receiver(
    tracer: &Tracer,
    resolved: &Resolved<'_>,
    state: &Port,
    (port, port_at): (u16, &Location),
    route: &mut Route,
) {
    let sends = backend::words(tracer.speaks);
    let mut wrong = |takes: &str| {
        let message = format!("port {port} expects {takes}, but the tracer sends {sends}");
        let help = fitting(resolved, tracer.speaks);
        route.breaks(HopKind::Receiver, Problem::new(Cause::WrongPort, port_at.clone(), message, help));
    };
    match state {
        Port::Accepts(speaks) if *speaks == tracer.speaks => route.receiver = (State::Ok, sends.to_string()),
        Port::Accepts(speaks) => wrong(backend::words(*speaks)),
        Port::WrongProtocol(what) => wrong(what),
        Port::Refused(fault) => {
            let message = format!("nothing listens behind port {port} of {}: {}", resolved.backend.label, fault.why);
            let problem = Problem::new(fault.cause, fault.at.clone(), message, fault.help.clone());
            route.breaks(HopKind::Receiver, problem.note("spans are sent to this port", port_at.clone()));
        }
        Port::Unknown(detail) => route.receiver = (State::Unseen, detail.clone()),
    }
}

/// Which port of the Service accepts what the tracer sends.
fn fitting(resolved: &Resolved<'_>, speaks: Speaks) -> String {
    let takes = |state: &Port| matches!(state, Port::Accepts(taken) if *taken == speaks);
    match resolved.ports().iter().find(|(_, state)| takes(state)) {
        Some((port, _)) => format!("use port {port}"),
        None => format!("{} has no receiver for {}", resolved.backend.label, backend::words(speaks)),
    }
}

fn is_tls((_, socket): (&str, &Value)) -> bool {
    socket.get("name").and_then(Value::as_str).is_none_or(|name| !name.contains("raw_buffer"))
}
