//! Reads a text that must be a single map: a profile, a values file, `meshtrace.yaml`.

use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::ids;
use crate::profile::is_free;
use crate::source::SourceId;
use crate::source::Sources;
use crate::source::Span;
use crate::yaml;
use crate::yaml::Map;
use crate::yaml::Node;
use crate::yaml::Value;
use std::collections::HashSet;

/// The map in the text of `source`; empty if there are only comments. `None` if there were errors, which are reported.
/// `what` is the kind of file in messages: `a profile`.
pub(crate) fn read_map(sources: &Sources, source: SourceId, what: &str, found: &mut Findings) -> Option<Map> {
    let before = found.errors();
    let documents = yaml::read(sources, source, found);
    if found.errors() > before {
        return None;
    }
    let mut documents = documents.into_iter().filter(|document| !matches!(document.node.value, Value::Null));
    let Some(first) = documents.next() else { return Some(Map::default()) };
    if let Some(second) = documents.next() {
        found.push(
            Finding::error(
                ids::SEVERAL_DOCUMENTS,
                format!("{what} must be a single YAML document, but another one begins here"),
            )
            .at(sources.place(start_of(second.node.span)))
            .help("remove the `---` line, or move what follows to a separate file"),
        );
        return None;
    }
    let kind = first.node.kind();
    match first.node.value {
        Value::Map(map) => {
            let mut keys = Keys { sources, found, path: Vec::new(), told: HashSet::new() };
            keys.map(&map, false);
            (found.errors() == before).then_some(map)
        }
        _ => {
            found.push(
                Finding::error(ids::WRONG_TYPE, format!("{what} must be a map of keys, found {kind}"))
                    .at(sources.place(start_of(first.node.span)))
                    .help("write `KEY: VALUE` lines, with a space after the colon"),
            );
            None
        }
    }
}

/// Finds keys that are names to their author but something else in YAML 1.1: `no`, `on`, `0x10`.
struct Keys<'a> {
    sources: &'a Sources,
    found: &'a mut Findings,
    path: Vec<&'a str>,
    /// The places already reported: an alias repeats the keys of its anchor.
    told: HashSet<Span>,
}

impl<'a> Keys<'a> {
    fn node(&mut self, node: &'a Node, free: bool) {
        match &node.value {
            Value::Map(map) => self.map(map, free || is_free(&self.path)),
            Value::List(items) => items.iter().for_each(|item| self.node(item, free)),
            _ => {}
        }
    }

    fn map(&mut self, map: &'a Map, free: bool) {
        for entry in &map.entries {
            if let Some(written) = self.misread(&entry.key, entry.key_span)
                && self.told.insert(entry.key_span)
            {
                self.tell(&entry.key, written, entry.key_span, free);
            }
            self.path.push(&entry.key);
            self.node(&entry.value, free);
            self.path.pop();
        }
    }

    /// The key as written, if it is read as something else. A number that is read as written is a name like any other.
    fn misread(&self, key: &str, span: Span) -> Option<&'a str> {
        let boolean = matches!(key, "true" | "false");
        if !boolean && !key.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '.')) {
            return None;
        }
        let written = self.sources.slice(span);
        let plain = written.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.'));
        (plain && (boolean || written != key)).then_some(written)
    }

    fn tell(&mut self, key: &str, written: &str, span: Span, free: bool) {
        let what = if matches!(key, "true" | "false") { "boolean" } else { "number" };
        let message = format!("the key `{written}` is not text: kubectl and Helm read it as the {what} `{key}`");
        // Keys of another program are passed on as that program would read them itself.
        let finding =
            if free { Finding::warning(ids::YAML_KEY, message) } else { Finding::error(ids::YAML_KEY, message) };
        let finding = finding.at(self.sources.place(span));
        self.found.push(match written == key {
            true => finding.help(format!("put it in quotes: `\"{written}\":`")),
            false => {
                finding.help(format!("put it in quotes: `\"{written}\":`; if you mean `{key}`, write `\"{key}\":`"))
            }
        });
    }
}

/// The first byte of a span: a place that only shows where something begins should not underline all of it.
fn start_of(span: Span) -> Span {
    if span == Span::NONE { span } else { Span { end: span.start.saturating_add(1), ..span } }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Severities, columns and messages of the findings about a text on one line.
    fn told(text: &str) -> Vec<String> {
        let (mut sources, mut found) = (Sources::default(), Findings::default());
        let source = sources.add("a.yaml", text);
        read_map(&sources, source, "a profile", &mut found);
        let show = |finding: Finding| {
            let column = finding.place.map_or(0, |place| place.column);
            format!("{} {column} {}", finding.severity, finding.help.unwrap_or_default())
        };
        found.into_iter().map(show).collect()
    }

    #[test]
    fn yaml_words_and_numbers_are_not_names() {
        for (written, read) in [
            ("no", "false"),
            ("y", "true"),
            ("On", "true"),
            ("OFF", "false"),
            ("0x10", "16"),
            ("010", "8"),
            ("1_0", "10"),
            ("1e3", "1000"),
            ("1.50", "1.5"),
            ("+1", "1"),
        ] {
            let expected =
                format!("error 12 put it in quotes: `\"{written}\":`; if you mean `{read}`, write `\"{read}\":`");
            assert_eq!(told(&format!("services: {{{written}: {{port: 1}}}}")), std::slice::from_ref(&expected));
            assert_eq!(told(&format!("services: {{\"{written}\": {{port: 1}}, '{written}x': {{}}}}")), [""; 0]);
            assert_eq!(told(&format!("services:\n  {written}:\n    port: 1\n")), [expected.replace(" 12 ", " 3 ")]);
        }
        assert_eq!(told("services: {true: {}}"), ["error 12 put it in quotes: `\"true\":`"]);
        assert_eq!(told("services: {null: {}}"), ["error 12 put quotes around the key"]);
        assert_eq!(told("services: {~: {}}"), ["error 12 put quotes around the key"]);
    }

    #[test]
    fn keys_that_are_read_as_written_are_names() {
        for key in ["1", "2024", "1.5", "-3", "2024-01-01", "12:30", "nope", "yes-man", "_1"] {
            assert_eq!(told(&format!("renders: {{{key}: [dev]}}")), [""; 0], "{key}");
        }
    }

    #[test]
    fn in_maps_of_other_programs_it_is_a_warning() {
        assert!(told("consul: {values: {global: {on: 1}}}")[0].starts_with("warning 28"));
        assert!(told("vars: {n: 1}")[0].starts_with("warning"));
        assert!(told("consul: {on: 1}")[0].starts_with("error"));
    }

    #[test]
    fn a_key_below_an_alias_is_reported_once() {
        assert_eq!(told("vars: {a: &a {no: 1}, b: *a, c: *a}").len(), 1);
    }
}
