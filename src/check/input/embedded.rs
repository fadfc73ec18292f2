//! YAML that objects hold as text, parsed so that every value has its position in the file.

use crate::finding::Findings;
use crate::source::SourceId;
use crate::source::Sources;
use crate::source::Span;
use crate::yaml;
use crate::yaml::Node;
use crate::yaml::Value;
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::ops::Range;

/// Identifies a text: the object's index and a JSON pointer.
pub(crate) type At = (usize, String);

/// The documents parsed from texts of objects.
#[derive(Default)]
pub(crate) struct Embedded {
    read: HashMap<At, Node>,
}

impl Embedded {
    /// Parses the texts. Invalid ones are left out.
    pub(crate) fn read(sources: &mut Sources, texts: Vec<(At, Span, Box<str>)>) -> Embedded {
        let mut read = HashMap::new();
        let mut blocks: BTreeMap<SourceId, Vec<(At, Span)>> = BTreeMap::new();
        for (at, span, text) in texts {
            if !text.is_empty() && sources.slice(span) == &*text && span.start == 0 {
                // Each source is parsed on its own.
                let documents = yaml::read(sources, span.source, &mut Findings::default());
                read.extend(documents.into_iter().next().map(|document| (at, document.node)));
            } else if is_literal(sources, span) {
                blocks.entry(span.source).or_default().push((at, span));
            } else if let Some(node) = alone(&text, span) {
                read.insert(at, node);
            }
        }
        for (source, mut blocks) in blocks {
            blocks.sort_by_key(|(_, span)| span.start);
            let (text, ranges) = only(sources, source, &blocks);
            let own = sources.add(sources.name(source).clone(), text);
            let documents = yaml::read(sources, own, &mut Findings::default());
            let mut documents = documents.into_iter().peekable();
            for ((at, _), range) in blocks.into_iter().zip(ranges) {
                let start = |node: &Node| node.span.start as usize;
                while documents.next_if(|document| start(&document.node) < range.start).is_some() {}
                if let Some(document) = documents.next_if(|document| start(&document.node) < range.end) {
                    read.insert(at, document.node);
                }
            }
        }
        Embedded { read }
    }

    /// The document in a text.
    pub(crate) fn get(&self, object: usize, pointer: &str) -> Option<&Node> {
        self.read.get(&(object, pointer.to_string()))
    }
}

/// Whether a scalar is a literal block; its span starts after the indentation of its first line.
fn is_literal(sources: &Sources, span: Span) -> bool {
    if span == Span::NONE {
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
fn only(sources: &Sources, source: SourceId, blocks: &[(At, Span)]) -> (String, Vec<Range<usize>>) {
    let text = sources.text(source);
    let (mut out, mut ranges, mut at) = (String::new(), Vec::with_capacity(blocks.len()), 0);
    for (_, span) in blocks {
        let (start, end) = (span.start as usize, span.end as usize);
        let before = text.get(at..start).unwrap_or_default();
        let line = before.rfind('\n').map_or(start, |newline| at + newline + 1);
        let lines = before.bytes().filter(|byte| *byte == b'\n').count();
        // The document separator takes the place of the line above, which is the block's header.
        out.extend(std::iter::repeat_n('\n', lines.saturating_sub(1)));
        let from = out.len();
        out.push_str("---\n");
        out.push_str(text.get(line..end).unwrap_or_default());
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
        let text = |path: &[&str]| root.path(path).map(|node| (node.span, node.as_str().unwrap().into())).unwrap();
        let item = &root.get("d").unwrap().as_list().unwrap()[0];
        let texts = [text(&["a"]), text(&["b"]), text(&["c"]), (item.span, item.as_str().unwrap().into())];
        let texts = texts.into_iter().enumerate().map(|(at, (span, text))| ((at, "/x".to_string()), span, text));
        let read = Embedded::read(&mut sources, texts.collect());
        let place =
            |node: &Node| sources.place(node.span).map(|place| (place.file.to_string(), place.line, place.column));
        let at = |index, path: &[&str]| place(read.get(index, "/x").unwrap().path(path).unwrap());
        assert_eq!(at(0, &["x", "k"]), Some(("f.yaml".into(), 3, 8)));
        assert_eq!(at(1, &["z"]).unwrap().1, 4);
        assert!(read.get(2, "/x").is_none());
        assert_eq!(at(3, &["w"]), Some(("f.yaml".into(), 9, 8)));
    }
}
