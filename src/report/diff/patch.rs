//! Changes as a unified diff that `git apply` accepts inside FROM.
//!
//! In: the files of both sides. Out: a patch, and the files left out: those that contain a secret, and those that a
//! text patch cannot express. The headers are those of plain `diff -u`, because `git apply` takes the paths of `diff
//! --git` relative to the top of the repository and would skip everything in a folder below it.

use crate::diff::Answer;
use crate::diff::Hunk;
use crate::diff::Line;
use crate::diff::Pair;
use crate::diff::Redactor;
use crate::diff::Tree;
use crate::diff::hunks;
use crate::disk::LIST;
use crate::disk::is_escaped;
use crate::report::diff::Written;
use std::collections::BTreeSet;

const CONTEXT: usize = 3;

/// One patch for all pairs; if there are several, each path begins with its render.
pub(super) fn patches(pairs: &[Pair], answer: &Answer) -> Written {
    let mut all = Written::default();
    if answer.changes.is_empty() {
        return all;
    }
    if answer.list_is_stale {
        all.left_out.push((LIST.to_owned(), "`meshtrace render` regenerates it"));
    }
    for pair in pairs {
        let prefix = match &pair.render {
            Some(render) if pairs.len() > 1 => format!("{render}/"),
            _ => String::new(),
        };
        // Files with only ignored changes are left unchanged.
        let skip = |path: &str| answer.leaves(pair.render.as_deref(), path);
        let one = patch(&pair.from, &pair.to, &prefix, &skip, &answer.redactor);
        all.text.push_str(&one.text);
        all.left_out.extend(one.left_out);
    }
    all
}

/// The changes of single files, each with its path, its old and its new text, as one patch.
pub(super) fn of_files(files: &[(String, String, String)], redactor: &Redactor) -> Written {
    let mut patch = Written::default();
    for (path, old, new) in files {
        let (old, new) = (old.clone().into_bytes(), new.clone().into_bytes());
        patch.file(&File { path, names: [path, path], old: Some(&old), new: Some(&new) }, redactor);
    }
    patch
}

/// The patch from one tree to the other, with `prefix` before each path. `skip`: files whose changes are ignored.
fn patch(from: &Tree, to: &Tree, prefix: &str, skip: &dyn Fn(&str) -> bool, redactor: &Redactor) -> Written {
    let mut patch = Written::default();
    // Two files named on the command line are one file that changed.
    if from.single
        && to.single
        && let (Some((name, old)), Some((other, new))) = (from.files.first_key_value(), to.files.first_key_value())
    {
        patch.file(&File { path: name, names: [name, other], old: Some(old), new: Some(new) }, redactor);
        return patch;
    }
    let paths: BTreeSet<&String> = from.files.keys().chain(to.files.keys()).collect();
    for path in paths.into_iter().filter(|path| *path != LIST && !skip(path)) {
        let (old, new) = (from.files.get(path), to.files.get(path));
        patch.file(&File { path: &format!("{prefix}{path}"), names: [path, path], old, new }, redactor);
    }
    patch
}

/// A file on both sides.
struct File<'a> {
    /// Its path in the patch.
    path: &'a str,
    /// Its path on each side.
    names: [&'a str; 2],
    old: Option<&'a Vec<u8>>,
    new: Option<&'a Vec<u8>>,
}

impl Written {
    fn file(&mut self, file: &File<'_>, redactor: &Redactor) {
        let File { path, names, old, new } = file;
        if old == new {
            return;
        }
        let text = |bytes: Option<&Vec<u8>>| -> Option<String> {
            String::from_utf8(bytes.cloned().unwrap_or_default()).ok().filter(|text| !text.contains('\0'))
        };
        let shown = redactor.text(path).into_owned();
        let (Some(before), Some(after)) = (text(*old), text(*new)) else {
            return self.left_out.push((shown, "it is not a text file"));
        };
        let secret = names.iter().any(|name| redactor.holds(name));
        if secret || shown != *path || redactor.finds(&before) || redactor.finds(&after) {
            return self.left_out.push((shown, "it contains values of a Secret"));
        }
        if is_escaped(path) {
            return self.left_out.push((shown, "its name is not UTF-8"));
        }
        if before.is_empty() && after.is_empty() {
            return self.left_out.push((shown, "it is empty, so there are no lines to patch"));
        }
        let header = |side: char, there: bool| match there {
            true => quoted(&format!("{side}/{path}")),
            false => "/dev/null".to_owned(),
        };
        let out = &mut self.text;
        out.push_str(&format!("--- {}\n+++ {}\n", header('a', old.is_some()), header('b', new.is_some())));
        for hunk in hunks(&before, &after, CONTEXT) {
            write(&hunk, out);
        }
    }
}

fn write(hunk: &Hunk<'_>, out: &mut String) {
    // An empty range is given by the line before it.
    let range = |(start, count): (usize, usize)| match count {
        0 => format!("{start},0"),
        1 => format!("{}", start + 1),
        count => format!("{},{count}", start + 1),
    };
    out.push_str(&format!("@@ -{} +{} @@\n", range(hunk.old), range(hunk.new)));
    for line in &hunk.lines {
        let (sign, text) = match line {
            Line::Same(text) => (' ', text),
            Line::Old(text) => ('-', text),
            Line::New(text) => ('+', text),
        };
        out.push(sign);
        out.push_str(text);
        if !text.ends_with('\n') {
            out.push_str("\n\\ No newline at end of file\n");
        }
    }
}

/// A path as git writes it: unusual ones in quotes, and a tab after those with spaces, which ends the name.
fn quoted(path: &str) -> String {
    if path.bytes().all(|byte| (0x20..0x7f).contains(&byte) && byte != b'"' && byte != b'\\') {
        return if path.contains(' ') { format!("{path}\t") } else { path.to_owned() };
    }
    let mut out = "\"".to_owned();
    for byte in path.bytes() {
        match byte {
            b'"' | b'\\' => {
                out.push('\\');
                out.push(char::from(byte));
            }
            0x20..0x7f => out.push(char::from(byte)),
            byte => out.push_str(&format!("\\{byte:03o}")),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unusual_paths_are_quoted_as_git_does() {
        assert_eq!(quoted("a/plain.yaml"), "a/plain.yaml");
        assert_eq!(quoted("a/two words"), "a/two words\t");
        assert_eq!(quoted("a/\"x\"\n한"), "\"a/\\\"x\\\"\\012\\355\\225\\234\"");
    }

    #[test]
    fn the_headers_are_those_of_plain_diff() {
        let tree = |text: &str| Tree { files: [("x".to_owned(), text.into())].into(), ..Tree::default() };
        let text =
            |from: &Tree, to: &Tree, prefix: &str| patch(from, to, prefix, &|_| false, &Redactor::default()).text;
        assert_eq!(
            text(&tree("1\n"), &tree("2"), "dev/"),
            "--- a/dev/x\n+++ b/dev/x\n@@ -1 +1 @@\n-1\n+2\n\\ No newline at end of file\n"
        );
        assert_eq!(text(&Tree::default(), &tree("1\n"), ""), "--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+1\n");
    }
}
