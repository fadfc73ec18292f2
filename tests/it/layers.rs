//! Enforces the architecture: which module may use which, and where each crate may be named.
#![allow(clippy::disallowed_methods, reason = "reads the sources that it checks")]

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Each module may use those of the rows above its own, and none in its own row.
const LAYERS: &[&[&str]] = &[
    &["named", "pointer", "stack"],
    &["secrecy", "running"],
    &["source"],
    &["finding"],
    &["stack"],
    &["yaml", "files", "glob", "suggest", "digest", "component", "line_ends"],
    &["edit"],
    &["builtin"],
    &["profile"],
    &["project"],
    &["model"],
    &["template"],
    &["object"],
    &["inject", "check", "chart", "gitops"],
    &["disk", "fix"],
    &["diff"],
    &["render", "report"],
    &["explain"],
];

/// The same within `check`: a file may use those of its own floor and of the floors above it.
const FLOORS: &[&[&str]] = &[
    &["cursor", "hop", "embedded"],
    &["cure"],
    &["problem"],
    &["input"],
    &["schema"],
    &["cluster"],
    &["trace"],
    &["facts"],
    &["sink"],
    &["rules"],
    &["report"],
    &["mod"],
];

/// Each dependency and the modules that may name it, so that it can be replaced; `*` means all. `bin` is the program,
/// which sees only the library's public API: there the compiler enforces the boundary.
const CRATES: &[(&str, &[&str])] = &[
    ("annotate_snippets", &["report"]),
    ("anyhow", &["disk"]),
    ("clap", &["bin"]),
    ("clap_complete", &["bin"]),
    ("clap_mangen", &["bin"]),
    ("data_encoding", &["yaml", "digest"]),
    ("granit_parser", &["yaml"]),
    ("libc", &["disk", "bin"]),
    ("minijinja", &["template"]),
    ("miniz_oxide", &["stack"]),
    ("flate2", &["chart"]),
    ("rayon", &["yaml", "edit", "inject", "check", "template", "object", "disk", "diff", "render", "bin"]),
    ("schemars", &["model"]),
    ("semver", &["stack"]),
    ("serde", &["*"]),
    ("serde_json", &["*"]),
    ("sha2", &["digest"]),
    ("similar", &["diff"]),
    ("strsim", &["suggest"]),
    ("terminal_size", &["bin"]),
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
                    say("write one `use crate::module::Item;` per line, without braces or `*`".to_owned());
                } else if own != "lib" && own != "bin" && own != used && row(&used).is_some() && row(&used) >= row(&own)
                {
                    say(format!("`{own}` may not use `{used}`: it is not higher in LAYERS"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn files_of_check_use_only_the_floors_above_theirs_without_cycles() {
    let files: BTreeMap<String, String> = sources()
        .into_iter()
        .filter_map(|(path, text)| {
            let path = path.strip_prefix("src/check/")?.strip_suffix(".rs")?;
            let path = path.strip_suffix("/mod").unwrap_or(path);
            (path != "tests" && !path.ends_with("/tests")).then(|| (path.to_owned(), text))
        })
        .collect();
    let floor = |file: &str| {
        let top = file.split('/').next().unwrap_or_default();
        FLOORS.iter().position(|floor| floor.contains(&top))
    };
    let mut wrong = Vec::new();
    let mut uses: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (file, text) in &files {
        let Some(own) = floor(file) else {
            wrong.push(format!("src/check/{file}: give it a row in FLOORS"));
            continue;
        };
        for (number, used) in used_files(file, text, &files) {
            let mut say = |what: &str| wrong.push(format!("src/check/{file}:{number}: {what}"));
            if floor(used).is_none_or(|other| other > own) {
                say(&format!("may not use `{used}`: it is not higher in FLOORS"));
            }
            if file.starts_with("rules/") && used.starts_with("rules/") {
                say(&format!("a rule may not use another rule: `{used}`"));
            }
            uses.entry(file).or_default().insert(used);
        }
    }
    // Files that use none of the rest, or are used by none of it, are removed until only cycles remain.
    let mut left: BTreeSet<&str> = uses.keys().copied().collect();
    while let Some(done) = left.iter().find(|file| {
        uses[**file].iter().all(|used| !left.contains(used)) || left.iter().all(|other| !uses[*other].contains(*file))
    }) {
        let done = *done;
        left.remove(done);
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    let circles: Vec<_> = left.iter().map(|file| (file, uses[*file].intersection(&left).collect::<Vec<_>>())).collect();
    assert!(circles.is_empty(), "cycles between files of src/check: {circles:#?}");
}

/// The files of `check` that a file uses, with the line. A re-export in a `mod.rs` does not count; where it names its
/// own modules, it uses them.
fn used_files<'f>(file: &str, text: &str, files: &'f BTreeMap<String, String>) -> Vec<(usize, &'f str)> {
    let known = |path: &str| files.get_key_value(path).map(|(name, _)| &**name);
    // The longest path that is a file.
    let resolve = |steps: &str| {
        let steps: String = steps.chars().take_while(|c| c.is_alphanumeric() || matches!(c, '_' | ':')).collect();
        let steps: Vec<&str> = steps.split("::").collect();
        (1..=steps.len()).rev().find_map(|length| known(&steps[..length].join("/"))).or(known("mod"))
    };
    let children: Vec<&str> = code(text)
        .filter_map(|(_, line, _)| {
            let name = line.strip_prefix("pub(crate) ").or(line.strip_prefix("pub ")).unwrap_or(line);
            name.strip_prefix("mod ")?.strip_suffix(';')
        })
        .collect();
    let mut found = Vec::new();
    for (number, line, _) in code(text).filter(|(_, line, in_test)| !in_test && !line.starts_with("pub")) {
        found.extend(followed(line, "crate").filter_map(|rest| {
            let used = resolve(rest.strip_prefix("check::")?)?;
            Some((number, used))
        }));
        for child in &children {
            let below = match file {
                "mod" => String::new(),
                file => format!("{}::", file.replace('/', "::")),
            };
            found.extend(
                followed(line, child).filter_map(|rest| Some((number, resolve(&format!("{below}{child}::{rest}"))?))),
            );
        }
    }
    found.retain(|(_, used)| *used != file);
    found
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

/// A fact about other programs is written in `stack` and nowhere else: an annotation, an API group, one of their ports.
#[test]
fn facts_have_one_home() {
    let all = sources();
    let mut facts: Vec<String> = Vec::new();
    for (path, text) in all.iter().filter(|(path, _)| module(path) == "stack") {
        for (_, line, in_test) in code(text) {
            let Some((declared, value)) = line
                .strip_prefix("pub const ")
                .or(line.strip_prefix("pub(crate) const "))
                .and_then(|rest| rest.split_once(" = "))
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
    assert!(facts.len() > 20, "no constants found in `stack`: {facts:?}");
    let mut wrong = Vec::new();
    for (path, text) in all.iter().filter(|(path, _)| module(path) != "stack") {
        let tests = path.ends_with("/tests.rs") || path.contains("/tests/");
        let mut in_text = false;
        for (number, line, _) in code(text).filter(|(.., in_test)| !in_test && !tests) {
            // A message may contain a port; a verdict may not.
            let outside = match module(path).as_str() {
                "check" => outside_texts(line, &mut in_text),
                _ => line.to_owned(),
            };
            let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
            let said = |fact: &String| {
                let line = if fact.starts_with('"') { line } else { &*outside };
                line.match_indices(fact.as_str()).any(|(at, _)| {
                    let (before, after) = (&line[..at], &line[at + fact.len()..]);
                    // An example address, such as `tempo.example:4317`, contains its port.
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

/// A line without string literals. `inside`: whether the line begins, and then ends, within one.
fn outside_texts(line: &str, inside: &mut bool) -> String {
    let mut out = String::new();
    let line = line.replace("'\"'", "");
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' if *inside => drop(chars.next()),
            '"' => *inside = !*inside,
            _ if !*inside => out.push(c),
            _ => {}
        }
    }
    out
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
fn uses_in_check_are_found_in_any_notation() {
    let files: BTreeMap<String, String> =
        ["mod", "a", "b", "b/c", "b/d"].into_iter().map(|name| (name.to_owned(), String::new())).collect();
    let used =
        |file, text: &str| -> Vec<&str> { used_files(file, text, &files).into_iter().map(|(_, used)| used).collect() };
    assert_eq!(used("a", "use crate::check::b::c::Item;\nfn f(x: crate::check::b::Other) {}\n"), ["b/c", "b"]);
    assert_eq!(used("a", "use crate::check::Report;\nuse crate::yaml::Node;\n"), ["mod"]);
    assert_eq!(used("b", "mod c;\npub(crate) mod d;\npub(crate) use c::Item;\nfn f() { d::g(); }\n"), ["b/d"]);
    assert_eq!(used("mod", "mod a;\npub use b::c::Item;\nuse a::Other;\n"), ["a"]);
    let mut inside = false;
    assert_eq!(outside_texts("f(9411, \"on \\\" 4317 \\", &mut inside), "f(9411, ");
    assert_eq!(outside_texts("14250\") + 1", &mut inside), ") + 1");
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

/// What follows each `name::` in the line, where `name` is a whole word.
fn followed<'a>(line: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(name).filter_map(move |(at, _)| {
        let rest = line[at + name.len()..].strip_prefix("::")?;
        (!line[..at].ends_with(word) && !line[..at].ends_with("::")).then_some(rest)
    })
}

/// Lines of code: number, text, and whether it is inside a `#[cfg(test)] mod` (which ends at a `}` in the first
/// column).
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
