//! Repositories as git checks them out: with other line ends, by another user. With real git.

use crate::cli::project::Project;
use crate::common::tables::formats;
use std::process::Command;

#[track_caller]
fn git(project: &Project, arguments: &[&str]) {
    let output = Command::new("git")
        .args(["-c", "user.name=a", "-c", "user.email=a@example.com"])
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .current_dir(project.path(""))
        .output()
        .unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

const COPIED: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, namespace: default}\n";

/// A repository with a render, checked out again with CRLF.
fn converted() -> Project {
    let project = Project::new()
        .profile("site", "extends: [dev, modern]\n")
        .file("files/x.yaml", COPIED)
        .file("files/notes.txt", "one\ntwo\n")
        .template(
            "manifests/mine.yaml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: mine, namespace: default}\n",
        );
    git(&project, &["init", "-q", "-b", "main"]);
    project.run(&["render"]).ok();
    git(&project, &["add", "-A"]);
    git(&project, &["commit", "-q", "-m", "x"]);
    git(&project, &["config", "core.autocrlf", "true"]);
    for folder in ["out", "profiles", "files", "templates"] {
        std::fs::remove_dir_all(project.path(folder)).unwrap();
    }
    std::fs::remove_file(project.path("meshtrace.yaml")).unwrap();
    git(&project, &["checkout", "-q", "--", "."]);
    assert!(project.read("out/site/render.sha256").contains("\r\n") && project.read("files/x.yaml").contains("\r\n"));
    project
}

#[test]
fn line_ends_that_git_changed_are_no_edit() {
    let project = converted();
    let run = project.run(&["render", "--check"]).untouched();
    assert!(run.code == 0 && !run.stderr.contains("warning"), "{}", run.stderr);
    let run = project.run(&["render"]).untouched();
    assert!(run.code == 0 && run.stderr.contains("out/site: 0 changed, "), "{}", run.stderr);
    for args in
        [&["diff"][..], &["diff", "git:HEAD"], &["diff", "git:HEAD:out", "out"], &["diff", "out", "git:HEAD:out"]]
    {
        for format in formats(&["diff"]) {
            let run = project.run(&[args, &["--format", &format]].concat());
            assert_eq!(run.code, 0, "{args:?}: {}{}", run.stdout, run.stderr);
        }
    }
    project.run(&["diff", "out", "out"]).ok();
    project.run(&["diff", "out/site", "profile:site"]).ok();
}

#[test]
fn edits_of_a_converted_file_are_found_and_only_they_are_shown() {
    let project = converted();
    let file = "out/site/INSTALL.md";
    let before = project.read(file);
    for edited in [
        before.clone() + "mine\r\n",
        // Only some lines.
        before.replacen("\r\n", "\n", 1),
        before.replacen('#', "\0", 1),
    ] {
        project.put(file, &edited);
        project
            .run(&["render"])
            .refuses(&["error[edited-by-hand]: `out/site/INSTALL.md` was edited by hand", "`meshtrace diff`"]);
        let check = project.run(&["render", "--check"]);
        assert!(check.code == 1 && check.stderr.contains("INSTALL.md: stale"), "{}", check.stderr);
        assert_eq!(project.run(&["diff"]).code, 1);
    }
    project.put(file, before.clone() + "mine\r\n");
    let diff = project.run(&["diff"]).stdout;
    assert!(diff.contains("mine") && diff.lines().count() < 20, "{diff}");
    project.run(&["render", "--force"]).ok();
    project.run(&["render", "--check"]).ok();
}

#[test]
fn a_change_is_rendered_into_converted_files() {
    let project = converted();
    project.put("profiles/site.yaml", "extends: [dev, modern]\r\njaeger: {name: other}\r\n");
    let run = project.run(&["render"]);
    assert!(run.code == 0 && run.stderr.contains(" removed"), "{}", run.stderr);
    project.run(&["render", "--check"]).ok();
    project.put("meshtrace.yaml", "renders: {other: [site]}\n");
    project.run(&["render", "--prune"]).ok();
    assert!(!project.path("out/site").exists());
}

#[test]
fn what_git_says_of_a_repository_of_another_user_is_passed_on() {
    let project = converted();
    let output =
        project.command("", &["diff", "git:HEAD"]).env("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1").output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    for part in ["error[git]: git does not read this repository: detected dubious ownership", "--add safe.directory"] {
        assert!(said.contains(part), "{part}: {said}");
    }
}
