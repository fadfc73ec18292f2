//! Services whose requests all go elsewhere because of a ServiceRouter, ServiceSplitter or ServiceResolver.
//!
//! Source: Consul `agent/consul/discoverychain/compile.go`: the router of the requested service comes first, then the
//! splitters and resolvers of its destinations; redirects are followed. A failover has no effect while the service is
//! healthy.

use crate::check::cursor::Cursor;
use crate::check::input::set::Set;
use crate::stack::consul;
use std::collections::HashMap;
use std::collections::HashSet;

/// How many services are followed for one request.
const FOLLOWED: usize = 64;

/// The config entries by name.
struct Entries<'a> {
    routers: HashMap<&'a str, Cursor<'a>>,
    splitters: HashMap<&'a str, Cursor<'a>>,
    resolvers: HashMap<&'a str, Cursor<'a>>,
}

/// The services that get none of their own requests, each with the reason.
pub(super) fn diverted(set: &Set<'_>) -> HashMap<String, String> {
    let all = |kind| set.all(consul::GROUP, kind).map(|object| (&*object.id.name, object.spec())).collect();
    let entries =
        Entries { routers: all("ServiceRouter"), splitters: all("ServiceSplitter"), resolvers: all("ServiceResolver") };
    let names = entries.routers.keys().chain(entries.splitters.keys()).chain(entries.resolvers.keys());
    let names: HashSet<&str> = names.copied().collect();
    let of = |name: &str| Some((name.to_string(), entries.why(name)?));
    names.into_iter().filter_map(of).collect()
}

impl<'a> Entries<'a> {
    /// Why a service gets none of its requests; `None` if it gets some, or if that is unknown.
    fn why(&self, name: &'a str) -> Option<String> {
        let mut leaves: Vec<&str> = Vec::new();
        let mut seen: HashSet<&str> = HashSet::new();
        let mut open = self.routed(name);
        while let Some(next) = open.pop() {
            if !seen.insert(next) {
                continue;
            }
            if seen.len() > FOLLOWED {
                return None;
            }
            let splits = self.splitters.get(next).map(|spec| split(*spec, next)).unwrap_or_default();
            open.extend(splits.iter().copied().filter(|service| *service != next));
            if splits.is_empty() || splits.contains(&next) {
                match self.redirected(next)? {
                    Some(other) => open.push(other),
                    None => leaves.push(next),
                }
            }
        }
        if leaves.contains(&name) {
            return None;
        }
        leaves.sort_unstable();
        let to: Vec<String> = leaves.iter().take(3).map(|leaf| format!("`{leaf}`")).collect();
        let kinds = [
            ("ServiceRouter", &self.routers),
            ("ServiceSplitter", &self.splitters),
            ("ServiceResolver", &self.resolvers),
        ];
        let kind = kinds.iter().find(|(_, entries)| entries.contains_key(name))?.0;
        Some(format!("{kind} `{name}` sends all requests for it to {}", to.join(", ")))
    }

    /// The router's destinations, or the service itself without a router.
    fn routed(&self, name: &'a str) -> Vec<&'a str> {
        let Some(spec) = self.routers.get(name) else { return vec![name] };
        let mut to = Vec::new();
        for route in spec.get("routes").items() {
            to.push(named(route.at(&["destination", "service"]), name));
            if takes_all(route.get("match")) {
                return to;
            }
        }
        to.push(name);
        to
    }

    /// The resolver's redirect. `None`: to another datacenter, namespace or peer, whose services are unknown.
    fn redirected(&self, name: &'a str) -> Option<Option<&'a str>> {
        let redirect = self.resolvers.get(name).map(|spec| spec.get("redirect")).filter(|redirect| redirect.exists());
        let Some(redirect) = redirect else { return Some(None) };
        if ["datacenter", "namespace", "partition", "peer"].iter().any(|key| redirect.get(key).exists()) {
            return None;
        }
        Some(Some(named(redirect.get("service"), name)).filter(|other| *other != name))
    }
}

/// The service named here, or `own`.
fn named<'a>(at: Cursor<'a>, own: &'a str) -> &'a str {
    at.str().filter(|name| !name.is_empty()).unwrap_or(own)
}

/// The services that a splitter sends a share to.
fn split<'a>(spec: Cursor<'a>, own: &'a str) -> Vec<&'a str> {
    let share = |split: &Cursor<'_>| split.get("weight").node().and_then(|node| node.to_json().as_f64()).unwrap_or(0.0);
    let splits = spec.get("splits").items().filter(|split| share(split) > 0.0);
    splits.map(|split| named(split.get("service"), own)).collect()
}

/// Whether a route matches every request: it has no condition, or matches all paths.
fn takes_all(condition: Cursor<'_>) -> bool {
    let http = condition.get("http");
    http.entries().all(|(key, value)| key == "pathPrefix" && value.str() == Some("/"))
}
