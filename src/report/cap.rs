//! How many findings of one rule, and how many paths, are printed. Fifty of a kind are as informative as ten thousand,
//! which would make the report too large to read or to post. Counts and exit codes are not affected.

use crate::check::MorePaths;
use crate::check::Path;
use crate::check::Report;
use std::collections::BTreeMap;

/// The most findings of one rule shown to people.
pub(crate) const READ: usize = 50;
/// The most findings of one rule given to programs.
pub(crate) const PARSED: usize = 1000;

/// The first `most` items of each rule, in order, and how many more each rule has.
pub(crate) fn cap<T, R: Into<&'static str>>(
    items: impl IntoIterator<Item = T>,
    rule: impl Fn(&T) -> R,
    most: usize,
) -> (Vec<T>, BTreeMap<&'static str, usize>) {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let mut kept = Vec::new();
    for item in items {
        let count = seen.entry(rule(&item).into()).or_default();
        *count += 1;
        if *count <= most {
            kept.push(item);
        }
    }
    seen.retain(|_, count| *count > most);
    seen.values_mut().for_each(|count| *count -= most);
    (kept, seen)
}

/// `and 3,412 more of` the rule, in backticks.
pub(crate) fn more(rule: &str, count: usize) -> String {
    format!("and {} more of `{rule}`", grouped(count))
}

/// `3,412`.
pub(crate) fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// The paths shown to people, those that do not arrive first, and lines that say how many more there are. In tables
/// with more than `few` paths, those that arrive are only counted.
pub(crate) fn paths(report: &Report, few: usize) -> (Vec<&Path>, Vec<String>) {
    let mut all = MorePaths::default();
    report.paths.iter().for_each(|path| *all.of(path.arrives) += 1);
    let many = all.total() + report.more_paths.total() > few;
    let mut shares = all.shares(READ);
    if many {
        shares.arriving = 0;
    }
    let mut more = report.more_paths;
    let shown = report.paths.iter().filter(|path| {
        let share = shares.of(path.arrives);
        let shown = *share > 0;
        match shown {
            true => *share -= 1,
            false => *more.of(path.arrives) += 1,
        }
        shown
    });
    let shown = shown.collect();
    let lines = [
        (more.broken, "whose spans do not arrive"),
        (more.unseen, "for which some manifests are missing"),
        (more.arriving, "whose spans arrive"),
    ];
    let lines = lines.into_iter().filter(|(count, _)| *count > 0);
    (shown, lines.map(|(count, what)| format!("and {} more {what}", grouped(count))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_findings_of_each_rule_are_kept_and_the_rest_counted() {
        let items = ["a", "b", "a", "a", "b", "a"];
        let (kept, more) = cap(items, |item| *item, 2);
        assert_eq!(kept, ["a", "b", "a", "b"]);
        assert_eq!(more.into_iter().collect::<Vec<_>>(), [("a", 2)]);
    }

    #[test]
    fn large_counts_are_readable() {
        assert_eq!(more("x", 3412), "and 3,412 more of `x`");
        assert_eq!(more("x", 999), "and 999 more of `x`");
        assert_eq!(more("x", 1_000_000), "and 1,000,000 more of `x`");
    }
}
