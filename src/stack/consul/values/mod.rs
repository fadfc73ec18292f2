//! How each Consul chart reads its values: which keys it has and of which kind, under which conditions its templates
//! read them, and when it fails.
//!
//! Source: hashicorp/consul-k8s `charts/consul/values.yaml` and `charts/consul/templates/` at the tag of each chart in
//! [`CHARTS`], read by `scripts/refresh-facts/consul`. `fails.tsv` has the `fail` calls in the templates with the
//! conditions around them; `keys.tsv` has the keys, with the kinds of values for which `helm template` of helm 3.22
//! fails if the key is read; `conditions.txt` has the conditions, which the other two refer to by line. A row starts
//! with the charts that it applies to.

mod condition;

use crate::stack::Version;
use crate::stack::consul::chart::CHARTS;
use condition::Condition;
use condition::Scope;
use condition::dotted;
use serde_json::Map;
use serde_json::Value as Json;
use std::collections::HashMap;
use std::sync::OnceLock;

/// A set of [`CHARTS`], one bit for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Charts(u16);

impl Charts {
    /// All known charts.
    pub(crate) fn all() -> Charts {
        Charts((1 << CHARTS.len()) - 1)
    }

    /// The charts that show how a version behaves: the one of its series, or else the two it lies between, because what
    /// both do it most likely does too. Versions outside the known range count as unknown.
    pub(crate) fn like(version: Option<&Version>) -> Charts {
        let Some(version) = version else { return Charts::all() };
        let series = |chart: &Version| (chart.major(), chart.minor());
        let known: Vec<Version> = CHARTS.iter().filter_map(|chart| Version::read(chart.version)).collect();
        if let Some(at) = known.iter().position(|chart| series(chart) == series(version)) {
            return Charts(1 << at);
        }
        match known.iter().position(|chart| chart > version) {
            None | Some(0) => Charts::all(),
            Some(after) => Charts(1 << after | 1 << (after - 1)),
        }
    }

    /// Each chart as a set of its own.
    pub(crate) fn each(self) -> impl Iterator<Item = Charts> {
        (0..CHARTS.len()).map(|at| Charts(1 << at)).filter(move |one| one.0 & self.0 != 0)
    }

    fn has(self, other: Charts) -> bool {
        self.0 & other.0 != 0
    }

    /// The version, if the set has exactly one chart.
    pub(crate) fn version(self) -> Option<&'static str> {
        (self.0.count_ones() == 1).then(|| CHARTS[self.0.trailing_zeros() as usize].version)
    }

    /// Whether all charts in the set are at least this version.
    pub(crate) fn reach(self, version: &str) -> bool {
        let first = CHARTS.iter().position(|chart| chart.version == version).unwrap_or(CHARTS.len());
        self.0.trailing_zeros() as usize >= first
    }
}

/// The kind of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Unknown.
    Any,
    Boolean,
    Integer,
    String,
    List,
    Map,
    Null,
}

impl Kind {
    /// The kind of a value.
    pub(crate) fn of(value: &Json) -> Kind {
        match value {
            Json::Null => Kind::Null,
            Json::Bool(_) => Kind::Boolean,
            Json::Number(_) => Kind::Integer,
            Json::String(_) => Kind::String,
            Json::Array(_) => Kind::List,
            Json::Object(_) => Kind::Map,
        }
    }

    fn read(word: &str) -> Kind {
        match word {
            "boolean" => Kind::Boolean,
            "integer" => Kind::Integer,
            "string" => Kind::String,
            "list" => Kind::List,
            "map" => Kind::Map,
            _ => Kind::Any,
        }
    }

    /// The name with its article, for messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Any => "anything",
            Kind::Boolean => "a boolean",
            Kind::Integer => "a number",
            Kind::String => "a string",
            Kind::List => "a list",
            Kind::Map => "a map",
            Kind::Null => "null",
        }
    }

    /// The letter in the table.
    fn letter(self) -> char {
        match self {
            Kind::Any => '?',
            Kind::Boolean => 'b',
            Kind::Integer => 'i',
            Kind::String => 's',
            Kind::List => 'l',
            Kind::Map => 'm',
            Kind::Null => 'n',
        }
    }
}

/// A key of some charts.
#[derive(Debug)]
pub(crate) struct Key {
    charts: Charts,
    pub(crate) path: &'static str,
    pub(crate) kind: Kind,
    /// Whether the keys below it are up to the user.
    pub(crate) free: bool,
    /// The default; `None` for a map whose keys have their own, and for a key that only the templates mention.
    pub(crate) fallback: Option<Json>,
    refused: &'static str,
    gates: Vec<usize>,
}

impl Key {
    /// Whether helm fails if the key has a value of this kind and is read.
    pub(crate) fn refuses(&self, kind: Kind) -> bool {
        self.refused.contains(kind.letter())
    }
}

struct Fail {
    charts: Charts,
    file: &'static str,
    message: Condition,
    conditions: Vec<usize>,
}

/// A chart failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// What helm prints.
    pub(crate) message: String,
    /// The template.
    pub(crate) file: &'static str,
    /// The keys that cause it, the closest to the failure first.
    pub(crate) keys: Vec<String>,
}

struct Tables {
    conditions: Vec<Condition>,
    keys: Vec<Key>,
    by_path: HashMap<&'static str, Vec<usize>>,
    fails: Vec<Fail>,
}

fn tables() -> &'static Tables {
    static TABLES: OnceLock<Tables> = OnceLock::new();
    TABLES.get_or_init(|| {
        let conditions = include_str!("conditions.txt").lines().map(Condition::read).collect();
        let keys: Vec<Key> = include_str!("keys.tsv").lines().filter_map(read_key).collect();
        let mut by_path: HashMap<&'static str, Vec<usize>> = HashMap::new();
        for (at, key) in keys.iter().enumerate() {
            by_path.entry(key.path).or_default().push(at);
        }
        Tables { conditions, keys, by_path, fails: include_str!("fails.tsv").lines().filter_map(read_fail).collect() }
    })
}

fn charts(bits: &str) -> Option<Charts> {
    u16::from_str_radix(bits, 16).ok().map(Charts)
}

fn numbers(text: &str) -> Vec<usize> {
    text.split(' ').filter_map(|number| number.parse().ok()).collect()
}

fn read_key(line: &'static str) -> Option<Key> {
    let mut cells = line.split('\t');
    let mut next = || cells.next();
    Some(Key {
        charts: charts(next()?)?,
        path: next()?,
        kind: Kind::read(next()?),
        free: next()? == "free",
        fallback: serde_json::from_str(next()?).ok(),
        refused: next()?,
        gates: numbers(next()?),
    })
}

fn read_fail(line: &'static str) -> Option<Fail> {
    let mut cells = line.split('\t');
    let (charts, file) = (charts(cells.next()?)?, cells.next()?);
    Some(Fail { charts, file, message: Condition::read(cells.next()?), conditions: numbers(cells.next()?) })
}

/// The key at a path in one of these charts.
pub(crate) fn key(charts: Charts, path: &str) -> Option<&'static Key> {
    let tables = tables();
    tables.by_path.get(path)?.iter().map(|at| &tables.keys[*at]).find(|key| key.charts.has(charts))
}

/// Whether the chart of a version has a key.
pub(crate) fn has(version: &str, path: &str) -> bool {
    let charts = Charts::like(Version::read(version).as_ref());
    charts.version().is_some() && key(charts, path).is_some()
}

/// All keys of these charts.
pub(crate) fn keys(charts: Charts) -> impl Iterator<Item = &'static Key> {
    tables().keys.iter().filter(move |key| key.charts.has(charts))
}

/// The values that a chart's templates see: its defaults overridden by the user's, merged like Helm does.
pub(crate) fn merged(chart: Charts, own: &Json) -> Json {
    let mut all = Json::Object(Map::new());
    // Each key comes after the map it is in.
    for key in keys(chart).filter(|key| !key.path.contains("[]")) {
        let empty = || (key.kind == Kind::Map).then(|| Json::Object(Map::new()));
        let Some(value) = key.fallback.clone().or_else(empty) else { continue };
        let (above, name) = key.path.rsplit_once('.').unwrap_or(("", key.path));
        let mut parts = above.split('.').filter(|part| !part.is_empty());
        let map = parts.try_fold(&mut all, |at, part| at.get_mut(part)).and_then(Json::as_object_mut);
        if let Some(map) = map {
            map.insert(name.to_string(), value);
        }
    }
    overlay(&mut all, own);
    all
}

fn overlay(all: &mut Json, own: &Json) {
    let (Some(map), Some(members)) = (all.as_object_mut(), own.as_object()) else {
        *all = own.clone();
        return;
    };
    for (name, value) in members {
        match map.get_mut(name) {
            Some(_) if value.is_null() => {
                map.remove(name);
            }
            Some(below) if below.is_object() && value.is_object() => overlay(below, value),
            _ => {
                map.insert(name.clone(), value.clone());
            }
        }
    }
}

/// The failures of a chart with these values, each message once.
pub(crate) fn failures(chart: Charts, merged: &Json) -> Vec<Failure> {
    let tables = tables();
    let mut found: Vec<Failure> = Vec::new();
    for fail in tables.fails.iter().filter(|fail| fail.charts.has(chart)) {
        let conditions: Vec<&Condition> = fail.conditions.iter().filter_map(|at| tables.conditions.get(*at)).collect();
        let mut scope = Scope { values: merged, items: Vec::new() };
        if let Some(message) = failing(&conditions, fail, &mut scope)
            && !found.iter().any(|one| one.message == message)
        {
            found.push(Failure { message, file: fail.file, keys: asked(&conditions) });
        }
    }
    found
}

/// The message, if all conditions are true. A condition that cannot be evaluated makes helm fail too.
fn failing<'a>(conditions: &[&'a Condition], fail: &'a Fail, scope: &mut Scope<'a>) -> Option<String> {
    let Some((first, rest)) = conditions.split_first() else {
        let message = fail.message.value(scope).ok()?;
        return message.as_str().map(str::to_string);
    };
    if let Condition::Call("each", args) = first {
        let list = args.get(1)?.value(scope);
        // Items are borrowed from the values; no condition loops over a list returned by a call.
        let Ok(std::borrow::Cow::Borrowed(list)) = list else { return None };
        let items: Vec<&Json> = match list {
            Json::Array(items) => items.iter().collect(),
            Json::Object(members) => members.values().collect(),
            Json::Null => Vec::new(),
            _ => return Some(format!("`{}` is not a list", args.get(1)?)),
        };
        for (index, item) in items.into_iter().enumerate() {
            scope.items.push((index, item));
            let message = failing(rest, fail, scope);
            scope.items.pop();
            if message.is_some() {
                return message;
            }
        }
        return None;
    }
    match first.holds(scope) {
        Ok(true) => failing(rest, fail, scope),
        Ok(false) => None,
        Err(_) => Some(format!("`{first}` cannot be evaluated")),
    }
}

fn asked(conditions: &[&Condition]) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    for condition in conditions.iter().rev() {
        let mut paths = Vec::new();
        condition.paths(&mut paths);
        for path in paths {
            let path = dotted(path);
            if !keys.contains(&path) {
                keys.push(path);
            }
        }
    }
    keys
}

/// Why no template of the chart reads a key with these values, if none does.
pub(crate) fn unread(key: &Key, merged: &Json) -> Option<String> {
    let tables = tables();
    let scope = Scope { values: merged, items: Vec::new() };
    let gates = key.gates.iter().filter_map(|at| tables.conditions.get(*at));
    gates.into_iter().find(|gate| gate.holds(&scope) == Ok(false)).map(why)
}

/// What would have to change.
fn why(gate: &Condition) -> String {
    match gate {
        Condition::Literal(_) => "no template reads it".to_string(),
        Condition::Path(path) => format!("`{}` is not set", dotted(path)),
        Condition::Call("not", args) => match &args[..] {
            [Condition::Path(path)] => format!("`{}` is set", dotted(path)),
            _ => format!("`{}` holds", args.first().map(ToString::to_string).unwrap_or_default()),
        },
        Condition::Call("eq", args) => match &args[..] {
            [Condition::Path(path), Condition::Literal(value)] => format!("`{}` is not {value}", dotted(path)),
            _ => format!("`{gate}` does not hold"),
        },
        Condition::Call("or", args) => match switch(args) {
            Some(path) => format!("`{path}` is off"),
            None => format!("`{gate}` does not hold"),
        },
        _ => format!("`{gate}` does not hold"),
    }
}

/// `(or (and (ne (toString .X) "-") .X) (and (eq (toString .X) "-") .global.enabled))`: the chart's way to test whether
/// X is on.
fn switch(args: &[Condition]) -> Option<String> {
    let [Condition::Call("and", first), Condition::Call("and", _)] = args else { return None };
    match &first[..] {
        [Condition::Call("ne", _), Condition::Path(path)] => Some(dotted(path)),
        _ => None,
    }
}
