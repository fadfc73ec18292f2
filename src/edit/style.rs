//! The layout of a document.

use crate::edit::scan;
use crate::source::Span;
use crate::yaml::Document;
use crate::yaml::Node;
use crate::yaml::Value;
use std::sync::Arc;

/// How new text is written.
#[derive(Clone, Debug)]
pub(super) struct Style {
    /// The line break.
    pub(super) newline: &'static str,
    /// How many columns a map is indented below its key.
    pub(super) step: usize,
    /// How many columns the dashes of a list are indented below its key.
    pub(super) dash: usize,
    /// Whether the document is JSON: strings and keys are always quoted, and there are no comments.
    pub(super) json: bool,
    /// What follows `:` and `,` in JSON on one line.
    pub(super) gap: &'static str,
    /// What indents a line: a tab in JSON that uses tabs, with a step of one.
    pub(super) blank: char,
    /// Whether blanks record what was there before, for [`Change::Undo`](crate::edit::Change::Undo).
    pub(super) marks: bool,
    /// The comments that go along with scalars that move, with the blanks before them, by where the scalar stands.
    pub(super) moved: Arc<[(Span, String)]>,
}

/// The parts of a style found so far in a document.
#[derive(Default)]
struct Observed {
    step: Option<usize>,
    dash: Option<usize>,
}

impl Style {
    /// The comment that goes along with a scalar that moves.
    pub(super) fn comment(&self, node: &Node) -> Option<&str> {
        self.moved.iter().find(|(span, _)| *span == node.span).map(|(_, comment)| &**comment)
    }

    /// The style of the first document in a file that shows one.
    pub(super) fn of_file(text: &str, documents: &[Document]) -> Style {
        let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let plain =
            Style { newline, step: 2, dash: 0, json: false, gap: " ", blank: ' ', marks: true, moved: Arc::default() };
        let mut seen = Observed::default();
        for document in documents.iter().take(8) {
            look(text, &document.node, 0, &mut seen);
            if seen.step.is_some() && seen.dash.is_some() {
                break;
            }
        }
        Style { step: seen.step.unwrap_or(2), dash: seen.dash.unwrap_or(0), ..plain }
    }

    /// The style of a document; what the document does not show is taken from `file`.
    pub(super) fn of(text: &str, document: &Document, file: &Style) -> Style {
        let mut seen = Observed::default();
        look(text, &document.node, 0, &mut seen);
        // JSON that is a list shows its style in its first object.
        let top = document.node.as_list().and_then(<[Node]>::first).unwrap_or(&document.node);
        let first = top.as_map().and_then(|map| map.entries.first());
        let start = scan::value(text, document.span.start as usize);
        let quoted = first.is_some_and(|entry| text[entry.key_span.start as usize..].starts_with('"'));
        let json = quoted && text[start..].starts_with(['{', '[']);
        let gap = first.map_or(" ", |entry| {
            let key = entry.key_span.end as usize;
            let space = text.as_bytes().get(key + 1).is_some_and(u8::is_ascii_whitespace);
            if json && !space { "" } else { " " }
        });
        // JSON is indented by the same step everywhere, so its first key shows the step.
        let top = first.map(|entry| entry.key_span.start as usize).filter(|at| json && scan::first_in_line(text, *at));
        let brace = scan::content(text, (start + 1).min(text.len()));
        let listed = document.node.as_list().is_some() && scan::first_in_line(text, brace);
        let outer = if listed { scan::column(text, brace) } else { 0 };
        let top = top.map(|at| scan::column(text, at).saturating_sub(outer)).filter(|step| (1..=8).contains(step));
        Style {
            newline: file.newline,
            step: top.or(seen.step).unwrap_or(file.step),
            dash: seen.dash.unwrap_or(file.dash),
            json,
            gap,
            blank: if json && text.contains("\n\t") { '\t' } else { ' ' },
            marks: file.marks,
            moved: Arc::clone(&file.moved),
        }
    }
}

/// Looks for the first block map below a key and the first block list below one.
fn look(text: &str, node: &Node, depth: usize, seen: &mut Observed) {
    if depth > 12 || seen.step.is_some() && seen.dash.is_some() {
        return;
    }
    match &node.value {
        Value::Map(map) => {
            for entry in &map.entries {
                let key = entry.key_span.start as usize;
                let colon = entry.key_span.end as usize;
                if entry.value.span.start as usize <= colon || entry.value.span.source != entry.key_span.source {
                    continue;
                }
                match &entry.value.value {
                    Value::Map(inner) if seen.step.is_none() => {
                        let child = inner.entries.first().map(|first| first.key_span.start as usize);
                        seen.step = child.and_then(|child| deeper(text, key, child)).filter(|step| *step > 0);
                    }
                    Value::List(_) if seen.dash.is_none() => {
                        let at = scan::value(text, (colon + 1).min(text.len()));
                        if text[at..].starts_with("- ") || text[at..].starts_with("-\n") {
                            seen.dash = deeper(text, key, at);
                        }
                    }
                    _ => {}
                }
                look(text, &entry.value, depth + 1, seen);
            }
        }
        Value::List(list) => list.iter().take(4).for_each(|item| look(text, item, depth + 1, seen)),
        _ => {}
    }
}

fn deeper(text: &str, key: usize, child: usize) -> Option<usize> {
    if !scan::first_in_line(text, child) {
        return None;
    }
    scan::column(text, child).checked_sub(scan::column(text, key)).filter(|step| *step <= 8)
}
