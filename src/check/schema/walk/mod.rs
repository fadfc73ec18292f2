//! Walks an object beside its schema.

mod fields;
mod values;

use crate::check::input::skip::is_placeholder;
use crate::check::schema::definitions::Judge;
use crate::check::schema::fault::Fault;
use crate::check::schema::fault::Step;
use crate::check::schema::fault::Wrong;
use crate::stack::kube::schema::Family;
use crate::stack::kube::schema::Format;
use crate::stack::kube::schema::Schema;
use crate::stack::kube::schema::Type;
use crate::yaml::Map;
use crate::yaml::Node;
use crate::yaml::Value;
use std::collections::HashSet;

/// So much of an object is reported.
const MOST: usize = 500;
/// Values deeper than this are not judged; files nest less.
const DEPTH: usize = 128;

/// What all of the schemas refuse in an object. One that has none is not judged.
pub(super) fn object(node: &Node, judges: &[Judge<'_>]) -> Vec<Fault> {
    let mut found: Option<Vec<Fault>> = None;
    for judge in judges {
        let mut walk = Walk::new(*judge);
        walk.root(node);
        let faults = walk.faults;
        found = Some(match found {
            None => faults,
            Some(before) => common(before, &faults),
        });
        if found.as_ref().is_some_and(Vec::is_empty) {
            break;
        }
    }
    found.unwrap_or_default()
}

/// The faults of `one` that are in the other too, whatever their words.
fn common(one: Vec<Fault>, other: &[Fault]) -> Vec<Fault> {
    let key = |fault: &Fault| {
        let field = match &fault.wrong {
            Wrong::Missing { field } => field.clone(),
            _ => "".into(),
        };
        (fault.pointer(), fault.cause(), field)
    };
    let others: HashSet<_> = other.iter().map(key).collect();
    one.into_iter().filter(|fault| others.contains(&key(fault))).collect()
}

#[derive(Clone, Copy)]
enum At<'a> {
    Key(&'a str),
    Index(usize),
}

struct Walk<'a> {
    judge: Judge<'a>,
    faults: Vec<Fault>,
    steps: Vec<At<'a>>,
    /// The schemas of the maps above, for fields that stand at the wrong depth.
    above: Vec<&'a Schema>,
    /// Types and fields are settled; only values count, as inside `anyOf`.
    only_values: bool,
    /// In the items of a list that preserves unknown fields.
    keeps: bool,
    /// In the status of an object, which a write does not store.
    in_status: bool,
    is_secret: bool,
}

fn kind_of(node: &Node) -> &'static str {
    node.kind()
}

fn is_text_to_fill(node: &Node) -> bool {
    node.as_str().is_some_and(is_placeholder)
}

impl<'a> Walk<'a> {
    fn new(judge: Judge<'a>) -> Walk<'a> {
        Walk {
            judge,
            faults: Vec::new(),
            steps: Vec::new(),
            above: Vec::new(),
            only_values: false,
            keeps: false,
            in_status: false,
            is_secret: false,
        }
    }

    fn is_built_in(&self) -> bool {
        self.judge.family == Some(Family::Kubernetes)
    }

    fn fault(&mut self, wrong: Wrong) {
        if self.faults.len() < MOST {
            let step = |at: &At<'_>| match at {
                At::Key(key) => Step::Key((*key).into()),
                At::Index(index) => Step::Index(*index),
            };
            self.faults.push(Fault { steps: self.steps.iter().map(step).collect(), wrong });
        }
    }

    fn schema(&self, number: u32) -> &'a Schema {
        self.judge.schemas.get(number)
    }

    /// The object itself: what every object has is judged as Kubernetes has it.
    fn root(&mut self, node: &'a Node) {
        let Some(map) = node.as_map() else { return };
        let schema = self.schema(self.judge.root);
        self.is_secret = self.is_built_in() && node.get("kind").and_then(Node::as_str) == Some("Secret");
        self.header(map);
        self.map(map, schema, true);
    }

    /// `metadata` of an object of any kind.
    fn header(&mut self, map: &'a Map) {
        let Some(metadata) = map.get("metadata") else { return };
        let table = Family::Kubernetes.table();
        let releases = if self.is_built_in() { self.judge.releases } else { table.every_release() };
        let kubernetes =
            Judge { schemas: &table.schemas, root: table.metadata, releases, family: Some(Family::Kubernetes) };
        let own = std::mem::replace(&mut self.judge, kubernetes);
        self.under(At::Key("metadata"), |walk| walk.value(metadata, walk.schema(table.metadata)));
        self.judge = own;
    }

    fn under(&mut self, step: At<'a>, then: impl FnOnce(&mut Self)) {
        if self.steps.len() < DEPTH {
            self.steps.push(step);
            then(self);
            self.steps.pop();
        }
    }

    fn value(&mut self, node: &'a Node, schema: &'a Schema) {
        if is_text_to_fill(node) {
            return;
        }
        // Null stands for a field that is missing, or may stand there.
        if matches!(node.value, Value::Null) {
            return;
        }
        let fits = match (schema.kind, &node.value) {
            (Type::Any, _) | (Type::Object, Value::Map(_)) | (Type::Array, Value::List(_)) => true,
            (Type::String | Type::IntOrString, Value::String(_)) | (Type::Boolean, Value::Bool(_)) => true,
            (Type::Integer | Type::IntOrString, Value::Int(_)) => true,
            (Type::Integer | Type::IntOrString, Value::Float(number)) => number.fract() == 0.0,
            (Type::Number, Value::Int(_) | Value::Float(_)) => true,
            // Go reads bytes from a list of numbers too.
            (Type::String, Value::List(_)) => self.is_built_in() && schema.format == Some(Format::Byte),
            (Type::Quantity, Value::Int(_) | Value::Float(_) | Value::String(_)) => true,
            _ => false,
        };
        if !fits && !self.only_values {
            let quoted = node.as_str().is_some_and(|text| match schema.kind {
                Type::Integer => text.parse::<i64>().is_ok(),
                Type::Number => text.parse::<f64>().is_ok_and(f64::is_finite),
                Type::Boolean => matches!(text, "true" | "false"),
                _ => false,
            });
            return self.fault(Wrong::Type { expected: expected(schema), found: kind_of(node), quoted });
        }
        match &node.value {
            Value::Map(map) => self.map(map, schema, false),
            Value::List(list) => self.list(list, schema),
            Value::String(text) => self.text(text, schema),
            Value::Int(number) => self.number(*number as f64, schema),
            Value::Float(number) => self.number(*number, schema),
            _ => {}
        }
        self.enumeration(node, schema);
        self.combined(node, schema);
    }

    fn map(&mut self, map: &'a Map, schema: &'a Schema, is_root: bool) {
        let is_object = is_root || schema.embedded;
        if schema.embedded && !is_root {
            self.header(map);
            for field in ["apiVersion", "kind"].into_iter().filter(|field| map.get(field).is_none()) {
                self.fault(Wrong::Missing { field: field.into() });
            }
        }
        if self.steps.len() == DEPTH {
            return;
        }
        self.above.push(schema);
        let keeps = std::mem::take(&mut self.keeps) || schema.preserves;
        for entry in &map.entries {
            let key = &*entry.key;
            if is_object && matches!(key, "apiVersion" | "kind" | "metadata") {
                continue;
            }
            let was = self.in_status;
            self.in_status |= is_root && key == "status";
            self.under(At::Key(key), |walk| walk.entry(key, &entry.value, schema, keeps));
            self.in_status = was;
        }
        self.above.pop();
        if !self.in_status {
            self.missing(map, schema);
            self.count(map.entries.len(), schema, "entries");
        }
    }

    fn list(&mut self, list: &'a [Node], schema: &'a Schema) {
        if let Some(items) = schema.items {
            let inner = self.schema(items);
            let was = std::mem::replace(&mut self.keeps, schema.preserves);
            for (index, node) in list.iter().enumerate() {
                self.under(At::Index(index), |walk| match node.value {
                    Value::Null => walk.null_item(inner),
                    _ => walk.value(node, inner),
                });
            }
            self.keeps = was;
        }
        if self.in_status {
            return;
        }
        self.count(list.len(), schema, "items");
        if schema.is_set {
            let mut seen = HashSet::new();
            for (index, node) in list.iter().enumerate() {
                if !seen.insert(node.to_json().to_string()) {
                    self.under(At::Index(index), |walk| {
                        walk.fault(Wrong::Twice { what: "an item of the list".to_string() });
                    });
                }
            }
        }
        if !schema.map_keys.is_empty() {
            let mut seen = HashSet::new();
            for (index, node) in list.iter().enumerate() {
                let keys = schema.map_keys.iter().map(|key| node.get(key).map(|node| node.to_json().to_string()));
                if !seen.insert(keys.collect::<Vec<_>>()) {
                    let keys: Vec<String> = schema.map_keys.iter().map(|key| format!("`{key}`")).collect();
                    let what = format!("the {} of an item before it", keys.join(" and "));
                    self.under(At::Index(index), |walk| walk.fault(Wrong::Twice { what }));
                }
            }
        }
    }
}

/// What a schema wants, in words.
fn expected(schema: &Schema) -> &'static str {
    match schema.kind {
        Type::Any => "a value",
        Type::Object => "a map",
        Type::Array => "a list",
        Type::String if schema.format == Some(Format::DateTime) => "a time, as a string",
        Type::String => "a string",
        Type::Integer => "a whole number",
        Type::Number => "a number",
        Type::Boolean => "a boolean",
        Type::IntOrString => "a whole number or a string",
        Type::Quantity => "a quantity such as `500m`, `0.5` or `64Mi`",
    }
}
