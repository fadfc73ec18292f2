//! Holds the architecture: which module may use which, and which crate is named where.
#![allow(clippy::disallowed_methods, reason = "reads the sources it judges")]

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Each module may use those of the rows above its own, and none beside it.
const LAYERS: &[&[&str]] = &[
    &["named", "pointer", "stack"],
    &["secrecy", "running"],
    &["source"],
    &["finding"],
    &["stack"],
    &["yaml", "files", "glob", "suggest", "digest", "component"],
    &["builtin"],
    &["profile"],
    &["project"],
    &["model"],
    &["template"],
    &["object"],
    &["inject", "check"],
    &["disk"],
    &["diff"],
    &["render", "report"],
    &["explain"],
];

/// Each dependency and the modules that may name it, so that it can be swapped; `*` is all of them. `bin` is the
/// program, which sees only the library's public API: there the compiler holds the border.
const CRATES: &[(&str, &[&str])] = &[
    ("annotate_snippets", &["report"]),
    ("clap", &["bin"]),
    ("clap_complete", &["bin"]),
    ("clap_mangen", &["bin"]),
    ("data_encoding", &["yaml"]),
    ("granit_parser", &["yaml"]),
    ("libc", &["disk", "bin"]),
    ("minijinja", &["template"]),
    ("miniz_oxide", &["stack"]),
    ("rayon", &["yaml", "check", "template", "object", "disk", "diff", "bin"]),
    ("schemars", &["model"]),
    ("semver", &["stack"]),
    ("serde", &["*"]),
    ("serde_json", &["*"]),
    ("sha2", &["digest"]),
    ("similar", &["diff"]),
    ("strsim", &["suggest"]),
];

#[test]
fn every_module_is_in_the_table_and_the_table_lists_no_other() {
    let there: BTreeSet<String> = sources().into_keys().map(|path| module(&path)).collect();
    let there: BTreeSet<&str> =
        there.iter().map(String::as_str).filter(|name| *name != "lib" && *name != "bin").collect();
    let listed: BTreeSet<&str> = LAYERS.concat().into_iter().collect();
    let unlisted: Vec<_> = there.difference(&listed).collect();
    let gone: Vec<_> = listed.difference(&there).collect();
    assert!(unlisted.is_empty(), "give these modules a row in LAYERS: {unlisted:?}");
    assert!(gone.is_empty(), "LAYERS lists modules that do not exist: {gone:?}");
}

#[test]
fn modules_use_only_the_layers_above_theirs() {
    let row = |name: &str| LAYERS.iter().position(|row| row.contains(&name));
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let own = module(&path);
        for (number, line, in_test) in code(&text) {
            let mut say = |what: String| wrong.push(format!("{path}:{number}: {what}"));
            let in_test = in_test || path.ends_with("/tests.rs") || path.contains("/tests/");
            if !in_test && followed(line, "super").next().is_some() {
                say("`super::` hides which module is used: write `crate::`".to_owned());
            }
            for rest in followed(line, "crate") {
                let used: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                if used.is_empty() {
                    say("one `use crate::module::Item;` a line, no braces and no star".to_owned());
                } else if own != "lib" && own != "bin" && own != used && row(&used).is_some() && row(&used) >= row(&own)
                {
                    say(format!("`{own}` may not use `{used}`: LAYERS has it no higher"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn each_crate_is_named_only_by_its_modules() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let own = module(&path);
        for (number, line, _) in code(&text) {
            for (name, modules) in CRATES {
                let imported = line.trim_start().strip_prefix("use ").and_then(|rest| rest.strip_prefix(name));
                let imported = imported.is_some_and(|rest| rest.starts_with([';', ' ']));
                let named = imported || followed(line, name).next().is_some();
                if named && !modules.contains(&"*") && !modules.contains(&own.as_str()) {
                    wrong.push(format!("{path}:{number}: `{name}` is for {modules:?} only, see CRATES"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// A fact about the programs around us is typed in `stack` and nowhere else: an annotation, an API group, a port of its own.
/// `check` is not asked yet.
#[test]
fn facts_have_one_home() {
    let all = sources();
    let mut facts: Vec<String> = Vec::new();
    for (path, text) in all.iter().filter(|(path, _)| module(path) == "stack") {
        for (_, line, in_test) in code(text) {
            let Some((declared, value)) = line.strip_prefix("pub const ").and_then(|rest| rest.split_once(" = "))
            else {
                continue;
            };
            let value = value.trim_end_matches(';');
            let telling = value.contains(['.', '/']) && value.starts_with('"');
            let number = declared.ends_with(": u16") && value.len() > 3;
            if !in_test && (telling || number) {
                assert!(!facts.contains(&value.to_owned()), "{path}: {value} has two names");
                facts.push(value.to_owned());
            }
        }
    }
    assert!(facts.len() > 20, "the constants of `stack` are not found: {facts:?}");
    let mut wrong = Vec::new();
    for (path, text) in all.iter().filter(|(path, _)| !matches!(module(path).as_str(), "stack" | "check")) {
        let tests = path.ends_with("/tests.rs") || path.contains("/tests/");
        for (number, line, _) in code(text).filter(|(.., in_test)| !in_test && !tests) {
            let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
            let said = |fact: &String| {
                line.match_indices(fact.as_str()).any(|(at, _)| {
                    let (before, after) = (&line[..at], &line[at + fact.len()..]);
                    // The address of an example, such as `tempo.example:4317`, says its port in words.
                    fact.starts_with('"')
                        || !before.ends_with(':') && !digit(before.chars().next_back()) && !digit(after.chars().next())
                })
            };
            if let Some(fact) = facts.iter().find(|fact| said(fact)) {
                wrong.push(format!("{path}:{number}: {fact} is a fact of `stack`, use its name"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_dependency_is_in_the_table() {
    let manifest = read(&root().join("Cargo.toml"));
    let section = manifest.lines().skip_while(|line| *line != "[dependencies]").skip(1);
    let names = section.take_while(|line| !line.starts_with('[')).filter_map(|line| line.split_once(" = "));
    let names: BTreeSet<String> = names.map(|(name, _)| name.trim().replace('-', "_")).collect();
    let listed: BTreeSet<String> = CRATES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names, listed, "Cargo.toml on the left, CRATES on the right");
}

#[test]
fn code_leaves_out_comments_and_knows_test_modules() {
    let text = "use crate::a;\n// crate::b\n#[cfg(test)]\nmod tests {\n    use super::*;\n}\nfn f() { g(super::x) }\n";
    let seen: Vec<_> = code(text).collect();
    assert_eq!(seen[0], (1, "use crate::a;", false));
    assert!(seen.contains(&(5, "    use super::*;", true)) && seen.contains(&(7, "fn f() { g(super::x) }", false)));
    assert!(!seen.iter().any(|(number, ..)| *number == 2));
    assert_eq!(followed("a::b(crate::x, my_crate::y)", "crate").collect::<Vec<_>>(), ["x, my_crate::y)"]);
}

/// What stands behind each `name::` in the line, where `name` is a whole word.
fn followed<'a>(line: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(name).filter_map(move |(at, _)| {
        let rest = line[at + name.len()..].strip_prefix("::")?;
        (!line[..at].ends_with(word) && !line[..at].ends_with("::")).then_some(rest)
    })
}

/// Lines of code: number, text, and whether a `#[cfg(test)] mod` holds it (which ends at a `}` in the first column).
fn code(text: &str) -> impl Iterator<Item = (usize, &str, bool)> {
    let (mut marked, mut in_test) = (false, false);
    text.lines().enumerate().filter_map(move |(index, line)| {
        in_test |= marked && line.starts_with("mod ") && line.ends_with('{');
        marked = line == "#[cfg(test)]";
        let held = in_test;
        in_test &= line != "}";
        (!line.trim_start().starts_with("//")).then_some((index + 1, line, held))
    })
}

/// `yaml` of `src/yaml/read.rs`, `files` of `src/files.rs`.
fn module(path: &str) -> String {
    path.split('/').nth(1).unwrap_or_default().trim_end_matches(".rs").to_owned()
}

/// The files under `src/` by path, with `/` on every system.
fn sources() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root().join("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("`src` is readable") {
            let path = entry.expect("`src` is readable").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let short = path.strip_prefix(root()).expect("it was found under the root");
                found.insert(short.to_string_lossy().replace('\\', "/"), read(&path));
            }
        }
    }
    found
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()))
}
