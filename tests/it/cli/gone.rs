//! Directories below `out` whose render was removed or renamed.

use crate::cli::project::Project;
use crate::cli::project::tree;
use snapbox::str;

const TWO: &str = "renders: {site: [site], 'clusters/*': [site, 'clusters/*']}\n";

/// A project with the renders `site`, `clusters/eu` and `clusters/us`, of which the last two are then removed.
fn project() -> Project {
    let project = Project::bare()
        .file("meshtrace.yaml", TWO)
        .profile("site", "extends: dev\n")
        .profile("clusters/eu", "{}\n")
        .profile("clusters/us", "{}\n");
    project.run(&["render"]).ok();
    project.put("meshtrace.yaml", "renders: {site: [site]}\n");
    project
}

#[test]
fn render_reports_them_and_check_fails() {
    let project = project();
    project.run(&["render"]).untouched().says(
        0,
        str![],
        str![[r#"
out/site: 0 changed, 14 unchanged
warning[gone-render]: `out/clusters/eu` was rendered, but `meshtrace.yaml` has no render `clusters/eu`
 |
 = help: `meshtrace render --prune` deletes the files that were rendered into it

warning[gone-render]: `out/clusters/us` was rendered, but `meshtrace.yaml` has no render `clusters/us`
 |
 = help: `meshtrace render --prune` deletes the files that were rendered into it


"#]],
    );
    let check = project.run(&["render", "--check"]);
    assert!(check.code == 1 && check.stderr.matches("gone-render").count() == 2, "{}", check.stderr);
    // Another selection does not concern them.
    project.run(&["render", "site", "--check"]).ok();
    let from = project.run_in("profiles", &["render", "--check"]);
    assert!(from.code == 1 && from.stderr.contains("`../out/clusters/eu` was rendered"), "{}", from.stderr);
    project.put("meshtrace.yaml", "renders: {site: [site]}\ncheck: {allow: {gone-render: moved soon}}\n");
    project.run(&["render", "--check"]).ok();
}

#[test]
fn diff_shows_what_they_take_along() {
    let project = project();
    let diff = project.run(&["diff", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&diff.stdout).unwrap();
    assert_eq!((diff.code, &json["summary"]["added"], &json["summary"]["changed"]), (1, &0.into(), &0.into()));
    let removed = json["changes"].as_array().unwrap();
    assert!(removed.iter().all(|change| change["change"] == "removed"));
    let steps = project.run(&["diff", "--format", "steps"]).stdout;
    assert!(steps.contains("kubectl -n observability delete deployment/web"), "{steps}");
    project.run(&["render", "--prune"]).ok();
    project.run(&["diff"]).ok();
}

#[test]
fn prune_deletes_what_was_rendered_and_nothing_else() {
    let project = project();
    project.put("out/clusters/us/notes.txt", "mine");
    project.put("out/other/readme.txt", "mine");
    let run = project.run(&["render", "--prune"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains("out/clusters/eu: 14 removed, since it belongs to no render\n"), "{}", run.stderr);
    let left =
        "out/clusters/us: 14 removed, since it belongs to no render; what meshtrace did not write is still there\n";
    assert!(run.stderr.contains(left), "{}", run.stderr);
    assert!(!project.path("out/clusters/eu").exists());
    let us: Vec<_> = std::fs::read_dir(project.path("out/clusters/us")).unwrap().collect();
    assert_eq!(us.len(), 1);
    assert_eq!(project.read("out/other/readme.txt"), "mine");
    project.run(&["render", "--check"]).ok();
    std::fs::remove_dir_all(project.path("out/clusters")).unwrap();
    project.run(&["render", "--prune"]).untouched().ok();
}

#[test]
fn prune_removes_the_folders_that_it_empties_up_to_out() {
    let project = project();
    project.run(&["render", "--prune", "--exit-nonzero-on-change"]);
    assert!(!project.path("out/clusters").exists() && project.path("out/site").is_dir());
}

#[test]
fn prune_deletes_what_was_edited_only_with_force() {
    let project = project();
    let file = "out/clusters/eu/manifests/50-apps/deployment-web.yaml";
    project.put(file, "mine\n");
    let run = project.run(&["render", "--prune"]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(run.stderr.contains(&format!("`{file}` was edited by hand")), "{}", run.stderr);
    assert_eq!(project.read(file), "mine\n");
    project.run(&["render", "--prune", "--force"]).ok();
    assert!(!project.path("out/clusters").exists());
}

#[cfg(unix)]
#[test]
fn links_are_not_followed() {
    let project = project();
    project.put("elsewhere/render.sha256", "");
    std::os::unix::fs::symlink("../elsewhere", project.path("out/link")).unwrap();
    let run = project.run(&["render", "--prune"]);
    assert!(run.code == 0 && !run.stderr.contains("link"), "{}", run.stderr);
    assert_eq!(project.read("elsewhere/render.sha256"), "");
}

#[test]
fn prune_is_about_the_renders_of_the_project() {
    let project = project();
    project.run(&["render", "-p", "dev", "-o", "x", "--prune"]).fails(str![[r#"
error[usage]: `-p` cannot be combined with `--prune`, which is about the renders in `meshtrace.yaml`
 |
 = help: omit one of them


"#]]);
    project.run(&["render", "--prune", "--only", "helm/**"]).fails(str![[r#"
error[usage]: `--prune` deletes whole directories, and `--only` selects files
 |
 = help: run the command twice, with one of them each


"#]]);
}

fn copy(from: &Project, to: &Project, folder: &str) {
    for (path, bytes) in tree(&from.path("")).into_iter().filter(|(path, _)| !path.ends_with('/')) {
        to.put(&format!("{folder}/{path}"), bytes);
    }
}

#[test]
fn what_another_project_rendered_is_left_alone() {
    let inner = Project::bare().file("meshtrace.yaml", "renders: {site: [dev]}\n");
    inner.run(&["render"]).ok();
    for folder in ["out/nested/proj", "out/site-of-others"] {
        let project = project();
        copy(&inner, &project, folder);
        project.run(&["render", "--prune"]).ok();
        assert!(project.path(&format!("{folder}/out/site/render.sha256")).exists());
        let run = project.run(&["render", "--check"]);
        assert!(run.code == 0 && !run.stderr.contains("gone-render"), "{}", run.stderr);
        project.run(&["diff"]).ok();
        project.run(&["diff", "out"]).ok();
    }
    // Nor is what is there when the whole project is the folder of its renders.
    let project = Project::bare().file("meshtrace.yaml", "out: .\nrenders: {site: [dev], old: [dev]}\n");
    copy(&inner, &project, "deep");
    project.run(&["render"]).ok();
    project.put("meshtrace.yaml", "out: .\nrenders: {site: [dev]}\n");
    project.run(&["render", "--prune"]).ok();
    assert!(project.path("deep/out/site/render.sha256").exists() && !project.path("old").exists());
}

#[test]
fn names_and_globs_select_what_is_gone() {
    let project = project();
    project.run(&["render", "site", "--prune"]).refuses(&[
        "`--prune` deletes",
        "still has `site`",
        "`meshtrace render --prune`",
    ]);
    for names in [&["clusters/us"][..], &["clusters/*"], &["site", "clusters/*"]] {
        let check = project.run(&[&["render", "--check"], names].concat());
        assert!(check.code == 1 && check.stderr.contains("`out/clusters/us` was rendered"), "{}", check.stderr);
    }
    project.run(&["render", "clusters/nowhere", "--check"]).refuses(&["error[unknown-render]"]);
    project.run(&["render", "clusters/us", "--prune"]).ok();
    assert!(!project.path("out/clusters/us").exists() && project.path("out/clusters/eu").exists());
    project.run(&["render", "site", "clusters/*", "--prune"]).ok();
    assert!(!project.path("out/clusters").exists());
}
