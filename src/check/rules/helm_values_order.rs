use crate::check::cursor::Cursor;
use crate::check::facts::Facts;
use crate::check::input::set::Unknown;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use std::collections::BTreeMap;

pub(crate) static RULE: Rule = Rule {
    id: "helm-values-order",
    severity: Severity::Warning,
    summary: "several Helm values of one chart differ, and nothing says which of them is applied last",
    text: "With `helm -f a.yaml -f b.yaml` the last file wins. A directory has no such order, and neither do two \
           objects that install the same chart, so none of the values are judged and the hops that depend on them are \
           unseen.",
    fixes: &[],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let set = facts.mesh.set;
    let mut charts: BTreeMap<&str, Vec<Cursor<'_>>> = BTreeMap::new();
    for (index, values) in set.values.iter().enumerate() {
        if let (Some((chart, _)), Some(Unknown::Order)) = (values.chart, values.unknown) {
            charts.entry(chart).or_default().push(set.chart_values(index));
        }
    }
    for (chart, all) in charts {
        let (Some(first), Some(second)) = (all.first(), all.get(1)) else { continue };
        out.hit(
            &RULE,
            *second,
            format!("found {} sets of Helm values for the chart `{chart}`, and nothing says which is applied last", all.len()),
            "name the files in the order of `helm -f`, as in `meshtrace check values.yaml values-prod.yaml apps/`",
        )
        .note("the first are here", *first);
    }
}
