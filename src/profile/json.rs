//! Parses JSON for `--set-json`. The YAML reader is not used, because anything that is not JSON must be rejected.
//!
//! In: a text and the span to give every value. Out: a tree, with unique keys in the order written. Messages never
//! contain part of the text, which may be secret.

use crate::source::Span;
use crate::yaml::Entry;
use crate::yaml::Map;
use crate::yaml::Node;
use crate::yaml::Value;
use serde::de::DeserializeSeed;
use serde::de::Deserializer;
use serde::de::Error;
use serde::de::MapAccess;
use serde::de::SeqAccess;
use serde::de::Visitor;
use std::collections::HashSet;
use std::fmt;

/// The value of `text`; `Err` says what is wrong and where in the text.
pub(crate) fn parse(text: &str, span: Span) -> Result<Node, String> {
    let mut reader = serde_json::Deserializer::from_str(text);
    Build(span).deserialize(&mut reader).and_then(|node| reader.end().map(|()| node)).map_err(|error| error.to_string())
}

#[derive(Clone, Copy)]
struct Build(Span);

impl Build {
    fn node(self, value: Value) -> Node {
        Node { value, span: self.0 }
    }
}

impl<'de> DeserializeSeed<'de> for Build {
    type Value = Node;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Node, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Build {
    type Value = Node;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(self.node(Value::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(self.node(Value::Bool(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(self.node(Value::Int(value)))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(self.node(i64::try_from(value).map_or(Value::Float(value as f64), Value::Int)))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(self.node(Value::Float(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(self.node(Value::String(value.into())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            list.push(item);
        }
        Ok(self.node(Value::List(list)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut pairs: A) -> Result<Node, A::Error> {
        let mut map = Map::default();
        let mut seen = HashSet::new();
        while let Some(key) = pairs.next_key::<String>()? {
            if !seen.insert(key.clone()) {
                return Err(A::Error::custom("a key appears twice in one object"));
            }
            let value = pairs.next_value_seed(self)?;
            map.entries.push(Entry { key: key.into(), key_span: self.0, value });
        }
        Ok(self.node(Value::Map(map)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_json_becomes_its_value() {
        let node = parse(r#"{"a":[1,-2,2.5,true,null,"x\ny"],"b":{"c":18446744073709551615}}"#, Span::NONE).unwrap();
        let list = node.get("a").and_then(Node::as_list).unwrap();
        assert!(matches!(list[0].value, Value::Int(1)));
        assert!(matches!(list[1].value, Value::Int(-2)));
        assert!(matches!(list[2].value, Value::Float(float) if float == 2.5));
        assert!(matches!(list[3].value, Value::Bool(true)));
        assert!(matches!(list[4].value, Value::Null));
        assert_eq!(list[5].as_str(), Some("x\ny"));
        assert!(matches!(node.path(&["b", "c"]).unwrap().value, Value::Float(_)));
    }

    #[test]
    fn invalid_json_is_refused_with_its_place_but_without_its_text() {
        for text in
            ["hunter2", "{\"hunter2\": }", "[1,]", "1 2", "", "{a: 1}", "\"hunter2", "{\"hunter2\":1,\"hunter2\":2}"]
        {
            let message = parse(text, Span::NONE).unwrap_err();
            assert!(message.contains("line 1 column"), "{message}");
            assert!(!message.contains("hunter2"), "{message}");
        }
    }

    #[test]
    fn deep_json_is_refused_and_does_not_overflow() {
        assert!(parse(&"[".repeat(1_000_000), Span::NONE).unwrap_err().contains("recursion limit"));
    }
}
