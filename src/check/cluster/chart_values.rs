//! The Consul chart's values, checked against the charts that may read them.

use crate::check::cluster::mesh::Mesh;
use crate::check::cursor::Cursor;
use crate::check::input::embedded;
use crate::check::input::load::is_consul_values;
use crate::source::Span;
use crate::stack::Version;
use crate::stack::consul::values;
use crate::stack::consul::values::Charts;
use crate::stack::consul::values::Class;
use crate::stack::consul::values::Failure;
use crate::stack::consul::values::Key;
use crate::stack::consul::values::Kind;
use crate::stack::consul::values::Misfit;
use crate::yaml::Node;
use crate::yaml::Value;
use serde_json::Value as Json;
use std::sync::Arc;
use std::sync::OnceLock;

/// A values file of the Consul chart.
pub(crate) struct ChartValues<'a> {
    pub(crate) root: Cursor<'a>,
    /// The charts that may read it.
    pub(crate) charts: Charts,
    /// What the templates of each chart see. Empty if these may not be the effective values.
    seen: Vec<Seen>,
}

/// What the templates of a chart see, merged when it is first asked for: there are many charts, and mostly the first one
/// settles a question.
struct Seen {
    chart: Charts,
    own: Arc<Json>,
    merged: OnceLock<Json>,
}

impl Seen {
    fn values(&self) -> &Json {
        self.merged.get_or_init(|| values::merged(self.chart, &self.own))
    }
}

impl<'a> ChartValues<'a> {
    /// Each values file for the Consul chart in the set.
    pub(crate) fn of(mesh: &Mesh<'a>) -> Vec<ChartValues<'a>> {
        let is_consul = |index: &usize| match mesh.set.values[*index].chart {
            Some((name, _)) => name == "consul",
            None => is_consul_values(mesh.set.values[*index].node),
        };
        let all = (0..mesh.set.values.len()).filter(is_consul);
        let flag = mesh.options.consul_chart.as_deref();
        let of = |index: usize| {
            let said = mesh.set.values[index].chart.and_then(|(_, version)| version).or(flag);
            let charts = match said {
                Some(said) => Charts::like(Version::read(said).as_ref()),
                None => Charts::like(mesh.versions.chart.as_ref()),
            };
            let root = mesh.set.chart_values(index);
            let own = Arc::new(root.node().map(Node::to_json).unwrap_or_default());
            let see = |chart| Seen { chart, own: Arc::clone(&own), merged: OnceLock::new() };
            let is_known = mesh.set.values[index].unknown.is_none();
            let seen = if is_known { charts.each().map(see).collect() } else { Vec::new() };
            ChartValues { root, charts, seen }
        };
        all.map(of).collect()
    }

    /// The chart's name in messages: `chart 1.2.9`, or just the chart if there may be several.
    pub(crate) fn chart(&self) -> String {
        self.charts
            .version()
            .map_or_else(|| "the Consul chart".to_string(), |version| format!("the Consul chart {version}"))
    }

    /// The failures that all possible charts have in common.
    pub(crate) fn failures(&self) -> Vec<Failure> {
        self.common(values::failures, |one, other| one.message == other.message)
    }

    /// Why none of the charts reads a key; the reason of the first one.
    pub(crate) fn unread(&self, path: &str) -> Option<String> {
        let reasons = self.seen.iter().map(|seen| values::unread(values::key(seen.chart, path)?, seen.values()));
        let reasons: Option<Vec<String>> = reasons.collect();
        reasons.and_then(|reasons| reasons.into_iter().next())
    }

    /// The values that all possible charts fail with because of their kind.
    pub(crate) fn misfits(&self) -> Vec<Misfit> {
        self.common(|chart, seen| values::misfits(chart, seen, &class), |one, other| one.path == other.path)
    }

    /// What all possible charts have in common, as the first one has it.
    fn common<T>(&self, of: impl Fn(Charts, &Json) -> Vec<T>, same: impl Fn(&T, &T) -> bool) -> Vec<T> {
        let mut each = self.seen.iter().map(|seen| of(seen.chart, seen.values()));
        let mut all = each.next().unwrap_or_default();
        while !all.is_empty()
            && let Some(others) = each.next()
        {
            all.retain(|one| others.iter().any(|other| same(one, other)));
        }
        all
    }

    /// Whether one of the charts takes the text `-` at a path for a value of its own.
    pub(crate) fn may_be_dash(&self, path: &str) -> bool {
        values::may_be_dash(self.charts, path)
    }

    /// The definition of a key in each chart.
    pub(crate) fn keys(&self, path: &str) -> impl Iterator<Item = &'static Key> {
        self.charts.each().filter_map(|chart| values::key(chart, path))
    }
}

/// The kind of a value.
pub(crate) fn kind(node: &Node) -> Kind {
    match node.value {
        Value::Null => Kind::Null,
        Value::Bool(_) => Kind::Boolean,
        Value::Int(_) | Value::Float(_) => Kind::Integer,
        Value::String(_) => Kind::String,
        Value::List(_) => Kind::List,
        Value::Map(_) => Kind::Map,
    }
}

/// The value at the end of a way, or the deepest on it that exists.
pub(crate) fn deepest<'a>(root: Cursor<'a>, path: &[String]) -> Cursor<'a> {
    let mut deepest = root;
    for step in path {
        match below(deepest, step) {
            Some(at) => deepest = at,
            None => break,
        }
    }
    deepest
}

fn below<'a>(at: Cursor<'a>, step: &str) -> Option<Cursor<'a>> {
    match step.parse() {
        Ok(index) if !at.list().is_empty() => at.items().nth(index),
        _ => at.entries().find(|(key, _)| *key == step).map(|(_, below)| below),
    }
}

/// What YAML makes of text.
fn class(text: &str) -> Class {
    let lines = text.trim().lines().count();
    match embedded::alone(text, Span::NONE).map(|node| node.value) {
        None => Class::TextBroken,
        Some(Value::Null | Value::Bool(_)) => Class::TextBoolean,
        Some(Value::Int(_) | Value::Float(_)) => Class::TextNumber,
        Some(Value::String(_)) => Class::Word,
        Some(Value::Map(_)) if lines > 1 => Class::TextMaps,
        Some(Value::Map(_)) => Class::TextMap,
        Some(Value::List(_)) => Class::TextList,
    }
}
