//! The README and docs/migrate.md show real output. Blocks after `<!-- file PATH -->` are written into an empty
//! project, those after `<!-- run ARGS -->` are what the program prints there, those after `<!-- shows PATH -->` are
//! what it wrote. `<!-- anew -->` begins another project; `just bless` rewrites the last two kinds.
#![allow(clippy::disallowed_methods, reason = "runs the program")]

use crate::common::bless;
use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn the_readme_shows_what_the_program_prints() {
    shows_what_the_program_prints("README.md");
}

#[test]
fn the_migration_guide_shows_what_the_program_prints() {
    shows_what_the_program_prints("docs/migrate.md");
}

#[test]
fn the_guide_to_fleets_shows_what_the_program_prints() {
    shows_what_the_program_prints("docs/fleets.md");
}

fn shows_what_the_program_prints(name: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let readme = fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
    let mut project = empty_project();
    let mut real = String::new();
    let mut lines = readme.split_inclusive('\n');
    while let Some(line) = lines.next() {
        real.push_str(line);
        let Some(order) = line.trim().strip_prefix("<!-- ").and_then(|rest| rest.strip_suffix(" -->")) else {
            continue;
        };
        if order == "anew" {
            project = empty_project();
            continue;
        }
        let fence = lines.next().expect("a block follows the comment");
        assert!(fence.starts_with("```"), "a block follows `{order}`");
        let ticks: String = fence.chars().take_while(|c| *c == '`').collect();
        let block: String = lines.by_ref().take_while(|line| line.trim_end() != ticks).collect();
        let (verb, rest) = order.split_once(' ').expect("a verb and what it is about");
        let file = project.path().join(rest);
        let block = match verb {
            "file" => {
                fs::create_dir_all(file.parent().unwrap()).unwrap();
                fs::write(file, &block).unwrap();
                block
            }
            "shows" => fs::read_to_string(file).unwrap(),
            "run" => run(rest, project.path()),
            other => panic!("unknown instruction `{other}`"),
        };
        real.push_str(fence);
        real.push_str(&block);
        real.push_str(&ticks);
        real.push('\n');
    }
    bless::file(&path, &real);
}

fn empty_project() -> tempfile::TempDir {
    let project = tempfile::tempdir().unwrap();
    fs::write(project.path().join("meshtrace.yaml"), "requires: \"0.1\"\nrenders: {dev: [dev]}\n").unwrap();
    project
}

fn run(arguments: &str, folder: &Path) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_meshtrace"))
        .args(arguments.split(' '))
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let printed = format!("$ meshtrace {arguments}\n{}{}", text(output.stdout), text(output.stderr));
    format!("{}\n", printed.trim_end())
}
