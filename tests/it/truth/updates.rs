//! The class that `diff` gives a change, against what a real kube-apiserver says to it (`tests/real/by-hand/apiserver/updates.py`).

use super::compare;
use super::root;
use super::truth;
use meshtrace::diff;
use meshtrace::diff::Class;
use meshtrace::diff::Options;
use meshtrace::diff::Pair;
use meshtrace::diff::Tree;
use meshtrace::finding::Findings;
use serde_json::Value;
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;

/// An object after operations on keys of maps and items of lists, as in `updates.py`.
fn applied(thing: &Value, ops: &Value) -> Value {
    let mut thing = thing.clone();
    for op in ops.as_array().unwrap() {
        let keys = op["path"].as_str().unwrap().split('/').skip(1);
        let keys: Vec<String> = keys.map(|key| key.replace("~1", "/").replace("~0", "~")).collect();
        let (last, above) = keys.split_last().unwrap();
        let mut at = &mut thing;
        for key in above {
            at = match at {
                Value::Array(list) => &mut list[key.parse::<usize>().unwrap()],
                map => map.as_object_mut().unwrap().entry(key.clone()).or_insert_with(|| json!({})),
            };
        }
        match (at, op["op"].as_str().unwrap()) {
            (Value::Object(map), "remove") => drop(map.remove(last)),
            (Value::Array(list), "remove") => drop(list.remove(last.parse().unwrap())),
            (Value::Array(list), "add") => list.insert(last.parse().unwrap(), op["value"].clone()),
            (Value::Array(list), _) => list[last.parse::<usize>().unwrap()] = op["value"].clone(),
            (at, _) => drop(at.as_object_mut().unwrap().insert(last.clone(), op["value"].clone())),
        }
    }
    thing
}

fn tree(thing: &Value) -> Tree {
    Tree { files: BTreeMap::from([("object.json".to_string(), thing.to_string().into())]), ..Tree::default() }
}

#[test]
fn what_the_api_server_refuses_to_change_is_recreated() {
    let record: Value = serde_json::from_str(&fs::read_to_string(truth("apiserver/updates.json")).unwrap()).unwrap();
    let cases = record["cases"].as_array().unwrap();
    let refused = cases.iter().filter(|case| case["answer"].is_string()).count();
    assert!(refused >= 500 && cases.len() - refused >= 500, "{refused} of {} are refused", cases.len());
    let mut found = Vec::new();
    for case in cases {
        let from = &record["objects"][case["of"].as_str().unwrap()]["input"];
        let pair = Pair { from: tree(from), to: tree(&applied(from, &case["ops"])), ..Pair::default() };
        let answer = diff::run(&[pair], &Options::default(), &mut Findings::default()).unwrap_or_default();
        let recreated = answer.changes.iter().any(|change| change.class >= Class::Recreate);
        if recreated == case["answer"].is_string() {
            continue;
        }
        let ops = case["ops"].as_array().unwrap().iter();
        let ops: Vec<String> =
            ops.map(|op| format!("{} {}", op["op"].as_str().unwrap(), op["path"].as_str().unwrap())).collect();
        let said = if recreated { "accepted, diff says recreate" } else { "refused, diff says nothing" };
        found.push(format!("{}: {}\t{said}", case["of"].as_str().unwrap(), ops.join(", ")));
    }
    if std::env::var_os("DIFFERENCES").is_some() {
        fs::write(root().join("target/updates-differences.txt"), found.join("\n")).unwrap();
    }
    compare("apiserver/updates-differences.tsv", &found);
}
