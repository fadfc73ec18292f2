//! What a report says, counted, to see what a fix removed and what it brought.

use crate::check::Report;
use crate::check::ReportedFinding;
use crate::finding::Severity;
use std::collections::BTreeMap;

/// A rule, a file, and the kind of object: what stays the same when lines move and objects get another name.
type Key = (&'static str, String, String);

/// How many findings there are of each kind.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts(BTreeMap<Key, usize>);

fn key(hit: &ReportedFinding) -> Key {
    let file = hit.finding.place.as_ref().map_or_else(String::new, |place| place.file.to_string());
    let kind = hit.object.as_ref().map_or_else(String::new, |(id, _)| id.kind.to_string());
    (hit.finding.rule.as_str(), file, kind)
}

impl Counts {
    pub(super) fn of<'h>(hits: impl IntoIterator<Item = &'h ReportedFinding>) -> Counts {
        let mut counts = Counts::default();
        hits.into_iter().for_each(|hit| *counts.0.entry(key(hit)).or_default() += 1);
        counts
    }

    /// The same without what is to go, which must be among it.
    pub(super) fn without(mut self, targets: &Counts) -> Counts {
        for (key, gone) in &targets.0 {
            let count = self.0.entry(key.clone()).or_default();
            *count = count.saturating_sub(*gone);
        }
        self
    }

    /// The findings of a report that are more than these, by index: of each kind the last. What is only good to know does not
    /// count, unless it was to go.
    pub(super) fn beyond(&self, report: &Report, targets: &Counts) -> Vec<usize> {
        let mut left = self.0.clone();
        let mut more = Vec::new();
        for (index, hit) in report.findings.iter().enumerate() {
            let key = key(hit);
            match left.get_mut(&key) {
                Some(count) if *count > 0 => *count -= 1,
                _ if hit.finding.severity == Severity::Info && !targets.0.contains_key(&key) => {}
                _ => more.push(index),
            }
        }
        more
    }
}
