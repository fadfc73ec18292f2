//! Strings arrive as given.

use crate::cli::project::Project;
use serde_json::Value;

const STRINGS: [&str; 9] = [
    "yes",
    "0777",
    "1e3",
    "a: b",
    "x\nkind: Secret\nmetadata: {name: stolen}",
    "{{ 7 * 7 }}",
    "- a",
    "~",
    "\u{e000}0\u{e000}",
];

/// The paths of string keys without a format; lists of strings are left out, because `--set-string` cannot set them.
fn string_keys(schema: &Value, path: &mut Vec<String>, keys: &mut Vec<String>) {
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        path.push(name.clone());
        if property["type"] == serde_json::json!(["string", "null"])
            && property.get("format").is_none()
            && property.get("enum").is_none()
        {
            keys.push(path.join("."));
        }
        string_keys(property, path, keys);
        path.pop();
    }
}

/// Escapes a value of `--set` as Helm requires: commas, backslashes and a leading brace.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace(',', "\\,");
    if text.starts_with('{') { format!("\\{text}") } else { text }
}

#[test]
fn any_string_reaches_any_string_key() {
    let project = Project::bare();
    let schema: Value = serde_json::from_str(&project.run(&["show", "schema"]).ok()).unwrap();
    let mut keys = Vec::new();
    string_keys(&schema, &mut Vec::new(), &mut keys);
    assert!(keys.contains(&"consul.datacenter".to_owned()), "{keys:?}");
    // Anything that is not the name of a Secret may be the secret itself, which is never shown.
    keys.retain(|key| !key.ends_with(".secret") && !key.ends_with(".key"));
    for text in STRINGS {
        let mut args = vec!["show".to_owned(), "values".to_owned(), "-p".to_owned(), "dev".to_owned()];
        for key in &keys {
            args.extend(["--set-string".to_owned(), format!("{key}={}", escaped(text))]);
        }
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        // Some keys reject the value, such as a version that must be known; the values are shown nevertheless.
        let run = project.run(&args);
        let values = read(&run.stdout);
        for key in &keys {
            let value = key.split('.').fold(&values, |value, step| &value[step]);
            assert_eq!(value, text, "{key}\n{}", run.stderr);
        }
    }
}

#[test]
fn any_string_passes_through_a_template_in_every_position() {
    let project = Project::new().profile("site", "extends: base\nvars: {x: x}\n").template(
        "manifests/x.yaml",
        "apiVersion: example.com/v1
kind: Thing
metadata: {name: x}
data:
  plain: {{ vars.x }}
  quoted: \"{{ vars.x }}\"
  single: 'a{{ vars.x }}b'
  within: a {{ vars.x }} b
  flow: [{{ vars.x }}, {k: {{ vars.x }}}]
  keys:
    {{ vars.x }}: 1
    \"q{{ vars.x }}\": 2
  block: |-
    {{ vars.x }}
",
    );
    for text in STRINGS {
        let set = format!("vars.x={}", escaped(text));
        let args = ["render", "-p", "site", "--only", "manifests/thing-x.yaml", "--set-string", &set];
        let object = read(&project.run(&args).ok());
        assert_eq!(object["kind"], "Thing");
        let expected = serde_json::json!({
            "plain": text,
            "quoted": text,
            "single": format!("a{text}b"),
            "within": format!("a {text} b"),
            "flow": [text, {"k": text}],
            "keys": {text: 1, format!("q{text}"): 2},
            "block": text,
        });
        assert_eq!(object["data"], expected, "{text:?}");
    }
}

/// YAML as data.
fn read(text: &str) -> Value {
    let mut sources = meshtrace::source::Sources::default();
    let id = sources.add("text", text);
    let mut found = meshtrace::finding::Findings::default();
    let documents = meshtrace::yaml::read(&sources, id, &mut found);
    assert!(found.is_empty(), "{found:?}\n{text}");
    assert_eq!(documents.len(), 1, "{text}");
    documents[0].node.to_json()
}
