//! Interpolation by holes. Each `{{ value }}` of a template is printed as a marker; the text is read as YAML with the
//! markers in place, and only then are the values filled in. So no value can change structure or type.

use crate::source::Span;
use crate::yaml;
use crate::yaml::Entry;
use crate::yaml::Fill;
use crate::yaml::Map;
use crate::yaml::Node;
use minijinja::Value;
use minijinja::value::ValueKind;
use std::fmt::Write;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;

/// How deeply a value may be nested, which is also the YAML reader's limit.
const MAX_DEPTH: usize = 64;

/// The maximum size of all values of one template once they are filled in, in bytes. A list that contains itself twice,
/// thirty times over, is small until it is written out, and the engine's step count does not see it.
const LIMIT: usize = 128 << 20;

/// What each service adds to that limit: a template may print everything about every service.
const LIMIT_OF_A_SERVICE: usize = 8 << 10;

/// The overhead of a value besides its text, in bytes.
const NODE: usize = 128;

/// The values behind the markers of one template's output. Shared with the formatter that prints them.
#[derive(Clone)]
pub struct Holes {
    marker: char,
    values: Arc<Mutex<Vec<Value>>>,
    /// How much of `limit` is used.
    spent: Arc<AtomicUsize>,
    limit: usize,
}

impl Holes {
    /// Creates a value without holes. `marker` is a character that occurs in no value and no template; `services` is
    /// the number of services in the model.
    pub fn new(marker: char, services: usize) -> Holes {
        let limit = LIMIT + services * LIMIT_OF_A_SERVICE;
        Holes { marker, values: Arc::default(), spent: Arc::default(), limit }
    }

    /// Adds a hole for `value` and returns its marker.
    pub(crate) fn push(&self, value: &Value) -> String {
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        values.push(value.clone());
        format!("{0}{1}{0}", self.marker, values.len() - 1)
    }

    /// Empties the holes and returns their content.
    pub(crate) fn take(&self) -> Holes {
        let mut values = std::mem::take(&mut *self.values.lock().unwrap_or_else(PoisonError::into_inner));
        values.shrink_to_fit();
        let spent = self.spent.swap(0, Ordering::Relaxed);
        let spent = Arc::new(AtomicUsize::new(spent));
        Holes { marker: self.marker, values: Arc::new(Mutex::new(values)), spent, limit: self.limit }
    }

    /// Counts `bytes` before they are allocated.
    fn spend(&self, bytes: usize) -> Result<(), String> {
        match self.spent.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes) {
            spent if spent > self.limit => {
                Err(format!("the values in this template add up to more than {} MiB", self.limit >> 20))
            }
            _ => Ok(()),
        }
    }

    fn value_at(&self, index: usize) -> Option<Value> {
        self.values.lock().unwrap_or_else(PoisonError::into_inner).get(index).cloned()
    }

    /// `text` with every marker replaced by its value as text. Err: a value that cannot be text.
    pub fn resolve(&self, text: &str) -> Result<String, String> {
        self.spend(text.len())?;
        let mut out = String::with_capacity(text.len());
        let mut parts = text.split(self.marker);
        out.push_str(parts.next().unwrap_or_default());
        while let Some(index) = parts.next() {
            let value = index.parse().ok().and_then(|index| self.value_at(index));
            // Without the second marker, only part of the value was meant, but all of it would be printed.
            match (value, parts.next()) {
                (Some(value), Some(rest)) => {
                    self.push_text(&value, &mut out)?;
                    out.push_str(rest);
                }
                _ => {
                    let message = "a part of captured text was taken, which cuts through a `{{ }}` in it; take the part before the value is captured";
                    return Err(message.to_string());
                }
            }
        }
        Ok(out)
    }

    /// `text` in readable form: values that are not text are replaced by their kind.
    pub fn show(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        for (index, part) in text.split(self.marker).enumerate() {
            if index % 2 == 0 {
                out.push_str(part);
                continue;
            }
            let Some(value) = part.parse().ok().and_then(|index| self.value_at(index)) else { continue };
            let before = out.len();
            if self.push_text(&value, &mut out).is_err() {
                out.truncate(before);
                out.push_str(match value.kind() {
                    ValueKind::Map => "{...}",
                    ValueKind::Seq | ValueKind::Iterable => "[...]",
                    ValueKind::None => "null",
                    _ => "?",
                });
            }
        }
        out
    }

    fn push_text(&self, value: &Value, out: &mut String) -> Result<(), String> {
        match value.kind() {
            ValueKind::String => {
                let text = value.as_str().unwrap_or_default();
                if text.contains(self.marker) {
                    out.push_str(&self.resolve(text)?);
                } else {
                    self.spend(text.len())?;
                    out.push_str(text);
                }
                Ok(())
            }
            ValueKind::Bool => {
                out.push_str(if value.is_true() { "true" } else { "false" });
                Ok(())
            }
            ValueKind::Number => match number(value) {
                yaml::Value::Int(number) => write!(out, "{number}"),
                yaml::Value::Float(number) => write!(out, "{number}"),
                _ => Ok(()),
            }
            .map_err(|_| "a number that cannot be printed".to_string()),
            ValueKind::None | ValueKind::Undefined => Err("null cannot be part of text".to_string()),
            ValueKind::Map => Err("a map cannot be part of text; make it the whole value, or use `| json`".to_string()),
            ValueKind::Seq | ValueKind::Iterable => {
                Err("a list cannot be part of text; make it the whole value, or use `| join(\",\")`".to_string())
            }
            other => Err(format!("{other} cannot be printed")),
        }
    }

    /// A value as data, with markers in strings resolved.
    pub fn to_node(&self, value: &Value) -> Result<Node, String> {
        self.convert(value, 0).map(Node::new)
    }

    fn convert(&self, value: &Value, depth: usize) -> Result<yaml::Value, String> {
        if depth > MAX_DEPTH {
            return Err(format!("the value is nested more than {MAX_DEPTH} levels deep"));
        }
        self.spend(NODE)?;
        Ok(match value.kind() {
            ValueKind::None | ValueKind::Undefined => yaml::Value::Null,
            ValueKind::Bool => yaml::Value::Bool(value.is_true()),
            ValueKind::Number => number(value),
            ValueKind::String => {
                let text = value.as_str().unwrap_or_default();
                if text.contains(self.marker) {
                    yaml::Value::String(self.resolve(text)?.into())
                } else {
                    self.spend(text.len())?;
                    yaml::Value::String(text.into())
                }
            }
            ValueKind::Seq | ValueKind::Iterable => {
                let mut list = Vec::new();
                for item in value.try_iter().map_err(|error| error.to_string())? {
                    list.push(Node::new(self.convert(&item, depth + 1)?));
                }
                yaml::Value::List(list)
            }
            ValueKind::Map => {
                let mut map = Map::default();
                for key in value.try_iter().map_err(|error| error.to_string())? {
                    let mut text = String::new();
                    self.push_text(&key, &mut text)?;
                    let item = value.get_item(&key).map_err(|error| error.to_string())?;
                    let value = Node::new(self.convert(&item, depth + 1)?);
                    map.entries.push(Entry { key: text.into(), key_span: Span::NONE, value });
                }
                yaml::Value::Map(map)
            }
            other => return Err(format!("{other} is not data that a manifest can contain")),
        })
    }
}

fn number(value: &Value) -> yaml::Value {
    match i64::try_from(value.clone()) {
        Ok(number) if value.is_integer() => yaml::Value::Int(number),
        _ => yaml::Value::Float(f64::try_from(value.clone()).unwrap_or(f64::NAN)),
    }
}

impl Fill for Holes {
    fn marker(&self) -> Option<char> {
        Some(self.marker)
    }

    fn value(&self, text: &str, plain: bool) -> Result<yaml::Value, String> {
        if plain
            && let Some(index) = text.strip_prefix(self.marker).and_then(|rest| rest.strip_suffix(self.marker))
            && let Some(value) = index.parse().ok().and_then(|index| self.value_at(index))
        {
            return self.convert(&value, 0);
        }
        Ok(yaml::Value::String(self.resolve(text)?.into()))
    }

    fn key(&self, text: &str) -> Result<Box<str>, String> {
        Ok(self.resolve(text)?.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holes(values: &[Value]) -> (Holes, String) {
        let holes = Holes::new('\u{e000}', 0);
        let text = values.iter().map(|value| holes.push(value)).collect();
        (holes, text)
    }

    #[test]
    fn a_marker_is_resolved_even_inside_another_value() {
        let (holes, one) = holes(&[Value::from("a: b")]);
        let two = holes.push(&Value::from(format!("<{one}>")));
        assert_eq!(holes.resolve(&format!("x{two}y")), Ok("x<a: b>y".to_string()));
    }

    #[test]
    fn a_truncated_marker_is_an_error_and_not_a_panic() {
        let (holes, text) = holes(&[Value::from(1)]);
        for cut in ["\u{e000}", "\u{e000}7\u{e000}", "\u{e000}x\u{e000}", &text[..text.len() - 3]] {
            assert!(holes.resolve(cut).is_err(), "{cut:?}");
            holes.show(cut);
        }
    }

    #[test]
    fn values_that_are_not_text_are_refused_within_text_and_shown_by_kind() {
        let (holes, text) = holes(&[Value::from(vec![1]), Value::from(()), Value::from("a")]);
        assert!(holes.resolve(&text).is_err());
        assert_eq!(holes.show(&text), "[...]nulla");
    }

    #[test]
    fn the_size_of_values_is_limited_per_template() {
        let mut value = Value::from(vec![1]);
        for _ in 0..40 {
            value = Value::from(vec![value.clone(), value]);
        }
        let (holes, _) = holes(&[]);
        assert!(holes.to_node(&value).is_err());
        holes.take();
        assert!(holes.to_node(&Value::from("a")).is_ok());
    }
}
