//! A user's profiles and templates over the shipped ones.

use crate::cli::project::Project;

const OBJECT: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n  namespace: a\n";

/// What `manifests/x.yaml` renders to, without its comment.
#[track_caller]
fn rendered(project: &Project) -> String {
    let text = project.run(&["render", "-p", "site", "--only", "manifests/configmap-x.yaml"]).ok();
    text.strip_prefix("# source: templates/manifests/x.yaml\n").unwrap_or_else(|| panic!("{text}")).to_owned()
}

fn site() -> Project {
    Project::new().profile("site", "extends: dev\nvars: {name: 'a: b', list: [1, two], map: {k: null}}\n")
}

#[test]
fn a_profile_of_the_same_name_extends_the_shipped_one() {
    let project = Project::new().profile("dev", "extends: builtin:dev\njaeger: {name: ours}\n");
    let text = project.run(&["show", "values", "-p", "dev"]).ok();
    assert!(text.contains("name: ours") && text.contains("fake-service"), "{text}");
}

#[test]
fn a_template_replaces_the_shipped_one_and_can_include_it() {
    let path = "manifests/00-namespaces/namespaces.yaml";
    let project = site().template(path, "");
    assert!(!project.run(&["render", "-p", "site"]).ok().contains("kind: Namespace"));
    project.put(&format!("templates/{path}"), format!("{OBJECT}---\n{{% include \"builtin:{path}\" %}}\n"));
    let text = project.run(&["render", "-p", "site"]).ok();
    assert!(text.contains("kind: Namespace") && text.contains("kind: ConfigMap"), "{text}");
}

#[test]
fn partials_macros_and_blocks_pass_values_unchanged() {
    let project = site()
        .template("manifests/_labels.yaml", "  labels: {name: {{ vars.name }}}\n")
        .template("manifests/_macros.yaml", "{% macro pair(key, value) %}{{ key }}: {{ value }}{% endmacro %}\n")
        .template(
            "manifests/x.yaml",
            format!(
                "{OBJECT}{{% include \"manifests/_labels.yaml\" %}}
{{% from \"./_macros.yaml\" import pair %}}
{{% set both %}}{{{{ vars.name }}}} and {{{{ vars.list[1] }}}}{{% endset %}}
data:
  {{{{ pair(\"k\", vars.name) }}}}
  both: {{{{ both }}}}
  upper: {{{{ both | upper }}}}
  {{{{ vars.name }}}}: {{{{ vars.list }}}}
  map: {{{{ vars.map }}}}
  flow: [{{{{ vars.name }}}}, \"{{{{ vars.name }}}}\"]
  block: |
    one {{{{ vars.name }}}}
    two
  json: {{{{ vars.list | json(indent=0) }}}}
"
            ),
        );
    assert_eq!(
        rendered(&project),
        "apiVersion: v1
kind: ConfigMap
metadata:
  name: x
  namespace: a
  labels:
    name: \"a: b\"
data:
  k: \"a: b\"
  both: \"a: b and two\"
  upper: \"A: B AND TWO\"
  \"a: b\":
  - 1
  - two
  map:
    k: null
  flow:
  - \"a: b\"
  - \"a: b\"
  block: |
    one a: b
    two
  json: \"[1,\\\"two\\\"]\"
"
    );
}

#[test]
fn files_are_copied_unchanged_and_listed() {
    let project = site()
        .file("files/90-mine/secret.enc.yaml", "sops: {mac: x}\nkind: Secret\napiVersion: v1\nmetadata: {name: a}\n");
    project.run(&["render", "-p", "site", "-o", "out"]).ok();
    assert_eq!(
        project.read("out/manifests/90-mine/secret.enc.yaml"),
        "sops: {mac: x}\nkind: Secret\napiVersion: v1\nmetadata: {name: a}\n"
    );
    assert!(project.read("out/kustomization.yaml").contains("- manifests/90-mine/secret.enc.yaml\n"));
    assert!(project.read("out/render.sha256").contains("  manifests/90-mine/secret.enc.yaml\n"));
}

#[test]
fn a_null_in_the_consul_values_reaches_the_helm_values() {
    let project =
        Project::new().profile("site", "extends: dev\nconsul: {values: {server: {affinity: null}, x: {y: null}}}\n");
    let text = project.run(&["render", "-p", "site", "--only", "helm/**"]).ok();
    assert!(text.contains("affinity: null") && text.contains("y: null"), "{text}");
    let text = project.run(&["render", "-p", "dev", "--set", "consul.values.a.b=null", "--only", "helm/**"]).ok();
    assert!(text.contains("b: null"), "{text}");
}

#[test]
fn empty_profiles_and_templates_are_fine() {
    let project = Project::new()
        .profile("site", "")
        .template("manifests/x.yaml", "\n{# nothing #}\n")
        .template("manifests/y.yaml", "# a comment\n---\n");
    project.run(&["render"]).ok();
}

#[test]
fn byte_order_marks_and_carriage_returns_are_accepted() {
    let plain =
        Project::new().profile("site", "extends: dev\nvars: {a: b}\n").run(&["show", "values", "-p", "site"]).ok();
    let project = Project::new().profile("site", "\u{feff}extends: dev\r\nvars: {a: b}\r\n");
    assert_eq!(project.run(&["show", "values", "-p", "site"]).ok(), plain);
    let project = site().template("manifests/x.yaml", format!("\u{feff}{}", OBJECT.replace('\n', "\r\n")));
    assert_eq!(rendered(&project), OBJECT);
}

#[test]
fn templates_cannot_replace_generated_files() {
    for name in ["kustomization.yaml", "Kustomization", "kustomization.yml", "render.sha256", ".meshtrace-tmp/x.yaml"] {
        let top = name.split('/').next().unwrap();
        site().template(name, "a: 1\n").run(&["render"]).refuses(&[&format!("`templates/{top}` cannot be a template")]);
    }
    site().template("kustomization/x.yaml", "a: 1\n").run(&["render"]).ok();
}

#[test]
fn a_profile_that_is_not_text_is_reported_when_used() {
    let project = site().file("profiles/bad.yaml", b"a: \xff\n").file("profiles/.x.swp", b"\xff");
    project.run(&["render"]).ok();
    project.run(&["render", "-p", "bad"]).refuses(&["`profiles/bad.yaml` is not UTF-8", "\n1 error"]);
    // A broken file that replaces a shipped one does not fall back to it.
    project.put("profiles/debug.yaml", b"\xff");
    project.run(&["render", "-p", "debug"]).refuses(&["`profiles/debug.yaml` is not UTF-8"]);
    project.put("meshtrace.yaml", "renders: {\"*\": [dev, \"*\"]}\n");
    project.run(&["render"]).refuses(&["`profiles/bad.yaml` is not UTF-8"]);
}
