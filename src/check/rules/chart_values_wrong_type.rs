use crate::check::cluster::chart_values::kind;
use crate::check::cursor::Cursor;
use crate::check::facts::Facts;
use crate::check::input::chart::Chart;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::consul::values::Kind;

pub(crate) static RULE: Rule = Rule {
    id: "chart-values-wrong-type",
    severity: Severity::Warning,
    summary: "a value has another type than the chart's default",
    text: "Templates are written for values of the type that values.yaml has: a loop over text fails, a map where text is \
           expected prints as `map[...]`, and the string \"false\" counts as true. A key whose default is `null` may be \
           anything. The chart is that of `--chart DIR`; where it has a `values.schema.json`, that file says which types \
           are valid.",
    fixes: &[],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    // The rules for the Consul chart know its types.
    for (index, chart) in facts.of_own_charts().filter(|(_, chart)| chart.schema.is_none() && chart.name != "consul") {
        below(chart, facts.mesh.set.chart_values(index), &mut Vec::new(), out);
    }
}

fn below<'a>(chart: &Chart, map: Cursor<'a>, path: &mut Vec<&'a str>, out: &mut Sink) {
    for (name, at) in map.entries() {
        path.push(name);
        if let (Some(default), Some(node)) = (chart.default_of(path), at.node()) {
            let (expected, given) = (Kind::of(default), kind(node));
            if differ(expected, given) {
                let what = format!("`{}` is {}", path.join("."), given.name());
                let message = format!("{what}; the chart `{}` has {} there", chart.name, expected.name());
                let help = match (expected, given) {
                    (Kind::Boolean, _) => "write `true` or `false` without quotes; any text counts as true".to_string(),
                    _ => format!("use {}", expected.name()),
                };
                out.hit(&RULE, at, message, help);
            } else {
                below(chart, at, path, out);
            }
        }
        path.pop();
    }
}

/// Whether templates for one kind cannot be meant for the other. Text, numbers and booleans print alike, and `null`
/// removes a default.
fn differ(expected: Kind, given: Kind) -> bool {
    match (expected, given) {
        (Kind::Null, _) | (_, Kind::Null) => false,
        (expected, given) if expected == given => false,
        (Kind::Boolean, Kind::String) | (Kind::List | Kind::Map, _) | (_, Kind::List | Kind::Map) => true,
        _ => false,
    }
}
