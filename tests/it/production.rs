//! What a careful team sets: storages, sources of Secrets, policies, images. Each choice that does not fit is reported
//! where it was made; what fits renders, passes `check`, and no longer does after a mutation that matters.
#![allow(clippy::disallowed_methods, reason = "runs the program on files")]

use crate::common::bless;
use crate::common::bless::Tree;
use meshtrace::builtin;
use meshtrace::finding::Findings;
use meshtrace::finding::Severity;
use meshtrace::profile::Extra;
use meshtrace::profile::Name;
use meshtrace::profile::Profiles;
use meshtrace::render::Input;
use meshtrace::render::render;
use meshtrace::source::Sources;
use meshtrace::template::Templates;
use meshtrace::yaml;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

const SERVICES: &str = "services={\"web\": {\"image\": \"r.example/web:1\", \"port\": 8080, \"calls\": [\"api\"],
    \"ingress\": {\"hosts\": [\"*\"]}}, \"api\": {\"image\": \"r.example/api:1\", \"port\": 8080, \"namespace\": \"back\"}}";

fn run(names: &[&str], sets: &[&str], files: &BTreeMap<String, Vec<u8>>) -> (Option<Tree>, Findings) {
    let profiles = Profiles { all: builtin::profiles(), builtin: builtin::profiles() };
    let templates = Templates { all: builtin::templates(), builtin: builtin::templates() };
    let names: Vec<Name> = names.iter().copied().map(Name::from).collect();
    let mut extras = vec![Extra::SetJson(SERVICES.to_owned())];
    extras.extend(sets.iter().map(|set| match set.split_once('=') {
        Some((_, value)) if value.starts_with(['{', '[', '"']) => Extra::SetJson((*set).to_owned()),
        _ => Extra::Set((*set).to_owned()),
    }));
    let input = Input {
        profiles: &profiles,
        templates: &templates,
        verbatim: files,
        names: &names,
        extras: &extras,
        home: &Default::default(),
        helm: None,
    };
    let mut found = Findings::default();
    let output = render(&input, &mut found);
    (output.map(|output| output.files), found)
}

fn rendered(names: &[&str], sets: &[&str]) -> Tree {
    let (tree, found) = run(names, sets, &BTreeMap::new());
    tree.unwrap_or_else(|| panic!("{names:?} {sets:?}: {found:?}"))
}

fn text(tree: &Tree, path: &str) -> String {
    let bytes = tree.get(path).unwrap_or_else(|| panic!("{path} is not rendered: {:?}", tree.keys()));
    String::from_utf8(bytes.clone()).expect("text")
}

fn object(tree: &Tree, path: &str) -> Value {
    let mut sources = Sources::default();
    let source = sources.add(path, text(tree, path));
    yaml::read(&sources, source, &mut Findings::default())[0].node.to_json()
}

#[test]
fn what_does_not_fit_is_reported_where_it_was_chosen() {
    const ES: &str = "jaeger.storage.urls=[\"https://es:9200\"]";
    for (names, sets, rule, at) in [
        (&["production"][..], &["jaeger.strategy=streaming"][..], "missing-key", "jaeger.strategy"),
        (&["production", "modern"], &["jaeger.strategy=streaming"], "not-supported", "jaeger.strategy"),
        (&["production"], &["jaeger.storage.type=badger"], "strategy-storage", "jaeger.strategy"),
        (&["dev"], &["jaeger.storage.rollover.enabled=true"], "storage-setting", "rollover"),
        (&["dev"], &["jaeger.storage.dependencies=true"], "storage-setting", "dependencies"),
        (&["dev"], &["jaeger.storage.tls.enabled=true"], "storage-setting", "tls"),
        (
            &["production"],
            &["jaeger.storage.urls=[\"http://es:9200\"]", "jaeger.storage.tls.enabled=true"],
            "storage-setting",
            "https",
        ),
        (
            &["production"],
            &[ES, "jaeger.storage.tls.enabled=true", "jaeger.storage.dependencies=true"],
            "storage-setting",
            "dependencies",
        ),
        (
            &["production"],
            &["jaeger.storage.type=cassandra", "jaeger.storage.urls=[\"c\"]", "jaeger.storage.tls.enabled=true"],
            "storage-setting",
            "schema",
        ),
        (
            &["production"],
            &["jaeger.storage.type=opensearch", "jaeger.storage.urls=[]"],
            "storage-without-url",
            "opensearch",
        ),
        (
            &["dev"],
            &["jaeger.storage.type=badger", "jaeger.storage.volume.size=\"10 GB\""],
            "invalid-quantity",
            "volume.size",
        ),
        (&["production"], &["secrets.storage.mode=auto"], "secret-source", "secrets.storage.mode"),
        (&["production"], &["secrets.storage.mode=external-secrets"], "missing-key", "secrets.store"),
        (&["production"], &["secrets.storage.mode=sops"], "secret-sealed", "jaeger-storage"),
        (&["dev"], &["secrets.storage.mode=sops"], "missing-key", "Secret"),
        (
            &["production"],
            &["consul.gossip.mode=vault", "consul.gossip.secret=consul/data/gossip"],
            "secret-source",
            "bootstrap token",
        ),
        (&["production"], &["secrets.bootstrapToken.mode=vault"], "secret-source", "consul.gossip.mode"),
        (
            &["production"],
            &["consul.gossip.mode=vault", "secrets.bootstrapToken.mode=vault", "consul.tls.autoEncrypt=false"],
            "secret-source",
            "autoEncrypt",
        ),
        (&["dev"], &["jaeger.ui.auth.proxy=oauth2-proxy"], "missing-key", "issuer"),
        (&["dev"], &["jaeger.ui.host=t.example.com"], "missing-key", "Ingress"),
        (&["dev"], &["jaeger.ui.expose=ingress", "jaeger.ui.tls.issuer=le"], "missing-key", "jaeger.ui.host"),
        (&["dev"], &["images={\"jager\": {\"tag\": \"1\"}}"], "unknown-key", "images.jager"),
        (&["dev"], &["images={\"jaeger\": {\"digest\": \"sha256:1\"}}"], "invalid-image", "digest"),
        (&["dev"], &["operators.jaeger.restricted=true"], "not-supported", "1.40"),
        (&["dev"], &["operators.jaeger.manifest=files/15-operators/x.yaml"], "operator-manifest", "does not exist"),
    ] {
        let (tree, found) = run(names, sets, &BTreeMap::new());
        assert!(tree.is_none(), "{sets:?} renders");
        let hit = found.iter().find(|one| one.rule.as_str() == rule && one.message.contains(at));
        assert!(hit.is_some_and(|one| one.help.is_some()), "{sets:?}: no {rule} about {at} with help in {found:#?}");
    }
}

#[test]
fn an_open_ui_is_a_warning_unless_a_proxy_asks_who_is_there() {
    for expose in ["load-balancer", "node-port"] {
        let set = format!("jaeger.ui.expose={expose}");
        let (_, found) = run(&["dev"], &[&set], &BTreeMap::new());
        let rules: Vec<_> = found.iter().map(|one| (one.rule.as_str(), one.severity)).collect();
        assert_eq!(rules, [("ui-open", Severity::Warning)]);
        let auth = "jaeger.ui.auth={\"proxy\": \"oauth2-proxy\", \"issuer\": \"https://id\", \"emails\": [\"a.b\"]}";
        for names in [&["dev"][..], &["dev", "modern"]] {
            let tree = rendered(names, &[&set, auth]);
            let of = |name: &str| object(&tree, &format!("manifests/20-jaeger/{name}.yaml"))["spec"]["type"].clone();
            assert_ne!(of("service-simplest-ui-proxy"), Value::Null);
            if names.len() > 1 {
                assert_eq!(of("service-simplest-query"), Value::Null, "only the proxy is reachable");
            }
        }
    }
}

#[test]
fn one_registry_reaches_every_image_and_one_secret_pulls_them() {
    let sets = ["registry.host=r.example.com/m", "registry.pullSecret=pull", "jaeger.storage.rollover.enabled=true"];
    for names in [&["production"][..], &["production", "modern"]] {
        for (path, bytes) in rendered(names, &sets) {
            let text = String::from_utf8(bytes).expect("text");
            for line in text.lines().filter(|line| line.trim_start().starts_with("image") && !path.ends_with(".md")) {
                let own = line.contains("r.example/") || line.ends_with(':') || line.contains("imagePullSecrets");
                assert!(own || line.contains("r.example.com/m/"), "{path}: {line}");
            }
        }
        let values = text(&rendered(names, &sets), "helm/consul/values.yaml");
        assert!(
            values.contains("- name: pull") && values.contains("r.example.com/m/hashicorp/consul-k8s-control-plane")
        );
    }
}

#[test]
fn a_job_that_changes_has_another_name_since_a_job_cannot_be_changed() {
    let name = |more: &[&str]| -> String {
        let sets = [&["jaeger.storage.rollover.enabled=true"], more].concat();
        let tree = rendered(&["production", "modern"], &sets);
        let jobs: Vec<&String> = tree.keys().filter(|path| path.contains("/job-")).collect();
        let [path] = jobs[..] else { panic!("{jobs:?}") };
        object(&tree, path)["metadata"]["name"].as_str().unwrap().to_owned()
    };
    let first = name(&[]);
    assert!(first.starts_with("simplest-es-rollover-init-") && first.len() <= 63, "{first}");
    assert_eq!(first, name(&["jaeger.replicas=3"]), "what the Job does not use");
    let digest = format!("images={{\"jaeger-es-rollover\": {{\"digest\": \"sha256:{}\"}}}}", "0".repeat(64));
    for change in [&*digest, "registry.pullSecret=pull", "jaeger.storage.urls=[\"https://other:9200\"]"] {
        assert_ne!(first, name(&[change]), "{change}");
    }
    assert!(name(&[&format!("jaeger.name={}", "a".repeat(60))]).len() <= 63);
}

#[test]
fn uninstall_deletes_what_is_beside_a_chart_and_says_when_traces_go() {
    let uninstall = |names: &[&str], sets: &[&str]| -> String {
        let text = text(&rendered(names, sets), "INSTALL.md");
        let (_, text) = text.split_once("## Uninstall").unwrap();
        text.split_once("## ").unwrap().0.to_owned()
    };
    let beside = "kubectl delete -f manifests/20-jaeger/ --ignore-not-found\n";
    let helm = uninstall(&["production", "modern"], &["jaeger.backend=helm-v2"]);
    assert!(helm.contains(&format!("helm uninstall simplest -n observability --wait\n{beside}")), "{helm}");
    assert!(helm.contains("the traces in the storage"), "{helm}");
    let badger = ["jaeger.storage.type=badger"];
    for names in [&["dev"][..], &["dev", "modern"]] {
        let text = uninstall(names, &badger);
        assert!(text.contains("The volume `simplest-badger`") && !text.contains("the traces in the storage"), "{text}");
    }
}

#[test]
fn the_pull_secret_is_asked_for_where_the_moved_operator_runs() {
    let deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: opentelemetry-operator-controller-manager, \
                      namespace: opentelemetry-operator-system}\nspec:\n  selector: {matchLabels: {a: b}}\n  template:\n    \
                      metadata: {labels: {a: b}}\n    spec: {containers: [{name: manager, image: \
                      \"open-telemetry/opentelemetry-operator:0.158.0\"}]}\n";
    let files = BTreeMap::from([("15-operators/otel.yaml".to_owned(), deployment.as_bytes().to_vec())]);
    let sets = [
        "operators.opentelemetry.manifest=files/15-operators/otel.yaml",
        "operators.opentelemetry.namespace=otel-ops",
        "registry.host=r.example.com",
        "registry.pullSecret=pull",
    ];
    let (tree, found) = run(&["dev", "modern"], &sets, &files);
    let install = text(&tree.unwrap_or_else(|| panic!("{found:?}")), "INSTALL.md");
    assert!(install.contains("observability, otel-ops (`kubectl create secret docker-registry`). Step 2"), "{install}");
}

#[test]
fn show_images_lists_what_to_copy_with_digests() {
    let digest = format!("sha256:{}", "0".repeat(64));
    let pin = format!("images={{\"jaeger-query\": {{\"digest\": \"{digest}\"}}}}");
    let show = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_meshtrace"));
        command.args(["show", "images", "-p", "production", "--set-json", &pin]).args(more);
        let output = command.current_dir(std::env::temp_dir()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let text = show(&[]);
    let query = format!("docker.io/jaegertracing/jaeger-query:1.37.0@{digest}");
    assert!(text.lines().any(|line| line.starts_with(&query)), "{text}");
    for image in ["docker.io/hashicorp/consul-k8s-control-plane:0.46.0", "quay.io/jetstack/cert-manager-webhook:v1.9.1"]
    {
        assert!(text.contains(image), "{text}");
    }
    let list: Value = serde_json::from_str(&show(&["--format", "json"])).unwrap();
    let one = list.as_array().unwrap().iter().find(|one| one["name"] == "jaeger-query").unwrap();
    assert_eq!(one["digest"], Value::from(digest.as_str()));
    let away = show(&["--set", "registry.host=r.example.com"]);
    assert!(away.lines().all(|line| line.starts_with("r.example.com/") || line.contains("cert-manager")), "{away}");
}

#[test]
fn retention_reaches_every_storage() {
    for (kind, urls) in
        [("elasticsearch", "[\"https://es:9200\"]"), ("opensearch", "[\"https://es:9200\"]"), ("cassandra", "[\"c\"]")]
    {
        let sets = [
            format!("jaeger.storage.type={kind}"),
            format!("jaeger.storage.urls={urls}"),
            "jaeger.storage.retentionDays=3".to_owned(),
        ];
        let sets: Vec<&str> = sets.iter().map(String::as_str).collect();
        let v1 = text(&rendered(&["production"], &sets), "manifests/20-jaeger/jaeger-simplest.yaml");
        assert!(v1.contains("72h"), "{v1}");
        let v2 = rendered(&["production", "modern"], &sets);
        assert!(text(&v2, "manifests/20-jaeger/opentelemetrycollector-simplest.yaml").contains("72h"));
        if kind != "cassandra" {
            let job = object(&v2, "manifests/20-jaeger/cronjob-simplest-es-index-cleaner.yaml");
            let args = &job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]["args"];
            assert_eq!(args[0], "3");
        }
    }
}

#[test]
fn each_namespace_has_the_strictest_level_that_fits() {
    let level = |names: &[&str], sets: &[&str], space: &str| {
        let namespace = object(&rendered(names, sets), &format!("manifests/00-namespaces/namespace-{space}.yaml"));
        namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"].as_str().unwrap_or_default().to_owned()
    };
    let modern = &["production", "modern"][..];
    let cni = "consul.values={\"connectInject\": {\"cni\": {\"enabled\": true}}}";
    assert_eq!(level(modern, &["jaeger.namespace=tracing"], "tracing"), "restricted");
    assert_eq!(level(modern, &["jaeger.namespace=tracing"], "back"), "privileged");
    assert_eq!(level(modern, &["jaeger.namespace=tracing"], "consul"), "baseline");
    assert_eq!(level(modern, &[cni], "back"), "baseline");
    assert_eq!(level(modern, &[cni], "consul"), "privileged");
    assert_eq!(level(&["production"], &["jaeger.namespace=tracing"], "consul"), "privileged");
    assert_eq!(level(&["production"], &["jaeger.namespace=tracing"], "tracing"), "baseline");
}

/// Every scalar below `value` that has something to do with who may reach whom, as JSON pointers.
fn scalars(value: &Value, pointer: &str, into: &mut Vec<String>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| {
            scalars(value, &format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1")), into);
        }),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| scalars(item, &format!("{pointer}/{index}"), into));
        }
        _ => into.push(pointer.to_owned()),
    }
}

fn mutated(value: &Value) -> Value {
    match value {
        Value::Number(number) => Value::from(number.as_u64().unwrap_or_default() + 1),
        value => Value::from(format!("{}x", value.as_str().unwrap_or_default())),
    }
}

/// Whether all spans arrive without an error.
fn clean(dir: &Path) -> bool {
    let answer = checked(dir);
    answer["summary"]["errors"] == 0 && answer["summary"]["arrives"] == true
}

fn checked(dir: &Path) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_meshtrace"))
        .arg("check")
        .arg(dir)
        .args(["--format", "json", "--assume", "elasticsearch.example:9200"])
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"))
}

/// One value at a time is wrong in a NetworkPolicy or a ServiceIntentions. Some can be wrong without any effect on traces,
/// as the port by which Jaeger reaches its storage; the list says which cannot.
#[test]
fn policies_let_people_reach_the_ui_that_the_profile_exposes() {
    const HOST: &str = "jaeger.ui.host=traces.example.com";
    const AUTH: &str = "jaeger.ui.auth={\"proxy\": \"oauth2-proxy\", \"issuer\": \"https://dex.auth.svc:5556/dex\", \"emails\": [\"example.com\"]}";
    for names in [&["production"][..], &["production", "modern"]] {
        for sets in [
            &["jaeger.ui.expose=ingress"][..],
            &["jaeger.ui.expose=ingress", "networkPolicies.uiFrom=[\"ingress-nginx\"]"],
            &["jaeger.ui.expose=ingress", HOST, AUTH],
            &["jaeger.ui.expose=ingress", HOST, AUTH, "networkPolicies.uiFrom=[\"ingress-nginx\"]"],
            &["jaeger.ui.expose=load-balancer"],
        ] {
            let tree = rendered(names, sets);
            let work = tempfile::tempdir().unwrap();
            bless::write(work.path(), &tree);
            let answer = checked(work.path());
            let mut findings = answer["findings"].as_array().unwrap().iter();
            assert_eq!(findings.find(|one| one["rule"] == "networkpolicy-blocks"), None, "{names:?} {sets:?}");
            assert_eq!(answer["summary"]["arrives"], true, "{names:?} {sets:?}");
            if sets.contains(&AUTH) {
                let policy = object(&tree, "manifests/10-rbac/networkpolicy-simplest-ui.yaml");
                assert_eq!(policy["spec"]["egress"][1]["ports"][0]["port"], 5556);
            }
        }
    }
}

#[test]
fn check_notices_mutations_of_policies_and_intentions() {
    let mut list = String::from("# Values that `check` needs right in a render of `production`: file, JSON pointer.\n");
    for (stack, names) in [("v1", &["production"][..]), ("v2", &["production", "modern"])] {
        let tree = rendered(names, &[]);
        let work = tempfile::tempdir().unwrap();
        bless::write(work.path(), &tree);
        assert!(clean(work.path()), "{stack}");
        let mut noticed = 0;
        for path in tree.keys().filter(|path| path.contains("/networkpolicy-") || path.contains("/serviceintentions-"))
        {
            let whole = object(&tree, path);
            let mut pointers = Vec::new();
            scalars(&whole["spec"], "/spec", &mut pointers);
            for pointer in pointers {
                let mut wrong = whole.clone();
                let value = wrong.pointer_mut(&pointer).unwrap();
                *value = mutated(value);
                std::fs::write(work.path().join(path), wrong.to_string()).unwrap();
                if !clean(work.path()) {
                    noticed += 1;
                    let file = path.rsplit('/').next().unwrap_or_default();
                    list.push_str(&format!("{stack} {file} {pointer}\n"));
                }
            }
            std::fs::write(work.path().join(path), &tree[path]).unwrap();
        }
        assert!(noticed >= 40, "{stack}: {noticed}");
    }
    bless::file(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/production-mutations.txt"), &list);
}
