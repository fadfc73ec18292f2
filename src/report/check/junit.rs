//! JUnit XML, as GitLab and Jenkins read it: a test case for each path of spans and for each finding.
//!
//! Source: jenkinsci/xunit-plugin `junit-10.xsd` (elements and attributes); gitlab-org/gitlab
//! `lib/gitlab/ci/parsers/test/junit.rb` (a test case is identified by its class and name, and `failure`, `error` and
//! `skipped` say how it went).
//!
//! Errors and paths whose spans do not arrive are failures, so that the report fails exactly when the command does; a path
//! with unseen hops is skipped, and warnings are the output of test cases that pass.

use crate::check::Path;
use crate::check::Report;
use crate::check::ReportedFinding;
use crate::check::State;
use crate::finding::Severity;
use crate::report::cap;
use crate::report::cap::PARSED;
use crate::report::cap::cap;
use crate::report::check::renders;
use crate::report::check::skipped;
use crate::report::lines;
use crate::report::one_line;
use crate::secrecy::message;
use std::collections::HashMap;
use std::fmt::Write;

/// How a test case went.
enum Outcome {
    Failed { kind: &'static str, what: String, more: String },
    Skipped(String),
    Passed(String),
}

struct Case {
    class: String,
    name: String,
    outcome: Outcome,
}

struct Suite {
    name: String,
    cases: Vec<Case>,
}

impl Suite {
    fn count(&self, wanted: impl Fn(&Outcome) -> bool) -> usize {
        self.cases.iter().filter(|case| wanted(&case.outcome)).count()
    }

    fn failures(&self) -> usize {
        self.count(|outcome| matches!(outcome, Outcome::Failed { .. }))
    }
}

pub(super) fn text(report: &Report) -> String {
    let mut suites = paths(report);
    suites.push(findings(report));
    let (tests, failures): (usize, usize) =
        (suites.iter().map(|suite| suite.cases.len()).sum(), suites.iter().map(Suite::failures).sum());
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ =
        writeln!(out, "<testsuites name=\"meshtrace check\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\">");
    for suite in &mut suites {
        unique(&mut suite.cases);
        write(suite, &mut out);
    }
    out.push_str("</testsuites>\n");
    out
}

/// A suite for each set.
fn paths(report: &Report) -> Vec<Suite> {
    let mut suites: Vec<Suite> = Vec::new();
    for path in &report.paths {
        let name = if path.set.is_empty() { "paths".to_owned() } else { format!("paths in {}", path.set) };
        if suites.last().is_none_or(|suite| suite.name != name) {
            suites.push(Suite { name, cases: Vec::new() });
        }
        let case = Case {
            class: "meshtrace.paths".to_owned(),
            name: format!("{} (from {})", path.service, path.from),
            outcome: outcome(path),
        };
        suites.last_mut().expect("it was pushed above").cases.push(case);
    }
    let more = report.more_paths.total();
    if let Some(suite) = suites.last_mut().filter(|_| more > 0) {
        let what = format!("and {} more", cap::grouped(more));
        suite.cases.push(Case {
            class: "meshtrace.paths".to_owned(),
            name: what.clone(),
            outcome: Outcome::Skipped(what),
        });
    }
    suites
}

fn outcome(path: &Path) -> Outcome {
    let wrong = path.hops.iter().filter(|hop| hop.state != State::Ok);
    let wrong: Vec<String> =
        wrong.map(|hop| format!("{} {}: {}", hop.kind.as_str(), hop.state.as_str(), line(&hop.detail))).collect();
    match path.arrives {
        Some(true) => Outcome::Passed(String::new()),
        Some(false) => Outcome::Failed {
            kind: "broken",
            what: "spans do not arrive".to_owned(),
            more: format!("{}\n", wrong.join("\n")),
        },
        None => Outcome::Skipped(format!("some manifests are missing; {}", wrong.join("; "))),
    }
}

fn findings(report: &Report) -> Suite {
    let (hits, more) = cap(&report.findings, |hit| hit.finding.rule, PARSED);
    let mut cases: Vec<Case> = hits.into_iter().map(finding).collect();
    for (rule, count) in more {
        let what = cap::more(rule, count);
        cases.push(Case { class: format!("meshtrace.{rule}"), name: what.clone(), outcome: Outcome::Skipped(what) });
    }
    // Jenkins takes a report without test cases for a mistake.
    let mut notes: Vec<String> = skipped(report).map(|skipped| format!("skipped {skipped}")).into_iter().collect();
    notes.extend(report.notes.iter().map(|note| line(note)));
    let infos = if notes.is_empty() { String::new() } else { format!("{}\n", notes.join("\n")) };
    cases.push(Case {
        class: "meshtrace.check".to_owned(),
        name: "files can be checked".to_owned(),
        outcome: Outcome::Passed(infos),
    });
    Suite { name: "findings".to_owned(), cases }
}

fn finding(hit: &ReportedFinding) -> Case {
    let finding = &hit.finding;
    let file = finding.place.as_ref().map(|place| &*place.file);
    let name = match file {
        Some(file) => format!("{}: {}", file, finding.message),
        None => finding.message.clone(),
    };
    let mut more = String::new();
    if let Some(place) = &finding.place {
        let _ = write!(more, "{}:{}:{}: ", line(&place.file), place.line, place.column);
    }
    let _ = writeln!(more, "{}[{}]: {}", finding.severity, finding.rule, line(&finding.message));
    for part in [finding.help.as_ref().map(|help| format!("help: {help}")), renders(hit)].into_iter().flatten() {
        let _ = writeln!(more, "{}", line(&part));
    }
    let outcome = match finding.severity {
        Severity::Error => Outcome::Failed { kind: "error", what: finding.message.clone(), more },
        Severity::Warning | Severity::Info => Outcome::Passed(more),
    };
    Case { class: format!("meshtrace.{}", finding.rule), name, outcome }
}

/// Numbers test cases of one class and name: of two with one identity, GitLab would keep the last.
fn unique(cases: &mut [Case]) {
    let mut seen: HashMap<(String, String), usize> = HashMap::new();
    for case in cases {
        let count = seen.entry((case.class.clone(), case.name.clone())).or_default();
        *count += 1;
        if *count > 1 {
            let _ = write!(case.name, " ({count})");
        }
    }
}

fn write(suite: &Suite, out: &mut String) {
    let skipped = suite.count(|outcome| matches!(outcome, Outcome::Skipped(_)));
    let _ = writeln!(
        out,
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{skipped}\">",
        attribute(&suite.name),
        suite.cases.len(),
        suite.failures(),
    );
    for case in &suite.cases {
        let _ =
            write!(out, "    <testcase classname=\"{}\" name=\"{}\"", attribute(&case.class), attribute(&case.name));
        let inner = match &case.outcome {
            Outcome::Passed(text) if text.is_empty() => String::new(),
            Outcome::Passed(text) => format!("<system-out>{}</system-out>", content(text)),
            Outcome::Skipped(why) => format!("<skipped message=\"{}\"/>", attribute(why)),
            Outcome::Failed { kind, what, more } => {
                format!("<failure type=\"{kind}\" message=\"{}\">{}</failure>", attribute(what), content(more))
            }
        };
        match inner.as_str() {
            "" => out.push_str("/>\n"),
            _ => {
                let _ = writeln!(out, ">{inner}</testcase>");
            }
        }
    }
    out.push_str("  </testsuite>\n");
}

/// Part of a text, without line breaks, which could begin a line of another meaning.
fn line(text: &str) -> String {
    one_line(&message(text)).into_owned()
}

/// Text in an attribute, on one line and without secrets. What XML 1.0 does not allow is not plainly visible, and so
/// already escaped.
fn attribute(text: &str) -> String {
    entities(&one_line(&message(text)))
}

fn content(text: &str) -> String {
    entities(&lines(&message(text)))
}

fn entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}
