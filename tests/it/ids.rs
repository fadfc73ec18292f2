//! Every id that is printed is registered once, is used, and is explained.
#![allow(clippy::disallowed_methods, reason = "reads the sources and documents that it checks")]

use crate::common::bless;
use meshtrace::builtin;
use meshtrace::check;
use meshtrace::explain;
use meshtrace::finding::ids;
use std::collections::BTreeSet;
use std::path::Path;

fn files(folder: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let all = bless::read(&root).into_iter();
    all.map(|(path, bytes)| (path, String::from_utf8_lossy(&bytes).into_owned())).collect()
}

fn known() -> BTreeSet<&'static str> {
    let stages = ids::ALL.iter().map(|entry| entry.id.as_str());
    check::rules().iter().map(|rule| rule.id).chain(stages).collect()
}

#[test]
fn every_id_has_one_owner() {
    let stages: Vec<&str> = ids::ALL.iter().map(|entry| entry.id.as_str()).collect();
    let twice: Vec<&&str> = stages.iter().filter(|id| check::find_rule(id).is_some()).collect();
    assert!(twice.is_empty(), "a rule of `check` and a stage both own {twice:?}");
    assert_eq!(known().len(), stages.len() + check::rules().len(), "an id is registered twice");
    let mut sorted = stages.clone();
    sorted.sort_unstable();
    assert_eq!(stages, sorted, "keep the table sorted");
}

#[test]
fn every_id_that_is_registered_is_printed_somewhere() {
    let (_, table) = files("src").into_iter().find(|(path, _)| path == "finding/ids.rs").expect("the registry");
    let sources: String =
        files("src").into_iter().filter(|(path, _)| path != "finding/ids.rs").map(|(_, text)| text).collect();
    let named: BTreeSet<&str> = sources
        .split("ids::")
        .skip(1)
        .map(|rest| rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default())
        .collect();
    for entry in ids::ALL {
        let constant = entry.id.as_str().to_uppercase().replace('-', "_");
        let declared = format!("    {constant} = \"{}\",", entry.id);
        assert!(table.contains(&declared), "the constant of `{}` must be named {constant}", entry.id);
        assert!(named.contains(constant.as_str()), "nothing prints `{}`: remove ids::{constant}", entry.id);
    }
}

#[test]
fn only_the_registry_creates_ids() {
    let allowed = ["finding/id.rs", "finding/ids.rs", "check/sink.rs"];
    for (path, text) in files("src") {
        let makes = text.contains("RuleId::register(");
        assert!(!makes || allowed.contains(&path.as_str()), "{path} creates an id: add it to finding/ids.rs");
        let compares = [".rule.as_str() == \"", ".rule.as_str() != \""].iter().any(|it| text.contains(it));
        assert!(!compares, "{path} compares an id with a string, which the compiler cannot check");
    }
}

#[test]
fn every_id_in_documents_and_tests_is_registered() {
    let known = known();
    let mut texts = files("tests/it");
    texts.extend(files("docs"));
    for name in ["README.md", "SECURITY.md"] {
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).expect(name);
        texts.push((name.to_string(), text));
    }
    let mut seen = 0;
    for (path, text) in texts {
        for begin in ["error[", "warning["] {
            for rest in text.split(begin).skip(1) {
                let Some((id, _)) = rest.split_once("]: ") else { continue };
                if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_lowercase() || b"-0123456789".contains(&byte))
                {
                    continue;
                }
                assert!(known.contains(id), "{path} shows `{id}`, which is not registered");
                seen += 1;
            }
        }
    }
    assert!(seen > 100, "{seen}");
}

#[test]
fn explain_knows_every_id_and_no_key_has_the_same_name() {
    let schema = explain::schema();
    let keys: Vec<&String> = schema["properties"].as_object().expect("keys").keys().collect();
    assert!(keys.len() > 5);
    for id in known() {
        let text = explain::id(id, None).unwrap_or_else(|| panic!("`explain {id}` does not know it"));
        assert!(text.starts_with(&format!("{id}  (")) && text.lines().count() > 6, "{text}");
        assert!(!keys.iter().any(|key| *key == id), "`{id}` is also a key");
    }
    for entry in ids::ALL {
        let id = entry.id;
        assert!(!entry.summary.ends_with('.'), "{id}");
        for text in [entry.why, entry.help] {
            assert!(text.ends_with('.') && text.chars().next().is_some_and(|c| !c.is_lowercase()), "{id}: {text}");
        }
    }
}

#[test]
fn a_rule_is_explained_with_a_failing_and_a_passing_example() {
    for rule in check::rules() {
        let example = builtin::example(rule.id).unwrap_or_else(|| panic!("{} has no example", rule.id));
        assert!(!example.fails.is_empty() && !example.passes.is_empty(), "{}", rule.id);
        let text = explain::id(rule.id, None).expect("an id");
        let (_, examples) = text.split_once("\n  fails:\n").expect("a failing example");
        let (fails, passes) = examples.split_once("\n  passes:\n").expect("a passing example");
        assert!(fails.lines().count() > 1 && passes.lines().count() > 1, "{text}");
    }
}
