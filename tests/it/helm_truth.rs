//! Holds `check` to what the real helm says of the real Consul charts: `tests/truth/helm`.

use meshtrace::check::Loaded;
use meshtrace::check::Options;
use meshtrace::finding::Severity;
use serde_json::Value;

/// Whether `check` finds an error in values of a chart.
fn refused(chart: &str, values: &Value) -> bool {
    let mut loaded = Loaded::default();
    loaded.add("values.yaml", &format!("# chart: consul {chart}\n{values}\n"));
    let report = meshtrace::check::check(&loaded.set(), &Options::default(), &loaded);
    report.findings.iter().any(|hit| hit.finding.severity == Severity::Error)
}

#[test]
fn check_refuses_exactly_the_values_that_helm_refuses() {
    let mut wrong = Vec::new();
    for line in include_str!("../truth/helm/values.jsonl").lines() {
        let row: Value = serde_json::from_str(line).expect("a row is JSON");
        for (chart, renders) in row["helm"].as_object().expect("verdicts by chart") {
            if refused(chart, &row["values"]) == (renders == &Value::Bool(true)) {
                wrong.push(format!("{chart} {}: helm renders it: {renders}", row["name"]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
