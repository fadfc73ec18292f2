//! Filters and functions of templates. Each is a pure function of its arguments.

use crate::digest;
use crate::finding::Findings;
use crate::source::Sources;
use crate::stack::kube::types;
use crate::stack::kube::types::Place;
use crate::template::FUEL;
use crate::template::holes::Holes;
use crate::yaml;
use crate::yaml::Node;
use minijinja::Environment;
use minijinja::Error;
use minijinja::ErrorKind;
use minijinja::State;
use minijinja::Value;
use minijinja::value::Kwargs;
use minijinja::value::Rest;
use minijinja::value::Serde;
use minijinja::value::ValueKind;
use serde_json::Value as Json;
use std::sync::LazyLock;

/// Built-in filters that inspect strings. Text captured by `{% set %}` and macros contains markers, so these get it
/// with the values filled in.
const LOOKS_INTO_TEXT: &[&str] = &[
    "bool",
    "capitalize",
    "count",
    "first",
    "float",
    "int",
    "last",
    "length",
    "lines",
    "lower",
    "replace",
    "reverse",
    "split",
    "string",
    "title",
    "trim",
    "upper",
];

/// Built-in filters that would let a value become structure, or print things that do not belong in a manifest.
const REMOVED: &[&str] = &["safe", "escape", "e", "pprint"];

static PLAIN: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut env = Environment::new();
    env.set_fuel(Some(FUEL));
    env
});

/// Adds ours to `env` and removes the unsafe ones.
pub(crate) fn register(env: &mut Environment<'static>, holes: &Holes) {
    for name in REMOVED {
        env.remove_filter(name);
    }
    env.remove_global("debug");
    for name in LOOKS_INTO_TEXT {
        let holes = holes.clone();
        env.add_filter(*name, move |state: &State, args: Rest<Value>| -> Result<Value, Error> {
            let args: Result<Vec<Value>, Error> = args.iter().map(|value| with_values(&holes, value)).collect();
            let mut plain = PLAIN.empty_state();
            let result = plain.apply_filter(name, &args?);
            state.consume_fuel(plain.fuel_levels().map_or(0, |(spent, _)| spent))?;
            result
        });
    }
    let shared = holes.clone();
    env.add_filter("json", move |value: &Value, options: Kwargs| json(&shared, value, options));
    let shared = holes.clone();
    env.add_filter("tojson", move |value: &Value, options: Kwargs| json(&shared, value, options));
    let shared = holes.clone();
    env.add_filter("json_fragment", move |value: &Value| json_fragment(&shared, value));
    let shared = holes.clone();
    env.add_filter("sha256", move |value: &Value| sha256(&shared, value));
    let shared = holes.clone();
    env.add_filter("merge", move |value: &Value, over: &Value| merge(&shared, value, over));
    let shared = holes.clone();
    env.add_filter("overlay", move |_: &State, text: &Value, over: &Value| overlay(&shared, text, over));
}

/// A string with its markers resolved; anything else unchanged.
fn with_values(holes: &Holes, value: &Value) -> Result<Value, Error> {
    match (value.kind(), value.as_str()) {
        (ValueKind::String, Some(text)) => holes.resolve(text).map(Value::from).map_err(invalid),
        _ => Ok(value.clone()),
    }
}

/// `{{ tracer | json }}`: the JSON text of a value, on several lines indented by two spaces; `json(indent=0)` puts it
/// on one line. Keys keep their order.
fn json(holes: &Holes, value: &Value, options: Kwargs) -> Result<String, Error> {
    let indent: Option<usize> = options.get("indent")?;
    options.assert_all_used()?;
    let json = holes.to_node(value).map_err(invalid)?.to_json();
    Ok(if indent == Some(0) { json.to_string() } else { format!("{json:#}") })
}

/// `{{ [cluster] | json_fragment }}`: a list as JSON objects joined by commas, without brackets, the format of Consul's
/// `envoy_extra_static_clusters_json` (Consul agent `StaticClustersJSON`).
fn json_fragment(holes: &Holes, value: &Value) -> Result<String, Error> {
    match holes.to_node(value).map_err(invalid)?.to_json() {
        Json::Array(items) => Ok(items.iter().map(|item| format!("{item:#}")).collect::<Vec<_>>().join(",\n")),
        _ => Err(invalid("`json_fragment` needs a list".to_string())),
    }
}

/// `{{ spec | sha256 }}`: the SHA-256 of a text, or of the JSON of anything else, in hexadecimal digits. For a name or an
/// annotation that changes with something.
fn sha256(holes: &Holes, value: &Value) -> Result<String, Error> {
    let value = with_values(holes, value)?;
    let text = match value.as_str() {
        Some(text) => text.to_owned(),
        None => holes.to_node(&value).map_err(invalid)?.to_json().to_string(),
    };
    Ok(digest::hex(&digest::sha256(text.as_bytes())))
}

/// `{{ ours | merge(theirs) }}`: maps merge, anything else replaces, nulls are kept.
fn merge(holes: &Holes, value: &Value, over: &Value) -> Result<Value, Error> {
    // Most overlays are empty, which saves thousands of merges in a large mesh.
    if over.kind() == ValueKind::Map && over.len() == Some(0) {
        return Ok(value.clone());
    }
    let mut ours = holes.to_node(value).map_err(invalid)?.to_json();
    merge_json(&mut ours, holes.to_node(over).map_err(invalid)?.to_json());
    Ok(Value::from(Serde(&ours)))
}

/// `{% filter overlay(theirs) %}...{% endfilter %}`: the YAML in the block, with a map merged into it. Given a list of
/// objects, or one object for a block of several documents, each is merged into the document of its kind and name.
fn overlay(holes: &Holes, text: &Value, over: &Value) -> Result<Value, Error> {
    if over.kind() == ValueKind::Seq && over.len() == Some(0) {
        return Ok(Value::from_safe_string(text.as_str().unwrap_or_default().to_owned()));
    }
    let theirs = holes.to_node(over).map_err(invalid)?.to_json();
    if !theirs.is_object() && !theirs.is_array() {
        let found = if over.is_undefined() { "an undefined value" } else { kind(&theirs) };
        let message = "`overlay` needs a map, or a list of objects, to merge into the block";
        return Err(invalid(format!("{message}, but got {found}; write `overlay(... or {{}})` if there may be none")));
    }
    let mut documents = block(holes, text)?;
    documents.retain(|document| !document.is_null());
    if let Some(other) = documents.iter().find(|document| !document.is_object()) {
        return Err(invalid(format!("the block of `overlay` is {}, expected a map", kind(other))));
    }
    match (theirs, documents.len()) {
        (Json::Array(theirs), _) => objects(holes, documents, theirs),
        (theirs, 0 | 1) => {
            let empty = || Json::Object(serde_json::Map::new());
            let mut ours = documents.into_iter().next().unwrap_or_else(empty);
            merge_json(&mut ours, theirs);
            Ok(Value::from(Serde(&ours)))
        }
        (theirs, _) => objects(holes, documents, vec![theirs]),
    }
}

/// The documents of a block.
fn block(holes: &Holes, text: &Value) -> Result<Vec<Json>, Error> {
    let mut sources = Sources::default();
    let id = sources.add("block", text.as_str().unwrap_or_default());
    let mut found = Findings::default();
    let documents = yaml::read_filled(&sources, id, holes, &mut found);
    if let Some(finding) = found.iter().next() {
        let line = finding.place.as_ref().map_or(0, |place| place.line);
        return Err(invalid(format!("the block is not YAML: {} (line {line} of the block)", finding.message)));
    }
    Ok(documents.iter().map(|document| document.node.to_json()).collect())
}

/// The documents, each with what of `theirs` is of its kind and name merged into it.
fn objects(holes: &Holes, mut documents: Vec<Json>, theirs: Vec<Json>) -> Result<Value, Error> {
    for over in theirs {
        let Some(wanted) = identity(&over) else {
            let message = "`overlay` needs `kind` and `metadata.name` to know which document of the block it is for";
            return Err(invalid(message.to_string()));
        };
        let namespace = over.pointer("/metadata/namespace").cloned();
        let is_meant = |document: &&mut Json| {
            let other = document.pointer("/metadata/namespace");
            identity(document) == Some(wanted) && namespace.as_ref().is_none_or(|namespace| other == Some(namespace))
        };
        let mut meant: Vec<&mut Json> = documents.iter_mut().filter(is_meant).collect();
        if meant.is_empty() {
            let there: Vec<String> = documents.iter().map(|document| shown(document, namespace.is_some())).collect();
            let there = if there.is_empty() { "no object".to_string() } else { there.join(", ") };
            return Err(invalid(format!("the block has no {} to overlay, but {there}", shown(&over, true))));
        }
        for document in &mut meant {
            let kind = document.get("kind").and_then(Json::as_str).unwrap_or_default();
            let version = document.get("apiVersion").and_then(Json::as_str).unwrap_or_default();
            let place = types::of(version, kind).map(Place::Type);
            merge_object(document, over.clone(), place);
        }
    }
    let markers = documents.iter().map(|document| format!("---\n{}\n", holes.push(&Value::from(Serde(document)))));
    Ok(Value::from_safe_string(markers.collect()))
}

/// An object in a message, with its namespace where that matters.
fn shown(object: &Json, with_namespace: bool) -> String {
    let text = |pointer| object.pointer(pointer).and_then(Json::as_str);
    let kind = text("/kind").unwrap_or("an object without a kind");
    match (text("/metadata/name"), text("/metadata/namespace").filter(|_| with_namespace)) {
        (Some(name), Some(namespace)) => format!("{kind} `{namespace}/{name}`"),
        (Some(name), None) => format!("{kind} `{name}`"),
        (None, _) => format!("{kind} without a name"),
    }
}

/// The type of a value, for messages.
fn kind(value: &Json) -> &'static str {
    match value {
        Json::Null => "none",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(_) => "a list",
        Json::Object(_) => "a map",
    }
}

fn identity(object: &Json) -> Option<(&str, &str)> {
    Some((object.get("kind")?.as_str()?, object.pointer("/metadata/name")?.as_str()?))
}

/// Like [`merge_json`], but lists whose items Kubernetes knows by name are merged item by item. `place`: where this is in
/// Kubernetes' own kinds.
fn merge_object(ours: &mut Json, theirs: Json, place: Option<Place>) {
    let keys = place.map(Place::keys).unwrap_or_default();
    let name = |item: &Json| -> Option<Vec<Json>> {
        let value = |(key, default): &(&str, Option<&str>)| item.get(key).cloned().or_else(|| default.map(Json::from));
        keys.iter().map(value).collect()
    };
    match (ours, theirs) {
        (Json::Object(ours), Json::Object(theirs)) => {
            for (key, value) in theirs {
                let below = place.and_then(|place| place.key(&key));
                match ours.get_mut(&key) {
                    Some(old) => merge_object(old, value, below),
                    None => drop(ours.insert(key, value)),
                }
            }
        }
        (Json::Array(ours), Json::Array(theirs))
            if !keys.is_empty() && theirs.iter().all(|item| name(item).is_some()) =>
        {
            for item in theirs {
                match ours.iter_mut().find(|old| name(old) == name(&item)) {
                    Some(old) => merge_object(old, item, place.and_then(Place::item)),
                    None => ours.push(item),
                }
            }
        }
        (ours, theirs) => *ours = theirs,
    }
}

fn merge_json(ours: &mut Json, theirs: Json) {
    match (ours, theirs) {
        (Json::Object(ours), Json::Object(theirs)) => {
            for (key, value) in theirs {
                match ours.get_mut(&key) {
                    Some(old) => merge_json(old, value),
                    None => {
                        ours.insert(key, value);
                    }
                }
            }
        }
        (ours, theirs) => *ours = theirs,
    }
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidOperation, message)
}

/// Whether a string anywhere in `node` contains `c`.
pub(crate) fn contains(node: &Node, c: char) -> bool {
    match &node.value {
        yaml::Value::String(text) => text.contains(c),
        yaml::Value::List(list) => list.iter().any(|item| contains(item, c)),
        yaml::Value::Map(map) => map.entries.iter().any(|entry| entry.key.contains(c) || contains(&entry.value, c)),
        _ => false,
    }
}
