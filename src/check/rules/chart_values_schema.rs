use crate::check::cluster::chart_values::deepest;
use crate::check::facts::Facts;
use crate::check::hop::HopKind;
use crate::check::problem::Scope;
use crate::check::schema::json;
use crate::check::schema::json::Fault;
use crate::check::schema::json::Wrong;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::yaml::Node;

pub(crate) static RULE: Rule = Rule {
    id: "chart-values-schema",
    severity: Severity::Error,
    summary: "values do not fit the chart's values.schema.json",
    text: "Helm judges the values, with the chart's defaults below them, by `values.schema.json` of the chart and of its \
           subcharts (helm.sh/helm/v3/pkg/chartutil/jsonschema.go), and installs nothing that does not fit. The rule \
           covers the keywords of JSON Schema for types, enums, numbers, text, lists, maps, combinations and conditions, \
           and `$ref` within the file; `format`, `unevaluatedProperties`, anchors and other files are ignored. The chart \
           is that of `--chart DIR`.",
    fixes: &[],
    check: Some(check),
};

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let set = facts.mesh.set;
    for (index, chart) in facts.of_own_charts() {
        // Of several files in unknown order, none has to fit by itself.
        if set.values[index].unknown.is_some() {
            continue;
        }
        let root = set.chart_values(index);
        let merged = chart.merged(&root.node().map(Node::to_json).unwrap_or_default());
        for (way, part) in chart.all(&merged) {
            let own = way.iter().try_fold(&merged, |at, key| at.get(key));
            let (Some(schema), Some(own)) = (&part.schema, own) else { continue };
            for fault in json::faults(schema, own) {
                let path = [way.clone(), fault.path.clone()].concat();
                let place = if path.is_empty() { "the top level".to_string() } else { format!("`{}`", path.join(".")) };
                let message = format!("{place} {} (`{}/values.schema.json`)", fault.message, part.folder);
                let help = help(&fault, out);
                let hit = out.hit(&RULE, deepest(root, &path), message, help);
                match &*chart.name {
                    "consul" => hit.breaks(HopKind::Sidecar, Scope::All),
                    _ => hit.refused(),
                };
            }
        }
    }
}

fn help(fault: &Fault, out: &mut Sink) -> String {
    if let (Wrong::Key(names), Some(own)) = (&fault.wrong, fault.path.last())
        && let Some(near) = out.closest(own, names.iter().map(String::as_str))
    {
        return format!("did you mean `{near}`?");
    }
    "helm installs nothing until this is corrected".to_string()
}
