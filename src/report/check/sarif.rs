//! SARIF 2.1.0, as required by code scanning.

use crate::check::Report;
use crate::check::ReportedFinding;
use crate::check::Rule;
use crate::check::rules;
use crate::finding::Severity;
use crate::finding::ids;
use crate::report::cap::PARSED;
use crate::report::cap::cap;
use crate::report::cap::more;
use crate::report::check::Hosted;
use crate::report::check::fingerprint;
use crate::report::check::hosted;
use crate::report::check::hosted_path;
use crate::report::check::renders;
use crate::report::escape::markdown;
use crate::secrecy::message;
use serde_json::Value;
use serde_json::json;
use std::collections::BTreeMap;

/// The name of our fingerprints, hierarchical and with a version, as SARIF 2.1.0 3.27.17 has it. GitHub's
/// `primaryLocationLineHash` is left to its upload action, which reads the files.
const FINGERPRINT: &str = "meshtraceFinding/v1";

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

pub(super) fn value(report: &Report) -> Value {
    let (hits, truncated) = cap(&report.findings, |hit| hit.finding.rule, PARSED);
    let (ids, list) = table(&hits);
    let fingerprints = fingerprint::all(&hits);
    let results: Vec<Value> = hits
        .into_iter()
        .zip(fingerprints)
        .map(|(hit, fingerprint)| {
            let finding = &hit.finding;
            let parts = [Some(finding.message.clone()), finding.help.clone(), renders(hit)];
            let text = parts.into_iter().flatten().collect::<Vec<_>>().join("\n");
            let mut result = json!({
                "ruleId": finding.rule,
                "level": level(finding.severity),
                "message": {"text": message(&text)},
                "partialFingerprints": {FINGERPRINT: fingerprint},
            });
            if let Some(index) = ids.iter().position(|id| *id == finding.rule.as_str()) {
                result["ruleIndex"] = Value::from(index);
            }
            if let Some(Hosted { path, line, columns }) = hosted(report, hit) {
                let mut region = json!({"startLine": line});
                if let Some((column, width)) = columns {
                    region["startColumn"] = Value::from(column);
                    region["endColumn"] = Value::from(column + width);
                }
                result["locations"] =
                    json!([{"physicalLocation": {"artifactLocation": {"uri": uri(&path)}, "region": region}}]);
            }
            // The text of a fix may repeat what is in the file, so one with a secret is left out.
            if !hit.replacements.is_empty() && hit.replacements.iter().all(|one| message(&one.text) == one.text) {
                result["fixes"] = json!([fix(report, hit)]);
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

/// The ids that `ruleIndex` refers to, and what is said of each: every rule of `check`, then the ids of stages that the
/// results use.
fn table(hits: &[&ReportedFinding]) -> (Vec<&'static str>, Vec<Value>) {
    let (mut ids, mut list) = (Vec::new(), Vec::new());
    for rule in rules() {
        let Rule { id, severity, summary, text, .. } = *rule;
        let help = format!(
            "{text}\n\nTo allow it, write `check: {{allow: {{{id}: \"why\"}}}}` in meshtrace.yaml, or \
             `# meshtrace: allow {id} why` in the document. `meshtrace explain {id}` shows an example that fails and one \
             that passes."
        );
        ids.push(id);
        list.push(described(id, summary, text, &help, level(severity)));
    }
    let of_stages: BTreeMap<&str, Severity> =
        hits.iter().map(|hit| (hit.finding.rule.as_str(), hit.finding.severity)).collect();
    for (id, severity) in of_stages {
        if let Some(entry) = ids::find(id).filter(|_| !ids.contains(&id)) {
            ids.push(id);
            list.push(described(id, entry.summary, entry.why, entry.help, level(severity)));
        }
    }
    (ids, list)
}

/// `help` is what GitHub shows beside an alert: it prefers `markdown`.
fn described(id: &str, summary: &str, text: &str, help: &str, level: &str) -> Value {
    json!({
        "id": id,
        "shortDescription": {"text": summary},
        "fullDescription": {"text": text},
        "help": {"text": help, "markdown": help.split("\n\n").map(markdown).collect::<Vec<_>>().join("\n\n")},
        "defaultConfiguration": {"level": level},
    })
}

fn fix(report: &Report, hit: &ReportedFinding) -> Value {
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
        .map(|(file, replacements)| json!({"artifactLocation": {"uri": uri(&hosted_path(report, file))}, "replacements": replacements}))
        .collect();
    let help = hit.finding.help.as_deref().unwrap_or_default();
    json!({"description": {"text": message(help)}, "artifactChanges": changes})
}

/// A path as a URI reference: characters that URIs do not allow are written as `%XX`.
fn uri(path: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(byte);
    path.bytes().map(|byte| if plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
