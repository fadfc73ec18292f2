//! The comments of values that move within a text.

use crate::edit::Plan;
use crate::edit::scan;
use crate::source::SourceId;
use crate::source::Span;
use crate::yaml::Node;
use crate::yaml::Value;

/// The comments behind the scalars that a plan moves, with the blanks before them, by where the scalar stands. What a plan
/// adds stands nowhere.
pub(super) fn comments(text: &str, source: SourceId, plan: &Plan) -> Vec<(Span, String)> {
    let mut found = Vec::new();
    plan.each_new(&mut |node| walk(text, source, node, &mut found));
    found
}

fn walk(text: &str, source: SourceId, node: &Node, found: &mut Vec<(Span, String)>) {
    match &node.value {
        Value::Map(map) => map.entries.iter().for_each(|entry| walk(text, source, &entry.value, found)),
        Value::List(list) => list.iter().for_each(|item| walk(text, source, item, found)),
        _ if node.span == Span::NONE || node.span.source != source => {}
        _ => found.extend(behind(text, node.span).map(|comment| (node.span, comment.to_owned()))),
    }
}

/// The comment behind a scalar.
fn behind(text: &str, span: Span) -> Option<&str> {
    let end = span.end as usize;
    let line = text.get(end..scan::line_end(text, end))?;
    let line = line.strip_prefix(',').unwrap_or(line);
    (line.starts_with([' ', '\t']) && line.trim_start().starts_with('#')).then_some(line)
}

/// Whether a comment stands before the map or list that begins on a line of its own at `begin`: behind its key, or below that.
pub(super) fn has_head(text: &str, begin: usize) -> bool {
    let line = scan::line_start(text, begin);
    let head = text.get(..line).filter(|_| scan::first_in_line(text, begin)).unwrap_or_default().trim_end();
    let last = &head[scan::line_start(head, head.len())..];
    last.trim_start().starts_with('#') || last.contains(" #") || last.contains("\t#")
}
