//! Changes to text, in four formats. Whatever comes in has been through [`Redactor::hide`](crate::diff::Redactor::hide).

mod human;
mod json;
mod lines;
mod markdown;
mod patch;

pub use human::human;
pub use human::summary;
pub use json::json;
pub use markdown::markdown;
pub use patch::Patch;
pub use patch::patch;

use crate::diff::Change;
use crate::diff::Class;
use crate::diff::Kind;
use crate::report::one_line;

/// How many of each there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Objects and files in TO only.
    pub added: usize,
    /// Objects and files in FROM only.
    pub removed: usize,
    /// Objects and files in both.
    pub changed: usize,
    /// Objects of another name.
    pub renamed: usize,
    /// Differences that did not count.
    pub ignored: usize,
}

impl Counts {
    /// Counts changes; one that is the same in many renders is one.
    pub fn of(changes: &[Change], ignored: usize) -> Counts {
        let count = |kind| changes.iter().filter(|change| change.kind == kind).count();
        Counts {
            added: count(Kind::Added),
            removed: count(Kind::Removed),
            changed: count(Kind::Changed),
            renamed: count(Kind::Renamed),
            ignored,
        }
    }
}

/// The counts in one line: `2 added, 1 changed, 0 removed; 1 recreate; 3 ignored`.
fn line(changes: &[Change], ignored: usize) -> String {
    let counts = Counts::of(changes, ignored);
    if changes.is_empty() && ignored == 0 {
        return "no differences".to_owned();
    }
    let mut line = format!("{} added, {} changed, {} removed", counts.added, counts.changed, counts.removed);
    if counts.renamed > 0 {
        line.push_str(&format!(", {} renamed", counts.renamed));
    }
    for class in Class::ALL.iter().rev().filter(|class| **class != Class::Other) {
        let count = changes.iter().filter(|change| change.class == *class).count();
        if count > 0 {
            line.push_str(&format!("; {count} {}", class.word()));
        }
    }
    if ignored > 0 {
        line.push_str(&format!("; {ignored} ignored"));
    }
    line
}

/// What a change is about: the object, or the file.
fn title(change: &Change) -> String {
    if let Some(note) = change.note {
        let from = change.from.as_ref().map(|(_, file)| format!("{file} -> ")).unwrap_or_default();
        return one_line(&format!("{from}{}  ({note})", change.file)).into_owned();
    }
    let name = match &change.object {
        Some(object) => object.to_string(),
        None if change.document > 1 => format!("{} (document {})", change.file, change.document),
        None => change.file.clone(),
    };
    // A name may hold anything; a title is one line.
    let name = match &change.from {
        Some((from, _)) => format!("{from} -> {name}"),
        None => name,
    };
    one_line(&name).into_owned()
}

/// `same in 187: eu-1, eu-2, ...` for a change in several renders, its name for one.
fn renders(change: &Change) -> Option<String> {
    const NAMED: usize = 6;
    match change.renders.as_slice() {
        [] => None,
        [one] => Some(format!("in {one}")),
        all => {
            let more = if all.len() > NAMED { ", ..." } else { "" };
            Some(format!("same in {}: {}{more}", all.len(), all[..all.len().min(NAMED)].join(", ")))
        }
    }
}

fn mark(kind: Kind) -> char {
    match kind {
        Kind::Added => '+',
        Kind::Removed => '-',
        Kind::Changed => '~',
        Kind::Renamed => '>',
    }
}

#[cfg(test)]
mod tests;
