//! Checks values against the types of [`Settings`]: all mistakes in one run, each at the line that made it.
//!
//! Driven by the JSON schema that `schemars` derives from the types, so types and choices are defined once.

use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::RuleId;
use crate::finding::ids;
use crate::model::format::Format;
use crate::model::format::PORT;
use crate::model::settings::Settings;
use crate::named::Named;
use crate::profile::Values;
use crate::source::Sources;
use crate::source::Span;
use crate::suggest;
use crate::yaml::Node;
use crate::yaml::Value;
use serde_json::Value as Json;
use std::sync::LazyLock;

static SCHEMA: LazyLock<Json> = LazyLock::new(|| schemars::schema_for!(Settings).to_value());

/// The schema of all values, without defaults and descriptions.
pub fn schema() -> &'static Json {
    &SCHEMA
}

/// The schema of a key, such as `["consul", "logLevel"]`; map keys that users choose match any word.
pub fn at(path: &[&str]) -> Option<&'static Json> {
    path.iter().try_fold(resolve(schema()), |schema, key| {
        schema["properties"]
            .get(key)
            .or(schema["additionalProperties"].as_object().map(|_| &schema["additionalProperties"]))
            .map(resolve)
    })
}

/// Follows `$ref` and removes the null of an optional value.
pub fn resolve(schema: &'static Json) -> &'static Json {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap_or_default();
        return resolve(&SCHEMA["$defs"][name]);
    }
    match schema["anyOf"].as_array() {
        Some(any) => any.iter().find(|one| one["type"] != "null").map_or(schema, resolve),
        None => schema,
    }
}

/// What a schema expects, in words: "a string", "one of `a`, `b`".
pub fn expectation(schema: &Json) -> String {
    if let Some(choices) = schema["enum"].as_array() {
        let list: Vec<String> = choices.iter().filter_map(Json::as_str).map(|choice| format!("`{choice}`")).collect();
        return format!("one of {}", list.join(", "));
    }
    match type_of(schema) {
        "string" => format(&schema["format"]).map_or("a string", Format::words).to_string(),
        "integer" if schema["format"] == PORT => "a port, 1 to 65535".to_string(),
        "integer" => "a whole number".to_string(),
        "number" => "a number".to_string(),
        "boolean" => "true or false".to_string(),
        "array" => "a list".to_string(),
        _ => "a map".to_string(),
    }
}

/// Each choice of a schema with what it does.
pub fn choices(schema: &Json) -> Vec<(&str, &str)> {
    let words = |key: &str| schema[key].as_array().into_iter().flatten().filter_map(Json::as_str);
    words("enum").zip(words("enumDescriptions")).collect()
}

/// The format that a schema names.
fn format(name: &Json) -> Option<Format> {
    name.as_str().and_then(Format::of)
}

fn type_of(schema: &Json) -> &str {
    match &schema["type"] {
        Json::String(name) => name,
        Json::Array(names) => names.iter().filter_map(Json::as_str).find(|name| *name != "null").unwrap_or("object"),
        _ => "object",
    }
}

/// Reports every unknown key, wrong type, wrong choice, malformed name and, if no layer is missing, missing key of
/// `values`.
pub fn validate(values: &Values, sources: &Sources, found: &mut Findings) {
    Walk { values, sources, found, path: Vec::new() }.node(&values.root, resolve(schema()));
}

struct Walk<'a> {
    values: &'a Values,
    sources: &'a Sources,
    found: &'a mut Findings,
    path: Vec<String>,
}

impl Walk<'_> {
    fn node(&mut self, node: &Node, schema: &'static Json) {
        if let Some(choices) = schema["enum"].as_array() {
            return self.choice(node, schema, choices);
        }
        match (type_of(schema), &node.value) {
            ("object", Value::Map(_)) => self.map(node, schema),
            ("array", Value::List(items)) => {
                for (index, item) in items.iter().enumerate() {
                    self.path.push(index.to_string());
                    self.node(item, resolve(&schema["items"]));
                    self.path.pop();
                }
            }
            ("boolean", Value::Bool(_)) => {}
            ("string", Value::String(text)) => self.format(text, node.span, schema),
            ("integer", Value::Int(number)) => self.range(*number as f64, node, schema),
            ("number", Value::Int(number)) => self.range(*number as f64, node, schema),
            ("number", Value::Float(number)) => self.range(*number, node, schema),
            _ => self.wrong_type(node, schema),
        }
    }

    fn map(&mut self, node: &Node, schema: &'static Json) {
        let entries = node.as_map().map_or(&[][..], |map| &map.entries);
        let by_name = schema["additionalProperties"].is_object().then(|| resolve(&schema["additionalProperties"]));
        for entry in entries {
            self.path.push(entry.key.to_string());
            if let Some(property) = schema["properties"].get(&*entry.key) {
                self.node(&entry.value, resolve(property));
            } else if let Some(each) = by_name {
                if let Some(expected) = format(&schema["keyFormat"])
                    && let Err(why) = expected.check(&entry.key)
                {
                    let message = format!("`{}` is not a valid name here: {why}", self.dotted());
                    let help = format!("use {}", expected.words());
                    self.report(ids::INVALID_NAME, message, entry.key_span, Some(help));
                }
                self.node(&entry.value, each);
            } else if schema["additionalProperties"] == false {
                self.unknown(&entry.key, entry.key_span, schema);
            }
            self.path.pop();
        }
        // A missing key may be in the layer that could not be read.
        if !self.values.complete {
            return;
        }
        for key in schema["required"].as_array().into_iter().flatten().filter_map(Json::as_str) {
            if entries.iter().all(|entry| &*entry.key != key) {
                self.missing(key, node.span, schema);
            }
        }
    }

    fn unknown(&mut self, key: &str, span: Span, schema: &'static Json) {
        let known: Vec<&str> =
            schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        let help = match suggest::closest(key, known.iter().copied()) {
            Some(name) => format!("did you mean `{name}`?"),
            None => match elsewhere(key) {
                Some(path) => format!("did you mean the key `{path}`?"),
                None => format!("known keys here: {}", known.join(", ")),
            },
        };
        self.report(ids::UNKNOWN_KEY, format!("unknown key `{}`", self.dotted()), span, Some(help));
    }

    fn missing(&mut self, key: &str, map: Span, schema: &'static Json) {
        let expected = expectation(resolve(&schema["properties"][key]));
        self.path.push(key.to_string());
        let path: Vec<&str> = self.path.iter().map(String::as_str).collect();
        let removed = self.values.removed_at(&path);
        let (message, span) = match removed {
            Some(removed) => (format!("`{}` is null but required: expected {expected}", self.dotted()), removed.span),
            None => (format!("`{}` is missing: expected {expected}", self.dotted()), map),
        };
        self.report(ids::MISSING_KEY, message, span, Some("set it; `meshtrace explain` shows its default".to_string()));
        self.path.pop();
    }

    fn choice(&mut self, node: &Node, schema: &'static Json, choices: &[Json]) {
        let Value::String(text) = &node.value else {
            return self.wrong_type(node, schema);
        };
        if choices.iter().all(|choice| choice.as_str() != Some(text)) {
            let message = format!("`{}` is `{}`, expected {}", self.dotted(), shorten(text), expectation(schema));
            let help = suggest::closest(text, choices.iter().filter_map(Json::as_str));
            self.report(ids::WRONG_CHOICE, message, node.span, help.map(|name| format!("did you mean `{name}`?")));
        }
    }

    fn format(&mut self, text: &str, span: Span, schema: &'static Json) {
        let Some(expected) = format(&schema["format"]) else { return };
        if let Err(why) = expected.check(text) {
            let message = format!("`{}` is `{}`: {why}", self.dotted(), shorten(text));
            self.report(expected.rule(), message, span, Some(format!("expected {}", expected.words())));
        }
    }

    fn range(&mut self, number: f64, node: &Node, schema: &'static Json) {
        let port = schema["format"] == PORT;
        let minimum = if port { Some(1.0) } else { schema["minimum"].as_f64() };
        let maximum = if port { Some(65535.0) } else { schema["maximum"].as_f64().or(Some(f64::from(u32::MAX))) };
        if minimum.is_some_and(|least| number < least) || maximum.is_some_and(|most| number > most) {
            let range = match (minimum, maximum) {
                (Some(least), Some(most)) if most < f64::from(u32::MAX) => format!("{least} to {most}"),
                (Some(least), _) => format!("at least {least}"),
                _ => format!("at most {}", maximum.unwrap_or_default()),
            };
            let rule = if port { ids::INVALID_PORT } else { ids::OUT_OF_RANGE };
            let message = format!("`{}` is {}, expected {range}", self.dotted(), self.written(node));
            self.report(rule, message, node.span, None);
        }
    }

    fn wrong_type(&mut self, node: &Node, schema: &'static Json) {
        let written = self.written(node);
        let shown = if written.is_empty() { String::new() } else { format!(" `{written}`") };
        let message = format!("`{}` is {}{shown}, expected {}", self.dotted(), node.kind(), expectation(schema));
        let scalar = matches!(node.value, Value::Bool(_) | Value::Int(_) | Value::Float(_));
        let quoted = node.as_str().is_some_and(|text| match type_of(schema) {
            "integer" | "number" => text.parse::<f64>().is_ok(),
            "boolean" => matches!(text, "true" | "false"),
            _ => false,
        });
        let help = if scalar && (type_of(schema) == "string" || schema["enum"].is_array()) {
            let by_flag = self.by_flag(node);
            Some(if by_flag { "use --set-string".to_string() } else { format!("put it in quotes: \"{written}\"") })
        } else if quoted {
            Some(if self.by_flag(node) { "use --set".to_string() } else { "remove the quotes".to_string() })
        } else {
            self.shape(node, schema)
        };
        self.report(ids::WRONG_TYPE, message, node.span, help);
    }

    /// The shape that was meant, where a scalar or a list of names stands for a map, or one item for a list.
    fn shape(&self, node: &Node, schema: &'static Json) -> Option<String> {
        let last = self.path.last()?;
        let written = self.written(node);
        match (type_of(schema), &node.value) {
            ("array", Value::String(_) | Value::Int(_)) => Some(format!("write a list: `{last}: [{written}]`")),
            ("object", Value::List(items)) if schema["additionalProperties"].is_object() => {
                let names: Vec<&str> = items.iter().filter_map(Node::as_str).collect();
                let names: Vec<String> = names.iter().map(|name| format!("{}: {{}}", shorten(name))).collect();
                let all = !names.is_empty() && names.len() == items.len();
                all.then(|| format!("write a map with a key for each: `{last}: {{{}}}`", names.join(", ")))
            }
            ("object", Value::String(_) | Value::Bool(_) | Value::Int(_) | Value::Float(_)) => {
                let key = inside(schema, node)?;
                Some(match self.by_flag(node) {
                    true => format!("use `{}.{key}={written}`", self.dotted()),
                    false => format!("write `{last}: {{{key}: {written}}}`"),
                })
            }
            _ => None,
        }
    }

    /// The scalar as its author wrote it: `1.30`, not 1.3.
    fn written(&self, node: &Node) -> String {
        match &node.value {
            Value::Map(_) | Value::List(_) | Value::Null => String::new(),
            // The place of a value set by a flag is its key.
            value if self.by_flag(node) => match value {
                Value::String(text) => shorten(text),
                _ => node.to_json().to_string(),
            },
            _ => shorten(self.sources.slice(node.span)),
        }
    }

    fn by_flag(&self, node: &Node) -> bool {
        node.span != Span::NONE && self.sources.name(node.span.source).starts_with("--set")
    }

    fn dotted(&self) -> String {
        self.path.join(".")
    }

    fn report(&mut self, rule: RuleId, message: String, span: Span, help: Option<String>) {
        let mut finding = Finding::error(rule, message).at(self.sources.place(span));
        finding.help = help;
        self.found.push(finding);
    }
}

/// The key of a map that a scalar was probably meant for: one with this choice, else `enabled`, else the first that must
/// be such a number, or the only one that may be this string.
fn inside(schema: &'static Json, node: &Node) -> Option<&'static str> {
    let properties = schema["properties"].as_object()?;
    let fits = |schema: &'static Json| {
        let schema = resolve(schema);
        match (&node.value, type_of(schema)) {
            (Value::String(text), _) if schema["enum"].is_array() => {
                schema["enum"].as_array().is_some_and(|all| all.iter().any(|one| one.as_str() == Some(text)))
            }
            (Value::String(text), "string") => {
                format(&schema["format"]).is_none_or(|format| format.check(text).is_ok())
            }
            (Value::Bool(_), "boolean") | (Value::Int(_), "integer" | "number") | (Value::Float(_), "number") => true,
            _ => false,
        }
    };
    let is_choice = |schema: &'static Json| resolve(schema)["enum"].is_array();
    let fitting: Vec<(&str, &'static Json)> =
        properties.iter().filter(|(_, schema)| fits(schema)).map(|(key, schema)| (key.as_str(), schema)).collect();
    let chosen = fitting.iter().find(|(key, schema)| is_choice(schema) || *key == "enabled");
    let first = fitting.first().filter(|_| fitting.len() == 1 || !matches!(node.value, Value::String(_)));
    chosen.or(first).map(|(key, _)| *key)
}

/// A key of the same name elsewhere in the tree, for one that was written in the wrong map.
fn elsewhere(key: &str) -> Option<String> {
    fn search(schema: &'static Json, key: &str, path: &mut Vec<String>) -> Option<String> {
        let properties = schema["properties"].as_object()?;
        for (name, property) in properties {
            path.push(name.clone());
            if name == key {
                return Some(path.join("."));
            }
            if let Some(inner) = search(resolve(property), key, path) {
                return Some(inner);
            }
            path.pop();
        }
        None
    }
    search(schema(), key, &mut Vec::new())
}

fn shorten(text: &str) -> String {
    let line = text.escape_debug().to_string().replace("\\\"", "\"").replace("\\'", "'");
    match line.char_indices().nth(60) {
        Some((at, _)) => format!("{}...", &line[..at]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `schemars` gives numbers formats of its own, such as `uint32`, so only those of strings and keys are ours.
    #[test]
    fn every_format_named_by_the_types_is_checked() {
        fn walk(schema: &Json, wrong: &mut Vec<String>) {
            let named = |key: &str| schema[key].as_str().filter(|name| Format::of(name).is_none());
            let string = type_of(schema) == "string";
            wrong.extend(named("keyFormat").or_else(|| named("format").filter(|_| string)).map(str::to_string));
            let items: Vec<&Json> = match schema {
                Json::Object(map) => map.values().collect(),
                Json::Array(list) => list.iter().collect(),
                _ => Vec::new(),
            };
            items.into_iter().for_each(|item| walk(item, wrong));
        }
        let mut wrong = Vec::new();
        walk(schema(), &mut wrong);
        assert_eq!(wrong, Vec::<String>::new());
    }
}
