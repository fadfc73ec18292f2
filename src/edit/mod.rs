//! Edits YAML or JSON text the way a careful person would: bytes that an edit does not name stay the same.
//!
//! In: a text that was read, and a [`Plan`] for each document to change. Out: the edited text, or [`Refused`].
//! Comments, key order, quotes, indentation, flow style, line breaks and a missing final newline are kept; new text
//! follows the style of the document around it. The result is parsed again and compared with the planned data; if they
//! differ, nothing is returned.

mod between;
mod block;
mod flow;
mod inside;
mod moved;
mod plan;
mod print;
mod scalar;
mod scan;
mod shared;
mod splice;
mod style;

pub use plan::Change;
pub use plan::Edit;
pub use plan::Inside;
pub use plan::Plan;

use crate::finding::Findings;
use crate::source::SourceId;
use crate::source::Sources;
use crate::source::Span;
use crate::yaml;
use crate::yaml::Document;
use crate::yaml::Expected;
use crate::yaml::Node;
use rayon::prelude::*;
use splice::Splice;
use std::ops::Range;
use style::Style;

/// Why an edit was refused. The text is left unchanged.
#[derive(Clone, Debug)]
pub struct Refused {
    /// The place that cannot be edited.
    pub span: Span,
    /// The reason, worded to follow a colon.
    pub why: String,
}

/// A text whose documents are edited one by one. Of each only the changed bytes are kept, so that a long stream needs
/// little more memory than its text.
pub struct Edited<'a> {
    text: &'a str,
    documents: &'a [Document],
    style: Style,
}

/// What changes in the text of one document.
#[derive(Clone, Debug)]
pub struct Changes(Vec<Splice>);

impl Changes {
    /// How many of the lines that they write end with this text.
    pub fn lines_ending(&self, text: &str) -> usize {
        self.0.iter().flat_map(|splice| splice.text.lines()).filter(|line| line.ends_with(text)).count()
    }
}

impl<'a> Edited<'a> {
    /// Takes the text of a source. `documents` must be what [`yaml::read`] returned for it.
    pub fn new(sources: &'a Sources, source: SourceId, documents: &'a [Document]) -> Edited<'a> {
        let text: &str = sources.text(source);
        Edited { text, documents, style: Style::of_file(text, documents) }
    }

    /// The same for changes that nothing will undo: the text then holds no blanks that record what was there before.
    #[must_use]
    pub fn for_good(mut self) -> Edited<'a> {
        self.style.marks = false;
        self
    }

    /// Plans the bytes that change in the document with this number, counted from 0, and proves that the document then
    /// parses to what the plan says.
    ///
    /// # Errors
    /// [`Refused`] if the edit would change more than the plan says, as with a value shared by an alias.
    ///
    /// # Panics
    /// If there is no such document.
    pub fn document(&self, number: usize, plan: &Plan) -> Result<Changes, Refused> {
        let document = &self.documents[number];
        let style = Style::of(self.text, document, &self.style);
        let (mut splices, expected) = splice::document(self.text, document, &style, plan)?;
        // A stable sort keeps insertions at the same position in plan order.
        splices.sort_by_key(|splice| (splice.start, splice.end));
        let refused = |why: &str| Refused { span: document.span, why: why.to_owned() };
        let unusual = || refused("the document cannot be edited in place, its layout is too unusual");
        let range = self.range(number);
        if splices.iter().any(|splice| splice.start < range.start || splice.end > range.end) {
            return Err(unusual());
        }
        let old = &self.text[range.clone()];
        let new = spliced(old, range.start, &splices).ok_or_else(|| refused("two edits touch the same text"))?;
        // What follows begins on a line of its own.
        if range.end < self.text.len() && !new.ends_with('\n') {
            return Err(unusual());
        }
        if yaml::reads_as(&new, &expected) {
            return Ok(Changes(splices));
        }
        let end = |text: &str| text.lines().next_back().filter(|line| line.starts_with("...")).map(str::to_owned);
        if !yaml::is_one_document(&new) || end(old) != end(&new) {
            return Err(unusual());
        }
        match reads_as(&[self.directives(number), new].concat(), &expected) {
            None => Err(unusual()),
            Some(true) => Ok(Changes(splices)),
            Some(false) => {
                let why = "the edit would change more than it should, such as a value that an alias repeats elsewhere";
                Err(refused(why))
            }
        }
    }

    /// The text with these changes, which are those of different documents in their order.
    pub fn with(&self, changes: &[Changes]) -> String {
        let splices = || changes.iter().flat_map(|one| &one.0);
        let mut out = String::with_capacity(self.text.len() + splices().map(|splice| splice.text.len()).sum::<usize>());
        let mut at = 0;
        for splice in splices() {
            out.push_str(&self.text[at..splice.start]);
            out.push_str(&splice.text);
            at = splice.end;
        }
        out.push_str(&self.text[at..]);
        out
    }

    /// The bytes of a document: from after its marker to before the next.
    fn range(&self, number: usize) -> Range<usize> {
        let start = self.documents[number].span.start as usize;
        let next = self.documents.get(number + 1).map_or(self.text.len(), |next| next.span.start as usize);
        let own = yaml::first_document(&self.text[start..next.max(start)]);
        start..start + own.end
    }

    /// The lines before the marker of a document that concern the parser, such as `%TAG`, and a marker if there are any.
    fn directives(&self, number: usize) -> String {
        let from = number.checked_sub(1).map_or(0, |before| self.documents[before].span.end as usize);
        let between = self.text.get(from..self.documents[number].span.start as usize).unwrap_or_default();
        let lines: String =
            between.lines().filter(|line| line.starts_with('%')).map(|line| format!("{line}\n")).collect();
        if lines.is_empty() { lines } else { lines + "---\n" }
    }
}

/// Applies each plan to the document with its number, counted from 0 in `documents`, and returns the new text.
/// `documents` must be what [`yaml::read`] returned for that source.
///
/// # Errors
/// [`Refused`] if the edit would change more than the plan says, as with a value shared by an alias.
pub fn apply(
    sources: &Sources,
    source: SourceId,
    documents: &[Document],
    plans: &[(usize, Plan)],
) -> Result<String, Refused> {
    let edited = Edited::new(sources, source, documents);
    Ok(edited.with(&all(&edited, plans)?))
}

/// The same as a list of what changes, for good: bytes of the text of `source`, and what stands there afterwards; in their order.
/// Values of the plans that stand in the text themselves are moved, and their comments with them.
///
/// # Errors
/// As [`apply`], and if there is no room for the comment of something that is moved.
pub fn replacements(
    sources: &Sources,
    source: SourceId,
    documents: &[Document],
    plans: &[(usize, Plan)],
) -> Result<Vec<(Range<usize>, String)>, Refused> {
    let mut edited = Edited::new(sources, source, documents).for_good();
    let moved: Vec<_> = plans.iter().flat_map(|(_, plan)| moved::comments(edited.text, source, plan)).collect();
    edited.style.moved = moved.into();
    let changes = all(&edited, plans)?;
    let kept = |comment: &str| changes.iter().any(|one| one.lines_ending(comment) > 0);
    if let Some((span, _)) = edited.style.moved.iter().find(|(_, comment)| !kept(comment)) {
        let why = "the comment of what is to be moved would be lost: move it by hand";
        return Err(Refused { span: *span, why: why.to_owned() });
    }
    let splices = changes.into_iter().flat_map(|one| one.0);
    Ok(splices.map(|splice| (splice.start..splice.end, splice.text)).collect())
}

/// The changes of all plans, in the order of their documents.
fn all(edited: &Edited<'_>, plans: &[(usize, Plan)]) -> Result<Vec<Changes>, Refused> {
    let mut plans: Vec<&(usize, Plan)> = plans.iter().filter(|(number, _)| *number < edited.documents.len()).collect();
    plans.sort_by_key(|(number, _)| *number);
    // The results keep their order, so the first refusal does not depend on the number of cores.
    let made: Vec<_> = plans.par_iter().map(|(number, plan)| edited.document(*number, plan)).collect();
    made.into_iter().collect()
}

/// Whether comments stand inside a map or list that was read from this text, or between its key and it.
pub fn holds_comment(text: &str, node: &Node) -> bool {
    let (begin, end) = (node.span.start as usize, node.span.end as usize);
    matches!(node.value, yaml::Value::Map(_) | yaml::Value::List(_))
        && (splice::comment_between(text, node, begin, end) || moved::has_head(text, begin))
}

/// Applies sorted splices to a text that starts at byte `base` of its source; `None` if two overlap.
fn spliced(text: &str, base: usize, splices: &[Splice]) -> Option<String> {
    let mut out = String::with_capacity(text.len() + splices.iter().map(|splice| splice.text.len()).sum::<usize>());
    let mut at = base;
    for splice in splices {
        if splice.start < at || splice.end < splice.start {
            return None;
        }
        out.push_str(text.get(at - base..splice.start - base)?);
        out.push_str(&splice.text);
        at = splice.end;
    }
    out.push_str(text.get(at - base..)?);
    Some(out)
}

/// Whether a text parses to this and nothing else; `None` if it is not exactly one readable document.
fn reads_as(text: &str, expected: &Expected<'_>) -> Option<bool> {
    let mut sources = Sources::default();
    let source = sources.add("", text);
    let mut found = Findings::default();
    let read = yaml::read(&sources, source, &mut found);
    match read.as_slice() {
        [one] if found.errors() == 0 => Some(*expected == one.node),
        _ => None,
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
