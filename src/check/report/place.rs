//! Maps a finding's pointer to a place in a text.

use crate::check::cure::Cure;
use crate::check::cure::Edit;
use crate::check::cursor::Doc;
use crate::check::cursor::Location;
use crate::check::embedded;
use crate::check::input::set::Set;
use crate::check::input::set::walk_by;
use crate::check::report::fix;
use crate::check::report::fix::Fix;
use crate::check::report::joined::ReportedFinding;
use crate::check::report::profile;
use crate::check::report::yaml11;
use crate::check::rules::annotation_not_string;
use crate::check::rules::env_value_string;
use crate::check::rules::schema_unknown_field;
use crate::check::rules::schema_wrong_type;
use crate::check::sink::Diagnostic;
use crate::check::sink::Rule;
use crate::finding::Finding;
use crate::source::Place;
use crate::source::Sources;
use crate::source::Span;
use crate::yaml::Entry;
use crate::yaml::Map;
use crate::yaml::Node;
use std::cell::OnceCell;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// Something to locate.
pub struct Located<'a> {
    /// The document.
    pub doc: Doc,
    /// The JSON pointer.
    pub path: &'a str,
    /// The value there, or the deepest one on the way that exists.
    pub node: &'a Node,
    /// The span to look at first: of the key or of the value.
    pub span: Span,
    /// The spans of the enclosing values, innermost first, for a value that is not in any text.
    pub above: Vec<Span>,
    /// The byte range within the value's text, if a finding is about JSON inside it.
    pub inner: Option<(usize, usize)>,
    /// The line index of that text.
    pub(crate) lines: Option<Rc<Lines>>,
}

/// Caches for lookups, so that each text with JSON in it is scanned only once.
#[derive(Default)]
pub(crate) struct Texts {
    json: HashMap<(Doc, String), (embedded::Index, Rc<Lines>)>,
    /// The keys of long maps by the map's address, which is stable because the set is borrowed.
    maps: HashMap<usize, HashMap<Box<str>, usize>>,
}

/// Maps with at least this many keys are indexed.
const LONG: usize = 64;

impl Texts {
    fn entry<'a>(&mut self, map: &'a Map, key: &str) -> Option<&'a Entry> {
        if map.entries.len() < LONG {
            return map.entry(key);
        }
        let index = self
            .maps
            .entry(std::ptr::from_ref(map).addr())
            .or_insert_with(|| map.entries.iter().enumerate().map(|(at, entry)| (entry.key.clone(), at)).collect());
        index.get(key).map(|at| &map.entries[*at])
    }

    fn walk<'a>(&mut self, root: &'a Node, pointer: &str) -> (&'a Node, Span) {
        walk_by(root, pointer, |map, key| self.entry(map, key))
    }
}

/// Where a scalar's lines start, and where each was found in the file.
pub(crate) struct Lines {
    starts: Vec<usize>,
    /// Whether the scalar spans several lines in the file.
    broken: OnceCell<bool>,
    /// Where its lines start in the file.
    raw: OnceCell<Vec<usize>>,
    /// For a scalar on one line, where its text starts; otherwise where a line starts in its raw line.
    found: RefCell<HashMap<usize, Option<usize>>>,
}

fn starts(text: &str) -> Vec<usize> {
    std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect()
}

/// Finds the place to edit.
pub trait Places {
    /// The place, and the file and line of the output if it is a different file.
    fn place(&self, located: &Located<'_>) -> (Option<Place>, Option<(String, u32)>);

    /// Who writes the file that a document or a part of it is in.
    fn author(&self, doc: Doc, node: &Node) -> Author;
}

/// Who writes a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Author {
    /// A person, so that it can be edited.
    Person,
    /// A render, so that the profile is to be edited.
    Render,
    /// It is a copy of another.
    Copy,
}

/// The fix in the files, or what to say of the profile.
fn fixed(set: &Set<'_>, cure: &Cure, places: &dyn Places) -> (Option<Fix>, Option<String>) {
    let author = |edit: &Edit| places.author(edit.at.doc, fix::deepest(set, &edit.at));
    let authors: Vec<Author> = cure.edits.iter().map(author).collect();
    let all = |wanted| authors.iter().all(|author| *author == wanted);
    match (all(Author::Person), all(Author::Render)) {
        (true, _) => (fix::resolve(set, cure), None),
        (_, true) => (None, profile::in_profile(set, cure)),
        _ => (None, None),
    }
}

/// Rules about values and keys that may have been read as what they were not meant to be.
const TYPES: [&Rule; 4] =
    [&annotation_not_string::RULE, &env_value_string::RULE, &schema_unknown_field::RULE, &schema_wrong_type::RULE];

/// Adds places to a finding.
pub(crate) fn reported(set: &Set<'_>, raw: Diagnostic, places: &dyn Places, texts: &mut Texts) -> ReportedFinding {
    let mut place = |at: &Location| places.place(&locate(set, at, texts));
    let (main, rendered) = place(&raw.at);
    let main = if raw.secret || is_in_secret(set, &raw.at) { main.map(Place::concealed) } else { main };
    let severity = raw.severity();
    let (fix, profile) = raw.cure.as_ref().map_or((None, None), |cure| fixed(set, cure, places));
    let help = match &profile {
        Some(change) => format!("{}; in the profile, {change}", raw.help),
        None => raw.help,
    };
    let mistaken = TYPES.iter().any(|rule| std::ptr::eq(*rule, raw.rule));
    let surprise = main.as_ref().filter(|_| mistaken && rendered.is_none()).and_then(yaml11::surprise);
    let mut finding = Finding::error(raw.rule, raw.message).at(main).help(help);
    if let Some(surprise) = surprise {
        finding = finding.note(surprise, None);
    }
    finding.severity = severity;
    for (message, at) in &raw.notes {
        finding = finding.note(message, place(at).0);
    }
    let named = |index: usize| {
        let item = &set.items[index];
        let version = item.node.get("apiVersion").and_then(Node::as_str).unwrap_or_default();
        (item.id.clone(), version.to_string())
    };
    let object = match raw.at.doc {
        Doc::Object(index) => Some(named(index)),
        Doc::Values(_) => None,
    };
    let Location { doc, mut path, mut inner, .. } = raw.at;
    let mut object = object;
    if let Doc::Values(index) = doc
        && let Some((item, at, within)) = set.values[index].origin(&path)
    {
        object = Some(named(item));
        (path, inner) = (at, within.or(inner));
    }
    ReportedFinding {
        finding,
        rendered,
        object,
        path,
        inner,
        renders: Vec::new(),
        fix,
        profile,
        replacements: Vec::new(),
    }
}

/// Whether Helm values are in a Secret.
fn is_in_secret(set: &Set<'_>, at: &Location) -> bool {
    let Doc::Values(index) = at.doc else { return false };
    let object = set.values[index].origin(&at.path).map(|(object, ..)| set.items[object].id);
    object.is_some_and(|id| (&*id.group, &*id.kind) == ("", "Secret"))
}

fn locate<'a>(set: &Set<'a>, at: &'a Location, texts: &mut Texts) -> Located<'a> {
    let root = set.root(at.doc);
    let (node, key) = texts.walk(root, &at.path);
    let mut above = Vec::new();
    let mut path = at.path.as_str();
    while let Some((shorter, _)) = path.rsplit_once('/') {
        let (node, key) = texts.walk(root, shorter);
        above.extend([key, node.span].into_iter().filter(|span| *span != Span::NONE));
        path = shorter;
    }
    above.push(root.span);
    let (mut inner, mut lines) = (None, None);
    if let Some((pointer, text)) = at.inner.as_ref().zip(node.as_str()) {
        // Consul wraps these in brackets.
        let bracketed = fix::is_listed(&at.path);
        let (index, own) = texts.json.entry((at.doc, at.path.clone())).or_insert_with(|| {
            let text_lines = Lines {
                starts: starts(text),
                broken: OnceCell::new(),
                raw: OnceCell::new(),
                found: RefCell::default(),
            };
            let text = if bracketed { format!("[{text}]") } else { text.to_string() };
            (embedded::Index::new(text), Rc::new(text_lines))
        });
        let (start, end) = index.locate(pointer);
        inner = Some(match bracketed {
            true => (start.saturating_sub(1), end.saturating_sub(1).min(text.len())),
            false => (start, end),
        });
        lines = Some(Rc::clone(own));
    }
    // A map is shown at its key; its own span covers all of it, starting at the first entry.
    let whole = node.as_map().is_some() || node.as_list().is_some();
    let span = if (at.key || whole) && key != Span::NONE { key } else { node.span };
    Located { doc: at.doc, path: &at.path, node, span, above, inner, lines }
}

/// The place of a value in source files.
pub(crate) fn in_sources(sources: &Sources, located: &Located<'_>) -> Option<Place> {
    if let (Some((start, end)), Some(text), Some(lines)) = (located.inner, located.node.as_str(), &located.lines)
        && let Some(span) = inside(sources, located.node.span, text, lines, (start, end))
    {
        return sources.place(span);
    }
    let span = std::iter::once(located.span).chain(located.above.iter().copied()).find(|span| *span != Span::NONE)?;
    let is_map = span == located.node.span && located.node.as_map().is_some();
    sources.place(if is_map { Span { end: span.start + 1, ..span } } else { span })
}

/// Where bytes `start..end` of a scalar's text are in the file; `None` if folds or escapes in the scalar shift them.
fn inside(sources: &Sources, span: Span, text: &str, lines: &Lines, (start, end): (usize, usize)) -> Option<Span> {
    if span == Span::NONE || start > text.len() {
        return None;
    }
    let raw = sources.slice(span);
    let first = span.start as usize;
    let line = lines.starts.partition_point(|line| *line <= start) - 1;
    let column = start - lines.starts[line];
    let wanted_end = lines.starts.get(line + 1).map_or(text.len(), |next| next - 1);
    let wanted = text.get(lines.starts[line]..wanted_end)?;
    let length = end.saturating_sub(start).min(wanted.len().saturating_sub(column)).max(1);
    let mut found = lines.found.borrow_mut();
    if raw.starts_with('|') || *lines.broken.get_or_init(|| raw.contains('\n')) {
        // Each line of a literal block is a line of the text, after its indentation.
        let raw_starts = lines.raw.get_or_init(|| starts(raw));
        let number = line + usize::from(raw.starts_with('|'));
        let raw_start = *raw_starts.get(number)?;
        let raw_end = raw_starts.get(number + 1).map_or(raw.len(), |next| next - 1);
        let at = (*found.entry(line).or_insert_with(|| raw.get(raw_start..raw_end)?.find(wanted)))?;
        let at = first + raw_start + at + column;
        return Some(Span::new(span.source, at, at + length));
    }
    let at = (*found.entry(0).or_insert_with(|| raw.find(text)))?;
    Some(Span::new(span.source, first + at + start, first + at + start + length))
}
