//! Any profiles, templates and `files/` render to the same bytes twice, or to findings; the output can be read; and no
//! value changes structure.

use crate::input::Parts;
use crate::judge::Broken;
use crate::judge::law;
use crate::judge::went_all_the_way;
use crate::random::Random;
use crate::seeds::Seeds;
use crate::structure;
use crate::targets::extras;
use crate::targets::option;
use crate::targets::printed;
use crate::targets::profile;
use crate::targets::profiles;
use crate::targets::set;
use crate::text;
use meshtrace::builtin;
use meshtrace::check::Loaded;
use meshtrace::check::Options;
use meshtrace::files::Output;
use meshtrace::finding::Findings;
use meshtrace::inject;
use meshtrace::profile::Extra;
use meshtrace::profile::Name;
use meshtrace::render::Input;
use meshtrace::render::render_checked;
use meshtrace::report;
use meshtrace::report::Color;
use meshtrace::report::Format;
use meshtrace::source::Span;
use meshtrace::stack;
use meshtrace::template::Templates;
use meshtrace::yaml::Node;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Keys of texts that are not names.
const LEAVES: &[&str] = &[
    "vars.x",
    "mesh.proxyDefaults.x.y",
    "mesh.proxyDefaults.config.envoy_prometheus_bind_addr",
    "consul.values.global.x",
    "jaeger.spec.allInOne.x",
    "jaeger.spec.ingress.x",
    "services.web.serviceDefaults.x",
    "services.web.image",
    "services.web.env",
    "consul.datacenter",
    "consul.image",
    "jaeger.external.ca",
    "jaeger.external.relay",
    "consul.enterprise.license.key",
];

/// A Jaeger spec, part of which applies to agents.
const SPEC: &str = "agent:
  image: jaegertracing/jaeger-agent:1.37.0
  options: {log-level: debug, agent: {tags: 'a=b'}, reporter: {grpc: {host-port: 'x:14250'}}}
  resources: {limits: {cpu: 1}}
  annotations: {a: b}
  labels: {c: d}
  volumes: [{name: v}]
  volumeMounts: [{name: v, mountPath: /v}]
  securityContext: {runAsUser: 1}
";

/// A template that prints a value in every possible position.
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
  {{ pair("macro", vars.x) }}
  block: {% filter overlay({"over": vars.x}) %}
    in: {{ vars.x }}
  {% endfilter %}
"#;

pub(crate) fn make(random: &mut Random, seeds: &Seeds) -> Parts {
    let mut parts = Parts::new();
    // Most changed profiles are rejected early, so half of them are left unchanged and something else is changed.
    let profile = match random.once_in(2) {
        true => profile::one(random, seeds),
        false => random.text(&seeds.profiles).to_owned(),
    };
    parts.insert("profiles/x.yaml".into(), profile);
    if random.once_in(6) {
        let seed = random.text(&seeds.yaml);
        return Parts::from([
            ("!workloads".into(), structure::change(seed, random, seeds)),
            ("!spec".into(), structure::change(SPEC, random, seeds)),
        ]);
    }
    match random.below(5) {
        0 => {
            parts.insert("!leaf".into(), random.text(LEAVES).to_owned());
            parts.insert("!text".into(), text::odd(random, seeds));
        }
        1 => {
            let (flag, argument) = set::argument(random, seeds);
            parts.insert(format!("0 {flag}"), argument);
        }
        2 | 3 => {
            let seed = match random.once_in(2) {
                true => EVERYWHERE,
                false => random.text(&seeds.templates),
            };
            parts.insert("templates/manifests/x.yaml".into(), text::change(seed, random, seeds));
            parts.insert("0 --set-json".into(), format!("vars.x={}", Json::from(text::odd(random, seeds))));
        }
        _ => {
            let seed = random.text(&seeds.yaml);
            parts.insert("files/x.yaml".into(), structure::change(seed, random, seeds));
        }
    }
    parts
}

pub(crate) fn run(parts: &Parts) -> Result<(), Broken> {
    if let Some(text) = option(parts, "workloads") {
        return adding_an_agent_twice_changes_nothing(text, option(parts, "spec").unwrap_or_default());
    }
    let (output, said) = render(parts, &extras(parts));
    let (again, said_again) = render(parts, &extras(parts));
    law(said == said_again && files(&output) == files(&again), "two renders are the same", || said.clone())?;
    if let Some(output) = &output {
        went_all_the_way();
        readable(output, parts)?;
    }
    match (option(parts, "leaf"), option(parts, "text")) {
        (Some(leaf), Some(text)) => no_value_changes_structure(parts, leaf, text),
        _ => Ok(()),
    }
}

fn adding_an_agent_twice_changes_nothing(text: &str, spec: &str) -> Result<(), Broken> {
    let release = stack::jaeger::operator::find("1.37.0").expect("the operator is in the table");
    let (specs, _) = structure::read(spec);
    let spec = specs.first().map(|spec| Node::from_json(spec, Span::NONE));
    let instance = inject::Instance::new("simplest", "observability", &release, spec.as_ref());
    for document in structure::read(text).0 {
        let mut once = Node::from_json(&document, Span::NONE);
        inject::inject_agent(&mut once, &instance);
        let mut twice = once.clone();
        inject::inject_agent(&mut twice, &instance);
        law(once.to_json() == twice.to_json(), "adding an agent twice changes nothing", || {
            format!("{document}\n{}\n{}", once.to_json(), twice.to_json())
        })?;
    }
    Ok(())
}

fn files(output: &Option<Output>) -> Option<&BTreeMap<String, Vec<u8>>> {
    output.as_ref().map(|output| &output.files)
}

/// The output, and the findings in words and as a report.
fn render(parts: &Parts, extras: &[Extra]) -> (Option<Output>, String) {
    let profiles = profiles(parts);
    let mut templates = Templates { all: builtin::templates(), builtin: builtin::templates() };
    let mut verbatim = BTreeMap::new();
    for (path, text) in parts {
        if let Some(name) = path.strip_prefix("templates/") {
            templates.all.insert(name, path.as_str(), text.as_str());
        } else if let Some(name) = path.strip_prefix("files/") {
            verbatim.insert(name.to_owned(), text.clone().into_bytes());
        }
    }
    let names = [Name::from("x")];
    let input = Input {
        profiles: &profiles,
        templates: &templates,
        verbatim: &verbatim,
        names: &names,
        extras,
        home: &Default::default(),
        helm: None,
    };
    let mut found = Findings::default();
    let made = render_checked(&input, &Options::default(), &mut found);
    let said = printed(&found);
    match made {
        Some((output, report)) => (Some(output), said + &report::check(&report, Format::Human, Color::No)),
        None => (None, said),
    }
}

/// Every manifest and values file that we wrote is YAML.
fn readable(output: &Output, parts: &Parts) -> Result<(), Broken> {
    let mut loaded = Loaded::default();
    for (path, bytes) in &output.files {
        let copied = path.strip_prefix("manifests/").is_some_and(|name| parts.contains_key(&format!("files/{name}")));
        if copied || !path.ends_with(".yaml") {
            continue;
        }
        let text = String::from_utf8_lossy(bytes);
        let (documents, found) = structure::read(&text);
        loaded.add(path, &text);
        let objects = path.starts_with("manifests/");
        let named = !objects || documents.iter().all(|document| document["kind"].is_string());
        law(found.is_empty() && !documents.is_empty() && named, "the output is readable", || {
            format!("{path}\n{}\n{text}", printed(&found))
        })?;
    }
    let malformed = meshtrace::check::unread(&loaded).next();
    law(malformed.is_none(), "the output can be checked", || format!("{malformed:?}"))
}

/// Replacing one text by another changes no key, no list and no file, only texts.
fn no_value_changes_structure(parts: &Parts, leaf: &str, text: &str) -> Result<(), Broken> {
    // Words that mean "nothing".
    if ["", "none", "auto"].contains(&text) {
        return Ok(());
    }
    let mut parts = parts.clone();
    parts.insert("templates/manifests/everywhere.yaml".into(), EVERYWHERE.into());
    let with = |text: &str| {
        // The template needs a value even if another one is tested.
        let value = match leaf {
            "services.web.env" => format!("services.web.env={}", serde_json::json!([{"name": "A", "value": text}])),
            leaf => format!("{leaf}={}", Json::from(text)),
        };
        let extras = [
            Extra::SetJson("vars.x=\"x\"".into()),
            Extra::SetJson("services.web.port=80".into()),
            Extra::SetJson(value),
        ];
        render(&parts, &extras)
    };
    let ((plain, _), (odd, said)) = (with("plain"), with(text));
    let (Some(plain), Some(odd)) = (plain, odd) else { return Ok(()) };
    // The only key made from a value.
    let key = |text: &str| if leaf == "vars.x" { text.to_owned() } else { "x".to_owned() };
    let (plain, odd) = (shapes(&plain, &key("plain")), shapes(&odd, &key(text)));
    let differs = plain.iter().find(|(path, shape)| odd.get(*path) != Some(*shape));
    law(differs.is_none() && plain.len() == odd.len(), "no value changes structure", || {
        let path = differs.map(|(path, _)| path);
        format!("{leaf}={text:?}\n{path:?}\n{differs:?}\n{:?}\n{said}", path.and_then(|path| odd.get(path)))
    })
}

/// Each file without its texts.
fn shapes(output: &Output, text: &str) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    for (path, bytes) in output.files.iter().filter(|(path, _)| path.ends_with(".yaml")) {
        let (documents, _) = structure::read(&String::from_utf8_lossy(bytes));
        let shapes: Vec<Json> = documents.iter().map(|document| shape(document, text)).collect();
        out.insert(path.clone(), Json::from(shapes).to_string());
    }
    out
}

fn shape(node: &Json, text: &str) -> Json {
    match node {
        Json::String(_) => Json::from("text"),
        Json::Array(list) => list.iter().map(|item| shape(item, text)).collect(),
        Json::Object(map) => {
            let key = |key: &str| if key == format!("<{text}>") { "<key>".to_owned() } else { key.to_owned() };
            map.iter().map(|(name, value)| (key(name), shape(value, text))).collect()
        }
        other => other.clone(),
    }
}
