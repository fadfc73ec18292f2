//! Laws that hold for any input: the same order gives the same result, no value changes structure, nothing panics.
#![allow(clippy::disallowed_methods, reason = "runs the program to compare its output")]

use meshtrace::builtin;
use meshtrace::explain;
use meshtrace::files::Files;
use meshtrace::files::Output;
use meshtrace::finding::Findings;
use meshtrace::inject;
use meshtrace::model;
use meshtrace::model::Model;
use meshtrace::model::schema;
use meshtrace::object;
use meshtrace::profile;
use meshtrace::profile::Extra;
use meshtrace::profile::Name;
use meshtrace::profile::Profiles;
use meshtrace::render::Input;
use meshtrace::render::render;
use meshtrace::source::Sources;
use meshtrace::template::Engine;
use meshtrace::template::Templates;
use meshtrace::yaml;
use meshtrace::yaml::Node;
use meshtrace::yaml::Value;
use proptest::prelude::*;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::process::Command;
use std::sync::LazyLock;

fn shipped() -> Profiles {
    Profiles { all: builtin::profiles(), builtin: builtin::profiles() }
}

fn render_with(profiles: &Profiles, templates: Files, names: &[&str], extras: &[Extra]) -> Result<Output, Findings> {
    let templates = Templates { all: templates, builtin: builtin::templates() };
    let names: Vec<Name> = names.iter().copied().map(Name::from).collect();
    let verbatim = BTreeMap::new();
    let input = Input {
        profiles,
        templates: &templates,
        verbatim: &verbatim,
        names: &names,
        extras,
        home: &Default::default(),
        helm: None,
    };
    let mut found = Findings::default();
    render(&input, &mut found).ok_or(found)
}

fn read(text: &str) -> (Vec<Node>, Findings) {
    let mut sources = Sources::default();
    let id = sources.add("text", text);
    let mut found = Findings::default();
    let documents = yaml::read(&sources, id, &mut found);
    (documents.into_iter().map(|document| document.node).collect(), found)
}

#[test]
fn mixins_commute() {
    let all = |names: &[&str]| render_with(&shipped(), builtin::templates(), names, &[]).unwrap().files;
    let first = all(&["dev", "debug", "separate-namespace", "enterprise", "modern"]);
    for order in [
        ["dev", "modern", "enterprise", "separate-namespace", "debug"],
        ["modern", "dev", "debug", "separate-namespace", "enterprise"],
        ["debug", "modern", "separate-namespace", "dev", "enterprise"],
        ["enterprise", "separate-namespace", "debug", "modern", "dev"],
    ] {
        assert_eq!(all(&order), first, "{order:?}");
    }
}

#[test]
fn the_output_does_not_depend_on_threads_time_or_locale() {
    let run = |threads: &str, zone: &str, language: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_meshtrace"));
        command.args(["render", "-p", "dev,debug"]).current_dir(std::env::temp_dir()).env_clear();
        let output =
            command.env("RAYON_NUM_THREADS", threads).env("TZ", zone).env("LANG", language).env("LC_ALL", language);
        let output = output.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        output.stdout
    };
    let first = run("1", "UTC", "C");
    assert_eq!(first, run("8", "Asia/Seoul", "ko_KR.UTF-8"));
    assert_eq!(first, run("2", "America/New_York", "tr_TR.UTF-8"));
}

#[test]
fn every_key_has_one_default_one_type_and_a_description() {
    let profiles = builtin::profiles();
    let (documents, found) = read(&profiles.get("base.yaml").unwrap().text);
    assert!(found.is_empty(), "{found:?}");
    let mut said = Vec::new();
    leaves_of_base(&documents[0], &mut Vec::new(), &mut said);
    let mut typed = Vec::new();
    leaves_of_schema(schema::resolve(schema::schema()), &mut Vec::new(), &mut typed);
    let (once, twice) = (said.iter().collect::<BTreeSet<_>>(), typed.iter().collect::<BTreeSet<_>>());
    assert_eq!((once.len(), twice.len()), (said.len(), typed.len()), "a duplicate key");
    assert_eq!(once, twice);

    let mut sources = Sources::default();
    let values = profile::compose(&shipped(), &[], &[], &mut sources, &mut Findings::default()).unwrap();
    let mut found = Findings::default();
    assert!(
        model::derive(&values, &sources, &Default::default(), &mut found).is_some() && found.is_empty(),
        "{found:?}"
    );
    let mut silent = Vec::new();
    for key in &said {
        let text = explain::key(key, &values, &sources, None).unwrap_or_else(|finding| panic!("{key}: {finding:?}"));
        let doc = text.lines().skip(2).find(|line| !line.trim().is_empty()).unwrap_or_default();
        if doc.trim().starts_with("default") {
            silent.push(key.as_str());
        }
    }
    assert!(silent.is_empty(), "describe these keys in profiles/base.yaml: {silent:?}");
}

/// Maps with names as keys, and free maps, are leaves: their content is the user's.
fn leaves_of_base(node: &Node, path: &mut Vec<String>, leaves: &mut Vec<String>) {
    let steps: Vec<&str> = path.iter().map(String::as_str).collect();
    let by_name = schema::at(&steps).is_some_and(|schema| schema["additionalProperties"].is_object());
    match &node.value {
        Value::Map(map) if !by_name && !profile::is_free(&steps) => {
            for entry in &map.entries {
                path.push(entry.key.to_string());
                leaves_of_base(&entry.value, path, leaves);
                path.pop();
            }
        }
        _ => leaves.push(path.join(".")),
    }
}

fn leaves_of_schema(node: &'static Json, path: &mut Vec<String>, leaves: &mut Vec<String>) {
    match node["properties"].as_object() {
        Some(properties) => {
            for (name, property) in properties {
                path.push(name.clone());
                leaves_of_schema(schema::resolve(property), path, leaves);
                path.pop();
            }
        }
        None => leaves.push(path.join(".")),
    }
}

#[test]
fn adding_an_agent_twice_is_the_same_as_once() {
    let deployment = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: a, ports: [{containerPort: 8080}]}]}
";
    let release = meshtrace::stack::jaeger::operator::find("1.37.0").unwrap();
    let spec =
        read("agent: {options: {log-level: debug, agent: {tags: 'a=b'}}, resources: {limits: {cpu: 1}}}").0.remove(0);
    for spec in [None, Some(&spec)] {
        let instance = inject::Instance::new("simplest", "observability", &release, spec);
        let mut once = read(deployment).0.remove(0);
        inject::inject_agent(&mut once, &instance);
        let mut twice = once.clone();
        inject::inject_agent(&mut twice, &instance);
        assert_eq!(once.to_json(), twice.to_json());
        assert_eq!(
            once.path(&["spec", "template", "spec", "containers"]).and_then(Node::as_list).map(<[Node]>::len),
            Some(2)
        );
    }
    // Something that is not a Deployment becomes one instead of a panic.
    for odd in [
        "{}",
        "spec: 1",
        "spec: {template: {spec: {containers: {a: 1}}}}",
        "metadata: []",
        "spec: {template: {spec: {containers: [1, null, {env: 1}]}}}",
    ] {
        inject::inject_agent(&mut read(odd).0.remove(0), &inject::Instance::new("x", "y", &release, None));
    }
}

/// Strings that YAML, Jinja or the markers could take for something else.
fn any_string() -> impl Strategy<Value = String> {
    let hostile: Vec<String> = serde_json::from_str(include_str!("../data/hostile-strings.json")).unwrap();
    prop_oneof![
        4 => prop::sample::select(hostile),
        2 => "\\PC{0,20}",
        1 => prop::collection::vec(prop::sample::select(vec!["\u{e000}", "0", "{{", "}}", "{%", "\n", " ", "- ", ": ", "#", "'", "\"", "|", "---\n", "\t"]), 0..12)
            .prop_map(|parts| parts.concat()),
        // Other control characters are not allowed in YAML's block scalars, whose text is fixed by a template.
        1 => prop::collection::vec(any::<char>(), 0..12).prop_map(String::from_iter),
    ]
}

const EVERYWHERE: &str = r#"{% macro pair(k, v) %}{{ k }}: {{ v }}{% endmacro %}
{% set captured %}{{ vars.x }}{% endset %}
apiVersion: v1
kind: ConfigMap
metadata: {name: x}
data:
  plain: {{ vars.x }}
  double: "{{ vars.x }}"
  single: '<{{ vars.x }}>'
  within: a {{ vars.x }} b
  flow: [{{ vars.x }}, {k: {{ vars.x }}}]
  keys:
    <{{ vars.x }}>: 1
  literal: |-
    <
    {{ vars.x }}
    >
  json: {{ {"k": vars.x} | json }}
  captured: {{ captured }}
  upper: {{ captured | replace("", "") }}
  {{ pair("macro", vars.x) }}
  block: {% filter overlay({"over": vars.x}) %}
    in: {{ vars.x }}
  {% endfilter %}
"#;

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_value_changes_structure(text in any_string()) {
        let mut templates = Files::default();
        templates.insert("manifests/x.yaml", "x.yaml", EVERYWHERE);
        let set = Extra::SetJson(format!("vars.x={}", Json::from(text.as_str())));
        let output = render_with(&shipped(), templates, &[], &[set]);
        let output = output.map_err(|found| TestCaseError::fail(format!("{found:?}")))?;
        let printed = std::str::from_utf8(&output.files["manifests/configmap-x.yaml"]).unwrap();
        let (documents, found) = read(printed);
        prop_assert!(found.is_empty(), "{:?}\n{}", found, printed);
        prop_assert_eq!(documents.len(), 1);
        let object = documents[0].to_json();
        let json = serde_json::json!({"k": text});
        let mut within = serde_json::Map::new();
        within.insert(format!("<{text}>"), Json::from(1));
        let expected = serde_json::json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"},
            "data": {
                "plain": text, "double": text, "single": format!("<{text}>"), "within": format!("a {text} b"),
                "flow": [text, {"k": text}], "keys": within, "literal": format!("<\n{text}\n>"),
                "json": format!("{json:#}"), "captured": text, "upper": text, "macro": text,
                "block": {"in": text, "over": text},
            },
        });
        prop_assert_eq!(object, expected, "{}", printed);
    }

    #[test]
    fn the_same_order_of_values_gives_the_same_result(keys in prop::collection::vec(("[a-d]", 0..9_i64), 1..8)) {
        let extras: Vec<Extra> = keys.iter().map(|(key, value)| Extra::Set(format!("vars.{key}={value}"))).collect();
        let compose = || {
            let mut sources = Sources::default();
            let values = profile::compose(&shipped(), &[Name::from("dev")], &extras, &mut sources, &mut Findings::default()).unwrap();
            (explain::values(&values), explain::origins(&values, &sources, None), values.root.to_json()["vars"].clone())
        };
        let (text, origins, vars) = compose();
        prop_assert_eq!((&text, &origins), (&compose().0, &compose().1));
        let last: BTreeMap<&str, i64> = keys.iter().map(|(key, value)| (key.as_str(), *value)).collect();
        prop_assert_eq!(vars, serde_json::to_value(last).unwrap());
    }

    #[test]
    fn an_empty_layer_is_neutral(place in 0..3_usize) {
        let mut profiles = shipped();
        profiles.all.insert("empty.yaml", "empty.yaml", "# nothing\n");
        let mut names = vec!["dev", "debug"];
        let plain = render_with(&profiles, builtin::templates(), &names, &[]).unwrap().files;
        names.insert(place, "empty");
        prop_assert_eq!(render_with(&profiles, builtin::templates(), &names, &[]).unwrap().files, plain);
    }
}

/// What templates see, of the shipped profiles and two vars.
static MODEL: LazyLock<(Model, Node)> = LazyLock::new(|| {
    let (mut sources, mut found) = (Sources::default(), Findings::default());
    let set = Extra::SetJson("vars={\"a\": [1, null], \"b\": \"x: y\"}".to_owned());
    let values = profile::compose(&shipped(), &[Name::from("dev")], &[set], &mut sources, &mut found).unwrap();
    (model::derive(&values, &sources, &Default::default(), &mut found).unwrap(), values.root)
});

/// Text that resembles YAML or Jinja.
fn any_text() -> impl Strategy<Value = String> {
    let words = [
        "a",
        "b: ",
        "- ",
        "\n",
        "\n  ",
        "{",
        "}",
        "[",
        "]",
        ", ",
        "&a ",
        "*a",
        "!!str ",
        "!x ",
        "|\n",
        ">-\n ",
        "'",
        "\"",
        "#",
        "---\n",
        "...\n",
        "? ",
        ": ",
        "<<: ",
        "\t",
        "\u{feff}",
        "\u{e000}",
        "0\u{e000}",
        "\r\n",
        "한",
        "{{ ",
        " }}",
        "{% ",
        " %}",
        "for x in services",
        "endfor",
        "if true",
        "endif",
        "set y = 1",
        "vars",
        "services",
        " | json",
        " | merge(vars)",
        "include \"x\"",
        "macro m()",
        "endmacro",
        "1e999",
        "0x",
        ".nan",
        "apiVersion: v1\n",
        "kind: List\n",
        "items:\n",
        "metadata: {name: x}\n",
        "consul: ",
        "extends: ",
        "\0",
        "\u{2028}",
        "%YAML 1.2\n",
        "filter overlay({})",
        "endfilter",
        "x*0",
        "~",
    ];
    prop_oneof![
        4 => prop::collection::vec(prop::sample::select(words.to_vec()), 0..40).prop_map(|words| words.concat()),
        1 => prop::collection::vec(any::<u8>(), 0..80).prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
        1 => any::<String>(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_the_reader_panic(text in any_text()) {
        let (documents, found) = read(&text);
        for finding in found.iter() {
            prop_assert!(finding.place.as_ref().is_none_or(|place| place.line > 0 && place.column > 0 && place.width > 0));
        }
        meshtrace::report::findings(&found, meshtrace::report::Color::Yes);
        for document in &documents {
            let mut printed = String::new();
            yaml::write(document, &mut printed);
            prop_assert_eq!(read(&printed).0.first().map_or(Json::Null, Node::to_json), document.to_json());
        }
    }

    #[test]
    fn no_profile_makes_the_composition_panic(text in any_text(), set in any_text()) {
        let mut profiles = shipped();
        profiles.all.insert("x.yaml", "x.yaml", text);
        let mut sources = Sources::default();
        let mut found = Findings::default();
        for extras in [&[][..], &[Extra::Set(set.clone()), Extra::SetJson(set.clone()), Extra::SetString(set.clone())]] {
            if let Some(values) = profile::compose(&profiles, &[Name::from("x"), Name::from(&*set)], extras, &mut sources, &mut found) {
                model::derive(&values, &sources, &Default::default(), &mut found);
                explain::origins(&values, &sources, None);
            }
        }
        meshtrace::report::findings(&found, meshtrace::report::Color::No);
    }

    #[test]
    fn no_template_makes_the_engine_panic(text in any_text(), other in any_text()) {
        let mut files = Files::default();
        files.insert("manifests/t.yaml", "t.yaml", text);
        files.insert("manifests/u.yaml", "u.yaml", other.clone());
        files.insert("x", "x", other);
        let templates = Templates { all: files, builtin: Files::default() };
        let (model, values) = &*MODEL;
        let engine = Engine::new(&templates, model, values);
        let mut found = Findings::default();
        let texts = engine.render(&mut found);
        let rendered = object::parse(texts, &engine, &mut found);
        object::lay_out(rendered, &BTreeMap::new(), &mut found);
        meshtrace::report::findings(&found, meshtrace::report::Color::No);
    }

    #[test]
    fn masking_never_panics_and_is_idempotent(text in any_text(), tail in "(?:password|token|apiKey)[:=] ?[\\PC]{0,20}") {
        let once = meshtrace::secrecy::mask(&format!("{text}{tail}"));
        prop_assert_eq!(meshtrace::secrecy::mask(&once), once);
    }
}
