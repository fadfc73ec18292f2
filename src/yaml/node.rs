//! The tree of a document: data with a span on every value and key.

use crate::source::Span;

/// A value and its span.
#[derive(Clone, Debug)]
pub struct Node {
    /// The data.
    pub value: Value,
    /// Its span; [`Span::NONE`] if it is not in a text.
    pub span: Span,
}

/// Data as read by Kubernetes (`sigs.k8s.io/yaml`: YAML 1.1 words and numbers, converted to JSON).
#[derive(Clone, Debug)]
pub enum Value {
    /// `null`, `~` or nothing.
    Null,
    /// `true`, `yes`, `on` and the like.
    Bool(bool),
    /// A whole number that fits; larger ones become floats, as in kubectl.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// Text.
    String(Box<str>),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, in the order written.
    Map(Map),
}

/// A mapping in the order written, each key once.
#[derive(Clone, Debug, Default)]
pub struct Map {
    /// The entries. When adding one, make sure that its key is new.
    pub entries: Vec<Entry>,
}

/// A key with its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key, as text.
    pub key: Box<str>,
    /// Where the key is.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

impl Map {
    /// The value of `key`. Linear: documents have short maps; index long ones before looking up many keys.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries.iter().find(|entry| &*entry.key == key).map(|entry| &entry.value)
    }

    /// The entry of `key`.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| &*entry.key == key)
    }

    /// The value of `key`, mutable.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        self.entries.iter_mut().find(|entry| &*entry.key == key).map(|entry| &mut entry.value)
    }

    /// Sets `key`, in its old position or at the end.
    pub fn set(&mut self, key: &str, value: Node) {
        match self.get_mut(key) {
            Some(node) => *node = value,
            None => self.push(key, value),
        }
    }

    /// Adds `key` at the end. The map must not have it yet: for copies of maps, where a look at each key would be quadratic.
    pub fn push(&mut self, key: &str, value: Node) {
        self.entries.push(Entry { key: key.into(), key_span: value.span, value });
    }
}

impl Node {
    /// A node that is not in a text.
    pub fn new(value: Value) -> Node {
        Node { value, span: Span::NONE }
    }

    /// A string node that is not in a text.
    pub fn string(text: &str) -> Node {
        Node::new(Value::String(text.into()))
    }

    /// The map, if it is one.
    pub fn as_map(&self) -> Option<&Map> {
        match &self.value {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The list, if it is one.
    pub fn as_list(&self) -> Option<&[Node]> {
        match &self.value {
            Value::List(list) => Some(list),
            _ => None,
        }
    }

    /// The text, if it is a string.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The value under `key`, if this is a map that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.as_map()?.get(key)
    }

    /// The value at the end of `path`, map keys only.
    pub fn path(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The kind of data, as named in messages.
    pub fn kind(&self) -> &'static str {
        match &self.value {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Int(_) | Value::Float(_) => "a number",
            Value::String(_) => "a string",
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
        }
    }
}

/// Equality of data, ignoring spans and the order of keys.
impl PartialEq for Node {
    fn eq(&self, other: &Node) -> bool {
        match (&self.value, &other.value) {
            (Value::Null, Value::Null) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Int(a), Value::Int(b)) => a == b,
            (Value::Float(a), Value::Float(b)) => a == b,
            (Value::Int(a), Value::Float(b)) | (Value::Float(b), Value::Int(a)) => *a as f64 == *b,
            (Value::String(a), Value::String(b)) => a == b,
            (Value::List(a), Value::List(b)) => a == b,
            (Value::Map(a), Value::Map(b)) => {
                a.entries.len() == b.entries.len()
                    && a.entries.iter().zip(&b.entries).all(|(x, y)| x.key == y.key && x.value == y.value)
                    || a.entries.len() == b.entries.len() && same_in_other_order(a, b)
            }
            _ => false,
        }
    }
}

fn same_in_other_order(a: &Map, b: &Map) -> bool {
    let index: std::collections::HashMap<&str, &Node> = b.entries.iter().map(|e| (&*e.key, &e.value)).collect();
    a.entries.iter().all(|entry| index.get(&*entry.key).is_some_and(|value| **value == entry.value))
}
