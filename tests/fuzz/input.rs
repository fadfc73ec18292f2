//! An input: texts by name, and the target they are for. Kept as JSON, which holds any text exactly.

use crate::random::hash;
use crate::targets;
use crate::targets::Target;
use serde_json::Value as Json;
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Texts by name: files by path, or what a target calls otherwise.
pub(crate) type Parts = BTreeMap<String, String>;

#[derive(Clone)]
pub(crate) struct Input {
    pub(crate) target: &'static Target,
    pub(crate) parts: Parts,
}

impl Input {
    /// Reads what [`Input::save`] wrote.
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

    /// Whether a template of its own makes it a program: what that may cost is bounded by the guard of ours, which ends it,
    /// and not by the library.
    pub(crate) fn is_program(&self) -> bool {
        self.parts.keys().any(|name| name.starts_with("templates/"))
    }

    pub(crate) fn size(&self) -> usize {
        self.parts.values().map(String::len).sum()
    }
}

/// A file name for what went wrong: one a kind, so that a kind is told once.
pub(crate) fn file_name(target: &str, kind: &str) -> String {
    let words = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let short: String = kind.chars().map(words).take(60).collect();
    format!("{target}-{}-{:04x}.json", short.trim_matches('-'), hash(kind.as_bytes()) & 0xffff)
}
