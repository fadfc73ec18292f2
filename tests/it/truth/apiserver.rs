//! `check` against a real kube-apiserver (`tests/real/by-hand/apiserver`).

use super::compare;
use super::root;
use super::truth;
use meshtrace::check;
use meshtrace::check::Loaded;
use meshtrace::check::Options;
use meshtrace::check::Sets;
use meshtrace::finding::Severity;
use serde_json::Value;
use std::fs;

/// Rules about what an object does and not about whether the API server takes it.
const OF_OTHERS: [&str; 2] = ["inject-annotation-value", "tracer-missing"];

fn options(record: &Value) -> Options {
    let mut sets = Sets::default();
    for (index, definition) in record["definitions"].as_array().unwrap().iter().enumerate() {
        sets.add(&format!("{index}.json"), Ok(definition.to_string()));
    }
    Options { definitions: sets.definitions(), kubernetes: Some("1.37.2".to_string()), ..Options::default() }
}

fn differences(case: &Value, options: &Options, out: &mut Vec<String>) {
    let mut loaded = Loaded::default();
    loaded.add("object.json", &case["input"].to_string());
    let mut report = check::check(&loaded.set(), options, &loaded);
    report.findings.extend(check::unread(&loaded));
    let errors = report.findings.iter().filter(|hit| hit.finding.severity == Severity::Error);
    let rules: Vec<&str> =
        errors.map(|hit| hit.finding.rule.as_str()).filter(|rule| !OF_OTHERS.contains(rule)).collect();
    let name = case["case"].as_str().unwrap();
    match case["answer"].as_str() {
        Some(_) if rules.is_empty() => out.push(format!("{name}\trefused, check says nothing")),
        None if !rules.is_empty() => out.push(format!("{name}\taccepted, check says {}", rules.join(", "))),
        _ => {}
    }
}

#[test]
fn objects_are_refused_where_the_api_server_refuses_them() {
    let text = fs::read_to_string(truth("apiserver/objects.json")).unwrap();
    let record: Value = serde_json::from_str(&text).unwrap();
    let cases = record["cases"].as_array().unwrap();
    let refused = cases.iter().filter(|case| case["answer"].is_string()).count();
    assert!(refused >= 150 && cases.len() - refused >= 100, "{refused} of {} are refused", cases.len());
    let options = options(&record);
    let mut found = Vec::new();
    cases.iter().for_each(|case| differences(case, &options, &mut found));
    if std::env::var_os("DIFFERENCES").is_some() {
        fs::write(root().join("target/apiserver-differences.txt"), found.join("\n")).unwrap();
    }
    compare("apiserver/differences.tsv", &found);
}
