//! Names that no file or folder written by this program may have.
//!
//! In: one component of a path. Out: why it is refused. A name is judged as the most permissive file system would see
//! it: one that ignores case, drops invisible characters, and has a second, short name for every file. Never looks at
//! the disk.
//!
//! Git refuses to check out `.git` in any of these spellings, so a repository cannot contain such a file. A render must
//! not create one either, because git runs programs named by files in `.git`. Other hidden names are refused as well
//! (`.github`, `.envrc`, `.husky`, `.vscode`): several programs act on them, and neither a person listing the folder
//! nor `check` and `diff`, which skip hidden names, would see them.

/// Why nothing may be written under the name `part`; to be appended to the whole path.
pub(crate) fn refusal(part: &str) -> Option<&'static str> {
    if is_plain(part) && !part.starts_with('.') && !part.contains('~') {
        return None;
    }
    let seen = seen(part);
    if seen == ".git" || is_short_name_of_git(&seen) {
        return Some("points into a git directory");
    }
    seen.starts_with('.').then_some("has a component that starts with a dot and so is hidden")
}

/// Whether a file of this name can, with others next to it, turn a folder into a git repository. Git looks for it in
/// every parent folder, and runs programs named in the `config` next to it.
pub(crate) fn is_git_head(part: &str) -> bool {
    seen(part) == "head"
}

/// Whether `part` is a spelling of `name`.
pub(crate) fn is_same(part: &str, name: &str) -> bool {
    // Nearly every name is plain, and then comparing it is enough.
    part.eq_ignore_ascii_case(name) || !is_plain(part) && seen(part) == name.to_ascii_lowercase()
}

/// The short names of `.git` on file systems that give each file a second, eight-letter name, such as `git~1`.
fn is_short_name_of_git(seen: &str) -> bool {
    let number = seen.strip_prefix("git~");
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The name as the most permissive file system sees it: case folded, without ignored characters, without the name of an
/// alternate stream (`:` and what follows), without trailing dots and blanks.
fn seen(part: &str) -> String {
    let whole: String = part.chars().filter(|char| !is_ignored(*char)).collect();
    let name = whole.split(':').next().unwrap_or_default();
    let name = name.trim_end_matches(['.', ' ']);
    if name.is_ascii() { name.to_ascii_lowercase() } else { name.to_lowercase() }
}

fn is_plain(part: &str) -> bool {
    part.is_ascii() && !part.contains(':') && !part.ends_with(['.', ' '])
}

/// Characters that some file system ignores when it compares names: on HFS+ those in git's `is_hfs_dotgit`, on ext4 and
/// f2fs with `casefold` everything that is default ignorable in Unicode.
fn is_ignored(char: char) -> bool {
    matches!(
        char,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fff8}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn git_is_recognized_in_every_spelling() {
        let spellings = [
            ".git",
            ".GIT",
            ".Git",
            ".git.",
            ".git ",
            ".git. . ",
            ".git:",
            ".git::$INDEX_ALLOCATION",
            ".git .:x",
            "git~1",
            "GIT~1",
            "git~2",
            "git~10",
            "git~1.",
            "git~1::$INDEX_ALLOCATION",
            ".g\u{200c}it",
            "\u{feff}.git",
            ".git\u{200d}",
            ".\u{202e}git",
            ".gi\u{206f}t",
            ".g\u{ad}it",
            "\u{200b}.git",
        ];
        for part in spellings {
            assert_eq!(refusal(part), Some("points into a git directory"), "{part:?}");
        }
    }

    #[test]
    fn only_hidden_names_are_refused() {
        let hidden =
            [".github", ".gitmodules", ".gitattributes", ".envrc", ".husky", ".vscode", "..data", "\u{200b}.x"];
        for part in hidden {
            assert!(refusal(part).is_some_and(|why| why.starts_with("has a component that starts")), "{part:?}");
        }
        for part in ["git", "a.git", "git~", "git~x", "git~1x", "digit~1", "dev", "a.", "x.yaml", "한글", "HEAD", "a:b"]
        {
            assert_eq!(refusal(part), None, "{part:?}");
        }
    }

    #[test]
    fn reserved_names_are_recognized_in_every_spelling() {
        for part in
            ["render.sha256", "Render.SHA256", "render.sha256.", "render.sha256::$DATA", "render.sha\u{200d}256"]
        {
            assert!(is_same(part, "render.sha256"), "{part:?}");
        }
        assert!(!is_same("render.sha256.yaml", "render.sha256"));
        assert!(is_git_head("HEAD") && is_git_head("head.") && !is_git_head("HEAD.yaml"));
    }
}
