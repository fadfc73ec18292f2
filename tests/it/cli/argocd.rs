//! `meshtrace argocd`: the contract of a config management plugin, line by line (argo-cd v3.5.7 `cmpserver/plugin`).

use crate::cli::project::Project;
use serde_json::Value;
use std::process::Command;

/// What the sidecar gets from the plugin.
struct Answer {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

/// Runs the plugin as the sidecar does: in the directory of the Application, with the variables that Argo CD sets.
fn plugin(project: &Project, folder: &str, command: &str, variables: &[(&str, &str)]) -> Answer {
    let mut program = Command::new(env!("CARGO_BIN_EXE_meshtrace"));
    program.args(["argocd", command]).current_dir(project.path(folder)).env_clear();
    program.envs([("ARGOCD_APP_NAME", "mesh"), ("KUBE_VERSION", "1.33.0"), ("KUBE_API_VERSIONS", "v1,apps/v1")]);
    let output = program.envs(variables.iter().copied()).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Answer { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

fn two() -> Project {
    Project::bare()
        .file("meshtrace.yaml", "requires: \"0.1\"\nrenders: {dev: [dev], other: [dev, other]}\n")
        .profile("other", "apps: {namespace: shop}\n")
}

const PARAMETERS: &str = "ARGOCD_APP_PARAMETERS";

#[test]
fn the_render_that_the_application_names_is_printed_as_objects_and_nothing_else() {
    let project = two();
    let run = plugin(&project, "", "generate", &[(PARAMETERS, r#"[{"name": "render", "string": "other"}]"#)]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let documents: Vec<&str> = run.stdout.split("---\n").filter(|text| !text.is_empty()).collect();
    assert!(documents.len() > 10);
    for document in documents {
        assert!(document.contains("\nkind: ") && document.contains("\napiVersion: "), "{document}");
    }
    assert!(run.stdout.contains("namespace: shop"));
    assert_eq!(run.stderr, "");
}

#[test]
fn without_parameters_the_only_render_is_meant() {
    let project = Project::bare().file("meshtrace.yaml", "requires: \"0.1\"\nrenders: {dev: [dev]}\n");
    for parameters in [None, Some(""), Some("null"), Some("[]")] {
        let variables: Vec<(&str, &str)> = parameters.map(|text| (PARAMETERS, text)).into_iter().collect();
        let run = plugin(&project, "", "generate", &variables);
        assert_eq!(run.code, Some(0), "{parameters:?}: {}", run.stderr);
        assert!(run.stdout.contains("kind: ProxyDefaults"));
    }
    let run = plugin(&two(), "", "generate", &[(PARAMETERS, "null")]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("`meshtrace.yaml` has 2 renders, and the Application names none"), "{}", run.stderr);
    assert_eq!(run.stdout, "");
}

#[test]
fn values_files_and_values_override_profiles_in_this_order() {
    let project = two().file("app/more.yaml", "vars: {a: file, b: file}\napps: {namespace: from-file}\n").template(
        "manifests/60-x/x.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, namespace: {{ apps.namespace }}}\ndata: {a: {{ vars.a }}, b: {{ vars.b }}, c: {{ vars.c }}}\n",
    );
    let parameters = r#"[
        {"name": "profiles", "array": ["dev"]},
        {"name": "set", "map": {"vars.a": "one, two=3"}},
        {"name": "set-string", "map": {"vars.c": "1"}},
        {"name": "values-files", "array": ["more.yaml"]}]"#;
    let run = plugin(&project, "app", "generate", &[(PARAMETERS, parameters)]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    assert!(run.stdout.contains("name: x\n  namespace: from-file"), "{}", run.stdout);
    assert!(run.stdout.contains("  a: one, two=3\n  b: file\n  c: \"1\"\n"), "{}", run.stdout);
}

#[test]
fn variables_of_the_plugin_count_where_no_parameter_is_set() {
    let project = two();
    for variables in [[("ARGOCD_ENV_RENDER", "other")], [("ARGOCD_ENV_PROFILES", "dev, other")]] {
        let run = plugin(&project, "", "generate", &variables);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert!(run.stdout.contains("namespace: shop"));
    }
    let both = [("ARGOCD_ENV_RENDER", "other"), (PARAMETERS, r#"[{"name": "render", "string": "dev"}]"#)];
    assert!(!plugin(&project, "", "generate", &both).stdout.contains("namespace: shop"));
}

#[test]
fn wrong_parameters_are_refused_with_what_is_expected() {
    let project = two();
    for (parameters, message) in [
        (r#"[{"name": "rendr", "string": "dev"}]"#, "the unknown parameter `rendr`"),
        (r#"[{"name": "render", "array": ["dev"]}]"#, "the parameter `render` has no `string`"),
        (r#"[{"name": "render", "string": "de"}]"#, "no render is named `de`"),
        (r#"[{"name": "render", "string": "*"}]"#, "`*` matches 2 renders"),
        (r#"{"name": "render"}"#, "`ARGOCD_APP_PARAMETERS` is not a list of parameters"),
        (
            r#"[{"name": "render", "string": "dev"}, {"name": "profiles", "string": "dev"}]"#,
            "both `render` and `profiles`",
        ),
        (r#"[{"name": "profiles", "string": "dev"}, {"name": "set", "map": {"a=b,c": "d"}}]"#, "has a `=` or `,`"),
        (
            r#"[{"name": "profiles", "string": "dev"}, {"name": "values-files", "array": ["../x.yaml"]}]"#,
            "is outside the Application",
        ),
        (
            r#"[{"name": "profiles", "string": "dev"}, {"name": "values-files", "array": ["/etc/passwd"]}]"#,
            "is outside the Application",
        ),
    ] {
        let run = plugin(&project, "", "generate", &[(PARAMETERS, parameters)]);
        assert_eq!(run.code, Some(2), "{parameters}");
        let first = run.stderr.lines().next().unwrap_or_default();
        assert!(first.starts_with("error") && first.contains(message), "{parameters}: {}", run.stderr);
        assert_eq!(run.stdout, "");
        assert!(!run.stderr.contains('\u{1b}'));
    }
}

#[cfg(unix)]
#[test]
fn a_values_file_that_is_a_link_out_of_the_repository_is_refused() {
    let project = two();
    std::os::unix::fs::symlink("/etc/hostname", project.path("out.yaml")).unwrap();
    let parameters = r#"[{"name": "render", "string": "dev"}, {"name": "values-files", "array": ["out.yaml"]}]"#;
    let run = plugin(&project, "", "generate", &[(PARAMETERS, parameters)]);
    assert_eq!(run.code, Some(2));
    assert_eq!(run.stdout, "");
}

#[test]
fn a_render_without_objects_fails_because_argo_cd_would_delete_what_is_there() {
    let names = [
        "00-namespaces/namespaces.yaml",
        "20-jaeger/jaeger.yaml",
        "40-mesh/ingressgateway.yaml",
        "40-mesh/proxydefaults.yaml",
        "40-mesh/servicedefaults.yaml",
        "50-apps/services.yaml",
    ];
    let mut project = Project::bare()
        .file("meshtrace.yaml", "requires: \"0.1\"\nrenders: {none: [none]}\n")
        .profile("none", "extends: base\n");
    for name in names {
        project = project.template(&format!("manifests/{name}"), "");
    }
    let run = plugin(&project, "", "generate", &[]);
    assert_eq!(run.code, Some(2), "{}", run.stdout);
    assert_eq!(run.stdout, "");
}

#[test]
fn nothing_is_written_and_the_place_does_not_matter() {
    let (one, other) = (two(), two());
    let variables = [(PARAMETERS, r#"[{"name": "render", "string": "dev"}]"#)];
    let first = plugin(&one, "", "generate", &variables).stdout;
    assert_eq!(first, plugin(&other, "", "generate", &variables).stdout);
    assert!(!first.contains(&one.path("").to_string_lossy().into_owned()));
    assert!(!one.path("out").exists());
}

#[test]
fn parameters_are_announced_in_the_format_of_argo_cd() {
    let run = plugin(&two(), "", "parameters", &[]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    let list: Vec<Value> = serde_json::from_str(&run.stdout).unwrap();
    let names: Vec<&str> = list.iter().filter_map(|one| one["name"].as_str()).collect();
    assert_eq!(names, ["render", "profiles", "values-files", "set", "set-string"]);
    assert_eq!(list[0]["required"], true);
    assert_eq!(list[0]["tooltip"], "A render of meshtrace.yaml: dev, other");
    for one in &list {
        let key = if one["collectionType"] == "string" { "string" } else { one["collectionType"].as_str().unwrap() };
        assert!(one.get(key).is_some(), "{one}");
    }
}
