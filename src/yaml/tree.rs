//! Lets `secrecy` search a [`Node`] for secrets.

use crate::finding::Findings;
use crate::secrecy::Tree;
use crate::source::Sources;
use crate::source::Span;
use crate::yaml;
use crate::yaml::Node;
use crate::yaml::Value;
use serde_json::Value as Json;
use std::borrow::Cow;

impl Tree for Node {
    fn entries(&self) -> Option<impl Iterator<Item = (&str, &Node)>> {
        self.as_map().map(|map| map.entries.iter().map(|entry| (&*entry.key, &entry.value)))
    }

    fn items(&self) -> Option<&[Node]> {
        self.as_list()
    }

    fn text(&self) -> Option<&str> {
        self.as_str()
    }

    fn scalar(&self) -> Option<Cow<'_, str>> {
        match &self.value {
            Value::String(text) => Some(Cow::Borrowed(text)),
            Value::Int(number) => Some(Cow::Owned(number.to_string())),
            Value::Float(_) => Some(Cow::Owned(self.to_json().to_string())),
            _ => None,
        }
    }

    fn parse(text: &str) -> Vec<Node> {
        if text.trim_start().starts_with(['{', '['])
            && let Ok(json) = serde_json::from_str::<Json>(text)
        {
            return vec![Node::from_json(&json, Span::NONE)];
        }
        let mut sources = Sources::default();
        let source = sources.add("", text);
        let documents = yaml::read(&sources, source, &mut Findings::default()).into_iter();
        documents
            .map(|document| document.node)
            .filter(|node| matches!(node.value, Value::Map(_) | Value::List(_)))
            .collect()
    }
}
