//! The result of `check` in the formats of [`Format`]. Every text is masked, so no secret is printed. If one rule has
//! very many findings, only the first are printed, with a count of the rest.

mod fingerprint;
mod gitlab;
mod html;
mod human;
mod json;
mod junit;
mod markdown;
mod sarif;
mod table;

use crate::check::Report;
use crate::check::ReportedFinding;
use crate::check::Trust;
use crate::named::named;
use crate::report::Color;
use crate::report::cap;
use crate::report::cap::READ;
use crate::report::cap::cap;
use crate::report::escape;
use crate::report::lines;
use crate::secrecy::message;
use std::fmt::Write;

named! {
    /// The output formats of `check`.
    pub enum Format {
        /// For people: each finding with its line, then the trace paths as a table.
        Human = "human",
        /// JSON for programs; a contract.
        Json = "json",
        /// For a comment on a pull request.
        Markdown = "markdown",
        /// A page of its own with the mesh as a picture, for a browser.
        Html = "html",
        /// SARIF 2.1.0, for code scanning.
        Sarif = "sarif",
        /// Workflow commands, which annotate the lines of a change.
        Github = "github",
        /// GitLab's Code Quality report, for the widget of a merge request.
        Gitlab = "gitlab",
        /// JUnit XML, for the test reports of GitLab and Jenkins.
        Junit = "junit",
    }
}

/// The report as text.
pub fn check(report: &Report, format: Format, color: Color) -> String {
    match format {
        Format::Human => human::text(report, color),
        Format::Json => {
            let text = serde_json::to_string_pretty(&json::document(report)).expect("all keys of its maps are strings");
            escape::json(text + "\n")
        }
        Format::Html => html::text(report),
        Format::Markdown => markdown::text(report),
        Format::Sarif => escape::json(format!("{:#}\n", sarif::value(report))),
        Format::Github => github(report),
        Format::Gitlab => escape::json(format!("{:#}\n", gitlab::value(report))),
        Format::Junit => junit::text(report),
    }
}

/// The errors and the summary, for people.
pub fn check_quietly(report: &Report, color: Color) -> String {
    human::errors(report, color)
}

/// `same in 3: dev, dev-debug, production`, if there are several.
fn renders(hit: &ReportedFinding) -> Option<String> {
    match hit.renders.as_slice() {
        [] => None,
        [one] => Some(format!("in {one}")),
        many => Some(format!("same in {}: {}", many.len(), many.join(", "))),
    }
}

/// How a finding can be fixed, if it can.
fn fixable(hit: &ReportedFinding) -> Option<&'static str> {
    hit.fix.as_ref().map(|fix| match fix.trust {
        Trust::Safe => "fixable with `meshtrace fix`",
        Trust::Unsafe => "fixable with `meshtrace fix --unsafe`, which guesses",
    })
}

/// `3 fixable: meshtrace fix manifests/`, when something is; what only a guess would fix is counted after it.
fn fixable_line(report: &Report) -> Option<String> {
    let (safe, guesses) = (report.fixable(Trust::Safe), report.fixable(Trust::Unsafe));
    let path = report.fixable_path();
    match (safe, guesses) {
        (0, 0) => None,
        (0, guesses) => Some(format!("{guesses} fixable by a guess: meshtrace fix --unsafe {path}")),
        (safe, 0) => Some(format!("{safe} fixable: meshtrace fix {path}")),
        (safe, guesses) => Some(format!("{safe} fixable: meshtrace fix {path} ({guesses} more with --unsafe)")),
    }
}

/// `4 files that are not manifests: 3 templates, 1 docker-compose file`, when there are any.
fn skipped(report: &Report) -> Option<String> {
    let parts = report.skipped.iter().map(|(why, count)| {
        let (one, many) = why.words();
        format!("{count} {}", if *count == 1 { one } else { many })
    });
    let parts: Vec<String> = parts.collect();
    let all: usize = report.skipped.values().sum();
    let what = if all == 1 { "file that is not a manifest" } else { "files that are not manifests" };
    (all > 0).then(|| format!("{all} {what}: {}", parts.join(", ")))
}

/// Where a code host shows a finding.
struct Hosted {
    /// From the top of the repository.
    path: String,
    line: u32,
    /// The first column and the width, if known.
    columns: Option<(u32, u32)>,
}

/// Where a code host shows a finding. What is in the program itself is shown where it was rendered.
fn hosted(report: &Report, hit: &ReportedFinding) -> Option<Hosted> {
    let place = hit.finding.place.as_ref()?;
    // One render has no need of a name.
    let dir = hit.renders.first().map_or_else(|| report.dirs.values().next(), |name| report.dirs.get(name));
    match (&hit.rendered, dir) {
        (Some((file, line)), Some(dir)) if place.file.starts_with(BUILTIN) => {
            Some(Hosted { path: hosted_path(report, &format!("{dir}/{file}")), line: *line, columns: None })
        }
        _ => Some(Hosted {
            path: hosted_path(report, &place.file),
            line: place.line,
            columns: Some((place.column, place.width)),
        }),
    }
}

/// A path from the top of the repository.
fn hosted_path(report: &Report, file: &str) -> String {
    let elsewhere = file.starts_with(BUILTIN) || file.starts_with('/') || file == "stdin";
    if elsewhere { file.to_string() } else { format!("{}{file}", report.root) }
}

/// What the names of files in the program begin with.
const BUILTIN: &str = "builtin:";

fn github(report: &Report) -> String {
    let data = |text: &str| lines(&message(text)).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
    let mut out = String::new();
    let (shown, more) = cap(&report.findings, |hit| hit.finding.rule, READ);
    for hit in shown {
        let finding = &hit.finding;
        let level = match finding.severity {
            crate::finding::Severity::Error => "error",
            crate::finding::Severity::Warning => "warning",
            crate::finding::Severity::Info => "notice",
        };
        out.push_str(&format!("::{level} "));
        if let Some(Hosted { path, line, columns }) = hosted(report, hit) {
            let _ =
                write!(out, "file={},line={line},col={},", property(&path), columns.map_or(1, |(column, _)| column));
        }
        let mut message = finding.message.clone();
        let fixable = fixable(hit).map(str::to_owned);
        for more in [finding.help.clone(), renders(hit), fixable].into_iter().flatten() {
            message.push('\n');
            message.push_str(&more);
        }
        let _ = writeln!(out, "title={}::{}", property(finding.rule.as_str()), data(&message));
    }
    for (rule, count) in more {
        let _ = writeln!(out, "::notice title={}::{}", property(rule), data(&cap::more(rule, count)));
    }
    if let Some(line) = fixable_line(report) {
        let _ = writeln!(out, "::notice title=fixable::{}", data(&line));
    }
    out
}
