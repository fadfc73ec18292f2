//! Findings for people: the line with a caret, in the style of rustc.

use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::Severity;
use crate::report::Color;
use crate::report::cap;
use crate::report::cap::READ;
use crate::report::cap::cap;
use crate::report::one_line;
use crate::secrecy::REDACTED;
use crate::secrecy::mask;
use crate::secrecy::message;
use crate::source::Place;
use annotate_snippets::AnnotationKind;
use annotate_snippets::Group;
use annotate_snippets::Level;
use annotate_snippets::Renderer;
use annotate_snippets::Snippet;
use std::collections::BTreeMap;

/// The longest source line shown as a whole; of longer ones only the part around the mistake.
const WIDEST: usize = 200;

/// Findings, errors first, each followed by an empty line. Duplicates are printed once, and of very many findings of
/// one rule only the first.
pub fn findings(found: &Findings, color: Color) -> String {
    let mut sorted: Vec<&Finding> = found.iter().collect();
    sorted.sort_by_key(|finding| finding.severity);
    sorted.dedup();
    let (shown, more) = cap(sorted, |finding| finding.rule, READ);
    text(shown.into_iter(), &more, color)
}

/// Findings in order, and a note about the others.
pub(crate) fn text<'a>(
    shown: impl Iterator<Item = &'a Finding>,
    more: &BTreeMap<&'static str, usize>,
    color: Color,
) -> String {
    let renderer = match color {
        Color::Yes => Renderer::styled(),
        Color::No => Renderer::plain(),
    };
    let mut out = String::new();
    for finding in shown {
        out.push_str(&renderer.render(&[group(finding)]));
        out.push_str("\n\n");
    }
    for (rule, count) in more {
        out.push_str(&format!("{}\n", cap::more(rule, *count)));
    }
    if !more.is_empty() {
        out.push('\n');
    }
    out
}

fn group(finding: &Finding) -> Group<'_> {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    };
    let mut group = Group::with_title(level.primary_title(said(&finding.message)).id(finding.rule.as_str()));
    if let Some(place) = &finding.place {
        group = group.element(snippet(place, AnnotationKind::Primary, None));
    }
    for note in &finding.notes {
        group = match &note.place {
            Some(place) => group.element(snippet(place, AnnotationKind::Context, Some(&note.message))),
            None => group.element(Level::NOTE.message(said(&note.message))),
        };
    }
    if let Some(help) = &finding.help {
        group = group.element(Level::HELP.message(said(help)));
    }
    group
}

/// A name from a file may contain a line break, which could fake further lines.
fn said(text: &str) -> String {
    one_line(&message(text)).into_owned()
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
        annotation = annotation.label(said(label));
    }
    Snippet::source(text)
        .line_start(place.line as usize)
        .path(one_line(&place.file).into_owned())
        .annotation(annotation)
}

/// The line to show, with the column (from 0) and the width of the mistake in it.
pub(crate) fn visible(place: &Place) -> (String, usize, usize) {
    let masked = mask(&place.text);
    let length = masked.chars().count();
    // In a line with hidden secrets, the position of the mistake is meaningless.
    let redacted = masked != *place.text || masked.contains(REDACTED);
    let (column, width) = if !redacted {
        (place.before(), place.width as usize)
    } else if length <= WIDEST {
        let indent = masked.chars().take_while(|c| *c == ' ').count();
        (indent, length)
    } else {
        let before: String = place.text.chars().take(place.before()).collect();
        (mask(&before).chars().count(), 1)
    };
    let start = if length <= WIDEST { 0 } else { column.min(length).saturating_sub(WIDEST / 2) };
    let part: Vec<char> = masked.chars().skip(start).take(WIDEST).collect();
    // Tabs are kept: the columns that follow are aligned with them.
    let shown = |chars: &[char]| -> String {
        let text: String = chars.iter().collect();
        text.split('\t').map(one_line).collect::<Vec<_>>().join("\t")
    };
    let first = (column - start).min(part.len());
    let last = (first + width).min(part.len());
    let (before, marked) = (shown(&part[..first]).chars().count(), shown(&part[first..last]).chars().count());
    (shown(&part), before, marked.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sources;
    use crate::source::Span;

    fn place(text: &str, start: usize, end: usize) -> Place {
        let mut sources = Sources::default();
        let id = sources.add("a.yaml", text);
        sources.place(Span::new(id, start, end)).unwrap()
    }

    fn marked(place: &Place) -> (String, String) {
        let (text, column, width) = visible(place);
        let marked = text.chars().skip(column).take(width).collect();
        (text, marked)
    }

    #[test]
    fn the_caret_is_right_in_long_lines_and_after_visible_escapes() {
        let line = format!("{{{}}}", (0..9_000).map(|n| format!("한{n:04}: 1, ")).collect::<String>());
        for n in [0, 7, 400, 8_999] {
            let word = format!("한{n:04}");
            let start = line.find(&word).unwrap();
            let (text, marked) = marked(&place(&line, start, start + word.len()));
            assert!(marked == word && text.chars().count() <= WIDEST, "{text}");
        }
        let line = "a\u{202e}b\tc: xyz";
        let start = line.find("xyz").unwrap();
        assert_eq!(marked(&place(line, start, start + 3)), ("a\\u{202e}b\tc: xyz".into(), "xyz".into()));
    }

    #[test]
    fn a_secret_in_a_long_line_is_hidden_and_the_line_is_short() {
        let line = format!("{{{} password: hunter2, end: {}}}", "a: b, ".repeat(300), "c, ".repeat(900));
        let start = line.find("end").unwrap();
        let (text, _) = marked(&place(&line, start, start + 3));
        assert!(!text.contains("hunter2") && text.contains("***") && text.chars().count() <= WIDEST, "{text}");
    }

    #[test]
    fn only_the_first_of_very_many_findings_are_shown() {
        let mut found = Findings::default();
        (0..20_000)
            .for_each(|n| found.push(Finding::error(crate::finding::ids::UNKNOWN_KEY, format!("unknown key `k{n}`"))));
        (0..3).for_each(|n| found.push(Finding::warning(crate::finding::ids::INTERRUPTED, format!("n{n}"))));
        let text = findings(&found, Color::No);
        assert_eq!(text.matches("error[unknown-key]").count(), READ);
        assert!(
            text.contains("warning[interrupted]: n2") && text.ends_with("\n\nand 19,950 more of `unknown-key`\n\n"),
            "{text}"
        );
    }
}
