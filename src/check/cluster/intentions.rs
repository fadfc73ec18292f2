//! ServiceIntentions: which requests a service's sidecar allows.
//!
//! Source: Consul 1.14.11 `agent/structs/config_entry_intentions.go` `computeIntentionPrecedence` (an exact destination
//! beats an exact source, and a name beats `*`), `agent/xds/rbac.go` (among intentions with the same source the highest
//! precedence wins; permissions apply in order, requests matching none get the default; without HTTP, permissions
//! deny).

use crate::check::cluster::mesh::Mesh;
use crate::check::cluster::values;
use crate::check::cursor::Cursor;
use crate::check::input::set::Object;
use crate::stack::consul;
use std::collections::HashMap;
use std::collections::HashSet;
use std::collections::hash_map::Entry;

/// The sources that a ServiceIntentions can have besides service names.
const ELSEWHERE: [&str; 3] = ["peer", "partition", "samenessGroup"];

/// The intentions of a set, by destination and source.
pub(crate) struct Intentions<'a> {
    by_pair: HashMap<(&'a str, &'a str), Verdict<'a>>,
    /// Destinations, including `*`, that a source given by name may reach.
    open: HashSet<&'a str>,
    /// Destinations with an entry among the files, of which Consul has one for each name.
    own: HashSet<&'a str>,
    /// Sources that may reach a destination which no proxy of the set has.
    astray: HashSet<&'a str>,
    /// Whether Consul denies what no intention matches.
    pub(crate) denies_by_default: bool,
}

/// What an intention decides for requests from its source.
#[derive(Clone, Copy)]
#[expect(clippy::large_enum_variant, reason = "a cursor holds its path, and there is one for each intention")]
enum Verdict<'a> {
    /// All or some are allowed.
    In,
    /// None is allowed, because of this value.
    Out(Cursor<'a>),
}

impl<'a> Intentions<'a> {
    /// Reads the intentions. If Consul Enterprise mirrors namespaces, names are ambiguous and none is read.
    pub(crate) fn of(mesh: &Mesh<'a>) -> Intentions<'a> {
        let mut intentions = Intentions {
            by_pair: HashMap::new(),
            open: HashSet::new(),
            own: HashSet::new(),
            astray: HashSet::new(),
            denies_by_default: denies_by_default(mesh),
        };
        if values::mirrors_namespaces(mesh.values) {
            intentions.denies_by_default = false;
            return intentions;
        }
        let to = |object: Object<'a>| object.spec().at(&["destination", "name"]).text();
        // A refused one is not elsewhere either.
        intentions.own = mesh.set.all(consul::GROUP, "ServiceIntentions").map(to).collect();
        for object in mesh.refused.accepted(mesh.set, consul::GROUP, "ServiceIntentions") {
            let to = to(object);
            for source in object.spec().get("sources").items() {
                if ELSEWHERE.iter().any(|key| source.get(key).exists()) {
                    continue;
                }
                let from = source.get("name").text();
                let verdict = intentions.verdict(source);
                if let Entry::Vacant(new) = intentions.by_pair.entry((to, from)) {
                    new.insert(verdict);
                    if from != "*" && matches!(verdict, Verdict::In) {
                        intentions.open.insert(to);
                        if to != "*" && !mesh.sidecars.contains_key(to) {
                            intentions.astray.insert(from);
                        }
                    }
                }
            }
        }
        intentions
    }

    fn verdict(&self, source: Cursor<'a>) -> Verdict<'a> {
        let permissions = source.get("permissions");
        if permissions.list().is_empty() {
            let action = source.get("action");
            return if action.text() == "deny" { Verdict::Out(action) } else { Verdict::In };
        }
        for permission in permissions.items() {
            match permission.get("action").text() {
                "deny" if !is_about_all(permission) => {}
                "deny" => return Verdict::Out(permission.get("action")),
                _ => return Verdict::In,
            }
        }
        if self.denies_by_default { Verdict::Out(permissions) } else { Verdict::In }
    }

    /// The value that denies all requests from `source` to `destination`, if any.
    pub(crate) fn denied(&self, source: &str, destination: &str) -> Option<Cursor<'a>> {
        let pairs = [(destination, source), (destination, "*"), ("*", source), ("*", "*")];
        match pairs.iter().find_map(|pair| self.by_pair.get(pair))? {
            Verdict::In => None,
            Verdict::Out(at) => Some(*at),
        }
    }

    /// The value that denies all requests to `destination`, if any.
    pub(crate) fn closed(&self, destination: &str) -> Option<Cursor<'a>> {
        let own = self.by_pair.get(&(destination, "*"));
        let Verdict::Out(at) = own.or_else(|| self.by_pair.get(&("*", "*")))? else { return None };
        // A source name with destination `*` ranks below every source of this destination.
        let others = own.is_none() && self.open.contains("*");
        (!self.open.contains(destination) && !others).then_some(*at)
    }

    /// Whether an intention covers requests from `source` to `destination`, by name or by `*`.
    pub(crate) fn name(&self, source: &str, destination: &str) -> bool {
        let pairs = [(destination, source), (destination, "*"), ("*", source), ("*", "*")];
        pairs.iter().any(|pair| self.by_pair.contains_key(pair))
    }

    /// Whether the files decide what Consul allows to reach `destination`: they have its entry. An entry for `*` that is
    /// elsewhere could allow more, but not beside default deny.
    pub(crate) fn decide(&self, destination: &str) -> bool {
        self.own.contains(destination)
    }

    /// Whether an entry lets `source` reach a destination that no proxy of the set has.
    pub(crate) fn goes_astray(&self, source: &str) -> bool {
        self.astray.contains(source)
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.by_pair.is_empty()
    }
}

/// Whether Consul denies what no intention matches: by `default_intention_policy` if it is set (Consul 1.18 and later,
/// `agent/config/config.go`), else by
/// the default policy of ACLs, which the chart sets to `deny` (consul-k8s `server-config-configmap.yaml` `acl-config.json`).
/// `server.extraConfig` comes later and wins.
fn denies_by_default(mesh: &Mesh<'_>) -> bool {
    let acls = mesh.flag(&["global", "acls", "manageSystemACLs"], Some(false)) == Some(true);
    let extra = mesh.values.and_then(|values| values.at(&["server", "extraConfig"]).str());
    let extra: Option<serde_json::Value> = extra.and_then(|text| serde_json::from_str(text).ok());
    let said = |pointer: &str| extra.as_ref()?.pointer(pointer)?.as_str().map(|policy| policy == "deny");
    let on = acls || extra.as_ref().and_then(|extra| extra.pointer("/acl/enabled")?.as_bool()) == Some(true);
    said("/default_intention_policy").or_else(|| said("/acl/default_policy").filter(|_| on)).unwrap_or(acls)
}

/// Whether a permission matches every request.
fn is_about_all(permission: Cursor<'_>) -> bool {
    let http = permission.get("http");
    let is_open = |key: &'static str| http.get(key).list().is_empty();
    let prefix = http.get("pathPrefix").text();
    let any_path = matches!(prefix, "" | "/") && !http.get("pathExact").exists() && !http.get("pathRegex").exists();
    any_path && is_open("header") && is_open("methods") && !permission.get("jwt").exists()
}

/// The services that the set's programs call, each with its callers: found by upstream annotations and by URLs in
/// environment variables.
pub(crate) fn calls(mesh: &Mesh<'_>) -> HashMap<String, HashSet<String>> {
    let mut calls: HashMap<String, HashSet<String>> = HashMap::new();
    for workload in &mesh.workloads {
        let caller = mesh.proxy_of(workload).map(|index| &mesh.proxies[index].name);
        let Some(caller) = caller else { continue };
        let upstreams = workload.annotation(consul::UPSTREAMS).text().split(',').map(upstream);
        let env = workload.containers().flat_map(|container| container.get("env").items());
        let urls = env.flat_map(|variable| variable.get("value").text().split("://").skip(1)).map(host);
        for service in upstreams.chain(urls).filter(|name| mesh.sidecars.contains_key(*name) && *name != caller) {
            calls.entry(service.to_string()).or_default().insert(caller.clone());
        }
    }
    calls
}

/// The service in `name:port`, with or without a namespace or the word `svc` (consul-k8s `connect-service-upstreams`).
fn upstream(text: &str) -> &str {
    let name = text.trim().split(':').next().unwrap_or_default();
    name.trim_end_matches(".svc").split('.').next().unwrap_or(name)
}

/// The first label of the host in the text after `://`.
fn host(text: &str) -> &str {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).next().unwrap_or_default()
}
