//! The output directory in every state that a person or a crash can leave behind.

use crate::cli::project::Project;
use crate::cli::project::tree;
use snapbox::str;
use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

const ARGS: [&str; 5] = ["render", "-p", "dev", "-o", "out"];
const FILE: &str = "out/kustomization.yaml";

fn rendered() -> Project {
    let project = Project::bare();
    project.run(&ARGS).ok();
    project
}

#[test]
fn a_file_in_place_of_the_directory_is_refused() {
    Project::bare().file("out", "x").run(&ARGS).fails(str![[r#"
error[not-a-folder]: `out` is a file, expected a directory
 |
 = help: choose another directory, or move it elsewhere


"#]]);
    Project::bare().file("out", "x").run(&["render", "-p", "dev", "-o", "out/a/b"]).fails(str![[r#"
error[not-a-folder]: a parent directory of `out/a/b` is a file, expected a directory
 |
 = help: choose another directory, or move it elsewhere


"#]]);
}

#[test]
fn a_foreign_file_in_the_way_is_kept_until_forced() {
    let project = Project::bare().file(FILE, "mine\n");
    project.run(&ARGS).fails(str![[r#"
error[foreign-file]: `out/kustomization.yaml` exists and was not written by meshtrace
 |
 = help: move it elsewhere, or replace it with `--force`


"#]]);
    project.run(&["render", "-p", "dev", "-o", "out", "--force"]).ok();
    assert_ne!(project.read(FILE), "mine\n");
}

#[test]
fn files_edited_by_hand_are_all_named_and_kept_until_forced() {
    let project = rendered();
    let first = project.read(FILE);
    project.put(FILE, "edited\n");
    project.put("out/manifests/40-mesh/proxydefaults-global.yaml", "edited\n");
    project.run(&ARGS).fails(str![[r#"
error[edited-by-hand]: `out/kustomization.yaml` was edited by hand since the last render
 |
 = help: `meshtrace diff` shows the edit, and `git log -p -- FILE` one that was committed; move it into a profile or a template, or discard it with `--force`

error[edited-by-hand]: `out/manifests/40-mesh/proxydefaults-global.yaml` was edited by hand since the last render
 |
 = help: `meshtrace diff` shows the edit, and `git log -p -- FILE` one that was committed; move it into a profile or a template, or discard it with `--force`


"#]]);
    project.run(&["render", "-p", "dev", "-o", "out", "--force"]).ok();
    assert_eq!(project.read(FILE), first);
}

#[test]
fn foreign_files_are_left_alone() {
    let project = rendered();
    project.put("out/notes.md", "mine\n");
    project.put("out/manifests/mine.yaml", "a: 1\n");
    project.run(&["render", "-p", "dev,separate-namespace", "-o", "out"]).ok();
    assert_eq!(
        (project.read("out/notes.md"), project.read("out/manifests/mine.yaml")),
        ("mine\n".into(), "a: 1\n".into())
    );
}

#[test]
fn nothing_is_written_through_a_link() {
    let project = Project::bare().file("elsewhere/x", "x");
    fs::create_dir(project.path("out")).unwrap();
    symlink("../elsewhere", project.path("out/manifests")).unwrap();
    project.run(&ARGS).fails(str![[r#"
error[symlink]: `out/manifests` is a symbolic link, expected a folder; meshtrace does not write through links
 |
 = help: replace the link with a folder


"#]]);
    fs::remove_file(project.path("out/manifests")).unwrap();
    symlink("../elsewhere/x", project.path(FILE)).unwrap();
    project.run(&ARGS).fails(str![[r#"
error[foreign-file]: `out/kustomization.yaml` exists and was not written by meshtrace
 |
 = help: move it elsewhere, or replace it with `--force`


"#]]);
}

#[test]
fn waits_for_another_writer_and_then_reports_it() {
    let project = rendered();
    let folder = fs::File::open(project.path("out")).unwrap();
    folder.try_lock().unwrap();
    project.run(&ARGS).fails(str![[r#"
error[locked]: another meshtrace is writing `out`
 |
 = help: run the command again when the other one has finished


"#]]);
}

#[test]
fn an_interrupted_render_is_reported_by_the_next_command_and_completed_by_the_next_render() {
    let project = Project::new().profile("site", "extends: dev\n");
    project.run(&["render"]).ok();
    let whole = tree(&project.path("out/site"));
    project.put("out/site/.render.journal", "");
    project.run(&["show", "profiles"]).says(
        0,
        str![[r#"
base                every key with its default and choices. Every render builds on it; a profile sets only what differs.
debug               debug logs for Consul servers, clients, sidecars and Jaeger. Add it to any other profile.
dev                 the complete stack on a small cluster, with two services that produce a trace.
enterprise          Consul Enterprise with its image, the license in a Secret, and three servers. Add it to any other profile.
modern              current versions: Consul 2.0 with dataplane and API gateway, Jaeger v2. Add it to any other profile.
production          persistent traces, Consul with ACLs and TLS, secrets only by reference, and network policies.
separate-namespace  applications in a namespace that is neither Consul's nor Jaeger's.
site                  (yours)

"#]],
        str![[r#"
warning[interrupted]: the last render of `out/site` was interrupted
 |
 = help: run `meshtrace render` again to complete it


"#]],
    );
    project.run(&["render", "--check"]).untouched().says(
        1,
        str![],
        str![[r#"
out/site: out of date
  the last render was interrupted
run the same command without `--check` to update it

"#]],
    );
    project.run(&["render"]).says(
        0,
        str![],
        str![[r#"
out/site: 0 changed, [..] unchanged (completed an interrupted render)

"#]],
    );
    assert_eq!(tree(&project.path("out/site")), whole);
}

#[test]
fn check_distinguishes_clean_stale_missing_and_extra() {
    let project = Project::bare();
    let check =
        |extra: &[&str]| project.run(&[&["render", "-p", "dev", "-o", "out", "--check"], extra].concat()).untouched();
    check(&[]).says(
        1,
        "",
        str![[r#"
out: out of date
...
"#]],
    );
    project.run(&ARGS).ok();
    check(&[]).says(0, "", "out: up to date, [..] files\n");
    check(&["--set", "jaeger.name=other", "--set", "apps.namespace=shop"]).says(
        1,
        "",
        str![[r#"
out: out of date
  out/manifests/00-namespaces/namespace-shop.yaml: missing
  out/manifests/20-jaeger/jaeger-other.yaml: missing
...
  out/kustomization.yaml: stale
...
  out/manifests/20-jaeger/jaeger-simplest.yaml: no longer rendered
run the same command without `--check` to update it

"#]],
    );
    fs::remove_file(project.path(FILE)).unwrap();
    check(&[]).says(
        1,
        "",
        str![[r#"
out: out of date
  out/kustomization.yaml: missing
run the same command without `--check` to update it

"#]],
    );
}

#[test]
fn a_second_render_touches_nothing() {
    let project = rendered();
    let stamps = || {
        let mut stamps: Vec<_> = tree(&project.path("out"))
            .into_keys()
            .map(|path| (fs::metadata(project.path("out").join(&path)).unwrap().modified().unwrap(), path))
            .collect();
        stamps.sort();
        stamps
    };
    let before = stamps();
    project.run(&ARGS).says(0, "", "out: 0 changed, [..] unchanged\n");
    assert_eq!(stamps(), before);
}

#[test]
fn only_does_not_touch_other_files() {
    let project = rendered();
    project.put(FILE, "edited\n");
    let other = ["--set", "consul.name=other", "--set", "jaeger.name=other"];
    let only = |glob| [&ARGS[..], &["--only", glob], &other].concat();
    let before = tree(&project.path("out"));
    project.run(&only("helm/**")).ok();
    let after = tree(&project.path("out"));
    let changed: Vec<_> = before.keys().filter(|path| before.get(*path) != after.get(*path)).collect();
    assert_eq!(changed, ["helm/consul/values.yaml", "render.sha256"]);
    assert!(project.read("out/helm/consul/values.yaml").contains("name: other"));
    project.run(&only("nosuch/**")).fails(str![[r#"
error[no-match]: `--only nosuch/**` matches no file in this render
 |
 = help: paths are relative to the output directory, such as 'manifests/40-mesh/*' or 'helm/**'


"#]]);
}

#[test]
fn the_list_is_verified_by_sha256sum() {
    let project = rendered();
    let Ok(output) =
        Command::new("sha256sum").args(["-c", "--quiet", "render.sha256"]).current_dir(project.path("out")).output()
    else {
        return eprintln!("skipped: no sha256sum here");
    };
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn a_path_at_the_root_is_not_mistaken_for_an_empty_one() {
    Project::bare().run(&["render", "-p", "dev", "-o", ""]).fails(str![[r#"
error[usage]: `-o` is empty
 |
 = help: expected a directory, or `-` for stdout


"#]]);
    // Nothing may be created in `/`, so a name below a file is used instead.
    Project::bare().run(&["render", "-p", "dev", "-o", "/dev/null/"]).fails(str![[r#"
error[not-a-folder]: `/dev/null` is a file, expected a directory
 |
 = help: choose another directory, or move it elsewhere


"#]]);
}

/// A mounted folder, unmounted on drop.
struct Mount(std::path::PathBuf);

impl Mount {
    /// `None`, with the reason printed, if mounting is not allowed.
    fn new(project: &Project, folder: &str, args: &[&str]) -> Option<Mount> {
        let path = project.path(folder);
        let output = Command::new("mount").args(args).arg(&path).output();
        match output {
            Ok(output) if output.status.success() => Some(Mount(path)),
            Ok(output) => {
                eprintln!("skipped: cannot mount here: {}", String::from_utf8_lossy(&output.stderr).trim());
                None
            }
            Err(error) => {
                eprintln!("skipped: cannot mount here: {error}");
                None
            }
        }
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[test]
fn a_read_only_directory_is_reported() {
    let project = rendered();
    let path = project.path("out").to_string_lossy().into_owned();
    let Some(_mount) = Mount::new(&project, "out", &["-o", "bind,ro", &path]) else { return };
    project.run(&["render", "-p", "dev,debug", "-o", "out"]).fails(str![[r#"
error[cannot-write]: cannot write to `out`: the file system is read-only
 |
 = help: write to another directory with `-o DIR`


"#]]);
}

#[test]
fn a_full_disk_leaves_the_old_render() {
    let project = Project::bare();
    fs::create_dir(project.path("out")).unwrap();
    let Some(_mount) = Mount::new(&project, "out", &["-t", "tmpfs", "-o", "size=256k", "tmpfs"]) else { return };
    project.run(&ARGS).ok();
    let before = tree(&project.path("out"));
    let big = "x".repeat(300_000);
    project.put("big.yaml", format!("vars: {{a: {big}}}\nconsul: {{values: {{big: {big}}}}}\n"));
    project.run(&["render", "-p", "dev", "-o", "out", "-f", "big.yaml"]).refuses(&["space", "help"]);
    assert_eq!(tree(&project.path("out")), before);
}

#[test]
fn renders_are_chosen_by_glob() {
    let project = Project::bare()
        .file("meshtrace.yaml", "renders: {\"clusters/*\": [dev, \"clusters/*\"], one: [dev]}\n")
        .profile("clusters/eu-1", "jaeger: {name: eu}\n")
        .profile("clusters/us-1", "jaeger: {name: us}\n");
    project.run(&["render", "clusters/e*"]).ok();
    assert!(project.path("out/clusters/eu-1").is_dir());
    assert!(!project.path("out/clusters/us-1").exists() && !project.path("out/one").exists());
    project.run(&["render", "nosuch"]).fails(str![[r#"
error[unknown-render]: no render is named `nosuch`
 |
 = help: the renders of `meshtrace.yaml`: `clusters/eu-1`, `clusters/us-1`, `one`; use `-p` to select profiles

1 error, nothing was written

"#]]);
    project.run(&["render"]).ok();
    assert!(project.path("out/clusters/us-1").is_dir() && project.path("out/one").is_dir());
}

#[test]
fn the_project_is_found_above_and_paths_are_relative_to_it() {
    let project = Project::new().profile("site", "extends: dev\n").file("a/b/x", "");
    project.run_in("a/b", &["render"]).says(
        0,
        "",
        "../../out/site: [..] added, 0 changed, 0 removed, 0 unchanged; next: [..]\n",
    );
    assert!(project.path("out/site/kustomization.yaml").is_file());
    project.run_in("a/b", &["render", "--check"]).says(0, "", "../../out/site: up to date, [..] files\n");
}

#[test]
fn a_directory_reached_through_an_outside_link_is_refused() {
    let project = Project::new().profile("site", "extends: dev\n").file("real/x", "");
    fs::create_dir(project.path("a")).unwrap();
    symlink("..", project.path("a/up")).unwrap();
    symlink("/tmp", project.path("out")).unwrap();
    let message =
        "`out` is a symbolic link that points outside, expected a folder; meshtrace does not write through links";
    project.run(&["render"]).refuses(&[message, "use the real folder"]);
    project.run(&["render", "-p", "dev", "-o", "out/deep/x"]).refuses(&[message]);
    project.run_in("a", &["render"]).refuses(&["`../out` is a symbolic link"]);
    project.run_in("a", &["render", "-p", "dev", "-o", "up/real"]).refuses(&["`up` is a symbolic link"]);
    // A user who types `..` means it, and a link that stays inside is a folder like any other.
    project.run_in("a", &["render", "-p", "dev", "-o", "../real"]).ok();
    fs::remove_file(project.path("out")).unwrap();
    symlink("real", project.path("out")).unwrap();
    project.run(&["render"]).ok();
    assert!(project.path("real/site/kustomization.yaml").is_file());
    symlink("nowhere", project.path("gone")).unwrap();
    project.run(&["render", "-p", "dev", "-o", "gone"]).refuses(&["`gone` is a symbolic link"]);
    assert!(!project.path("nowhere").exists());
}

#[test]
fn only_deletes_matching_files_that_are_no_longer_rendered() {
    let project = rendered();
    let stale = "manifests/20-jaeger/jaeger-simplest.yaml";
    assert!(project.path("out").join(stale).is_file());
    let args = ["render", "-p", "dev", "-o", "out", "--set", "jaeger.name=other", "--only", stale];
    project.run(&args).says(0, "", "out: 0 added, 0 changed, 1 removed, [..] unchanged; next: [..]\n");
    assert!(!project.path("out").join(stale).exists());
    assert!(!project.read("out/render.sha256").contains(stale));
    project.run(&args).refuses(&["matches no file in this render"]);
}
