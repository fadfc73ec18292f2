//! An input: texts by name, and its target. Stored as JSON, which can represent any text exactly.

use crate::random::hash;
use crate::targets;
use crate::targets::Target;
use serde_json::Value as Json;
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Texts by name: files by path, or names defined by a target.
pub(crate) type Parts = BTreeMap<String, String>;

#[derive(Clone)]
pub(crate) struct Input {
    pub(crate) target: &'static Target,
    pub(crate) parts: Parts,
}

impl Input {
    /// Reads the output of [`Input::save`].
    pub(crate) fn load(path: &Path) -> Result<Input, String> {
        let say = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let text = fs::read_to_string(path).map_err(|error| say(&error))?;
        let json: Json = serde_json::from_str(&text).map_err(|error| say(&error))?;
        let target = json["target"].as_str().and_then(targets::find).ok_or_else(|| say(&"names no target"))?;
        let parts = json["parts"].as_object().ok_or_else(|| say(&"has no parts"))?;
        let part = |(name, text): (&String, &Json)| (name.clone(), text.as_str().unwrap_or_default().to_owned());
        Ok(Input { target, parts: parts.iter().map(part).collect() })
    }

    pub(crate) fn save(&self, path: &Path, why: &str) -> std::io::Result<()> {
        let json = json!({"target": self.target.name, "why": why, "parts": self.parts});
        fs::write(path, format!("{json:#}\n"))
    }

    /// Whether it contains a template, which makes it a program: its cost is limited by our guard, which ends it, and
    /// not by the library.
    pub(crate) fn is_program(&self) -> bool {
        self.parts.keys().any(|name| name.starts_with("templates/"))
    }

    pub(crate) fn size(&self) -> usize {
        self.parts.values().map(String::len).sum()
    }
}

/// A file name for a failure: one per kind, so that each kind is reported once.
pub(crate) fn file_name(target: &str, kind: &str) -> String {
    let words = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let short: String = kind.chars().map(words).take(60).collect();
    format!("{target}-{}-{:04x}.json", short.trim_matches('-'), hash(kind.as_bytes()) & 0xffff)
}
