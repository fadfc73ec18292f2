//! YAML that objects hold as text, parsed so that every value has its position in the file.

use crate::finding::Findings;
use crate::source::SourceId;
use crate::source::Sources;
use crate::source::Span;
use crate::yaml;
use crate::yaml::Node;
use crate::yaml::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::ops::Range;

/// A text of an object.
pub(crate) struct Text {
    span: Span,
    /// The scalar.
    written: Box<str>,
    text: Box<str>,
    /// Whether it is something else than what is written at its place, such as decoded base64.
    is_decoded: bool,
    /// Whether it may have templates in it.
    is_template: bool,
}

impl Text {
    /// The text of a scalar; with `is_template`, what is in double braces counts as text.
    pub(crate) fn of(node: &Node, is_template: bool) -> Option<Text> {
        let text = node.as_str()?;
        let is_template = is_template && text.contains("{{");
        Some(Text { span: node.span, written: text.into(), text: text.into(), is_decoded: false, is_template })
    }

    /// What base64 in a scalar stands for.
    pub(crate) fn decoded(node: &Node) -> Option<Text> {
        let written = node.as_str()?;
        let text = String::from_utf8(yaml::base64(written)?).ok()?;
        Some(Text { span: node.span, written: written.into(), text: text.into(), is_decoded: true, is_template: false })
    }
}

/// The documents parsed from texts of objects, by place and, since a place may have several, by content.
#[derive(Default)]
pub(crate) struct Embedded {
    read: HashMap<Span, Vec<(Box<str>, Node)>>,
}

impl Embedded {
    /// Parses the texts. Invalid ones are left out.
    pub(crate) fn read(sources: &mut Sources, texts: Vec<Text>) -> Embedded {
        let mut all = Embedded::default();
        let mut blocks: BTreeMap<SourceId, BTreeMap<u32, Text>> = BTreeMap::new();
        for text in texts {
            let span = text.span;
            if all.find(span, &text.written).is_some() {
                continue;
            }
            let is_written = !text.is_decoded && span != Span::NONE;
            if is_written && !text.text.is_empty() && sources.slice(span) == &*text.text && span.start == 0 {
                // Each source is parsed on its own.
                let documents = yaml::read(sources, span.source, &mut Findings::default());
                let first = documents.into_iter().next().map(|document| document.node);
                first.into_iter().for_each(|node| all.keep(span, text.written.clone(), node));
            } else if is_written && is_literal(sources, span, &text.text) {
                blocks.entry(span.source).or_default().insert(span.start, text);
            } else if let Some(node) = alone(&filled(&text.text, text.is_template), span) {
                all.keep(span, text.written, node);
            }
        }
        for (source, blocks) in blocks {
            all.blocks(sources, source, blocks.into_values().collect());
        }
        all
    }

    fn blocks(&mut self, sources: &mut Sources, source: SourceId, blocks: Vec<Text>) {
        let (text, ranges) = only(sources, source, &blocks);
        let own = sources.add(sources.name(source).clone(), text);
        let documents = yaml::read(sources, own, &mut Findings::default());
        let mut documents = documents.into_iter().peekable();
        for (block, range) in blocks.into_iter().zip(ranges) {
            let start = |node: &Node| node.span.start as usize;
            while documents.next_if(|document| start(&document.node) < range.start).is_some() {}
            if let Some(document) = documents.next_if(|document| start(&document.node) < range.end) {
                self.keep(block.span, block.written, document.node);
            }
        }
    }

    fn keep(&mut self, span: Span, text: Box<str>, node: Node) {
        self.read.entry(span).or_default().push((text, node));
    }

    fn find(&self, span: Span, text: &str) -> Option<&Node> {
        self.read.get(&span)?.iter().find(|(own, _)| **own == *text).map(|(_, node)| node)
    }

    /// The document in a text.
    pub(crate) fn get(&self, text: &Node) -> Option<&Node> {
        self.find(text.span, text.as_str()?)
    }
}

/// A text in which templates are text: what is in double braces has its length, but no characters that mean something in
/// YAML.
fn filled(text: &str, is_template: bool) -> Cow<'_, str> {
    if !is_template {
        return Cow::Borrowed(text);
    }
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((inside, after)) = after.split_once("}}").filter(|(inside, _)| !inside.contains('\n')) else { break };
        out.push_str(before);
        out.push_str("<<");
        out.extend(std::iter::repeat_n('_', inside.len()));
        out.push_str(">>");
        rest = after;
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Whether a scalar is a literal block with this text; its span starts after the indentation of its first line.
fn is_literal(sources: &Sources, span: Span, content: &str) -> bool {
    let first = content.trim_start_matches('\n').lines().next().unwrap_or_default();
    if !sources.slice(span).trim_start_matches('\n').starts_with(first) {
        return false;
    }
    let before = sources.text(span.source).get(..span.start as usize).unwrap_or_default();
    let Some((header, indent)) = before.rsplit_once('\n') else { return false };
    let header = header.trim_end().rsplit('\n').next().unwrap_or_default();
    let header = header.split(" #").next().unwrap_or_default().trim_end();
    indent.trim_start().is_empty()
        && header.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+')).ends_with('|')
}

/// The file's text with everything blanked out except these block scalars, each a document at its original lines and
/// columns, and the range of each.
fn only(sources: &Sources, source: SourceId, blocks: &[Text]) -> (String, Vec<Range<usize>>) {
    let text = sources.text(source);
    let (mut out, mut ranges, mut at) = (String::new(), Vec::with_capacity(blocks.len()), 0);
    for Text { span, is_template, .. } in blocks {
        let (start, end) = (span.start as usize, span.end as usize);
        let before = text.get(at..start).unwrap_or_default();
        let line = before.rfind('\n').map_or(start, |newline| at + newline + 1);
        let lines = before.bytes().filter(|byte| *byte == b'\n').count();
        // The document separator takes the place of the line above, which is the block's header.
        out.extend(std::iter::repeat_n('\n', lines.saturating_sub(1)));
        let from = out.len();
        out.push_str("---\n");
        out.push_str(&filled(text.get(line..end).unwrap_or_default(), *is_template));
        ranges.push(from..out.len());
        at = end;
    }
    (out, ranges)
}

/// Parses a text into a document whose nodes all have the span `span`.
pub(crate) fn alone(text: &str, span: Span) -> Option<Node> {
    let mut sources = Sources::default();
    let source = sources.add("", text);
    let mut found = Findings::default();
    let documents = yaml::read(&sources, source, &mut found);
    let mut node = documents.into_iter().next().map(|document| document.node).filter(|_| found.errors() == 0)?;
    stand(&mut node, span);
    Some(node)
}

/// Gives every node the same span.
fn stand(node: &mut Node, span: Span) {
    node.span = span;
    match &mut node.value {
        Value::List(list) => list.iter_mut().for_each(|item| stand(item, span)),
        Value::Map(map) => map.entries.iter_mut().for_each(|entry| {
            entry.key_span = span;
            stand(&mut entry.value, span);
        }),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_in_a_text_have_their_position_in_the_file() {
        let text = "a: |\n  x:\n    k: 1\nb: 'z: 2'\nc: |-\n  - [\nd:\n  - |\n    w: 3\n";
        let mut sources = Sources::default();
        let source = sources.add("f.yaml", text);
        let root = yaml::read(&sources, source, &mut Findings::default()).remove(0).node;
        let item = &root.get("d").unwrap().as_list().unwrap()[0];
        let all = [root.get("a").unwrap(), root.get("b").unwrap(), root.get("c").unwrap(), item];
        let read = Embedded::read(&mut sources, all.iter().filter_map(|node| Text::of(node, false)).collect());
        let place =
            |node: &Node| sources.place(node.span).map(|place| (place.file.to_string(), place.line, place.column));
        let at = |index: usize, path: &[&str]| place(read.get(all[index]).unwrap().path(path).unwrap());
        assert_eq!(at(0, &["x", "k"]), Some(("f.yaml".into(), 3, 8)));
        assert_eq!(at(1, &["z"]).unwrap().1, 4);
        assert!(read.get(all[2]).is_none());
        assert_eq!(at(3, &["w"]), Some(("f.yaml".into(), 9, 8)));
    }

    #[test]
    fn templates_in_a_text_are_text() {
        let text = "a: |\n  x: {{ k }}\n  w: [{{ z }}, 1]\n";
        let mut sources = Sources::default();
        let source = sources.add("f.yaml", text);
        let root = yaml::read(&sources, source, &mut Findings::default()).remove(0).node;
        let text = root.get("a").unwrap();
        let read = Embedded::read(&mut sources, Text::of(text, true).into_iter().collect());
        let found = read.get(text).unwrap();
        assert_eq!(found.get("x").unwrap().as_str(), Some("<<___>>"));
        assert_eq!(sources.place(found.get("w").unwrap().span).map(|place| place.line), Some(3));
    }

    #[test]
    fn base64_is_read_as_what_it_stands_for() {
        let mut sources = Sources::default();
        let source = sources.add("f.yaml", "a: eDogMQ==\n");
        let root = yaml::read(&sources, source, &mut Findings::default()).remove(0).node;
        let text = root.get("a").unwrap();
        let read = Embedded::read(&mut sources, Text::decoded(text).into_iter().collect());
        assert_eq!(read.get(text).unwrap().to_json().to_string(), "{\"x\":1}");
    }
}
