//! What the code of Consul's webhooks rejects beyond single fields: sums, combinations, names.

use crate::check::cluster::refused::fields::is_set;
use crate::check::cluster::refused::list::Refused;
use crate::check::cluster::refused::list::cause;
use crate::check::cluster::refused::list::checks;
use crate::check::cluster::refused::list::enterprise;
use crate::check::cluster::refused::list::says;
use crate::check::cluster::values;
use crate::check::cluster::version::Versions;
use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::cursor::Cursor;
use crate::check::input::set::Object;
use crate::check::input::set::Set;
use crate::check::problem::Cause;
use crate::check::problem::Problem;
use crate::stack::consul;
use crate::stack::consul::validations;
use crate::suggest;
use crate::yaml::Value;
use std::collections::HashMap;
use std::collections::HashSet;
use std::collections::hash_map::Entry;

/// A location, what is wrong there, and what to do.
type Violation<'a> = (Cursor<'a>, String, &'static str);

/// A kind, the first chart series that checks it, and the check.
type Row = (&'static str, (u64, u64), for<'a> fn(Cursor<'a>) -> Vec<Violation<'a>>);

/// Checks of single objects (consul-k8s `control-plane/api/v1alpha1`: `proxydefaults_types.go` `AccessLogs.validate`,
/// `servicedefaults_types.go` `ServiceDefaultsDestination.validate`, `servicesplitter_types.go`,
/// `servicerouter_types.go`, `serviceintentions_types.go`, `serviceresolver_types.go`).
const CHECKS: &[Row] = &[
    ("ProxyDefaults", (1, 1), access_logs),
    ("ServiceDefaults", (0, 49), destination),
    ("ServiceSplitter", validations::FIRST, weights),
    ("ServiceRouter", validations::FIRST, rewrites),
    ("ServiceIntentions", validations::FIRST, methods),
    ("ServiceIntentions", (1, 2), ignore_case),
    ("ServiceResolver", (1, 2), subsets),
];

pub(super) fn judge(set: &Set<'_>, values: Option<Cursor<'_>>, versions: &Versions, refused: &mut Refused) {
    for (kind, since, check) in CHECKS.iter().filter(|(_, since, _)| checks(versions, *since) == Some(true)) {
        debug_assert!(*since >= validations::FIRST);
        for object in set.all(consul::GROUP, kind) {
            for (at, what, help) in check(object.spec()) {
                let twice = what.ends_with("is there twice").then(|| Edit::remove(at));
                let problem = Problem::new(cause(kind), at, format!("{} {what}", says(object)), help);
                refused.add(problem.fix(Trust::Safe, twice));
            }
        }
    }
    protocols(set, refused);
    fixed_names(set, values, refused);
}

fn access_logs(spec: Cursor<'_>) -> Vec<Violation<'_>> {
    let logs = spec.get("accessLogs");
    let (path, json) = (logs.get("path"), logs.get("jsonFormat"));
    let mut wrong = Vec::new();
    match (logs.get("type").text(), is_set(path)) {
        ("file", false) if logs.exists() => {
            wrong.push((path, "access logs of type `file` need a `path`".to_string(), "set `accessLogs.path`"));
        }
        ("" | "stderr" | "stdout", true) => {
            wrong.push((path, "access logs have a `path` only with type `file`".to_string(), "set `type: file`"));
        }
        _ => {}
    }
    if is_set(json) && serde_json::from_str::<serde_json::Value>(json.text()).is_err() {
        wrong.push((json, "`spec.accessLogs.jsonFormat` is not valid JSON".to_string(), "fix the JSON"));
    }
    wrong
}

fn destination(spec: Cursor<'_>) -> Vec<Violation<'_>> {
    let mut seen = HashSet::new();
    let addresses = spec.at(&["destination", "addresses"]).items();
    let again = addresses.filter(|at| !seen.insert(at.text()));
    again.map(|at| (at, format!("the address `{}` appears twice", at.text()), "remove one of them")).collect()
}

fn number(at: Cursor<'_>) -> f32 {
    match at.node().map(|node| &node.value) {
        Some(Value::Int(number)) => *number as f32,
        Some(Value::Float(number)) => *number as f32,
        _ => 0.0,
    }
}

/// Weights are summed in 32 bits, as Go does.
fn weights(spec: Cursor<'_>) -> Vec<Violation<'_>> {
    let splits = spec.get("splits");
    let mut wrong: Vec<Violation<'_>> = Vec::new();
    let mut sum = 0.0_f32;
    for weight in splits.items().map(|split| split.get("weight")) {
        let value = number(weight);
        if value != 0.0 && !(0.01..=100.0).contains(&value) {
            wrong.push((weight, format!("the weight {value} is not between 0.01 and 100"), "write a percentage"));
        }
        sum += value;
    }
    if sum != 100.0 {
        wrong.push((
            splits,
            format!("the weights of its splits add up to {sum}, not to 100"),
            "make them add up to 100",
        ));
    }
    wrong
}

fn rewrites(spec: Cursor<'_>) -> Vec<Violation<'_>> {
    let wrong = |route: Cursor<'_>| {
        let http = route.at(&["match", "http"]);
        is_set(route.at(&["destination", "prefixRewrite"]))
            && !is_set(http.get("pathPrefix"))
            && !is_set(http.get("pathExact"))
    };
    let what = "`prefixRewrite` needs `match.http.pathPrefix` or `pathExact`";
    let routes = spec.get("routes").items().filter(|route| wrong(*route));
    routes.map(|route| (route.at(&["destination", "prefixRewrite"]), what.to_string(), "add one of them")).collect()
}

fn permissions(spec: Cursor<'_>) -> impl Iterator<Item = Cursor<'_>> {
    spec.get("sources").items().flat_map(|source| source.get("permissions").items())
}

fn methods(spec: Cursor<'_>) -> Vec<Violation<'_>> {
    let mut wrong: Vec<Violation<'_>> = Vec::new();
    for permission in permissions(spec) {
        let mut seen = HashSet::new();
        let again = permission.at(&["http", "methods"]).items().filter(|at| !seen.insert(at.text()));
        wrong.extend(again.map(|at| (at, format!("the method `{}` appears twice", at.text()), "remove one of them")));
    }
    wrong
}

fn ignore_case(spec: Cursor<'_>) -> Vec<Violation<'_>> {
    let headers = permissions(spec).flat_map(|permission| permission.at(&["http", "header"]).items());
    let odd = headers.filter(|header| {
        header.get("ignoreCase").bool() == Some(true) && (is_set(header.get("present")) || is_set(header.get("regex")))
    });
    let what = "`ignoreCase` goes with `exact`, `prefix`, `suffix` or `contains` only";
    odd.map(|header| (header.get("ignoreCase"), what.to_string(), "remove it")).collect()
}

fn subsets(spec: Cursor<'_>) -> Vec<Violation<'_>> {
    let plain = |name: &str| {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let (first, last) = (name.bytes().next(), name.bytes().last());
        first.is_some_and(fits) && last.is_some_and(fits) && name.bytes().all(|byte| fits(byte) || byte == b'-')
    };
    let help = "use lower-case letters, digits, and `-` between them";
    let odd = spec.get("subsets").entries().filter(|(name, _)| !plain(name));
    odd.map(|(name, at)| (at, format!("`{name}` is not a name for a subset"), help)).collect()
}

/// The protocol of a ServiceDefaults, which has its own rule.
fn protocols(set: &Set<'_>, refused: &mut Refused) {
    for object in set.all(consul::GROUP, "ServiceDefaults") {
        let at = object.spec().get("protocol");
        if at.exists() && !at.str().is_some_and(|word| word.is_empty() || consul::PROTOCOLS.contains(&word)) {
            let what = match at.str() {
                Some(word) => format!("`{word}` is not a protocol"),
                None => "`protocol` is not a string".to_string(),
            };
            let message = format!("{what}, so Consul's webhook refuses it");
            let misspelled = || suggest::closest(at.text(), consul::PROTOCOLS.into_iter()).map(|word| (word, false));
            let meant = consul::meant_protocol(at.text()).or_else(misspelled);
            let help = match meant {
                Some((word, false)) => {
                    format!("did you mean `{word}`? Protocols are http, http2, grpc and tcp, in lower case")
                }
                _ => "use http, http2, grpc or tcp, in lower case".to_string(),
            };
            let problem = Problem::new(Cause::ServiceProtocol, at, message, help);
            refused.add(match meant {
                Some((word, same)) => {
                    problem.fix(if same { Trust::Safe } else { Trust::Unsafe }, [Edit::set(at, word)])
                }
                None => problem,
            });
        }
    }
}

/// Kinds that allow only one name.
fn fixed_names(set: &Set<'_>, values: Option<Cursor<'_>>, refused: &mut Refused) {
    let proxy_defaults = consul::PROXY_DEFAULTS;
    for object in set.all(consul::GROUP, "ProxyDefaults").filter(|object| &*object.id.name != proxy_defaults) {
        let message =
            format!("this ProxyDefaults is named `{}`; Consul only accepts `{proxy_defaults}`", object.id.name);
        let help = format!("rename it to `{proxy_defaults}`");
        let problem = Problem::new(Cause::ProxyDefaultsName, object.name(), message, help);
        refused.add(problem.fix(Trust::Safe, [Edit::set(object.name(), proxy_defaults)]));
    }
    let mut named = |kind: &str, name: &str| {
        for object in set.all(consul::GROUP, kind).filter(|object| &*object.id.name != name) {
            let message = format!("{} its name must be `{name}`", says(object));
            let problem = Problem::new(cause(kind), object.name(), message, format!("rename it to `{name}`"));
            refused.add(problem.fix(Trust::Safe, [Edit::set(object.name(), name)]));
        }
    };
    for (kind, name) in validations::SINGLE.iter().filter(|(kind, _)| *kind != "ProxyDefaults") {
        named(kind, name);
    }
    // With partitions, the name is that of the partition (`exportedservices_types.go`).
    if enterprise(values, validations::Feature::Partitions) == Some(false) {
        named("ExportedServices", "default");
    }
}

/// Config entries that must be unique by name, or unique overall. The first one in file order is accepted.
pub(super) fn names(set: &Set<'_>, values: Option<Cursor<'_>>, refused: &mut Refused) {
    for (kind, _) in validations::SINGLE.iter().filter(|(kind, _)| *kind != "ProxyDefaults") {
        let all: Vec<Object<'_>> = refused.accepted(set, consul::GROUP, kind).collect();
        for second in all.iter().skip(1) {
            let message = format!("{} there is another {kind}, and Consul accepts only one per cluster", says(*second));
            let problem = Problem::new(cause(kind), second.name(), message, "merge them into one");
            refused.add(problem.note("the first is here", all[0].name()));
        }
    }
    if values::mirrors_namespaces(values) {
        return;
    }
    for kind in validations::UNIQUE.iter().copied().chain(["ServiceIntentions"]) {
        let mut seen: HashMap<&str, Object<'_>> = HashMap::new();
        let all: Vec<Object<'_>> = refused.accepted(set, consul::GROUP, kind).collect();
        for object in all {
            let (name, at, what) = match kind {
                "ServiceIntentions" => {
                    let at = object.spec().at(&["destination", "name"]);
                    (at.text(), at, "for")
                }
                _ => (&*object.id.name, object.name(), "named"),
            };
            let first = match seen.entry(name) {
                Entry::Occupied(first) => *first.get(),
                Entry::Vacant(free) => {
                    free.insert(object);
                    continue;
                }
            };
            let message = format!("there is another {kind} {what} `{name}`, so Consul refuses this one");
            let help = "keep one of them: a config entry applies to all namespaces";
            let problem = Problem::new(Cause::SameName, at, message, help);
            refused.add(problem.note("the first is here", first.name()));
        }
    }
}
