//! The human-readable format: findings with their lines, the paths as a table, and the answer in the last line.

use crate::check::Report;
use crate::check::ReportedFinding;
use crate::check::is_reminder;
use crate::finding::Finding;
use crate::finding::Severity;
use crate::report::Color;
use crate::report::cap::READ;
use crate::report::cap::cap;
use crate::report::cap::grouped;
use crate::report::check::fixable;
use crate::report::check::fixable_line;
use crate::report::check::renders;
use crate::report::check::skipped;
use crate::report::check::table::table;
use crate::report::human;
use crate::report::one_line;
use crate::report::paint::Paint;
use crate::report::paint::WIDTH;
use crate::report::paint::paint;
use crate::report::paint::wrap;
use crate::secrecy::mask;
use std::collections::BTreeSet;

pub(super) fn text(report: &Report, color: Color) -> String {
    // What holds for nearly every mesh is told in one line: with its place, it would be most of a clean report.
    let is_brief =
        |hit: &ReportedFinding| hit.finding.severity == Severity::Info && is_reminder(hit.finding.rule.as_str());
    let (brief, full): (Vec<&ReportedFinding>, Vec<&ReportedFinding>) =
        report.findings.iter().partition(|hit| is_brief(hit));
    let (shown, more) = cap(full, |hit| hit.finding.rule, READ);
    let shown: Vec<Finding> = shown.into_iter().map(noted).collect();
    let mut out = human::text(shown.iter(), &more, color);
    out.push_str(&table(report, color));
    if let Some(skipped) = skipped(report) {
        out.push_str(&wrap(&format!("skipped {skipped}"), WIDTH, 2));
    }
    for note in &report.notes {
        out.push_str(&wrap(&format!("note: {}", said(note)), WIDTH, 2));
    }
    let brief: BTreeSet<&str> = brief.iter().map(|hit| hit.finding.rule.as_str()).collect();
    if !brief.is_empty() {
        let ids = brief.into_iter().collect::<Vec<_>>().join(", ");
        out.push_str(&wrap(&format!("info: {ids} (`meshtrace explain RULE`)"), WIDTH, 2));
    }
    if !report.paths.is_empty() {
        out.push_str("assumed: DNS, network, restarts, headers (`meshtrace explain assumptions`)\n");
    }
    if let Some(line) = fixable_line(report) {
        out.push_str(&format!("{}\n", said(&line)));
    }
    out.push_str(&summary(report, color));
    out
}

/// Only the errors, and the last line.
pub(super) fn errors(report: &Report, color: Color) -> String {
    let errors = report.findings.iter().filter(|hit| hit.finding.severity == Severity::Error);
    let (shown, more) = cap(errors, |hit| hit.finding.rule, READ);
    let shown: Vec<Finding> = shown.into_iter().map(noted).collect();
    human::text(shown.iter(), &more, color) + &summary(report, color)
}

/// The last line, which answers the question first.
fn summary(report: &Report, color: Color) -> String {
    let (word, as_) = match report.arrives() {
        Some(true) => ("yes", Paint::Good),
        Some(false) => ("no", Paint::Bad),
        None => ("unknown", Paint::Open),
    };
    let broken = report.paths.iter().filter(|path| path.arrives == Some(false)).count() + report.more_paths.broken;
    let all = report.paths.len() + report.more_paths.total();
    let why = match report.arrives() {
        Some(true) => String::new(),
        Some(false) => format!(" ({} of {} paths)", grouped(broken), grouped(all)),
        None if report.paths.is_empty() => " (no gateway or service)".to_string(),
        None => " (manifests missing)".to_string(),
    };
    let counts = [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Info, "info")];
    let counts = counts.map(|(severity, word)| {
        let count = report.count(severity);
        format!("{count} {word}{}", if count == 1 { "" } else { "s" })
    });
    let mut text = format!("spans arrive: {word}{why}; {}", counts.join(", "));
    if report.allowed > 0 {
        text.push_str(&format!(", {} allowed", report.allowed));
    }
    wrap(&text, WIDTH, 2).replacen(word, &paint(word, as_, color), 1)
}

/// A finding with what else is known about it as notes.
fn noted(hit: &ReportedFinding) -> Finding {
    let mut finding = hit.finding.clone();
    if let Some((file, line)) = &hit.rendered {
        finding = finding.note(format!("rendered as {file}:{line}"), None);
    }
    if let Some(renders) = renders(hit) {
        finding = finding.note(renders, None);
    }
    if let Some(fixable) = fixable(hit) {
        finding = finding.note(fixable, None);
    }
    finding
}

/// Text of a file on one line, without secrets.
pub(super) fn said(text: &str) -> String {
    one_line(&mask(text)).into_owned()
}
