use crate::check::cursor::Cursor;
use crate::check::facts::Facts;
use crate::check::input::chart::Chart;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::Version;
use crate::stack::consul::values::Charts;

pub(crate) static RULE: Rule = Rule {
    id: "chart-values-unknown-key",
    severity: Severity::Warning,
    summary: "the chart of `--chart` has no such key",
    text: "Helm ignores a key that no template reads, so a misspelled key changes nothing. A chart has the keys of its \
           values.yaml, and those that its templates name; where a template uses a map as a whole, or the default is an \
           empty map, any key below it is valid. So is every key of a chart that it depends on and that is not in its \
           `charts` directory. For versions of the Consul chart that are known, `values-unknown-key` knows more.",
    fixes: &[],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    for (index, chart) in facts.of_own_charts().filter(|(_, chart)| !is_known(chart)) {
        below(chart, facts.mesh.set.chart_values(index), &mut Vec::new(), out);
    }
}

/// Whether a table has the keys of this very chart.
fn is_known(chart: &Chart) -> bool {
    let version = chart.version.as_deref().and_then(Version::read);
    chart.name == "consul" && Charts::like(version.as_ref()).version().is_some()
}

fn below<'a>(chart: &Chart, map: Cursor<'a>, path: &mut Vec<&'a str>, out: &mut Sink) {
    for (name, at) in map.entries() {
        path.push(name);
        if !chart.may_read(path) {
            let message = format!("the chart `{}` has no key `{}` and ignores it", chart.name, path.join("."));
            let beside = chart.beside(path);
            let help = match out.closest(name, beside.iter().copied()) {
                Some(near) => format!("did you mean `{}`?", [&path[..path.len() - 1], &[near]].concat().join(".")),
                None => format!("remove it; `{}/values.yaml` has the keys", chart.folder),
            };
            out.hit(&RULE, at.key(), message, help);
        } else {
            below(chart, at, path, out);
        }
        path.pop();
    }
}
