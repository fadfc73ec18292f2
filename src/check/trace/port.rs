//! The port of the collector's Service, and what listens behind it.

use crate::check::cluster::backend;
use crate::check::cluster::backend::Feed;
use crate::check::cluster::backend::Port;
use crate::check::cluster::mesh::Mesh;
use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::hop::HopKind;
use crate::check::hop::State;
use crate::check::problem::Cause;
use crate::check::problem::Problem;
use crate::check::trace::address::Resolved;
use crate::check::trace::calls::Call;
use crate::check::trace::hops::Route;
use crate::check::trace::request;
use crate::stack::jaeger;

/// Checks the Service's port and the receiver. Returns where the spans go if a collector accepts them.
pub(super) fn judge<'b>(
    mesh: &Mesh<'_>,
    call: &Call<'_>,
    resolved: &Resolved<'b>,
    route: &mut Route,
) -> Option<&'b Feed> {
    let port = resolved.port.or(call.port).unwrap_or_default();
    let label = &resolved.backend.label;
    let Some(state) = resolved.port(port) else {
        if resolved.has_no_ports() {
            route.service = (State::Unseen, format!("the ports of {label} are not among the files"));
            return None;
        }
        let message = match (resolved.headless, resolved.own_pod) {
            (_, true) => format!("nothing in {label} listens on {port}"),
            (true, _) => format!("nothing in the pods of {label} listens on {port}"),
            _ => format!("{label} has no port {port} on Service `{}`", resolved.service),
        };
        let help = fitting(resolved, call);
        let problem = Problem::new(call.cause(Cause::WrongPort), call.port_at.clone(), message, help)
            .fix(Trust::Safe, to_fitting(resolved, call));
        route.breaks(HopKind::Service, problem);
        return None;
    };
    route.service = (State::Ok, format!("{}:{port} of {label}", resolved.service));
    let state = match state {
        Port::OwnPod(_, inside) if resolved.own_pod => inside,
        state => state,
    };
    receiver(call, resolved, state, port, route);
    if route.receiver.0 != State::Ok {
        return None;
    }
    let feed = match state {
        Port::Feeds(_, feed) => Some(&**feed),
        _ => None,
    };
    let expects = feed.is_some_and(|feed| feed.tls);
    if call.tls != expects {
        encryption(call, label, port, route);
        return None;
    }
    request::judge(mesh, resolved.backend, feed, call, route);
    feed
}

/// One end uses TLS and the other does not.
fn encryption(call: &Call<'_>, label: &str, port: u16, route: &mut Route) {
    let cause = if call.is_relay() { Cause::RelayTls } else { Cause::WrongPort };
    let (message, help) = match (call.tls, call.is_relay()) {
        (true, false) => {
            (format!("the cluster uses TLS, but port {port} of {label} expects plaintext"), "remove `transport_socket`")
        }
        (true, true) => (
            format!("{} uses TLS, but port {port} of {label} expects plain text", call.sender),
            if call.path.is_some() { "use `http://`" } else { "set `tls: {insecure: true}`" },
        ),
        (false, _) => (
            format!("{} sends plain text, but port {port} of {label} expects TLS", call.sender),
            "use TLS, or remove `tls` from the receiver",
        ),
    };
    let cure = (call.tls && call.is_relay()).then(|| call.in_plain_text()).flatten();
    let problem = Problem::new(cause, call.tls_at.clone(), message, help).fix(Trust::Safe, cure);
    route.breaks(HopKind::Receiver, problem);
}

fn receiver(call: &Call<'_>, resolved: &Resolved<'_>, state: &Port, port: u16, route: &mut Route) {
    let sends = if call.jaeger { "Jaeger's own protocol" } else { backend::words(call.speaks) };
    let mut wrong = |takes: &str| {
        let message = format!("port {port} expects {takes}, but {} sends {sends}", call.sender);
        let help = fitting(resolved, call);
        let problem = Problem::new(call.cause(Cause::WrongPort), call.port_at.clone(), message, help)
            .fix(Trust::Safe, to_fitting(resolved, call));
        route.breaks(HopKind::Receiver, problem);
    };
    match state {
        Port::WrongProtocol(_) if call.jaeger && port == jaeger::GRPC => {
            route.receiver = (State::Ok, sends.to_string());
        }
        Port::Accepts(speaks) | Port::Feeds(speaks, _) if *speaks == call.speaks => {
            route.receiver = (State::Ok, sends.to_string());
        }
        Port::Accepts(speaks) | Port::Feeds(speaks, _) => wrong(backend::words(*speaks)),
        Port::WrongProtocol(what) => wrong(what),
        Port::Refused(fault) | Port::OwnPod(fault, _) => {
            let message = format!("nothing listens behind port {port} of {}: {}", resolved.backend.label, fault.why);
            let problem =
                Problem::new(fault.cause, fault.at.clone(), message, fault.help.clone()).cured(fault.cure.clone());
            route.breaks(HopKind::Receiver, problem.note("spans are sent to this port", call.port_at.clone()));
        }
        Port::Unknown(detail) => route.receiver = (State::Unseen, detail.clone()),
    }
}

/// The port of the Service that accepts what is sent.
fn fitting_port(resolved: &Resolved<'_>, call: &Call<'_>) -> Option<u16> {
    resolved.first_port(|state| state.accepts() == Some(call.speaks))
}

/// Calls that port.
fn to_fitting(resolved: &Resolved<'_>, call: &Call<'_>) -> Option<Edit> {
    call.towards(None, Some(fitting_port(resolved, call).filter(|_| !call.jaeger)?)).into_iter().next()
}
/// Which port of the Service accepts the protocol.
fn fitting(resolved: &Resolved<'_>, call: &Call<'_>) -> String {
    match fitting_port(resolved, call) {
        Some(port) => format!("use port {port}"),
        None => format!("{} has no receiver for {}", resolved.backend.label, backend::words(call.speaks)),
    }
}
