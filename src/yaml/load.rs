//! Turns parser events into trees.
//!
//! In: the text of one document (or several, if lone carriage returns hide their boundaries). Out: documents with a
//! span on every value, and findings for everything that is wrong. Limits depth and the size of alias expansions,
//! against hostile input.

use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::RuleId;
use crate::finding::ids;
use crate::source::Place;
use crate::source::SourceId;
use crate::source::Sources;
use crate::source::Span;
use crate::yaml::Document;
use crate::yaml::Entry;
use crate::yaml::Fill;
use crate::yaml::Node;
use crate::yaml::Value;
use crate::yaml::convert::Refused;
use crate::yaml::convert::measure;
use crate::yaml::convert::scalar_key;
use crate::yaml::convert::scalar_value;
use crate::yaml::convert::value_key;
use crate::yaml::merge;
use crate::yaml::scalar::resolve;
use crate::yaml::simple;
use crate::yaml::simple::Step;
use crate::yaml::syntax::Complaint;
use crate::yaml::syntax::explain;
use crate::yaml::syntax::hole_in_name;
use crate::yaml::syntax::too_deep;
use crate::yaml::tag::Tag;
use granit_parser::Event;
use granit_parser::Parser;
use granit_parser::ScalarStyle;
use granit_parser::StructureStyle;
use std::collections::HashMap;
use std::ops::Range;

/// How deeply maps and lists may be nested.
pub(super) const DEPTH: usize = 64;
/// How many nodes aliases may add to a document; to one with more than a tenth of this, ten times its size.
const COPIES: usize = 100_000;
/// The most findings for one document; further ones rarely add information, and each carries its line.
const FINDINGS: usize = 50;
/// From this many keys on, a map's keys are looked up in an index.
const INDEXED: usize = 16;

/// A collection that is being read.
struct Frame {
    start: usize,
    end: usize,
    anchor: usize,
    body: Body,
}

enum Body {
    List(Vec<Node>),
    Map(Box<Open>),
}

/// A map that is being read.
#[derive(Default)]
struct Open {
    entries: Vec<Entry>,
    pending: Pending,
    /// The value of `<<` and the index of the entry that follows it.
    merge: Option<(usize, Node)>,
    merge_span: Option<Span>,
    index: HashMap<Box<str>, usize>,
}

/// What the next node of a map is.
#[derive(Default)]
enum Pending {
    /// A key.
    #[default]
    Key,
    /// The value for this key.
    Value(Box<str>, Span),
    /// The value of `<<`.
    Merge,
    /// The value for a rejected key.
    Nothing,
}

/// A node with an anchor.
struct Anchored {
    node: Node,
    cost: usize,
    depth: usize,
}

/// Reads one segment of a text.
pub(super) struct Loader<'a, F: Fill> {
    sources: &'a Sources,
    source: SourceId,
    text: &'a str,
    /// Where `text` starts in the source.
    base: usize,
    fill: &'a F,
    marker: Option<char>,
    stack: Vec<Frame>,
    root: Option<Node>,
    anchors: HashMap<usize, Anchored>,
    written: usize,
    copied: usize,
    reported: usize,
}

/// The rest of the document cannot be read.
struct Stop;

impl<'a, F: Fill> Loader<'a, F> {
    pub(super) fn new(sources: &'a Sources, source: SourceId, range: Range<usize>, fill: &'a F) -> Loader<'a, F> {
        Loader {
            sources,
            source,
            text: &sources.text(source)[range.clone()],
            base: range.start,
            fill,
            marker: fill.marker(),
            stack: Vec::new(),
            root: None,
            anchors: HashMap::new(),
            written: 0,
            copied: 0,
            reported: 0,
        }
    }

    /// Appends the documents of the segment to `documents` and the problems to `found`.
    pub(super) fn load(self, documents: &mut Vec<Document>, found: &mut Findings) {
        match simple::steps(self.text) {
            Some((steps, start)) => self.load_simple(steps, start, documents, found),
            None => self.load_parsed(documents, found),
        }
    }

    fn load_simple(mut self, steps: Vec<Step<'_>>, start: usize, documents: &mut Vec<Document>, found: &mut Findings) {
        for step in steps {
            let done = match step {
                Step::Scalar(text, plain, start, end) => {
                    self.written += 1;
                    let style = if plain { ScalarStyle::Plain } else { ScalarStyle::DoubleQuoted };
                    self.scalar(&text, style, None, 0, start..end, found)
                }
                Step::Open(map, false, at) => self.open(body(map), StructureStyle::Block, 0, at..at, found),
                Step::Open(map, true, at) => self.open(body(map), StructureStyle::Flow, 0, at..at + 1, found),
                Step::Close(at) => self.close(at..at + 1, found),
            };
            if done.is_err() {
                return;
            }
        }
        if let Some(node) = self.root.take() {
            documents.push(Document { node, span: self.span(start..self.text.len()) });
        }
    }

    /// Like [`Loader::load`], but always with the parser.
    pub(super) fn load_parsed(mut self, documents: &mut Vec<Document>, found: &mut Findings) {
        let first = documents.len();
        let mut options = granit_parser::options! { emit_unresolved_aliases: true, emit_anchor_events: true };
        options.set_emit_comments(false);
        let mut start = 0;
        for event in Parser::new_from_str_with_options(self.text, options) {
            let (event, span) = match event {
                Ok(event) => event,
                Err(error) => {
                    self.complain(explain(&error, self.text, self.marker), found);
                    return;
                }
            };
            let range = bytes(&span);
            match event {
                Event::DocumentStart(explicit, _) => {
                    if explicit {
                        start = after_marker(self.text, range.end);
                    }
                    self.root = None;
                    self.anchors.clear();
                }
                Event::DocumentEnd => {
                    let node = self.root.take().unwrap_or_else(|| self.node(Value::Null, start..start));
                    let span = self.span(start..range.start.max(start));
                    documents.push(Document { node, span });
                    start = range.end;
                }
                event => {
                    let tag = span.tag_span().map(|span| bytes(&span));
                    if self.event(event, range, tag, found).is_err() {
                        return;
                    }
                }
            }
        }
        if let Some(last) = documents[first..].last_mut() {
            let end = self.base + self.text.len();
            last.span = Span::new(self.source, last.span.start as usize, end.max(last.span.start as usize));
        }
    }

    fn event(
        &mut self,
        event: Event<'_>,
        range: Range<usize>,
        tagged: Option<Range<usize>>,
        found: &mut Findings,
    ) -> Result<(), Stop> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.written += 1;
                let range = match style {
                    // For the parser, a block ends where the next token starts.
                    ScalarStyle::Literal | ScalarStyle::Folded => {
                        let length = self.text.get(range.clone()).map_or(0, |block| block.trim_end().len());
                        range.start..range.start + length
                    }
                    _ => range,
                };
                let name = tag.map(|tag| format!("{}{}", tag.handle(), tag.suffix()));
                let tag = match name {
                    Some(name) => self.scalar_tag(&name, tagged.unwrap_or(range.clone()), found),
                    None => None,
                };
                self.scalar(&text, style, tag, anchor, range, found)
            }
            Event::SequenceStart(style, anchor, tag) => {
                if let Some(tag) = tag {
                    let name = format!("{}{}", tag.handle(), tag.suffix());
                    self.collection_tag(&name, Tag::Seq, tagged.unwrap_or(range.clone()), found);
                }
                self.open(Body::List(Vec::new()), style, anchor, range, found)
            }
            Event::MappingStart(style, anchor, tag) => {
                if let Some(tag) = tag {
                    let name = format!("{}{}", tag.handle(), tag.suffix());
                    self.collection_tag(&name, Tag::Map, tagged.unwrap_or(range.clone()), found);
                }
                self.open(Body::Map(Box::default()), style, anchor, range, found)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(range, found),
            Event::Anchor(_, name) => {
                if self.marker.is_some_and(|marker| name.contains(marker)) {
                    self.complain(hole_in_name(range), found);
                }
                Ok(())
            }
            Event::Alias(id) => self.alias(id, range, found),
            Event::UnresolvedAlias(name) => {
                self.unresolved(&name, range, found);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Reports an alias without an anchor, which counts as null.
    fn unresolved(&mut self, name: &str, range: Range<usize>, found: &mut Findings) {
        if self.marker.is_some_and(|marker| name.contains(marker)) {
            self.complain(hole_in_name(range.clone()), found);
        } else {
            let message = format!("no anchor `&{name}` before this alias");
            self.error(ids::YAML_ALIAS, message, range.clone(), found, |finding| {
                finding.help("quote the value if it is text that starts with `*`")
            });
        }
        self.put(Node { value: Value::Null, span: self.span(range) }, 0, found);
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        tag: Option<Tag>,
        anchor: usize,
        range: Range<usize>,
        found: &mut Findings,
    ) -> Result<(), Stop> {
        let plain = style == ScalarStyle::Plain && tag.is_none();
        let hole = self.marker.is_some_and(|marker| text.contains(marker));
        if let Some(Frame { body: Body::Map(open), .. }) = self.stack.last()
            && matches!(open.pending, Pending::Key)
        {
            if text == "<<" && anchor == 0 && (plain || tag == Some(Tag::Merge)) {
                self.merge_key(range, found);
                return Ok(());
            }
            let key = match (hole, tag) {
                (true, _) => self.fill.key(text).map_err(|message| (ids::YAML_HOLE, message)),
                (false, None) if !plain => Ok(text.into()),
                (false, None) => scalar_key(resolve(text), text),
                (false, Some(tag)) => match tag.scalar(text) {
                    Ok(value) => value_key(&value),
                    Err(message) => Err((ids::YAML_TAG, message)),
                },
            };
            if anchor != 0 {
                let value = match (&key, tag) {
                    (Ok(key), _) if hole => Value::String(key.clone()),
                    (_, Some(tag)) => tag.scalar(text).unwrap_or(Value::Null),
                    (_, None) if plain => scalar_value(resolve(text), text).unwrap_or(Value::Null),
                    _ => Value::String(text.into()),
                };
                let node = self.node(value, range.clone());
                self.anchor(anchor, &node);
            }
            self.key(key, range, found);
            return Ok(());
        }
        let value = match (hole, tag) {
            (true, _) => self.fill.value(text, plain).map_err(|message| (ids::YAML_HOLE, message)),
            (false, None) if !plain => Ok(Value::String(text.into())),
            (false, None) => scalar_value(resolve(text), text),
            (false, Some(tag)) => tag.scalar(text).map_err(|message| (ids::YAML_TAG, message)),
        };
        let value = value.unwrap_or_else(|(rule, message)| {
            self.error(rule, message, range.clone(), found, |finding| finding);
            Value::Null
        });
        let node = self.node(value, range);
        self.put(node, anchor, found);
        Ok(())
    }

    fn open(
        &mut self,
        body: Body,
        style: StructureStyle,
        anchor: usize,
        range: Range<usize>,
        found: &mut Findings,
    ) -> Result<(), Stop> {
        self.written += 1;
        if self.stack.len() >= DEPTH {
            self.complain(too_deep(range.start..range.start + 1), found);
            return Err(Stop);
        }
        // A block ends with its last child, not where the next key starts.
        let end = if style == StructureStyle::Flow { usize::MAX } else { range.end };
        self.stack.push(Frame { start: range.start, end, anchor, body });
        Ok(())
    }

    fn close(&mut self, range: Range<usize>, found: &mut Findings) -> Result<(), Stop> {
        let Some(frame) = self.stack.pop() else {
            return Ok(());
        };
        let value = match frame.body {
            Body::List(mut list) => {
                list.shrink_to_fit();
                Value::List(list)
            }
            Body::Map(open) => {
                let open = *open;
                let merged = match open.merge {
                    Some((at, node)) => merge::into(open.entries, at, node),
                    None => Ok(merge::map(open.entries)),
                };
                merged.map(Value::Map).unwrap_or_else(|(entries, span)| {
                    let message = "`<<` needs a map or a list of maps";
                    self.error_at(ids::YAML_MERGE, message.into(), self.sources.place(span), found, |finding| finding);
                    Value::Map(entries)
                })
            }
        };
        let end = if frame.end == usize::MAX { range.end } else { frame.end };
        let node = self.node(value, frame.start..end.max(frame.start));
        self.put(node, frame.anchor, found);
        Ok(())
    }

    /// Keeps a copy of `node` for its aliases.
    fn anchor(&mut self, anchor: usize, node: &Node) {
        let (cost, depth) = measure(node);
        // Nested anchors would keep more than was written, so a copy of a collection counts.
        if depth > 0 {
            self.copied += cost;
        }
        self.anchors.insert(anchor, Anchored { node: node.clone(), cost, depth });
    }

    /// Adds a finished node to its parent.
    fn put(&mut self, node: Node, anchor: usize, found: &mut Findings) {
        if anchor != 0 {
            self.anchor(anchor, &node);
        }
        let base = self.base;
        let Some(frame) = self.stack.last_mut() else {
            self.root = Some(node);
            return;
        };
        if frame.end != usize::MAX {
            frame.end = frame.end.max((node.span.end as usize).saturating_sub(base));
        }
        match &mut frame.body {
            Body::List(list) => list.push(node),
            Body::Map(open) => match std::mem::take(&mut open.pending) {
                Pending::Value(key, key_span) => open.entries.push(Entry { key, key_span, value: node }),
                Pending::Merge => open.merge = Some((open.entries.len(), node)),
                Pending::Nothing => {}
                Pending::Key => {
                    let range =
                        (node.span.start as usize).saturating_sub(base)..(node.span.end as usize).saturating_sub(base);
                    self.key(value_key(&node.value), range, found);
                }
            },
        }
    }

    /// Adds the next key of the innermost map, or reports why it is rejected.
    fn key(&mut self, key: Result<Box<str>, Refused>, range: Range<usize>, found: &mut Findings) {
        let span = self.span(range.clone());
        let (mut refused, mut joined) = (None, false);
        let first_in_line =
            range.start == 0 || self.text.get(..range.start).is_some_and(|before| before.ends_with('\n'));
        if let Some(Frame { body: Body::Map(open), .. }) = self.stack.last_mut() {
            open.pending = match key {
                Ok(key) => match open.find(&key) {
                    Some(first) => {
                        let message =
                            twice(&key, self.text.get(range.clone()).unwrap_or(""), self.sources.slice(first));
                        joined = &*key == "apiVersion" && first_in_line;
                        refused = Some((ids::YAML_DUPLICATE_KEY, message, Some(first)));
                        Pending::Nothing
                    }
                    None => Pending::Value(key, span),
                },
                Err((rule, message)) => {
                    refused = Some((rule, message, None));
                    Pending::Nothing
                }
            };
        }
        if let Some((rule, message, first)) = refused {
            let sources = self.sources;
            let template =
                message.ends_with("a map") && self.text.get(..range.start).is_some_and(|before| before.ends_with('{'));
            self.error(rule, message, range, found, |finding| match first {
                Some(first) if joined => {
                    let help = "is a `---` missing between two objects? each document holds one object";
                    finding.note("first here", sources.place(first)).help(help)
                }
                Some(first) => finding.note("first here", sources.place(first)).help("keep one of the two"),
                None if rule == ids::YAML_KEY && template => {
                    finding.help("put quotes around a value that contains `{{ ... }}`")
                }
                None if rule == ids::YAML_KEY => finding.help("put quotes around the key"),
                None => finding,
            });
        }
    }

    fn merge_key(&mut self, range: Range<usize>, found: &mut Findings) {
        let span = self.span(range.clone());
        let mut first = None;
        if let Some(Frame { body: Body::Map(open), .. }) = self.stack.last_mut() {
            first = open.merge_span;
            open.pending = if first.is_some() { Pending::Nothing } else { Pending::Merge };
            open.merge_span.get_or_insert(span);
        }
        if let Some(first) = first {
            let place = self.sources.place(first);
            self.error(
                ids::YAML_DUPLICATE_KEY,
                "the key `<<` appears twice in this map".into(),
                range,
                found,
                |finding| finding.note("first here", place).help("give one `<<` a list: `<<: [*a, *b]`"),
            );
        }
    }

    fn alias(&mut self, id: usize, range: Range<usize>, found: &mut Findings) -> Result<(), Stop> {
        self.written += 1;
        let span = self.span(range.clone());
        let Some(anchored) = self.anchors.get(&id) else {
            let message = format!("`{}` contains itself", shown(self.text.get(range.clone()).unwrap_or("")));
            self.error(ids::YAML_ALIAS, message, range, found, |finding| finding);
            self.put(Node { value: Value::Null, span }, 0, found);
            return Ok(());
        };
        if self.stack.len() + anchored.depth > DEPTH {
            self.complain(too_deep(range), found);
            return Err(Stop);
        }
        self.copied += anchored.cost;
        let limit = COPIES.max(self.written.saturating_mul(10));
        if self.copied > limit {
            let message = format!("the aliases of this document expand to more than {limit} nodes");
            self.error(ids::YAML_TOO_LARGE, message, range, found, |finding| {
                finding.help("write the values out, or split the document")
            });
            return Err(Stop);
        }
        let mut node = anchored.node.clone();
        node.span = span;
        self.put(node, 0, found);
        Ok(())
    }

    fn scalar_tag(&mut self, name: &str, range: Range<usize>, found: &mut Findings) -> Option<Tag> {
        match Tag::named(name) {
            Some(Tag::Map | Tag::Seq) => {
                let message = "this tag needs a map or a list, found a single value";
                self.error(ids::YAML_TAG, message.into(), range, found, |finding| finding.help("remove the tag"));
                None
            }
            None => {
                self.unknown_tag(range, found);
                None
            }
            tag => tag,
        }
    }

    fn collection_tag(&mut self, name: &str, right: Tag, range: Range<usize>, found: &mut Findings) {
        match Tag::named(name) {
            Some(tag) if tag == right || name == "!" => {}
            Some(tag) => {
                let message = format!("tag `{}` is used on a value of type `{}`", tag.name(), right.name());
                self.error(ids::YAML_TAG, message, range, found, |finding| finding.help("remove the tag"));
            }
            None => self.unknown_tag(range, found),
        }
    }

    fn unknown_tag(&mut self, range: Range<usize>, found: &mut Findings) {
        let tag = self.text.get(range.clone()).unwrap_or("");
        let message = format!("unknown tag `{}`: Kubernetes data has no custom types", shown(tag));
        self.error(ids::YAML_TAG, message, range, found, |finding| {
            finding.help("remove the tag, or quote the value if it is text that starts with `!`")
        });
    }

    fn node(&self, value: Value, range: Range<usize>) -> Node {
        Node { value, span: self.span(range) }
    }

    fn span(&self, range: Range<usize>) -> Span {
        Span::new(self.source, self.base + range.start, self.base + range.end)
    }

    fn complain(&mut self, complaint: Complaint, found: &mut Findings) {
        let Complaint { rule, message, help, range } = complaint;
        self.error(rule, message, range, found, |finding| match help {
            Some(help) => finding.help(help),
            None => finding,
        });
    }

    fn error(
        &mut self,
        rule: RuleId,
        message: String,
        range: Range<usize>,
        found: &mut Findings,
        finish: impl FnOnce(Finding) -> Finding,
    ) {
        if self.reported < FINDINGS {
            let place = self.sources.place(self.span(range));
            self.error_at(rule, message, place, found, finish);
        }
    }

    fn error_at(
        &mut self,
        rule: RuleId,
        message: String,
        place: Option<Place>,
        found: &mut Findings,
        finish: impl FnOnce(Finding) -> Finding,
    ) {
        if self.reported < FINDINGS {
            self.reported += 1;
            found.push(finish(Finding::error(rule, message).at(place)));
        }
    }
}

impl Open {
    /// Where `key` occurred before. Indexes long maps, so that no map takes quadratic time.
    fn find(&mut self, key: &str) -> Option<Span> {
        if self.entries.len() < INDEXED {
            return self.entries.iter().find(|entry| &*entry.key == key).map(|entry| entry.key_span);
        }
        for at in self.index.len()..self.entries.len() {
            self.index.insert(self.entries[at].key.clone(), at);
        }
        self.index.get(key).map(|at| self.entries[*at].key_span)
    }
}

fn body(map: bool) -> Body {
    if map { Body::Map(Box::default()) } else { Body::List(Vec::new()) }
}

fn bytes(span: &granit_parser::Span) -> Range<usize> {
    let start = span.start.byte_offset().unwrap_or(0);
    start..span.end.byte_offset().unwrap_or(start).max(start)
}

/// Where content starts after a `---` that ends at `at`: on the next line if there is none on the marker's own.
fn after_marker(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or("");
    let line = rest.split_inclusive('\n').next().unwrap_or("");
    let blank = line.trim();
    if blank.is_empty() || blank.starts_with('#') { at + line.len() } else { at }
}

/// The message about a duplicate `key`. `yes` and `on` are both read as `true`, and people search for what they wrote.
fn twice(key: &str, written: &str, first: &str) -> String {
    let is_word = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    match is_word(written) && written != key && is_word(first) {
        true if written == first => format!("the key `{}` appears twice in this map", shown(written)),
        true => format!("the keys `{}` and `{}` of this map are both read as `{key}`", shown(first), shown(written)),
        false => format!("the key `{}` appears twice in this map", shown(key)),
    }
}

/// `text` as a message can show it.
fn shown(text: &str) -> String {
    let short: String = text.chars().take(60).flat_map(char::escape_debug).collect();
    if text.chars().nth(60).is_some() { format!("{short}...") } else { short }
}
