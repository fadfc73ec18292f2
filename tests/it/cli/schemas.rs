//! Schemas by version and from CustomResourceDefinitions given on the command line.

use crate::cli::project::Project;
use serde_json::Value;

/// Rule, severity, pointer, message and help of each finding.
#[track_caller]
fn found(project: &Project, args: &[&str]) -> Vec<[String; 5]> {
    let run = project.run(&[&["check", "--format", "json"], args].concat());
    let answer: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{}", run.stderr));
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap_or_default().to_string();
    let keys = ["rule", "severity", "path", "message", "help"];
    answer["findings"].as_array().unwrap().iter().map(|finding| keys.map(|key| text(finding, key))).collect()
}

fn words(finding: &[String; 5]) -> [&str; 5] {
    finding.each_ref().map(String::as_str)
}

#[test]
fn the_version_of_kubernetes_decides() {
    let project = Project::bare()
        .file("pod.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: b}\nspec: {schedulingGates: [{name: x.io/y}], containers: [{name: a, image: b}]}\n")
        .file("pdb.yaml", "apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata: {name: a, namespace: b}\nspec: {minAvailable: 1, selector: {matchLabels: {a: b}}}\n");
    assert_eq!(found(&project, &["pod.yaml"]), [[""; 5]; 0]);
    let old = found(&project, &["pod.yaml", "--kube-version", "1.25.3"]);
    let message = "`spec.schedulingGates` of Pod is only in Kubernetes 1.26 and later";
    assert_eq!(words(&old[0])[..4], ["schema-unknown-field", "error", "/spec/schedulingGates", message]);
    assert_eq!(found(&project, &["pod.yaml", "--kube-version", "1.26"]), [[""; 5]; 0]);
    let removed = |args: &[&str]| found(&project, args).iter().map(|one| words(one)[..2].join(" ")).collect::<Vec<_>>();
    assert_eq!(removed(&["pdb.yaml"]), ["api-removed warning"]);
    assert_eq!(removed(&["pdb.yaml", "--kube-version", "1.24"]), ["api-deprecated warning"]);
    assert_eq!(removed(&["pdb.yaml", "--kube-version", "1.30"]), ["api-removed error"]);
}

#[test]
fn definitions_of_the_command_line_judge_objects() {
    let definition = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: things.example.com}\n\
        spec:\n  group: example.com\n  scope: Namespaced\n  names: {plural: things, kind: Thing}\n  versions:\n  - name: v1\n    served: true\n    \
        storage: true\n    schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {size: {type: integer}}}}}}\n";
    let project = Project::bare().file("crds/things.yaml", definition).file("none/x.yaml", "a: 1\n").file(
        "thing.yaml",
        "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: a, namespace: b}\nspec: {sise: 1}\n",
    );
    assert_eq!(found(&project, &["thing.yaml"]), [[""; 5]; 0]);
    let with = found(&project, &["thing.yaml", "--crds", "crds"]);
    let expected =
        ["schema-unknown-field", "error", "/spec/sise", "unknown field `spec.sise` in Thing", "did you mean `size`?"];
    assert_eq!(with.iter().map(words).collect::<Vec<_>>(), [expected]);
    project.run(&["check", "thing.yaml", "--crds", "none"]).refuses(&["`--crds` leads to no CustomResourceDefinition"]);
}

#[test]
fn what_is_refused_takes_its_part_of_the_path_with_it() {
    let text = std::fs::read_to_string("tests/check/rules/annotation-not-string/pass/objects.yaml");
    let project = Project::bare().file("objects.yaml", text.unwrap_or_default().replace("image:", "imag:"));
    let rules = found(&project, &["objects.yaml"]);
    assert!(rules.iter().any(|one| words(one)[..2] == ["schema-unknown-field", "error"]), "{rules:?}");
}

#[test]
fn render_refuses_what_the_api_server_refuses_as_check_does() {
    let object = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, namespace: a}\ndata: {list: [1]}\n";
    let project = Project::new().profile("site", "extends: dev\n").template("manifests/x.yaml", object);
    let says = "error[schema-wrong-type]: `data.list` must be a string, found a list";
    project.run(&["render", "-p", "site", "-o", "out"]).refuses(&[says, "nothing was written"]);
    project.run(&["render", "-p", "site", "-o", "out", "--skip-rules"]).ok();
    let found = found(&project, &["out"]);
    assert!(found.iter().any(|one| words(one)[..3] == ["schema-wrong-type", "error", "/data/list"]), "{found:?}");
}

#[test]
fn quotes_are_blamed_only_where_the_value_fits_without_them() {
    let project = Project::bare().file(
        "web.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a, namespace: b}\nspec:\n  replicas: \"2\"\n  paused: \"yes\"\n  \
        minReadySeconds: soon\n  selector: {matchLabels: {app: a}}\n  template: {metadata: {labels: {app: a}}, spec: {containers: [{name: a, image: b}]}}\n",
    );
    let found = found(&project, &["web.yaml"]);
    let help = |path: &str| found.iter().find(|one| one[2] == path).map(|one| one[4].as_str());
    assert_eq!(help("/spec/replicas"), Some("write it without quotes"));
    assert_eq!(help("/spec/paused"), Some("write a boolean"));
    assert_eq!(help("/spec/minReadySeconds"), Some("write a whole number"));
}
