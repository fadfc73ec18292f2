//! A collector on the way: follows the spans it accepts through each exporter, up to where Jaeger stores them.

use crate::check::cluster::backend::Backend;
use crate::check::cluster::backend::Backends;
use crate::check::cluster::backend::End;
use crate::check::cluster::backend::Feed;
use crate::check::cluster::backend::Sent;
use crate::check::cluster::backend::words;
use crate::check::cluster::mesh::Mesh;
use crate::check::hop::HopKind;
use crate::check::hop::State;
use crate::check::problem::Cause;
use crate::check::problem::Effect;
use crate::check::problem::Problem;
use crate::check::trace::address;
use crate::check::trace::address::Resolved;
use crate::check::trace::calls::Call;
use crate::check::trace::hops::From;
use crate::check::trace::hops::Leg;
use crate::check::trace::hops::Reached;
use crate::check::trace::hops::Route;
use crate::check::trace::port;
use crate::check::trace::storage;

/// How many exporters in a row are followed.
const LONGEST: usize = 16;
/// How many exporters of one collector are followed.
const WIDEST: usize = 32;

/// Follows the spans behind a receiver. They arrive if any exporter delivers them to a storage; otherwise the first
/// exporter that may do so counts, or else the first one.
pub(super) fn onward<'b>(
    mesh: &Mesh<'_>,
    backends: &'b Backends,
    resolved: &Resolved<'b>,
    feed: &'b Feed,
    route: &mut Route,
    through: &mut Vec<&'b Sent>,
) {
    let label = &resolved.backend.label;
    let mut ways: Vec<Route> = Vec::new();
    for end in feed.ends.iter().take(WIDEST) {
        ways.push(way(mesh, backends, resolved, end, through));
    }
    let Some(best) = ways.iter().enumerate().min_by_key(|(at, way)| (rank(way), *at)).map(|(at, _)| at) else {
        route.storage = (State::Unseen, format!("the traces pipelines of {label} have no exporter"));
        route.ui = route.storage.clone();
        return;
    };
    let chosen = ways.swap_remove(best);
    if !chosen.is_broken() {
        // The spans arrive through another exporter; exporters that drop them on purpose are not worth mentioning.
        let others = ways.into_iter().flat_map(|way| way.problems).filter(|problem| problem.cause != Cause::RelayEnds);
        route.problems.extend(others.map(|problem| Problem { effect: Effect::None, ..problem }));
    }
    route.relays.extend(chosen.relays);
    route.legs.extend(chosen.legs);
    route.outside = chosen.outside;
    (route.storage, route.ui) = (chosen.storage, chosen.ui);
    route.problems.extend(chosen.problems);
}

/// The route of the spans that go to one end.
fn way<'b>(
    mesh: &Mesh<'_>,
    backends: &'b Backends,
    resolved: &Resolved<'b>,
    end: &'b End,
    through: &mut Vec<&'b Sent>,
) -> Route {
    let label = &resolved.backend.label;
    match end {
        End::Kept(storage, ui) => {
            let mut way = Route::unseen("");
            storage::end(mesh, resolved.backend, [storage, ui], &mut way);
            way
        }
        End::Sent(sent) => send(mesh, backends, resolved, sent, through),
        End::Lost(name, at) => {
            let message = format!("the traces of {label} go to the exporter `{name}`, which does not deliver them");
            let help = "add an exporter to Jaeger to the traces pipeline";
            broken("spans end here", Problem::new(Cause::RelayEnds, at.clone(), message, help))
        }
        End::Unseen(detail) => relayed(State::Unseen, detail.clone(), Route::unseen(detail)),
        End::Broken(fault) => {
            let message = format!("{label}: {}", fault.why);
            broken(
                &fault.why,
                Problem::new(fault.cause, fault.at.clone(), message, fault.help.clone()).cured(fault.cure.clone()),
            )
        }
        End::Chosen(end, why) => {
            let way = way(mesh, backends, resolved, end, through);
            if way.is_broken() { way } else { relayed(State::Unseen, format!("{label}: {why}"), way) }
        }
    }
}

/// Ranks a route: it works, it may work, it does not.
fn rank(way: &Route) -> u8 {
    let seen = |state: State| state == State::Ok;
    let ok = way.relays.iter().all(|(state, _)| seen(*state)) && seen(way.storage.0) && seen(way.ui.0);
    match (way.is_broken(), ok) {
        (true, _) => 2,
        (false, false) => 1,
        (false, true) => 0,
    }
}

fn relayed(state: State, detail: String, mut rest: Route) -> Route {
    rest.relays.insert(0, (state, detail));
    rest
}

fn broken(detail: &str, problem: Problem) -> Route {
    let mut way = Route::unseen("spans do not get there");
    // A hop is broken only by a finding.
    way.relays.push((State::Unseen, detail.to_string()));
    way.breaks(HopKind::Relay, problem);
    way
}

fn send<'b>(
    mesh: &Mesh<'_>,
    backends: &'b Backends,
    resolved: &Resolved<'b>,
    sent: &'b Sent,
    through: &mut Vec<&'b Sent>,
) -> Route {
    let label = &resolved.backend.label;
    if through.iter().any(|known| known.at == sent.at && known.name == sent.name) {
        let message = format!("the exporter `{}` of {label} sends spans to where they came from", sent.name);
        let help = "send them to Jaeger";
        return broken("a circle", Problem::new(Cause::RelayLoop, sent.at.clone(), message, help));
    }
    if through.len() >= LONGEST {
        let detail = format!("more than {LONGEST} collectors in a row");
        return relayed(State::Unseen, detail.clone(), Route::unseen(&detail));
    }
    let call = Call {
        sender: format!("the exporter `{}` of {label}", sent.name),
        speaks: sent.speaks,
        jaeger: sent.jaeger,
        host: &sent.host,
        host_at: sent.at.clone(),
        port: sent.port,
        port_at: sent.at.clone(),
        tls: sent.tls,
        tls_at: sent.tls_at.clone(),
        tracer: None,
        path: sent.path.as_deref(),
        only_ipv6: None,
        written: sent.written.as_ref().map(|(text, at)| (text.as_str(), at.clone())),
        insecure: sent.insecure.as_ref(),
    };
    let from = From {
        namespace: resolved.backend.namespace.as_deref(),
        gateway: false,
        pod: None,
        alone: resolved.backend.alone && !resolved.own_pod,
    };
    through.push(sent);
    let mut rest = arrive(mesh, backends, &call, from, through);
    through.pop();
    let mut ends = false;
    for problem in &mut rest.problems {
        if let Effect::Breaks(hop @ (HopKind::Dns | HopKind::Service | HopKind::Receiver), _) = &mut problem.effect {
            *hop = HopKind::Relay;
            ends = true;
        }
    }
    let hops = [&rest.dns, &rest.service, &rest.receiver];
    let unseen = hops.into_iter().find(|(state, _)| *state != State::Ok);
    let protocol = if sent.jaeger { "Jaeger's own protocol" } else { words(sent.speaks) };
    let port = sent.port.map(|port| format!(":{port}")).unwrap_or_default();
    let tls = if sent.tls { "TLS" } else { "plain text" };
    let hop = match unseen {
        Some((_, detail)) => (State::Unseen, format!("`{}` of {label}: {detail}", sent.name)),
        None => (State::Ok, format!("`{}` of {label} -> {}{port} ({protocol}, {tls})", sent.name, sent.host)),
    };
    if ends {
        rest.relays.clear();
        let unseen = (State::Unseen, "spans do not get there".to_string());
        (rest.storage, rest.ui) = (unseen.clone(), unseen);
    }
    rest.relays.insert(0, hop);
    let from = resolved.backend.at.doc;
    rest.legs.splice(0..0, rest.reached.take().map(|to| Leg { from, to, hop: HopKind::Relay }));
    rest
}

/// Follows a call to where spans are stored. `through`: the exporters passed so far.
pub(super) fn arrive<'b>(
    mesh: &Mesh<'_>,
    backends: &'b Backends,
    call: &Call<'_>,
    from: From<'_>,
    through: &mut Vec<&'b Sent>,
) -> Route {
    let resolved = match address::resolve(mesh, backends, from, call) {
        Ok(resolved) => resolved,
        Err(route) => return *route,
    };
    let mut route = Route::unseen("");
    route.dns = (State::Ok, resolved.words(call.host));
    route.reached = call.port.filter(|_| !resolved.own_pod).map(|port| Reached {
        doc: resolved.backend.at.doc,
        label: resolved.backend.label.clone(),
        namespace: resolved.namespace.clone(),
        port,
        headless: resolved.headless,
    });
    match port::judge(mesh, call, &resolved, &mut route) {
        Some(feed) => onward(mesh, backends, &resolved, feed, &mut route, through),
        None => {
            let Backend { storage, ui, .. } = resolved.backend;
            storage::end(mesh, resolved.backend, [storage, ui], &mut route);
        }
    }
    route
}
