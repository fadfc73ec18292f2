use super::*;
use crate::stack::jaeger::operator::RBAC_PROXY;
use serde_json::Value as Json;

/// A manifest as releases have it, in short; the whole ones are relocated by `tests/real/by-hand`.
const RELEASE: &str = r#"apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  annotations:
    cert-manager.io/inject-ca-from: observability/jaeger-operator-serving-cert   # by cert-manager
  name: jaegers.jaegertracing.io
spec:
  conversion:
    webhook: {clientConfig: {service: {name: hook, namespace: observability}}}
  versions:
  - schema:
      openAPIV3Schema: {properties: {namespace: {default: observability}}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: manager-rolebinding
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: manager-role
subjects:
- kind: ServiceAccount
  name: jaeger-operator
  namespace: observability
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: jaeger-operator-proxy-rolebinding
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: proxy-role
subjects:
- kind: ServiceAccount
  name: jaeger-operator
  namespace: observability
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: jaeger-operator-serving-cert, namespace: observability}
spec:
  dnsNames:
  - hook.observability.svc
  - hook.observability.svc.cluster.local
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: jaeger-operator
  namespace: observability
spec:
  template:
    spec:
      containers:
      - args: [start]
        env:
        - name: WATCH_NAMESPACE
          valueFrom:
            fieldRef:
              fieldPath: metadata.annotations['olm.targetNamespaces']
        image: quay.io/jaegertracing/jaeger-operator:1.65.0
        name: jaeger-operator
      - image: gcr.io/kubebuilder/kube-rbac-proxy:v0.13.1
        name: kube-rbac-proxy
"#;

fn wanted(namespace: &str) -> Relocation {
    Relocation {
        operator: "jaeger-operator".to_owned(),
        namespace: namespace.to_owned(),
        images: vec![("kube-rbac-proxy".to_owned(), RBAC_PROXY.to_owned())],
        ..Relocation::default()
    }
}

fn run(text: &str, wanted: &Relocation) -> (String, Vec<String>) {
    let mut found = Findings::default();
    let moved = relocate("files/operator.yaml", text, wanted, &mut found);
    assert!(found.is_empty(), "{found:?}");
    moved.expect("no errors")
}

fn objects(text: &str) -> Vec<Json> {
    let mut sources = Sources::default();
    let source = sources.add("x", text);
    let mut found = Findings::default();
    let objects = yaml::read(&sources, source, &mut found).iter().map(|document| document.node.to_json()).collect();
    assert!(found.is_empty(), "{found:?}");
    objects
}

/// Every string in an object, apart from the schemas of definitions.
fn strings(value: &Json, into: &mut Vec<String>) {
    match value {
        Json::String(text) => into.push(text.clone()),
        Json::Array(items) => items.iter().for_each(|item| strings(item, into)),
        Json::Object(map) => {
            map.iter().filter(|(key, _)| *key != "openAPIV3Schema").for_each(|(_, value)| strings(value, into));
        }
        _ => {}
    }
}

#[test]
fn no_reference_into_the_old_namespace_is_left() {
    let (text, lines) = run(RELEASE, &wanted("tracing"));
    let mut all = Vec::new();
    objects(&text).iter().for_each(|object| strings(object, &mut all));
    let left: Vec<&String> = all.iter().filter(|one| one.contains("observability")).collect();
    assert!(left.is_empty(), "{left:?}");
    assert!(all.iter().any(|one| one == "tracing/jaeger-operator-serving-cert"));
    assert!(all.iter().any(|one| one == "hook.tracing.svc.cluster.local"));
    assert!(all.iter().any(|one| one == RBAC_PROXY));
    assert_eq!(lines.len(), 9, "{lines:#?}");
    assert!(lines.iter().any(|line| line.contains("/spec/dnsNames/0: hook.observability.svc -> hook.tracing.svc")));
}

#[test]
fn every_other_byte_stays() {
    let (text, _) = run(RELEASE, &wanted("tracing"));
    let changed: Vec<(&str, &str)> = RELEASE.lines().zip(text.lines()).filter(|(old, new)| old != new).collect();
    assert_eq!(RELEASE.lines().count(), text.lines().count());
    for (old, new) in changed {
        let back = new.replace("tracing/", "observability/").replace(".tracing.", ".observability.");
        let back = back.replace("namespace: tracing", "namespace: observability");
        assert!(back == old || old.contains("kubebuilder"), "{old} became {new}");
    }
    assert!(text.contains("# by cert-manager") && text.contains("default: observability"));
    let same = Relocation { images: Vec::new(), ..wanted("observability") };
    assert_eq!(run(RELEASE, &same), (RELEASE.to_owned(), Vec::new()));
}

#[test]
fn moving_twice_is_moving_once() {
    let (once, _) = run(RELEASE, &wanted("tracing"));
    assert_eq!(run(&once, &wanted("tracing")), (once.clone(), Vec::new()));
}

#[test]
fn a_restricted_operator_has_a_binding_in_each_namespace_that_it_watches() {
    let watch = vec!["shop".to_owned(), "tracing".to_owned()];
    let (text, lines) = run(RELEASE, &Relocation { watch, ..wanted("tracing") });
    let objects = objects(&text);
    let bindings: Vec<(&str, &str, &str)> = objects
        .iter()
        .filter(|one| one["kind"].as_str().is_some_and(|kind| kind.ends_with("Binding")))
        .map(|one| {
            let word = |value: &'static str| one.pointer(value).and_then(Json::as_str).unwrap_or_default();
            (word("/kind"), word("/metadata/namespace"), word("/roleRef/name"))
        })
        .collect();
    assert_eq!(
        bindings,
        [
            ("RoleBinding", "shop", "manager-role"),
            ("ClusterRoleBinding", "", "proxy-role"),
            ("RoleBinding", "tracing", "manager-role"),
        ]
    );
    let deployment = objects.iter().find(|one| one["kind"] == "Deployment").unwrap();
    let variable = &deployment["spec"]["template"]["spec"]["containers"][0]["env"][0];
    assert_eq!(variable, &serde_json::json!({"name": "WATCH_NAMESPACE", "value": "shop,tracing"}));
    assert!(lines.iter().any(|line| line == "ClusterRoleBinding manager-rolebinding: a RoleBinding in shop, tracing"));
}

#[test]
fn images_come_from_the_registry_with_its_secret() {
    let private = Relocation {
        registry: "registry.example.com/mirror".into(),
        pull_secret: "pull".into(),
        ..wanted("observability")
    };
    let (text, _) = run(RELEASE, &private);
    assert!(text.contains("image: registry.example.com/mirror/jaegertracing/jaeger-operator:1.65.0"));
    assert!(text.contains("image: registry.example.com/mirror/brancz/kube-rbac-proxy:v0.13.1"));
    assert!(text.contains("imagePullSecrets"));
}

#[test]
fn another_manifest_is_refused() {
    let mut found = Findings::default();
    let other = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n";
    assert_eq!(relocate("files/x.yaml", other, &wanted("tracing"), &mut found), None);
    assert_eq!(found.iter().next().map(|one| one.rule), Some(ids::OPERATOR_MANIFEST));
}
