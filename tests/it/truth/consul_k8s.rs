//! `check` against consul-k8s' own `Validate` of custom resources (`tests/truth/consul-k8s/README.md`).

use super::cases;
use super::compare;
use super::judge;
use meshtrace::finding::Severity;
use serde_json::Value;

/// Rules about what a set of one resource lacks.
const OF_THE_SET: [&str; 1] = ["tracer-missing"];

fn differences(case: &Value, out: &mut Vec<String>) {
    let resource = case["input"].to_string();
    for (version, answer) in case["answer"].as_object().unwrap() {
        // What follows from the version is judged where the values name the chart.
        let values = format!("# chart: consul {version}\nglobal: {{name: consul}}\nconnectInject: {{enabled: true}}\n");
        let report = judge([("resource.json", resource.as_str()), ("helm/consul/values.yaml", values.as_str())]);
        let mine = report.findings.iter().filter(|hit| {
            let kind = hit.object.as_ref().is_some_and(|(id, _)| *id.kind == *case["input"]["kind"].as_str().unwrap());
            // The schema of the chart's CRD refuses more, before the webhook is asked.
            let rule = hit.finding.rule.as_str();
            hit.finding.severity == Severity::Error
                && kind
                && !OF_THE_SET.contains(&rule)
                && !rule.starts_with("schema-")
        });
        let rules: Vec<&str> = mine.map(|hit| hit.finding.rule.as_str()).collect();
        let name = case["case"].as_str().unwrap();
        match answer.as_str() {
            Some(_) if rules.is_empty() => out.push(format!("{name}\t{version}\trefused, check says nothing")),
            None if !rules.is_empty() => out.push(format!("{name}\t{version}\ttaken, check says {}", rules.join(", "))),
            _ => {}
        }
    }
}

#[test]
fn custom_resources_are_refused_where_consul_k8s_refuses_them() {
    let cases = cases("consul-k8s/validate.json");
    assert!(cases.len() >= 60, "{}", cases.len());
    let mut found = Vec::new();
    cases.iter().for_each(|case| differences(case, &mut found));
    compare("consul-k8s/differences.tsv", &found);
}
