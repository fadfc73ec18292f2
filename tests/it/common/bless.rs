//! Expected files and texts, and the only way to rewrite them: `just bless`, which runs the tests with `BLESS=1`. Every
//! golden test compares through this module, so that the command covers all of them. What changes is listed on stderr,
//! past the test harness's capture.
#![allow(clippy::disallowed_methods, reason = "reads and writes the expected files")]

use snapbox::Assert;
use snapbox::IntoData;
use snapbox::assert::Action;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::io::Write;
use std::path::Path;
use std::sync::RwLock;

/// Files of a folder, by path with `/`.
pub(crate) type Tree = BTreeMap<String, Vec<u8>>;

/// The hint printed by a failing golden test.
pub(crate) const HINT: &str = "`just bless` rewrites expected files; read `git diff` before you commit them";

/// Locked for writing while `out/` is rewritten, and for reading by the tests that use it.
pub(crate) static OUT: RwLock<()> = RwLock::new(());

/// Whether to write expected files instead of comparing them.
pub(crate) fn blessing() -> bool {
    std::env::var_os("BLESS").is_some_and(|value| !value.is_empty() && value != "0")
}

/// Prints what was rewritten, on separate lines among the dots of the test harness.
pub(crate) fn say(changes: &[String]) {
    if !changes.is_empty() {
        let lines: Vec<String> = changes.iter().map(|change| format!("blessed {change}\n")).collect();
        io::stderr().write_all(format!("\n{}", lines.concat()).as_bytes()).unwrap();
    }
}

/// A path in messages: relative to the root of the repository.
fn shown(path: &Path) -> String {
    let short = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap_or(path);
    short.to_string_lossy().replace('\\', "/")
}

/// Compares the program's output with a text in the source of a test.
#[track_caller]
pub(crate) fn inline(actual: String, expected: impl IntoData) {
    // snapbox reports on stderr what it overwrites.
    let action = if blessing() { Action::Overwrite } else { Action::Verify };
    let result = Assert::new().action(action).try_eq(None, actual.into_data(), expected.into_data());
    result.unwrap_or_else(|error| panic!("{error}\n{HINT}"));
}

/// Compares a file with `text`.
#[track_caller]
pub(crate) fn file(path: &Path, text: &str) {
    let there = fs::read_to_string(path).unwrap_or_default().replace("\r\n", "\n");
    if there == text {
        return;
    }
    let change = format!("{}: {}", shown(path), first_difference(there.as_bytes(), text.as_bytes()));
    assert!(blessing(), "{change}\n{HINT}");
    fs::write(path, text).unwrap();
    say(&[change]);
}

/// How a folder differs from its expected content; empty after it was rewritten.
pub(crate) fn folder(folder: &Path, tree: &Tree) -> Vec<String> {
    let changes = changes(folder, &read(folder), tree);
    if !blessing() {
        return changes;
    }
    write(folder, tree);
    say(&changes);
    Vec::new()
}

/// How two states of a folder differ, one line per file.
pub(crate) fn changes(folder: &Path, old: &Tree, new: &Tree) -> Vec<String> {
    let paths: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let differences = paths.into_iter().filter_map(|path| {
        let what = match (old.get(path), new.get(path)) {
            (Some(_), None) => "no longer rendered".to_owned(),
            (None, Some(_)) => "rendered, but not expected".to_owned(),
            (Some(old), Some(new)) if old != new => first_difference(old, new),
            _ => return None,
        };
        Some(format!("{}: {what}", shown(&folder.join(path))))
    });
    differences.collect()
}

/// All files below a folder; empty if there is no such folder.
pub(crate) fn read(folder: &Path) -> Tree {
    let mut tree = Tree::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(next) = open.pop() {
        let Ok(entries) = fs::read_dir(&next) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_string_lossy().replace('\\', "/");
                tree.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    tree
}

/// Makes `folder` contain exactly `tree`; identical files are not touched.
pub(crate) fn write(folder: &Path, tree: &Tree) {
    let there = read(folder);
    for path in there.keys().filter(|path| !tree.contains_key(*path)) {
        fs::remove_file(folder.join(path)).unwrap();
    }
    for (path, bytes) in tree.iter().filter(|(path, bytes)| there.get(*path) != Some(bytes)) {
        let file = folder.join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, bytes).unwrap();
    }
}

fn first_difference(expected: &[u8], actual: &[u8]) -> String {
    let (expected, actual) = (String::from_utf8_lossy(expected), String::from_utf8_lossy(actual));
    let (mut a, mut b) = (expected.lines(), actual.lines());
    for line in 1.. {
        match (a.next(), b.next()) {
            (Some(a), Some(b)) if a == b => {}
            (None, None) => break,
            (a, b) => {
                let (a, b) = (a.unwrap_or("(end)"), b.unwrap_or("(end)"));
                return format!("line {line}: expected `{a}`, got `{b}`");
            }
        }
    }
    "the line endings differ".to_owned()
}
