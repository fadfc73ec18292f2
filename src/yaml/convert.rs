//! Turns scalars into values and keys.
//!
//! In: a resolved scalar. Out: its data, or the rule and the message of an error.

use crate::finding::RuleId;
use crate::finding::ids;
use crate::yaml::Node;
use crate::yaml::Value;
use crate::yaml::scalar::Scalar;
use crate::yaml::scalar::float_key;

/// The rule and the message of an error.
pub(super) type Refused = (RuleId, String);

/// The value of a plain scalar.
pub(super) fn scalar_value(scalar: Scalar, text: &str) -> Result<Value, Refused> {
    Ok(match scalar {
        Scalar::Text => Value::String(text.into()),
        Scalar::Null => Value::Null,
        Scalar::Bool(bool) => Value::Bool(bool),
        Scalar::Int(int) => Value::Int(int),
        Scalar::Big(int) => Value::Float(int as f64),
        Scalar::Float(float) if float.is_finite() => Value::Float(float),
        Scalar::Float(_) => {
            return Err((ids::YAML_NUMBER, format!("`{text}` is not a number that JSON can represent")));
        }
    })
}

/// The text of a key that is a plain scalar, spelled as kubectl spells it.
pub(super) fn scalar_key(scalar: Scalar, text: &str) -> Result<Box<str>, Refused> {
    Ok(match scalar {
        Scalar::Text => text.into(),
        Scalar::Bool(bool) => bool.to_string().into(),
        Scalar::Int(int) => int.to_string().into(),
        Scalar::Float(float) => float_key(float).into(),
        Scalar::Null => return Err((ids::YAML_KEY, "a key must be text, found null".into())),
        Scalar::Big(_) => return Err((ids::YAML_KEY, format!("`{text}` is too large a number for a key"))),
    })
}

/// The text of a key that is any other node.
pub(super) fn value_key(value: &Value) -> Result<Box<str>, Refused> {
    let scalar = match value {
        Value::String(text) => return Ok(text.clone()),
        Value::Null => Scalar::Null,
        Value::Bool(bool) => Scalar::Bool(*bool),
        Value::Int(int) => Scalar::Int(*int),
        Value::Float(float) => Scalar::Float(*float),
        Value::List(_) => return Err((ids::YAML_KEY, "a key must be text, found a list".into())),
        Value::Map(_) => return Err((ids::YAML_KEY, "a key must be text, found a map".into())),
    };
    scalar_key(scalar, "")
}

/// What a copy of `node` costs, in nodes, with long text counting as several, and its depth in collections.
pub(super) fn measure(node: &Node) -> (usize, usize) {
    let mut cost = 1;
    let mut depth = 0;
    let mut add = |key: usize, value: &Node| {
        let (inner, deep) = measure(value);
        cost += inner + key / 256;
        depth = depth.max(deep);
    };
    match &node.value {
        Value::String(text) => return (1 + text.len() / 256, 0),
        Value::List(list) => list.iter().for_each(|value| add(0, value)),
        Value::Map(map) => map.entries.iter().for_each(|entry| add(entry.key.len(), &entry.value)),
        _ => return (1, 0),
    }
    (cost, depth + 1)
}
