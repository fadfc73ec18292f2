//! Findings as people read them: the line with a caret, in the way rustc shows it.

use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::Severity;
use crate::report::Colour;
use crate::secrecy::REDACTED;
use crate::secrecy::mask;
use crate::secrecy::message;
use crate::source::Place;
use annotate_snippets::AnnotationKind;
use annotate_snippets::Group;
use annotate_snippets::Level;
use annotate_snippets::Renderer;
use annotate_snippets::Snippet;

/// The widest source line that is shown whole; of longer ones the part around the mistake.
const WIDEST: usize = 200;

/// All findings, errors first, each followed by an empty line. The same finding is said once.
pub fn findings(found: &Findings, colour: Colour) -> String {
    let renderer = match colour {
        Colour::Yes => Renderer::styled(),
        Colour::No => Renderer::plain(),
    };
    let mut sorted: Vec<&Finding> = found.iter().collect();
    sorted.sort_by_key(|finding| finding.severity);
    let mut out = String::new();
    let mut said: Vec<&Finding> = Vec::new();
    for finding in sorted {
        if said.last().is_some_and(|last| *last == finding) {
            continue;
        }
        out.push_str(&renderer.render(&[group(finding)]));
        out.push_str("\n\n");
        said.push(finding);
    }
    out
}

fn group(finding: &Finding) -> Group<'_> {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let mut group = Group::with_title(level.primary_title(one_line(&message(&finding.message))).id(finding.rule));
    if let Some(place) = &finding.place {
        group = group.element(snippet(place, AnnotationKind::Primary, None));
    }
    for note in &finding.notes {
        group = match &note.place {
            Some(place) => group.element(snippet(place, AnnotationKind::Context, Some(&note.message))),
            None => group.element(Level::NOTE.message(one_line(&mask(&note.message)))),
        };
    }
    if let Some(help) = &finding.help {
        group = group.element(Level::HELP.message(one_line(&mask(help))));
    }
    group
}

/// A name from a file may hold a line break, which would let it write lines of its own.
fn one_line(text: &str) -> String {
    text.chars()
        .flat_map(|c| {
            if c.is_control() { c.escape_debug().to_string() } else { c.to_string() }.chars().collect::<Vec<_>>()
        })
        .collect()
}

fn snippet<'a>(
    place: &'a Place,
    kind: AnnotationKind,
    label: Option<&str>,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let (text, column, width) = visible(place);
    let at = |column: usize| text.char_indices().nth(column).map_or(text.len(), |(at, _)| at);
    let range = at(column)..at(column + width);
    let mut annotation = kind.span(range);
    if let Some(label) = label {
        annotation = annotation.label(label.to_string());
    }
    Snippet::source(text).line_start(place.line as usize).path(place.file.to_string()).annotation(annotation)
}

/// The line to show, with the mistake's column (from 0) and width in it.
fn visible(place: &Place) -> (String, usize, usize) {
    let masked = mask(&place.text);
    // A line without its secrets says nothing of where in it the mistake is.
    if masked != *place.text || masked.contains(REDACTED) {
        let indent = masked.chars().take_while(|c| *c == ' ').count();
        let width = masked.chars().count().saturating_sub(indent).max(1);
        return (masked, indent, width);
    }
    let column = place.column as usize - 1;
    let width = place.width as usize;
    let length = masked.chars().count();
    if length <= WIDEST {
        return (masked, column, width);
    }
    let start = column.saturating_sub(WIDEST / 2);
    let part: String = masked.chars().skip(start).take(WIDEST).collect();
    let shown = WIDEST.min(length - start.min(length));
    (part, column - start, width.min(shown.saturating_sub(column - start)).max(1))
}
