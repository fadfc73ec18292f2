//! `check` against `otelcol validate` (`tests/real/otelcol`).

use super::cases;
use super::compare;
use super::judge;
use super::sending_to;
use meshtrace::finding::Severity;
use serde_json::Value;
use serde_json::json;

/// A collector of that version with the configuration, as the operator's resource.
fn collector(config: &Value) -> String {
    json!({"apiVersion": "opentelemetry.io/v1beta1", "kind": "OpenTelemetryCollector",
        "metadata": {"name": "otel", "namespace": "observability"},
        "spec": {"image": "otel/opentelemetry-collector:0.140.0", "config": config}})
    .to_string()
}

fn differences(case: &Value, out: &mut Vec<String>) {
    let text = collector(&case["input"]);
    // A collector is judged if spans are sent to it.
    let host = "otel-collector.observability.svc";
    let mesh = sending_to(host, 4317, true);
    let report = judge([("collector.json", text.as_str()), ("mesh.json", mesh.as_str())]);
    let errors = report.findings.iter().filter(|hit| hit.finding.severity == Severity::Error);
    // Where an exporter sends to is not a question for `validate`.
    let rules = errors.map(|hit| hit.finding.rule.as_str()).filter(|rule| *rule != "relay-address");
    let rules: Vec<&str> = rules.collect();
    let name = case["case"].as_str().unwrap();
    match case["answer"].as_str() {
        Some(_) if rules.is_empty() => out.push(format!("{name}\trefused, check says nothing")),
        None if !rules.is_empty() => out.push(format!("{name}\ttaken, check says {}", rules.join(", "))),
        _ => {}
    }
}

#[test]
fn collector_configurations_are_refused_where_the_collector_refuses_them() {
    let cases = cases("otelcol/validate.json");
    assert!(cases.len() >= 30, "{}", cases.len());
    let mut found = Vec::new();
    cases.iter().for_each(|case| differences(case, &mut found));
    compare("otelcol/differences.tsv", &found);
}
