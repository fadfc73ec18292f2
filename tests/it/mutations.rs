//! `check` finds nothing in production renders, and something in each once one value of a policy, a role, a Secret's name or
//! an intention is wrong, and nothing once one is only wider. The mutations are data: `tests/data/production-breaks.tsv`.
#![allow(clippy::disallowed_methods, reason = "runs the program on files")]

use crate::common::bless;
use crate::common::bless::Tree;
use meshtrace::finding::Findings;
use meshtrace::source::Sources;
use meshtrace::yaml;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// The stores of the goldens, which are not among their files, and the collector where the domain is the golden's own.
const ASSUMED: [&str; 5] = [
    "elasticsearch.example:9200",
    "es-0.db.svc:9200",
    "opensearch.db.svc:9200",
    "cassandra-0.db.svc:9042",
    "simplest-collector.tracing.svc.shop.internal:9411",
];

struct Mutation<'a> {
    case: &'a str,
    file: &'a str,
    /// The kind and namespace of the object, where a file has several.
    object: &'a str,
    pointer: &'a str,
    value: Value,
    rule: &'a str,
    /// Whether spans still arrive.
    arrives: &'a str,
}

fn mutations(text: &str) -> Vec<Mutation<'_>> {
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines
        .map(|line| {
            let cells: Vec<&str> = line.split('\t').collect();
            let [case, file, object, pointer, value, rule, arrives] = cells[..] else {
                panic!("seven columns: {line}")
            };
            let value = serde_json::from_str(value).unwrap_or_else(|error| panic!("{line}: {error}"));
            Mutation { case, file, object, pointer, value, rule, arrives }
        })
        .collect()
}

/// What `check` says of a directory: whether spans arrive, and its errors and warnings.
fn check(dir: &Path) -> (String, Vec<(String, String)>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_meshtrace"));
    command.arg("check").arg(dir).args(["--format", "json"]);
    ASSUMED.iter().for_each(|address| {
        command.args(["--assume", address]);
    });
    let output = command.output().unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    let findings = answer["findings"].as_array().unwrap().iter().filter(|one| one["severity"] != "info");
    let word = |one: &Value, key: &str| one[key].as_str().unwrap_or_default().to_owned();
    (answer["summary"]["arrives"].to_string(), findings.map(|one| (word(one, "rule"), word(one, "message"))).collect())
}

/// The file with one value replaced. JSON is YAML, so documents are written as JSON.
fn mutated(text: &str, mutation: &Mutation<'_>) -> String {
    let mut sources = Sources::default();
    let source = sources.add(mutation.file, text.to_owned());
    let documents = yaml::read(&sources, source, &mut Findings::default());
    let mut documents: Vec<Value> = documents.iter().map(|document| document.node.to_json()).collect();
    let is_it = |document: &Value| {
        let word = |pointer| document.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        mutation.object == "-" || mutation.object == format!("{}/{}", word("/kind"), word("/metadata/name"))
    };
    let whole = documents.iter_mut().find(|document| is_it(document)).unwrap_or_else(|| panic!("{}", mutation.object));
    let value = whole.pointer_mut(mutation.pointer);
    let value = value.unwrap_or_else(|| panic!("{} {}: nothing at {}", mutation.case, mutation.file, mutation.pointer));
    assert_ne!(*value, mutation.value, "{} {} {}", mutation.case, mutation.file, mutation.pointer);
    *value = mutation.value.clone();
    let comments = text.lines().take_while(|line| line.starts_with('#')).map(|line| format!("{line}\n"));
    let documents: Vec<String> = documents.iter().map(|document| format!("{document}\n")).collect();
    comments.collect::<String>() + &documents.join("---\n")
}

#[test]
fn check_is_clean_on_production_renders_and_notices_what_breaks_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let text = std::fs::read_to_string(root.join("data/production-breaks.tsv")).unwrap();
    let mut by_case: BTreeMap<&str, Vec<Mutation<'_>>> = BTreeMap::new();
    for mutation in mutations(&text) {
        by_case.entry(mutation.case).or_default().push(mutation);
    }
    let broken = |one: &&Mutation<'_>| one.arrives == "false";
    assert!(by_case.values().flatten().filter(broken).count() >= 90);
    let mut wrong = Vec::new();
    for (case, mutations) in &by_case {
        let tree: Tree = bless::read(&root.join("golden").join(case).join("expected"));
        let work = tempfile::tempdir().unwrap();
        bless::write(work.path(), &tree);
        let whole = check(work.path());
        if whole != ("true".to_owned(), Vec::new()) {
            wrong.push(format!("{case} is not clean: {whole:?}"));
        }
        for mutation in mutations {
            let before = std::str::from_utf8(&tree[mutation.file]).unwrap();
            std::fs::write(work.path().join(mutation.file), mutated(before, mutation)).unwrap();
            let (arrives, findings) = check(work.path());
            let told = match mutation.rule {
                "-" => true,
                "clean" => findings.is_empty(),
                own => findings.iter().any(|(rule, _)| rule == own),
            };
            if !told || arrives != mutation.arrives {
                let Mutation { file, pointer, .. } = mutation;
                wrong.push(format!("{case} {file} {pointer}: arrives {arrives}, {findings:?}"));
            }
            std::fs::write(work.path().join(mutation.file), before).unwrap();
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn what_is_not_among_the_files_may_live_elsewhere_unless_they_are_a_render() {
    let expected = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/storage-opensearch/expected");
    let mut tree: Tree = bless::read(&expected);
    let path = "manifests/15-operators/externalsecret-jaeger-storage.yaml";
    let secret = String::from_utf8(tree.remove(path).unwrap()).unwrap();
    tree.insert(
        path.to_owned(),
        secret.replace("  target:\n    name: jaeger-storage", "  target:\n    name: storage").into_bytes(),
    );
    for (list, arrives) in [(true, "false"), (false, "true")] {
        let work = tempfile::tempdir().unwrap();
        bless::write(work.path(), &tree);
        if !list {
            std::fs::remove_file(work.path().join("render.sha256")).unwrap();
        }
        let (said, findings) = check(work.path());
        assert_eq!((&*said, &*findings[0].0), (arrives, "reference-missing"), "{findings:?}");
    }
}
