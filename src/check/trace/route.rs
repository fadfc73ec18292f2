//! The second half of a path: from the tracer's cluster to where spans are stored, as seen from one namespace.
//!
//! Each route is followed once; proxies of the same kind in the same namespace share it.

use crate::check::cluster::backend::Backends;
use crate::check::cluster::mesh::Mesh;
use crate::check::cluster::tracer::Tracer;
use crate::check::cursor::Location;
use crate::check::hop::HopKind;
use crate::check::problem::Effect;
use crate::check::problem::Problem;
use crate::check::problem::Scope;
use crate::check::trace::calls;
use crate::check::trace::hops::From;
use crate::check::trace::hops::Route;
use crate::check::trace::policy;
use crate::check::trace::policy::PolicyEffects;
use crate::check::trace::relay;
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// Proxies of the same kind in the same namespace.
struct Group {
    proxies: Vec<usize>,
    route: Route,
}

/// What proxies that share a route have in common: whether they are gateways, their namespace, and their workload where
/// it matters.
type Kind<'a> = (bool, Option<&'a str>, Option<usize>);

/// The routes of all proxies.
pub(crate) struct Routes {
    groups: Vec<Group>,
    by_proxy: HashMap<usize, usize>,
    /// How NetworkPolicies affect them.
    policies: PolicyEffects,
}

impl Routes {
    /// Follows the route of each group of proxies with a tracer.
    pub(crate) fn of(mesh: &Mesh<'_>, backends: &Backends) -> Routes {
        let mut members: BTreeMap<Kind<'_>, Vec<usize>> = BTreeMap::new();
        let own_pod = [true, false].map(|gateway| calls::own_pod(mesh, gateway));
        for (index, proxy) in mesh.proxies.iter().enumerate() {
            let gateway = proxy.is_gateway();
            // What is in the proxy's own pod differs between workloads.
            let pod = proxy.workload.filter(|_| own_pod[usize::from(!gateway)]);
            members.entry((gateway, proxy.namespace.as_deref(), pod)).or_default().push(index);
        }
        // Even without any proxies in the files, the collector is checked.
        if members.is_empty() {
            members.insert((true, None, None), Vec::new());
        }
        let mut routes = Routes { groups: Vec::new(), by_proxy: HashMap::new(), policies: PolicyEffects::default() };
        for ((gateway, namespace, pod), proxies) in members {
            let Some(tracer) = mesh.tracing.of(gateway) else { continue };
            let from = From { namespace, gateway, pod, alone: false };
            let route = follow(mesh, backends, tracer, from);
            routes.by_proxy.extend(proxies.iter().map(|proxy| (*proxy, routes.groups.len())));
            routes.groups.push(Group { proxies, route });
        }
        routes.policies = policy::judge(mesh, |proxy| routes.route(proxy));
        routes
    }

    /// The route of a proxy; `None` if it has no tracer.
    pub(crate) fn route(&self, proxy: usize) -> Option<&Route> {
        self.by_proxy.get(&proxy).map(|group| &self.groups[*group].route)
    }

    /// Why it depends on something outside the files whether a hop of a proxy works.
    pub(crate) fn unsettled(&self, proxy: usize, hop: HopKind) -> Option<&str> {
        self.policies.unseen.get(&(proxy, hop)).map(String::as_str)
    }

    /// What keeps people from the UI.
    pub(crate) fn ui(&self) -> Option<&str> {
        self.policies.ui.as_deref()
    }

    /// Likewise for the entry of requests, by gateway and service.
    pub(crate) fn between(&self) -> &HashMap<(usize, usize), String> {
        &self.policies.between
    }

    /// The problems on the routes, each once, with all affected proxies.
    pub(crate) fn problems(&self, mesh: &Mesh<'_>) -> Vec<Problem> {
        let mut met: Vec<(&Problem, Vec<usize>)> = Vec::new();
        let mut known: HashMap<(&Location, &str), usize> = HashMap::new();
        for Group { proxies, route } in &self.groups {
            for problem in &route.problems {
                match known.entry((&problem.at, &problem.message)) {
                    Entry::Occupied(at) => met[*at.get()].1.extend(proxies),
                    Entry::Vacant(new) => {
                        new.insert(met.len());
                        met.push((problem, proxies.clone()));
                    }
                }
            }
        }
        let policies = self.policies.problems.iter().map(|problem| match &problem.effect {
            Effect::Breaks(_, Scope::Proxies(proxies)) => for_proxies(mesh, problem, proxies.clone()),
            _ => problem.clone(),
        });
        met.into_iter().map(|(problem, proxies)| for_proxies(mesh, problem, proxies)).chain(policies).collect()
    }
}

/// The problem with the affected proxies.
fn for_proxies(mesh: &Mesh<'_>, problem: &Problem, proxies: Vec<usize>) -> Problem {
    let mut problem = problem.clone();
    let Effect::Breaks(hop, _) = problem.effect else { return problem };
    let names: Vec<&str> = proxies.iter().take(3).map(|index| &*mesh.proxies[*index].name).collect();
    match proxies.len().saturating_sub(names.len()) {
        _ if names.is_empty() => {}
        0 => problem.message = format!("{}; spans of {} do not arrive", problem.message, names.join(", ")),
        more => {
            problem.message =
                format!("{}; spans of {} and {more} more do not arrive", problem.message, names.join(", "));
        }
    }
    problem.effect = Effect::Breaks(hop, Scope::Proxies(proxies));
    problem
}

/// How many addresses of a cluster are followed, from each namespace with proxies.
const FOLLOWED: usize = 64;

/// Follows the spans of `tracer` from a pod. If the cluster has several addresses, the first one that works counts.
fn follow(mesh: &Mesh<'_>, backends: &Backends, tracer: &Tracer, from: From<'_>) -> Route {
    let calls = match calls::of(mesh, tracer) {
        Ok(calls) => calls,
        Err(why) => return Route::unseen(why),
    };
    let mut first = None;
    for (number, call) in calls.iter().enumerate() {
        if number >= FOLLOWED {
            return Route::unseen(&format!(
                "the cluster has more than {FOLLOWED} addresses, and none of the first {FOLLOWED} works"
            ));
        }
        let route = relay::arrive(mesh, backends, call, from, &mut Vec::new());
        if !route.is_broken() {
            return route;
        }
        first = first.or(Some(route));
    }
    first.unwrap_or_else(|| Route::unseen("the cluster has no address"))
}
