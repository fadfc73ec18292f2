use crate::check::cluster::chart_values;
use crate::check::cluster::chart_values::ChartValues;
use crate::check::cursor::Cursor;
use crate::check::facts::Facts;
use crate::check::hop::HopKind;
use crate::check::problem::Scope;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::consul::values::Key;
use crate::stack::consul::values::Kind;

pub(crate) static RULE: Rule = Rule {
    id: "values-wrong-type",
    severity: Severity::Error,
    summary: "a value of the Consul chart has the wrong type",
    text: "Templates print a value into YAML or compare it, and a value of another type makes `helm` fail, or means \
           something else: the string \"false\" counts as true, and a map where text is expected prints as `map[...]`. \
           Annotations, for example, are a string that holds YAML. The types are those of charts/consul/values.yaml; \
           whether helm fails was measured with helm 3.22 for each key, type and chart. The finding is an error if \
           helm fails, otherwise a warning.",
    fixes: &[],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    for values in &facts.values {
        below(values, values.root, "", out);
    }
}

fn below<'a>(values: &ChartValues<'a>, map: Cursor<'a>, path: &str, out: &mut Sink) {
    for (name, at) in map.entries() {
        let path = if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
        let keys: Vec<&Key> = values.keys(&path).collect();
        let Some(first) = keys.first() else { continue };
        let kind = at.node().map_or(Kind::Null, chart_values::kind);
        if keys.iter().all(|key| key.refuses(kind)) && values.reads(&path) {
            let message = format!("{} fails with {} as `{path}`", values.chart(), kind.name());
            out.hit(&RULE, at, message, advice(first, kind)).breaks(HopKind::Sidecar, Scope::All);
        } else if keys.iter().all(|key| misread(key, kind)) {
            let message = format!("`{path}` is {}; {} expects {}", kind.name(), values.chart(), first.kind.name());
            out.hit(&RULE, at, message, advice(first, kind));
        } else if kind == Kind::Map && !keys.iter().any(|key| key.free) {
            below(values, at, &path, out);
        }
    }
}

/// Whether a value means something other than its author may think. Strings, numbers and booleans print alike, and
/// `null` removes a default.
fn misread(key: &Key, kind: Kind) -> bool {
    let default = key.fallback.as_ref().map(Kind::of);
    match (key.kind, kind) {
        (Kind::Any, _) | (_, Kind::Null) => false,
        (expected, given) if expected == given || default == Some(given) => false,
        (Kind::Boolean, Kind::String) | (_, Kind::List | Kind::Map) => true,
        (Kind::List | Kind::Map, _) => !key.free,
        _ => false,
    }
}

fn advice(key: &Key, kind: Kind) -> String {
    match (key.kind, kind) {
        (Kind::String, Kind::Map | Kind::List) => "write it as text that holds YAML, in a block that begins with `|`".to_string(),
        (Kind::Boolean, Kind::String) => "write `true` or `false` without quotes; any text counts as true".to_string(),
        (Kind::Any, _) | (_, Kind::Null) => "remove it, so that the default applies".to_string(),
        (expected, _) => format!("use {}", expected.name()),
    }
}
