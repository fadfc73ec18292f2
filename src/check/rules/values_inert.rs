use crate::check::cluster::chart_values::ChartValues;
use crate::check::cursor::Cursor;
use crate::check::facts::Facts;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::consul::chart::KeyChange;
use crate::stack::consul::chart::MOVED;
use crate::yaml::Node;
use crate::yaml::Value;

pub(crate) static RULE: Rule = Rule {
    id: "values-inert",
    severity: Severity::Warning,
    summary: "a value of the Consul chart has no effect",
    text: "The chart reads many keys only if others are set: `global.tls.httpsOnly` without `global.tls.enabled`, or a \
           section whose `enabled` is false, changes nothing. This rule reports values that differ from the chart's \
           default but that no template reads with these values (charts/consul/templates at each version), and values \
           that the chart reads but no sidecar depends on anymore, such as client agents since 1.0.",
    fixes: &[],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    for values in &facts.values {
        below(values, values.root, "", out);
        superfluous(values, out);
    }
}

fn below<'a>(values: &ChartValues<'a>, map: Cursor<'a>, path: &str, out: &mut Sink) {
    for (name, at) in map.entries() {
        let path = if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
        if !differs(values, at, &path) {
            continue;
        }
        match values.unread(&path) {
            Some(why) => {
                let message = format!("`{path}` has no effect in {}: {why}", values.chart());
                out.hit(&RULE, at.key(), message, "remove it, or set what it depends on");
            }
            None => below(values, at, &path, out),
        }
    }
}

/// Whether this value, or one below it, differs from the chart's default.
fn differs(values: &ChartValues<'_>, at: Cursor<'_>, path: &str) -> bool {
    let mut keys = values.keys(path).peekable();
    let Some(node) = at.node().filter(|_| keys.peek().is_some()) else { return false };
    if at.map().is_some() && keys.all(|key| !key.free) {
        return at.entries().any(|(name, below)| differs(values, below, &format!("{path}.{name}")));
    }
    let own = node.to_json();
    !is_off(node) && values.keys(path).all(|key| key.fallback.as_ref() != Some(&own))
}

/// A value that switches something off or is empty.
fn is_off(node: &Node) -> bool {
    match &node.value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::List(items) => items.is_empty(),
        Value::Map(map) => map.entries.is_empty(),
        _ => false,
    }
}

/// Keys that the chart reads but that no sidecar needs.
fn superfluous(values: &ChartValues<'_>, out: &mut Sink) {
    for moved in MOVED.iter().filter(|moved| moved.how == KeyChange::Inert && values.charts.reach(moved.from)) {
        let at = moved.key.split('.').fold(values.root, Cursor::get);
        let switch = if at.map().is_some() { at.get("enabled") } else { at };
        if switch.bool() == Some(true) && values.unread(moved.key).is_none() {
            let message = format!("`{}` does nothing for the mesh in {}", moved.key, values.chart());
            out.hit(&RULE, at.key(), message, moved.hint);
        }
    }
}
