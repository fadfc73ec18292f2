//! The scripts in `ci/`, with git and repositories on disk, and texts that name a version.
#![cfg(unix)]
#![allow(clippy::disallowed_methods, reason = "makes repositories and runs scripts")]

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Output;

/// A repository with a bare one as `origin`.
struct Repository {
    dir: tempfile::TempDir,
}

impl Repository {
    fn new(project: &str) -> Repository {
        let repository = Repository { dir: tempfile::tempdir().unwrap() };
        repository.git_in("", &["init", "--quiet", "--bare", "origin.git"]);
        repository.git_in("", &["init", "--quiet", "--initial-branch=main", "work"]);
        repository.git(&["remote", "add", "origin", "../origin.git"]);
        let folder = repository.work().join(project);
        fs::create_dir_all(folder.join("profiles")).unwrap();
        fs::write(folder.join("meshtrace.yaml"), "requires: \"0.1\"\nrenders: {site: [site]}\n").unwrap();
        fs::write(folder.join("profiles/site.yaml"), "extends: dev\nvars: {a: 1}\n").unwrap();
        let render = Command::new(env!("CARGO_BIN_EXE_meshtrace")).arg("render").current_dir(&folder).output().unwrap();
        assert!(render.status.success());
        repository.commit("first: 100 % of it");
        repository.git(&["push", "--quiet", "origin", "main"]);
        repository
    }

    fn work(&self) -> PathBuf {
        self.dir.path().join("work")
    }

    fn commit(&self, message: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", message]);
    }

    #[track_caller]
    fn git(&self, args: &[&str]) -> String {
        self.git_in("work", args)
    }

    #[track_caller]
    fn git_in(&self, folder: &str, args: &[&str]) -> String {
        let output = alone(Command::new("git").args(args).current_dir(self.dir.path().join(folder))).output().unwrap();
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    fn script(&self, name: &str, args: &[&str], variables: &[(&str, &str)]) -> Output {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("ci").join(name);
        let mut command = Command::new("sh");
        command.arg(path).args(args).current_dir(self.work()).env("MESHTRACE", env!("CARGO_BIN_EXE_meshtrace"));
        alone(&mut command).envs(variables.iter().copied()).output().unwrap()
    }
}

/// Without the settings of whoever runs the tests.
fn alone(command: &mut Command) -> &mut Command {
    let who = ["GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"];
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    command.envs(who.map(|name| (name, if name.ends_with("EMAIL") { "a@example.com" } else { "A. Person" })))
}

#[track_caller]
fn code(output: &Output, code: i32) -> String {
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{stdout}\n{stderr}");
    stdout.into_owned()
}

#[test]
fn a_branch_is_hydrated_once_for_each_change_and_says_from_which_commit() {
    for project in [".", "mesh/eu"] {
        let repository = Repository::new(project);
        let here = [("MESHTRACE_PROJECT", project)];
        let hydrate = || repository.script("hydrate.sh", &["env/site"], &here);
        let tip = || repository.git_in("origin.git", &["rev-parse", "env/site"]);

        code(&hydrate(), 0);
        let first = tip();
        let files = repository.git_in("origin.git", &["ls-tree", "-r", "--name-only", "env/site"]);
        let out = if project == "." { "out/".to_owned() } else { format!("{project}/out/") };
        assert!(files.lines().count() > 10 && files.lines().all(|file| file.starts_with(&out)), "{files}");
        let message = repository.git_in("origin.git", &["log", "-1", "--format=%(trailers:only,unfold)", "env/site"]);
        let dry = repository.git(&["rev-parse", "HEAD"]);
        let expected = format!(
            "Argocd-reference-commit-sha: {dry}\nArgocd-reference-commit-author: \"A. Person\" <a@example.com>\nArgocd-reference-commit-subject: first: 100 % of it"
        );
        assert_eq!(message.trim_end(), expected);

        // What does not change the output makes no commit, in this clone or in another.
        repository.commit("docs only");
        assert!(code(&hydrate(), 0).contains("env/site is up to date"));
        assert_eq!(tip(), first);

        let profile = repository.work().join(project).join("profiles/site.yaml");
        fs::write(&profile, "extends: dev\nservices: {more: {}}\n").unwrap();
        repository.commit("more");
        code(&hydrate(), 0);
        assert_ne!(tip(), first);
        assert_eq!(repository.git_in("origin.git", &["rev-parse", "env/site^"]), first);
        let files = repository.git_in("origin.git", &["ls-tree", "-r", "--name-only", "env/site"]);
        assert!(files.contains("servicedefaults-more.yaml"));

        // What is no longer rendered is gone from the branch too.
        fs::write(&profile, "extends: dev\n").unwrap();
        repository.commit("less");
        code(&hydrate(), 0);
        let files = repository.git_in("origin.git", &["ls-tree", "-r", "--name-only", "env/site"]);
        assert!(!files.contains("servicedefaults-more.yaml"));
    }
}

#[test]
fn what_is_rendered_is_the_commit_and_only_the_renders_that_were_asked_for() {
    let repository = Repository::new(".");
    let file = repository.work().join("meshtrace.yaml");
    fs::write(&file, "requires: \"0.1\"\nrenders: {site: [site], other: [dev]}\n").unwrap();
    repository.commit("two");
    // Neither changes nor stray files of the working tree count, and they stay.
    fs::write(repository.work().join("profiles/site.yaml"), "extends: dev\nservices: {draft: {}}\n").unwrap();
    fs::write(repository.work().join("out/site/manifests/stray.yaml"), "a: 1\n").unwrap();
    let before = repository.git(&["status", "--porcelain"]);
    code(&repository.script("hydrate.sh", &["env/site", "site"], &[]), 0);
    assert_eq!(repository.git(&["status", "--porcelain"]), before);
    assert_eq!(repository.git(&["worktree", "list"]).lines().count(), 1);
    let files = repository.git_in("origin.git", &["ls-tree", "-r", "--name-only", "env/site"]);
    assert!(files.lines().all(|file| file.starts_with("out/site/")), "{files}");
    assert!(!files.contains("stray") && !files.contains("draft"), "{files}");
    for name in ["-x", "a..b", ""] {
        assert_ne!(repository.script("hydrate.sh", &[name], &[]).status.code(), Some(0), "{name}");
    }
    // A render that fails leaves nothing behind.
    fs::write(repository.work().join("profiles/site.yaml"), "extends: nowhere\n").unwrap();
    repository.commit("broken");
    let tip = repository.git_in("origin.git", &["rev-parse", "env/site"]);
    code(&repository.script("hydrate.sh", &["env/site"], &[]), 2);
    assert_eq!(repository.git_in("origin.git", &["rev-parse", "env/site"]), tip);
    assert_eq!(repository.git(&["worktree", "list"]).lines().count(), 1);
}

#[test]
fn a_push_that_was_overtaken_fails_and_loses_nothing() {
    let repository = Repository::new(".");
    code(&repository.script("hydrate.sh", &["env/site"], &[("REMOTE", "")]), 0);
    assert_eq!(repository.git(&["rev-parse", "env/site^{tree}:out"]), repository.git(&["rev-parse", "HEAD:out"]));
    // A remote that does not answer is no reason to begin a new history.
    let output = repository.script("hydrate.sh", &["env/site"], &[("REMOTE", "nowhere")]);
    assert_ne!(output.status.code(), Some(0));
}

#[test]
fn a_report_has_the_differences_and_says_what_is_out_of_date() {
    let repository = Repository::new(".");
    let report = |base: &str, dir: &str| repository.script("report.sh", &[base, dir], &[]);
    let dir = repository.dir.path().join("report");
    let dir = dir.to_str().unwrap();
    code(&report("origin/main", dir), 0);
    let read = |name: &str| fs::read_to_string(format!("{dir}/{name}")).unwrap();
    assert!(read("report.md").starts_with("<!-- meshtrace:. -->\n"));
    assert!(!read("report.md").contains("out of date"));
    assert!(read("meshtrace.sarif").contains("\"2.1.0\"") && read("codequality.json").starts_with('['));

    fs::write(repository.work().join("profiles/site.yaml"), "extends: dev\nservices: {more: {}}\n").unwrap();
    code(&report("origin/main", dir), 1);
    assert!(read("report.md").contains("**The rendered manifests are out of date.**"));
    assert!(read("report.md").contains("servicedefaults-more.yaml: missing"), "{}", read("report.md"));
    assert!(read("report.md").contains("more"));

    // The first commit that renders anything has no output before it.
    repository.git(&["rm", "--quiet", "-r", "--cached", "out"]);
    repository.git(&["commit", "--quiet", "-m", "without output"]);
    code(&report("HEAD", dir), 1);
    assert!(read("report.md").contains("added"), "{}", read("report.md"));

    code(&report("no-such-revision", dir), 2);
    code(&repository.script("report.sh", &[], &[]), 2);
}

#[test]
fn a_report_on_a_project_in_a_folder_names_files_from_the_top_of_the_repository() {
    let repository = Repository::new("teams/mesh");
    fs::write(
        repository.work().join("teams/mesh/profiles/site.yaml"),
        "extends: dev\nmesh: {proxyDefaults: {config: {envoy_tracing_jsn: x}}}\n",
    )
    .unwrap();
    let dir = repository.dir.path().join("report");
    let dir = dir.to_str().unwrap();
    let output = repository.script("report.sh", &["origin/main", dir], &[("MESHTRACE_PROJECT", "teams/mesh")]);
    code(&output, 1);
    let read = |name: &str| fs::read_to_string(format!("{dir}/{name}")).unwrap();
    assert!(read("report.md").starts_with("<!-- meshtrace:teams/mesh -->\n"));
    let sarif = read("meshtrace.sarif");
    let uris: Vec<&str> = sarif.split("\"uri\": \"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert!(uris.contains(&"teams/mesh/profiles/site.yaml"), "{uris:?}");
    // What is in the program has no file there, so it is shown where it was rendered.
    assert!(uris.iter().any(|uri| uri.starts_with("teams/mesh/out/site/manifests/")), "{uris:?}");
    assert!(uris.iter().all(|uri| uri.starts_with("teams/mesh/")), "{uris:?}");
    assert!(read("codequality.json").contains("\"path\": \"teams/mesh/profiles/site.yaml\""));
}

#[test]
fn a_comment_is_replaced_and_never_written_twice() {
    let repository = Repository::new(".");
    let work = repository.work();
    // It answers like `gh api`, from the file `old`, and keeps what it was asked.
    let program = "#!/bin/sh\necho \"$*\" >>\"$ASKED\"\ncase \"$*\" in *--paginate*) cat \"$OLD\" ;; esac\n";
    fs::write(work.join("gh"), program).unwrap();
    fs::write(work.join("report.md"), "<!-- meshtrace:. -->\ntext\n").unwrap();
    fs::write(work.join("other.md"), "text\n").unwrap();
    let path = |name: &str| work.join(name).to_str().unwrap().to_owned();
    assert!(Command::new("chmod").args(["+x", &path("gh")]).status().unwrap().success());
    let post = |file: &str| {
        let (gh, asked, old) = (path("gh"), path("asked"), path("old"));
        let variables = [
            ("GH", gh.as_str()),
            ("ASKED", &asked),
            ("OLD", &old),
            ("GITHUB_REPOSITORY", "org/mesh"),
            ("PULL_REQUEST", "7"),
        ];
        repository.script("comment.sh", &[file], &variables)
    };
    for (old, request) in [
        ("", "--method POST repos/org/mesh/issues/7/comments"),
        ("12\n13\n", "--method PATCH repos/org/mesh/issues/comments/12"),
    ] {
        fs::write(work.join("old"), old).unwrap();
        fs::write(work.join("asked"), "").unwrap();
        code(&post("report.md"), 0);
        let asked = fs::read_to_string(work.join("asked")).unwrap();
        assert!(asked.lines().last().unwrap().contains(request), "{asked}");
        assert_eq!(asked.lines().count(), 2, "{asked}");
    }
    code(&post("other.md"), 2);
}

#[test]
fn texts_show_the_version_that_the_next_tag_makes() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/release/check.sh");
    let output = Command::new("bash").arg(&script).output().unwrap();
    code(&output, 0);
    let output = Command::new("bash").arg(&script).arg("v99.0.0").output().unwrap();
    code(&output, 1);
}
