//! What `diff --semantic` calls the same, against what a real kube-apiserver stores (`tests/real/by-hand/apiserver/stored.py`).

use super::compare;
use super::root;
use super::truth;
use meshtrace::diff;
use meshtrace::diff::Options;
use meshtrace::diff::Pair;
use meshtrace::diff::Tree;
use meshtrace::finding::Findings;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;

/// The other side of a pair: see `stored.py`.
fn other(thing: &Value, case: &Value) -> Value {
    if let Some(from) = case.get("from") {
        return from.clone();
    }
    let mut thing = thing.clone();
    let with = case["with"].as_array();
    let pointer = with.map_or(&case["without"], |with| &with[0]).as_str().unwrap();
    let (place, key) = pointer.rsplit_once('/').unwrap();
    let key = key.replace("~1", "/").replace("~0", "~");
    let at = thing.pointer_mut(place).unwrap().as_object_mut().unwrap();
    match with {
        Some(with) => at.insert(key, with[1].clone()),
        None => at.remove(&key),
    };
    thing
}

fn tree(thing: &Value) -> Tree {
    Tree { files: BTreeMap::from([("object.json".to_string(), thing.to_string().into())]), ..Tree::default() }
}

#[test]
fn what_is_the_same_when_stored_is_stored_the_same() {
    let record: Value = serde_json::from_str(&fs::read_to_string(truth("apiserver/stored.json")).unwrap()).unwrap();
    let cases = record["cases"].as_array().unwrap();
    let same = cases.iter().filter(|case| case["answer"] == true).count();
    assert!(same >= 200 && cases.len() - same >= 200, "{same} of {} are the same", cases.len());
    let options = Options { semantic: true, ..Options::default() };
    let mut found = Vec::new();
    for case in cases {
        let to = &record["objects"][case["of"].as_str().unwrap()];
        let pair = Pair { from: tree(&other(to, case)), to: tree(to), ..Pair::default() };
        let answer = diff::run(&[pair], &options, &mut Findings::default()).unwrap_or_default();
        let name = case["case"].as_str().unwrap();
        match (answer.changes.is_empty(), case["answer"] == true) {
            (false, true) => found.push(format!("{name}\tstored the same, diff says changed")),
            (true, false) => found.push(format!("{name}\tstored differently, diff says the same")),
            _ => {}
        }
    }
    if std::env::var_os("DIFFERENCES").is_some() {
        fs::write(root().join("target/stored-differences.txt"), found.join("\n")).unwrap();
    }
    compare("apiserver/stored-differences.tsv", &found);
}
