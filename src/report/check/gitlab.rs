//! GitLab's Code Quality report: an array of issues, as GitLab reads it for the widget of a merge request.
//!
//! Source: gitlab-org/gitlab `doc/ci/testing/code_quality.md` (the fields and severities) and
//! `app/validators/json_schemas/codeclimate.json` (what is required).

use crate::check::Report;
use crate::finding::Severity;
use crate::report::cap;
use crate::report::cap::PARSED;
use crate::report::cap::cap;
use crate::report::check::fingerprint;
use crate::report::check::hosted;
use crate::report::check::renders;
use crate::report::escape::markdown;
use crate::secrecy::message;
use serde_json::Value;
use serde_json::json;

/// Where findings are that belong to no file: GitLab requires a path.
const NOWHERE: &str = ".";

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "critical",
        Severity::Warning => "minor",
        Severity::Info => "info",
    }
}

pub(super) fn value(report: &Report) -> Value {
    let (hits, more) = cap(&report.findings, |hit| hit.finding.rule, PARSED);
    let fingerprints = fingerprint::all(&hits);
    let issues = hits.into_iter().zip(fingerprints).map(|(hit, fingerprint)| {
        let finding = &hit.finding;
        let description = match renders(hit) {
            Some(renders) => format!("{} ({renders})", finding.message),
            None => finding.message.clone(),
        };
        let place = hosted(report, hit).map(|place| (place.path, place.line));
        let (path, line) = place.unwrap_or_else(|| (NOWHERE.to_string(), 1));
        let mut issue =
            issue(finding.rule.as_str(), &description, fingerprint, severity(finding.severity), &path, line);
        if let Some(help) = &finding.help {
            issue["content"] = json!({"body": markdown(&message(help))});
        }
        issue
    });
    let more = more.iter().map(|(rule, count)| {
        let text = cap::more(rule, *count);
        issue(rule, &text, fingerprint::hex(&format!("meshtrace/v1\0more\0{rule}")), "info", NOWHERE, 1)
    });
    issues.chain(more).collect()
}

fn issue(rule: &str, description: &str, fingerprint: String, severity: &str, path: &str, line: u32) -> Value {
    json!({
        "type": "issue",
        "check_name": rule,
        "description": message(description),
        "fingerprint": fingerprint,
        "severity": severity,
        "location": {"path": path, "lines": {"begin": line}},
    })
}
