//! Commands, report formats and backends are defined in the code; these tests check that each is also in the README,
//! the changelog, the profiles, INSTALL.md and the tests. A failure names what is missing and where it belongs.
#![allow(clippy::disallowed_methods, reason = "reads the documents that it checks and runs the program")]

use crate::common::bless;
use crate::common::tables::BACKENDS;
use crate::common::tables::backends;
use crate::common::tables::commands;
use crate::common::tables::formats;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Whether a Markdown text contains `word` inside backticks, as a whole word.
fn names(text: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '-';
    text.lines()
        .flat_map(|line| line.split('`').skip(1).step_by(2))
        .any(|code| code.split(|c| !part(c)).any(|one| one == word))
}

#[track_caller]
fn none(forgotten: &[String]) {
    assert!(forgotten.is_empty(), "forgotten:\n{}", forgotten.join("\n"));
}

#[test]
fn every_command_is_documented_and_tested() {
    let (readme, changelog, limits) = (text("README.md"), text("CHANGELOG.md"), text("tests/it/cli/limits.rs"));
    let (_, table) = readme.split_once("\n## Commands\n").expect("the README lists the commands");
    let (table, _) = table.split_once("\n## ").expect("more follows");
    let first: String = table.lines().filter_map(|row| row.split('|').nth(1)).map(|cell| format!("{cell}\n")).collect();
    let tests: String =
        bless::read(&root().join("tests/it")).values().map(|file| String::from_utf8_lossy(file)).collect();
    let names_all = commands(&[]);
    assert!(names_all.len() >= 8, "{names_all:?}");
    let mut forgotten = Vec::new();
    for name in &names_all {
        let mut lacks = |so: bool, place: &str| forgotten.extend(so.then(|| format!("command `{name}`: {place}")));
        lacks(!names(&first, name), "README.md, the table under `## Commands`");
        lacks(!names(&changelog, name), "CHANGELOG.md");
        lacks(!tests.contains(&format!("[\"{name}\"")), "a test in tests/it/ that runs it");
        // `init` prints nothing on stdout, which the list is about.
        let listed = limits.contains(&format!("\"{name}\",\n")) || limits.contains(&format!("\"{name} "));
        lacks(name != "init" && !listed, "the list of commands in tests/it/cli/limits.rs");
    }
    for name in commands(&["show"]) {
        let row = table.lines().find(|row| row.starts_with("| `show ")).expect("`show` has a row");
        forgotten.extend(
            (!names(&row.replace("\\|", " "), &name)).then(|| format!("`show {name}`: README.md, the row of `show`")),
        );
        forgotten.extend(
            (!tests.contains(&format!("\"show\", \"{name}\""))).then(|| format!("`show {name}`: a test in tests/it/")),
        );
    }
    none(&forgotten);
}

#[test]
fn every_format_is_documented() {
    let (readme, changelog) = (text("README.md"), text("CHANGELOG.md"));
    let mut forgotten = Vec::new();
    for command in ["check", "diff"] {
        let formats = formats(&[command]);
        assert!(formats.len() >= 4, "{command}: {formats:?}");
        let option = format!("`--format {}`", formats.join("\\|"));
        let row = readme.lines().find(|row| row.starts_with(&format!("| `{command} "))).unwrap_or_default();
        if !row.contains(&option) {
            forgotten.push(format!("formats of `{command}`: README.md, its row under `## Commands` must say {option}"));
        }
        for format in formats.iter().filter(|format| !names(&changelog, format)) {
            forgotten.push(format!("format `{format}` of `{command}`: CHANGELOG.md"));
        }
    }
    none(&forgotten);
}

#[test]
fn tests_use_the_formats_of_the_program() {
    let listed = |text: &str| text.contains(concat!("for format in [", "\"human\""));
    let files = bless::read(&root().join("tests/it"));
    let own: Vec<&String> =
        files.iter().filter(|(_, bytes)| listed(&String::from_utf8_lossy(bytes))).map(|(path, _)| path).collect();
    assert!(own.is_empty(), "these list formats by hand, use `tables::formats`: {own:?}");
}

#[test]
fn every_backend_is_documented_and_tested() {
    let rows: Vec<&str> = BACKENDS.iter().map(|backend| backend.name).collect();
    assert_eq!(backends(), rows, "the schema on the left, BACKENDS in tests/it/common/tables.rs on the right");
    let (readme, changelog, base) = (text("README.md"), text("CHANGELOG.md"), text("profiles/base.yaml"));
    let golden = golden_backends();
    let mut forgotten = Vec::new();
    if !base.contains(&format!("# {}\n", rows.join(" | "))) {
        forgotten.push(format!("profiles/base.yaml, the comment of `jaeger.backend` must say {}", rows.join(" | ")));
    }
    let guides: BTreeMap<&str, String> =
        BACKENDS.iter().map(|backend| (backend.name, install(&backend.set()))).collect();
    for backend in BACKENDS {
        let name = backend.name;
        let mut lacks = |so: bool, place: &str| forgotten.extend(so.then(|| format!("backend `{name}`: {place}")));
        lacks(!names(&readme, name), "README.md");
        lacks(!names(&changelog, name), "CHANGELOG.md");
        lacks(!golden.iter().any(|one| one == name), "a case in tests/golden/");
        lacks(!guides[name].contains(backend.install), "templates/INSTALL.md, which does not say what its row says");
        let others = guides.iter().filter(|(other, guide)| **other != name && guide.contains(backend.install));
        let others: Vec<&&str> = others.map(|(other, _)| other).collect();
        lacks(!others.is_empty(), &format!("a distinct text in INSTALL.md: {others:?} have the same"));
    }
    none(&forgotten);
}

/// The INSTALL.md of the profile `dev` with this setting.
fn install(set: &str) -> String {
    let work = tempfile::tempdir().unwrap();
    let output = run(work.path(), &["render", "-p", "dev", "--set", set, "-o", "out"]);
    assert!(output.is_ok(), "{set}: {output:?}");
    fs::read_to_string(work.path().join("out/INSTALL.md")).unwrap()
}

/// The backends covered by the golden cases.
fn golden_backends() -> Vec<String> {
    let cases = fs::read_dir(root().join("tests/golden")).unwrap().map(|entry| entry.unwrap().path());
    let values = cases.filter(|case| case.is_dir()).map(|case: PathBuf| {
        let work = tempfile::tempdir().unwrap();
        let profiles = work.path().join("profiles");
        bless::write(&profiles, &bless::read(&case.join("profiles")));
        fs::create_dir_all(&profiles).unwrap();
        fs::write(work.path().join("meshtrace.yaml"), "requires: \"0.1\"\n").unwrap();
        fs::copy(case.join("profile.yaml"), profiles.join("case.yaml")).unwrap();
        run(work.path(), &["show", "values", "-p", "case"]).unwrap()
    });
    let lines: Vec<String> = values.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()).collect();
    lines.iter().filter_map(|line| line.strip_prefix("  backend: ")).map(str::to_owned).collect()
}

fn run(folder: &Path, args: &[&str]) -> Result<String, String> {
    let output = Command::new(env!("CARGO_BIN_EXE_meshtrace")).args(args).current_dir(folder).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

#[test]
fn every_file_of_tests_is_a_module() {
    let files = bless::read(&root().join("tests/it"));
    let mut forgotten = Vec::new();
    for path in files.keys().filter_map(|path| path.strip_suffix(".rs")) {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        if matches!(name, "main" | "mod") {
            continue;
        }
        let parent = if folder.is_empty() { "main.rs".to_owned() } else { format!("{folder}/mod.rs") };
        let declared = files.get(&parent).map(|bytes| String::from_utf8_lossy(bytes)).unwrap_or_default();
        if !declared.contains(&format!("mod {name};")) {
            forgotten.push(format!("tests/it/{path}.rs: `mod {name};` in tests/it/{parent}"));
        }
    }
    none(&forgotten);
}

/// The path of a line of `show model`: `services[].name` of `services[3].name: web  # string`.
fn path_of(line: &str) -> String {
    let path = line.split(": ").next().unwrap_or_default();
    let mut parts = path.split('[');
    let first = parts.next().unwrap_or_default().to_string();
    parts.fold(first, |path, part| match part.split_once(']') {
        Some((index, rest)) if index.bytes().all(|byte| byte.is_ascii_digit()) => format!("{path}[]{rest}"),
        _ => format!("{path}[{part}"),
    })
}

#[test]
fn what_templates_see_is_documented() {
    let page = text("docs/templates.md");
    let (_, table) = page.split_once("| path | type | meaning |").expect("docs/templates.md lists the model");
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
    let rows: BTreeMap<&str, &str> = rows.collect();
    let program = || Command::new(env!("CARGO_BIN_EXE_meshtrace"));
    let mut seen = BTreeSet::new();
    for profile in ["base", "dev", "debug", "separate-namespace", "enterprise", "production", "modern"] {
        let answer = program().args(["show", "model", "-p", profile]).current_dir(root()).output().unwrap();
        assert!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stderr));
        seen.extend(String::from_utf8(answer.stdout).unwrap().lines().map(path_of));
    }
    let is_below = |path: &str, row: &str| {
        path.strip_prefix(row).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    let is_key = |path: &str| program().args(["explain", path]).current_dir(root()).output().unwrap().status.success();
    let mut forgotten = Vec::new();
    for path in &seen {
        if !rows.keys().any(|row| is_below(path, row)) && !is_key(path) {
            forgotten.push(format!("{path} in docs/templates.md"));
        }
    }
    for row in rows.keys().filter(|row| !seen.iter().any(|path| is_below(path, row))) {
        forgotten.push(format!("{row} is in docs/templates.md, but templates do not see it"));
    }
    none(&forgotten);
}
