//! What a key means, its value and where it was set: `explain KEY`, `show values` and `show schema`.
//!
//! Descriptions and defaults come from the shipped `profiles/base.yaml`, types and choices from the model; none are
//! defined here.

mod id;
pub mod images;
pub mod model;
mod project_key;
mod rows;
mod shown;
pub mod versions;

pub use id::assumptions;
pub use id::id;
pub use project_key::key as project_key;
pub use shown::template;

use rows::columns;
use rows::members;
use rows::wrapped;

use crate::builtin;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::ids;
use crate::model::schema;
use crate::pointer;
use crate::profile::LayerKind;
use crate::profile::Values;
use crate::project;
use crate::report;
use crate::secrecy;
use crate::secrecy::REDACTED;
use crate::secrecy::Redactor;
use crate::source::Place;
use crate::source::Sources;
use crate::source::Span;
use crate::suggest;
use crate::yaml;
use crate::yaml::Entry;
use crate::yaml::Map;
use crate::yaml::Node;
use crate::yaml::Value;
use serde_json::Value as Json;
use std::borrow::Cow;

/// The shipped base profile with its text: defaults and descriptions.
struct Base {
    sources: Sources,
    root: Node,
}

impl Base {
    fn read() -> Base {
        let mut sources = Sources::default();
        let profiles = builtin::profiles();
        let file = profiles.get("base.yaml").expect("base.yaml is shipped");
        let id = sources.add(file.name.clone(), file.text.clone());
        let documents = yaml::read(&sources, id, &mut Findings::default());
        let root = documents.into_iter().next().map_or_else(|| Node::new(Value::Null), |document| document.node);
        Base { sources, root }
    }

    fn node(&self, path: &[&str]) -> Option<&Node> {
        self.root.path(path)
    }

    /// The comment after a key, or what the comment of the map above says of it. A comment of a map that is about
    /// other keys is none.
    fn doc(&self, path: &[&str]) -> Option<String> {
        if let Some(doc) = self.line_doc(path) {
            return Some(doc);
        }
        let above = (1..path.len()).rev().find_map(|length| Some((length, self.own_doc(&path[..length])?)));
        let (length, doc) = above?;
        path[length..].iter().rev().find_map(|key| about(&doc, key))
    }

    /// The comment of a key that has a line of its own, or shares it only with maps around it.
    fn line_doc(&self, path: &[&str]) -> Option<String> {
        let (last, above) = path.split_last()?;
        let map = self.node(above)?.as_map()?;
        let line =
            |key: &str| map.entry(key).and_then(|entry| self.sources.place(entry.key_span)).map(|place| place.line);
        let own = line(last)?;
        let shared = map.entries.iter().any(|entry| *entry.key != **last && line(&entry.key) == Some(own));
        let only = self.node(path).and_then(Node::as_map).filter(|map| map.entries.len() == 1);
        if only.is_some_and(|map| self.sources.place(map.entries[0].key_span).map(|place| place.line) == Some(own)) {
            // `servers: {replicas: 1}  # an odd number` is about replicas.
            return None;
        }
        let doc = self.own_doc(path)?;
        match shared {
            true => about(&doc, last),
            false => Some(doc),
        }
    }

    fn own_doc(&self, path: &[&str]) -> Option<String> {
        let (last, above) = path.split_last()?;
        let entry = self.node(above)?.as_map()?.entry(last)?;
        let line = self.sources.place(entry.key_span)?;
        let text = self.sources.text(entry.key_span.source);
        let mut lines = text.lines().skip(line.line as usize - 1);
        let first = lines.next()?;
        let comment = first.split_once(" # ").map(|(_, comment)| comment.trim().to_string());
        let further = lines.map_while(|line| line.trim_start().strip_prefix("# ").filter(|_| line.starts_with(' ')));
        let lines: Vec<String> = comment.into_iter().chain(further.map(|line| line.trim().to_string())).collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    }

    fn place(&self, path: &[&str]) -> Option<Place> {
        self.node(path).and_then(|node| self.sources.place(node.span))
    }
}

/// What a comment says of one key, such as `port: of the Service | namespace, replicas: as in Kubernetes`, without the
/// names of the keys.
fn about(doc: &str, key: &str) -> Option<String> {
    let mut found: Option<String> = None;
    for line in doc.lines().map(str::trim).filter(|line| is_about_keys(line)) {
        for part in line.split(" | ") {
            let keys = keys_of(part);
            match &mut found {
                None if keys.contains(&key) => found = part.split_once(": ").map(|(_, text)| text.to_string()),
                // `protocol: http | http2` goes on until the next key.
                Some(text) if keys.is_empty() => text.push_str(&format!(" | {part}")),
                Some(_) => return found,
                None => {}
            }
        }
        if found.is_some() {
            return found;
        }
    }
    found
}

/// The keys that a part of a comment begins with, as in `namespace, replicas: as in Kubernetes`.
fn keys_of(part: &str) -> Vec<&str> {
    let Some((head, _)) = part.split_once(": ") else { return Vec::new() };
    let keys: Vec<&str> = head.split(", ").collect();
    let is_key = |key: &&str| !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric());
    if keys.iter().all(is_key) { keys } else { Vec::new() }
}

fn is_about_keys(line: &str) -> bool {
    !keys_of(line.trim().split(" | ").next().unwrap_or_default()).is_empty()
}

/// The merged values as YAML.
pub fn values(values: &Values) -> String {
    let mut root = values.root.clone();
    hide(&mut root, "");
    let mut text = String::new();
    yaml::write(&root, &mut text);
    text
}

/// Hides what is secret in a value of `key`. Returns the secrets, since an alias may repeat them under another key.
fn hide(node: &mut Node, key: &str) -> Redactor {
    let mut root = Node::new(Value::Map(Map {
        entries: vec![Entry {
            key: key.into(),
            key_span: Span::NONE,
            value: std::mem::replace(node, Node::new(Value::Null)),
        }],
    }));
    let mut redactor = Redactor::default();
    redactor.learn_tree(&root);
    let mut found = secrecy::find(&root);
    // From the end, so that replacements do not shift what follows.
    found.reverse();
    for found in &found {
        let Some(place) = at_mut(&mut root, &found.pointer) else { continue };
        place.value = match (&found.part, place.as_str()) {
            (Some(part), Some(text)) if text.get(part.clone()) == Some(found.value.as_str()) => {
                let mut text = text.to_string();
                text.replace_range(part.clone(), REDACTED);
                Value::String(text.into())
            }
            _ => Value::String(REDACTED.into()),
        };
    }
    repeat(&mut root, &redactor);
    if let Value::Map(map) = &mut root.value
        && let Some(entry) = map.entries.pop()
    {
        *node = entry.value;
    }
    redactor
}

/// The node that a JSON pointer refers to.
fn at_mut<'a>(root: &'a mut Node, pointer: &str) -> Option<&'a mut Node> {
    pointer::parse(pointer).try_fold(root, |node, step| match &mut node.value {
        Value::Map(map) => map.get_mut(&step),
        Value::List(list) => list.get_mut(step.parse::<usize>().ok()?),
        _ => None,
    })
}

/// Hides the same values wherever else they occur.
fn repeat(node: &mut Node, redactor: &Redactor) {
    match &mut node.value {
        Value::Map(map) => map.entries.iter_mut().for_each(|entry| repeat(&mut entry.value, redactor)),
        Value::List(list) => list.iter_mut().for_each(|item| repeat(item, redactor)),
        Value::String(text) => {
            if let Cow::Owned(hidden) = redactor.text(text) {
                *text = hidden.into();
            }
        }
        _ => {}
    }
}

/// One line per leaf: its path, its value, and where it was set; more if a terminal has only this width.
pub fn origins(values: &Values, sources: &Sources, width: Option<usize>) -> String {
    let mut rows = Vec::new();
    let mut root = values.root.clone();
    hide(&mut root, "");
    leaves(&root, &mut Vec::new(), sources, &mut rows);
    columns(rows, "", width)
}

fn leaves<'a>(node: &'a Node, path: &mut Vec<&'a str>, sources: &Sources, rows: &mut Vec<(String, String)>) {
    match &node.value {
        Value::Map(map) if !map.entries.is_empty() => {
            for entry in &map.entries {
                path.push(&entry.key);
                leaves(&entry.value, path, sources, rows);
                path.pop();
            }
        }
        _ => rows.push((format!("{}: {}", path.join("."), one_line(node)), shown(sources.place(node.span)))),
    }
}

fn shown(place: Option<Place>) -> String {
    place.map_or_else(|| "derived".to_string(), |place| format!("{}:{}:{}", place.file, place.line, place.column))
}

/// A value on one line, in YAML flow style (which includes JSON); plain where possible.
fn one_line(node: &Node) -> String {
    let mut text = String::new();
    match &node.value {
        Value::List(_) | Value::Map(_) => return node.to_json().to_string(),
        _ => yaml::write(node, &mut text),
    }
    match text.trim_end().lines().count() {
        1 => text.trim_end().to_string(),
        _ => node.to_json().to_string(),
    }
}

/// The description of `key`, its choices, its default, and the layers that set it, for a terminal of this width (`None`:
/// rows on one line each). Err: there is no such key.
pub fn key(key: &str, values: &Values, sources: &Sources, width: Option<usize>) -> Result<String, Box<Finding>> {
    let path: Vec<&str> = key.split('.').filter(|step| !step.is_empty()).collect();
    let free = (1..=path.len()).any(|length| crate::profile::is_free(&path[..length]) && length < path.len());
    let known = if free { None } else { schema::at(&path) };
    if path.is_empty() || known.is_none() && !free {
        return Err(Box::new(unknown(key)));
    }
    let base = Base::read();
    let mut text = format!("{}\n", report::one_line(&path.join(".")));
    let choices = known.map(schema::choices).unwrap_or_default();
    let doc = base.doc(&path);
    if let Some(schema) = known {
        text.push_str(&wrapped(&schema::expectation(schema), 2, 4, width));
    }
    if let Some(doc) = doc.filter(|doc| choices.is_empty() || !lists(doc, &choices)) {
        text.push('\n');
        text.push_str(&wrapped(&doc, 2, 2, width));
    }
    if !choices.is_empty() {
        text.push('\n');
        let widest = choices.iter().map(|(choice, _)| choice.len()).max().unwrap_or(0);
        for (choice, about) in choices {
            text.push_str(&wrapped(&format!("{choice:widest$}  {about}"), 2, widest + 4, width));
        }
    }
    text.push_str(&members(known, &path, &base, width));
    text.push('\n');
    let mut all = values.root.clone();
    let redactor = hide(&mut all, "");
    let holds = all.path(&path).cloned();
    if let Some(map @ Node { value: Value::Map(entries), .. }) = &holds
        && !entries.entries.is_empty()
    {
        let mut rows = Vec::new();
        leaves(map, &mut path.clone(), sources, &mut rows);
        text.push_str(&columns(rows, "  ", width));
        return Ok(text);
    }
    let mut rows = Vec::new();
    let mut row = |name: &str, node: &Node, place: Option<Place>| {
        let mut node = node.clone();
        hide(&mut node, path[path.len() - 1]);
        repeat(&mut node, &redactor);
        rows.push((format!("{name:8} {}", one_line(&node)), shown(place)));
    };
    if let Some(node) = base.node(&path) {
        row("default", node, base.place(&path));
    }
    for (layer, node) in values.history(&path) {
        let shipped = matches!(&*layer.name, "base" | "builtin:base") && layer.kind == LayerKind::Builtin;
        if !shipped {
            row("set", node, sources.place(node.span));
        }
    }
    match holds {
        Some(node) => row("is", &node, sources.place(node.span)),
        None => text.push_str("  not set\n"),
    }
    text.push_str(&columns(rows, "  ", width));
    Ok(text)
}

/// Whether a comment does no more than list the choices, which have a text of their own.
fn lists(doc: &str, choices: &[(&str, &str)]) -> bool {
    let listed = doc.split(" | ").filter(|part| choices.iter().any(|(choice, _)| part.trim().starts_with(choice)));
    listed.count() == choices.len() && !doc.contains(';')
}

fn unknown(key: &str) -> Finding {
    let mut all = Vec::new();
    paths(schema::schema(), &mut Vec::new(), &mut all);
    all.extend(project::KEYS.iter().map(|key| key.path.to_string()));
    let last = key.rsplit('.').next().unwrap_or(key);
    // A key of this name in a map below the one that was named is meant, else a similar one beside it, rather than a more
    // similar one elsewhere.
    let parent = key.strip_suffix(last).unwrap_or_default();
    let beside = all.iter().filter_map(|path| path.strip_prefix(parent)).filter(|rest| !rest.contains('.'));
    let beside = suggest::closest(last, beside).map(|name| format!("{parent}{name}"));
    let named = |path: &&String| path.rsplit('.').next() == Some(last);
    let close = all
        .iter()
        .find(|path| path.starts_with(parent) && named(path))
        .map(String::as_str)
        .or(beside.as_deref())
        .or_else(|| suggest::closest(key, all.iter().map(String::as_str)))
        .or_else(|| all.iter().find(named).map(String::as_str));
    let known = id::all();
    let close = close.or_else(|| suggest::closest(key, known.iter().copied()));
    let help = match close {
        Some(close) => format!("did you mean `{close}`?"),
        None => "`meshtrace show values` lists the keys, `meshtrace show rules` the rules".to_string(),
    };
    Finding::error(ids::UNKNOWN_KEY, format!("unknown key `{key}`")).help(help)
}

/// The paths of all keys with fixed names.
fn paths(schema: &'static Json, path: &mut Vec<&'static str>, all: &mut Vec<String>) {
    for (name, property) in schema::resolve(schema)["properties"].as_object().into_iter().flatten() {
        path.push(name);
        all.push(path.join("."));
        paths(property, path, all);
        path.pop();
    }
}

/// A key of a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// From the top, with dots.
    pub path: String,
    /// What it expects, in words.
    pub expects: String,
    /// The first line of its description; may be empty.
    pub about: String,
    /// Its default; empty for a map.
    pub default: String,
    /// Its choices, each with what it does.
    pub choices: Vec<(&'static str, &'static str)>,
    /// Whether it is a map, so that its keys have the values.
    pub is_map: bool,
}

/// All keys with fixed names, in the order of the types.
pub fn keys() -> Vec<Key> {
    let base = Base::read();
    let mut all = Vec::new();
    paths(schema::schema(), &mut Vec::new(), &mut all);
    let keys = all.into_iter().filter_map(|path| {
        let steps: Vec<&str> = path.split('.').collect();
        let schema = schema::at(&steps)?;
        let doc = base.doc(&steps).unwrap_or_default();
        let default = base.node(&steps).filter(|node| node.as_map().is_none()).map(one_line).unwrap_or_default();
        Some(Key {
            expects: schema::expectation(schema),
            about: doc.lines().next().unwrap_or_default().to_string(),
            default,
            choices: schema::choices(schema),
            is_map: schema["properties"].is_object(),
            path: path.clone(),
        })
    });
    keys.collect()
}

/// The JSON schema of profiles, with defaults and descriptions, for editors.
pub fn schema() -> Json {
    let base = Base::read();
    let mut schema = expand(schema::schema(), &base, &mut Vec::new());
    let title = "meshtrace profile";
    if let Some(members) = schema.as_object_mut() {
        members.insert("$schema".to_string(), Json::from("https://json-schema.org/draft/2020-12/schema"));
        members.insert("title".to_string(), Json::from(title));
        if let Some(properties) = members.get_mut("properties").and_then(Json::as_object_mut) {
            properties.insert(
                "extends".to_string(),
                serde_json::json!({"description": "profiles that this one builds on", "type": ["string", "array"], "items": {"type": "string"}}),
            );
        }
    }
    schema
}

/// A schema with its references resolved. Nothing is required, because a profile contains only what differs.
fn expand(schema: &'static Json, base: &Base, path: &mut Vec<&'static str>) -> Json {
    let mut schema = schema::resolve(schema).clone();
    let Some(members) = schema.as_object_mut() else { return schema };
    for key in ["required", "$defs", "keyFormat", "description"] {
        members.shift_remove(key);
    }
    // `null` removes a key, so it is a valid value of every key.
    if let Some(Json::String(kind)) = members.get("type").cloned() {
        members.insert("type".to_string(), serde_json::json!([kind, "null"]));
    }
    if let Some(Json::Array(choices)) = members.get_mut("enum") {
        choices.push(Json::Null);
    }
    let owned: Vec<&str> = path.clone();
    if let Some(doc) = base.own_doc(&owned) {
        members.insert("description".to_string(), Json::from(doc));
    }
    if let Some(node) = base.node(&owned).filter(|node| node.as_map().is_none()) {
        members.insert("default".to_string(), node.to_json());
    }
    let original = schema::at(path).unwrap_or(schema::schema());
    if let Some(Json::Object(properties)) = members.get_mut("properties") {
        for (name, property) in original["properties"].as_object().into_iter().flatten() {
            path.push(name);
            properties.insert(name.clone(), expand(property, base, path));
            path.pop();
        }
    }
    if original["additionalProperties"].is_object() {
        path.push("*");
        members.insert("additionalProperties".to_string(), expand(&original["additionalProperties"], base, path));
        path.pop();
    }
    if original["items"].is_object() {
        members.insert("items".to_string(), schema::resolve(&original["items"]).clone());
    }
    schema
}
