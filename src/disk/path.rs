//! Which paths may be written.
//!
//! In: the paths of an output, or of a list that anyone may have edited. Out: findings, or why a path is refused. Looks
//! only at names, never at the disk.

use crate::component;
use crate::disk::LIST;
use crate::disk::name;
use crate::disk::split;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::ids;
use std::collections::HashMap;

/// The journal, next to the list.
pub(crate) const JOURNAL: &str = ".render.journal";

/// The folder inside an output directory for everything that is not yet in place.
pub(crate) const STAGING: &str = ".meshtrace-tmp";

/// Reports every path that would leave the directory, cannot exist on some system, or conflicts with another.
pub(crate) fn check<'a>(paths: impl Iterator<Item = &'a str>, shown: &str, found: &mut Findings) {
    // Keyed by the name as a case-insensitive file system sees it; the value is the spelling, and whether it is a file.
    let mut taken: HashMap<String, (&str, bool)> = HashMap::new();
    let mut folder = "";
    for path in paths {
        if let Some(why) = refusal(path) {
            let message = format!("the output path {path:?} {why}, expected a relative path inside `{shown}`");
            found.push(Finding::error(ids::OUTPUT_PATH, message).help("rename the template or the object"));
            continue;
        }
        let mut clash = None;
        // The folder of the path before was looked at with it.
        let known = if split(path).0 == folder { folder.len() } else { 0 };
        folder = split(path).0;
        let ends = path.match_indices('/').map(|(at, _)| at).filter(|at| *at > known).chain([path.len()]);
        for end in ends {
            let part = &path[..end];
            let is_file = end == path.len();
            let folded = fold(part);
            match taken.get(&folded) {
                None => {
                    taken.insert(folded, (part, is_file));
                }
                Some((other, was_file)) => {
                    if *other != part || is_file || *was_file {
                        clash = clash.or(Some((part, *other)));
                    }
                }
            }
        }
        if let Some((part, other)) = clash {
            let (one, two) = (name(shown, part), name(shown, other));
            let message = if part == other {
                format!("`{one}` would have to be both a file and a folder")
            } else {
                format!("`{one}` and `{two}` are the same file where case is ignored (macOS, Windows)")
            };
            found.push(Finding::error(ids::OUTPUT_CLASH, message).help("rename one of the templates or objects"));
        }
    }
}

/// Why `path` may not be written or deleted.
pub(crate) fn refusal(path: &str) -> Option<&'static str> {
    let bytes = path.as_bytes();
    if path.is_empty() {
        return Some("is empty");
    }
    if path.starts_with('/') {
        return Some("is absolute");
    }
    if bytes.len() > 1 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':' {
        return Some("starts with a drive letter");
    }
    // Such names would need escaping in the list, which not every `sha256sum` can read.
    if path.contains('\\') {
        return Some("contains a backslash");
    }
    if path.chars().any(char::is_control) {
        return Some("contains a control character");
    }
    for part in path.split('/') {
        match part {
            "" => return Some("has an empty component"),
            "." | ".." => return Some("has a `.` or `..` component"),
            _ if part.len() > 255 => return Some("has a component longer than 255 bytes"),
            _ => {}
        }
    }
    let top = path.split('/').next().unwrap_or_default();
    if [LIST, JOURNAL, STAGING].iter().any(|reserved| component::is_same(top, reserved)) {
        return Some("is reserved");
    }
    if component::is_git_head(split(path).1) {
        return Some("could turn its directory into a git repository");
    }
    path.split('/').find_map(component::refusal)
}

/// The path as a case-insensitive file system sees it.
pub(crate) fn fold(path: &str) -> String {
    if path.is_ascii() { path.to_ascii_lowercase() } else { path.to_lowercase() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_paths_that_leave_the_directory_or_cannot_exist() {
        for path in ["a", "a/b.yaml", "a..", "한/글", "xx:y", "files/render.sha256", "HEAD/x", "config", "a b"] {
            assert_eq!(refusal(path), None, "{path}");
        }
        let long = "x".repeat(256);
        for path in [
            "",
            "/",
            "/a",
            "//a",
            "..",
            "../a",
            "a/../b",
            "a/..",
            ".",
            "./a",
            "a/./b",
            "a//b",
            "a/",
            "a\\b",
            "a\0b",
            "a\nb",
            "a\u{85}b",
            "C:",
            "c:/x",
            "c:x",
            &long,
            "render.sha256",
            "Render.SHA256",
            ".render.journal",
            ".meshtrace-tmp",
            ".meshtrace-tmp/x",
            ".git/hooks/post-checkout",
            "a/.GIT/x",
            "a/b/.git",
            "git~1/config",
            "a/.git. /x",
            "a/.g\u{200c}it/x",
            ".git::$INDEX_ALLOCATION/config",
            ".hidden",
            "a/.github/workflows/x.yaml",
            "HEAD",
            "a/Head",
            "render.sha256::$DATA",
        ] {
            assert!(refusal(path).is_some(), "{path:?}");
        }
    }

    #[test]
    fn reports_names_that_differ_only_in_case() {
        let messages = |paths: &[&str]| {
            let mut found = Findings::default();
            check(paths.iter().copied(), "out", &mut found);
            found.into_iter().map(|finding| finding.message).collect::<Vec<_>>()
        };
        assert!(messages(&["a/b", "a/c", "b"]).is_empty());
        assert_eq!(
            messages(&["A.yaml", "a.yaml"]),
            ["`out/a.yaml` and `out/A.yaml` are the same file where case is ignored (macOS, Windows)"]
        );
        assert_eq!(
            messages(&["A/x", "a/y"]),
            ["`out/a` and `out/A` are the same file where case is ignored (macOS, Windows)"]
        );
        assert_eq!(messages(&["a", "a/b"]), ["`out/a` would have to be both a file and a folder"]);
        assert_eq!(messages(&["É", "é"]).len(), 1);
    }
}
