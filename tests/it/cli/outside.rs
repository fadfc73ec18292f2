//! What an untrusted repository may not reach: files outside of it, and git's own.

use crate::cli::project::Project;
use crate::cli::project::tree;
use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::process::Command;

/// What must never be shown or copied.
const SECRET: &str = "eyJ-host-token";

/// A project in `up/`, next to files that are not its own.
fn stranger() -> Project {
    Project::bare()
        .file("host/token", SECRET)
        .file("host/x.yaml", format!("a: {SECRET}\n"))
        .file("up/meshtrace.yaml", "renders: {site: [dev]}\n")
}

const COMMANDS: [&[&str]; 9] = [
    &["render"],
    &["render", "--check"],
    &["render", "-p", "dev"],
    &["check"],
    &["check", "-p", "dev"],
    &["diff"],
    &["show", "values", "-p", "dev"],
    &["show", "templates"],
    &["explain", "jaeger.name"],
];

/// Every command fails with `parts` in its message, and reveals nothing of what is outside.
#[track_caller]
fn refused(project: &Project, parts: &[&str]) {
    for command in COMMANDS {
        let run = project.run_in("up", command);
        assert!(!run.stderr.contains(SECRET) && !run.stderr.contains("host"), "{command:?}\n{}", run.stderr);
        run.refuses(parts);
    }
}

fn git(project: &Project, args: &[&str]) -> String {
    let mut command = Command::new("git");
    command.args(args).current_dir(project.path("up")).env("GIT_CONFIG_GLOBAL", "/dev/null");
    command.env("GIT_CONFIG_NOSYSTEM", "1");
    for who in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{who}_NAME"), "a").env(format!("GIT_{who}_EMAIL"), "a@example.com");
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{args:?} {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_folder_that_is_a_link_out_of_the_project_is_refused() {
    for name in ["files", "templates", "profiles"] {
        for (target, why) in [
            ("../host", "points out of the project"),
            ("/proc/self/fd", "points out of the project"),
            ("/", "points out of the project"),
            ("/dev/zero", "points out of the project"),
            ("nowhere", "target does not exist"),
            (".", "to a folder that contains it"),
            (".git", "to something hidden"),
            (".git/x", "to something hidden"),
            ("chain", "points out of the project"),
        ] {
            let project = stranger().file("up/.git/x/config", SECRET);
            symlink("../host", project.path("up/chain")).unwrap();
            symlink(target, project.path(&format!("up/{name}"))).unwrap();
            refused(&project, &[&format!("`{name}` is a symbolic link"), why]);
        }
        let project = stranger().file(&format!("up/{name}"), "x");
        refused(&project, &[&format!("`{name}` is a file, expected a folder")]);
    }
    let project = stranger().file("up/shared/x.yaml", "# One.\njaeger: {name: mine}\n");
    symlink("shared", project.path("up/profiles")).unwrap();
    assert!(project.run_in("up", &["show", "profiles"]).ok().contains("One.  (yours)"));
}

#[test]
fn files_that_are_not_regular_are_refused_without_blocking() {
    for name in ["files", "templates", "profiles"] {
        let project = stranger().file(&format!("up/{name}/sub/x"), "").file("up/.env", SECRET);
        let path = |file: &str| project.path(&format!("up/{name}/{file}"));
        assert!(Command::new("mkfifo").arg(path("pipe")).status().unwrap().success());
        let _socket = UnixListener::bind(path("socket")).unwrap();
        symlink("pipe", path("link")).unwrap();
        symlink("/dev/zero", path("endless")).unwrap();
        symlink("../../host/token", path("outside")).unwrap();
        symlink("../.env", path("env")).unwrap();
        symlink("..", path("sub/up")).unwrap();
        refused(
            &project,
            &[
                &format!("`{name}/pipe` is a pipe, expected a file"),
                &format!("`{name}/socket` is a socket, expected a file"),
                &format!("`{name}/link` is a pipe, expected a file"),
                &format!("`{name}/endless` is a symbolic link that points out of `{name}`"),
                &format!("`{name}/outside` is a symbolic link that points out of `{name}`"),
                &format!("`{name}/env` is a symbolic link that points out of `{name}`"),
                &format!("`{name}/sub/up` is a symbolic link that points back"),
            ],
        );
    }
    // Inside the folder, but still private.
    let project = stranger().file("up/files/.env", SECRET);
    symlink(".env", project.path("up/files/env")).unwrap();
    refused(&project, &["`files/env` is a symbolic link to something hidden"]);
}

#[test]
fn the_project_file_must_be_inside_the_project() {
    let project = stranger();
    let file = project.path("up/meshtrace.yaml");
    for (target, why) in [
        ("../host/x.yaml", "points out of the project"),
        ("/dev/zero", "points out of the project"),
        ("nowhere", "target does not exist"),
        ("meshtrace.yaml", "points out of the project"),
    ] {
        fs::remove_file(&file).unwrap();
        symlink(target, &file).unwrap();
        refused(&project, &["`meshtrace.yaml` is a symbolic link", why]);
        project.run_in("up", &["check", "meshtrace.yaml"]).refuses(&["`meshtrace.yaml` is a symbolic link"]);
    }
    fs::remove_file(&file).unwrap();
    assert!(Command::new("mkfifo").arg(&file).status().unwrap().success());
    refused(&project, &["`meshtrace.yaml` is a pipe, expected a file"]);
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    refused(&project, &["`meshtrace.yaml` is a directory, expected a file"]);
    fs::remove_dir(&file).unwrap();
    fs::create_dir(project.path("up/conf")).unwrap();
    fs::write(project.path("up/conf/x.yaml"), "renders: {site: [dev]}\n").unwrap();
    symlink("conf/x.yaml", &file).unwrap();
    project.run_in("up", &["render"]).ok();
}

#[test]
fn the_last_render_must_be_inside_the_project() {
    let project = stranger().file("host/site/x.yaml", SECRET);
    symlink("../host", project.path("up/out")).unwrap();
    for command in [&["render"][..], &["render", "--check"], &["diff"]] {
        let run = project.run_in("up", command);
        assert!(!run.stderr.contains("host"), "{}", run.stderr);
        run.refuses(&["`out` is a symbolic link that points out"]);
    }
    let project = stranger().file("up/.git/config", SECRET);
    symlink(".git", project.path("up/out")).unwrap();
    for command in [&["render"][..], &["render", "-p", "dev", "-o", "out"], &["diff"]] {
        project.run_in("up", command).refuses(&["`out` is a symbolic link", "hidden"]);
    }
    // A user who names a folder elsewhere means it.
    let project = stranger().profile("site", "extends: dev\n");
    project.run_in("up", &["render", "-p", "dev", "-o", "../elsewhere"]).ok();
    symlink("../profiles", project.path("up/mine")).unwrap();
    assert!(project.run_in("up", &["show", "profiles", "--profiles", "mine"]).ok().contains("(yours)"));
    symlink("../elsewhere", project.path("up/old")).unwrap();
    assert_eq!(project.run_in("up", &["diff", "old", "../elsewhere"]).code, 0);
    project.run_in("up", &["check", "old"]).untouched().ok();
}

#[test]
fn init_does_not_write_through_links() {
    let project = Project::bare().file("host/x", "");
    fs::create_dir(project.path("up")).unwrap();
    symlink("../host", project.path("up/profiles")).unwrap();
    symlink("../host/y", project.path("up/meshtrace.yaml")).unwrap();
    project.run_in("up", &["init"]).refuses(&[
        "`meshtrace.yaml` is a symbolic link whose target does not exist",
        "`profiles` is a symbolic link that points out of the project",
    ]);
    project.run(&["init", "up"]).refuses(&["`up/profiles` is a symbolic link that points out of the project"]);
    assert_eq!(tree(&project.path("host")).len(), 1);
}

/// A render into `.git` would create a `commondir` there, and the next git command would run programs named in the
/// config next to it.
#[test]
fn a_render_does_not_reach_git() {
    let project = Project::bare().file("up/templates/commondir", "../evil\n").file("up/evil/objects/x", "");
    let project = project
        .file("up/evil/refs/x", "")
        .file("up/evil/config", "[core]\n\trepositoryformatversion = 0\n\tfsmonitor = \"touch PWNED; false\"\n");
    git(&project, &["init", "-q"]);
    let before = tree(&project.path("up"));
    let spellings = [
        (".", "{.git: [dev]}"),
        (".", "{.GIT: [dev]}"),
        (".", "{git~1: [dev]}"),
        (".", "{'.git.': [dev]}"),
        (".", "{'.git ': [dev]}"),
        (".", "{\".g\\u200Cit\": [dev]}"),
        (".", "{.git/modules/x: [dev]}"),
        (".", "{a/.git: [dev]}"),
        (".", "{'*': ['*']}"),
        (".git", "{x: [dev]}"),
        ("./.git/./modules", "{x: [dev]}"),
        ("a/.Git", "{x: [dev]}"),
        (".github", "{workflows: [dev]}"),
        (".", "{.husky: [dev]}"),
    ];
    for (out, renders) in spellings {
        project.put("up/meshtrace.yaml", format!("out: {out}\nrenders: {renders}\n"));
        project.put("up/profiles/git~1.yaml", "extends: dev\n");
        project.run_in("up", &["render"]).refuses(&["unsafe-path", "meshtrace.yaml:"]);
        git(&project, &["status", "--short"]);
    }
    for path in ["meshtrace.yaml", "profiles/git~1.yaml"] {
        fs::remove_file(project.path("up").join(path)).unwrap();
    }
    fs::remove_dir(project.path("up/profiles")).unwrap();
    let changed: Vec<String> = tree(&project.path("up"))
        .into_iter()
        .filter(|(path, bytes)| before.get(path) != Some(bytes) && !path.starts_with(".git/index"))
        .map(|(path, _)| path)
        .collect();
    assert!(changed.is_empty(), "{changed:?}");
}

#[test]
fn rendered_files_never_form_a_repository_and_are_never_hidden() {
    for path in ["HEAD", "a/head", "git~1/config", "x/git~2", "render.sha256."] {
        let project = Project::new().profile("site", "extends: dev\n").template(path, "ref: refs/heads/main\n");
        project.run(&["render"]).refuses(&["output-path", "rename the template"]);
        project.run(&["render", "-p", "dev", "-o", "x"]).refuses(&["output-path"]);
    }
}

#[test]
fn renders_are_not_written_into_input_folders() {
    let project = || {
        Project::bare()
            .file("meshtrace.yaml", "renders: {site: [dev]}\n")
            .file("templates/manifests/x.yaml", "")
            .file("mine/profiles/dev.yaml", "")
            .file("mine/templates/manifests/x.yaml", "")
            .file("sub/x", "")
    };
    for (folder, out, inside) in [
        ("", "templates", "`templates` is in `templates/`"),
        ("", "templates/x/y", "`templates/x/y` is in `templates/`"),
        ("", "./sub/../templates/", "is in `templates/`"),
        ("", "Templates/x", "is in `templates/`"),
        // Neither exists yet: a render would create them.
        ("", "files", "`files` is in `files/`"),
        ("", "files/../profiles/x", "is in `profiles/`"),
        ("sub", "../files/x", "is in `../files/`"),
        ("sub", "../link/x", "is in `../templates/`"),
    ] {
        let project = project();
        symlink("templates", project.path("link")).unwrap();
        for args in [&["render", "-p", "dev", "-o", out][..], &["render", "-p", "dev", "--check", "-o", out]] {
            project.run_in(folder, args).refuses(&["out-in-input", inside, "which every render reads"]);
        }
    }
    let given = ["render", "-p", "dev", "--profiles", "mine/profiles", "--templates", "mine/templates"];
    let with = |more: &[&'static str]| -> Vec<&'static str> { given.iter().chain(more).copied().collect() };
    for out in ["mine/profiles/out", "mine/templates", "templates/x", "files/x"] {
        project().run(&with(&["-o", out])).refuses(&["out-in-input", "which every render reads"]);
    }
    project().run(&with(&["-o", "mine/out"])).ok();
    // The same for the folder of a render in `meshtrace.yaml`.
    let project = project().file("meshtrace.yaml", "out: mine/templates/out\nrenders: {site: [dev]}\n");
    project
        .run(&["render", "--templates", "mine/templates"])
        .refuses(&["`mine/templates/out/site` is in `mine/templates/`"]);
}

#[test]
fn rendered_files_are_not_written_into_input_folders() {
    // The output folder contains the folder that is read.
    let project = Project::bare().file("meshtrace.yaml", "renders: {site: [dev]}\n").file("manifests/notes/x.txt", "x");
    project.run(&["render", "-p", "dev", "--templates", "manifests", "-o", "."]).refuses(&[
        "out-in-input",
        "`./manifests/",
        "is in `manifests/`",
    ]);
    let project = Project::bare().file("meshtrace.yaml", "renders: {site: [dev]}\n").file("tpl/notes/x.txt", "x");
    project.run(&["render", "-p", "dev", "--templates", "tpl", "-o", "."]).ok();
}
