//! Objects with names that are unusual for file systems and operators.

use crate::cli::project::Project;
use crate::cli::project::tree;
use snapbox::str;

fn project(template: &str) -> Project {
    Project::new()
        .profile("site", "extends: base\nnamespaces: {create: false}\n")
        .template("manifests/x/x.yaml", template)
}

#[track_caller]
fn files(template: &str) -> Vec<String> {
    let project = project(template);
    project.run(&["render"]).ok();
    let files = tree(&project.path("out/site/manifests/x"));
    files.into_keys().collect()
}

fn role(name: &str) -> String {
    format!("---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {{name: \"{name}\"}}\n")
}

fn map(name: &str, namespace: &str) -> String {
    format!("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: {namespace}}}\n")
}

#[test]
fn names_of_roles_can_contain_colons() {
    assert_eq!(files(&role("system:x")), ["clusterrole-system-x.yaml"]);
}

#[test]
fn files_of_the_longest_names_are_valid_on_every_system() {
    let name = format!("{}.{}.{}.{}", "a".repeat(63), "b".repeat(63), "c".repeat(63), "d".repeat(61));
    let other = format!("{}e", &name[..252]);
    let names = files(&(map(&name, "a") + &map(&other, "a")));
    assert_eq!(names.len(), 2);
    assert!(names.iter().all(|name| name.len() < 240), "{names:?}");
    project(&map(&format!("{name}d"), "a")).run(&["render"]).fails(str![[r#"
error[invalid-name]: ConfigMap `aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc.dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd` is not a valid name: it has 254 characters, but at most 253 are allowed
 --> templates/manifests/x/x.yaml:4:18
  |
4 | ...e: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.ccccccccccccccccccccccccccccccccccccccccccccccccccccccc
  |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: a Kubernetes name: lower-case letters, digits, `-` and `.`, at most 253 characters

1 error, nothing was written

"#]]);
}

#[test]
fn files_of_same_named_objects_include_namespace_or_group() {
    assert_eq!(files(&(map("a", "one") + &map("a", "two"))), ["configmap-a-one.yaml", "configmap-a-two.yaml"]);
    let other = map("a", "one").replace("v1", "example.com/v1");
    assert_eq!(files(&(map("a", "one") + &other)), ["configmap.-a-one.yaml", "configmap.example.com-a-one.yaml"]);
}

#[test]
fn names_that_differ_only_in_case_do_not_overwrite_each_other() {
    project(&(role("Reader") + &role("reader"))).run(&["render"]).fails(str![[r#"
error[same-file]: ClusterRole `Reader` of `templates/manifests/x/x.yaml` and ClusterRole `reader` of `templates/manifests/x/x.yaml` would both be written to `manifests/x/clusterrole.rbac.authorization.k8s.io-reader.yaml`
 |
 = help: rename one of them; some file systems ignore case

1 error, nothing was written

"#]]);
}

#[test]
fn the_order_of_objects_does_not_change_the_files_of_others() {
    let one = map("a", "one") + &map("b", "one") + &map("a", "two");
    let other = map("a", "two") + &map("a", "one") + &map("b", "one");
    assert_eq!(files(&one), files(&other));
}

#[test]
fn names_cannot_escape_their_folder() {
    for name in ["../../../x", "a/b", "..", ".", "a%2fb", "a\\u0000b", "a\\nb"] {
        let run = project(&role(name)).run(&["render"]);
        if run.code == 0 {
            assert!(!name.contains(['/', '%']) && name.len() > 2, "{name}");
        }
    }
    project(&map("../x", "a")).run(&["render"]).fails(str![[r#"
error[invalid-name]: ConfigMap `../x` is not a valid name: it has an empty label between dots
 --> templates/manifests/x/x.yaml:4:18
  |
4 | metadata: {name: ../x, namespace: a}
  |                  ^^^^^^^^^^^^^^^^^^^
  |
  = help: a Kubernetes name: lower-case letters, digits, `-` and `.`, at most 253 characters

1 error, nothing was written

"#]]);
    project(&map("x", "../a")).run(&["render"]).fails(str![[r#"
error[invalid-name]: `../a` is not a valid namespace: `.` is not allowed in it
 --> templates/manifests/x/x.yaml:4:32
  |
4 | metadata: {name: x, namespace: ../a}
  |                                ^^^^^
  |
  = help: a Kubernetes name: lower-case letters, digits and `-`, at most 63 characters, starting and ending with a letter or digit

1 error, nothing was written

"#]]);
}

#[test]
fn lists_are_split() {
    let list = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: b}}\n";
    assert_eq!(files(list), ["configmap-a.yaml", "configmap-b.yaml"]);
}
