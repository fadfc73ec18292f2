//! What templates see: `show model`.

use crate::explain::columns;
use crate::explain::hide;
use crate::explain::one_line;
use crate::explain::repeat;
use crate::model::Model;
use crate::profile::Values;
use crate::source::Span;
use crate::template;
use crate::yaml::Node;
use crate::yaml::Value;
use serde_json::Value as Json;

/// The model as JSON, without secrets.
pub fn json(values: &Values, model: &Model) -> Json {
    seen(values, model).to_json()
}

/// One line for each value: its path in a template, the value and its type; more if a terminal has only this width.
pub fn text(values: &Values, model: &Model, width: Option<usize>) -> String {
    let mut rows = Vec::new();
    leaves(&seen(values, model), &mut String::new(), &mut rows);
    columns(rows, "", width)
}

fn seen(values: &Values, model: &Model) -> Node {
    let json = serde_json::to_value(template::context::of(model)).unwrap_or_default();
    let mut node = Node::from_json(&json, Span::NONE);
    hide(&mut node, "");
    repeat(&mut node, values.secrets().hide());
    node
}

fn leaves(node: &Node, path: &mut String, rows: &mut Vec<(String, String)>) {
    let length = path.len();
    match &node.value {
        Value::Map(map) if !map.entries.is_empty() => {
            for entry in &map.entries {
                let is_name = entry.key.chars().all(|c| c.is_alphanumeric() || c == '_') && !entry.key.is_empty();
                match (is_name, path.is_empty()) {
                    (true, true) => path.push_str(&entry.key),
                    (true, false) => path.push_str(&format!(".{}", entry.key)),
                    // Templates reach a key that is not a name only in brackets.
                    (false, _) => path.push_str(&format!("[{:?}]", &*entry.key)),
                }
                leaves(&entry.value, path, rows);
                path.truncate(length);
            }
        }
        Value::List(items) if items.iter().any(|item| item.as_map().is_some()) => {
            for (index, item) in items.iter().enumerate() {
                path.push_str(&format!("[{index}]"));
                leaves(item, path, rows);
                path.truncate(length);
            }
        }
        value => rows.push((format!("{path}: {}", one_line(node)), kind(value).to_string())),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null: not set",
        Value::Bool(_) => "boolean",
        Value::Int(_) => "integer",
        Value::Float(_) => "number",
        Value::String(_) => "string",
        Value::List(_) => "list",
        Value::Map(_) => "map",
    }
}
