//! How Consul decodes a value of `config` into a typed field: weakly, with mapstructure.
//!
//! Source: github.com/mitchellh/mapstructure 1.4.1 to 1.5.0 and github.com/go-viper/mapstructure 2.4.0, `decodeString`,
//! `decodeInt`, `decodeBool`, `decodeSlice`, with `WeaklyTypedInput`; Consul `lib/decode/decode.go`. Partly confirmed
//! on Consul 1.12.3 and 1.14.11.

use crate::stack::go;
use serde_json::Value;
use std::borrow::Cow;

/// The type of a field in Consul.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FieldType {
    /// A string; numbers and booleans are converted.
    Text,
    /// A list of strings; a single one counts as a list.
    Texts,
    /// An integer; strings are parsed like Go literals, and fractions are truncated.
    Int,
    /// A boolean.
    Bool,
    /// A duration: a string such as `10s`, or a number of nanoseconds.
    Duration,
    /// A map with these fields, each with all spellings that Consul accepts, in lower case.
    Struct(&'static [(&'static [&'static str], FieldType)]),
}

impl FieldType {
    /// Describes the expected value.
    pub(crate) fn expects(self) -> &'static str {
        match self {
            FieldType::Text => "a string",
            FieldType::Texts => "a list of strings",
            FieldType::Int => "a whole number",
            FieldType::Bool => "a boolean",
            FieldType::Duration => "a duration such as `10s`",
            FieldType::Struct(_) => "a map",
        }
    }

    /// Checks whether Consul can read the value. Null sets nothing. Err: the type that was expected, and the keys that
    /// lead to the value.
    pub(crate) fn read(self, value: &Value) -> Result<(), (FieldType, Vec<&str>)> {
        let value =
            value.as_array().filter(|list| list.len() == 1 && self != FieldType::Texts).map_or(value, |list| &list[0]);
        let ok = match (self, value) {
            (_, Value::Null) => true,
            (FieldType::Text, value) => text(value).is_some(),
            (FieldType::Texts, Value::Array(items)) => items.iter().all(|item| item.is_null() || text(item).is_some()),
            (FieldType::Texts, Value::Object(map)) => map.is_empty(),
            (FieldType::Texts, _) => true,
            (FieldType::Int, Value::String(word)) => word.is_empty() || go::parse_int(word).is_some(),
            (FieldType::Bool, Value::String(word)) => word.is_empty() || go::parse_bool(word).is_some(),
            (FieldType::Int | FieldType::Bool, value) => value.is_number() || value.is_boolean(),
            (FieldType::Duration, Value::String(word)) => go::is_duration(word),
            (FieldType::Duration, value) => value.is_number() || value.is_boolean(),
            (FieldType::Struct(fields), Value::Object(map)) => {
                for (key, value) in map {
                    let lower = key.to_ascii_lowercase();
                    let Some((_, takes)) = fields.iter().find(|(names, _)| names.contains(&&*lower)) else { continue };
                    takes.read(value).map_err(|(takes, mut way)| {
                        way.insert(0, key);
                        (takes, way)
                    })?;
                }
                true
            }
            (FieldType::Struct(_), _) => false,
        };
        if ok { Ok(()) } else { Err((self, Vec::new())) }
    }
}

/// The string that a string field gets. `None`: the value is not convertible.
pub(crate) fn text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Bool(flag) => Some(Cow::Borrowed(if *flag { "1" } else { "0" })),
        // Like `strconv.FormatFloat(number, 'f', -1, 64)`: Consul reads JSON numbers as floats.
        Value::Number(number) => Some(Cow::Owned(number.as_f64()?.to_string())),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn strings_take_whatever_is_not_a_collection() {
        for fine in [json!("x"), json!(5), json!(true), json!(null), json!(["x"])] {
            assert_eq!(FieldType::Text.read(&fine), Ok(()), "{fine}");
        }
        for wrong in [json!({"a": 1}), json!({}), json!([]), json!(["a", "b"]), json!([["a"]])] {
            assert_eq!(FieldType::Text.read(&wrong), Err((FieldType::Text, Vec::new())), "{wrong}");
        }
        assert_eq!((text(&json!(true)).as_deref(), text(&json!(9102)).as_deref()), (Some("1"), Some("9102")));
    }

    #[test]
    fn numbers_are_read_as_in_gos_source() {
        for fine in [json!(5), json!("5"), json!("0x10"), json!(""), json!(true), json!(1.5), json!("-1"), json!([5])] {
            assert_eq!(FieldType::Int.read(&fine), Ok(()), "{fine}");
        }
        for wrong in
            [json!("soon"), json!("5s"), json!("5.0"), json!("99999999999999999999"), json!({"a": 1}), json!([])]
        {
            assert!(FieldType::Int.read(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_list_of_strings_may_be_one_string() {
        for fine in [json!("a,b"), json!(["a", 5, null]), json!([]), json!({})] {
            assert_eq!(FieldType::Texts.read(&fine), Ok(()), "{fine}");
        }
        assert!(
            FieldType::Texts.read(&json!([{"a": 1}])).is_err() && FieldType::Texts.read(&json!({"a": "b"})).is_err()
        );
    }

    #[test]
    fn a_mistake_in_a_map_is_found_with_its_path() {
        const LIMITS: FieldType = FieldType::Struct(&[(&["max_connections", "maxconnections"], FieldType::Int)]);
        assert_eq!(LIMITS.read(&json!({"Max_Connections": "5", "other": "x"})), Ok(()));
        assert_eq!(LIMITS.read(&json!({"MaxConnections": "many"})), Err((FieldType::Int, vec!["MaxConnections"])));
        assert_eq!(LIMITS.read(&json!("many")), Err((LIMITS, Vec::new())));
    }
}
