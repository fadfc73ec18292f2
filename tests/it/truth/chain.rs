//! `check` against the real chain: which paths' spans Jaeger's API showed (`tests/real/chain`).

use super::compare;
use super::judge;
use super::root;
use super::truth;
use meshtrace::check::Path;
use serde_json::Map;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;

/// The files of a set: a folder of this repository, or what the record changes in a base.
fn files(record: &Value, bases: &Value) -> Vec<(String, String)> {
    if let Some(changes) = record["files"].as_object() {
        let mut files: Map<String, Value> = match record["base"].as_str().unwrap() {
            "" => Map::new(),
            base => bases[base].as_object().unwrap_or_else(|| panic!("no base `{base}`")).clone(),
        };
        files.extend(changes.clone());
        return files.into_iter().filter_map(|(name, text)| Some((name, text.as_str()?.to_string()))).collect();
    }
    let (place, rest) = record["set"].as_str().unwrap().split_once('/').unwrap();
    let folder = match place {
        "out" => root().join("out").join(rest),
        "golden" => root().join("tests/golden").join(rest).join("expected"),
        place => root().join("tests").join(place).join(rest),
    };
    let mut found = Vec::new();
    walk(&folder, "", &mut found);
    assert!(!found.is_empty(), "{}: the set of a record is gone; delete its line", folder.display());
    found
}

fn walk(folder: &std::path::Path, prefix: &str, found: &mut Vec<(String, String)>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut entries: Vec<_> = entries.map(|entry| entry.unwrap()).collect();
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            walk(&entry.path(), &format!("{name}/"), found);
        } else if [".yaml", ".yml", ".json"].iter().any(|end| name.ends_with(end)) {
            found.push((name, fs::read_to_string(entry.path()).unwrap()));
        }
    }
}

/// As the records name a path: "web", or "web from GATEWAY".
fn name(path: &Path) -> String {
    match path.from.as_str() {
        "clients" | "the mesh" => path.service.clone(),
        from => format!("{} from {from}", path.service),
    }
}

fn word(arrives: bool) -> &'static str {
    if arrives { "arrives" } else { "does not arrive" }
}

/// How many paths may be left open. What the files do not say is not there in the chain either, so its answer is no measure
/// of a `?`; only their number is held. Some sixty are those of sets whose storage is not among
/// their files.
const OPEN: usize = 230;

/// Where `check` says something else than was seen, a line each: `SET PATH check seen`. Returns how many paths it leaves open.
fn differences(record: &Value, bases: &Value, out: &mut Vec<String>) -> usize {
    let files = files(record, bases);
    let report = judge(files.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    let said: BTreeMap<String, Option<bool>> = report.paths.iter().map(|path| (name(path), path.arrives)).collect();
    let seen = record["seen"].as_object().unwrap();
    let set = record["set"].as_str().unwrap();
    for (path, arrives) in &said {
        match (arrives, seen.get(path).and_then(Value::as_bool)) {
            (Some(arrives), Some(truth)) if *arrives != truth => {
                out.push(format!("{set}\t{path}\t{}\t{}", word(*arrives), word(truth)));
            }
            // What does not exist sends nothing.
            (Some(true), None) => out.push(format!("{set}\t{path}\tarrives\tno such proxy")),
            _ => {}
        }
    }
    let open = said.iter().filter(|(path, arrives)| arrives.is_none() && seen.contains_key(*path)).count();
    // Without workloads the chain assumes some, of which `check` knows nothing.
    if record["assumed"] == true {
        return open;
    }
    for (path, truth) in seen.iter().filter(|(path, _)| !path.contains(" from ")) {
        if truth == true && !said.contains_key(path) {
            out.push(format!("{set}\t{path}\tno path\tarrives"));
        }
    }
    open
}

#[test]
fn spans_arrive_in_jaeger_exactly_when_check_says_so() {
    let _still = crate::common::bless::OUT.read().unwrap();
    let bases: Value = serde_json::from_str(&fs::read_to_string(truth("chain/bases.json")).unwrap()).unwrap();
    let (mut found, mut count, mut open) = (Vec::new(), 0, 0);
    for group in ["check", "corpus", "golden", "out"] {
        let text = fs::read_to_string(truth(&format!("chain/{group}.jsonl"))).unwrap();
        for line in text.lines() {
            open += differences(&serde_json::from_str(line).unwrap(), &bases, &mut found);
            count += 1;
        }
    }
    compare("chain/differences.tsv", &found);
    assert!(open <= OPEN, "{open} paths are left open");
    assert!(count >= 450, "{count} sets");
}
