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

/// Versions of kinds with the minors in which they are deprecated and removed (the Kubernetes documentation's "Deprecated API Migration
/// Guide"; `versions.yaml` of Pluto has the same).
const ENDS: [(&str, &str, u64, u64); 19] = [
    ("extensions/v1beta1", "Deployment", 9, 16),
    ("extensions/v1beta1", "Ingress", 14, 22),
    ("apps/v1beta2", "StatefulSet", 9, 16),
    ("networking.k8s.io/v1beta1", "Ingress", 19, 22),
    ("apiextensions.k8s.io/v1beta1", "CustomResourceDefinition", 16, 22),
    ("apiregistration.k8s.io/v1beta1", "APIService", 10, 22),
    ("rbac.authorization.k8s.io/v1beta1", "Role", 17, 22),
    ("scheduling.k8s.io/v1beta1", "PriorityClass", 14, 22),
    ("certificates.k8s.io/v1beta1", "CertificateSigningRequest", 19, 22),
    ("coordination.k8s.io/v1beta1", "Lease", 14, 22),
    ("policy/v1beta1", "PodSecurityPolicy", 21, 25),
    ("policy/v1beta1", "PodDisruptionBudget", 21, 25),
    ("node.k8s.io/v1beta1", "RuntimeClass", 22, 25),
    ("autoscaling/v2beta1", "HorizontalPodAutoscaler", 22, 25),
    ("batch/v1beta1", "CronJob", 21, 25),
    ("discovery.k8s.io/v1beta1", "EndpointSlice", 21, 25),
    ("autoscaling/v2beta2", "HorizontalPodAutoscaler", 23, 26),
    ("storage.k8s.io/v1beta1", "CSIStorageCapacity", 24, 27),
    ("flowcontrol.apiserver.k8s.io/v1beta2", "FlowSchema", 26, 29),
];

#[test]
fn versions_of_kinds_end_where_kubernetes_says() {
    for (version, kind, deprecated, removed) in ENDS {
        for minor in 24..=37 {
            let options = Options { kubernetes: Some(format!("1.{minor}")), ..Options::default() };
            let thing = serde_json::json!({"apiVersion": version, "kind": kind, "metadata": {"name": "x"}});
            let mut loaded = Loaded::default();
            loaded.add("object.json", &thing.to_string());
            let report = check::check(&loaded.set(), &options, &loaded);
            let rules: Vec<&str> = report.findings.iter().map(|hit| hit.finding.rule.as_str()).collect();
            let rules: Vec<&str> = rules.into_iter().filter(|rule| rule.starts_with("api-")).collect();
            let wanted: &[&str] = match minor {
                minor if minor >= removed => &["api-removed"],
                minor if minor >= deprecated => &["api-deprecated"],
                _ => &[],
            };
            assert_eq!(rules, wanted, "{version} {kind} in 1.{minor}");
        }
    }
}
