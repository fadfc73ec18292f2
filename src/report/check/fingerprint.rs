//! What identifies a finding in two reports of different revisions.
//!
//! Code hosts compare reports by it: a finding with a known fingerprint is an old one. So it must not depend on what moves
//! when somebody edits another part of the file, such as lines and positions in lists, nor on wording.

use crate::check::ReportedFinding;
use crate::digest;
use std::collections::HashMap;
use std::fmt::Write;

/// The fingerprint of each finding, in order: 64 hexadecimal digits, different ones in one report. Made from the rule, the
/// file, the object and the pointer without list positions; equal ones are counted. Nothing of it is secret: messages and
/// values are left out.
pub(super) fn all(hits: &[&ReportedFinding]) -> Vec<String> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    hits.iter()
        .map(|hit| {
            let key = key(hit);
            let count = seen.entry(key.clone()).or_default();
            *count += 1;
            hex(&format!("{key}\0{count}"))
        })
        .collect()
}

/// The fingerprint of a text, for what is not a finding.
pub(super) fn hex(text: &str) -> String {
    digest::hex(&digest::sha256(text.as_bytes()))
}

fn key(hit: &ReportedFinding) -> String {
    let finding = &hit.finding;
    let file = finding.place.as_ref().map_or("", |place| &*place.file);
    let mut key = format!("meshtrace/v1\0{}\0{file}", finding.rule);
    if let Some((id, _)) = &hit.object {
        let _ = write!(key, "\0{}\0{}\0{}\0{}", id.group, id.kind, id.namespace, id.name);
    }
    for pointer in [hit.path.as_str(), hit.inner.as_deref().unwrap_or_default()] {
        key.push('\0');
        for step in pointer.split('/').skip(1) {
            let position = !step.is_empty() && step.bytes().all(|byte| byte.is_ascii_digit());
            key.push('/');
            key.push_str(if position { "*" } else { step });
        }
    }
    key
}
