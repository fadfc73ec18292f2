//! A text that must hold one map: a profile, a values file, `meshtrace.yaml`.

use crate::finding::Finding;
use crate::finding::Findings;
use crate::source::SourceId;
use crate::source::Sources;
use crate::source::Span;
use crate::yaml;
use crate::yaml::Map;
use crate::yaml::Value;

/// The map of the text of `source`; empty when it holds nothing but comments. `None` when there were errors, which were
/// reported. `what` names the kind of file in messages: `a profile`.
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
            Finding::error("several-documents", format!("{what} is one YAML document, here begins another"))
                .at(sources.place(start_of(second.node.span)))
                .help("remove the `---` line, or move what follows to a file of its own"),
        );
        return None;
    }
    let kind = first.node.kind();
    match first.node.value {
        Value::Map(map) => Some(map),
        _ => {
            found.push(
                Finding::error("wrong-type", format!("{what} must be a map of keys, found {kind}"))
                    .at(sources.place(start_of(first.node.span)))
                    .help("write `KEY: VALUE` lines, with a space after the colon"),
            );
            None
        }
    }
}

/// The first byte of a span: a place that shows where something begins should not underline all of it.
fn start_of(span: Span) -> Span {
    if span == Span::NONE { span } else { Span { end: span.start.saturating_add(1), ..span } }
}
