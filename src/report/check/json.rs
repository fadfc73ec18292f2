//! The format for programs: names and shapes are a contract.

use crate::check::Path;
use crate::check::Report;
use crate::check::ReportedFinding;
use crate::check::Trust;
use crate::finding::Severity;
use crate::named::Named;
use crate::report::cap::PARSED;
use crate::report::cap::cap;
use crate::secrecy::mask;
use crate::secrecy::message;
use serde::Serialize;
use serde::Serializer;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

/// The document. Findings and paths are written one at a time: the tree of thousands would be several times as large as
/// their text.
#[derive(Serialize)]
pub(super) struct Document<'a> {
    findings: Vec<Value>,
    paths: Paths<'a>,
    /// Services without a path, because Envoy creates no spans for them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    untraced: Vec<Value>,
    summary: Value,
}

pub(super) fn document(report: &Report) -> Document<'_> {
    let (shown, truncated) = cap(&report.findings, |hit| hit.finding.rule, PARSED);
    let mut summary = json!({
        "errors": report.count(Severity::Error),
        "warnings": report.count(Severity::Warning),
        "infos": report.count(Severity::Info),
        "allowed": report.allowed,
        "fixable": report.fixable(Trust::Safe),
        "skipped": report.skipped.iter().map(|(why, count)| (why.name().to_string(), json!(count))).collect::<Map<_, _>>(),
        "arrives": report.arrives(),
    });
    if !report.notes.is_empty() {
        summary["notes"] = report.notes.iter().map(|note| mask(note)).collect();
    }
    let mut truncated = json!(truncated);
    if report.more_paths.total() > 0 {
        truncated["paths"] = report.more_paths.total().into();
    }
    if truncated.as_object().is_some_and(|rules| !rules.is_empty()) {
        summary["truncated"] = truncated;
    }
    let untraced = report.untraced.iter();
    let untraced = untraced.map(|one| json!({"service": &one.service, "set": &*one.set, "why": &one.why})).collect();
    Document { findings: shown.into_iter().map(finding).collect(), paths: Paths(&report.paths), untraced, summary }
}

struct Paths<'a>(&'a [Path]);

impl Serialize for Paths<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(path))
    }
}

fn finding(hit: &ReportedFinding) -> Value {
    let place = hit.finding.place.as_ref();
    json!({
        "rule": hit.finding.rule,
        "severity": hit.finding.severity.to_string(),
        "message": message(&hit.finding.message),
        "help": hit.finding.help.as_deref().map(mask),
        "file": place.map(|place| place.file.to_string()),
        "line": place.map(|place| place.line),
        "column": place.map(|place| place.column),
        "rendered": hit.rendered.as_ref().map(|(file, line)| json!({"file": file, "line": line})),
        "object": hit.object.as_ref().map(|(id, version)| json!({
            "apiVersion": version,
            "kind": &*id.kind,
            "namespace": &*id.namespace,
            "name": &*id.name,
        })),
        "path": &hit.path,
        "inner": &hit.inner,
        "renders": &hit.renders,
        "fixable": hit.fix.as_ref().is_some_and(|fix| fix.trust == Trust::Safe),
        "fixableUnsafe": hit.fix.as_ref().is_some_and(|fix| fix.trust == Trust::Unsafe),
    })
}

fn path(path: &Path) -> Value {
    let hops = path.hops.iter().map(|hop| {
        json!({"hop": hop.kind.as_str(), "state": hop.state.as_str(), "detail": mask(&hop.detail), "rule": hop.rule})
    });
    json!({
        "service": &path.service,
        "from": &path.from,
        "set": &*path.set,
        "arrives": path.arrives,
        "hops": hops.collect::<Vec<_>>(),
    })
}
