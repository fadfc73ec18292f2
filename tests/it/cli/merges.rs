//! Renders that git merged: two branches that changed different services need no person's help, and what a person
//! edited is still found. With real git.

use crate::cli::project::Project;
use std::process::Command;

const NO_STDERR: &str = "";

/// A repository with a render of two teams' services, and a branch of each team.
struct Repository(Project);

impl Repository {
    fn new() -> Repository {
        let repository = Repository(
            Project::bare()
                .file("meshtrace.yaml", "renders: {site: [site, one, two]}\n")
                .profile("site", "extends: dev\n")
                .profile("one", service("cart", 1000))
                .profile("two", service("cash", 2000)),
        );
        repository.git(&["init", "-q", "-b", "main"]);
        repository.render();
        repository.commit("base");
        repository
    }

    fn git_command(&self, arguments: &[&str]) -> (bool, String) {
        let output = Command::new("git")
            .args(["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "core.autocrlf=false"])
            .args(arguments)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_EDITOR", "true")
            .current_dir(self.0.path(""))
            .output()
            .unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&text).into_owned())
    }

    #[track_caller]
    fn git(&self, arguments: &[&str]) {
        let (well, text) = self.git_command(arguments);
        assert!(well, "git {arguments:?}: {text}");
    }

    #[track_caller]
    fn conflicts(&self, arguments: &[&str]) {
        let (well, text) = self.git_command(arguments);
        assert!(!well && text.contains("CONFLICT"), "git {arguments:?}: {text}");
    }

    fn commit(&self, message: &str) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", message]);
    }

    #[track_caller]
    fn render(&self) -> String {
        let run = self.0.run(&["render"]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        run.stderr
    }

    /// A branch from the first commit on which `change` was made and rendered.
    fn branch(&self, name: &str, change: impl Fn(&Project)) {
        self.git(&["checkout", "-q", "-b", name, "main"]);
        change(&self.0);
        self.render();
        self.commit(name);
    }

    /// Both teams change a service and add one, next to each other in every sorted list.
    fn branches(&self) {
        self.branch("one", |project| {
            project.put("profiles/one.yaml", service("cart", 1001) + &service("list", 1002)[10..]);
        });
        self.branch("two", |project| {
            project.put("profiles/two.yaml", service("cash", 2001) + &service("loan", 2002)[10..]);
        });
    }

    /// A plain `render` makes of the directory what a new render would be, and says so in one line.
    #[track_caller]
    fn heals(&self) {
        let check = self.0.run(&["render", "--check"]);
        assert_eq!(check.code, 1, "{}", check.stderr);
        assert!(check.stderr.contains("  out/site/render.sha256: merged by git\n"), "{}", check.stderr);
        assert!(!check.changed && !check.stderr.contains("error"), "{}", check.stderr);
        let diff = self.0.run(&["diff", "--summary"]);
        assert!(diff.code < 2, "{}", diff.stderr);
        let checked = self.0.run(&["check", "out/site/manifests/50-apps"]);
        assert!(checked.code < 2, "{}", checked.stderr);
        let said = self.render();
        let line = "out/site/render.sha256: was merged by git, written anew\n";
        assert_eq!(said.matches(line).count(), 1, "{said}");
        assert!(!said.contains("error") && !said.contains("warning"), "{said}");
        self.is_fresh();
    }

    #[track_caller]
    fn is_fresh(&self) {
        let again = self.0.run(&["render", "--check"]);
        assert_eq!(again.code, 0, "{}", again.stderr);
        let fresh = self.0.run(&["render", "-p", "site,one,two", "-o", "fresh"]);
        assert_eq!(fresh.code, 0, "{}", fresh.stderr);
        for file in ["render.sha256", "kustomization.yaml", "INSTALL.md"] {
            assert_eq!(self.0.read(&format!("out/site/{file}")), self.0.read(&format!("fresh/{file}")), "{file}");
        }
        std::fs::remove_dir_all(self.0.path("fresh")).unwrap();
        for service in ["cart", "list", "cash", "loan"] {
            self.0.read(&format!("out/site/manifests/40-mesh/servicedefaults-{service}.yaml"));
        }
    }
}

fn service(name: &str, port: u16) -> String {
    format!("services:\n  {name}: {{image: docker.io/library/{name}:1.0.0, port: {port}}}\n")
}

#[test]
fn a_merge() {
    for style in ["merge", "diff3", "zdiff3"] {
        let repository = Repository::new();
        repository.branches();
        repository.git(&["config", "merge.conflictStyle", style]);
        repository.conflicts(&["merge", "one"]);
        let list = repository.0.read("out/site/render.sha256");
        assert!(list.contains("<<<<<<< HEAD") && list.contains("|||||||") == (style != "merge"), "{list}");
        repository.heals();
        repository.commit("merged");
    }
}

#[test]
fn a_merge_with_windows_line_ends() {
    let repository = Repository::new();
    repository.branches();
    repository.conflicts(&["merge", "one"]);
    let list = repository.0.read("out/site/render.sha256").replace('\n', "\r\n");
    repository.0.put("out/site/render.sha256", list);
    repository.heals();
}

#[test]
fn a_rebase() {
    let repository = Repository::new();
    repository.branches();
    repository.conflicts(&["rebase", "one"]);
    repository.heals();
    repository.git(&["add", "-A"]);
    repository.git(&["rebase", "--continue"]);
    repository.is_fresh();
}

#[test]
fn a_cherry_pick() {
    let repository = Repository::new();
    repository.branches();
    repository.conflicts(&["cherry-pick", "one"]);
    repository.heals();
    repository.git(&["add", "-A"]);
    repository.git(&["cherry-pick", "--continue"]);
    repository.is_fresh();
}

#[test]
fn merge_union_before_and_after_the_commit() {
    for arguments in [&["merge", "--no-edit", "one"][..], &["merge", "--no-commit", "one"], &["rebase", "one"]] {
        let repository = Repository(Repository::new().0.file(".gitattributes", "out/** merge=union\n"));
        repository.commit("attributes");
        repository.branches();
        repository.git(arguments);
        assert!(!repository.0.read("out/site/render.sha256").contains("<<<"));
        repository.heals();
    }
}

#[test]
fn an_octopus() {
    let repository = Repository::new();
    repository.branches();
    // The shared files of a third branch do not change.
    repository.git(&["checkout", "-q", "-b", "three", "main"]);
    repository.0.put("README.md", "read me\n");
    repository.commit("three");
    repository.git(&["checkout", "-q", "main"]);
    let (well, text) = repository.git_command(&["merge", "--no-edit", "three", "one", "two"]);
    assert!(!well && text.contains("content conflict in out/site/render.sha256"), "{text}");
    repository.heals();
}

#[test]
fn edits_are_found_in_files_of_one_side_and_of_both() {
    let repository = Repository::new();
    repository.branches();
    repository.conflicts(&["merge", "one"]);
    let files = ["manifests/40-mesh/servicedefaults-cart.yaml", "manifests/50-apps/deployment-web.yaml", "INSTALL.md"];
    for file in files.map(|file| format!("out/site/{file}")) {
        let before = repository.0.read(&file);
        repository.0.put(&file, format!("{before}# mine\n"));
        let run = repository.0.run(&["render"]);
        assert_eq!((run.code, run.changed), (2, false), "{}", run.stderr);
        let message = format!("`{file}` was edited by hand since the last render");
        assert!(run.stderr.contains(&message) && run.stderr.matches("error[").count() == 1, "{}", run.stderr);
        let check = repository.0.run(&["render", "--check"]);
        assert!(check.code == 1 && check.stderr.contains(&message), "{}", check.stderr);
        repository.0.put(&file, before);
    }
    repository.heals();
}

#[test]
fn an_edit_on_a_branch_survives_the_merge() {
    let repository = Repository::new();
    repository.branches();
    let file = "out/site/INSTALL.md";
    repository.0.put(file, format!("{}mine\n", repository.0.read(file)));
    repository.commit("an edit");
    repository.conflicts(&["merge", "one"]);
    let run = repository.0.run(&["render"]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(run.stderr.contains("`out/site/INSTALL.md` was edited by hand"), "{}", run.stderr);
}

#[test]
fn without_git_a_file_of_both_sides_needs_force() {
    let repository = Repository::new();
    repository.branches();
    repository.conflicts(&["merge", "one"]);
    std::fs::rename(repository.0.path(".git"), repository.0.path("elsewhere")).unwrap();
    let run = repository.0.run(&["render"]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(run.stderr.contains("was edited by hand") && !run.stderr.contains("render.sha256"), "{}", run.stderr);
    let forced = repository.0.run(&["render", "--force"]);
    assert_eq!((forced.code, &*forced.stdout), (0, NO_STDERR), "{}", forced.stderr);
    repository.is_fresh();
}

#[test]
fn conflicts_that_were_committed_and_met_again() {
    let repository = Repository::new();
    repository.branches();
    // A second commit with a conflict in the same lines, on the branch that is rebased.
    repository.0.put("profiles/two.yaml", service("cash", 2001) + &service("loan", 2003)[10..]);
    repository.render();
    repository.commit("three");
    repository.conflicts(&["rebase", "one"]);
    repository.git(&["add", "-A"]);
    let (well, text) = repository.git_command(&["rebase", "--continue"]);
    assert!(!well && text.contains("CONFLICT"), "{text}");
    repository.heals();
}

#[test]
fn markers_in_any_order_are_skipped() {
    let repository = Repository::new();
    repository.branches();
    repository.git(&["checkout", "-q", "one"]);
    let list = repository.0.read("out/site/render.sha256");
    for text in [
        format!("<<<<<<< HEAD\n<<<<<<< HEAD\n{list}=======\n>>>>>>> one\n=======\n>>>>>>> two\n"),
        format!("{list}=======\n>>>>>>> one\n"),
        format!("<<<<<<< HEAD\n{list}"),
    ] {
        repository.0.put("out/site/render.sha256", text);
        let said = repository.render();
        assert!(said.contains("was merged by git, written anew\n"), "{said}");
        assert_eq!(repository.0.read("out/site/render.sha256"), list);
    }
    repository.0.put("out/site/render.sha256", format!("=======\n{list}mine\n"));
    repository.0.run(&["render"]).refuses(&["error[broken-list]", "<sha256>  <path>"]);
}
