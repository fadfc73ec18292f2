//! For programs: the names and shapes here are a contract.

use crate::check::Hit;
use crate::check::Path;
use crate::check::Report;
use crate::finding::Severity;
use crate::report::cap::PARSED;
use crate::report::cap::cap;
use crate::secrecy::mask;
use crate::secrecy::message;
use serde_json::Value;
use serde_json::json;

pub(super) fn value(report: &Report) -> Value {
    let (hits, truncated) = cap(&report.hits, |hit| hit.finding.rule, PARSED);
    let mut value = json!({
        "findings": hits.into_iter().map(finding).collect::<Vec<_>>(),
        "paths": report.paths.iter().map(path).collect::<Vec<_>>(),
        "summary": {
            "errors": report.count(Severity::Error),
            "warnings": report.count(Severity::Warning),
            "infos": report.count(Severity::Info),
            "allowed": report.allowed,
            "arrives": report.arrives(),
        },
    });
    if !truncated.is_empty() {
        value["summary"]["truncated"] = json!(truncated);
    }
    value
}

fn finding(hit: &Hit) -> Value {
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
    })
}

fn path(path: &Path) -> Value {
    let hops = path.hops.iter().map(|hop| {
        json!({"hop": hop.kind.as_str(), "state": hop.state.as_str(), "detail": mask(&hop.detail), "rule": hop.rule})
    });
    json!({
        "service": &path.service,
        "from": &path.from,
        "arrives": path.arrives,
        "hops": hops.collect::<Vec<_>>(),
    })
}
