//! `inject --mode agent` against what the webhook of jaeger-operator 1.37 and 1.65 makes of the same Deployments
//! (`tests/real/referee`), both ways: what the operator injects, leaves and hands back.

use super::cases;
use super::compare;
use meshtrace::finding::Findings;
use meshtrace::inject::Mode;
use meshtrace::inject::Opened;
use meshtrace::inject::Request;
use meshtrace::inject::Targets;
use meshtrace::source::Sources;
use meshtrace::yaml;
use serde_json::Value;
use serde_json::json;
use std::collections::BTreeMap;

/// The label by which the operator takes an agent for its own; ours never has it (ARCHITECTURE.md, "Departures").
const LABEL: &str = "sidecar.jaegertracing.io/injected";

/// The targets of a profile whose operator has this version.
fn targets(version: &str) -> Targets {
    let text = format!("operators: {{jaeger: {{version: {version}}}}}\njaeger: {{version: {version}}}\n");
    crate::common::targets::of("base", text)
}

/// The Deployment after an injection, or `None` if it stays; and what was said.
fn injected(input: &Value, targets: &Targets) -> (Option<Value>, String) {
    let mut sources = Sources::default();
    let mut found = Findings::default();
    let deployment = &input["deployment"];
    let typed = |kind: &str, object: &Value| {
        let mut object = object.clone();
        (object["apiVersion"], object["kind"]) = ("v1".into(), kind.into());
        object
    };
    let maps = input["configMaps"].as_array().into_iter().flatten().map(|map| typed("ConfigMap", map));
    let mut items: Vec<Value> = input["jaegers"].as_array().into_iter().flatten().cloned().collect();
    items.extend(maps.chain([typed("Namespace", &input["namespace"])]));
    let list = sources.add("rest.json", json!({"kind": "List", "items": items}).to_string());
    let list = Opened::read(&sources, list, &mut found).unwrap();
    // A case may have no Jaeger at all, where the profile's would be taken.
    let targets = Targets { jaegers: list.jaegers().collect(), ..targets.clone() }.with([&list].into_iter());
    let text = sources.add("deployment.json", format!("{deployment:#}\n"));
    let opened = Opened::read(&sources, text, &mut found).unwrap();
    let request = Request { mode: Mode::Agent, consul: false, all: false, remove: false };
    let outcome = opened.inject(&sources, &request, &targets, &mut found);
    let Some(outcome) = outcome else {
        let finding = found.iter().next().unwrap();
        return (None, format!("refused: {}", finding.message.split_once(": ").unwrap().1));
    };
    let said =
        outcome.lines.iter().map(|line| line.splitn(3, ": ").nth(2).unwrap_or(line)).collect::<Vec<_>>().join("; ");
    let new = outcome.text.map(|text| {
        let source = sources.add("new.json", text);
        yaml::read(&sources, source, &mut found).remove(0).node.to_json()
    });
    (new, said)
}

/// The part that the operator changes, without what Go prints of an empty struct.
fn part(metadata: &Value, template: &Value) -> Value {
    let mut metadata = json!({"labels": metadata["labels"], "annotations": metadata["annotations"]});
    if let Some(labels) = metadata["labels"].as_object_mut() {
        labels.shift_remove(LABEL);
    }
    filled(&json!({"metadata": metadata, "template": template}))
}

fn filled(value: &Value) -> Value {
    let empty = |value: &Value| {
        value.is_null()
            || value.as_object().is_some_and(|map| map.is_empty())
            || value.as_array().is_some_and(Vec::is_empty)
    };
    match value {
        Value::Object(map) => {
            let entries = map.iter().map(|(key, value)| (key.clone(), filled(value)));
            Value::Object(entries.filter(|(_, value)| !empty(value)).collect())
        }
        Value::Array(list) => Value::Array(list.iter().map(filled).collect()),
        value => value.clone(),
    }
}

/// The pointers at which two values differ.
fn pointers(a: &Value, b: &Value, at: &str, out: &mut Vec<String>) {
    match (a, b) {
        (Value::Object(x), Value::Object(y)) => {
            let keys: BTreeMap<&String, ()> = x.keys().chain(y.keys()).map(|key| (key, ())).collect();
            keys.keys().for_each(|key| pointers(&a[*key], &b[*key], &format!("{at}/{key}"), out));
        }
        (Value::Array(x), Value::Array(y)) if x.len() == y.len() => {
            x.iter().zip(y).enumerate().for_each(|(index, (a, b))| pointers(a, b, &format!("{at}/{index}"), out));
        }
        _ if a == b => {}
        _ => out.push(format!("{at} is {b}, the operator's is {a}")),
    }
}

fn difference(case: &Value, targets: &Targets) -> Option<String> {
    let (input, answer) = (&case["input"], &case["answer"]);
    let (new, said) = injected(input, targets);
    let did = answer["did"].as_str().unwrap();
    match (did, new) {
        ("nothing", None) => None,
        ("injected", Some(new)) => {
            let theirs = part(&answer["metadata"], &answer["template"]);
            let ours = part(&new["metadata"], &new["spec"]["template"]);
            let mut out = Vec::new();
            pointers(&theirs, &ours, "", &mut out);
            (!out.is_empty()).then(|| out.join("; "))
        }
        (did, _) => {
            let why = answer["why"].as_str().map_or_else(String::new, |why| format!(" ({why})"));
            Some(format!("the operator: {did}{why}; inject: {said}"))
        }
    }
}

#[test]
fn inject_writes_what_the_operator_injects() {
    let mut found = Vec::new();
    for (version, file) in
        [("1.37.0", "jaeger-operator/1.37/injections.json"), ("1.65.0", "jaeger-operator/injections.json")]
    {
        let cases = cases(file);
        assert!(cases.len() >= 60, "{}", cases.len());
        let targets = targets(version);
        let same = cases.iter().filter(|case| case["answer"]["did"] == "injected").count();
        assert!(same >= 60, "{same} Deployments get an agent");
        for case in &cases {
            if let Some(what) = difference(case, &targets) {
                found.push(format!("{version} {}\t{what}", case["case"].as_str().unwrap()));
            }
        }
    }
    compare("jaeger-operator/injections.tsv", &found);
}
