//! `diff --format steps`: what the shell really does, with a kubectl that writes down its arguments.

use crate::cli::project::Project;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

/// The script of a diff, and the commands that a shell runs for it: their arguments, separated by U+241F.
fn steps(project: &Project, args: &[&str]) -> (String, Vec<String>) {
    let run = project.run(&[&["diff", "--format", "steps"], args].concat());
    assert!(run.code < 2, "{}", run.stderr);
    project.put("script", &run.stdout);
    for name in ["kubectl", "helm"] {
        let fake = format!(
            "#!/bin/sh\n{{ printf '%s' {name}; printf '\u{241f}%s' \"$@\"; printf '\u{2424}'; }} >> \"$LOG\"\n"
        );
        project.put(&format!("bin/{name}"), fake);
        fs::set_permissions(project.path(&format!("bin/{name}")), fs::Permissions::from_mode(0o755)).unwrap();
    }
    project.put("log", "");
    let meshtrace = std::path::Path::new(env!("CARGO_BIN_EXE_meshtrace")).parent().unwrap().to_owned();
    let path = format!("{}:{}:{}", project.path("bin").display(), meshtrace.display(), std::env::var("PATH").unwrap());
    let output = Command::new("bash")
        .arg(project.path("script"))
        .current_dir(project.path(""))
        .env("PATH", path)
        .env("LOG", project.path("log"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}\n{}", run.stdout, String::from_utf8_lossy(&output.stderr));
    let log = project.read("log");
    (run.stdout, log.split_terminator('\u{2424}').map(|line| line.replace('\u{241f}', " ")).collect())
}

const NAMESPACE: &str = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n";

fn config(value: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: settings, namespace: shop}}\ndata: {{x: '{value}'}}\n")
}

fn deployment(name: &str, image: &str, label: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: shop}}\nspec:\n  selector: {{matchLabels: {{app: {label}}}}}\n  template:\n    metadata: {{labels: {{app: {label}}}}}\n    spec: {{containers: [{{name: a, image: '{image}', envFrom: [{{configMapRef: {{name: settings}}}}]}}]}}\n"
    )
}

#[test]
fn what_others_need_goes_first_and_is_deleted_last() {
    let project = Project::new()
        .file("a/x.yaml", "")
        .file("b/deployment.yaml", deployment("web", "i:1", "web"))
        .file("b/config.yaml", config("1"))
        .file("b/namespace.yaml", NAMESPACE);
    let (script, ran) = steps(&project, &["a", "b"]);
    assert!(script.contains("# Deployment shop/web: added\n"), "{script}");
    assert_eq!(
        ran,
        [
            "kubectl apply -f b/namespace.yaml",
            "kubectl apply -f b/config.yaml",
            "kubectl apply -f b/deployment.yaml",
            "kubectl -n shop rollout status deployment/web --timeout=5m",
        ]
    );
    let (script, ran) = steps(&project, &["b", "a"]);
    assert!(script.contains("# Namespace shop: removed (data loss: everything in it is deleted with it)"), "{script}");
    assert_eq!(
        ran,
        [
            "kubectl -n shop delete deployment/web --ignore-not-found",
            "kubectl -n shop delete configmap/settings --ignore-not-found",
            "kubectl delete namespace/shop --ignore-not-found",
        ]
    );
    assert_eq!(project.run(&["diff", "a", "a", "--format", "steps"]).stdout, "# nothing to do\n");
}

#[test]
fn immutable_fields_are_recreated_and_readers_restarted_once() {
    let project = Project::new()
        .file("a/one.yaml", deployment("one", "i:1", "one"))
        .file("b/one.yaml", deployment("one", "i:1", "other"))
        .file("a/two.yaml", deployment("two", "i:1", "two"))
        .file("b/two.yaml", deployment("two", "i:1", "two"))
        .file("a/three.yaml", deployment("three", "i:1", "three"))
        .file("b/three.yaml", deployment("three", "i:2", "three"))
        .file("a/config.yaml", config("1"))
        .file("b/config.yaml", config("2"));
    let (script, ran) = steps(&project, &["a", "b"]);
    assert!(script.contains("`spec.selector` cannot change in place"), "{script}");
    assert!(
        script.contains("# deployment shop/two: reads ConfigMap shop/settings only when its pods start"),
        "{script}"
    );
    assert_eq!(
        ran,
        [
            "kubectl apply -f b/config.yaml",
            "kubectl -n shop rollout restart deployment/two",
            "kubectl -n shop rollout status deployment/two --timeout=5m",
            "kubectl -n shop delete deployment/one --ignore-not-found",
            "kubectl apply -f b/one.yaml",
            "kubectl -n shop rollout status deployment/one --timeout=5m",
            "kubectl apply -f b/three.yaml",
            "kubectl -n shop rollout status deployment/three --timeout=5m",
        ]
    );
}

#[test]
fn a_hostile_name_is_one_word_and_one_comment() {
    let name = "x$(touch hit)'`touch hit`\\n; touch hit #\\u001b\\u202e\\\"";
    let object = |value: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: \"{name}\", namespace: \"-n\\ntouch hit\"}}\ndata: {{x: '{value}'}}\n"
        )
    };
    let file = "$(touch hit) 'a';b.yaml";
    let project = Project::new().file("a/x.txt", "").file(&format!("b/{file}"), object("1"));
    let (_, ran) = steps(&project, &["a", "b"]);
    assert_eq!(ran, [format!("kubectl apply -f b/{file}")]);
    let (script, ran) = steps(&project, &["b", "a"]);
    let plain = "x$(touch hit)'`touch hit`\n; touch hit #\u{1b}\u{202e}\"";
    assert_eq!(ran, [format!("kubectl -n -n\ntouch hit delete configmap/{plain} --ignore-not-found")]);
    assert!(!project.path("hit").exists() && !script.contains(['\u{1b}', '\u{202e}']), "{script}");
}

#[test]
fn a_render_is_installed_in_the_order_of_its_guide() {
    let project = Project::new().profile("site", "extends: dev\n").file("empty/x.txt", "");
    project.run(&["render"]).ok();
    let (script, ran) = steps(&project, &["empty", "out/site"]);
    let folders: Vec<&str> = ran.iter().filter_map(|line| line.split_once("manifests/")?.1.split('/').next()).collect();
    assert!(folders.len() > 5 && folders.is_sorted(), "{script}");
    let place =
        |text: &str| ran.iter().position(|line| line.contains(text)).unwrap_or_else(|| panic!("{text}: {ran:#?}"));
    let helm = place("helm upgrade --install consul hashicorp/consul --version");
    assert!(ran[helm].contains("-n consul -f out/site/helm/consul/values.yaml"), "{ran:#?}");
    assert!(place("00-namespaces") < helm && helm < place("20-jaeger"), "{ran:#?}");
    assert!(place("proxydefaults-global.yaml") < place("servicedefaults-web.yaml"), "{ran:#?}");
    assert!(place("servicedefaults-web.yaml") < place("ingressgateway-"), "{ran:#?}");

    // The guide names the folders in the same order.
    let guide = project.read("out/site/INSTALL.md");
    let mut named: Vec<&str> = guide
        .lines()
        .take_while(|line| *line != "## Uninstall")
        .filter(|line| line.contains("kubectl"))
        .filter_map(|line| line.split_once("manifests/")?.1.get(..2))
        .collect();
    named.dedup();
    assert!(named.len() > 3 && named.is_sorted(), "{named:?}");
}

#[test]
fn proxies_restart_between_the_mesh_and_the_workloads() {
    let project = Project::new().profile("site", "extends: dev\n");
    project.run(&["render"]).ok();
    project.put(
        "profiles/site.yaml",
        "extends: dev\nmesh: {proxyDefaults: {config: {envoy_dogstatsd_url: 'udp://127.0.0.1:1'}}}\n",
    );
    let (script, ran) = steps(&project, &[]);
    assert!(script.contains("\nmeshtrace render site\n"), "{script}");
    assert_eq!(ran[0], "kubectl apply -f out/site/manifests/40-mesh/proxydefaults-global.yaml");
    assert_eq!(
        ran[1],
        "kubectl -n consul wait --for=condition=Synced proxydefaults.consul.hashicorp.com/global --timeout=2m"
    );
    assert!(
        ran.contains(&"kubectl -n consul rollout restart deployment/consul-ingress-gateway".to_owned()),
        "{ran:#?}"
    );
    assert!(ran.iter().any(|line| line.contains("rollout restart deployment/web")), "{ran:#?}");
    assert!(
        script.contains("reads the bootstrap settings of ProxyDefaults consul/global only when it starts"),
        "{script}"
    );
}

#[test]
fn files_that_are_not_there_are_written_first() {
    let project = Project::new().profile("site", "extends: dev\n").file("empty/x.txt", "");
    let (_, ran) = steps(&project, &["empty", "profile:site"]);
    assert!(ran.iter().any(|line| line.ends_with("/to/manifests/00-namespaces/namespace-consul.yaml")), "{ran:#?}");
    for args in [
        &["init", "-q", "-b", "main"][..],
        &["add", "."],
        &["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"],
    ] {
        assert!(Command::new("git").args(args).current_dir(project.path("")).status().unwrap().success());
    }
    project.put("profiles/site.yaml", "extends: dev\njaeger: {name: other}\n");
    project.run(&["render"]).ok();
    let (_, ran) = steps(&project, &["out/site", "git:HEAD:profiles"]);
    assert!(ran.iter().any(|line| line.starts_with("kubectl -n consul delete ")), "{ran:#?}");
    let run = project.run(&["diff", "empty", "profile:site@HEAD", "--format", "steps"]);
    assert!(run.code == 1 && run.stderr.contains("is not in the steps"), "{}", run.stderr);
}

#[test]
fn a_chart_changes_hands_between_helm_and_the_tree_without_being_deleted() {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: consul-server, namespace: consul}\nspec: {ports: [{port: 80}]}\n";
    let values = "# chart: consul 1.4.10\nglobal: {logLevel: ";
    let helm = "\n## 3. Charts\n\n```sh\nhelm repo add hashicorp https://helm.releases.hashicorp.com\n\
        helm upgrade --install consul hashicorp/consul --version 1.4.10 -n consul -f helm/consul/values.yaml\n```\n";
    let project = Project::new()
        .file("helm/INSTALL.md", helm)
        .file("helm/helm/consul/values.yaml", format!("{values}info}}\n"))
        .file("tree/INSTALL.md", "\n## 3. Charts\n")
        .file("tree/helm/consul/values.yaml", format!("{values}debug}}\n"))
        .file("tree/manifests/30-charts/consul/service-consul-server.yaml", service)
        .file("next/INSTALL.md", "\n## 3. Charts\n")
        .file("next/helm/consul/values.yaml", format!("{values}warn}}\n"))
        .file("next/manifests/30-charts/consul/service-consul-server.yaml", service.replace("80", "81"));
    let (script, ran) = steps(&project, &["helm", "tree"]);
    assert_eq!(
        ran,
        [
            "kubectl apply -f tree/manifests/30-charts/consul/service-consul-server.yaml",
            "kubectl -n consul delete secret -l owner=helm,name=consul",
        ],
        "{script}"
    );
    assert!(
        script.contains("# release consul: its objects were applied above, so only Helm's record of it goes"),
        "{script}"
    );
    let (script, ran) = steps(&project, &["tree", "helm"]);
    assert_eq!(
        ran,
        [
            "helm repo add hashicorp https://helm.releases.hashicorp.com",
            "helm upgrade --install consul hashicorp/consul --version 1.4.10 -n consul -f helm/helm/consul/values.yaml --take-ownership",
        ],
        "{script}"
    );
    // The values are only a record while the chart is rendered.
    let (script, ran) = steps(&project, &["tree", "next"]);
    assert_eq!(ran, ["kubectl apply -f next/manifests/30-charts/consul/service-consul-server.yaml"], "{script}");
    assert!(!script.contains("values.yaml"), "{script}");
}

#[test]
fn data_that_goes_with_a_recreated_object_is_said() {
    let claim = |class: &str| {
        format!(
            "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: data, namespace: shop}}\nspec: {{accessModes: [ReadWriteOnce]{class}}}\n"
        )
    };
    let project = Project::new()
        .file("a/x.yaml", claim(", storageClassName: standard"))
        .file("b/x.yaml", claim(", storageClassName: fast"))
        .file("live/x.yaml", claim(", storageClassName: standard").replace("{name", "{uid: u, name"))
        .file("plain/x.yaml", claim("").replace("[ReadWriteOnce]", "[ReadWriteOnce], volumeMode: Filesystem"));
    let (script, ran) = steps(&project, &["a", "b"]);
    assert_eq!(
        ran,
        ["kubectl -n shop delete persistentvolumeclaim/data --ignore-not-found", "kubectl apply -f b/x.yaml"]
    );
    assert!(script.contains("(data loss: `spec.storageClassName` cannot change in place, and"), "{script}");
    assert!(script.contains("# PersistentVolumeClaim shop/data: the deletion waits until no pod uses"), "{script}");
    assert_eq!(project.run(&["diff", "a", "b", "--fail-on", "data-loss"]).code, 1);
    // What the cluster filled in stays.
    let (script, ran) = steps(&project, &["live", "plain"]);
    assert!(ran.iter().all(|line| !line.contains("delete")), "{script}");
}

#[test]
fn what_is_recreated_goes_before_its_file_is_applied_for_the_first_time() {
    let project = Project::new()
        .file("a/x.yaml", format!("{}---\n{}", config("1"), deployment("web", "i:1", "web")))
        .file("b/x.yaml", format!("{}---\n{}", config("2"), deployment("web", "i:1", "other")));
    let (script, ran) = steps(&project, &["a", "b"]);
    assert_eq!(
        ran,
        [
            "kubectl -n shop delete deployment/web --ignore-not-found",
            "kubectl apply -f b/x.yaml",
            "kubectl apply -f b/x.yaml",
            "kubectl -n shop rollout status deployment/web --timeout=5m",
        ],
        "{script}"
    );
    assert!(
        script.contains("# Deployment shop/web: is deleted before its file is applied for the first time"),
        "{script}"
    );
}

fn entry(kind: &str, namespace: &str, name: &str, spec: &str) -> String {
    format!(
        "apiVersion: consul.hashicorp.com/v1alpha1\nkind: {kind}\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec: {{{spec}}}\n"
    )
}

#[test]
fn a_moved_config_entry_is_deleted_before_the_new_one_is_created() {
    let project = Project::new();
    let mut all = project;
    for (side, namespace, timeout) in [("a", "consul", 1), ("b", "mesh", 2)] {
        let file = |name: &str| format!("{side}/{namespace}-{name}.yaml");
        all = all
            .file(
                &file("p"),
                entry(
                    "ProxyDefaults",
                    namespace,
                    "global",
                    &format!("config: {{envoy_dogstatsd_url: 'udp://127.0.0.1:{timeout}'}}"),
                ),
            )
            .file(
                &file("m"),
                entry("Mesh", namespace, "mesh", &format!("allowEnablingPermissiveMutualTLS: {}", timeout == 1)),
            )
            .file(
                &file("g"),
                entry("IngressGateway", namespace, "gate", &format!("listeners: [{{port: {timeout}, protocol: tcp}}]")),
            )
            .file(
                &file("i"),
                entry(
                    "ServiceIntentions",
                    namespace,
                    &format!("x{timeout}"),
                    "destination: {name: web}, sources: [{name: '*', action: allow}]",
                ),
            )
            .file(&file("d"), entry("ServiceDefaults", namespace, "web", "protocol: http"))
            .file(&file("e"), entry("ServiceDefaults", namespace, &format!("own{timeout}"), "protocol: http"));
    }
    let (script, ran) = steps(&all, &["a", "b"]);
    let deletes: Vec<&String> = ran.iter().filter(|line| line.contains(" delete ")).collect();
    assert_eq!(
        deletes,
        [
            "kubectl -n consul delete ingressgateway.consul.hashicorp.com/gate --ignore-not-found",
            "kubectl -n consul delete serviceintentions.consul.hashicorp.com/x1 --ignore-not-found",
            "kubectl -n consul delete servicedefaults.consul.hashicorp.com/web --ignore-not-found",
            "kubectl -n consul delete mesh.consul.hashicorp.com/mesh --ignore-not-found",
            "kubectl -n consul delete proxydefaults.consul.hashicorp.com/global --ignore-not-found",
            "kubectl -n consul delete servicedefaults.consul.hashicorp.com/own1 --ignore-not-found",
        ],
        "{script}"
    );
    let first = ran.iter().position(|line| line.contains(" apply ")).unwrap();
    let last = ran.iter().rposition(|line| line.contains(" apply ")).unwrap();
    let place = |text: &str| ran.iter().position(|line| line.contains(text)).unwrap();
    assert!(place("proxydefaults.consul.hashicorp.com/global --ignore") < first, "{script}");
    // What is in nobody's way goes at the end.
    assert!(place("/own1 --ignore") > last, "{script}");
    assert!(
        script.contains("# ProxyDefaults consul/global: Consul refuses ProxyDefaults mesh/global while it exists"),
        "{script}"
    );
}

#[test]
fn proxies_restart_after_what_they_read_is_deleted() {
    let injected = |name: &str| {
        deployment(name, "i:1", name).replace(
            "metadata: {labels",
            "metadata: {annotations: {consul.hashicorp.com/connect-inject: 'true'}, labels",
        )
    };
    let project = Project::new()
        .file(
            "a/p.yaml",
            entry("ProxyDefaults", "consul", "global", "config: {envoy_dogstatsd_url: 'udp://127.0.0.1:1'}"),
        )
        .file("a/web.yaml", injected("web"))
        .file("a/gone.yaml", injected("gone"))
        .file("b/web.yaml", injected("web"))
        .file("empty/x.txt", "");
    let (script, ran) = steps(&project, &["a", "b"]);
    assert_eq!(
        ran,
        [
            "kubectl -n shop delete deployment/gone --ignore-not-found",
            "kubectl -n consul delete proxydefaults.consul.hashicorp.com/global --ignore-not-found",
            "kubectl -n shop rollout restart deployment/web",
            "kubectl -n shop rollout status deployment/web --timeout=5m",
        ],
        "{script}"
    );
    let (script, ran) = steps(&project, &["a", "empty"]);
    assert!(ran.len() == 3 && ran.iter().all(|line| line.contains(" delete ")), "{script}");
}

#[test]
fn workloads_without_a_manifest_restart_as_the_guide_says() {
    // README's `ours.yaml`.
    let ours = |more: &str| {
        format!(
            "consul: {{manage: existing}}\nnamespaces: {{create: false}}\nmesh: {{proxyDefaults: {{meshGateway: {{mode: local}}}}}}\n{more}services:\n  checkout: {{}}\n  ledger: {{protocol: tcp}}\n"
        )
    };
    let project = Project::new().profile("site", ours(""));
    project.run(&["render"]).ok();
    project.put("profiles/site.yaml", ours("tracing: {connectTimeout: 9s}\n"));
    let human = project.run(&["diff"]).stdout;
    assert!(human.contains("restart: deployment observability/checkout, deployment observability/ledger"), "{human}");
    let (script, ran) = steps(&project, &[]);
    for name in ["checkout", "ledger"] {
        let line = format!("kubectl -n observability rollout restart deployment/{name}");
        assert!(ran.contains(&line), "{line}: {script}");
    }
    assert!(script.contains("adapt the command"), "{script}");
}

#[test]
fn steps_that_would_show_a_secret_are_missed_on_stdout() {
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: shop}\nstringData: {APP: web-api}\n";
    let project = Project::new()
        .file("a/s.yaml", secret)
        .file("a/web.yaml", deployment("web-api", "i:1", "x"))
        .file("b/s.yaml", secret);
    let run = project.run(&["diff", "a", "b", "--format", "steps"]);
    assert_eq!(run.code, 1);
    assert!(run.stdout.contains("# 1 step is missing here: it would show a value of a Secret"), "{}", run.stdout);
    assert!(!run.stdout.contains("nothing to do") && !run.stdout.contains("web-api"), "{}", run.stdout);
}

#[test]
fn another_chart_is_an_upgrade_and_a_restart() {
    let injected = deployment("web", "i:1", "web")
        .replace("metadata: {labels", "metadata: {annotations: {consul.hashicorp.com/connect-inject: 'true'}, labels");
    let values =
        |chart: &str| format!("# +argocd:skip-file-rendering\n# chart: consul {chart}\nglobal: {{name: consul}}\n");
    let guide = |chart: &str| {
        format!(
            "\n## 3. Charts\n\n```sh\nhelm upgrade --install consul hashicorp/consul --version {chart} -n consul -f helm/consul/values.yaml\n```\n"
        )
    };
    let mut project = Project::new();
    for (side, chart) in [("a", "1.8.16"), ("b", "1.9.11")] {
        for (root, is_whole) in [(side.to_owned(), true), (format!("bare-{side}"), false)] {
            project = project
                .file(&format!("{root}/helm/consul/values.yaml"), values(chart))
                .file(&format!("{root}/web.yaml"), &injected);
            if is_whole {
                project = project.file(&format!("{root}/INSTALL.md"), guide(chart));
            }
        }
    }
    let (script, ran) = steps(&project, &["a", "b"]);
    assert_eq!(
        ran,
        [
            "helm upgrade --install consul hashicorp/consul --version 1.9.11 -n consul -f b/helm/consul/values.yaml",
            "kubectl -n shop rollout restart deployment/web",
            "kubectl -n shop rollout status deployment/web --timeout=5m",
        ],
        "{script}"
    );
    assert!(script.contains("# release consul: chart consul 1.8.16 -> consul 1.9.11\n"), "{script}");
    assert!(
        script.contains("# deployment shop/web: keeps the proxy of chart consul 1.8.16 until its pods restart\n"),
        "{script}"
    );
    let human = project.run(&["diff", "bare-a", "bare-b", "--fail-on", "restarts-pods"]);
    assert_eq!(human.code, 1);
    assert!(
        human.stdout.contains("chart: consul 1.8.16 -> consul 1.9.11  (restarts-pods: pods keep the sidecar"),
        "{}",
        human.stdout
    );
    assert!(human.stdout.contains("restart: deployment shop/web"), "{}", human.stdout);
    let json: serde_json::Value =
        serde_json::from_str(&project.run(&["diff", "bare-a", "bare-b", "--format", "json"]).stdout).unwrap();
    assert_eq!(json["changes"][0]["chart"]["to"], "consul 1.9.11");
    assert_eq!(json["changes"][0]["class"], "restarts-pods");
    let (script, _) = steps(&project, &["bare-a", "bare-b"]);
    assert!(script.contains("upgrade the release that uses these values (consul 1.8.16 -> consul 1.9.11)"), "{script}");
}

#[test]
fn a_consul_in_another_namespace_is_removed_before_it_is_installed() {
    let project = Project::new().profile("site", "extends: dev\n");
    project.run(&["render", "-p", "site", "-o", "a"]).ok();
    project.run(&["render", "-p", "site", "--set", "consul.namespace=mesh", "-o", "b"]).ok();
    let (script, ran) = steps(&project, &["a", "b"]);
    let places =
        |text: &str| ran.iter().enumerate().filter(|(_, line)| line.contains(text)).map(|(at, _)| at).collect();
    let one = |text: &str| {
        let all: Vec<usize> = places(text);
        assert_eq!(all.len(), 1, "{text}: {script}");
        all[0]
    };
    let order = [
        "kubectl -n consul delete ingressgateway.consul.hashicorp.com/ingress-gateway",
        "kubectl delete --ignore-not-found -f b/manifests/40-mesh/servicedefaults-web.yaml",
        "kubectl -n consul delete proxydefaults.consul.hashicorp.com/global",
        "helm uninstall consul -n consul --ignore-not-found --wait",
        "helm upgrade --install consul hashicorp/consul",
        "kubectl apply -f b/manifests/40-mesh/proxydefaults-global.yaml",
        "kubectl apply -f b/manifests/40-mesh/servicedefaults-web.yaml",
        "kubectl apply -f b/manifests/40-mesh/ingressgateway-ingress-gateway.yaml",
        "kubectl delete namespace/consul",
    ];
    assert!(order.map(one).is_sorted(), "{script}");
}
