//! SARIF 2.1.0, as required by code scanning.

use crate::check::Report;
use crate::check::Rule;
use crate::check::rules;
use crate::finding::Finding;
use crate::finding::Severity;
use crate::report::cap::PARSED;
use crate::report::cap::cap;
use crate::report::cap::more;
use crate::secrecy::message;
use serde_json::Value;
use serde_json::json;

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
    let results: Vec<Value> = shown.into_iter().map(|hit| result(&hit.finding, &table)).collect();
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

fn result(finding: &Finding, table: &[&Rule]) -> Value {
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
    result
}

/// A path as a URI reference: characters that URIs do not allow are written as `%XX`.
fn uri(path: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(byte);
    path.bytes().map(|byte| if plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
