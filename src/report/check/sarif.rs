//! SARIF 2.1.0, as required by code scanning.

use crate::check::ReportedFinding;
use crate::check::Report;
use crate::check::rules;
use crate::finding::Severity;
use crate::report::cap::PARSED;
use crate::report::cap::cap;
use crate::report::cap::more;
use crate::secrecy::message;
use serde_json::Value;
use serde_json::json;
use std::collections::BTreeMap;

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

pub(super) fn value(report: &Report) -> Value {
    let table = rules();
    let list: Vec<Value> = table
        .iter()
        .map(|rule| {
            json!({
                "id": rule.id,
                "shortDescription": {"text": rule.summary},
                "fullDescription": {"text": rule.text},
                "defaultConfiguration": {"level": level(rule.severity)},
            })
        })
        .collect();
    let (shown, truncated) = cap(&report.findings, |hit| hit.finding.rule, PARSED);
    let results: Vec<Value> = shown
        .into_iter()
        .map(|hit| {
            let finding = &hit.finding;
            let text = match &finding.help {
                Some(help) => format!("{}\n{help}", finding.message),
                None => finding.message.clone(),
            };
            let mut result = json!({
                "ruleId": finding.rule,
                "level": level(finding.severity),
                "message": {"text": message(&text)},
            });
            if let Some(index) = table.iter().position(|rule| rule.id == finding.rule.as_str()) {
                result["ruleIndex"] = Value::from(index);
            }
            if let Some(place) = &finding.place {
                result["locations"] = json!([{"physicalLocation": {
                    "artifactLocation": {"uri": uri(&place.file)},
                    "region": {
                        "startLine": place.line,
                        "startColumn": place.column,
                        "endColumn": place.column + place.width,
                    },
                }}]);
            }
            // The text of a fix may repeat what stands in the file, so one with a secret is left out.
            if !hit.replacements.is_empty() && hit.replacements.iter().all(|one| message(&one.text) == one.text) {
                result["fixes"] = json!([fix(hit)]);
            }
            result
        })
        .collect();
    let mut run = json!({
        "tool": {"driver": {"name": "meshtrace", "rules": list}},
        "columnKind": "unicodeCodePoints",
        "results": results,
    });
    if !truncated.is_empty() {
        let notes = truncated.iter().map(|(rule, count)| {
            json!({"level": "note", "message": {"text": more(rule, *count)}, "associatedRule": {"id": rule}})
        });
        run["invocations"] =
            json!([{"executionSuccessful": true, "toolExecutionNotifications": notes.collect::<Vec<_>>()}]);
    }
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    })
}

fn fix(hit: &ReportedFinding) -> Value {
    let mut files: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for one in &hit.replacements {
        files.entry(&one.file).or_default().push(json!({
            "deletedRegion": {
                "startLine": one.start.0,
                "startColumn": one.start.1,
                "endLine": one.end.0,
                "endColumn": one.end.1,
            },
            "insertedContent": {"text": one.text},
        }));
    }
    let changes: Vec<Value> = files
        .into_iter()
        .map(|(file, replacements)| json!({"artifactLocation": {"uri": uri(file)}, "replacements": replacements}))
        .collect();
    let help = hit.finding.help.as_deref().unwrap_or_default();
    json!({"description": {"text": message(help)}, "artifactChanges": changes})
}

/// A path as a URI reference: characters that URIs do not allow are written as `%XX`.
fn uri(path: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(byte);
    path.bytes().map(|byte| if plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
