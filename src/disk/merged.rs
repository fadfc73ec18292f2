//! Whether a file is what git made of rendered files.
//!
//! Where two branches both changed a file, its list has two hashes and its text is a mixture of two renders, with or
//! without conflict markers. Such a file may be replaced: it holds nothing that a person wrote. This module decides that
//! by the rendered files themselves, which git still has: every line must come from them, and what they have in common
//! must still be there.

use crate::disk::conflict;
use crate::disk::conflict::Line;
use crate::disk::git;
use crate::disk::list::Hash;
use std::collections::HashMap;
use std::path::Path;

/// The names of the revisions that took part in a merge, a rebase, a cherry-pick or a revert, whether it is in
/// progress (gitrevisions(7): `MERGE_HEAD` and the like, and the stages of the index) or done (parents and reflog).
const REVISIONS: [&str; 24] = [
    ":2",
    ":3",
    "HEAD",
    "MERGE_HEAD",
    "CHERRY_PICK_HEAD",
    "REBASE_HEAD",
    "REVERT_HEAD",
    "ORIG_HEAD",
    "HEAD^1",
    "HEAD^2",
    "HEAD^3",
    "HEAD^4",
    "HEAD^5",
    "HEAD^6",
    "HEAD^7",
    "HEAD^8",
    "HEAD~2",
    "HEAD~3",
    "HEAD@{1}",
    "HEAD@{2}",
    "HEAD@{3}",
    "HEAD@{4}",
    "HEAD@{5}",
    "HEAD@{6}",
];

/// The renders that git merged in a directory.
pub(crate) struct Merged {
    /// `None` if git cannot be asked.
    blobs: Option<git::Blobs>,
}

impl Merged {
    /// The renders in `root`, which is in a repository or not.
    pub(crate) fn of(root: &Path) -> Merged {
        Merged { blobs: git::Blobs::start(root) }
    }

    /// Whether the file at `path` with the text `mixed` is a merge of the renders with these hashes. False if git no
    /// longer has one of them.
    pub(crate) fn holds(&mut self, path: &str, hashes: &[Hash], mixed: &[u8]) -> bool {
        let mut wanted = hashes.to_vec();
        let mut renders = Vec::new();
        for revision in REVISIONS {
            let Some(blobs) = &mut self.blobs else { return false };
            match blobs.read(&format!("{revision}:./{path}")) {
                Ok(None) => {}
                Ok(Some(bytes)) => {
                    let hash = Hash::of(&bytes);
                    if wanted.contains(&hash) {
                        wanted.retain(|other| *other != hash);
                        renders.push(bytes);
                    }
                }
                Err(()) => self.blobs = None,
            }
            if wanted.is_empty() {
                return is_mixture(mixed, &renders);
            }
        }
        false
    }
}

/// Whether `mixed` consists of lines of `renders`, and has all lines that they share.
fn is_mixture(mixed: &[u8], renders: &[Vec<u8>]) -> bool {
    let texts: Option<Vec<&str>> = renders.iter().map(|bytes| std::str::from_utf8(bytes).ok()).collect();
    let Some((mixed, texts)) = std::str::from_utf8(mixed).ok().zip(texts) else { return false };
    let whole = conflict::are_whole(mixed);
    let mixed = count(conflict::lines(mixed).filter(|(_, kind)| *kind == Line::Other).map(|(line, _)| line));
    let renders: Vec<HashMap<&str, usize>> = texts.iter().map(|text| count(text.lines())).collect();
    let in_all = |line: &str, fold: fn(usize, usize) -> usize| {
        renders.iter().map(|render| render.get(line).copied().unwrap_or(0)).reduce(fold).unwrap_or(0)
    };
    whole
        && mixed.iter().all(|(line, times)| *times <= in_all(line, |one, two| one + two))
        && renders
            .iter()
            .flat_map(HashMap::keys)
            .all(|line| mixed.get(line).copied().unwrap_or(0) >= in_all(line, usize::min))
}

fn count<'a>(lines: impl Iterator<Item = &'a str>) -> HashMap<&'a str, usize> {
    let mut counts = HashMap::new();
    for line in lines {
        *counts.entry(line).or_insert(0) += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mixture_has_lines_of_the_renders_only_and_all_that_they_share() {
        let renders = [b"a\nx\nx\none\nz\n".to_vec(), b"a\nx\nx\ntwo\nz\n".to_vec()];
        for (mixed, expected) in [
            ("a\nx\nx\n<<<<<<< HEAD\none\n=======\ntwo\n>>>>>>> b\nz\n", true),
            ("a\nx\nx\n<<<<<<< HEAD\none\n||||||| 1\nold\n=======\ntwo\n>>>>>>> b\nz\n", true),
            ("a\nx\nx\none\ntwo\nz\n", true),
            ("a\r\nx\r\nx\r\none\r\ntwo\r\nz\r\n", true),
            ("a\nx\nx\nz\n", true),
            ("a\nx\nx\none\nmine\nz\n", false),
            ("a\nx\none\nz\n", false),
            ("a\nx\nx\none\none\ntwo\nz\n", false),
            ("a\nx\nx\none\n", false),
            ("a\nx\nx\n<<<<<<< HEAD\none\n=======\nz\n", false),
            ("a\nx\nx\n=======\nz\n", false),
            ("a\nx\nx\n<<<<<<< 2\n<<<<<<< 1\none\n=======\ntwo\n>>>>>>> 1\n=======\n>>>>>>> 2\nz\n", true),
            ("a\nx\nx\n<<<<<<< 2\n<<<<<<< 1\none\n=======\nmine\n>>>>>>> 1\n=======\n>>>>>>> 2\nz\n", false),
        ] {
            assert_eq!(is_mixture(mixed.as_bytes(), &renders), expected, "{mixed}");
        }
        assert!(!is_mixture(b"\xff", &renders));
    }
}
