use crate::check::cluster::chart_values;
use crate::check::cluster::chart_values::ChartValues;
use crate::check::cursor::Cursor;
use crate::check::facts::Facts;
use crate::check::hop::HopKind;
use crate::check::input::open::is_open;
use crate::check::problem::Scope;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::consul::values::Key;
use crate::stack::consul::values::Kind;
use crate::stack::consul::values::Misfit;

pub(crate) static RULE: Rule = Rule {
    id: "values-wrong-type",
    severity: Severity::Error,
    summary: "a value of the Consul chart has the wrong type",
    text: "Templates print a value into YAML or compare it, and a value of another type makes `helm` fail, or means \
           something else: the string \"false\" counts as true, and a map where text is expected prints as `map[...]`. \
           Annotations, for example, are a string that holds YAML. The types are those of charts/consul/values.yaml; \
           whether helm fails depends on where the templates of a chart read or print the value, and was measured \
           with them. The finding is an error if helm fails, otherwise a warning.",
    fixes: &[],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    for values in &facts.values {
        let misfits = values.misfits();
        for misfit in &misfits {
            refused(values, misfit, out);
        }
        let refused: Vec<String> = misfits.iter().map(|misfit| misfit.path.join(".")).collect();
        below(values, values.root, "", &refused, out);
    }
}

fn refused(values: &ChartValues<'_>, misfit: &Misfit, out: &mut Sink) {
    let path = dotted(&misfit.path);
    let at = chart_values::deepest(values.root, &misfit.path);
    let what = if misfit.kind == Kind::String { "this text" } else { misfit.kind.name() };
    let message = format!("{} fails with {what} as `{path}`", values.chart());
    let help = values.keys(&misfit.path.join(".")).next().map_or_else(
        || advice(Kind::Any, misfit.kind),
        |key| advice(key.kind, misfit.kind),
    );
    out.hit(&RULE, at, message, help).breaks(HopKind::Sidecar, Scope::All);
}

/// `ingressGateways.gateways[0].service`.
fn dotted(path: &[String]) -> String {
    path.iter().enumerate().fold(String::new(), |all, (index, step)| match step.parse::<usize>() {
        Ok(item) => format!("{all}[{item}]"),
        Err(_) if index == 0 => step.clone(),
        Err(_) => format!("{all}.{step}"),
    })
}

fn below<'a>(values: &ChartValues<'a>, map: Cursor<'a>, path: &str, refused: &[String], out: &mut Sink) {
    for (name, at) in map.entries() {
        let path = if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
        let keys: Vec<&Key> = values.keys(&path).collect();
        let Some(first) = keys.first() else { continue };
        let kind = at.node().map_or(Kind::Null, chart_values::kind);
        let is_dash = at.str() == Some("-") && values.may_be_dash(&path);
        if is_dash || refused.contains(&path) || at.str().is_some_and(is_open) {
            continue;
        }
        if keys.iter().all(|key| misread(key, kind)) {
            let message = format!("`{path}` is {}; {} expects {}", kind.name(), values.chart(), first.kind.name());
            out.hit(&RULE, at, message, advice(first.kind, kind));
        } else if kind == Kind::Map && !keys.iter().any(|key| key.free) {
            below(values, at, &path, refused, out);
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

fn advice(expected: Kind, kind: Kind) -> String {
    match (expected, kind) {
        (Kind::String, Kind::Map | Kind::List) => "write it as text that holds YAML, in a block that begins with `|`".to_string(),
        (Kind::Boolean, Kind::String) => "write `true` or `false` without quotes; any text counts as true".to_string(),
        (Kind::String | Kind::Any, Kind::String) => {
            "templates print it into YAML; the comment on the key in the chart's values.yaml shows how".to_string()
        }
        (Kind::Any, _) | (_, Kind::Null) => "remove it, so that the default applies".to_string(),
        (expected, _) => format!("use {}", expected.name()),
    }
}
