//! The lines of an explanation, as wide as a terminal allows.

use crate::explain::Base;
use crate::explain::is_about_keys;
use crate::model::schema;
use crate::report;
use serde_json::Value as Json;

/// Text in lines that fit, all but the first indented by `further`.
pub(super) fn wrapped(text: &str, indent: usize, further: usize, width: Option<usize>) -> String {
    text.lines().map(|line| report::wrap(&format!("{:indent$}{line}", ""), width, further)).collect()
}

/// The widest first column that the second one stands beside.
const WIDEST: usize = 60;

/// Rows of two columns, separated by `#`. A key may contain anything, but a row is one line unless a terminal is too
/// narrow for it.
pub(super) fn columns(mut rows: Vec<(String, String)>, indent: &str, width: Option<usize>) -> String {
    for text in rows.iter_mut().flat_map(|(left, right)| [left, right]) {
        *text = report::one_line(text).into_owned();
    }
    let beside = rows.iter().map(|(_, right)| indent.len() + "  # ".len() + right.chars().count()).max().unwrap_or(0);
    let most = width.map_or(WIDEST, |width| width.saturating_sub(beside).min(WIDEST));
    let widest = rows.iter().map(|(left, _)| left.chars().count()).filter(|width| *width <= most).max().unwrap_or(0);
    let row = |(left, right): (String, String)| {
        let row = format!("{indent}{left:widest$}  # {right}\n");
        match width.is_some_and(|width| row.chars().count() > width + 1) {
            true => report::fit(&format!("{indent}{left}\n{indent}    # {right}\n"), width),
            false => row,
        }
    };
    rows.into_iter().map(row).collect()
}

/// The keys of a map, each with what it expects and what it is for.
pub(super) fn members(map: Option<&'static Json>, path: &[&str], base: &Base, width: Option<usize>) -> String {
    let properties = map.and_then(|map| map["properties"].as_object());
    let keys: Vec<(&String, &'static Json)> = properties.into_iter().flatten().collect();
    let widest = keys.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let mut text = String::from(if keys.is_empty() { "" } else { "\n" });
    for (name, schema) in keys {
        let schema = schema::resolve(schema);
        let doc = base.doc(&[path, &[name.as_str()]].concat()).unwrap_or_default();
        // The comment of a key with choices often does no more than list them, and that of a map its keys.
        let is_map = schema["properties"].is_object();
        let is_listed = |line: &str| !schema::choices(schema).is_empty() || is_map && is_about_keys(line);
        let about = doc.lines().next().filter(|line| !is_listed(line));
        let about = about.map(|about| format!(": {about}")).unwrap_or_default();
        let expects = schema::expectation(schema);
        // Which letters a name may have is told where it is explained by itself.
        let expects = expects.split(": ").next().unwrap_or_default();
        let line = format!("{name:widest$}  {expects}{about}");
        text.push_str(&wrapped(&line, 2, widest + 4, width));
    }
    text
}
