//! `files/` next to `meshtrace.yaml`: copied unchanged, and checked before anything is written.

use crate::cli::project::Project;
use snapbox::str;

const MAP: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: mine}\n";

fn site() -> Project {
    Project::new().profile("site", "extends: dev\n")
}

#[test]
fn invalid_yaml_is_reported_at_its_line_and_nothing_is_written() {
    let project = site().file("files/a.yaml", "a: [\n").file("files/b.yml", format!("{MAP}kind: Pod\n"));
    let project = project.file("files/c.json", "{\"a\"").file("files/d.yaml", b"a: \xff\n");
    project.run(&["render"]).refuses(&[
        "files/a.yaml:1:4",
        "files/b.yml:4:1",
        "`kind`",
        "files/c.json:1:",
        "not-utf8",
        "files/d.yaml:1:4",
        "nothing was written",
    ]);
}

#[test]
fn a_document_that_is_not_an_object_is_refused() {
    site().file("files/x/values.yaml", "replicas: 1\n").run(&["render"]).fails(str![[r#"
error[no-object]: `apiVersion` is missing
 --> files/x/values.yaml:1:1
  |
1 | replicas: 1
  | ^
  |
  = help: every document under manifests/ must be a Kubernetes object with apiVersion, kind and metadata.name

error[no-object]: `kind` is missing
 --> files/x/values.yaml:1:1
  |
1 | replicas: 1
  | ^
  |
  = help: every document under manifests/ must be a Kubernetes object with apiVersion, kind and metadata.name

error[no-object]: `metadata.name` is missing
 --> files/x/values.yaml:1:1
  |
1 | replicas: 1
  | ^
  |
  = help: every document under manifests/ must be a Kubernetes object with apiVersion, kind and metadata.name

3 errors, nothing was written

"#]]);
}

#[test]
fn a_duplicate_object_is_refused_with_both_places() {
    let project = site().file("files/a.yaml", MAP).file("files/b.yaml", format!("---\n{MAP}"));
    project.run(&["render"]).fails(str![[r#"
error[duplicate-object]: ConfigMap `mine` appears twice under `files/`
 --> files/b.yaml:2:1
  |
2 | apiVersion: v1
  | ^
  |
 ::: files/a.yaml:1:1
  |
1 | apiVersion: v1
  | - first here
  |
  = help: remove or rename one of them

1 error, nothing was written

"#]]);
    let project = site().file("files/a.yaml", MAP).template("manifests/x/x.yaml", MAP);
    project.run(&["render"]).refuses(&[
        "ConfigMap `mine` is also rendered by a template",
        "files/a.yaml:1:1",
        "templates/manifests/x/x.yaml:1:1",
    ]);
}

#[test]
fn files_with_other_extensions_are_copied_unread() {
    let project = site().file("files/a.bin", b"\xff").file("files/notes.txt", "a: [").file("files/ok.yaml", MAP);
    project.run(&["render"]).ok();
    assert_eq!(project.read("out/site/manifests/ok.yaml"), MAP);
    assert_eq!(project.read("out/site/manifests/notes.txt"), "a: [");
}
