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
use rayon::prelude::*;
use splice::Splice;
use std::ops::Range;
use style::Style;

type Planned = (Vec<Splice>, Vec<(usize, yaml::Node)>);
/// Why an edit was refused. The text is left unchanged.
#[derive(Clone, Debug)]
pub struct Refused {
    /// The place that cannot be edited.
    pub span: Span,
    /// The reason, worded to follow a colon.
    pub why: String,
}

/// Applies each plan to the document with its number, counted from 0 in `documents`, and returns the new text.
/// `documents` must be what [`yaml::read`] returned for that source.
///
/// # Errors
/// [`Refused`] if a plan points at nothing, or if the edit would change more than the plan says, as with a value shared
/// by an alias.
pub fn apply(
    sources: &Sources,
    source: SourceId,
    documents: &[Document],
    plans: &[(usize, Plan)],
) -> Result<String, Refused> {
    let text: &str = sources.text(source);
    let (splices, expected) = planned(text, documents, plans)?;
    let changed = spliced(text, splices).ok_or_else(|| Refused {
        span: plans.first().and_then(|(number, _)| documents.get(*number)).map_or(Span::NONE, |document| document.span),
        why: "two edits touch the same text".to_owned(),
    })?;
    prove(&changed, documents, &expected)?;
    Ok(changed)
}

/// The same as a list of what changes: bytes of the text of `source`, and what stands there afterwards; in their order.
///
/// # Errors
/// As [`apply`].
pub fn replacements(
    sources: &Sources,
    source: SourceId,
    documents: &[Document],
    plans: &[(usize, Plan)],
) -> Result<Vec<(Range<usize>, String)>, Refused> {
    apply(sources, source, documents, plans)?;
    let (mut splices, _) = planned(sources.text(source), documents, plans)?;
    splices.sort_by_key(|splice| (splice.start, splice.end));
    Ok(splices.into_iter().map(|splice| (splice.start..splice.end, splice.text)).collect())
}

/// The splices of all plans, and what each document must be read as afterwards.
fn planned(text: &str, documents: &[Document], plans: &[(usize, Plan)]) -> Result<Planned, Refused> {
    let file = Style::of_file(text, documents);
    let one = |(number, plan): &(usize, Plan)| {
        let document = documents.get(*number)?;
        let style = Style::of(text, document, &file);
        Some(splice::document(text, document, &style, plan).map(|(splices, node)| (*number, splices, node)))
    };
    // Documents are edited in parallel; the results keep their order.
    let made = plans.par_iter().filter_map(one).collect::<Result<Vec<_>, Refused>>()?;
    let mut splices = Vec::new();
    let mut expected = Vec::with_capacity(made.len());
    for (number, own, node) in made {
        splices.extend(own);
        expected.push((number, node));
    }
    Ok((splices, expected))
}

/// Applies all splices; `None` if two overlap.
fn spliced(text: &str, mut splices: Vec<Splice>) -> Option<String> {
    // A stable sort keeps insertions at the same position in plan order.
    splices.sort_by_key(|splice| (splice.start, splice.end));
    let mut out = String::with_capacity(text.len() + splices.iter().map(|splice| splice.text.len()).sum::<usize>());
    let mut at = 0;
    for splice in &splices {
        if splice.start < at || splice.end < splice.start {
            return None;
        }
        out.push_str(text.get(at..splice.start)?);
        out.push_str(&splice.text);
        at = splice.end;
    }
    out.push_str(text.get(at..)?);
    Some(out)
}

/// Parses the edited text and compares it with the planned data.
fn prove(changed: &str, documents: &[Document], expected: &[(usize, yaml::Node)]) -> Result<(), Refused> {
    let refused = |number: usize, why: &str| {
        let span = documents.get(number).map_or(Span::NONE, |document| document.span);
        Err(Refused { span, why: why.to_owned() })
    };
    // Compared in parallel, so that a stream of many documents is checked as fast as it is read.
    if yaml::reads_as(changed, documents.len(), expected) {
        return Ok(());
    }
    let mut sources = Sources::default();
    let source = sources.add("", changed);
    let mut found = Findings::default();
    let read = yaml::read(&sources, source, &mut found);
    let first = expected.first().map_or(0, |(number, _)| *number);
    if read.len() != documents.len() || found.errors() > 0 {
        return refused(first, "the document cannot be edited in place, its layout is too unusual");
    }
    for (number, node) in expected {
        if read[*number].node != *node {
            let why = "the edit would change more than it should, such as a value that an alias repeats elsewhere";
            return refused(*number, why);
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
