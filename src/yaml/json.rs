//! Converts between our tree and `serde_json`, for use with serde: typed settings and JSON inside strings.

use crate::source::Span;
use crate::yaml::Entry;
use crate::yaml::Map;
use crate::yaml::Node;
use crate::yaml::Value;
use serde_json::Value as Json;

impl Node {
    /// The data as JSON, keys in order. Floats that JSON cannot hold become null.
    pub fn to_json(&self) -> Json {
        match &self.value {
            Value::Null => Json::Null,
            Value::Bool(flag) => Json::Bool(*flag),
            Value::Int(number) => Json::from(*number),
            Value::Float(number) => Json::from(*number),
            Value::String(text) => Json::from(&**text),
            Value::List(list) => Json::Array(list.iter().map(Node::to_json).collect()),
            Value::Map(map) => {
                Json::Object(map.entries.iter().map(|entry| (entry.key.to_string(), entry.value.to_json())).collect())
            }
        }
    }

    /// The tree of a JSON value, all of it at `span`. Numbers beyond 64 bits become floats, as in kubectl.
    pub fn from_json(json: &Json, span: Span) -> Node {
        let value = match json {
            Json::Null => Value::Null,
            Json::Bool(flag) => Value::Bool(*flag),
            Json::Number(number) => {
                number.as_i64().map_or_else(|| Value::Float(number.as_f64().unwrap_or(f64::NAN)), Value::Int)
            }
            Json::String(text) => Value::String(text.as_str().into()),
            Json::Array(items) => Value::List(items.iter().map(|item| Node::from_json(item, span)).collect()),
            Json::Object(members) => Value::Map(Map {
                entries: members
                    .iter()
                    .map(|(key, item)| Entry {
                        key: key.as_str().into(),
                        key_span: span,
                        value: Node::from_json(item, span),
                    })
                    .collect(),
            }),
        };
        Node { value, span }
    }
}
