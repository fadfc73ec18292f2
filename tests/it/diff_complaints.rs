//! What people complain about in helm-diff and dyff, one test each: helm_diff_1..5 and dyff_1..5, in the order of the
//! wish lists. Each runs the program as a user would.
#![allow(clippy::disallowed_methods, reason = "runs the program in a temporary folder")]

use crate::common::tables::formats;
use serde_json::Value as Json;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::process::Output;

struct Place(tempfile::TempDir);

impl Place {
    fn new(files: &[(&str, &str)]) -> Place {
        let place = Place(tempfile::tempdir().unwrap());
        for (path, text) in files {
            place.write(path, text);
        }
        place
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn diff(&self, arguments: &[&str]) -> (i32, String, String) {
        let output: Output = Command::new(env!("CARGO_BIN_EXE_meshtrace"))
            .arg("diff")
            .args(arguments)
            .current_dir(self.path())
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
    }

    fn json(&self, arguments: &[&str]) -> (i32, Json) {
        let (code, out, err) = self.diff(&[arguments, &["--format", "json"]].concat());
        (code, serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}{err}")))
    }
}

const WEB: &str = "apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  annotations:
    build-id: '1'
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: nginx:1
";

#[test]
fn helm_diff_1_ignore_rules_change_the_list_before_text_and_exit_code() {
    let rules = "diff: {ignore: [{kind: Deployment, path: /metadata/annotations/build-id, reason: stamped by CI}, {kind: Job, reason: never}]}\n";
    let place = Place::new(&[
        ("meshtrace.yaml", rules),
        ("a/web.yaml", WEB),
        ("b/web.yaml", &WEB.replace("'1'", "'2'")),
        ("c/web.yaml", &WEB.replace("'1'", "'2'").replace("nginx:1", "nginx:2")),
        ("d/web.yaml", &WEB.replace("  annotations:\n    build-id: '1'\n", "")),
    ]);
    let (code, out, err) = place.diff(&["a", "b"]);
    assert_eq!((code, out.as_str()), (0, "0 added, 0 changed, 0 removed; 1 ignored\n"));
    assert!(err.contains("1 difference ignored: stamped by CI"), "{err}");
    assert!(err.contains("unused-ignore") && err.contains("meshtrace.yaml:1:"), "{err}");
    assert_eq!(place.diff(&["a", "b", "--format", "patch"]).1, "");
    // The rule names part of what is removed here, and nothing else of it is left.
    assert_eq!(place.diff(&["a", "d"]).0, 0);
    let (code, json) = place.json(&["a", "c"]);
    assert_eq!((code, json["changes"][0]["fields"].as_array().unwrap().len()), (1, 1));
    assert_eq!(json["summary"]["ignored"], 1);
}

#[test]
fn helm_diff_2_no_secret_reaches_a_log_in_any_format() {
    let secret = |password: &str| {
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\n  annotations:\n    kubectl.kubernetes.io/last-applied-configuration: '{{\"stringData\":{{\"password\":\"{password}\",\"pin\":\"12\"}}}}'\nstringData:\n  password: {password}\n  pin: \"12\"\n"
        )
    };
    let config = |password: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata:\n  url: postgres://u:{password}@db\n  json: '{{\"auth\": \"{password}\"}}'\n"
        )
    };
    let place = Place::new(&[
        ("a/secret.yaml", &secret("correct-horse-1")),
        ("b/secret.yaml", &secret("battery-staple-2")),
        ("a/config.yaml", &config("correct-horse-1")),
        ("b/config.yaml", &config("battery-staple-2")),
        ("a/note.txt", "say correct-horse-1\n"),
        ("b/note.txt", "say battery-staple-2\n"),
    ]);
    for format in &formats(&["diff"]) {
        let (code, out, err) = place.diff(&["a", "b", "--format", format]);
        assert_eq!(code, 1, "{format}: {err}");
        for word in ["correct-horse", "battery-staple"] {
            assert!(!out.contains(word) && !err.contains(word), "{format}: {out}{err}");
        }
    }
    let (_, out, _) = place.diff(&["a", "b"]);
    assert!(out.contains("stringData.password: *** (before) -> *** (after)"), "{out}");
    let (_, _, err) = place.diff(&["a", "b", "--format", "patch"]);
    assert!(err.contains("`secret.yaml` is not in the patch: it contains values of a Secret"), "{err}");
    // Too short to be recognized by value, but hidden in its own place.
    let short =
        |pin: &str| format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\nstringData: {{pin: '{pin}'}}\n");
    let place = Place::new(&[("a.yaml", &short("987")), ("b.yaml", &short("654"))]);
    for format in &formats(&["diff"]) {
        let (_, out, err) = place.diff(&["a.yaml", "b.yaml", "--format", format]);
        assert!(!out.contains("987") && !out.contains("654"), "{format}: {out}{err}");
    }
    // One without a name, one whose data is not a map, one in an unusual list, one inside a string.
    let odd = |pin: &str, word: &str| {
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{generateName: s-}}\nstringData: {{pin: '{pin}'}}\n---\nkind: Secret\ndata: {pin}\n---\nitems:\n- {{apiVersion: v1, kind: Secret, stringData: {{word: {word}}}}}\n- {word}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c, annotations: {{a: other-{word}}}}}\ndata:\n  manifest: |\n    a: 1\n    ---\n    kind: Secret\n    stringData: {{word: other-{word}}}\n"
        )
    };
    let place = Place::new(&[
        ("a.yaml", &odd("987", "correct-horse")),
        ("b.yaml", &odd("654", "battery-staple")),
        ("c.yaml", ""),
    ]);
    for (from, to) in [("a.yaml", "b.yaml"), ("a.yaml", "c.yaml"), ("c.yaml", "b.yaml")] {
        for format in &formats(&["diff"]) {
            let (_, out, err) = place.diff(&[from, to, "--format", format]);
            for word in ["987", "654", "correct-horse", "battery-staple"] {
                assert!(!out.contains(word) && !err.contains(word), "{format} {word}: {out}{err}");
            }
        }
    }
    // A Secret that cannot be read is an error that does not show its content.
    let place = Place::new(&[
        ("a.yaml", "kind: Secret\nstringData:\n  password: correct-horse-1\n  password: [\n"),
        ("b.yaml", ""),
    ]);
    let (code, out, err) = place.diff(&["a.yaml", "b.yaml"]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(!err.contains("correct-horse") && err.contains("a.yaml:"), "{err}");
}

#[test]
fn helm_diff_3_many_objects_and_one_large_document_are_compared_without_blow_up() {
    let object = |n: usize, x: usize| {
        format!("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c{n}}}\ndata: {{x: '{x}'}}\n")
    };
    let many = |odd: usize| (0..3000).map(|n| object(n, usize::from(n % 100 == odd))).collect::<String>();
    let lines = |c: char| (0..40_000).map(|n| format!("    {c}{n}\n")).collect::<String>();
    let large =
        |c: char| format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: big}}\ndata:\n  text: |\n{}", lines(c));
    let items = |c: char| format!("list:\n{}", (0..20_000).map(|n| format!("- {c}{n}\n")).collect::<String>());
    let place = Place::new(&[
        ("a/many.yaml", &many(200)),
        ("b/many.yaml", &many(7)),
        ("a/large.yaml", &large('x')),
        ("b/large.yaml", &large('y')),
        ("a/items.yaml", &items('x')),
        ("b/items.yaml", &items('y')),
    ]);
    let (code, json) = place.json(&["a", "b"]);
    assert_eq!((code, json["summary"]["changed"].clone()), (1, Json::from(32)));
    let (code, out, _) = place.diff(&["a", "b", "--format", "markdown"]);
    assert!(code == 1 && out.chars().count() <= 60_000);
}

#[test]
fn helm_diff_4_fields_added_by_a_cluster_are_not_noise() {
    let live = format!(
        "{}status: {{replicas: 1}}\n",
        WEB.replace(
            "  name: web\n",
            "  name: web\n  uid: 4c1\n  resourceVersion: '7'\n  generation: 3\n  creationTimestamp: '2026-01-01T00:00:00Z'\n  managedFields: []\n"
        )
        .replace("    build-id: '1'\n", "    build-id: '1'\n    deployment.kubernetes.io/revision: '2'\n")
    );
    let place =
        Place::new(&[("live.yaml", &live), ("new.yaml", WEB), ("next.yaml", &WEB.replace("nginx:1", "nginx:2"))]);
    assert_eq!(place.diff(&["live.yaml", "new.yaml"]).0, 0);
    let (_, json) = place.json(&["live.yaml", "next.yaml"]);
    assert_eq!(json["changes"][0]["fields"].as_array().unwrap().len(), 1);
    // The base is the previous render unless another one is given.
    let place = Place::new(&[("meshtrace.yaml", "renders: {dev: [dev]}\n")]);
    let (code, json) = place.json(&[]);
    assert_eq!(code, 1);
    assert!(json["summary"]["added"].as_u64().unwrap() > 5 && json["changes"][0]["render"] == "dev");
}

#[test]
fn helm_diff_5_output_can_be_limited_to_dangerous_changes() {
    let claim = |size: &str| {
        format!(
            "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: data}}\nspec: {{resources: {{requests: {{storage: {size}}}}}}}\n"
        )
    };
    let label = WEB.replace("name: web\n  annotations:", "name: web\n  labels: {a: b}\n  annotations:");
    let selector = WEB.replace("matchLabels: {app: web}", "matchLabels: {app: web, tier: x}");
    let place = Place::new(&[
        ("from/web.yaml", WEB),
        ("label/web.yaml", &label),
        ("image/web.yaml", &WEB.replace("nginx:1", "nginx:2")),
        ("selector/web.yaml", &selector),
        ("big/claim.yaml", &claim("10Gi")),
        ("small/claim.yaml", &claim("5120Mi")),
    ]);
    let cases = [
        ("from", "label", "other", [1, 0, 0, 0]),
        ("from", "image", "restarts-pods", [1, 1, 0, 0]),
        ("from", "selector", "recreate", [1, 1, 1, 0]),
        ("big", "small", "data-loss", [1, 1, 1, 1]),
        ("small", "big", "other", [1, 0, 0, 0]),
    ];
    for (from, to, class, codes) in cases {
        for (least, expected) in ["other", "restarts-pods", "recreate", "data-loss"].iter().zip(codes) {
            let (code, json) = place.json(&[from, to, "--fail-on", least]);
            assert_eq!((code, json["changes"][0]["class"].as_str()), (expected, Some(class)), "{from} {to} {least}");
        }
    }
    let (_, out, _) = place.diff(&["from", "selector"]);
    assert!(out.contains("(recreate: `spec.selector` cannot change in place)"), "{out}");
    assert_eq!(place.diff(&["from", "selector", "--exit-zero"]).0, 0);
}

#[test]
fn dyff_1_unequal_numbers_of_documents_and_an_empty_side_are_normal() {
    let object =
        |name: &str| format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{x: {name}}}\n");
    let three = format!("{}---\n---\n# nothing\n---\n{}---\n{}", object("a"), object("b"), object("c"));
    let list = format!(
        "apiVersion: v1\nkind: List\nitems:\n{}",
        ["c", "a"].map(|name| format!("- {}", object(name).replace('\n', "\n  ").trim_end())).join("\n")
    );
    let place = Place::new(&[
        ("three.yaml", &three),
        ("list.yaml", &list),
        ("empty.yaml", ""),
        ("broken.yaml", "a: 1\nb: [\n"),
    ]);
    fs::create_dir(place.path().join("folder")).unwrap();
    let (code, json) = place.json(&["three.yaml", "list.yaml"]);
    assert_eq!(
        (code, json["summary"]["removed"].clone(), json["changes"].as_array().unwrap().len()),
        (1, Json::from(1), 1)
    );
    assert_eq!(place.json(&["empty.yaml", "three.yaml"]).1["summary"]["added"], 3);
    assert_eq!(place.json(&["three.yaml", "folder"]).1["summary"]["removed"], 3);
    assert_eq!(place.diff(&["empty.yaml", "folder"]).0, 0);
    let (code, _, err) = place.diff(&["broken.yaml", "three.yaml"]);
    assert!(code == 2 && err.contains("broken.yaml:"), "{err}");
    assert_eq!(place.diff(&["missing", "three.yaml"]).0, 2);
    place.write("twins/a.yaml", &object("a"));
    place.write("twins/b.yaml", &format!("# two\n{}", object("a")));
    // Objects of one identity pair by file, so alternatives in one directory can be compared; in one file they cannot.
    assert_eq!(place.diff(&["twins", "twins"]).0, 0);
    assert_eq!(place.json(&["twins", "three.yaml"]).0, 1);
    place.write("twins.yaml", &format!("{}---\n# two\n{}", object("a"), object("a")));
    let (code, _, err) = place.diff(&["twins.yaml", "three.yaml"]);
    assert!(code == 2 && err.contains("twins.yaml:1") && err.contains("twins.yaml:7"), "{err}");
}

#[test]
fn dyff_2_the_json_is_a_patch_that_applies() {
    let place = Place::new(&[
        ("a.yaml", WEB),
        (
            "b.yaml",
            &WEB.replace("nginx:1", "nginx:2")
                .replace("      - name: web\n", "      - name: first\n        image: x\n      - name: web\n"),
        ),
    ]);
    let (_, json) = place.json(&["a.yaml", "b.yaml"]);
    let change = &json["changes"][0];
    assert_eq!(
        change["object"],
        serde_json::json!({"apiVersion": "apps/v1", "kind": "Deployment", "namespace": "", "name": "web"})
    );
    assert_eq!((change["change"].as_str(), change["file"].as_str()), (Some("changed"), Some("b.yaml")));
    let field = change["fields"].as_array().unwrap().last().unwrap();
    assert_eq!(field["path"], "/spec/template/spec/containers/1/image");
    assert_eq!(field["keyed"], "spec.template.spec.containers[name=web].image");
    assert_eq!(
        (field["op"].as_str(), field["old"].as_str(), field["value"].as_str()),
        (Some("replace"), Some("nginx:1"), Some("nginx:2"))
    );
    let patch: json_patch::Patch = serde_json::from_value(change["fields"].clone()).unwrap();
    let mut document =
        serde_json::json!({"spec": {"template": {"spec": {"containers": [{"name": "web", "image": "nginx:1"}]}}}});
    json_patch::patch(&mut document, &patch).unwrap();
    assert_eq!(document["spec"]["template"]["spec"]["containers"][0]["name"], "first");
}

#[test]
fn dyff_3_an_api_version_bump_is_one_changed_field() {
    let place = Place::new(&[("a.yaml", &WEB.replace("apps/v1", "apps/v1beta2")), ("b.yaml", WEB)]);
    let (_, json) = place.json(&["a.yaml", "b.yaml"]);
    assert_eq!((json["changes"].as_array().unwrap().len(), json["summary"]["changed"].clone()), (1, Json::from(1)));
    assert_eq!(json["changes"][0]["fields"][0]["path"], "/apiVersion");
    assert_eq!(json["changes"][0]["fields"].as_array().unwrap().len(), 1);
    let place = Place::new(&[("a.yaml", WEB), ("b.yaml", &WEB.replace("web", "shop"))]);
    let (_, json) = place.json(&["a.yaml", "b.yaml"]);
    assert_eq!(json["changes"][0]["change"], "renamed");
    assert_eq!(json["changes"][0]["from"]["object"]["name"], "web");
}

#[test]
fn dyff_4_each_object_has_one_header_with_its_file_and_whole_objects_are_folded() {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 80}]}\n";
    let place = Place::new(&[
        ("a/web.yaml", WEB),
        ("b/50-apps/service.yaml", service),
        ("b/web.yaml", &WEB.replace("nginx:1", "nginx:2")),
    ]);
    let (_, out, _) = place.diff(&["a", "b"]);
    assert_eq!(
        out,
        "+ Service web  [50-apps/service.yaml; 7 lines]\n\
         ~ Deployment web  [web.yaml; restarts-pods]\n    \
         spec.template.spec.containers[name=web].image: nginx:1 -> nginx:2  (restarts-pods: the pod template changes)\n\
         1 added, 1 changed, 0 removed; 1 restarts-pods\n"
    );
    let (_, out, _) = place.diff(&["a", "b", "--summary"]);
    assert_eq!(out.lines().count(), 3);
    let (_, out, _) = place.diff(&["a", "b", "--format", "markdown"]);
    assert!(
        out.contains("| `+` | Service web | 50-apps/service.yaml | other |") && out.contains("\n+   - port: 80\n"),
        "{out}"
    );
}

#[test]
fn dyff_5_order_counts_where_kubernetes_says_so_and_nowhere_else() {
    let pod = |env: &str, ports: &str, init: &str, args: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: x}}\nspec: {{template: {{spec: {{initContainers: {init}, containers: [{{name: a, env: {env}, ports: {ports}, args: {args}}}]}}}}}}\n"
        )
    };
    let (x, y) = ("{name: X, value: a}", "{name: Y, value: $(X)}");
    let (tcp, udp) = ("{containerPort: 53, protocol: TCP}", "{containerPort: 53, protocol: UDP}");
    let (one, two) = ("{name: one}", "{name: two}");
    let list = |a: &str, b: &str| format!("[{a}, {b}]");
    let base = pod(&list(x, "{name: Z}"), &list(tcp, udp), &list(one, two), "[a, b]");
    let free = pod(&list("{name: Z}", x), &list(udp, "{containerPort: 53}"), &list(one, two), "[a, b]");
    let place = Place::new(&[
        ("base.yaml", &base),
        ("free.yaml", &free),
        ("init.yaml", &pod(&list(x, "{name: Z}"), &list(tcp, udp), &list(two, one), "[a, b]")),
        ("args.yaml", &pod(&list(x, "{name: Z}"), &list(tcp, udp), &list(one, two), "[b, a]")),
        ("env-1.yaml", &pod(&list(x, y), "[]", "[]", "[]")),
        ("env-2.yaml", &pod(&list(y, x), "[]", "[]", "[]")),
        // Names that are not unique are not used for pairing.
        ("twice-1.yaml", &pod(&list(x, x), "[]", "[]", "[]")),
        ("twice-2.yaml", &pod(&list(x, "{name: X, value: b}"), "[]", "[]", "[]")),
    ]);
    // The default protocol makes it the same port, but only one of the two spells it out.
    let (_, json) = place.json(&["base.yaml", "free.yaml"]);
    assert_eq!(json["changes"][0]["fields"].as_array().unwrap().len(), 1);
    assert_eq!(json["changes"][0]["fields"][0]["path"], "/spec/template/spec/containers/0/ports/0/protocol");
    for (from, to) in [("base", "init"), ("base", "args"), ("env-1", "env-2")] {
        let (_, json) = place.json(&[&format!("{from}.yaml"), &format!("{to}.yaml")]);
        let fields = json["changes"][0]["fields"].as_array().unwrap();
        assert_eq!((fields.len(), fields[0]["op"].as_str()), (1, Some("move")), "{to}");
    }
    assert_eq!(place.diff(&["twice-1.yaml", "twice-2.yaml"]).0, 1);
}

#[test]
fn argo_21135_what_is_stored_as_before_is_other_and_can_be_left_out() {
    let pod = |more: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n  selector: {{matchLabels: {{app: web}}}}\n  template:\n    metadata: {{labels: {{app: web}}}}\n    spec:\n      containers:\n      - {{name: a, image: 'a:1'{more}}}\n"
        )
    };
    let place = Place::new(&[
        ("a/web.yaml", &pod(", resources: {limits: {cpu: 1000m, memory: 1024Mi}}")),
        ("b/web.yaml", &pod(", imagePullPolicy: IfNotPresent, resources: {limits: {cpu: 1, memory: 1Gi}}")),
        ("c/web.yaml", &pod(", imagePullPolicy: IfNotPresent, resources: {limits: {cpu: 2, memory: 1Gi}}")),
    ]);
    let (code, json) = place.json(&["a", "b"]);
    assert_eq!((code, json["changes"][0]["class"].as_str()), (1, Some("other")), "{json:#}");
    for field in json["changes"][0]["fields"].as_array().unwrap() {
        assert_eq!(field["note"], "same when stored", "{field:#}");
    }
    let (_, human, _) = place.diff(&["a", "b"]);
    assert!(human.contains("same when stored"), "{human}");
    assert_eq!(place.diff(&["a", "b", "--fail-on", "restarts-pods"]).0, 0);
    assert_eq!(place.diff(&["a", "b", "--semantic"]).1, "no differences\n");
    assert_eq!(place.diff(&["a", "b", "--semantic", "--format", "patch"]).1, "");
    assert_eq!(place.diff(&["a", "b", "--format", "steps"]).1, "# nothing to do\n");
    let (code, json) = place.json(&["a", "c", "--semantic"]);
    let fields = json["changes"][0]["fields"].as_array().unwrap();
    assert_eq!((code, fields.len(), fields[0]["class"].as_str()), (1, 1, Some("restarts-pods")), "{json:#}");
}

#[test]
fn dyff_398_an_object_that_moved_to_another_group_is_one_change() {
    let deployment = |version: &str, replicas: u8| {
        format!("apiVersion: {version}\nkind: Deployment\nmetadata: {{name: web}}\nspec: {{replicas: {replicas}}}\n")
    };
    let place = Place::new(&[
        ("a/x.yaml", &deployment("extensions/v1beta1", 1)),
        ("b/x.yaml", &deployment("apps/v1", 2)),
        ("c/x.yaml", &deployment("example.com/v1", 2)),
    ]);
    let (_, json) = place.json(&["a", "b"]);
    let fields: Vec<_> = json["changes"][0]["fields"].as_array().unwrap().iter().map(|field| &field["path"]).collect();
    assert_eq!(json["changes"].as_array().unwrap().len(), 1);
    assert_eq!(fields, ["/apiVersion", "/spec/replicas"]);
    assert_eq!(place.json(&["a", "c"]).1["changes"].as_array().unwrap().len(), 2);
}

#[test]
fn tanka_1105_ports_of_a_service_keep_their_name() {
    let service =
        |ports: &str| format!("apiVersion: v1\nkind: Service\nmetadata: {{name: web}}\nspec: {{ports: [{ports}]}}\n");
    let place = Place::new(&[
        ("a/x.yaml", &service("{name: http, port: 80}, {name: grpc, port: 90}")),
        ("b/x.yaml", &service("{name: grpc, port: 90}, {name: http, port: 8099}")),
    ]);
    let (_, json) = place.json(&["a", "b"]);
    let fields = json["changes"][0]["fields"].as_array().unwrap();
    assert_eq!((fields.len(), fields[0]["keyed"].as_str()), (1, Some("spec.ports[name=http].port")), "{json:#}");
}

#[test]
fn a_project_names_the_lists_of_its_own_kinds() {
    let thing = |steps: &str| {
        format!("apiVersion: example.com/v1\nkind: Thing\nmetadata: {{name: x}}\nspec: {{a: [{{steps: [{steps}]}}]}}\n")
    };
    let place = Place::new(&[
        ("a/x.yaml", &thing("{step: one, x: 1}, {step: two}")),
        ("b/x.yaml", &thing("{step: two}, {step: one, x: 2}")),
    ]);
    let before = place.json(&["a", "b"]).1;
    assert!(before["changes"][0]["fields"].as_array().unwrap().len() > 1, "{before:#}");
    let place = Place::new(&[
        ("meshtrace.yaml", "requires: \"0.1\"\ndiff: {lists: [{kind: Thing, path: /spec/a/*/steps, keys: [step]}]}\n"),
        ("a/x.yaml", &thing("{step: one, x: 1}, {step: two}")),
        ("b/x.yaml", &thing("{step: two}, {step: one, x: 2}")),
    ]);
    let fields = &place.json(&["a", "b"]).1["changes"][0]["fields"];
    assert_eq!(
        (fields.as_array().unwrap().len(), &fields[0]["keyed"]),
        (1, &"spec.a[0].steps[step=one].x".into()),
        "{fields:#}"
    );
}
