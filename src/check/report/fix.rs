//! From a cure, which speaks of places in the set, to changes of files: as far as values stand in a file, each is found
//! there again by the bytes of its key.

use crate::check::cure::Cure;
use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::cure::What;
use crate::check::cursor::Location;
use crate::check::input::set::Set;
use crate::check::input::set::walk;
use crate::pointer;
use crate::source::Span;
use crate::stack::consul::keys;
use crate::yaml::Node;
use crate::yaml::Value;
use serde_json::Value as Json;
use std::ops::Range;

/// How a finding can be fixed in the files that it is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Fix {
    /// Whether it is certain.
    pub trust: Trust,
    /// What changes.
    pub edits: Vec<FileEdit>,
}

/// A change of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct FileEdit {
    /// What the file has, from where on the steps lead to the value.
    pub(crate) anchor: Anchor,
    /// Keys and numbers of items, and those of what is missing.
    pub(crate) steps: Vec<String>,
    /// The pointer inside the string there, and whether the string is the inside of a list.
    pub(crate) inner: Option<(String, bool)>,
    pub(crate) change: FileChange,
}

/// Something that stands in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Anchor {
    /// The value of the key at these bytes.
    Key(Span),
    /// The object, or the document, that begins at these bytes.
    Root(Span),
}

impl Anchor {
    pub(crate) fn span(self) -> Span {
        match self {
            Anchor::Key(span) | Anchor::Root(span) => span,
        }
    }
}

/// What changes in a file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum FileChange {
    Set(Node),
    Append(Node),
    Remove,
    Rename(String),
    Quote,
    Cut(Vec<Range<usize>>),
}

/// Whether the text at a place is the inside of a list.
pub(crate) fn is_listed(path: &str) -> bool {
    let last = path.rsplit('/').next().unwrap_or_default();
    keys::LISTED.iter().any(|key| key.eq_ignore_ascii_case(last))
}

/// The cure as changes of files; `None` when a part of it stands in no file.
pub(crate) fn resolve(set: &Set<'_>, cure: &Cure) -> Option<Fix> {
    let mut edits = Vec::new();
    for Edit { at, what } in &cure.edits {
        match what {
            What::Set(json) => edits.push(file(set, at, FileChange::Set(node(json)))?),
            What::Append(json) => edits.push(append(set, at, node(json))?),
            What::Remove => edits.push(file(set, at, FileChange::Remove)?),
            What::Rename(key) => edits.push(file(set, at, FileChange::Rename(key.clone()))?),
            What::Quote => edits.push(file(set, at, FileChange::Quote)?),
            What::Cut(ranges) => edits.push(file(set, at, FileChange::Cut(ranges.clone()))?),
            What::Move(to) => {
                let moved = value(set, at)?.clone();
                edits.push(file(set, &emptied(set, at), FileChange::Remove)?);
                edits.push(file(set, to, FileChange::Set(moved))?);
            }
        }
    }
    Some(Fix { trust: cure.trust, edits })
}

fn node(json: &Json) -> Node {
    Node::from_json(json, Span::NONE)
}

/// What is at a place that exists.
fn value<'a>(set: &Set<'a>, at: &Location) -> Option<&'a Node> {
    pointer::parse(&at.path).try_fold(set.root(at.doc), |node, step| child(node, &step).map(|(node, _)| node))
}

/// A member of a value, with where its key stands.
fn child<'a>(node: &'a Node, step: &str) -> Option<(&'a Node, Span)> {
    match &node.value {
        Value::Map(map) => map.entry(step).map(|entry| (&entry.value, entry.key_span)),
        Value::List(list) => step.parse::<usize>().ok().and_then(|at| list.get(at)).map(|node| (node, Span::NONE)),
        _ => None,
    }
}

/// A place, or the map around it if the map has no other key, so that no empty map is left behind.
fn emptied(set: &Set<'_>, at: &Location) -> Location {
    let Some((above, _)) = at.path.rsplit_once('/') else { return at.clone() };
    let outer = Location { path: above.to_string(), ..at.clone() };
    let single = value(set, &outer).and_then(Node::as_map).is_some_and(|map| map.entries.len() == 1);
    if single && above.matches('/').count() > 1 { outer } else { at.clone() }
}

fn append(set: &Set<'_>, at: &Location, item: Node) -> Option<FileEdit> {
    let filled = |node: &Node| node.as_list().is_some_and(|list| !list.is_empty());
    let is_list = at.inner.is_some() || value(set, at).is_some_and(filled);
    match is_list {
        true => file(set, at, FileChange::Append(item)),
        false => file(set, at, FileChange::Set(Node::new(Value::List(vec![item])))),
    }
}

/// Where a place of the set stands in a file.
fn file(set: &Set<'_>, at: &Location, change: FileChange) -> Option<FileEdit> {
    let mut here = Some(set.root(at.doc));
    let root = here?.span;
    let mut anchor = (root != Span::NONE).then_some(Anchor::Root(root));
    let mut steps: Vec<String> = Vec::new();
    for step in pointer::parse(&at.path) {
        match here.and_then(|node| child(node, &step)) {
            Some((next, key)) if key != Span::NONE && next.span != Span::NONE => {
                anchor = Some(Anchor::Key(key));
                steps.clear();
                here = Some(next);
            }
            Some((next, _)) => {
                steps.push(step.into_owned());
                here = Some(next);
            }
            None => {
                here = None;
                steps.push(step.into_owned());
            }
        }
    }
    let inner = at.inner.as_ref().map(|inner| (inner.clone(), is_listed(&at.path)));
    Some(FileEdit { anchor: anchor?, steps, inner, change })
}

/// The deepest part of a place that exists, for values that a program rendered.
pub(crate) fn deepest<'a>(set: &Set<'a>, at: &Location) -> &'a Node {
    walk(set.root(at.doc), &at.path).0
}
