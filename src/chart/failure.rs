//! What Helm says when a chart fails, and the values it names.

use crate::yaml::Node;
use std::collections::BTreeMap;

/// Longer messages are cut; a chart can fail with anything.
const LONGEST: usize = 1_500;

/// Why a chart failed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Said {
    /// In one line.
    pub(crate) message: String,
    /// The template and line that failed, such as `web/templates/a.yaml:2:4`.
    pub(crate) at: Option<String>,
}

/// The error in what Helm printed to stderr.
pub(crate) fn said(stderr: &str) -> Said {
    let start = stderr.rfind("\nError: ").map(|at| at + 1).or_else(|| stderr.starts_with("Error: ").then_some(0));
    let text = start.map_or(stderr, |start| &stderr[start + "Error: ".len()..]);
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("Use --debug flag"));
    let mut message = lines.collect::<Vec<_>>().join("; ").replace(":; ", ": ");
    if message.is_empty() {
        message = "it printed no message".to_string();
    }
    let mut at = None;
    // helm v3.18 `pkg/engine/engine.go`, `cleanupExecError`.
    if let Some((place, rest)) = message.strip_prefix("execution error at (").and_then(|rest| rest.split_once("): ")) {
        at = Some(place.to_string());
        message = rest.to_string();
    } else if let Some((place, _)) = message.strip_prefix("template: ").and_then(|rest| rest.split_once(": ")) {
        at = Some(place.to_string());
    }
    if message.len() > LONGEST {
        let end = (0..=LONGEST).rev().find(|end| message.is_char_boundary(*end)).unwrap_or(0);
        message.truncate(end);
        message.push_str("...");
    }
    Said { message, at }
}

/// The warnings in what Helm printed to stderr, without their time.
pub(crate) fn warnings(stderr: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for line in stderr.lines() {
        // `2026/11/27 15:05:17 coalesce.go:298: warning: ...` (Go's `log`), or `level=WARN msg="..."` (slog, Helm 4).
        let text = match line.split_once("warning: ") {
            Some((_, text)) => text,
            None => match line.split_once("level=WARN ") {
                Some((_, text)) => text,
                None => continue,
            },
        };
        let text = text.trim().to_string();
        if !all.contains(&text) {
            all.push(text);
        }
    }
    all
}

/// The paths of `values` that a message names, the longest first.
pub(crate) fn keys(message: &str, values: &Node) -> Vec<Vec<String>> {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | '[' | ']');
    let mut all: Vec<Vec<String>> = Vec::new();
    let mut before = "";
    let mut rest = message;
    while !rest.is_empty() {
        let length = rest.find(|c: char| !is_part(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(length);
        let path = path(word, values);
        let quoted = before.ends_with(['`', '\'', '"']) || after.starts_with(": Invalid type");
        if path.len() > 1 || !path.is_empty() && (quoted || word.contains("Values.")) {
            all.push(path);
        }
        let skip = after.chars().next().map_or(0, char::len_utf8);
        before = &after[..skip];
        rest = &after[skip..];
    }
    all.sort_by_key(|path| std::cmp::Reverse(path.len()));
    all
}

/// The only value that a template reads from where it failed to the end of that action, such as `auth.password`. `at`: the
/// template with its line and column as Helm says it; those of a chart within the chart have values of their own.
pub(crate) fn read_at(files: &BTreeMap<String, Vec<u8>>, at: &str) -> Option<String> {
    let mut parts = at.rsplitn(3, ':');
    let (column, line): (usize, usize) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let (_, file) = parts.next()?.split_once('/')?;
    let text = std::str::from_utf8(files.get(file).filter(|_| !file.starts_with("charts/"))?).ok()?;
    let above: usize = text.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
    let action = text.get(above + column..)?.split("}}").next()?;
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-');
    let mut read: Vec<&str> = action
        .split(|c: char| !is_part(c) && c != '$')
        .filter_map(|word| word.trim_start_matches('$').strip_prefix(".Values."))
        .collect();
    read.sort_unstable();
    read.dedup();
    let [only] = read.as_slice() else { return None };
    Some((*only).to_string())
}

/// The longest beginning of a word that is a path of `values`.
fn path(word: &str, values: &Node) -> Vec<String> {
    let word = word.split_once("Values.").map_or(word, |(_, path)| path);
    let mut node = values;
    let mut path = Vec::new();
    for step in word.split(['.', '/', '[', ']']).filter(|step| !step.is_empty()) {
        let next = match step.parse::<usize>() {
            Ok(index) if node.as_list().is_some() => node.as_list().and_then(|list| list.get(index)),
            _ => node.get(step),
        };
        let Some(next) = next else { break };
        path.push(step.to_string());
        node = next;
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::node_of;

    #[test]
    fn the_message_is_taken_from_what_helm_wraps_around_it() {
        let stderr = "2026/11/27 15:05:17 coalesce.go:298: warning: cannot overwrite table with non table for web.a\n\
                      Error: execution error at (web/templates/a.yaml:2:4): set auth.password\n\nUse --debug flag to \
                      render out invalid YAML\n";
        let expected = Said { message: "set auth.password".into(), at: Some("web/templates/a.yaml:2:4".into()) };
        assert_eq!(said(stderr), expected);
        assert_eq!(warnings(stderr), ["cannot overwrite table with non table for web.a"]);
        let schema = "Error: values don't meet the specifications of the schema(s) in the following chart(s):\nweb:\n\
                      - at '/replicas': got string, want integer\n";
        assert_eq!(
            said(schema).message,
            "values don't meet the specifications of the schema(s) in the following chart(s): web: - at '/replicas': got \
             string, want integer"
        );
        assert_eq!(said("").message, "it printed no message");
        assert!(said(&format!("Error: {}", "한".repeat(9999))).message.len() < 2000);
    }

    #[test]
    fn the_value_that_a_template_reads_where_it_fails_is_found() {
        let text = "a: b\nc: {{ required \"set it\" $.Values.auth.password | quote }}{{ .Values.x }}\nd: {{ fail \"no\" }}\n{{ eq .Values.a .Values.b }}\n";
        let files = BTreeMap::from([
            ("templates/a.yaml".to_string(), text.into()),
            ("charts/b/templates/a.yaml".to_string(), text.into()),
        ]);
        let read = |at: &str| read_at(&files, at);
        assert_eq!(read("web/templates/a.yaml:2:6").as_deref(), Some("auth.password"));
        for none in [
            "web/templates/a.yaml:3:6",
            "web/templates/a.yaml:4:3",
            "web/charts/b/templates/a.yaml:2:6",
            "web/b.yaml:1:1",
        ] {
            assert_eq!(read(none), None, "{none}");
        }
        for odd in
            ["", "web", ":1:1", "web/templates/a.yaml:0:0", "web/templates/a.yaml:99:99", "web/templates/a.yaml:2:-1"]
        {
            assert_eq!(read(odd), None, "{odd}");
        }
    }

    #[test]
    fn values_that_a_message_names_are_found() {
        let values = node_of("auth: {password: x}\nreplicas: a\nlist: [{name: b}]\nserver: {x: 1}");
        let first = |message: &str| keys(message, &values).into_iter().next().map(|path| path.join("."));
        assert_eq!(first("set auth.password or token").as_deref(), Some("auth.password"));
        assert_eq!(first("at <.Values.auth.password>: wrong type").as_deref(), Some("auth.password"));
        assert_eq!(first("- at '/replicas': got string").as_deref(), Some("replicas"));
        assert_eq!(first("- replicas: Invalid type. Expected: integer").as_deref(), Some("replicas"));
        assert_eq!(first("list[0].name is wrong").as_deref(), Some("list.0.name"));
        assert_eq!(first("the server failed"), None);
    }
}
