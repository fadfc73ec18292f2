//! What people copy from the README and the pages of docs/ works: each command is one that the program accepts, each
//! profile renders, and each part of a profile has keys and values that exist.
#![allow(clippy::disallowed_methods, reason = "runs the program")]

use crate::common::bless;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::process::Output;

fn pages() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = bless::read(&root.join("docs")).into_iter().filter(|(path, _)| path.ends_with(".md"));
    let docs = docs.map(|(path, bytes)| (format!("docs/{path}"), String::from_utf8(bytes).unwrap()));
    docs.chain([("README.md".to_owned(), fs::read_to_string(root.join("README.md")).unwrap())]).collect()
}

/// The code blocks of a page, without the indentation of the list that they are in: language and text.
fn blocks(text: &str) -> Vec<(&str, String)> {
    let mut all = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let (indent, Some(language)) = (line.len() - line.trim_start().len(), line.trim_start().strip_prefix("```"))
        else {
            continue;
        };
        let inside = lines.by_ref().take_while(|line| line.trim() != "```");
        let inside = inside.map(|line| format!("{}\n", line.get(indent..).unwrap_or_default())).collect();
        all.push((language, inside));
    }
    all
}

/// The arguments of each `meshtrace` command in a line of a shell.
fn commands(line: &str) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    // A comment, or the second column of the examples in a help text.
    let code = line.trim().split(" #").next().unwrap_or_default();
    let code = code.split("   ").next().unwrap_or_default();
    for part in code.split(['|', ';', '&', '(', ')']) {
        let mut words = shell_words(part).into_iter().skip_while(|word| word == "$" || word.contains('='));
        match words.next().as_deref() {
            Some("meshtrace") => all.push(words.collect()),
            Some("cargo") => {
                let mut rest = words.skip_while(|word| word != "--");
                if rest.next().is_some() {
                    all.push(rest.collect());
                }
            }
            _ => {}
        }
    }
    all
}

/// Words up to a redirection, without quotes.
fn shell_words(text: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for letter in text.chars() {
        match (letter, quote) {
            ('\'' | '"', None) => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (_, Some(open)) if letter == open => quote = None,
            (' ', None) => words.extend(word.take()),
            ('>' | '<', None) => break,
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

fn meshtrace(folder: &Path, args: &[String]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_meshtrace"))
        .args(args)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .env_remove("COLUMNS")
        .output()
        .unwrap()
}

#[test]
fn every_command_is_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let (mut seen, mut wrong) = (0, Vec::new());
    for (page, text) in pages() {
        let in_blocks = blocks(&text).into_iter().flat_map(|(language, block)| match language {
            // Output of commands that another test compares.
            "console" => block.lines().filter(|line| line.starts_with("$ ")).map(str::to_owned).collect::<Vec<_>>(),
            _ => block.lines().map(|line| line.trim_start_matches([' ', '-']).replace("run: ", "")).collect(),
        });
        let in_text = text.lines().filter(|line| !line.starts_with("```")).flat_map(|line| {
            line.split('`').skip(1).step_by(2).filter(|code| code.starts_with("meshtrace ")).map(str::to_owned)
        });
        for mut args in in_blocks.chain(in_text).flat_map(|line| commands(&line)) {
            // Placeholders and optional parts of a synopsis.
            if args.iter().any(|arg| arg == "..." || arg.starts_with('[')) || args.is_empty() {
                continue;
            }
            args.push("--help".into());
            seen += 1;
            let output = meshtrace(folder.path(), &args);
            if !output.status.success() {
                wrong.push(format!("{page}: {}\n{}", args.join(" "), String::from_utf8_lossy(&output.stderr)));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(seen > 60, "only {seen} commands were found");
}

/// Whether a text has top-level keys and all are keys of a profile.
fn is_profile(text: &str) -> bool {
    let base = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles/base.yaml")).unwrap();
    let key = |line: &str| {
        let word = line.split(':').next().unwrap_or_default();
        (!word.is_empty() && !word.starts_with([' ', '#', '-', '{', '}'])).then(|| word.to_owned())
    };
    let known: Vec<String> = base.lines().filter_map(key).chain(["extends".to_owned()]).collect();
    let mut keys = text.lines().filter_map(key).peekable();
    keys.peek().is_some() && keys.all(|key| known.contains(&key))
}

#[test]
fn every_profile_and_part_of_one_is_accepted() {
    let (mut seen, mut wrong) = (0, Vec::new());
    for (page, text) in pages() {
        for (_, block) in blocks(&text).into_iter().filter(|(language, block)| *language == "yaml" && is_profile(block))
        {
            // The README shows a profile with mistakes, and what the program says of them.
            if block.contains("logLvel") {
                continue;
            }
            seen += 1;
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("meshtrace.yaml"), "requires: \"0.1\"\nrenders: {dev: [dev]}\n").unwrap();
            fs::create_dir(folder.path().join("profiles")).unwrap();
            for name in ["team", "fleet", "cluster"] {
                fs::write(folder.path().join(format!("profiles/{name}.yaml")), "extends: dev\n").unwrap();
            }
            let extends = if block.contains("extends:") { "" } else { "extends: production\n" };
            fs::write(folder.path().join("profiles/page.yaml"), format!("{extends}{block}")).unwrap();
            let output = meshtrace(folder.path(), &["show", "values", "-p", "page"].map(String::from));
            if !output.status.success() {
                wrong.push(format!("{page}:\n{block}{}", String::from_utf8_lossy(&output.stderr)));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(seen > 10, "only {seen} profiles were found");
}

#[test]
fn the_figures_of_what_is_proven_are_those_of_the_records() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/assumptions.md")).unwrap();
    for folder in ["chain", "apiserver", "envoy", "consul-k8s", "otelcol", "jaeger-operator"] {
        let (mut answers, mut differences) = (0, 0);
        for (path, bytes) in bless::read(&root.join("tests/truth").join(folder)) {
            let text = String::from_utf8(bytes).unwrap();
            let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).count();
            if path.ends_with(".jsonl") {
                answers += lines;
            } else if path.ends_with(".json") {
                let records: serde_json::Value = serde_json::from_str(&text).unwrap();
                answers += records["cases"].as_array().map_or(0, Vec::len);
            } else if path.ends_with("differences.tsv") {
                differences += lines;
            }
        }
        let row = format!("| `{folder}` | {answers} | {differences} |");
        assert!(answers > 0 && page.lines().any(|line| line == row), "docs/assumptions.md needs {row}");
    }
}
