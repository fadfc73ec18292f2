//! Names and texts from untrusted files in the output: they have no effect on terminals, pages or runners, and hide
//! nothing.

use crate::cli::project::Project;
use crate::cli::project::Run;
use crate::common::tables::formats;

/// Controls a terminal, reorders a line, begins a line, ends a cell, contains markup, mentions people, is a workflow
/// command.
const HOSTILE: &str = "a\\e[2J\\u202Eb\\n::error::c|d<script>@org/all[x](http://y)\\u2066\\U000E0061`q`%0A";

#[track_caller]
fn harmless(text: &str) {
    let bad = |c: char| {
        c.is_control() && !matches!(c, '\n' | '\t')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{e0000}'..='\u{e0fff}')
    };
    assert!(!text.contains(bad), "{text:?}");
    assert!(!text.lines().any(|line| line.trim_start().starts_with("::error::c")), "{text}");
}

fn hostile_object(value: &str) -> String {
    format!(
        "apiVersion: jaegertracing.io/v1\nkind: Jaeger\nmetadata: {{name: x}}\nspec: {{strategy: \"{HOSTILE}\", \"{HOSTILE}\": {value}}}\n---\napiVersion: v1\nkind: \"{HOSTILE}\"\nmetadata: {{name: \"{HOSTILE}\"}}\n"
    )
}

#[test]
fn check_in_every_format() {
    let project = Project::new().file("a.yaml", hostile_object("1"));
    for format in &formats(&["check"]) {
        let Run { stdout, stderr, .. } = project.run(&["check", "a.yaml", "--format", format]);
        assert!(stdout.contains("prod") || stdout.contains("strategy"), "{stdout}");
        harmless(&stdout);
        harmless(&stderr);
        if format == "markdown" {
            for line in stdout.lines() {
                let outside: String = line.split('`').step_by(2).collect();
                assert!(
                    !outside.contains("<script") && !outside.contains("@org") && !outside.contains("](http"),
                    "{line}"
                );
            }
        }
        if format == "github" {
            assert!(stdout.lines().all(|line| line.starts_with("::")), "{stdout}");
        }
    }
}

#[test]
fn diff_in_every_format_for_people() {
    let project = Project::new().file("a.yaml", hostile_object("1")).file("b.yaml", hostile_object("2"));
    for format in formats(&["diff"]).iter().filter(|format| *format != "patch") {
        let out = project.run(&["diff", "a.yaml", "b.yaml", "--format", format]);
        assert_eq!(out.code, 1, "{}", out.stderr);
        harmless(&out.stdout);
    }
    project.put("b.yaml", "");
    for args in [&["diff", "a.yaml", "b.yaml"][..], &["diff", "a.yaml", "b.yaml", "--format", "markdown"]] {
        harmless(&project.run(args).stdout);
    }
}

#[test]
fn show_and_explain() {
    let profile = format!("# x\u{202e}\u{7f} y\nextends: dev\nvars: {{\"{HOSTILE}\": \"{HOSTILE}\"}}\n");
    let project = Project::new().profile("site", profile).template("a\u{202e}b.md", "x");
    for args in [
        &["show", "profiles"][..],
        &["show", "templates"],
        &["show", "values", "-p", "site"],
        &["show", "values", "-p", "site", "--origins"],
        &["explain", "vars", "-p", "site"],
        &["explain", "vars.x\u{202e}\u{1b}", "-p", "site"],
    ] {
        let out = project.run(args);
        harmless(&out.stdout);
        harmless(&out.stderr);
    }
    assert!(project.run(&["show", "profiles"]).stdout.contains("x\\u{202e}\\u{7f} y"));
}

#[test]
fn names_of_files_and_messages_on_stderr() {
    let project =
        Project::new().file("a\u{202e}\u{2066}.yaml", "a: [\n").file("v.yaml", format!("{{\"{HOSTILE}\": 1}}"));
    for args in [
        &["check", "a\u{202e}\u{2066}.yaml"][..],
        &["diff", "a\u{202e}\u{2066}.yaml", "v.yaml"],
        &["render", "-p", "dev", "-f", "v.yaml"],
        &["render", "-p", "dev", "-f", "a\u{202e}\u{2066}.yaml"],
        &["render", "-p", "x\u{1b}[2J\u{202e}"],
        &["render", "-p", "dev", "--only", "x\u{202e}"],
    ] {
        let out = project.run(args);
        assert_ne!(out.code, 0);
        harmless(&out.stdout);
        harmless(&out.stderr);
    }
}

#[test]
fn text_of_all_scripts_is_shown_unchanged() {
    let project = Project::new().file("v.yaml", "consul: {한글-می\u{200c}خواهم-👩❤\u{fe0f}: 1}\n");
    let out = project.run(&["render", "-p", "dev", "-f", "v.yaml"]);
    assert!(out.stderr.contains("unknown key `consul.한글-می\u{200c}خواهم-👩❤\u{fe0f}`"), "{}", out.stderr);
}

#[test]
fn keys_that_yaml_reads_as_something_else() {
    let render =
        |text: &str| Project::new().profile("site", format!("extends: dev\n{text}")).run(&["render", "-p", "site"]);
    render("services: {no: {port: 1}}\n").refuses(&[
        "error[yaml-key]: the key `no` is not text: kubectl and Helm read it as the boolean `false`",
        "put it in quotes: `\"no\":`; if you mean `false`, write `\"false\":`",
        "profiles/site.yaml:2:12",
    ]);
    render("ingress: {gateways: {0x10: {}}}\n")
        .refuses(&["the key `0x10` is not text: kubectl and Helm read it as the number `16`"]);
    assert!(render("services: {\"no\": {port: 1}}\n").ok().contains("name: \"no\""));
    let out = render("consul: {values: {global: {on: 1}}}\n");
    assert!(out.stderr.contains("warning[yaml-key]"), "{}", out.stderr);
    out.ok();
    let project = Project::new().file("meshtrace.yaml", "renders: {on: [dev]}\n");
    project
        .run(&["render"])
        .refuses(&["the key `on` is not text: kubectl and Helm read it as the boolean `true`", "meshtrace.yaml:1:11"]);
    Project::new().file("meshtrace.yaml", "renders: {2024: [dev], \"on\": [dev]}\n").run(&["render"]).ok();
}

#[test]
fn lists_are_split_as_in_kubectl() {
    let list = |port: u32| {
        format!(
            "apiVersion: v1\nkind: List\nmetadata: {{name: named}}\nitems:\n- apiVersion: v1\n  kind: Service\n  metadata: {{name: a}}\n  spec: {{ports: [{{port: {port}}}]}}\n---\napiVersion: v1\nkind: ConfigMapList\nmetadata: {{name: named}}\nitems:\n- metadata: {{name: c}}\n  data: {{port: \"{port}\"}}\n"
        )
    };
    let project = Project::new()
        .file("a.yaml", list(1))
        .file("b.yaml", list(2))
        .file("files/a.yaml", list(1) + "---\n" + &list(1));
    project.run(&["check", "a.yaml"]).ok();
    let out = project.run(&["diff", "a.yaml", "b.yaml"]).stdout;
    assert!(out.contains("~ ConfigMap c  [b.yaml]\n") && out.contains("~ Service a  [b.yaml]\n"), "{out}");
    let out = project.profile("site", "extends: dev\n").run(&["render"]);
    out.refuses(&["ConfigMap `c` appears twice under `files/`", "Service `a` appears twice under `files/`"]);
}

/// A tree may hold names that are no text: they hide nothing, stop nothing, and are told apart.
#[cfg(target_os = "linux")]
#[test]
fn names_that_are_not_utf8() {
    use std::ffi::OsStr;
    use std::fs;
    use std::os::unix::ffi::OsStrExt;

    let map = |value: u8| format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: m}}\ndata: {{k: '{value}'}}\n");
    let project = Project::new().file("a/m.yaml", map(1)).file("b/m.yaml", map(1));
    let put = |folder: &str, name: &[u8], text: &str| {
        let path = project.path(folder).join(OsStr::from_bytes(name));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    for (folder, value) in [("a", 1), ("b", 2)] {
        put(folder, b"x\xff.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n");
        put(folder, b"x\xfe.txt", &format!("{value}\n"));
        put(folder, b"caf\xe9/m.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: y}\n");
    }
    project.run(&["diff", "a", "a"]).says(0, "no differences\n", "");
    let out = project.run(&["diff", "a", "b"]);
    assert_eq!((out.code, out.stdout.contains("x\\xfe.txt")), (1, true), "{}{}", out.stdout, out.stderr);
    let out = project.run(&["diff", "a", "b", "--format", "patch"]);
    assert!(out.stdout.is_empty() && out.stderr.contains("its name is not UTF-8"), "{}{}", out.stdout, out.stderr);
    let out = project.run(&["check", "a"]);
    assert!(out.stdout.contains("2 files that are not UTF-8 text"), "{}{}", out.stdout, out.stderr);
    assert_eq!(out.code, 0, "{}{}", out.stdout, out.stderr);
    // What would be mistaken for another file is still an error.
    put("a", b"x\\xff.yaml", "a: 1\n");
    project.run(&["diff", "a", "a"]).refuses(&["the name of `a/x\\xff.yaml` is not UTF-8"]);
}
