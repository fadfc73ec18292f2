//! Golden tests: each folder of `tests/golden` is a case, and its `expected/` is what its profile renders, file by
//! file. Also: `out/` is what `meshtrace.yaml` renders, and the case `guide` proves that a render matches the guide,
//! except for the listed corrections. `just bless` rewrites `expected/` and `out/`.
#![allow(clippy::disallowed_methods, reason = "reads the cases and runs the program on them")]

use crate::common::bless;
use crate::common::bless::Tree;
use crate::common::bless::read;
use crate::common::bless::write;
use meshtrace::finding::Findings;
use meshtrace::source::Sources;
use meshtrace::yaml;
use serde_json::Value;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

#[test]
fn every_case_renders_as_expected() {
    let mut wrong = Vec::new();
    for case in cases() {
        let name = case.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !case.join("README.md").is_file() {
            wrong.push(format!("{name}: has no README.md that describes it"));
        }
        let rendered = match render(&case) {
            Ok(rendered) => rendered,
            Err(message) => {
                wrong.push(format!("{name}: {message}"));
                continue;
            }
        };
        wrong.extend(bless::folder(&case.join("expected"), &rendered));
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.join("\n"), bless::HINT);
}

#[test]
fn out_is_what_meshtrace_yaml_renders() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let out = root.join("out");
    if bless::blessing() {
        let _alone = bless::OUT.write().unwrap();
        let before = read(&out);
        let output = program().args(["render", "--force"]).current_dir(root).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        bless::say(&bless::changes(&out, &before, &read(&out)));
    }
    let output = program().args(["render", "--check"]).current_dir(root).output().unwrap();
    assert!(output.status.success(), "{}\n{}", String::from_utf8_lossy(&output.stderr), bless::HINT);
}

#[test]
fn the_guides_helm_values_are_rendered_key_by_key() {
    let case = guide();
    let guide = load("guide/values.yaml", &read(&case.join("guide"))["values.yaml"]);
    let ours = load("values.yaml", &render(&case).unwrap()["helm/consul/values.yaml"]);
    let mut differences = Differences::new();
    compare("", &inner(&guide), &inner(&ours), &mut differences);
    assert!(differences.is_empty(), "the guide's value and ours:\n{differences:#?}");
}

#[test]
fn the_guides_objects_are_rendered_except_for_the_listed_corrections() {
    let case = guide();
    let guide = objects(&read(&case.join("guide")));
    let ours = objects(&render(&case).unwrap());
    let mut differences: BTreeMap<(String, String), (Value, Value)> = BTreeMap::new();
    let identities: BTreeSet<&String> = guide.keys().chain(ours.keys()).collect();
    for identity in identities {
        let mut own = Differences::new();
        match (guide.get(identity), ours.get(identity)) {
            (Some(guide), Some(ours)) => compare("", guide, ours, &mut own),
            // An object missing on one side is one difference, whatever it contains.
            (guide, _) => {
                let side = |here: bool| if here { Value::from("the object") } else { Value::Null };
                own.insert(String::new(), (side(guide.is_some()), side(guide.is_none())));
            }
        }
        differences.extend(own.into_iter().map(|(path, sides)| ((identity.clone(), path), sides)));
    }
    let corrections = corrections(&case);
    let mut wrong = Vec::new();
    for (at, (guide, ours)) in &differences {
        match corrections.get(at) {
            None => wrong.push(format!("not listed: {} {}: guide {guide}, ours {ours}", at.0, at.1)),
            Some(listed) if (&listed.guide, &listed.ours) != (guide, ours) => wrong.push(format!(
                "listed otherwise: {} {}: guide {guide}, ours {ours}, listed {} and {}",
                at.0, at.1, listed.guide, listed.ours
            )),
            Some(_) => {}
        }
    }
    for at in corrections.keys().filter(|at| !differences.contains_key(*at)) {
        wrong.push(format!("listed, but there is no such difference: {} {}", at.0, at.1));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_readme_of_the_guides_case_lists_the_corrections() {
    const FROM: &str = "<!-- from corrections.yaml -->\n";
    const TO: &str = "<!-- end -->\n";
    let case = guide();
    let mut table = "| object | where | the guide | ours | why |\n| --- | --- | --- | --- | --- |\n".to_string();
    for ((object, path), correction) in corrections(&case) {
        let shown = |value: &Value| match value {
            Value::Null => "-".to_string(),
            Value::String(text) => text.clone(),
            value => format!("`{value}`"),
        };
        let path = if path.is_empty() { "all of it".to_string() } else { format!("`{path}`") };
        let (guide, ours) = (shown(&correction.guide), shown(&correction.ours));
        table.push_str(&format!("| {object} | {path} | {guide} | {ours} | {} |\n", correction.reason));
    }
    let file = case.join("README.md");
    let text = fs::read_to_string(&file).unwrap();
    let (before, rest) = text.split_once(FROM).expect("README.md marks where the corrections begin");
    let (_, after) = rest.split_once(TO).expect("README.md marks where the corrections end");
    bless::file(&file, &format!("{before}{FROM}{table}{TO}{after}"));
}

/// Where two documents differ, as JSON pointers, with the guide's value and ours; null means missing.
type Differences = BTreeMap<String, (Value, Value)>;

/// An intended difference.
struct Correction {
    guide: Value,
    ours: Value,
    reason: String,
}

fn corrections(case: &Path) -> BTreeMap<(String, String), Correction> {
    let file = load("corrections.yaml", &fs::read(case.join("corrections.yaml")).unwrap());
    let list = file.as_array().expect("corrections.yaml is a list");
    let text = |entry: &Value, key: &str| {
        entry[key].as_str().unwrap_or_else(|| panic!("{key} is missing: {entry}")).to_string()
    };
    let mut corrections = BTreeMap::new();
    for entry in list {
        let reason = text(entry, "reason");
        assert!(!reason.is_empty(), "a correction needs a reason: {entry}");
        let correction = Correction { guide: entry["guide"].clone(), ours: entry["ours"].clone(), reason };
        let twice = corrections.insert((text(entry, "object"), text(entry, "path")), correction);
        assert!(twice.is_none(), "listed twice: {entry}");
    }
    corrections
}

fn compare(path: &str, guide: &Value, ours: &Value, found: &mut Differences) {
    match (guide, ours) {
        (Value::Object(a), Value::Object(b)) => {
            let keys: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            for key in keys {
                let step = format!("{path}/{}", key.replace('~', "~0").replace('/', "~1"));
                compare(&step, a.get(key).unwrap_or(&Value::Null), b.get(key).unwrap_or(&Value::Null), found);
            }
        }
        (Value::Array(a), Value::Array(b)) => {
            for index in 0..a.len().max(b.len()) {
                let side = |list: &[Value]| list.get(index).cloned().unwrap_or_default();
                compare(&format!("{path}/{index}"), &side(a), &side(b), found);
            }
        }
        (guide, ours) if guide != ours => {
            found.insert(path.to_string(), (guide.clone(), ours.clone()));
        }
        _ => {}
    }
}

/// The same with every string that contains JSON read as data, so that a pointer can lead into it.
fn inner(value: &Value) -> Value {
    match value {
        Value::String(text) => match serde_json::from_str(text) {
            Ok(data @ (Value::Object(_) | Value::Array(_))) => inner(&data),
            _ => value.clone(),
        },
        Value::Array(list) => list.iter().map(inner).collect(),
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), inner(value))).collect(),
        value => value.clone(),
    }
}

/// The objects in some files as data, by `Kind/name`. Helm values and `kustomization.yaml` do not count.
fn objects(tree: &Tree) -> BTreeMap<String, Value> {
    let mut objects = BTreeMap::new();
    for (path, bytes) in tree.iter().filter(|(path, _)| path.ends_with(".yaml")) {
        let object = load(path, bytes);
        let (Some(kind), Some(name)) = (object["kind"].as_str(), object["metadata"]["name"].as_str()) else { continue };
        let identity = format!("{kind}/{name}");
        assert!(objects.insert(identity.clone(), inner(&object)).is_none(), "{identity} appears twice");
    }
    objects
}

fn load(name: &str, bytes: &[u8]) -> Value {
    let (mut sources, mut found) = (Sources::default(), Findings::default());
    let source = sources.add(name, String::from_utf8_lossy(bytes).into_owned());
    let documents = yaml::read(&sources, source, &mut found);
    assert_eq!((found.errors(), documents.len()), (0, 1), "{name} is one YAML document");
    documents[0].node.to_json()
}

/// Renders a case: its `profile.yaml`, with `profiles/`, `templates/` and `files/` next to it. Each line of `args` is a
/// further argument.
fn render(case: &Path) -> Result<Tree, String> {
    let work = tempfile::tempdir().unwrap();
    let root = work.path();
    fs::write(root.join("meshtrace.yaml"), "requires: \"0.1\"\n").unwrap();
    for folder in ["profiles", "templates", "files"] {
        write(&root.join(folder), &read(&case.join(folder)));
    }
    fs::create_dir_all(root.join("profiles")).unwrap();
    fs::copy(case.join("profile.yaml"), root.join("profiles/case.yaml"))
        .map_err(|error| format!("profile.yaml: {error}"))?;
    let args = fs::read_to_string(case.join("args")).unwrap_or_default();
    let output =
        program().args(["render", "-p", "case", "-o", "out"]).args(args.lines()).current_dir(root).output().unwrap();
    match output.status.success() {
        true => Ok(read(&root.join("out"))),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_meshtrace"))
}

fn guide() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/guide")
}

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut cases: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    cases.sort();
    assert!(!cases.is_empty());
    cases
}
