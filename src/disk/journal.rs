//! The journal of a write in progress.
//!
//! In: the paths about to be changed, with the hashes of their old and new content. Out: a text, and back. It is read
//! after a crash, so reading never fails and takes what is usable from any text.

use crate::disk::list;
use crate::disk::list::Hash;
use crate::disk::list::entry;
use crate::disk::list::line;

const TITLE: &str = "meshtrace was writing this directory; run `meshtrace render` again to complete it\n";

/// The longest journal that is read, in bytes: it may name each file of two lists.
pub(crate) const LIMIT: u64 = 2 * list::LIMIT;

/// What a write was about to do.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Journal {
    /// The hashes of owned files that were to be replaced or deleted.
    pub(crate) before: Vec<(String, Hash)>,
    /// The hashes of foreign files that were to be replaced because of `--force`. They may be replaced again, but never
    /// just deleted.
    pub(crate) foreign: Vec<(String, Hash)>,
    /// The hashes of files that were to be written, or that are in place but not in the list.
    pub(crate) after: Vec<(String, Hash)>,
}

impl Journal {
    /// Whether files are replaced or deleted, so that the journal is what says whose their bytes are.
    pub(crate) fn replaces_something(&self) -> bool {
        !self.before.is_empty() || !self.foreign.is_empty()
    }
}

/// The text of a journal.
pub(crate) fn print(journal: &Journal) -> String {
    let mut text = String::with_capacity((journal.before.len() + journal.after.len()) * 120 + TITLE.len());
    text.push_str(TITLE);
    for (sign, entries) in [('-', &journal.before), ('!', &journal.foreign), ('+', &journal.after)] {
        for (path, hash) in entries {
            text.push(sign);
            line(&mut text, path, *hash);
        }
    }
    text
}

/// Parses a journal; lines that are not entries are skipped.
pub(crate) fn parse(text: &str) -> Journal {
    let mut journal = Journal::default();
    for line in text.lines() {
        let (entries, rest) = match line.split_at_checked(1) {
            Some(("-", rest)) => (&mut journal.before, rest),
            Some(("!", rest)) => (&mut journal.foreign, rest),
            Some(("+", rest)) => (&mut journal.after, rest),
            _ => continue,
        };
        if let Ok((path, hash)) = entry(rest) {
            entries.push((path.to_owned(), hash));
        }
    }
    journal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_truncated_journal_is_still_readable() {
        let one = ("a/b".to_owned(), Hash::of(b"1"));
        let two = ("c".to_owned(), Hash::of(b"2"));
        let journal =
            Journal { before: vec![one.clone()], foreign: vec![two.clone()], after: vec![one.clone(), two.clone()] };
        let text = print(&journal);
        assert_eq!(parse(&text), journal);
        let cut = &text[..text.len() - 70];
        assert_eq!(parse(cut), Journal { before: vec![one.clone()], foreign: vec![two], after: vec![one] });
        assert_eq!(parse("\0\n+\n-x\n"), Journal::default());
    }
}
