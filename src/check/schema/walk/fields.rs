//! Fields: which a map may have, and which it must.

use crate::check::input::skip::is_placeholder;
use crate::check::schema::fault;
use crate::check::schema::fault::Fault;
use crate::check::schema::fault::Wrong;
use crate::check::schema::walk::At;
use crate::check::schema::walk::Walk;
use crate::check::schema::walk::common;
use crate::check::schema::walk::expected;
use crate::stack::kube::schema::Additional;
use crate::stack::kube::schema::Releases;
use crate::stack::kube::schema::Schema;
use crate::stack::kube::schema::Type;
use crate::yaml::Map;
use crate::yaml::Node;
use crate::yaml::Value;

impl<'a> Walk<'a> {
    pub(super) fn entry(&mut self, key: &'a str, node: &'a Node, schema: &'a Schema, keeps: bool) {
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
    pub(super) fn property(&mut self, node: &'a Node, schema: &'a Schema, types: &'a [(u32, Releases)]) {
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

    pub(super) fn unknown(&mut self, key: &str, schema: &Schema, has: Releases) {
        let known = schema.names(self.judge.releases).map(Into::into).collect();
        let versions = fault::versions(&self.judge, has);
        let moved = self.moved(key, schema);
        self.fault(Wrong::Unknown { known, moved, versions });
    }

    /// Where a field belongs that stands too high or too low.
    pub(super) fn moved(&self, key: &str, schema: &Schema) -> Option<String> {
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

    pub(super) fn missing(&mut self, map: &Map, schema: &'a Schema) {
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
            if !is_there && !types().any(|inner| inner.default.is_some()) {
                self.fault(Wrong::Missing { field: field.clone() });
            }
        }
    }

    /// Null in a list: in Kubernetes' own types an item without anything in it, in others a value of the wrong type.
    pub(super) fn null_item(&mut self, schema: &'a Schema) {
        if self.is_built_in() {
            if !self.in_status {
                self.missing(&Map::default(), schema);
            }
        } else if !schema.nullable && schema.kind != Type::Any && !self.only_values {
            self.fault(Wrong::Type { expected: expected(schema), found: "null", quoted: false });
        }
    }
}
