//! The human-readable format.

use crate::check::ASSUMES;
use crate::check::Hop;
use crate::check::HopKind;
use crate::check::Path;
use crate::check::Report;
use crate::check::ReportedFinding;
use crate::check::State;
use crate::finding::Finding;
use crate::finding::Severity;
use crate::report::Color;
use crate::report::cap;
use crate::report::cap::READ;
use crate::report::cap::cap;
use crate::report::check::fixable;
use crate::report::check::fixable_line;
use crate::report::check::renders;
use crate::report::check::skipped;
use crate::report::human;
use crate::report::one_line;
use crate::secrecy::mask;

/// How many paths are shown individually; if there are more, only those that do not arrive, and a count.
const SHOWN: usize = 20;

pub(super) fn text(report: &Report, color: Color) -> String {
    let mut out = findings(&report.findings, color);
    paths(report, &mut out);
    if let Some(skipped) = skipped(report) {
        out.push_str(&format!("skipped {skipped}\n"));
    }
    for note in &report.notes {
        out.push_str(&format!("note: {}\n", said(note)));
    }
    out.push_str(&summary(report));
    if let Some(line) = fixable_line(report) {
        out.push_str(&format!("{}\n", said(&line)));
    }
    out
}

/// Only the errors, and the line that counts everything.
pub(super) fn errors(report: &Report, color: Color) -> String {
    let is_error = |hit: &&ReportedFinding| hit.finding.severity == Severity::Error;
    let errors: Vec<ReportedFinding> = report.findings.iter().filter(is_error).cloned().collect();
    findings(&errors, color) + &summary(report)
}

fn findings(findings: &[ReportedFinding], color: Color) -> String {
    let (shown, more) = cap(findings, |hit| hit.finding.rule, READ);
    let shown: Vec<Finding> = shown
        .into_iter()
        .map(|hit| {
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
        })
        .collect();
    human::text(shown.iter(), &more, color)
}

fn summary(report: &Report) -> String {
    let (errors, warnings, infos) =
        (report.count(Severity::Error), report.count(Severity::Warning), report.count(Severity::Info));
    let plural = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    let mut out = format!("{}, {}, {infos} info", plural(errors, "error"), plural(warnings, "warning"));
    if report.allowed > 0 {
        out.push_str(&format!(", {} allowed", report.allowed));
    }
    out.push_str(match report.arrives() {
        Some(true) => "; spans arrive\n",
        Some(false) => "; spans do not arrive\n",
        None if report.paths.is_empty() => "; these files contain no gateway or service\n",
        None => "; cannot tell whether spans arrive: some manifests are missing\n",
    });
    out
}

fn paths(report: &Report, out: &mut String) {
    if report.paths.is_empty() {
        return;
    }
    let (shown, more) = cap::paths(report, SHOWN);
    // A heading for each set, when there are several.
    let several = report.paths.iter().any(|path| path.set != report.paths[0].set);
    let widest = shown.iter().map(|path| said(&path.service).chars().count()).max().unwrap_or(0).min(40);
    // Only few paths go through collectors.
    let is_met = |kind: &HopKind| shown.iter().any(|path| path.hops.iter().any(|hop| hop.kind == *kind));
    let met: Vec<HopKind> = HopKind::ALL.into_iter().filter(is_met).collect();
    let kinds: Vec<&str> = met.iter().map(|kind| kind.as_str()).collect();
    out.push_str(&format!("{:widest$}  {}\n", "", kinds.join("  ")));
    let mut set = None;
    for path in shown {
        if several && set != Some(&path.set) {
            out.push_str(&format!("{}:\n", said(&path.set)));
            set = Some(&path.set);
        }
        // The worst of the hops of each kind.
        let marks: Vec<String> = met
            .iter()
            .map(|kind| {
                let of_kind = || path.hops.iter().filter(|hop| hop.kind == *kind);
                let hop = of_kind().find(|hop| hop.state != State::Ok).or_else(|| of_kind().next());
                format!("{:<width$}", hop.map_or("-", mark), width = kind.as_str().len())
            })
            .collect();
        let end = match path.arrives {
            Some(true) => "arrives",
            Some(false) => "does not arrive",
            None => "unseen",
        };
        out.push_str(&format!(
            "{:widest$}  {}  {end} (from {})\n",
            said(&path.service),
            marks.join("  "),
            said(&path.from)
        ));
        for (detail, kinds) in details(path) {
            out.push_str(&format!("{:widest$}    {}: {}\n", "", kinds.join(", "), said(detail)));
        }
    }
    for line in more {
        out.push_str(&line);
        out.push('\n');
    }
    out.push_str("assumptions:\n");
    for line in ASSUMES {
        out.push_str(&format!("  - {line}\n"));
    }
    out.push('\n');
}

/// The details of the hops that are not ok, each with its hops: if one hop is unknown, the hops behind it mostly are
/// too, for the same reason.
fn details(path: &Path) -> Vec<(&str, Vec<&str>)> {
    let mut details: Vec<(&str, Vec<&str>)> = Vec::new();
    for hop in path.hops.iter().filter(|hop| hop.state != State::Ok) {
        match details.last_mut().filter(|(detail, _)| *detail == hop.detail) {
            Some((_, kinds)) => kinds.push(hop.kind.as_str()),
            None => details.push((&hop.detail, vec![hop.kind.as_str()])),
        }
    }
    details
}

fn said(text: &str) -> String {
    one_line(&mask(text)).into_owned()
}

fn mark(hop: &Hop) -> &'static str {
    match hop.state {
        State::Ok => "ok",
        State::Broken => "X",
        State::Unseen => "?",
    }
}
