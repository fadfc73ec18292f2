//! What people see on a terminal: no row is wider than it. In a pipe, each row is a line.

use crate::cli::project::Project;
use crate::common::bless;
use std::fs::File;
use std::io::Read;
use std::os::fd::AsRawFd;
use std::os::fd::FromRawFd;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::Stdio;

/// What a terminal of so many columns shows.
fn shown(project: &Project, columns: u16, args: &[&str]) -> String {
    let (mut person, program) = terminal(columns);
    let mut command = project.command("", args);
    let mut child = command.stdout(program).stderr(Stdio::null()).spawn().unwrap();
    // It holds the end of the terminal that has to be closed for the other one to end.
    drop(command);
    let mut bytes = Vec::new();
    // On Linux a terminal that nobody writes to any more ends with an error.
    let _ = person.read_to_end(&mut bytes);
    assert!(child.wait().unwrap().success(), "{args:?}");
    String::from_utf8(bytes).unwrap().replace("\r\n", "\n")
}

/// The two ends of a terminal.
fn terminal(columns: u16) -> (File, OwnedFd) {
    let size = libc::winsize { ws_row: 50, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    let (mut person, mut program) = (-1, -1);
    let (name, modes) = (std::ptr::null_mut(), std::ptr::null());
    // SAFETY: openpty reads the size and writes the two numbers, which live longer than the call.
    let opened = unsafe { libc::openpty(&raw mut person, &raw mut program, name, modes, &raw const size) };
    assert_eq!(opened, 0, "{}", std::io::Error::last_os_error());
    // SAFETY: openpty has just opened both, and nothing else knows them.
    let ends = unsafe { (File::from_raw_fd(person), OwnedFd::from_raw_fd(program)) };
    // Programs that other tests start meanwhile do not keep them open.
    for end in [ends.0.as_raw_fd(), ends.1.as_raw_fd()] {
        // SAFETY: sets a flag of a descriptor that is open.
        unsafe { libc::fcntl(end, libc::F_SETFD, libc::FD_CLOEXEC) };
    }
    ends
}

fn golden(name: &str, text: &str) {
    bless::file(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/looks").join(name), text);
}

const LISTS: &[&[&str]] = &[
    &["show", "rules"],
    &["show", "versions"],
    &["show", "profiles"],
    &["show", "templates"],
    &["show", "images", "-p", "dev"],
    &["show", "model", "-p", "dev"],
    &["show", "values", "-p", "dev", "--origins"],
    &["explain", "jaeger.storage"],
    &["explain", "consul.gossip.mode"],
    &["explain", "yaml-key"],
    &["explain", "check.allow"],
    &["explain", "assumptions"],
];

#[test]
fn lists_and_explanations_fit_the_terminal() {
    let project = Project::bare();
    for args in LISTS {
        let args: Vec<&str> = [*args, &["--color", "never"]].concat();
        for columns in [80, 120] {
            let text = shown(&project, columns, &args);
            let is_long = |line: &&str| line.chars().count() > usize::from(columns) && line.trim_start().contains(' ');
            let long: Vec<&str> = text.lines().filter(is_long).collect();
            assert!(long.is_empty(), "{args:?} at {columns}: {long:#?}");
        }
    }
    for (name, args) in [
        ("versions", &["show", "versions"][..]),
        ("profiles", &["show", "profiles"]),
        ("images", &["show", "images", "-p", "dev"]),
        ("explain-jaeger.storage", &["explain", "jaeger.storage"]),
        ("explain-consul.servers", &["explain", "consul.servers"]),
    ] {
        golden(&format!("{name}-80.txt"), &shown(&project, 80, args));
    }
    let rules = shown(&project, 80, &["show", "rules"]);
    golden("rules-80.ansi", &rules.split_inclusive('\n').take(25).collect::<String>());
}

#[test]
fn a_pipe_gets_one_line_for_each_item() {
    let project = Project::bare();
    let rules: serde_json::Value =
        serde_json::from_str(&project.run(&["show", "rules", "--format", "json"]).ok()).unwrap();
    let line = |rule: &serde_json::Value| {
        let text = |key: &str| rule[key].as_str().unwrap().to_owned();
        format!("{}  {}  {}\n", text("id"), text("severity"), text("summary"))
    };
    let expected: String = rules.as_array().unwrap().iter().map(line).collect();
    assert_eq!(project.run(&["show", "rules"]).ok(), expected);
    // Neither does an exported width change that.
    let piped = project.command("", &["show", "rules"]).env("COLUMNS", "40").output().unwrap();
    assert_eq!(String::from_utf8(piped.stdout).unwrap(), expected);
    let profiles = project.run(&["show", "profiles"]).ok();
    assert!(profiles.lines().all(|line| !line.starts_with(' ')) && profiles.contains("every key"), "{profiles}");
}

/// What bash puts in the place of the last part of a line.
fn completed(project: &Project, line: &str) -> Option<Vec<String>> {
    let words = "read -ra COMP_WORDS <<< \"${COMP_LINE//=/ = }\"; [[ $COMP_LINE == *' ' ]] && COMP_WORDS+=('')";
    let words = format!("{words}\n[[ $COMP_LINE == *:* ]] && COMP_WORDS=(\"${{COMP_WORDS[@]:0:2}}\" profile : de)");
    let script = format!(
        "source <(meshtrace completions bash)\n{words}\nCOMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)) COMP_TYPE=9\n\
         last=${{COMP_WORDS[COMP_CWORD]}}\n[[ $last == = ]] && last=\n\
         _clap_complete_meshtrace meshtrace \"$last\" x\nprintf '%s\\n' \"${{COMPREPLY[@]}}\""
    );
    let dir = Path::new(env!("CARGO_BIN_EXE_meshtrace")).parent().unwrap();
    let path = format!("{}:{}", dir.display(), std::env::var("PATH").unwrap_or_default());
    let mut bash = std::process::Command::new("bash");
    bash.args(["--norc", "-c", &script]).env("PATH", path).env("COMP_LINE", line).current_dir(project.path(""));
    let output = bash.output().ok()?;
    Some(String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect())
}

#[test]
fn bash_completes_what_follows_an_equals_sign_or_a_colon() {
    let project = Project::new().profile("site", "extends: dev\n");
    for (line, expected) in [
        ("meshtrace render --set consul.gossip.mode=v", &["vault"][..]),
        ("meshtrace render --set  consul.acls=true,consul.gossip.mode=v", &["vault"]),
        ("meshtrace check --format=j", &["json", "junit"]),
        ("meshtrace check --format=", &["human", "json", "markdown", "html", "sarif", "github", "gitlab", "junit"]),
        ("meshtrace render --set consul.gossip.mo", &["consul.gossip.mode="]),
        ("meshtrace render --profile=si", &["site"]),
        ("meshtrace render -p si", &["site"]),
        ("meshtrace check si", &["site"]),
        ("meshtrace diff si", &["site"]),
        ("meshtrace diff profile:de", &["debug", "dev"]),
        ("meshtrace show renders si", &["site"]),
        ("meshtrace explain consul.gossip.mo", &["consul.gossip.mode"]),
        ("meshtrace fix --rule collector-po", &["collector-port"]),
        ("meshtrace man ren", &["render"]),
    ] {
        match completed(&project, line) {
            Some(found) => assert_eq!(found, expected, "{line}"),
            None => eprintln!("skipped: bash is not installed"),
        }
    }
}
