//! What `check` makes of kustomizations that kustomize refuses, and of what only kustomize applies.

use crate::walk::JAEGER;
use crate::walk::MESH;
use crate::walk::Report;
use crate::walk::Tree;
use crate::walk::WEB;

/// A mesh beside the kustomization `a/` with the service `web` and a patch.
fn tree(root: &str, more: &[(&str, &str)]) -> Tree {
    let patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec: {replicas: 2}\n";
    let files = [("mesh.yaml", MESH), ("jaeger.yaml", JAEGER), ("a/web.yaml", WEB), ("a/p.yaml", patch)];
    Tree::new(&[&files[..], &[("a/kustomization.yaml", root)], more].concat())
}

fn not_ok(report: &Report) -> Vec<String> {
    let hops = report.json["paths"][0]["hops"].as_array().unwrap().iter().filter(|hop| hop["state"] != "ok");
    hops.map(|hop| format!("{} {}", hop["hop"].as_str().unwrap(), hop["state"].as_str().unwrap())).collect()
}

#[test]
fn a_kustomization_that_kustomize_refuses_installs_nothing() {
    for (root, line, words) in [
        ("resources: [web.yaml]\nresorces: [x]\n", 2, "`resorces` is not a field of a kustomization"),
        ("resources: [web.yaml]\npatches: [{path: p.yaml, targt: {}}]\n", 2, "`targt` is not a field"),
        ("resources: [web.yaml, web2.yaml]\n", 1, "is there twice"),
        ("resources:\n- web.yaml\n- gone.yaml\n", 3, "`gone.yaml` does not exist"),
        ("resources: [web.yaml]\ncomponents: [../gone]\n", 2, "`../gone` does not exist"),
        ("resources: [web.yaml]\npatches: [{path: none.yaml}]\n", 2, "the patch `none.yaml` does not exist"),
        ("resources: [web.yaml]\npatches: [{path: miss.yaml}]\n", 2, "which is not among what it lists"),
        ("resources: [web.yaml]\npatchesStrategicMerge: [miss.yaml]\n", 2, "which is not among what it lists"),
        (
            "resources: [web.yaml]\nconfigMapGenerator: [{name: c, behavior: merge, literals: [a=b]}]\n",
            2,
            "there is no ConfigMap `c`",
        ),
        ("kind: Kustomisation\nresources: [web.yaml]\n", 1, "its kind is `Kustomisation`"),
        ("resources: web.yaml\n", 1, "`resources` is a string, expected a list"),
    ] {
        let miss = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 2}\n";
        let report = tree(root, &[("a/web2.yaml", WEB), ("a/miss.yaml", miss)]).check(&["."]);
        let all = report.json["findings"].as_array().unwrap().iter();
        let found: Vec<_> = all.filter(|finding| finding["rule"] == "kustomize-fails").collect();
        assert_eq!(found.len(), 1, "{root}: {:#}", report.json);
        assert_eq!((found[0]["severity"].as_str(), found[0]["line"].as_u64()), (Some("error"), Some(line)), "{root}");
        assert_eq!(found[0]["file"], "a/kustomization.yaml");
        assert!(found[0]["message"].as_str().unwrap().contains(words), "{root}: {}", found[0]["message"]);
        assert_eq!(report.code, 1);
        if !root.contains("resources: web.yaml") {
            assert_eq!((not_ok(&report), report.paths()[0].2), (vec!["sidecar broken".into()], Some(false)), "{root}");
        }
    }
}

#[test]
fn what_kustomize_accepts_is_no_fault() {
    for root in [
        "Resources: [web.yaml]\nresources: [web.yaml]\n",
        "resources: [web.yaml]\nnamespace: mall\nnamePrefix: eu-\npatches: [{path: p.yaml}]\n",
        "resources: [web.yaml, ../base]\n",
        "resources: [web.yaml, 'https://example.com/x.yaml']\npatches: [{path: miss.yaml}]\n",
        "resources: [web.yaml, ../../other/base]\n",
        "resources: [web.yaml, ../mesh.yaml]\npatches: [{target: {kind: Foo}, path: p.yaml}]\n",
        "resources: [web.yaml, ../b]\npatches: [{path: old.yaml}]\n",
    ] {
        let miss = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 2}\n";
        let old = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {x: z}\n";
        let renamed = "namePrefix: x-\nnamespace: shop\nconfigMapGenerator: [{name: c, literals: [a=b]}]\n";
        let more = [
            ("a/miss.yaml", miss),
            ("a/old.yaml", old),
            ("b/kustomization.yaml", renamed),
            ("base/kustomization.yaml", "resources: []\n"),
        ];
        let report = tree(root, &more).check(&["."]);
        assert!(report.found().iter().all(|found| !found.contains("kustomize-fails")), "{root}: {:#}", report.json);
        assert_eq!(report.paths()[0].2, Some(true), "{root}: {:#}", report.json);
    }
}

/// What fails here may fit in kustomize, which makes changes that are not made here, or in another order.
#[test]
fn what_does_not_fit_here_is_open() {
    for root in [
        "resources: [web.yaml]\npatches:\n- target: {kind: Service}\n  patch: |-\n    - {op: remove, path: /a}\n",
        "resources: [web.yaml]\nreplacements:\n- source: {kind: Secret, name: s}\n  targets: [{select: {kind: Service}}]\n",
        "resources: [web.yaml]\ncommonAnnotations: {team: a}\npatchesJson6902:\n- target: {version: v1, kind: Service, name: web}\n  patch: |-\n    - {op: add, path: /metadata/annotations/x, value: a}\n",
        "resources: [web.yaml]\npatches:\n- target: {kind: Deployment, name: 'we*'}\n  patch: |-\n    - {op: remove, path: /spec/nope}\n",
        "resources: [web.yaml]\npatches: [{path: miss.yaml}, {path: p.yaml}]\n",
    ] {
        let miss = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: other}\nspec: {replicas: 2}\n";
        let report = tree(root, &[("a/miss.yaml", miss)]).check(&["."]);
        assert!(report.found().iter().all(|found| !found.contains("kustomize-fails")), "{root}: {:#}", report.json);
        assert_eq!((report.paths()[0].2, report.code), (None, 0), "{root}: {:#}", report.json);
    }
    // Of names without an ending, files of any kind may have one; nothing of them is read.
    for root in [
        "resources: [web.yaml]\nsecretGenerator: [{name: c, files: [secrets/password, id=keys/id_rsa]}]\n",
        "resources: [web.yaml]\nconfigMapGenerator: [{name: c, files: [conf/Caddyfile, LICENSE]}]\n",
        "resources: [web.yaml]\npatches: [{target: {version: v9, kind: Deployment}, patch: '[{\"op\": \"remove\", \"path\": \"/spec\"}]'}]\n",
    ] {
        let report = tree(root, &[]).check(&["."]);
        assert_eq!((report.paths()[0].2, report.code), (Some(true), 0), "{root}: {:#}", report.json);
    }
}

#[test]
fn what_only_kustomize_applies_is_unseen_and_replacements_are_applied() {
    let annotate = "resources: [web.yaml]
transformers:
- |-
  apiVersion: builtin
  kind: AnnotationsTransformer
  metadata: {name: x}
  annotations: {consul.hashicorp.com/connect-inject: 'false'}
  fieldSpecs: [{path: spec/template/metadata/annotations, create: true}]
";
    let report = tree(annotate, &[]).check(&["."]);
    assert_eq!((not_ok(&report), report.code), (vec!["sidecar unseen".to_string()], 0), "{:#}", report.json);
    let replace = |key: &str, options: &str| {
        format!(
            "resources: [web.yaml]
configMapGenerator: [{{name: c, literals: ['inject=false', 'on=true']}}]
replacements:
- source: {{kind: ConfigMap, name: c, fieldPath: data.{key}}}
  targets:
  - select: {{kind: Deployment, name: web}}
    fieldPaths: ['spec.template.metadata.annotations.[consul.hashicorp.com/connect-inject]']
    {options}
"
        )
    };
    let report = tree(&replace("inject", ""), &[]).check(&["."]);
    assert!(report.paths().is_empty(), "{:#}", report.json);
    let report = tree(&replace("on", ""), &[]).check(&["."]);
    assert_eq!((report.paths()[0].2, &*report.notes()), (Some(true), "null"), "{:#}", report.json);
    let report = tree(&replace("on", "options: {delimiter: x}"), &[]).check(&["."]);
    assert_eq!(not_ok(&report), ["sidecar unseen"], "{:#}", report.json);
}

#[test]
fn generated_objects_have_known_keys() {
    let uses = |kind: &str, key: &str| {
        let reference = format!("env: [{{name: A, valueFrom: {{{kind}: {{name: c, key: {key}}}}}}}]");
        WEB.replace("image: 'web:1.2.3'", &format!("image: 'web:1.2.3', {reference}"))
    };
    let check = |root: &str, web: &str| {
        let root = format!("namespace: shop\nresources: [web.yaml]\n{root}");
        Tree::new(&[("mesh.yaml", MESH), ("jaeger.yaml", JAEGER), ("a/web.yaml", web), ("a/kustomization.yaml", &root)])
            .check(&["."])
    };
    let maps = "configMapGenerator: [{name: c, literals: [a=1]}]\n";
    let secrets = "secretGenerator: [{name: c, literals: [a=hunter22x]}]\n";
    for (root, kind) in [(maps, "configMapKeyRef"), (secrets, "secretKeyRef")] {
        let report = check(root, &uses(kind, "a"));
        assert_eq!((report.found(), report.paths()[0].2), (vec![], Some(true)), "{:#}", report.json);
        let report = check(root, &uses(kind, "b"));
        assert!(report.found().iter().any(|found| found.contains("key-missing")), "{:#}", report.json);
        assert_eq!(report.paths()[0].2, Some(false));
        assert!(!report.json.to_string().contains("hunter22x"));
    }
    let open = "configMapGenerator: [{name: c, envs: [x.env]}]\n";
    let report = check(open, &uses("configMapKeyRef", "b"));
    assert_eq!(report.paths()[0].2, Some(true), "{:#}", report.json);
}

#[test]
fn a_kustomization_or_a_part_of_it_that_is_no_yaml_is_malformed() {
    let broken = "resources:\n- web.yaml\npatches:\n- path: p.yaml\n  target: {kind: Deployment\n";
    let report = tree(broken, &[]).check(&["."]);
    assert_eq!(report.found().len(), 1, "{:#}", report.json);
    assert!(report.found()[0].starts_with("malformed a/kustomization.yaml "), "{:?}", report.found());
    assert_eq!((not_ok(&report), report.paths()[0].2), (vec!["sidecar broken".to_string()], Some(false)));
    let root = "resources: [web.yaml, x.yaml]\n";
    let report = tree(root, &[("a/x.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: x\n")]).check(&["."]);
    assert!(report.found()[0].starts_with("malformed a/x.yaml "), "{:?}", report.found());
    assert_eq!(report.paths()[0].2, Some(false));
}
