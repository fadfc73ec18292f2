//! Walks an object beside its schema.

use crate::check::input::skip::is_placeholder;
use crate::check::schema::definitions::Judge;
use crate::check::schema::fault;
use crate::check::schema::fault::Fault;
use crate::check::schema::fault::Step;
use crate::check::schema::fault::Wrong;
use crate::stack::kube::schema::Additional;
use crate::stack::kube::schema::Family;
use crate::stack::kube::schema::Format;
use crate::stack::kube::schema::Releases;
use crate::stack::kube::schema::Schema;
use crate::stack::kube::schema::Type;
use crate::yaml::Map;
use crate::yaml::Node;
use crate::yaml::Value;
use serde_json::Value as Json;
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
            return self.fault(Wrong::Type { expected: expected(schema), found: kind_of(node) });
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

    fn enumeration(&mut self, node: &Node, schema: &Schema) {
        // In Kubernetes' own types, an empty text is one that is missing.
        let is_missing = self.is_built_in() && node.as_str() == Some("");
        if schema.enumeration.is_empty()
            || is_missing
            || self.in_status
            || schema.kind == Type::Any && !self.only_values
        {
            return;
        }
        let is_one = match node.as_str() {
            Some(text) => schema.enumeration.iter().any(|one| one.as_str() == Some(text)),
            None => schema.enumeration.contains(&node.to_json()),
        };
        if !is_one {
            let known = schema.enumeration.iter().map(|one| match one {
                Json::String(text) => text.clone(),
                other => other.to_string(),
            });
            let found = node.as_str().map_or_else(|| node.to_json().to_string(), str::to_string);
            self.fault(Wrong::Choice { found, known: known.collect() });
        }
    }

    /// `allOf`, `anyOf`, `oneOf` and `not`, which say more about values and nothing about fields.
    fn combined(&mut self, node: &'a Node, schema: &'a Schema) {
        let fits = |walk: &Self, number: u32| {
            let mut inner = Walk::new(walk.judge);
            inner.only_values = true;
            inner.value(node, walk.schema(number));
            inner.faults.is_empty()
        };
        let count = |walk: &Self, all: &[u32]| all.iter().filter(|number| fits(walk, **number)).count();
        let must = if count(self, &schema.all_of) < schema.all_of.len() {
            "fit every schema of its `allOf`"
        } else if !schema.any_of.is_empty() && count(self, &schema.any_of) == 0 {
            "fit a schema of its `anyOf`"
        } else if !schema.one_of.is_empty() && count(self, &schema.one_of) != 1 {
            "fit exactly one schema of its `oneOf`"
        } else if schema.not.is_some_and(|number| fits(self, number)) {
            "not fit the schema of its `not`"
        } else {
            return;
        };
        self.fault(Wrong::Limit { must: must.to_string() });
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

    fn entry(&mut self, key: &'a str, node: &'a Node, schema: &'a Schema, keeps: bool) {
        if let Some(types) = schema.property(key) {
            return self.property(node, schema, types);
        }
        match schema.additional {
            Additional::Of(number) => {
                if let Some(format) = schema.keys.filter(|format| !format.fits(key) && !is_placeholder(key)) {
                    self.fault(Wrong::Format { found: Some(key.to_string()), what: format.what(), of_key: true });
                }
                let inner = self.schema(number);
                self.value(node, inner);
                let text = node.as_str().filter(|text| !is_placeholder(text));
                if let (Some(format), Some(text)) = (schema.values, text)
                    && !format.fits(text)
                {
                    self.fault(Wrong::Format { found: Some(text.to_string()), what: format.what(), of_key: false });
                }
            }
            Additional::Anything => {}
            Additional::Nothing if keeps || schema.kind == Type::Any || self.only_values => {}
            Additional::Nothing if is_placeholder(key) => {}
            Additional::Nothing => self.unknown(key, schema, Releases(0)),
        }
    }

    /// A property by the types that it has in the releases that come into question.
    fn property(&mut self, node: &'a Node, schema: &'a Schema, types: &'a [(u32, Releases)]) {
        let asked = self.judge.releases;
        let mut all = types.iter().filter(|(_, has)| !has.and(asked).is_empty());
        match (all.next(), all.next()) {
            (None, _) => {
                let has = types.iter().fold(0, |all, (_, has)| all | has.0);
                let key = match self.steps.last() {
                    Some(At::Key(key)) => *key,
                    _ => "",
                };
                self.unknown(key, schema, Releases(has));
            }
            (Some((number, has)), None) => {
                self.judge.releases = has.and(asked);
                let inner = self.schema(*number);
                self.value(node, inner);
                self.judge.releases = asked;
            }
            (Some(first), Some(second)) => {
                let before = std::mem::take(&mut self.faults);
                let mut found: Option<Vec<Fault>> = None;
                for (number, has) in [first, second].into_iter().chain(all) {
                    self.judge.releases = has.and(asked);
                    let inner = self.schema(*number);
                    self.value(node, inner);
                    let faults = std::mem::take(&mut self.faults);
                    found = Some(match found {
                        None => faults,
                        Some(before) => common(before, &faults),
                    });
                }
                self.judge.releases = asked;
                self.faults = before;
                self.faults.extend(found.unwrap_or_default());
            }
        }
    }

    fn unknown(&mut self, key: &str, schema: &Schema, has: Releases) {
        let known = schema.names(self.judge.releases).map(Into::into).collect();
        let versions = fault::versions(&self.judge, has);
        let moved = self.moved(key, schema);
        self.fault(Wrong::Unknown { known, moved, versions });
    }

    /// Where a field belongs that stands too high or too low.
    fn moved(&self, key: &str, schema: &Schema) -> Option<String> {
        let last = self.above.len().checked_sub(1)?;
        if let Some(levels) = (0..last).rev().find(|index| self.above[*index].property(key).is_some()) {
            let place = last - levels;
            let words = if place == 1 { "one level".to_string() } else { format!("{place} levels") };
            return Some(format!("`{key}` belongs {words} further up: check the indentation"));
        }
        let inner = |name: &str, schema: &Schema| {
            let (number, _) = *schema.property(name)?.first()?;
            Some(self.schema(number))
        };
        let list_of = |schema: &'a Schema| schema.items.map_or(schema, |items| self.schema(items));
        let names: Vec<&str> = schema.names(self.judge.releases).filter(|name| *name != "status").collect();
        let place = names.iter().find_map(|name| {
            let child = list_of(inner(name, schema)?);
            if child.property(key).is_some() {
                return Some((*name).to_string());
            }
            let mut deeper = child.names(self.judge.releases);
            let found = deeper.find(|deep| {
                let grandchild = inner(deep, child).map(list_of);
                *deep != "metadata" && grandchild.is_some_and(|grandchild| grandchild.property(key).is_some())
            })?;
            Some(format!("{name}.{found}"))
        });
        place.map(|place| format!("`{key}` is a field of `{place}`: move it there"))
    }

    fn missing(&mut self, map: &Map, schema: &'a Schema) {
        for (field, has) in &schema.required {
            if !has.has(self.judge.releases) {
                continue;
            }
            let types = || schema.property(field).into_iter().flatten().map(|(number, _)| self.schema(*number));
            let is_there = match map.get(field).map(|node| &node.value) {
                None => false,
                Some(Value::Null) => !self.is_built_in() && types().any(|inner| inner.nullable),
                // The zero value of Go's type is what is missing to the API server's own code.
                Some(Value::String(text)) if text.is_empty() => !self.is_built_in(),
                Some(_) => true,
            };
            if !is_there && !types().any(|inner| inner.has_default) {
                self.fault(Wrong::Missing { field: field.clone() });
            }
        }
    }

    fn count(&mut self, count: usize, schema: &Schema, what: &str) {
        if let Some(least) = schema.min_count.filter(|least| count < *least) {
            self.fault(Wrong::Limit { must: format!("have at least {least} {what}, and has {count}") });
        }
        if let Some(most) = schema.max_count.filter(|most| count > *most) {
            self.fault(Wrong::Limit { must: format!("have at most {most} {what}, and has {count}") });
        }
    }

    /// Null in a list: in Kubernetes' own types an item without anything in it, in others a value of the wrong type.
    fn null_item(&mut self, schema: &'a Schema) {
        if self.is_built_in() {
            if !self.in_status {
                self.missing(&Map::default(), schema);
            }
        } else if !schema.nullable && schema.kind != Type::Any && !self.only_values {
            self.fault(Wrong::Type { expected: expected(schema), found: "null" });
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

    fn text(&mut self, text: &str, schema: &Schema) {
        if self.in_status {
            return;
        }
        let length = || text.chars().count();
        if let Some(least) = schema.min_length.filter(|least| length() < *least) {
            let must =
                if least == 1 { "not be empty".to_string() } else { format!("have at least {least} characters") };
            return self.fault(Wrong::Limit { must });
        }
        if let Some(most) = schema.max_length.filter(|most| text.len() > *most && length() > *most) {
            self.fault(Wrong::Limit { must: format!("have at most {most} characters, and has {}", length()) });
        }
        // In Kubernetes' own types an empty text is often one that is missing; a CRD's formats want some.
        let is_missing = self.is_built_in() && text.is_empty() && schema.kind == Type::String;
        let format = schema.format.filter(|format| !is_missing && !format.fits(text));
        if let Some(format) = format {
            let shown = !self.is_secret && !matches!(format, Format::Byte) && text.len() <= 80;
            self.fault(Wrong::Format { found: shown.then(|| text.to_string()), what: format.what(), of_key: false });
        } else if let Some(pattern) = schema.pattern.as_ref().filter(|pattern| !pattern.fits(text)) {
            self.fault(Wrong::Limit { must: format!("match the pattern `{}`", pattern.source()) });
        }
    }

    fn number(&mut self, number: f64, schema: &Schema) {
        if self.in_status {
            return;
        }
        if let Some(format) = schema.format.filter(|format| !format.fits_number(number)) {
            let must = match format {
                Format::Int32 => "fit into 32 bits".to_string(),
                other => format!("be {}", other.what()),
            };
            return self.fault(Wrong::Limit { must });
        }
        let (above, below) = schema.exclusive;
        let least = schema.minimum.filter(|least| number < *least || above && number == *least);
        let most = schema.maximum.filter(|most| number > *most || below && number == *most);
        let must = match (schema.minimum, schema.maximum) {
            (Some(least), Some(most)) if !above && !below => format!("be from {least} to {most}"),
            _ => match (least, most) {
                (Some(least), _) if above => format!("be greater than {least}"),
                (Some(least), _) => format!("be at least {least}"),
                (_, Some(most)) if below => format!("be less than {most}"),
                (_, Some(most)) => format!("be at most {most}"),
                _ => String::new(),
            },
        };
        if least.is_some() || most.is_some() {
            self.fault(Wrong::Limit { must });
        } else if let Some(step) = schema.multiple_of.filter(|step| *step > 0.0 && (number / step).fract() != 0.0) {
            self.fault(Wrong::Limit { must: format!("be a multiple of {step}") });
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
