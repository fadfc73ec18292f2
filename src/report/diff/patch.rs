//! Changes as a unified diff that `git apply` takes inside FROM.
//!
//! In: the files of both sides. Out: a patch, and the files that it leaves out: those that hold a secret, and those that a
//! patch of text cannot carry. The headers are those of plain `diff -u`, since `git apply` takes the paths of
//! `diff --git` from the top of the repository and would pass by everything in a folder below.

use crate::diff::Hunk;
use crate::diff::Line;
use crate::diff::Redactor;
use crate::diff::Tree;
use crate::diff::hunks;
use std::collections::BTreeSet;

const LIST: &str = "render.sha256";
const CONTEXT: usize = 3;

/// A patch and what it lacks.
#[derive(Clone, Debug, Default)]
pub struct Patch {
    /// The unified diff.
    pub text: String,
    /// Files that changed and are not in it, each with the reason.
    pub left_out: Vec<(String, &'static str)>,
}

/// The way from one tree to the other, each path after `prefix`. `skip`: files whose changes do not count.
pub fn patch(from: &Tree, to: &Tree, prefix: &str, skip: &BTreeSet<String>, redactor: &Redactor) -> Patch {
    let mut patch = Patch::default();
    // Two files that were named as such are one file that changed.
    if from.single
        && to.single
        && let (Some((name, old)), Some((_, new))) = (from.files.first_key_value(), to.files.first_key_value())
    {
        one(name, Some(old), Some(new), redactor, &mut patch);
        return patch;
    }
    let paths: BTreeSet<&String> = from.files.keys().chain(to.files.keys()).collect();
    for path in paths.into_iter().filter(|path| *path != LIST && !skip.contains(*path)) {
        one(&format!("{prefix}{path}"), from.files.get(path), to.files.get(path), redactor, &mut patch);
    }
    patch
}

fn one(path: &str, old: Option<&Vec<u8>>, new: Option<&Vec<u8>>, redactor: &Redactor, patch: &mut Patch) {
    if old == new {
        return;
    }
    let text = |bytes: Option<&'_ Vec<u8>>| -> Option<String> {
        String::from_utf8(bytes.cloned().unwrap_or_default()).ok().filter(|text| !text.contains('\0'))
    };
    let (Some(before), Some(after)) = (text(old), text(new)) else {
        return patch.left_out.push((redactor.text(path).into_owned(), "it is no text"));
    };
    if redactor.finds(path)
        || redactor.finds(&before)
        || redactor.finds(&after)
        || holds_secret(&before)
        || holds_secret(&after)
    {
        return patch.left_out.push((redactor.text(path).into_owned(), "it holds values of a Secret"));
    }
    if before.is_empty() && after.is_empty() {
        return patch.left_out.push((path.to_owned(), "it is empty, and a patch is made of lines"));
    }
    let header = |side: char, there: bool| match there {
        true => quoted(&format!("{side}/{path}")),
        false => "/dev/null".to_owned(),
    };
    let out = &mut patch.text;
    out.push_str(&format!("--- {}\n+++ {}\n", header('a', old.is_some()), header('b', new.is_some())));
    for hunk in hunks(&before, &after, CONTEXT) {
        write(&hunk, out);
    }
}

/// Whether a text is a Secret's manifest with values: these may be too short to be known by value.
fn holds_secret(text: &str) -> bool {
    let secret = |line: &str| {
        let line = line.trim().trim_start_matches("- ").trim_end_matches([',', '}']).replace(['"', '\'', ' '], "");
        line == "kind:Secret" || line.contains("kind:Secret,") || line.ends_with("kind:Secret")
    };
    text.contains("Secret") && text.lines().any(secret)
}

fn write(hunk: &Hunk<'_>, out: &mut String) {
    // A range of no lines is given by the line before it.
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

/// A path as git writes it: odd ones in quotes, and a tab behind those with spaces, which ends the name.
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
