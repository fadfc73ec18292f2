//! The format for a comment on a pull request.

use crate::check::ASSUMES;
use crate::check::Report;
use crate::check::State;
use crate::finding::Severity;
use crate::report::cap;
use crate::report::cap::READ;
use crate::report::cap::cap;
use crate::report::check::fixable;
use crate::report::check::fixable_line;
use crate::report::check::renders;
use crate::report::check::skipped;
use crate::report::escape::markdown;
use crate::report::graph;
use crate::secrecy::message;

/// A larger picture is left out: code hosts refuse to draw it, and a comment is limited to 65,536 characters.
const LARGEST: usize = 20_000;

pub(super) fn text(report: &Report) -> String {
    let arrives = match report.arrives() {
        Some(true) => "spans arrive",
        Some(false) => "**spans do not arrive**",
        None => "cannot tell whether spans arrive: some manifests are missing",
    };
    let mut out = format!(
        "### meshtrace check: {arrives}\n\n{} errors, {} warnings, {} infos, {} allowed\n",
        report.count(Severity::Error),
        report.count(Severity::Warning),
        report.count(Severity::Info),
        report.allowed
    );
    let picture = graph::markdown(report);
    if !picture.is_empty() && picture.len() <= LARGEST {
        out.push_str(&format!("\n```mermaid\n{picture}```\n"));
    }
    findings(report, &mut out);
    paths(report, &mut out);
    let skipped = skipped(report).map(|skipped| format!("Skipped {skipped}."));
    for line in skipped.iter().chain(&report.notes) {
        out.push_str(&format!("\n{}\n", cell(line)));
    }
    if !report.paths.is_empty() {
        out.push_str(&format!("\nAssumptions: {}.\n", ASSUMES.join("; ")));
    }
    out
}

fn cell(text: &str) -> String {
    markdown(&message(text))
}

fn findings(report: &Report, out: &mut String) {
    if !report.findings.is_empty() {
        out.push_str("\n| | rule | where | what | do |\n| --- | --- | --- | --- | --- |\n");
    }
    let (shown, more) = cap(&report.findings, |hit| hit.finding.rule, READ);
    for hit in shown {
        let finding = &hit.finding;
        let place = finding
            .place
            .as_ref()
            .map_or(String::new(), |place| format!("`{}:{}`", place.file.replace('`', "'"), place.line));
        let what = match renders(hit) {
            Some(renders) => format!("{} ({renders})", finding.message),
            None => finding.message.clone(),
        };
        let help = finding.help.as_deref().unwrap_or_default();
        let help = match fixable(hit) {
            Some(fixable) => format!("{help} ({fixable})"),
            None => help.to_string(),
        };
        out.push_str(&format!(
            "| {} | `{}` | {} | {} | {} |\n",
            finding.severity,
            finding.rule,
            cell(&place),
            cell(&what),
            cell(&help)
        ));
    }
    for (rule, count) in more {
        out.push_str(&format!("\n{}\n", cell(&cap::more(rule, count))));
    }
    if let Some(line) = fixable_line(report) {
        out.push_str(&format!("\n{}\n", cell(&line)));
    }
}

fn paths(report: &Report, out: &mut String) {
    let several = report.paths.iter().any(|path| path.set != report.paths[0].set);
    if !report.paths.is_empty() {
        let (set, line) = if several { ("| set ", "| --- ") } else { ("", "") };
        out.push_str(&format!("\n{set}| path | from | arrives | not ok |\n{line}| --- | --- | --- | --- |\n"));
    }
    let (shown, more) = cap::paths(report, READ);
    for path in shown {
        let word = match path.arrives {
            Some(true) => "yes",
            Some(false) => "**no**",
            None => "unseen",
        };
        let wrong: Vec<String> = path
            .hops
            .iter()
            .filter(|hop| hop.state != State::Ok)
            .map(|hop| format!("{} {}: {}", hop.kind.as_str(), hop.state.as_str(), hop.detail))
            .collect();
        if several {
            out.push_str(&format!("| {} ", cell(&path.set)));
        }
        out.push_str(&format!(
            "| {} | {} | {word} | {} |\n",
            cell(&path.service),
            cell(&path.from),
            cell(&wrong.join("; "))
        ));
    }
    for line in more {
        out.push_str(&format!("\n{}\n", cell(&line)));
    }
}
