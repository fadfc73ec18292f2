//! Fields that the API server does not let change in place.

use std::collections::HashMap;
use std::sync::OnceLock;

/// `tests/real/by-hand/apiserver/immutable.py` writes it from the answers of a real API server.
const TABLE: &str = include_str!("immutable.tsv");

/// What is done to a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// It is set.
    Add,
    /// It has another value.
    Replace,
    /// It is removed.
    Remove,
}

impl Change {
    fn letter(self) -> char {
        match self {
            Change::Add => 'a',
            Change::Replace => 'c',
            Change::Remove => 'r',
        }
    }
}

/// What the API server makes of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It takes it.
    Accepted,
    /// It takes it and keeps the old value.
    Kept,
    /// It refuses to change this field.
    Refused(&'static str),
}

/// A field of a kind.
#[derive(Debug)]
pub(crate) struct Row {
    /// Its JSON pointer, in which `*` is any step.
    pub(crate) pattern: &'static str,
    /// What is refused, as letters.
    refused: &'static str,
    /// What is accepted without effect.
    kept: &'static str,
}

impl Row {
    /// What the API server makes of a change of this field or, if not `at` it, of something below it.
    pub(crate) fn verdict(&self, change: Change, at: bool) -> Verdict {
        let letter = if at { change.letter() } else { 'c' };
        if self.refused.contains(letter) {
            Verdict::Refused(self.pattern)
        } else if self.kept.contains(letter) {
            Verdict::Kept
        } else {
            Verdict::Accepted
        }
    }

    /// Whether it is an exception to a row above it.
    pub(crate) fn is_exception(&self) -> bool {
        self.refused == "!"
    }
}

/// By kind, and then by group.
type Kinds = HashMap<&'static str, Vec<(&'static str, Vec<Row>)>>;

/// The rows of a kind.
pub(crate) fn of(group: &str, kind: &str) -> &'static [Row] {
    static ROWS: OnceLock<Kinds> = OnceLock::new();
    let rows = ROWS.get_or_init(|| {
        let mut all = Kinds::new();
        for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
            let mut cells = line.split('\t');
            let mut cell = || cells.next().unwrap_or_default();
            let (group, kind, pattern, what) = (cell(), cell(), cell(), cell());
            let (refused, kept) = what.split_once('=').unwrap_or((what, ""));
            let row = Row { pattern, refused, kept };
            let groups = all.entry(kind).or_default();
            match groups.iter_mut().find(|(name, _)| *name == group) {
                Some((_, rows)) => rows.push(row),
                None => groups.push((group, vec![row])),
            }
        }
        all
    });
    let groups = rows.get(kind).map(Vec::as_slice).unwrap_or_default();
    groups.iter().find(|(name, _)| *name == group).map_or(&[], |(_, rows)| rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::kube;

    #[test]
    fn the_table_is_read() {
        let row = &of(kube::APPS, "Deployment")[0];
        assert_eq!(
            (row.pattern, row.verdict(Change::Add, true)),
            ("/spec/selector", Verdict::Refused("/spec/selector"))
        );
        let rows = of(kube::CORE, "Service");
        let address = rows.iter().find(|row| row.pattern == "/spec/clusterIP").unwrap();
        assert_eq!(address.verdict(Change::Remove, true), Verdict::Kept);
        assert_eq!(address.verdict(Change::Replace, true), Verdict::Refused("/spec/clusterIP"));
        assert!(of("example.com", "Deployment").is_empty() && of(kube::APPS, "Other").is_empty());
    }

    #[test]
    fn every_row_says_something() {
        for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
            let cells: Vec<&str> = line.split('\t').collect();
            assert!(cells.len() == 4 && cells[2].starts_with('/'), "{line}");
            assert!(!cells[3].is_empty() && cells[3].chars().all(|letter| "acr=!".contains(letter)), "{line}");
        }
    }

    #[test]
    fn exceptions_have_a_field_above_them() {
        let pod = of(kube::CORE, "Pod");
        let excepted: Vec<&Row> = pod.iter().filter(|row| row.is_exception()).collect();
        assert!(!excepted.is_empty() && excepted.iter().all(|row| row.pattern.starts_with("/spec/")));
    }
}
