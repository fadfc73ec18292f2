//! A user's profiles and templates over the shipped ones.

use crate::cli::project::Project;

const OBJECT: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n  namespace: a\n";

/// One that no schema judges.
const THING: &str = "apiVersion: example.com/v1\nkind: Thing\nmetadata:\n  name: x\n  namespace: a\n";

/// What `manifests/x.yaml` renders to, without its comment.
#[track_caller]
fn rendered(project: &Project) -> String {
    let text = project.run(&["render", "-p", "site", "--only", "manifests/*-x.yaml"]).ok();
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
                "{THING}{{% include \"manifests/_labels.yaml\" %}}
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
        "apiVersion: example.com/v1
kind: Thing
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
    let project = site().file(
        "files/90-mine/secret.enc.yaml",
        "sops: {mac: 'ENC[x]'}\nkind: Secret\napiVersion: v1\nmetadata: {name: a}\n",
    );
    project.run(&["render", "-p", "site", "-o", "out"]).ok();
    assert_eq!(
        project.read("out/manifests/90-mine/secret.enc.yaml"),
        "sops: {mac: 'ENC[x]'}\nkind: Secret\napiVersion: v1\nmetadata: {name: a}\n"
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

const COMPLETED: &str = r#"
extends: dev
services:
  web:
    upstreams: BACKENDS
    deployment:
      metadata: {labels: {team: shop}}
      spec:
        template:
          spec:
            containers:
            - name: web
              readinessProbe: {httpGet: {path: /ready, port: 9090}}
              env: [{name: EXTRA, value: "1"}, {name: NAME, value: shop}]
            - {name: helper, image: "helper:1"}
            volumes: [{name: tmp, emptyDir: {}}]
    service:
      spec: {ports: [{port: 9090, appProtocol: http}, {name: admin, port: 9091}]}
"#;

#[test]
fn a_profile_completes_the_deployment_and_the_service_of_a_service() {
    let project = Project::new().profile("site", COMPLETED);
    let file = |path: &str| project.run(&["render", "-p", "site", "--only", path]).ok();
    let deployment = file("manifests/50-apps/deployment-web.yaml");
    let expected = "
      containers:
      - name: web
        image: docker.io/nicholasjackson/fake-service:v0.26.2
        env:
        - name: BACKENDS
          value: http://api:9090
        - name: NAME
          value: shop
        - name: EXTRA
          value: \"1\"
        ports:
        - name: http
          containerPort: 9090
        readinessProbe:
          httpGet:
            path: /ready
            port: 9090
      - name: helper
        image: helper:1
      volumes:
      - name: tmp
        emptyDir: {}
";
    assert!(deployment.contains(expected) && deployment.contains("    team: shop\n"), "{deployment}");
    let service = file("manifests/50-apps/service-web.yaml");
    let ports = "  ports:
  - name: http
    port: 9090
    targetPort: 9090
    appProtocol: http
  - name: admin
    port: 9091
";
    assert!(service.contains(ports), "{service}");
}

#[test]
fn a_finding_in_what_completes_a_workload_is_placed_in_the_profile() {
    let text = COMPLETED.replace("value: \"1\"", "value: 1").replace("value: shop", "value: 2");
    let project = Project::new().profile("site", text);
    let answer = project.run(&["check", "-p", "site"]);
    let out = answer.stdout;
    assert!(out.contains("env-value-string") && out.contains("profiles/site.yaml:14:66"), "{out}");
}

#[test]
fn what_cannot_complete_a_workload_is_reported() {
    let project = Project::new();
    let error = |json: &str| {
        let set = format!("services={json}");
        let run = project.run(&["render", "-p", "dev", "--set-json", &set]);
        assert_eq!(run.code, 2);
        run.stderr
    };
    let err = error(r#"{"web":{"deployment":{"kind":"X","metadata":{"name":"y","namespace":"z"}}}}"#);
    for field in ["kind", "metadata.name", "metadata.namespace"] {
        assert!(err.contains(&format!("`services.web.deployment.{field}` cannot be changed")), "{err}");
    }
    let err = error(r#"{"q":{"port":1,"service":{"spec":{}}}}"#);
    assert!(err.contains("`services.q.service` needs an image: without one no Service is rendered"), "{err}");
    let err = error(r#"{"web":{"upstreams":"A=B"}}"#);
    assert!(err.contains("expected the name of an environment variable"), "{err}");
}

#[test]
fn an_overlay_over_several_documents_reaches_the_one_it_names() {
    let two = format!("{OBJECT}data: {{a: {{{{ vars.name }}}}}}\n---\n{}", OBJECT.replace("name: x", "name: z"));
    let render = |over: &str| {
        let block = format!("{{% filter overlay({over}) %}}\n{two}{{% endfilter %}}\n");
        site().template("manifests/x.yaml", block).run(&["render", "-p", "site"])
    };
    let text = render("{'kind': 'ConfigMap', 'metadata': {'name': 'z'}, 'data': {'b': vars.name}}").ok();
    assert!(text.contains("name: x\n  namespace: a\ndata:\n  a: \"a: b\"\n"), "{text}");
    assert!(text.contains("name: z\n  namespace: a\ndata:\n  b: \"a: b\"\n"), "{text}");
    let text = render("[]").ok();
    assert!(text.contains("a: \"a: b\"") && text.contains("name: z\n"), "{text}");
    render("{'data': {'b': 1}}").refuses(&["`overlay` needs `kind` and `metadata.name` to know which document"]);
    let other = "[{'kind': 'Secret', 'metadata': {'name': 'z'}}]";
    render(other).refuses(&["the block has no Secret `z` to overlay, but ConfigMap `x`, ConfigMap `z`"]);
    let elsewhere = "[{'kind': 'ConfigMap', 'metadata': {'name': 'z', 'namespace': 'q'}}]";
    render(elsewhere).refuses(&["the block has no ConfigMap `q/z` to overlay, but ConfigMap `a/x`, ConfigMap `a/z`"]);
    render("[1, 'x']").refuses(&["`overlay` needs `kind` and `metadata.name` to know which document"]);
}

#[test]
fn an_overlay_replaces_nothing_as_a_whole() {
    let render = |over: &str, block: &str| {
        let block = format!("{{% filter overlay({over}) %}}\n{block}{{% endfilter %}}\n");
        site().template("manifests/x.yaml", block).run(&["render", "-p", "site"])
    };
    for (over, found) in
        [("none", "none"), ("vars.nowhere", "an undefined value"), ("'x'", "a string"), ("3", "a number")]
    {
        let wanted = format!("`overlay` needs a map, or a list of objects, to merge into the block, but got {found}");
        render(over, OBJECT).refuses(&[&wanted]);
    }
    render("{'a': 1}", "- x\n").refuses(&["the block of `overlay` is a list, expected a map"]);
    render("{'a': 1}", "x\n").refuses(&["the block of `overlay` is a string, expected a map"]);
    render("[{'kind': 'Secret', 'metadata': {'name': 'z'}}]", "").refuses(&["to overlay, but no object"]);
    let list = "apiVersion: v1\nkind: List\nitems: []\n";
    render("[{'kind': 'ConfigMap', 'metadata': {'name': 'z'}}]", list)
        .refuses(&["to overlay, but List without a name"]);
    render("{'a': 1}", "a: [\n").refuses(&["the block is not YAML: `[` is never closed (line 1 of the block)"]);
    // Documents with nothing but comments do not count.
    let text = render("{'data': {'b': 'c'}}", &format!("---\n# nothing\n---\n{OBJECT}---\n")).ok();
    assert!(text.contains("data:\n  b: c\n"), "{text}");
    let inner = format!("{{% filter overlay({{'data': {{'b': '1', 'd': '2'}}}}) %}}\n{OBJECT}{{% endfilter %}}\n");
    let text = render("{'data': {'b': 'outer'}}", &inner).ok();
    assert!(text.contains("b: outer\n  d: \"2\"\n"), "{text}");
}

#[test]
fn a_template_is_printed_by_its_path_or_a_part_of_it() {
    let project = site().template("manifests/50-apps/services.yaml", "# token: hunter2hunter2\n");
    let show = |name: &str| project.run(&["show", "template", name]);
    let shipped =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/templates/manifests/50-apps/services.yaml"));
    assert_eq!(show("builtin:services").ok(), shipped.unwrap());
    assert_eq!(show("services").ok(), "# token: ***\n");
    assert_eq!(show("templates/manifests/50-apps/services.yaml").ok(), "# token: ***\n");
    show("jaeger").refuses(&["several templates match `jaeger`", "`manifests/20-jaeger/jaeger.yaml`"]);
    show("manifests/50-apps/service.yaml").refuses(&["did you mean `manifests/50-apps/services.yaml`?"]);
}

#[test]
fn what_templates_see_is_printed_without_secrets() {
    let project = Project::new()
        .profile("site", "extends: dev\nvars: {db: {password: hunter2}, note: 'use hunter2', a-b: [1, {x: 1.5}]}\n");
    let text = project.run(&["show", "model", "-p", "site"]).ok();
    for line in
        ["vars.db.password: \"***\"", "vars.note: use ***", "vars[\"a-b\"][1].x: 1.5 ", "consul.servers.replicas: 1 "]
    {
        assert!(text.lines().any(|one| one.starts_with(line)), "{line} in\n{text}");
    }
    assert!(!text.contains("hunter2"));
    let json = project.run(&["show", "model", "-p", "site", "--format", "json"]).ok();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json.pointer("/services/1/calls/0/uri").unwrap(), "http://api:9090");
    assert!(!json.to_string().contains("hunter2"));
}
