//! Explains a key of `meshtrace.yaml`: `explain check.allow`.

use crate::project;
use crate::report;

/// What a key of `meshtrace.yaml` means, its type and an example, for a terminal of this width; `None` if there is
/// no such key.
pub fn key(key: &str, width: Option<usize>) -> Option<String> {
    let known = project::KEYS.iter().find(|known| known.path == key)?;
    let mut text = format!("{key}  (meshtrace.yaml)\n  {}\n\n", known.expects);
    text.push_str(&report::wrap(&format!("  {}", known.about), width, 2));
    if !known.example.is_empty() {
        text.push_str("\n  for example\n");
        known.example.lines().for_each(|line| text.push_str(&format!("    {line}\n")));
    }
    let below: Vec<&str> = project::KEYS
        .iter()
        .map(|other| other.path)
        .filter(|path| path.strip_prefix(key).is_some_and(|rest| rest.starts_with('.')))
        .collect();
    if !below.is_empty() {
        text.push_str(&report::wrap(&format!("\n  keys: {}", below.join(", ")), width, 4));
    }
    Some(text)
}
