//! What `check` and `diff` make of repositories as people have them: overlays, charts, GitOps, dashboards, alternatives.
#![allow(clippy::disallowed_methods, reason = "runs the program in a folder of its own")]

use serde_json::Value as Json;
use std::fs;
use std::process::Command;

pub(crate) struct Tree(tempfile::TempDir);

impl Tree {
    pub(crate) fn new(files: &[(&str, &str)]) -> Tree {
        let tree = Tree(tempfile::tempdir().unwrap());
        for (path, text) in files {
            tree.write(path, text);
        }
        tree
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        let program = env!("CARGO_BIN_EXE_meshtrace");
        let output = Command::new(program).args(arguments).current_dir(self.0.path()).output().unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }

    pub(crate) fn check(&self, paths: &[&str]) -> Report {
        let (code, out, err) = self.run(&[&["check", "--format", "json"], paths].concat());
        let json = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}{err}"));
        Report { code, json }
    }

    /// A tree is the same as itself.
    pub(crate) fn is_itself(&self) -> &Tree {
        let (code, out, err) = self.run(&["diff", ".", "."]);
        assert_eq!((code, out.as_str()), (0, "no differences\n"), "{err}");
        assert!(err.lines().count() <= 1, "{err}");
        self
    }
}

pub(crate) struct Report {
    pub(crate) code: i32,
    pub(crate) json: Json,
}

impl Report {
    /// Severity other than info, and rule, of what was found.
    pub(crate) fn found(&self) -> Vec<String> {
        let all = self.json["findings"].as_array().unwrap().iter().filter(|finding| finding["severity"] != "info");
        let text = |finding: &Json, key: &str| finding[key].as_str().unwrap_or_default().to_owned();
        all.map(|finding| format!("{} {} {}", text(finding, "rule"), text(finding, "file"), finding["line"])).collect()
    }

    /// Set, service and whether spans arrive.
    pub(crate) fn paths(&self) -> Vec<(String, String, Option<bool>)> {
        let paths = self.json["paths"].as_array().unwrap().iter();
        let text = |path: &Json, key: &str| path[key].as_str().unwrap().to_owned();
        paths.map(|path| (text(path, "set"), text(path, "service"), path["arrives"].as_bool())).collect()
    }

    fn skipped(&self) -> &Json {
        &self.json["summary"]["skipped"]
    }

    pub(crate) fn notes(&self) -> String {
        self.json["summary"]["notes"].to_string()
    }

    /// Nothing but information, and all spans arrive, in these sets.
    fn arrives_in(&self, sets: &[&str]) -> &Report {
        assert_eq!((self.code, self.found()), (0, Vec::new()), "{:#}", self.json);
        let paths = self.paths();
        assert!(paths.iter().all(|path| path.2 == Some(true)), "{paths:?}");
        let mut names: Vec<&str> = paths.iter().map(|path| &*path.0).collect();
        names.dedup();
        assert_eq!(names, sets);
        self
    }
}

pub(crate) const MESH: &str = r#"apiVersion: consul.hashicorp.com/v1alpha1
kind: ProxyDefaults
metadata: {name: global, namespace: consul}
spec:
  config:
    protocol: http
    envoy_tracing_json: |
      {"http": {"name": "envoy.tracers.zipkin", "typedConfig": {
        "@type": "type.googleapis.com/envoy.config.trace.v3.ZipkinConfig", "collector_cluster": "jaeger",
        "collector_endpoint_version": "HTTP_JSON", "collector_endpoint": "/api/v2/spans", "shared_span_context": false,
        "trace_id_128bit": true}}}
    envoy_extra_static_clusters_json: |
      {"name": "jaeger", "type": "STRICT_DNS", "connect_timeout": "3s", "load_assignment": {"cluster_name": "jaeger",
       "endpoints": [{"lb_endpoints": [{"endpoint": {"address": {"socket_address": {
         "address": "jaeger.observability.svc", "port_value": 9411}}}}]}]}}
"#;

pub(crate) const JAEGER: &str = "apiVersion: v1
kind: Service
metadata: {name: jaeger, namespace: observability}
spec: {selector: {app: jaeger}, ports: [{name: zipkin, port: 9411}, {name: ui, port: 16686}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: jaeger, namespace: observability}
spec:
  selector: {matchLabels: {app: jaeger}}
  template:
    metadata: {labels: {app: jaeger}}
    spec:
      containers:
      - {name: jaeger, image: 'jaegertracing/jaeger:2.11.0'}
";

pub(crate) const WEB: &str = "apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}, annotations: {consul.hashicorp.com/connect-inject: 'true'}}
    spec: {containers: [{name: web, image: 'web:1.2.3'}]}
";

/// The same without the request to be injected.
fn bare() -> String {
    WEB.replace(", annotations: {consul.hashicorp.com/connect-inject: 'true'}", "")
}

pub(crate) fn with(more: &[(&str, &str)]) -> Tree {
    Tree::new(&[&[("mesh.yaml", MESH), ("jaeger.yaml", JAEGER), ("web.yaml", WEB)], more].concat())
}

#[test]
fn a_plain_folder_is_one_set_that_has_the_name_of_what_was_named() {
    let tree = with(&[]);
    tree.is_itself().check(&["."]).arrives_in(&["."]);
    tree.check(&["mesh.yaml", "jaeger.yaml", "web.yaml"]).arrives_in(&["mesh.yaml, jaeger.yaml, web.yaml"]);
}

#[test]
fn kustomize_overlays_are_a_set_each_and_their_base_is_none() {
    let overlay = |name: &str| {
        (
            format!("k8s/overlays/{name}/kustomization.yaml"),
            "resources: [../../base]\npatches: [{path: replicas.yaml}]\nopenapi: {path: x.json}\n",
        )
    };
    let patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec: {replicas: 3}\n";
    let (dev, prod) = (overlay("dev"), overlay("prod"));
    let tree = Tree::new(&[
        ("mesh/all.yaml", MESH),
        ("mesh/jaeger.yaml", JAEGER),
        ("k8s/base/kustomization.yaml", "resources: [web.yaml]\n"),
        ("k8s/base/web.yaml", WEB),
        (&dev.0, dev.1),
        (&prod.0, prod.1),
        ("k8s/overlays/dev/replicas.yaml", patch),
        ("k8s/overlays/prod/replicas.yaml", patch),
    ]);
    let report = tree.is_itself().check(&["."]);
    report.arrives_in(&["k8s/overlays/dev", "k8s/overlays/prod"]);
    assert_eq!(report.skipped()["kustomize-patch"], 2);
    assert!(report.notes().contains("kubectl kustomize k8s/overlays/prod | meshtrace check -"), "{}", report.notes());
    let (_, out, _) = tree.run(&["check", "."]);
    assert!(
        out.contains("\nk8s/overlays/dev:\nweb ") && out.contains("\nskipped 2 files that are not manifests"),
        "{out}"
    );
    // One overlay alone is one set, and has a name all the same.
    tree.check(&["mesh", "k8s/base", "k8s/overlays/prod"]).arrives_in(&["prod"]);
}

#[test]
fn a_kustomization_changes_names_namespaces_labels_annotations_and_images() {
    let root = "namespace: mall
namePrefix: eu-
resources: [web.yaml, ../../mesh]
labels: [{pairs: {tier: front}, includeSelectors: true}]
commonAnnotations: {consul.hashicorp.com/connect-inject: 'true'}
images: [{name: web, newTag: 2.0.0}]
";
    let tree = Tree::new(&[("app/kustomization.yaml", root), ("app/web.yaml", &bare())]);
    let report = tree.is_itself().check(&["."]);
    let paths = report.paths();
    assert_eq!((&*paths[0].0, &*paths[0].1, report.found().len()), ("app", "eu-web", 0), "{:#}", report.json);
    let hops = report.json["paths"][0]["hops"].as_array().unwrap();
    assert_eq!(hops.iter().find(|hop| hop["hop"] == "sidecar").unwrap()["state"], "ok");
}

#[test]
fn plain_patches_are_applied_and_the_others_named() {
    let request = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec:\n  template:\n    metadata: {annotations: {consul.hashicorp.com/connect-inject: 'true'}}\n    spec: {containers: [{name: web, image: 'web:2.0.0'}]}\n";
    let labelled = bare().replace(
        "metadata: {name: web, namespace: shop}\nspec:\n",
        "metadata: {name: web, namespace: shop, labels: {app: web}}\nspec:\n",
    );
    let address = "- op: replace\n  path: /spec/config/protocol\n  value: tcp\n";
    let tree = |root: &str| {
        Tree::new(&[
            ("kustomization.yaml", &format!("resources: [mesh.yaml, jaeger.yaml, web.yaml]\n{root}")),
            ("mesh.yaml", MESH),
            ("jaeger.yaml", JAEGER),
            ("web.yaml", &labelled),
            ("inject.yaml", request),
            ("tcp.yaml", address),
        ])
    };
    let report = tree("patches: [{path: inject.yaml}]\n").is_itself().check(&["."]);
    report.arrives_in(&["."]);
    assert_eq!(report.notes(), "null");
    // What a patch breaks is wrong in the patch.
    let report =
        tree("patches: [{path: inject.yaml}, {path: tcp.yaml, target: {kind: ProxyDefaults}}]\n").check(&["."]);
    assert_eq!(report.paths()[0].2, Some(false), "{:#}", report.json);
    assert!(report.found().iter().all(|found| !found.contains("mesh.yaml")), "{:?}", report.found());
    // It selects by labels and patterns too, and its own name does not count then.
    for target in ["{labelSelector: app=web}", "{kind: Deployment, name: 'w.*|x'}"] {
        let report = tree(&format!("patches: [{{path: inject.yaml, target: {target}}}]\n")).check(&["."]);
        report.arrives_in(&["."]);
        assert_eq!(report.notes(), "null");
    }
    // A target that selects nothing is no mistake.
    let report = tree("patches: [{path: inject.yaml, target: {name: x}}]\n").check(&["."]);
    assert_eq!((report.found().len(), report.paths().len(), &*report.notes()), (0, 0, "null"), "{:#}", report.json);
    // One that selects by more than words is left to kustomize.
    for patch in ["{path: inject.yaml, target: {name: 'w[e]b'}}", "'${x}'"] {
        let report = tree(&format!("patches: [{patch}]\n")).check(&["."]);
        assert!(report.notes().contains("without some of its patches"), "{patch}: {}", report.notes());
    }
}

#[test]
fn a_patch_deletes_and_replaces_what_it_says() {
    let tree = |patch: &str| {
        Tree::new(&[
            ("kustomization.yaml", "resources: [mesh.yaml, jaeger.yaml, web.yaml]\npatches: [{path: patch.yaml}]\n"),
            ("mesh.yaml", MESH),
            ("jaeger.yaml", JAEGER),
            ("web.yaml", WEB),
            ("patch.yaml", patch),
        ])
    };
    let gone = "$patch: delete\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\n";
    let report = tree(gone).check(&["."]);
    assert_eq!((report.paths().len(), &*report.notes()), (0, "null"), "{:#}", report.json);
    let bare = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec: {template: {metadata: {annotations: {$patch: delete}}}}\n";
    let report = tree(bare).check(&["."]);
    assert_eq!((report.paths().len(), &*report.notes()), (0, "null"), "{:#}", report.json);
}

#[test]
fn a_json_patch_changes_the_kind_and_later_patches_find_the_new_one() {
    let rights = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: web}\n\
        rules: [{apiGroups: [''], resources: [pods], verbs: [get]}]\n---\n\
        apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: web}\n\
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: web}\n\
        subjects: [{kind: ServiceAccount, name: web, namespace: shop}]\n";
    let patch = |kind: &str, path: &str, value: &str| {
        format!("- target: {{kind: {kind}}}\n  patch: '[{{op: replace, path: {path}, value: {value}}}]'\n")
    };
    // As in jaeger-operator's config/namespaced; the last two find what they are for only once its kind has changed.
    let patches = [
        patch("ClusterRole", "/kind", "Role"),
        patch("ClusterRoleBinding", "/roleRef/kind", "Role"),
        patch("ClusterRoleBinding", "/kind", "RoleBinding"),
        patch("RoleBinding", "/subjects/0/name", "web2"),
        patch("Role", "/rules/0/verbs/0", "list"),
    ];
    let root = format!("resources: [rights.yaml]\npatches:\n{}", patches.concat());
    let report = Tree::new(&[("kustomization.yaml", &root), ("rights.yaml", rights)]).check(&["."]);
    assert_eq!((report.found(), &*report.notes()), (vec![], "null"), "{:#}", report.json);
}

#[test]
fn a_component_changes_the_objects_of_what_lists_it() {
    let request = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec:\n  template:\n    metadata: {annotations: {consul.hashicorp.com/connect-inject: 'true'}}\n";
    let report = Tree::new(&[
        ("app/kustomization.yaml", "resources: [web.yaml, ../mesh]\ncomponents: [../inject]\n"),
        ("app/web.yaml", &bare()),
        ("mesh/kustomization.yaml", "resources: [mesh.yaml, jaeger.yaml]\n"),
        ("mesh/mesh.yaml", MESH),
        ("mesh/jaeger.yaml", JAEGER),
        (
            "inject/kustomization.yaml",
            "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches: [{path: inject.yaml}]\n",
        ),
        ("inject/inject.yaml", request),
    ])
    .check(&["."]);
    report.arrives_in(&["app"]);
    assert_eq!(report.notes(), "null");
}

#[test]
fn a_kustomization_names_namespaces_and_moves_references_with_what_they_name() {
    let root = "namespace: tools\nresources: [namespace.yaml, hook.yaml]\n";
    let hook = "apiVersion: v1\nkind: Service\nmetadata: {name: hook}\nspec: {selector: {app: hook}, ports: [{port: 443}]}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: hook}
webhooks: [{name: a.example.com, sideEffects: None, admissionReviewVersions: [v1], clientConfig: {service: {name: hook}}}]
";
    let named = "apiVersion: v1\nkind: Namespace\nmetadata: {name: _}\n";
    let tree = Tree::new(&[("kustomization.yaml", root), ("namespace.yaml", named), ("hook.yaml", hook)]);
    assert_eq!(tree.is_itself().check(&["."]).found(), Vec::<String>::new());
    let alone = Tree::new(&[("namespace.yaml", named)]).check(&["."]);
    assert!(alone.found()[0].contains("object-name"), "{:?}", alone.found());
}

#[test]
fn parts_of_objects_that_tests_compare_and_what_they_feed_are_left_out() {
    let test = "apiVersion: chainsaw.kyverno.io/v1alpha1\nkind: Test\nmetadata: {name: t}\nspec:\n  steps:\n  - try:\n    - apply: {file: web.yaml}\n    - apply: {file: wrong.yaml, expect: [{check: {($error != null): true}}]}\n    - assert: {file: part.yaml}\n";
    let part = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nstatus: {readyReplicas: 1}\nspec: {replicas: x}\n";
    let report = with(&[
        ("e2e/chainsaw-test.yaml", test),
        ("e2e/part.yaml", part),
        ("e2e/wrong.yaml", part),
        ("pkg/testdata/in.yaml", part),
        (
            "environments/spec.json",
            r#"{"apiVersion": "tanka.dev/v1alpha1", "kind": "Environment", "metadata": {"name": "environments/a"}}"#,
        ),
        ("broken/values.yaml", "a: [\n"),
        ("vars/x.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: $(NAME)}\n"),
    ])
    .check(&["."]);
    assert_eq!(report.found(), Vec::<String>::new(), "{:#}", report.json);
    let skipped = report.skipped();
    let counts = ["test-assertion", "test-data", "tool-configuration", "unreadable", "template"]
        .map(|why| skipped[why].as_u64());
    assert_eq!(counts, [Some(2), Some(1), Some(1), Some(1), Some(1)], "{skipped:#}");
}

#[test]
fn parts_of_objects_that_tests_and_helmfiles_merge_are_left_out() {
    let part = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: db}\nspec: {template: {metadata: {annotations: {a: b}}}}\n";
    let tree = with(&[
        (
            "e2e/chainsaw-test.yaml",
            "apiVersion: chainsaw.kyverno.io/v1alpha1\nkind: Test\nmetadata: {name: t}\nspec: {steps: [{try: [{apply: {file: 01.yaml}}]}]}\n",
        ),
        ("e2e/01.yaml", part),
        (
            "deploy/releases.yaml",
            "releases:\n  - name: db\n    chart: bitnami/postgresql\n    strategicMergePatches: [dns.yaml]\n",
        ),
        ("deploy/dns.yaml", part),
        ("report.yaml", "apiVersion: gateway.networking.k8s.io/v1alpha1\nkind: ConformanceReport\ndate: now\n"),
    ]);
    let report = tree.is_itself().check(&["."]);
    assert_eq!(report.found(), Vec::<String>::new());
    assert_eq!(report.json["summary"]["arrives"], true);
}

#[test]
fn what_a_kustomization_does_not_list_is_not_applied() {
    let tree =
        with(&[("kustomization.yml", "resources:\n- mesh.yaml\n- jaeger.yaml\n- web.yaml\n"), ("old.yaml", MESH)]);
    let report = tree.is_itself().check(&["."]);
    report.arrives_in(&["."]);
    assert_eq!(report.skipped()["not-listed"], 1);
}

#[test]
fn a_config_map_that_is_generated_of_a_file_is_known() {
    let deployment = JAEGER.replace(
        "      - {name: jaeger, image: 'jaegertracing/jaeger:2.11.0'}\n",
        "      - name: jaeger
        image: jaegertracing/jaeger:2.11.0
        args: [--config=/etc/jaeger/config.yaml]
        volumeMounts: [{name: config, mountPath: /etc/jaeger}]
      volumes: [{name: config, configMap: {name: jaeger-config}}]
",
    );
    let config = "service:
  extensions: [jaeger_storage, jaeger_query]
  pipelines: {traces: {receivers: [otlp], exporters: [jaeger_storage_exporter]}}
extensions:
  jaeger_query: {storage: {traces: main}}
  jaeger_storage: {backends: {main: {memory: {max_traces: 1000}}}}
receivers: {otlp: {protocols: {grpc: {endpoint: '0.0.0.0:4317'}}}}
exporters: {jaeger_storage_exporter: {trace_storage: main}}
";
    let root = "resources: [jaeger.yaml]\nconfigMapGenerator: [{name: jaeger-config, namespace: observability, files: [config.yaml]}]\n";
    let tree = Tree::new(&[
        ("mesh.yaml", MESH),
        ("web.yaml", WEB),
        ("jaeger/kustomization.yaml", root),
        ("jaeger/jaeger.yaml", &deployment),
        ("jaeger/config.yaml", config),
    ]);
    let report = tree.is_itself().check(&["."]);
    assert_eq!((report.code, report.json["summary"]["arrives"].as_bool()), (1, Some(false)), "{:#}", report.json);
    assert!(
        report.found().iter().any(|found| found.contains("collector") && found.contains("jaeger/config.yaml")),
        "{:?}",
        report.found()
    );
}

#[test]
fn directories_of_the_same_objects_are_alternatives_with_what_they_share() {
    let tree = Tree::new(&[
        ("common/mesh.yaml", MESH),
        ("common/jaeger.yaml", JAEGER),
        ("eks/web.yaml", WEB),
        ("aks/web.yaml", &bare()),
    ]);
    let report = tree.is_itself().check(&["."]);
    assert_eq!(report.paths(), [("eks".into(), "web".into(), Some(true))], "{:#}", report.json);
    assert!(report.notes().contains("`aks` and `eks`"), "{}", report.notes());
    // Without a namespace, or in another one, they are the same objects: Consul would refuse to have both.
    let entry = "---\napiVersion: consul.hashicorp.com/v1alpha1\nkind: ServiceDefaults\nmetadata: {name: web, namespace: shop}\n\
                 spec: {protocol: http}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: web, namespace: shop}\n";
    let web = format!("{WEB}{entry}");
    for (one, other) in [("namespace: default", ""), ("namespace: one", "namespace: other")] {
        let [v1, v2] = [one, other].map(|namespace| web.replace("namespace: shop", namespace));
        let files =
            [("common/mesh.yaml", MESH), ("common/jaeger.yaml", JAEGER), ("v1/web.yaml", &v1), ("v2/web.yaml", &v2)];
        let report = Tree::new(&files).is_itself().check(&["."]);
        assert!(report.found().is_empty(), "{:#}", report.json);
        assert!(report.notes().contains("`v1` and `v2`"), "{}", report.notes());
    }
    // Each service with its own directories: those of one name are one set.
    let api = WEB.replace("web", "api");
    let tree = Tree::new(&[
        ("mesh/mesh.yaml", MESH),
        ("mesh/jaeger.yaml", JAEGER),
        ("web/staging/web.yaml", WEB),
        ("web/prod/web.yaml", WEB),
        ("api/staging/api.yaml", &api),
        ("api/prod/api.yaml", &api),
    ]);
    let report = tree.is_itself().check(&["."]);
    report.arrives_in(&["prod", "staging"]);
    assert_eq!(report.paths().len(), 4);
}

#[test]
fn one_service_in_two_files_is_one_service() {
    let tree = Tree::new(&[("mesh.yaml", MESH), ("jaeger.yaml", JAEGER), ("web-eks.yaml", WEB), ("web-aks.yaml", WEB)]);
    tree.is_itself().check(&["."]).arrives_in(&["."]);
}

#[test]
fn files_that_are_no_manifests_are_counted_by_reason() {
    let tree = with(&[
        ("chart/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"),
        ("chart/values.yaml", "connectInject: {enabled: false}\n"),
        ("chart/templates/web.yaml", "{{- if .Values.on }}\nkind: Service\napiVersion: v1\n{{- end }}\n"),
        ("ansible/web.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: {{ name }}}\n"),
        ("envsubst/web.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: \"${NAME}\"}\n"),
        ("sed/web.yaml", "apiVersion: v1\nkind: Service\nmetadata:\n  name: ##NAME##\n"),
        ("script/web.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  clusterIP: {PREFIX}.16\n"),
        ("test/web.yaml", "apiVersion: v1\nkind: Service\nmetadata:\n  name: \"{NAME}\"\n"),
        ("grafana/dashboard.json", "{\"panels\": [], \"schemaVersion\": 36}"),
        ("grafana/datasources.yml", "apiVersion: 1\ndatasources: []\n"),
        ("docker-compose.yml", "services: {web: {image: web}}\n"),
        ("openapi.json", "{\"openapi\": \"3.0.0\"}"),
        ("web/package.json", "{\"name\": \"web\"}"),
        ("web/tsconfig.json", "{\n  // comments\n  \"a\": 1,\n}"),
        ("node_modules/x/bad.yaml", "apiVersion: v1\nkind: [\n"),
        (".github/workflows/ci.yml", "on: push\njobs: {}\n"),
        ("azure-pipelines.yml", "trigger: [main]\n"),
        ("kind.yaml", "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\n"),
        ("skaffold.yaml", "kind: Config\napiVersion: skaffold/v4beta6\n"),
        ("mkdocs.yml", "theme: [\n"),
        ("settings.yaml", "a: 1\n"),
        (
            "rules.yaml",
            "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {name: x}\nspec: {a: '{{ $labels.x }}'}\n",
        ),
        ("picture.png", "not a picture"),
        ("index.yaml", "entries: {}\n\0"),
    ]);
    fs::write(tree.0.path().join("wide.yml"), b"\xff\xfea\0:\0").unwrap();
    fs::write(tree.0.path().join("model.json"), b"{\x80").unwrap();
    std::os::unix::fs::symlink("gone.yaml", tree.0.path().join("link.yaml")).unwrap();
    std::os::unix::fs::symlink("..", tree.0.path().join("chart/up.yaml")).unwrap();
    let report = tree.is_itself().check(&["."]);
    report.arrives_in(&["."]);
    let expected = serde_json::json!({
        "helm-chart": 3, "template": 5, "docker-compose": 1, "grafana": 2, "openapi": 1, "node": 2, "ci": 1,
        "tool-configuration": 2, "not-text": 3, "broken-link": 2, "unreadable": 1, "no-object": 1,
    });
    assert_eq!(report.skipped(), &expected);
    for named in ["index.yaml", "wide.yml", "model.json", "link.yaml"] {
        assert_ne!(tree.run(&["check", named]).0, 0, "{named}");
    }
    assert!(report.notes().contains("helm template chart | meshtrace check -"));
}

#[test]
fn what_looks_like_a_manifest_and_is_broken_is_an_error_and_so_is_what_was_named() {
    let tree = with(&[
        ("broken.yaml", "apiVersion: v1\nkind: Service\nmetadata: [\n"),
        ("notes.json", "{a: [\n"),
        ("stack.yaml", "a: !Ref b\n"),
    ]);
    assert_eq!(tree.check(&["."]).found(), ["malformed broken.yaml 3"]);
    assert_eq!(tree.check(&["notes.json"]).code, 1);
    assert_eq!(tree.is_itself().run(&["diff", ".", "."]).2.lines().count(), 1);
}

#[test]
fn a_render_joins_the_workloads_that_are_named_beside_it() {
    let tree = Tree::new(&[
        ("out/dev/render.sha256", ""),
        ("out/dev/manifests/mesh.yaml", MESH),
        ("out/dev/manifests/jaeger.yaml", JAEGER),
        ("out/prod/render.sha256", ""),
        ("out/prod/manifests/mesh.yaml", MESH),
        ("out/prod/manifests/jaeger.yaml", JAEGER),
        ("apps/web.yaml", WEB),
    ]);
    tree.is_itself().check(&["out/dev", "apps/"]).arrives_in(&["dev"]);
    tree.check(&["out", "apps"]).arrives_in(&["dev", "prod"]);
    tree.check(&["."]).arrives_in(&["out/dev", "out/prod"]);
}

const ON: &str = "global: {name: consul}\nconnectInject: {enabled: true, default: false}\n";

#[test]
fn values_that_are_named_merge_in_their_order() {
    let tree = with(&[
        ("v/values.yaml", ON),
        ("v/off.yaml", "connectInject: {enabled: false}\n"),
        ("v/more.yaml", "global: {logLevel: debug}\n"),
    ]);
    let base = ["mesh.yaml", "jaeger.yaml", "web.yaml"];
    let check = |values: &[&str]| tree.check(&[values, &base].concat());
    assert_eq!(check(&["v/values.yaml", "v/off.yaml", "v/more.yaml"]).found(), ["inject-disabled v/off.yaml 1"]);
    assert_eq!(check(&["v/off.yaml", "v/values.yaml", "v/more.yaml"]).found(), [""; 0]);
    // Nothing says the order of files in a directory.
    let report = check(&["v"]);
    assert_eq!((report.code, report.found().len(), report.paths()[0].2), (0, 1, None), "{:?}", report.found());
}

#[test]
fn directories_with_values_of_their_own_are_sets() {
    let tree =
        with(&[("staging/consul-values.yaml", ON), ("prod/consul-values.yaml", "connectInject: {enabled: false}\n")]);
    let report = tree.is_itself().check(&["."]);
    assert_eq!(report.found(), ["inject-disabled prod/consul-values.yaml 1"]);
    let paths = report.paths();
    assert_eq!(paths, [("prod".into(), "web".into(), Some(false)), ("staging".into(), "web".into(), Some(true))]);
    assert_eq!(report.json["findings"][0]["renders"], serde_json::json!(["prod"]));
}

/// The finding about values that turn injection off: file, line, kind of the object, path and inner path.
fn turned_off(files: &[(&str, &str)]) -> (String, u64, String, String, Json) {
    let report = with(files).is_itself().check(&["."]);
    let found = report.json["findings"].as_array().unwrap();
    let one = found.iter().find(|one| one["rule"] == "inject-disabled").unwrap_or_else(|| panic!("{:#}", report.json));
    assert_eq!(report.code, 1);
    let text = |value: &Json| value.as_str().unwrap_or_default().to_owned();
    (
        text(&one["file"]),
        one["line"].as_u64().unwrap(),
        text(&one["object"]["kind"]),
        text(&one["path"]),
        one["inner"].clone(),
    )
}

fn is(found: (String, u64, String, String, Json), file: &str, line: u64, kind: &str, path: &str, inner: Option<&str>) {
    let (a, b, c, d, e) = found;
    assert_eq!((&*a, b, &*c, &*d, e.as_str()), (file, line, kind, path, inner));
}

#[test]
fn values_of_a_helm_release_are_read() {
    let release = |values: &str| {
        format!(
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: consul, namespace: consul}}\nspec:\n  chart: {{spec: {{chart: consul, version: 1.4.10, sourceRef: {{kind: HelmRepository, name: hashicorp}}}}}}\n{values}"
        )
    };
    let inline = release("  values:\n    connectInject:\n      enabled: false\n");
    is(
        turned_off(&[("flux/consul.yaml", &inline)]),
        "flux/consul.yaml",
        8,
        "HelmRelease",
        "/spec/values/connectInject/enabled",
        None,
    );
    let from = release("  valuesFrom: [{kind: ConfigMap, name: consul-values}]\n");
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: consul-values, namespace: consul}\ndata:\n  values.yaml: |\n    connectInject:\n      enabled: false\n";
    is(
        turned_off(&[("flux/consul.yaml", &from), ("flux/values.yaml", map)]),
        "flux/values.yaml",
        7,
        "ConfigMap",
        "/data/values.yaml",
        Some("/connectInject/enabled"),
    );
    // A ConfigMap that kustomize makes of a file.
    let root = "resources: [consul.yaml]\nconfigMapGenerator: [{name: consul-values, namespace: consul, files: [values.yaml]}]\n";
    let found = turned_off(&[
        ("flux/kustomization.yaml", root),
        ("flux/consul.yaml", &from),
        ("flux/values.yaml", "connectInject:\n  enabled: false\n"),
    ]);
    is(found, "flux/values.yaml", 2, "ConfigMap", "/data/values.yaml", Some("/connectInject/enabled"));
    // Elsewhere: nobody knows.
    let report = with(&[("flux/consul.yaml", &from)]).check(&["."]);
    assert_eq!((report.found(), report.paths()[0].2), (Vec::new(), None));
    assert!(report.json.to_string().contains("the ConfigMap `consul-values`, which is not among the files"));
}

#[test]
fn values_of_an_application_are_read() {
    let app = |helm: &str| {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: consul, namespace: argocd}}\nspec:\n  source:\n    chart: consul\n    repoURL: https://helm.releases.hashicorp.com\n    targetRevision: 1.4.10\n    helm:\n{helm}"
        )
    };
    let at = "/spec/source/helm";
    let text = app("      values: |\n        global: {name: consul}\n        connectInject: {enabled: false}\n");
    is(
        turned_off(&[("apps/consul.yaml", &text)]),
        "apps/consul.yaml",
        12,
        "Application",
        &format!("{at}/values"),
        Some("/connectInject/enabled"),
    );
    let map =
        app("      valuesObject: {connectInject: {enabled: false}}\n      values: 'connectInject: {enabled: true}'\n");
    is(
        turned_off(&[("apps/consul.yaml", &map)]),
        "apps/consul.yaml",
        10,
        "Application",
        &format!("{at}/valuesObject/connectInject/enabled"),
        None,
    );
    let parameter = app(
        "      valuesObject: {connectInject: {enabled: true}}\n      parameters: [{name: connectInject.enabled, value: 'false'}]\n",
    );
    is(
        turned_off(&[("apps/consul.yaml", &parameter)]),
        "apps/consul.yaml",
        11,
        "Application",
        &format!("{at}/parameters/0/value"),
        None,
    );
    let file = app("      valueFiles: [$values/helm/consul-values.yaml]\n");
    is(
        turned_off(&[("apps/consul.yaml", &file), ("helm/consul-values.yaml", "connectInject: {enabled: false}\n")]),
        "helm/consul-values.yaml",
        1,
        "",
        "/connectInject/enabled",
        None,
    );
    let set = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: consul}\nspec:\n  template:\n    metadata: {name: consul}\n    spec:\n      sources: [{chart: consul, repoURL: https://helm.releases.hashicorp.com, targetRevision: 1.4.10, helm: {valuesObject: {connectInject: {enabled: false}}}}]\n";
    is(
        turned_off(&[("set.yaml", set)]),
        "set.yaml",
        8,
        "ApplicationSet",
        "/spec/template/spec/sources/0/helm/valuesObject/connectInject/enabled",
        None,
    );
}

#[test]
fn values_of_a_chart_of_k3s_are_read() {
    let chart = "apiVersion: helm.cattle.io/v1\nkind: HelmChart\nmetadata: {name: consul, namespace: kube-system}\nspec:\n  chart: consul\n  repo: https://helm.releases.hashicorp.com\n  version: 1.4.10\n  valuesContent: |-\n    connectInject:\n      enabled: true\n";
    let config = "apiVersion: helm.cattle.io/v1\nkind: HelmChartConfig\nmetadata: {name: consul, namespace: kube-system}\nspec:\n  valuesContent: |-\n    connectInject:\n      enabled: false\n";
    with(&[("consul.yaml", chart)]).is_itself().check(&["."]).arrives_in(&["."]);
    is(
        turned_off(&[("consul.yaml", chart), ("config.yaml", config)]),
        "config.yaml",
        7,
        "HelmChartConfig",
        "/spec/valuesContent",
        Some("/connectInject/enabled"),
    );
}

#[test]
fn a_flux_monorepo_and_an_app_of_apps_are_quiet() {
    let sync = |cluster: &str| {
        format!(
            "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: apps, namespace: flux-system}}\nspec: {{path: ./apps/{cluster}, prune: true}}\n"
        )
    };
    let root = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [../base/web]\n";
    let tree = Tree::new(&[
        ("clusters/staging/apps.yaml", &sync("staging")),
        ("clusters/production/apps.yaml", &sync("production")),
        ("apps/base/web/kustomization.yaml", "resources: [web.yaml]\n"),
        ("apps/base/web/web.yaml", WEB),
        ("apps/staging/kustomization.yaml", root),
        ("apps/production/kustomization.yaml", root),
        ("infrastructure/kustomization.yaml", "resources: [mesh.yaml, jaeger.yaml]\n"),
        ("infrastructure/mesh.yaml", MESH),
        ("infrastructure/jaeger.yaml", JAEGER),
    ]);
    tree.is_itself().check(&["."]).arrives_in(&["production", "staging"]);
    let app = |name: &str| {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: {name}, namespace: argocd}}\nspec: {{source: {{repoURL: https://git.example/x, path: {name}}}}}\n"
        )
    };
    let tree = with(&[
        ("argocd/web.yaml", &app("web")),
        ("argocd/mesh.yaml", &app("mesh")),
        ("argocd/root.yaml", &app("argocd")),
    ]);
    tree.is_itself().check(&["."]).arrives_in(&["."]);
}

#[test]
fn comments_that_allow_a_rule_count_in_every_set() {
    let mesh = MESH.replace(
        "    protocol: http\n",
        "    protocol: http\n    # meshtrace: allow restart-required it is the first roll-out\n",
    );
    let tree = Tree::new(&[("mesh.yaml", &mesh), ("jaeger.yaml", JAEGER), ("a/web.yaml", WEB), ("b/web.yaml", WEB)]);
    let report = tree.check(&["."]);
    report.arrives_in(&["a", "b"]);
    assert_eq!(report.json["summary"]["allowed"], 2);
}

#[test]
fn what_differs_pairs_by_file_and_unreadable_yaml_by_its_lines() {
    let one = |x: u8| format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata: {{x: '{x}'}}\n");
    let tree = Tree::new(&[
        ("old/base/a.yaml", &one(1)),
        ("old/prod/a.yaml", &one(2)),
        ("old/t.yaml", "a: {{ x }}\n"),
        ("new/base/a.yaml", &one(1)),
        ("new/prod/a.yaml", &one(3)),
        ("new/t.yaml", "a: {{ y }}\n"),
    ]);
    let (code, out, err) = tree.run(&["diff", "old", "new"]);
    assert_eq!(code, 1);
    assert!(out.contains("prod/a.yaml") && !out.contains("base/a.yaml") && out.contains("{{ y }}"), "{out}");
    assert_eq!(err, "`old/t.yaml` is not readable YAML, so it is compared as text\n");
    // Nothing says which part of a broken Secret is secret, so it is not shown.
    tree.write("old/s.yaml", "kind: Secret\ndata: {password: {{ aHVudGVyMg== }}}\n");
    let (code, out, err) = tree.run(&["diff", "old", "new", "--format", "patch"]);
    assert!(code == 1 && err.contains("s.yaml"), "{err}");
    assert!(![&out, &err].iter().any(|text| text.contains("aHVudGVy")), "{out}{err}");
    tree.write("twice.yaml", &format!("{}---\n{}", one(1), one(2)));
    // A file is the same as itself, whatever it holds; in another one, nothing says which of the two is meant.
    assert_eq!(tree.run(&["diff", ".", "."]).0, 0);
    tree.write("other/twice.yaml", &format!("{}---\n{}", one(1), one(3)));
    assert_eq!(tree.run(&["diff", "twice.yaml", "other/twice.yaml"]).0, 2);
}
