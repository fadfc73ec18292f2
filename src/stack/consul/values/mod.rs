//! How each Consul chart reads its values: which keys it has and of which kind, under which conditions its templates
//! read them, and when it fails.
//!
//! Source: hashicorp/consul-k8s `charts/consul/values.yaml` and `charts/consul/templates/` at the tag of each chart in
//! [`CHARTS`], read by `scripts/refresh-facts/consul`. `fails.tsv` has the `fail` calls in the templates with the
//! conditions around them; `asks.tsv` what a template asks of a value where it reads it, for example a list to loop
//! over; `prints.tsv` the classes of values that helm 3 cannot read as YAML where a template prints them, measured with
//! the templates; `keys.tsv` has the keys; `conditions.txt` has the conditions, which the others refer to by line. A row
//! starts with the charts that it applies to.

mod condition;
mod verdict;

use crate::stack::Version;
use crate::stack::consul::chart::CHARTS;
use condition::Condition;
use condition::Scope;
use condition::Stored;
use condition::dotted;
use serde_json::Map;
use serde_json::Value as Json;
use std::collections::HashMap;
use std::sync::LazyLock;
pub(crate) use verdict::Class;
pub(crate) use verdict::Failure;
pub(crate) use verdict::Misfit;
pub(crate) use verdict::failures;
pub(crate) use verdict::misfits;

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
    gates: Numbers,
}

struct Fail {
    charts: Charts,
    file: &'static str,
    message: Stored,
    conditions: Numbers,
}

/// What a template asks of values: an expression that fails if they are of a wrong kind.
struct Ask {
    charts: Charts,
    what: usize,
    conditions: Numbers,
}

/// Where a template prints a value, which YAML cannot read if it is of one of these classes.
struct Print {
    charts: Charts,
    what: Stored,
    letters: &'static str,
    conditions: Numbers,
}

/// Lines of `conditions.txt`, as the other tables write them.
#[derive(Clone, Copy, Debug)]
struct Numbers(&'static str);

impl Numbers {
    fn conditions(self) -> impl Iterator<Item = &'static Stored> {
        self.0.split(' ').filter_map(|number| CONDITIONS.get(number.parse::<usize>().ok()?))
    }
}

static CONDITIONS: LazyLock<Vec<Stored>> =
    LazyLock::new(|| include_str!("conditions.txt").lines().map(Stored::new).collect());
static FAILS: LazyLock<Vec<Fail>> = LazyLock::new(|| rows(include_str!("fails.tsv"), read_fail));
static ASKS: LazyLock<Vec<Ask>> = LazyLock::new(|| rows(include_str!("asks.tsv"), read_ask));
static PRINTS: LazyLock<Vec<Print>> = LazyLock::new(|| rows(include_str!("prints.tsv"), read_print));
static KEYS: LazyLock<Vec<Key>> = LazyLock::new(|| rows(include_str!("keys.tsv"), read_key));
/// Where in [`KEYS`] those with a path are.
static BY_PATH: LazyLock<HashMap<&'static str, Vec<usize>>> = LazyLock::new(|| {
    let mut paths: HashMap<&'static str, Vec<usize>> = HashMap::new();
    for (at, key) in KEYS.iter().enumerate() {
        paths.entry(key.path).or_default().push(at);
    }
    paths
});

/// The paths that templates compare with the text `-`, and the charts whose templates do.
static DASHES: LazyLock<Vec<(String, Charts)>> = LazyLock::new(|| {
    let rows = FAILS.iter().map(|row| (row.charts, row.conditions));
    let rows = rows.chain(ASKS.iter().map(|row| (row.charts, row.conditions)));
    let rows = rows.chain(PRINTS.iter().map(|row| (row.charts, row.conditions)));
    let rows = rows.chain(KEYS.iter().map(|row| (row.charts, row.gates)));
    let mut found: Vec<(String, Charts)> = Vec::new();
    for (charts, numbers) in rows {
        for condition in numbers.conditions().filter(|condition| condition.mentions("\"-\"")) {
            let mut paths = Vec::new();
            condition.dashes(&mut paths);
            for path in paths.into_iter().map(dotted) {
                match found.iter_mut().find(|(own, _)| *own == path) {
                    Some((_, all)) => all.0 |= charts.0,
                    None => found.push((path, charts)),
                }
            }
        }
    }
    found
});

fn rows<T>(table: &'static str, read: fn(&'static str) -> Option<T>) -> Vec<T> {
    table.lines().filter_map(read).collect()
}

fn charts(bits: &str) -> Option<Charts> {
    u16::from_str_radix(bits, 16).ok().map(Charts)
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
        gates: Numbers(next()?),
    })
}

fn read_fail(line: &'static str) -> Option<Fail> {
    let mut cells = line.split('\t');
    let (charts, file) = (charts(cells.next()?)?, cells.next()?);
    Some(Fail { charts, file, message: Stored::new(cells.next()?), conditions: Numbers(cells.next()?) })
}

fn read_ask(line: &'static str) -> Option<Ask> {
    let mut cells = line.split('\t');
    let (charts, what) = (charts(cells.next()?)?, cells.next()?.parse().ok()?);
    Some(Ask { charts, what, conditions: Numbers(cells.next()?) })
}

fn read_print(line: &'static str) -> Option<Print> {
    let mut cells = line.split('\t');
    let (charts, what, letters) = (charts(cells.next()?)?, Stored::new(cells.next()?), cells.next()?);
    Some(Print { charts, what, letters, conditions: Numbers(cells.next()?) })
}

/// The key at a path in one of these charts.
pub(crate) fn key(charts: Charts, path: &str) -> Option<&'static Key> {
    BY_PATH.get(path)?.iter().map(|at| &KEYS[*at]).find(|key| key.charts.has(charts))
}

/// Whether templates of one of these charts take the text `-` at a path for a value of its own: where a comparison with it
/// is `eq`, the key then has the value of `global.enabled`, and otherwise it is off.
pub(crate) fn may_be_dash(charts: Charts, path: &str) -> bool {
    DASHES.iter().any(|(own, in_charts)| own == path && in_charts.has(charts))
}

/// Whether the chart of a version has a key.
pub(crate) fn has(version: &str, path: &str) -> bool {
    let charts = Charts::like(Version::read(version).as_ref());
    charts.version().is_some() && key(charts, path).is_some()
}

/// All keys of these charts.
pub(crate) fn keys(charts: Charts) -> impl Iterator<Item = &'static Key> {
    KEYS.iter().filter(move |key| key.charts.has(charts))
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

/// Puts values over others as Helm does (helm.sh/helm/v3/pkg/chartutil/coalesce.go): maps merge, `null` removes a key.
pub(crate) fn overlay(all: &mut Json, own: &Json) {
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

/// Why no template of the chart reads a key with these values, if none does.
pub(crate) fn unread(key: &Key, merged: &Json) -> Option<String> {
    let scope = Scope { values: merged, items: Vec::new() };
    key.gates.conditions().find(|gate| gate.holds(&scope) == Ok(false)).map(|gate| why(gate))
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
