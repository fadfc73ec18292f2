//! Embeds `profiles/`, `templates/` and, of each rule of `check`, the first fixture that breaks it and the first that does
//! not, so that the binary needs no file beside it; and the date of the release, for the manual pages.

#![allow(clippy::disallowed_methods, reason = "reads the folders it embeds")]

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::Path;

fn main() {
    println!("cargo:rerun-if-changed=profiles");
    println!("cargo:rerun-if-changed=templates");
    let root = std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR");
    let out = std::env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    let mut file = fs::File::create(Path::new(&out).join("builtin.rs")).expect("OUT_DIR is writable");
    for folder in ["profiles", "templates"] {
        let mut paths = Vec::new();
        walk(&Path::new(&root).join(folder), "", &mut paths);
        paths.sort();
        writeln!(file, "static {}: &[(&str, &str)] = &[", folder.to_uppercase()).unwrap();
        for path in paths {
            let full = Path::new(&root).join(folder).join(&path);
            writeln!(file, "    ({path:?}, include_str!({:?})),", full.display().to_string()).unwrap();
        }
        writeln!(file, "];").unwrap();
    }
    examples(&Path::new(&root).join("tests/check/rules"), &mut file);
    println!("cargo:rerun-if-changed=CHANGELOG.md");
    let changes = fs::read_to_string(Path::new(&root).join("CHANGELOG.md")).expect("CHANGELOG.md is readable");
    println!("cargo:rustc-env=RELEASED={}", released(&changes).unwrap_or_default());
}

/// The date in the changelog's heading of this version, as in `## 0.1.0 - 2026-11-27`; none before its release.
fn released(changes: &str) -> Option<&str> {
    let start = format!("## {} - ", env!("CARGO_PKG_VERSION"));
    changes.lines().find_map(|line| line.strip_prefix(&start)).map(str::trim)
}

/// The files of a rule's first `fail*` and first `pass*` folder.
fn examples(folder: &Path, file: &mut fs::File) {
    println!("cargo:rerun-if-changed={}", folder.display());
    let mut paths = Vec::new();
    walk(folder, "", &mut paths);
    paths.sort();
    let mut rules: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for path in &paths {
        let mut parts = path.split('/');
        let (Some(rule), Some(case)) = (parts.next(), parts.next()) else { continue };
        rules.entry(rule).or_default().insert(case);
    }
    writeln!(file, "static EXAMPLES: &[Example] = &[").unwrap();
    for (rule, cases) in rules {
        let first = |kind: &str| cases.iter().find(|case| case.starts_with(kind)).copied();
        let (Some(fails), Some(passes)) = (first("fail"), first("pass")) else { continue };
        writeln!(file, "    Example {{ rule: {rule:?},").unwrap();
        for (field, case) in [("fails", fails), ("passes", passes)] {
            writeln!(file, "        {field}: &[").unwrap();
            let prefix = format!("{rule}/{case}/");
            for path in &paths {
                let Some(name) = path.strip_prefix(&prefix) else { continue };
                let full = folder.join(path).display().to_string();
                writeln!(file, "            ({name:?}, include_str!({full:?})),").unwrap();
            }
            writeln!(file, "        ],").unwrap();
        }
        writeln!(file, "    }},").unwrap();
    }
    writeln!(file, "];").unwrap();
}

fn walk(folder: &Path, prefix: &str, paths: &mut Vec<String>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("cannot read {}: {error}", folder.display()));
    for entry in entries {
        let entry = entry.expect("a readable folder entry");
        let name = entry.file_name().into_string().expect("shipped files have UTF-8 names");
        if name.starts_with('.') {
            continue;
        }
        let path = format!("{prefix}{name}");
        if entry.file_type().expect("a file type").is_dir() {
            println!("cargo:rerun-if-changed={}", entry.path().display());
            walk(&entry.path(), &format!("{path}/"), paths);
        } else {
            paths.push(path);
        }
    }
}
