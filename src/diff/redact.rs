//! Hides secrets in changes: in their own place, and by value wherever else a value of a Secret occurs.
//!
//! In: both sides. Out: changes, findings and texts without anything that [`secrecy`](crate::secrecy) finds in either.

use crate::diff::Changes;
use crate::diff::Field;
use crate::diff::Object;
use crate::diff::ObjectRef;
use crate::diff::Plain;
use crate::diff::Raw;
use crate::diff::Redacted;
use crate::diff::Side;
use crate::diff::Tree;
use crate::diff::pair::apart;
use crate::finding::Findings;
use crate::secrecy;
use crate::secrecy::REDACTED;
use crate::yaml::Node;
use serde_json::Value as Json;
use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

/// The values to hide.
#[derive(Clone, Debug, Default)]
pub(crate) struct Redactor {
    values: secrecy::Redactor,
    /// The files that contain Secrets.
    files: HashSet<Box<str>>,
}

impl Redactor {
    /// Knows the secrets of both sides. All pairs' are to be merged before anything is hidden.
    pub(crate) fn of(from: &Side, to: &Side) -> Redactor {
        let (_, objects) = apart(&from.objects, &to.objects);
        let plain: HashSet<*const Plain> = from.plain.iter().map(Arc::as_ptr).collect();
        let plain: Vec<_> = to.plain.iter().filter(|one| !plain.contains(&Arc::as_ptr(one))).collect();
        let (mut old, new) = rayon::join(
            || Redactor::of_some(from.objects.iter(), from.plain.iter()),
            || Redactor::of_some(objects.into_iter(), plain.into_iter()),
        );
        old.merge(new);
        old
    }

    fn of_some<'a>(
        objects: impl Iterator<Item = &'a Arc<Object>>,
        plain: impl Iterator<Item = &'a Arc<Plain>>,
    ) -> Redactor {
        let mut redactor = Redactor::default();
        objects.for_each(|object| redactor.learn_document(&object.file, &object.node));
        plain.for_each(|plain| redactor.learn_document(&plain.file, &plain.node));
        redactor
    }

    /// Learns the secrets of a document of a file.
    pub(crate) fn learn_document(&mut self, file: &str, node: &Node) {
        if self.values.learn_tree(node) {
            self.files.insert(file.into());
        }
    }

    /// Learns what the files hold that are not shown: each line, and what follows a `=` or `:` in it. Of a Secret that cannot
    /// be read, words are not learned, because its keys and names are among them.
    pub(crate) fn learn_hidden(&mut self, tree: &Tree, side: &Side) {
        for path in &side.hidden {
            self.files.insert(path.as_str().into());
            let Some(text) = tree.files.get(path).and_then(|bytes| std::str::from_utf8(bytes).ok()) else { continue };
            self.values.learn(text.as_bytes());
            for line in text.lines() {
                let value =
                    line.split_once(['=', ':']).map_or(line, |(_, value)| value).trim().trim_matches(['"', '\'']);
                match side.unread.contains(path) {
                    true if value.contains("{{") => {}
                    true => self.values.learn_word(value),
                    false => [value, line.trim()].into_iter().for_each(|text| self.values.learn(text.as_bytes())),
                }
            }
        }
    }

    /// Learns the secrets in the values that a tree was rendered from.
    pub(crate) fn learn_values(&mut self, tree: &Tree) {
        self.values.merge(tree.secrets.clone());
    }

    /// Adds everything that `other` has learned.
    pub(crate) fn merge(&mut self, other: Redactor) {
        self.files.extend(other.files);
        self.values.merge(other.values);
    }

    /// Whether the file contains a Secret, whose values may be too short to be recognized elsewhere.
    pub(crate) fn holds(&self, file: &str) -> bool {
        self.files.contains(file)
    }

    /// Whether a text contains anything to hide.
    pub(crate) fn finds(&self, text: &str) -> bool {
        self.values.finds(text) || !secrecy::ranges(text).is_empty()
    }

    /// `text` with every secret replaced.
    pub(crate) fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.values.text(text)
    }

    /// Hides every secret in findings.
    pub(crate) fn findings(&self, found: Findings) -> Findings {
        found.redacted(&self.values)
    }

    /// Hides every secret in changes.
    pub(crate) fn hide(&self, changes: Changes<Raw>) -> Changes<Redacted> {
        let mut list = changes.into_raw();
        for change in &mut list {
            for field in &mut change.fields {
                self.field(field, change.secret);
            }
            self.string(&mut change.file);
            for text in change.chart.iter_mut().flat_map(|chart| [&mut chart.from, &mut chart.to]) {
                self.string(text);
            }
            for name in change.restarts.iter_mut().chain(&mut change.readers).chain(&mut change.renders) {
                self.string(name);
            }
            let before = change.from.as_mut().map(|(object, file)| {
                self.string(file);
                object
            });
            for object in change.object.iter_mut().chain(before) {
                let ObjectRef { api_version, kind, namespace, name } = object;
                [api_version, kind, namespace, name].into_iter().for_each(|part| {
                    self.string(part);
                });
            }
        }
        Changes::redacted(list)
    }

    fn field(&self, field: &mut Field, secret: bool) {
        let mut hit = false;
        if secret {
            let mut steps = field.path.split('/').skip(1);
            match steps.next() {
                None => {}
                Some(first) if secrecy::holds_values(first) => {
                    for value in [&mut field.value, &mut field.old].into_iter().flatten() {
                        hit |= blank(value);
                    }
                    // The changes inside would show parts that are too short to be recognized by value.
                    field.inner = None;
                }
                Some(_) => {}
            }
        }
        let label = label(&field.keyed).to_owned();
        for value in [&mut field.value, &mut field.old].into_iter().flatten() {
            // By value first: hiding a part by its key would make the rest of a wrapped value unrecognizable.
            hit |= self.json(value) | blank_found(value, &label);
        }
        hit |= self.string(&mut field.path) | self.string(&mut field.keyed) | self.string(&mut field.reason);
        if let Some(from) = &mut field.from {
            hit |= self.string(from);
        }
        for inner in field.inner.iter_mut().flatten() {
            self.field(inner, false);
            hit |= inner.redacted;
        }
        field.redacted |= hit;
    }

    /// Hides secrets in a value by value. Returns whether there were any.
    fn json(&self, json: &mut Json) -> bool {
        match json {
            Json::Null => false,
            Json::Bool(_) | Json::Number(_) => {
                let hit = self.values.finds(&json.to_string());
                if hit {
                    *json = Json::from(REDACTED);
                }
                hit
            }
            Json::String(text) => self.string(text),
            Json::Array(items) => items.iter_mut().fold(false, |hit, item| hit | self.json(item)),
            Json::Object(map) => {
                let mut hit = map.values_mut().fold(false, |hit, value| hit | self.json(value));
                if map.keys().any(|key| self.values.finds(key)) {
                    hit = true;
                    let entries = std::mem::take(map);
                    map.extend(entries.into_iter().map(|(key, value)| (self.text(&key).into_owned(), value)));
                }
                hit
            }
        }
    }

    fn string(&self, text: &mut String) -> bool {
        match self.text(text) {
            Cow::Borrowed(_) => false,
            Cow::Owned(hidden) => {
                *text = hidden;
                true
            }
        }
    }
}

/// The key that gives the meaning of the value at the end of a readable path: for `env[name=DB_PASSWORD].value` the
/// variable.
fn label(keyed: &str) -> &str {
    let (above, last) = keyed.rsplit_once('.').unwrap_or(("", keyed));
    let named = above.strip_suffix(']').and_then(|above| above.rsplit_once("[name="));
    match named {
        Some((_, name)) if last == "value" => name,
        _ => last.split('[').next().unwrap_or(last),
    }
}

/// Hides what is secret in a value by its key or shape, or because it is in a Secret inside the value. Returns whether
/// anything is.
fn blank_found(json: &mut Json, label: &str) -> bool {
    // The key says more about whether this is secret than the value alone.
    let mut keyed = serde_json::Map::new();
    keyed.insert(label.to_owned(), std::mem::take(json));
    let mut root = Json::Object(keyed);
    let mut found = secrecy::find(&root);
    // From the end, so that replacements do not shift what follows.
    found.reverse();
    for found in &found {
        let Some(place) = root.pointer_mut(&found.pointer) else { continue };
        match (&found.part, &mut *place) {
            (Some(part), Json::String(text)) if text.get(part.clone()) == Some(found.value.as_str()) => {
                text.replace_range(part.clone(), REDACTED);
            }
            _ => *place = Json::from(REDACTED),
        }
    }
    if let Some(value) = root.as_object_mut().and_then(|map| map.values_mut().next()) {
        *json = std::mem::take(value);
    }
    !found.is_empty()
}

/// Hides every scalar below a value.
fn blank(json: &mut Json) -> bool {
    match json {
        Json::Array(items) => items.iter_mut().fold(false, |hit, item| hit | blank(item)),
        Json::Object(map) => map.values_mut().fold(false, |hit, value| hit | blank(value)),
        Json::Null => false,
        _ => {
            *json = Json::from(REDACTED);
            true
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_keys_are_hidden_too() {
        let mut redactor = Redactor::default();
        redactor.values.learn_tree(&serde_json::json!({"kind": "Secret", "stringData": {"a": "12345678"}}));
        let mut json = serde_json::json!({"a": 12345678, "12345678": true});
        assert!(redactor.json(&mut json));
        assert_eq!(json.to_string(), "{\"a\":\"***\",\"***\":true}");
    }

    #[test]
    fn the_path_tells_what_a_value_is_for() {
        assert_eq!(label("spec.containers[name=web].env[name=DB_PASSWORD].value"), "DB_PASSWORD");
        assert_eq!(label("spec.options.es.password"), "password");
        assert_eq!(label("spec.tokens[0]"), "tokens");
        let mut json = serde_json::json!("abc");
        assert!(blank_found(&mut json, "DB_PASSWORD"));
        assert_eq!(json, "***");
    }
}
