//! Pages that are made of the code and pictures that the program draws, so that neither goes stale; `just bless` writes
//! them. Every command in a page of docs/ is known to the program.
#![allow(clippy::disallowed_methods, reason = "reads and writes the documents, and runs the program")]

use crate::common::bless;
use crate::common::tables::commands;
use crate::common::tables::formats;
use meshtrace::check;
use meshtrace::explain;
use meshtrace::finding::ids;
use meshtrace::project;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Text for a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;").replace('\n', " ")
}

#[test]
fn the_page_of_keys_is_fresh() {
    let mut text = String::from(
        "# Keys\n\n<!-- Made from the code: `just bless` writes this page. -->\n\n## Of a profile\n\n\
         `meshtrace explain KEY` shows the same, and where a profile sets it.\n\n\
         | key | expects | default | |\n|---|---|---|---|\n",
    );
    for key in explain::keys().into_iter().filter(|key| !key.is_map) {
        let choices: Vec<String> =
            key.choices.iter().map(|(choice, about)| format!("`{choice}`: {}", cell(about))).collect();
        let expects = if choices.is_empty() { cell(&key.expects) } else { choices.join("<br>") };
        let about = if choices.is_empty() { cell(&key.about) } else { String::new() };
        let default = if key.default.is_empty() { String::new() } else { format!("`{}`", cell(&key.default)) };
        let _ = writeln!(text, "| `{}` | {expects} | {default} | {about} |", key.path);
    }
    text.push_str("\n## Of meshtrace.yaml\n\n| key | expects | |\n|---|---|---|\n");
    for key in project::KEYS {
        let _ = writeln!(text, "| `{}` | {} | {} |", key.path, cell(key.expects), cell(key.about));
    }
    bless::file(&root().join("docs/reference/keys.md"), &text);
}

#[test]
fn the_page_of_rules_is_fresh() {
    let mut text = String::from(
        "# Rules and messages\n\n<!-- Made from the code: `just bless` writes this page. -->\n\n\
         `meshtrace explain ID` gives the evidence, and of a rule an example that fails and one that passes.\n\n\
         ## Rules of `check`\n\n| rule | severity | |\n|---|---|---|\n",
    );
    for rule in check::rules() {
        let _ = writeln!(text, "| `{}` | {} | {} |", rule.id, rule.severity, cell(rule.summary));
    }
    text.push_str("\n## Other messages\n\n| id | |\n|---|---|\n");
    for entry in ids::ALL {
        let _ = writeln!(text, "| `{}` | {} |", entry.id, cell(entry.summary));
    }
    bless::file(&root().join("docs/reference/rules.md"), &text);
}

#[test]
fn the_page_of_commands_is_fresh() {
    let mut text = String::from(
        "# Commands, formats and exit codes\n\n<!-- Made from the code: `just bless` writes this page. -->\n\n\
         | exit code | |\n|---|---|\n\
         | 0 | done, nothing differs, nothing is wrong |\n\
         | 1 | the answer is no: differences, output that is out of date, an error of `check` |\n\
         | 2 | no answer: a wrong command line, profile, template or file |\n\n",
    );
    for command in ["check", "diff", "inject"] {
        let _ = writeln!(text, "Formats of `{command}`: {}.\n", list(&formats(&[command])));
    }
    let _ = writeln!(text, "Formats of `show graph`: {}.", list(&formats(&["show", "graph"])));
    for command in commands(&[]) {
        let help = run(&[&command, "--help"]);
        let _ = write!(text, "\n## {command}\n\n```text\n{}\n```\n", help.trim_end());
    }
    bless::file(&root().join("docs/reference/commands.md"), &text);
}

#[test]
fn the_pictures_in_docs_are_what_show_graph_draws() {
    let draw = |args: &[&str]| run(&[&["show", "graph"], args].concat());
    bless::file(&root().join("docs/pictures/dev.svg"), &draw(&["-p", "dev"]));
    bless::file(&root().join("docs/pictures/guide.svg"), &draw(&["tests/check/guide"]));
}

#[test]
fn pages_link_to_files_that_exist() {
    let mut wrong = Vec::new();
    let docs = bless::read(&root().join("docs")).into_iter().map(|(path, bytes)| (format!("docs/{path}"), bytes));
    let readme = [("README.md".to_owned(), fs::read(root().join("README.md")).unwrap())];
    for (page, bytes) in docs.chain(readme).filter(|(page, _)| page.ends_with(".md")) {
        let text = String::from_utf8(bytes).unwrap();
        for part in text.split("](").skip(1) {
            let Some((link, _)) = part.split_once(')') else { continue };
            let file = link.split('#').next().unwrap_or_default();
            let folder = Path::new(&page).parent().unwrap_or(Path::new(""));
            if !link.contains(':') && !file.is_empty() && !root().join(folder).join(file).exists() {
                wrong.push(format!("{page}: {link}"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn ids_and_commands_in_docs_exist() {
    let known: Vec<String> = commands(&[]);
    let mut wrong = Vec::new();
    for page in ["docs/troubleshooting.md", "docs/assumptions.md"] {
        let text = fs::read_to_string(root().join(page)).unwrap();
        for code in text.split('`').skip(1).step_by(2).filter_map(|code| code.strip_prefix("meshtrace ")) {
            let mut words = code.split_whitespace();
            let command = words.next().unwrap_or_default();
            if !known.iter().any(|known| known == command) {
                wrong.push(format!("{page}: there is no command `{code}`"));
            }
            if let ("explain", Some(id)) = (command, words.next())
                && explain::id(id, None).is_none()
                && id != "assumptions"
            {
                wrong.push(format!("{page}: `{code}` explains nothing"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn list(words: &[String]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

fn run(args: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_meshtrace"))
        .args(args)
        .current_dir(root())
        .env("NO_COLOR", "1")
        .env_remove("COLUMNS")
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}
