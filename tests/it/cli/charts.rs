//! Helm charts in the tree, with a `helm` that prints what the chart's `out.yaml` has and writes down how it was called.
//! `tests/real/charts.test` asks the real one.

use crate::cli::project::Project;
use crate::cli::project::tree;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

const HELM: &str = r#"#!/bin/sh
here=${0%/*}
{ printf '%s ' "$@"; echo; } >> "$here/log"
case $1 in
version) cat "$here/version" ;;
template)
    env > "$here/env"
    cat > "$here/values"
    if [ -f "$3" ]; then PATH=/usr/bin:/bin tar -xzf "$3"; set -- "$1" "$2" chart; fi
    if [ -f "$3/fails" ]; then cat "$3/fails" >&2; exit 1; fi
    if [ -f "$3/warns" ]; then cat "$3/warns" >&2; fi
    cat "$3/out.yaml"
    if [ -f "$3/random" ]; then
        printf -- '---\n# Source: web/templates/secret.yaml\napiVersion: v1\nkind: Secret\nmetadata: {name: web}\n'
        printf 'data: {password: cGFzcw==%s}\n' $$
    fi ;;
pull)
    if [ -f "$here/refuses" ]; then /bin/cat "$here/refuses" >&2; exit 1; fi
    for into; do :; done
    /bin/cp "$here/pulled.tgz" "$into/$2-0.0.0.tgz" ;;
esac
"#;

const OUT: &str = "---
# Source: web/crds/things.yaml
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.com}
spec:
  group: example.com
  names: {kind: Thing, plural: things}
  scope: Namespaced
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
---
# Source: web/templates/service.yaml
apiVersion: v1
kind: Service
metadata: {name: front}
spec: {ports: [{port: 80}]}
---
# Source: web/templates/role.yaml
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: front}
---
# Source: web/templates/thing.yaml
apiVersion: example.com/v1
kind: Thing
metadata: {name: one}
---
# Source: web/templates/hook.yaml
apiVersion: batch/v1
kind: Job
metadata: {name: prepare, annotations: {helm.sh/hook: 'pre-install, pre-upgrade'}}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: 'i:1'}]}}}
---
# Source: web/templates/clean.yaml
apiVersion: batch/v1
kind: Job
metadata: {name: clean, annotations: {helm.sh/hook: post-delete}}
---
# Source: web/templates/tests/test.yaml
apiVersion: v1
kind: Pod
metadata: {name: test, annotations: {helm.sh/hook: test}}
---
# Source: web/templates/empty.yaml
";

struct Case {
    project: Project,
    bin: tempfile::TempDir,
}

impl Case {
    fn new(profile: &str) -> Case {
        let bin = tempfile::tempdir().unwrap();
        fs::write(bin.path().join("helm"), HELM).unwrap();
        fs::set_permissions(bin.path().join("helm"), fs::Permissions::from_mode(0o755)).unwrap();
        fs::write(bin.path().join("version"), "v3.18.4+gd80839c\n").unwrap();
        let project = Project::new()
            .profile("site", profile)
            .file("charts/web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.2.3\n")
            .file("charts/web/out.yaml", OUT);
        Case { project, bin }
    }

    /// With the chart in the lock.
    fn locked(profile: &str) -> Case {
        let case = Case::new(profile);
        let (code, _, stderr) = case.run(&["charts", "lock", "charts/web"]);
        assert_eq!(code, 0, "{stderr}");
        case.clear();
        case
    }

    fn file(self, path: &str, text: &str) -> Case {
        self.project.put(path, text);
        self
    }

    fn run(&self, args: &[&str]) -> (i32, String, String) {
        let output = self
            .project
            .command("", args)
            .env("PATH", format!("relative:{}", self.bin.path().display()))
            .envs([
                ("HELM_PLUGINS", "/plugins"),
                ("KUBECONFIG", "/kube"),
                ("HTTPS_PROXY", "http://proxy"),
                ("LANG", "ko_KR"),
            ])
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let stderr = text(output.stderr);
        assert!(!stderr.contains("panicked at"), "{stderr}");
        assert!(!stderr.contains(&*std::env::temp_dir().to_string_lossy()), "{stderr}");
        (output.status.code().unwrap(), text(output.stdout), stderr)
    }

    /// Renders, and returns stderr; nothing may be written.
    #[track_caller]
    fn refused(&self) -> String {
        let (code, _, stderr) = self.run(&["render"]);
        assert_eq!(code, 2, "{stderr}");
        assert!(!self.project.path("out").exists(), "{stderr}");
        stderr
    }

    #[track_caller]
    fn rendered(&self) -> String {
        let (code, _, stderr) = self.run(&["render"]);
        assert_eq!(code, 0, "{stderr}");
        stderr
    }

    fn log(&self, name: &str) -> String {
        fs::read_to_string(self.bin.path().join(name)).unwrap_or_default()
    }

    fn clear(&self) {
        let _ = fs::remove_file(self.bin.path().join("log"));
    }

    /// The files below the folder of charts.
    fn charts(&self) -> Vec<String> {
        let root = self.project.path("out/site/manifests/30-charts");
        let mut all: Vec<String> = walkdir::WalkDir::new(&root)
            .into_iter()
            .filter_map(Result::ok)
            .filter(|entry| entry.file_type().is_file())
            .map(|entry| entry.path().strip_prefix(&root).unwrap().to_string_lossy().into_owned())
            .collect();
        all.sort();
        all
    }
}

const SITE: &str = "# ours\nextends: dev\ncharts:\n  front:\n    path: charts/web\n    namespace: shop\n    values:\n      auth: {password: none}\n";

#[track_caller]
fn contains(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in\n{text}");
    }
}

#[test]
fn each_object_of_a_chart_is_a_file_with_its_template_and_a_namespace() {
    let case = Case::locked(SITE);
    case.rendered();
    assert_eq!(
        case.charts(),
        [
            "front/00-crds/customresourcedefinition-things.example.com.yaml",
            "front/clusterrole-front.yaml",
            "front/job-prepare.yaml",
            "front/service-front.yaml",
            "front/thing-one.yaml",
        ]
    );
    assert_eq!(
        case.project.read("out/site/manifests/30-charts/front/service-front.yaml"),
        "# source: charts/web: web/templates/service.yaml\napiVersion: v1\nkind: Service\nmetadata:\n  name: front\n  \
         namespace: shop\nspec:\n  ports:\n  - port: 80\n"
    );
    contains(&case.project.read("out/site/manifests/30-charts/front/thing-one.yaml"), &["namespace: shop"]);
    assert!(!case.project.read("out/site/manifests/30-charts/front/clusterrole-front.yaml").contains("namespace"));
    contains(&case.project.read("out/site/manifests/30-charts/front/job-prepare.yaml"), &["helm.sh/hook: "]);
    contains(
        &case.project.read("out/site/kustomization.yaml"),
        &[
            "- manifests/30-charts/front/00-crds/customresourcedefinition-things.example.com.yaml\n- manifests/30-charts/front/clusterrole-front.yaml\n",
        ],
    );
    contains(&case.project.read("out/site/manifests/00-namespaces/namespace-shop.yaml"), &["name: shop"]);
    contains(
        &case.project.read("out/site/INSTALL.md"),
        &[
            "kubectl apply --server-side -f manifests/30-charts/front/00-crds/\nkubectl wait --for=condition=Established",
            "- post-delete Job `clean`",
        ],
    );
    assert_eq!(case.run(&["render", "--check"]).0, 0);
    assert_eq!(case.run(&["render", "--only", "manifests/30-charts/**"]).0, 0);
    contains(&case.log("values"), &["auth:\n  password: none\n"]);
}

#[test]
fn helm_is_asked_once_for_equal_input_and_in_an_environment_of_its_own() {
    let case = Case::locked(SITE)
        .file("meshtrace.yaml", "requires: \"0.1\"\nrenders: {site: [site], b: [site], c: [site, debug]}\n");
    case.rendered();
    let log = case.log("log");
    let runs: Vec<&str> = log.lines().filter(|line| line.starts_with("template")).collect();
    let [run] = runs.as_slice() else { panic!("{log}") };
    contains(
        run,
        &[
            "template front ./copy-",
            " --namespace shop --kube-version 1.24 --values - --include-crds --api-versions ",
            "apps/v1/Deployment,",
            "jaegertracing.io/v1/Jaeger,",
            "consul.hashicorp.com/v1alpha1,",
            "policy/v1beta1/PodDisruptionBudget,",
        ],
    );
    let env = case.log("env");
    let names: BTreeMap<&str, &str> = env.lines().filter_map(|line| line.split_once('=')).collect();
    for name in names.keys().filter(|name| !matches!(**name, "PWD" | "OLDPWD" | "SHLVL" | "_")) {
        let ours = [
            "GOGC",
            "GOMEMLIMIT",
            "HELM_CACHE_HOME",
            "HELM_CONFIG_HOME",
            "HELM_DATA_HOME",
            "HELM_NO_PLUGINS",
            "HELM_PLUGINS",
            "HOME",
            "KUBECONFIG",
            "LC_ALL",
            "TMPDIR",
            "TZ",
        ];
        assert!(ours.contains(name), "{name} reaches helm\n{env}");
    }
    assert!(names["HELM_PLUGINS"].ends_with("/plugins") && names["HELM_PLUGINS"] != "/plugins", "{env}");
    assert!(!std::path::Path::new(names["HOME"]).exists(), "the temporary folder stays");
}

#[test]
fn the_lock_holds_the_chart_and_helm() {
    let case = Case::new(SITE);
    contains(
        &case.refused(),
        &["profiles/site.yaml:5:11", "`charts.lock` does not hold the chart `charts/web`", "charts lock charts/web"],
    );
    assert_eq!(case.log("log"), "", "helm ran before the lock was read");
    let (code, _, stderr) = case.run(&["charts", "lock"]);
    assert_eq!(code, 0, "{stderr}");
    contains(&stderr, &["charts.lock: helm 3.18\n", "charts/web: web 1.2.3, sha256:"]);
    let lock = case.project.read("charts.lock");
    contains(&lock, &["helm: \"3.18\"\n", "  charts/web:\n    name: web\n    version: \"1.2.3\"\n    digest: sha256:"]);
    contains(&case.run(&["charts", "lock"]).2, &["charts.lock: up to date, 1 chart\n"]);
    case.rendered();

    let case = Case::locked(SITE).file("charts/web/values.yaml", "a: 1\n");
    let (ours, held) = (case.refused(), case.project.read("charts.lock"));
    let held = held.split("digest: ").nth(1).unwrap().lines().next().unwrap();
    contains(
        &ours,
        &[
            "error[chart-lock]: the chart `charts/web` (web 1.2.3) has the digest sha256:",
            &format!("holds {held} (web 1.2.3)"),
        ],
    );

    let case = Case::locked(SITE);
    fs::write(case.bin.path().join("version"), "v4.0.1\n").unwrap();
    contains(&case.refused(), &["the installed `helm` is 4.0, but `charts.lock` was written with 3.18"]);
    fs::write(case.bin.path().join("version"), "v3.18.9\n").unwrap();
    case.rendered();

    // Two branches that each brought a chart.
    let case = Case::locked(SITE).file("charts/other/Chart.yaml", "name: other\nversion: 1.0.0\n");
    let mut text = case.project.read("charts.lock");
    let theirs = "  charts/other: {name: other, version: 1.0.0, digest: 'sha256:0', source: 'oci://a/b'}\n";
    text.push_str(&format!("<<<<<<< HEAD\n=======\n{theirs}>>>>>>> other\n"));
    case.project.put("charts.lock", text);
    contains(
        &case.refused(),
        &["error[chart-lock]: `charts.lock:9` is a conflict marker of git\n", "run `meshtrace charts lock`"],
    );
    assert_eq!(case.run(&["charts", "lock"]).0, 0);
    let healed = case.project.read("charts.lock");
    contains(&healed, &["    source: oci://a/b\n", "  charts/web:\n"]);
    assert_eq!(case.run(&["render"]).0, 0);
    // Markers go also if both sides are right.
    case.project
        .put("charts.lock", healed.replace("  charts/web:", "<<<<<<< HEAD\n=======\n>>>>>>> other\n  charts/web:"));
    contains(&case.run(&["charts", "update"]).2, &["error[chart-lock]: `charts.lock` has conflict markers of git\n"]);
    contains(&case.run(&["charts", "lock"]).2, &["charts.lock: has the charts of both sides of the merge\n"]);
    assert_eq!(case.project.read("charts.lock"), healed);
}

#[test]
fn a_helm_that_does_not_suit_is_refused() {
    let case = Case::locked(SITE);
    for (version, said) in [
        ("v3.12.3", "the installed `helm` is 3.12, but charts need Helm 3.13 or newer, or Helm 4"),
        ("Client: v2.17.0+ga690bad", "the installed `helm` is 2.17"),
        ("v5.0.0", "the installed `helm` is 5.0"),
        ("hello", "does not say its version"),
    ] {
        fs::write(case.bin.path().join("version"), version).unwrap();
        contains(&case.refused(), &["error[helm]: ", said, "profiles/site.yaml:5:11"]);
    }
    fs::remove_file(case.bin.path().join("helm")).unwrap();
    contains(&case.refused(), &["cannot find `helm`", "profiles/site.yaml:5:11"]);
}

#[test]
fn how_helm_ended_is_said_as_it_was() {
    let case = Case::locked(SITE);
    let with = |version: &str, template: &str| {
        let script = format!("#!/bin/sh\ncase $1 in version) {version} ;; *) {template} ;; esac\n");
        fs::write(case.bin.path().join("helm"), script).unwrap();
        case.refused()
    };
    let fine = "echo v3.18.4";
    for (template, said) in [
        ("exit 3", "error[helm]: `helm template` of `charts/web` failed with exit code 3 and without a message\n"),
        ("kill -SEGV $$", "`helm template` of `charts/web` was ended by signal 11\n"),
        ("kill -KILL $$", "`helm template` of `charts/web` was killed\n"),
        ("head -c 40000000 /dev/zero", "`helm template` of `charts/web` prints more than 32 MiB\n"),
        ("yes >&2", "`helm template` of `charts/web` prints more than 32 MiB\n"),
        ("printf '\\377'", "what `helm template` of `charts/web` prints is not UTF-8\n"),
        ("echo 'kind: List'", "`apiVersion` is missing in what `charts/web` prints\n"),
    ] {
        contains(&with(fine, &format!("export PATH=/usr/bin:/bin; {template}")), &[said]);
    }
    let other = "cat > /dev/null";
    for (version, said) in [
        ("exit 3", "error[helm]: `helm version` failed with exit code 3 and without a message\n"),
        ("kill -SEGV $$", "`helm version` was ended by signal 11\n"),
        ("echo shim: no version is set >&2; exit 126", "`helm version` fails: shim: no version is set\n"),
        ("echo v3.99.0-rc.1", "the installed `helm` is 3.99, but `charts.lock` was written with 3.18\n"),
        ("true", "the installed `helm` does not say its version"),
    ] {
        contains(&with(version, other), &[said]);
    }
}

#[test]
fn many_warnings_of_helm_leave_room_for_its_error() {
    let line = "coalesce.go:298: warning: cannot overwrite table with non table for web.a\n";
    let case = Case::new(SITE).file("charts/web/warns", &line.repeat(9_000));
    assert_eq!(case.run(&["charts", "lock"]).0, 0);
    let (code, _, stderr) = case.run(&["render"]);
    assert_eq!((code, stderr.matches("cannot overwrite").count()), (0, 1), "{stderr}");
    let case = Case::new(SITE).file("charts/web/fails", &format!("{}Error: set it\n", line.repeat(9_000)));
    assert_eq!(case.run(&["charts", "lock"]).0, 0);
    contains(&case.refused(), &["cannot be rendered: set it\n"]);
}

#[test]
fn a_chart_without_objects_is_noticed() {
    let case = Case::new(SITE).file("charts/web/out.yaml", "---\n# Source: web/templates/a.yaml\n");
    assert_eq!(case.run(&["charts", "lock"]).0, 0);
    let (code, _, stderr) = case.run(&["render"]);
    assert_eq!(code, 0, "{stderr}");
    contains(&stderr, &["warning[chart-empty]: the chart `charts/web` renders no object with these values\n"]);
}

#[test]
fn a_lock_that_is_not_written_is_not_announced() {
    let case = Case::new(SITE).file("charts/bad.tgz", "PK");
    let (code, _, stderr) = case.run(&["charts", "lock", "charts/web", "charts/bad.tgz"]);
    assert!(code == 2 && !stderr.contains("charts.lock: helm"), "{stderr}");
    contains(&stderr, &["error[chart-invalid]: `charts/bad.tgz` is not a packaged chart: it is not a gzip file\n"]);
    assert!(!case.project.path("charts.lock").exists());
    let (_, _, stderr) = case.run(&["charts", "lock", "charts/web"]);
    contains(&stderr, &["charts.lock: helm 3.18\n", "charts/web: web 1.2.3, sha256:"]);
    contains(&case.run(&["charts", "lock", "charts/web"]).2, &["charts.lock: up to date, 1 chart\n"]);
}

#[test]
fn a_chart_that_fails_names_the_value_in_the_profile() {
    let fails = |text: &str| {
        let case = Case::new(SITE).file("charts/web/fails", text);
        assert_eq!(case.run(&["charts", "lock"]).0, 0);
        case.refused()
    };
    contains(
        &fails(
            "Error: execution error at (web/templates/a.yaml:2:4): set auth.password to something\n\nUse --debug flag to render out invalid YAML\n",
        ),
        &[
            "error[chart-fails]: the chart `charts/web` cannot be rendered: set auth.password to something\n",
            "profiles/site.yaml:8:24",
            "it failed at web/templates/a.yaml:2:4",
        ],
    );
    contains(&fails("Error: something else\n"), &["cannot be rendered: something else", "profiles/site.yaml:5:11"]);
    contains(
        &fails(
            "Error: An error occurred while checking for chart dependencies. You may need to run `helm dependency build` to fetch missing dependencies: found in Chart.yaml, but missing in charts/ directory: sub\n",
        ),
        &["missing in charts/ directory: sub", "run `helm dependency build` in a copy of the chart"],
    );
    contains(
        &fails("Error: chart requires kubeVersion: >=1.30.0 which is incompatible with Kubernetes v1.24.0\n"),
        &["builtin:profiles/base.yaml", "kubernetes: \"1.24\""],
    );
}

#[test]
fn what_helm_and_lookup_warn_of_is_reported() {
    let warns = "2026/11/27 15:05:17 coalesce.go:298: warning: cannot overwrite table with non table for web.auth.password (map[])\n";
    let case = Case::new(SITE)
        .file("charts/web/warns", warns)
        .file("charts/web/templates/a.yaml", "# lookup\na: {{ lookup \"v1\" \"Secret\" \"a\" \"b\" }}\n");
    assert_eq!(case.run(&["charts", "lock"]).0, 0);
    contains(
        &case.rendered(),
        &[
            "warning[chart-warning]: helm warns of the chart `charts/web`: cannot overwrite table with non table for web.auth.password",
            "warning[chart-lookup]: the chart `charts/web` may ask the cluster by `lookup` in templates/a.yaml:2",
        ],
    );
}

#[test]
fn what_differs_between_two_renders_is_refused_by_name() {
    let case = Case::new(SITE).file("charts/web/random", "").file(
        "charts/web/templates/secret.yaml",
        "data: {password: {{ .Values.auth.password | default (randAlphaNum 9) }}}\n",
    );
    assert_eq!(case.run(&["charts", "lock"]).0, 0);
    contains(
        &case.refused(),
        &[
            "error[chart-random]: Secret `web` of the chart `charts/web` differs between two renders at `/data/password`",
            "set `charts.front.values.auth.password`, which is what the template uses instead",
        ],
    );
    // Without a function that could differ, one run is enough.
    let case = Case::locked(SITE);
    case.rendered();
    assert_eq!(case.log("log").matches("template ").count(), 1);
}

#[test]
fn hooks_are_left_out_on_request() {
    let case = Case::locked(&format!("{SITE}    hooks: drop\n    crds: skip\n"));
    contains(
        &case.rendered(),
        &[
            "warning[chart-hooks-dropped]: hooks of the chart `charts/web` are left out: pre-install, pre-upgrade Job `prepare`",
        ],
    );
    assert!(!case.charts().iter().any(|path| path.contains("job-")));
    contains(
        &case.project.read("out/site/INSTALL.md"),
        &["- pre-install, pre-upgrade Job `prepare`\n- post-delete Job `clean`\n"],
    );
    assert!(!case.log("log").contains("--include-crds"));
}

#[test]
fn paths_that_do_not_lead_to_a_chart_of_the_project_are_refused() {
    let case = |path: &str| Case::new(&SITE.replace("charts/web", path));
    for path in ["../web", "/charts/web", "charts/../../web", "charts/.git", "\"\""] {
        contains(&case(path).refused(), &["profiles/site.yaml:5:11", "expected a path inside the project"]);
    }
    contains(
        &case("charts/none").refused(),
        &["error[chart-path]: the chart `charts/none` does not exist in the project"],
    );
    contains(&case("charts").refused(), &["error[chart-invalid]: `charts` is not a chart: it has no `Chart.yaml`"]);
    contains(
        &case("charts/web/out.yaml").refused(),
        &["`charts/web/out.yaml` is not a packaged chart: it is not a gzip file"],
    );
    let outside = tempfile::tempdir().unwrap();
    let linked = case("charts/link");
    std::os::unix::fs::symlink(outside.path(), linked.project.path("charts/link")).unwrap();
    contains(&linked.refused(), &["error[symlink]: `charts/link` is a symbolic link that points out of the project"]);
    let inner = Case::new(SITE);
    std::os::unix::fs::symlink("/etc/passwd", inner.project.path("charts/web/passwd")).unwrap();
    contains(&inner.refused(), &["charts/web/passwd` is a symbolic link that points out"]);
}

#[test]
fn output_that_cannot_be_written_is_refused() {
    let prints = |text: &str| {
        let case = Case::new(SITE).file("charts/web/out.yaml", text);
        assert_eq!(case.run(&["charts", "lock"]).0, 0);
        case.refused()
    };
    let head = "---\n# Source: web/templates/a.yaml\n";
    contains(&prints(&format!("{head}a: [\n")), &["in what `web/templates/a.yaml` prints", "profiles/site.yaml:5:11"]);
    contains(&prints(&format!("{head}a: 1\n")), &["`apiVersion` is missing in what `web/templates/a.yaml` prints"]);
    let pod = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
    contains(
        &prints(&format!("{head}{pod}{head}{pod}")),
        &[
            "error[duplicate-object]: ConfigMap `shop/a` is rendered by `charts/web: web/templates/a.yaml` and by `charts/web: web/templates/a.yaml`",
        ],
    );
    let space = "apiVersion: v1\nkind: Namespace\nmetadata: {name: consul}\n";
    contains(&prints(&format!("{head}{space}")), &["by `templates/manifests/00-namespaces/namespaces.yaml`"]);
    contains(
        &prints(&format!("{head}apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: A_B}}\n")),
        &["error[invalid-name]"],
    );
}

#[test]
fn a_chart_under_two_names_brings_its_definitions_once() {
    let definition = &OUT[OUT.find("apiVersion").unwrap()..OUT.find("---\n# Source: web/templates/service").unwrap()];
    let again = |text: &str| {
        let out = format!("{OUT}\n---\n# Source: web/charts/other/crds/things.yaml\n{text}");
        let case = Case::new(SITE).file("charts/web/out.yaml", &out);
        assert_eq!(case.run(&["charts", "lock"]).0, 0);
        case
    };
    let case = again(definition);
    case.rendered();
    assert_eq!(case.charts().len(), 5);
    let other = again(&definition.replace("v1, served", "v2, served"));
    contains(
        &other.refused(),
        &["error[duplicate-object]: CustomResourceDefinition `things.example.com`", "`crds: skip`"],
    );
}

#[test]
fn settings_that_nothing_uses_are_refused() {
    let case = Case::new(
        "# x\nextends: dev\nconsul: {manage: existing, chartPath: charts/web}\njaeger: {chartPath: charts/web}\n",
    );
    contains(
        &case.refused(),
        &["`consul.chartPath` has no effect", "`jaeger.chartPath` has no effect with `jaeger.backend: operator-v1`"],
    );
    let case = Case::new("# x\nextends: dev\nconsul: {chartPath: charts/web}\ncharts: {consul: {path: charts/web}}\n");
    contains(&case.refused(), &["are both of a release `consul`"]);
    let case = Case::locked("# x\nextends: dev\nconsul: {chartPath: charts/web}\n");
    contains(
        &case.refused(),
        &["`charts/web` is the chart web 1.2.3, but `consul.chart` is 0.46.1", "profiles/site.yaml:3:21"],
    );
    let case = Case::new("# x\nextends: dev\ncharts: {A_b: {path: charts/web, hooks: some}}\n");
    contains(&case.refused(), &["is not a valid name here", "expected one of `keep`, `drop`"]);
}

#[test]
fn with_its_chart_rendered_consul_needs_no_helm() {
    let case = Case::new("# x\nextends: dev\nconsul: {chartPath: charts/web}\n")
        .file("charts/web/Chart.yaml", "name: consul\nversion: 0.46.1\n");
    assert_eq!(case.run(&["charts", "lock"]).0, 0);
    case.rendered();
    let guide = case.project.read("out/site/INSTALL.md");
    assert!(!guide.contains("helm "), "{guide}");
    assert!(!guide.contains("`helm`"), "{guide}");
    contains(&guide, &["kubectl apply --server-side -R -f manifests/30-charts/consul/\n"]);
    contains(&case.log("values"), &["datacenter: dc1"]);
    let (_, stdout, stderr) = case.run(&["check", "-p", "site"]);
    contains(&stdout, &["spans arrive"]);
    assert_eq!(stderr, "");
}

#[test]
fn argo_cd_and_flux_install_no_chart_that_is_rendered() {
    let gitops =
        "gitops: {repoURL: \"https://git.example.com/mesh.git\", argocd: {enabled: true}, flux: {enabled: true}}\n";
    let case = Case::new(&format!("# x\nextends: dev\nconsul: {{chartPath: charts/web}}\n{gitops}"))
        .file("charts/web/Chart.yaml", "name: consul\nversion: 0.46.1\n");
    assert_eq!(case.run(&["charts", "lock"]).0, 0);
    case.rendered();
    let application = case.project.read("out/site/gitops/argocd/application-site.yaml");
    assert!(!application.contains("chart: consul") && application.contains("out/site/manifests"), "{application}");
    assert!(!case.project.path("out/site/gitops/releases/charts").exists());
    let kustomization = case.project.read("out/site/gitops/flux/kustomization-site-30-charts.yaml");
    contains(&kustomization, &["path: ./out/site/manifests/30-charts\n"]);
}

/// A packaged chart.
fn package(case: &Case, version: &str) {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("web")).unwrap();
    fs::write(folder.path().join("web/Chart.yaml"), format!("name: web\nversion: {version}\n")).unwrap();
    fs::write(folder.path().join("web/out.yaml"), OUT).unwrap();
    let packed = Command::new("tar")
        .arg("-czf")
        .arg(case.bin.path().join("pulled.tgz"))
        .arg("-C")
        .arg(folder.path())
        .arg("web")
        .status();
    assert!(packed.unwrap().success());
}

#[test]
fn charts_are_fetched_and_updated_by_helm_pull() {
    let case = Case::new(&SITE.replace("charts/web", "charts/web.tgz"));
    package(&case, "1.0.0");
    let (code, _, stderr) = case.run(&["charts", "add", "web", "https://charts.example.com", "--version", "1.0.0"]);
    assert_eq!(code, 0, "{stderr}");
    contains(
        &stderr,
        &["charts/web.tgz: web 1.0.0, sha256:", "next: set `charts.web.path: charts/web.tgz` in a profile"],
    );
    contains(&case.log("log"), &["pull web --repo https://charts.example.com --version 1.0.0 --destination "]);
    contains(&case.project.read("charts.lock"), &["  charts/web.tgz:\n", "    source: https://charts.example.com\n"]);
    case.rendered();
    assert_eq!(case.charts().len(), 5);

    contains(&case.run(&["charts", "update"]).2, &["charts/web.tgz: web 1.0.0, unchanged"]);
    package(&case, "1.1.0");
    contains(&case.run(&["charts", "update", "web"]).2, &["charts/web.tgz: web 1.0.0 -> 1.1.0"]);
    contains(&case.project.read("charts.lock"), &["version: \"1.1.0\""]);

    for (args, said) in [
        (&["charts", "add", "web", "example.com", "--version", "1"][..], "`example.com` is not an address"),
        (&["charts", "add", "--", "-x", "https://a", "--version", "1"], "unexpected argument"),
        (&["charts", "add", "../x", "https://a", "--version", "1"], "`../x` is not a name of a chart"),
        (&["charts", "update", "other"], "`charts.lock` holds no chart `other`"),
        (&["charts", "lock", "charts/none"], "does not exist in the project"),
    ] {
        let (code, _, stderr) = case.run(args);
        assert_eq!(code, 2, "{stderr}");
        contains(&stderr, &[said]);
    }
    fs::write(case.bin.path().join("refuses"), "Error: chart \"web\" version \"9\" not found\n").unwrap();
    contains(
        &case.run(&["charts", "add", "web", "oci://ghcr.io/x", "--version", "9"]).2,
        &[
            "error[chart-pull]: cannot fetch the chart `web` from oci://ghcr.io/x: chart \"web\" version \"9\" not found",
        ],
    );
    contains(&case.log("log"), &["pull oci://ghcr.io/x/web --version 9 --destination "]);
}

#[test]
fn the_lock_holds_no_login_of_a_repository() {
    let case = Case::new(&SITE.replace("charts/web", "charts/web.tgz"));
    package(&case, "1.0.0");
    let add = |address: &str| case.run(&["charts", "add", "web", address, "--version", "1.0.0"]);
    let (code, _, stderr) = add("https://ann:wonderland7@charts.example.com/a@b");
    assert_eq!(code, 0, "{stderr}");
    contains(&stderr, &["charts.lock leaves out the login in the address; pass it again to fetch another version"]);
    contains(&case.log("log"), &["--repo https://ann:wonderland7@charts.example.com/a@b "]);
    contains(&case.project.read("charts.lock"), &["    source: https://charts.example.com/a@b\n"]);
    let (code, _, stderr) = add("https://charts.example.com/?token=wonderland7");
    assert!(code == 2 && !stderr.contains("wonderland7"), "{stderr}");
    contains(&stderr, &["error[chart-pull]: the address of the repository has a `?` or `#`"]);
}

#[test]
fn a_diff_says_what_a_new_chart_changes() {
    let case = Case::locked(SITE);
    case.rendered();
    case.project.put("charts/web/out.yaml", OUT.replace("port: 80", "port: 81"));
    assert_eq!(case.run(&["charts", "lock"]).0, 0);
    let (code, stdout, stderr) = case.run(&["diff"]);
    assert_eq!(code, 1, "{stderr}");
    contains(&stdout, &["Service shop/front", "spec.ports[port=81"]);
    let (_, stdout, _) = case.run(&["diff", "--format", "steps"]);
    contains(&stdout, &["kubectl apply"]);
}

#[test]
fn since_selects_the_renders_that_name_a_chart_that_changed() {
    let case = Case::locked(SITE);
    case.project.put("meshtrace.yaml", "requires: \"0.1\"\nrenders: {site: [site], plain: [dev]}\n");
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command.args(["-c", "user.name=a", "-c", "user.email=a@example.com"]).args(arguments);
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").current_dir(case.project.path(""));
        assert!(command.output().unwrap().status.success(), "{arguments:?}");
    };
    git(&["init", "-q", "-b", "main"]);
    git(&["add", "-A"]);
    git(&["commit", "-q", "-m", "x"]);
    let lock = case.project.read("charts.lock").replace("3.18", "3.19");
    for (file, text, expected) in [
        ("charts/web/values.yaml", "a: 1\n", &["site"][..]),
        ("charts/web/out.yaml", "kind: none\n", &["site"]),
        ("charts/other/Chart.yaml", "apiVersion: v2\nname: other\nversion: 1.0.0\n", &[]),
        ("charts.lock", &lock, &["site"]),
    ] {
        case.project.put(file, text);
        let run = case.project.run(&["show", "renders", "--format", "json", "--since", "HEAD"]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        let list: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        let names: Vec<&str> = list.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
        assert_eq!(names, expected, "{file}");
        git(&["checkout", "-q", "--", "."]);
        git(&["clean", "-q", "-f", "-d"]);
    }
}

#[test]
fn a_chart_whose_line_ends_git_changed_is_the_one_in_the_lock() {
    let convert = |case: &Case, path: &str| {
        case.project.put(path, case.project.read(path).replace('\n', "\r\n"));
    };
    let case = Case::locked(SITE);
    case.rendered();
    let (out, lock) = (tree(&case.project.path("out")), case.project.read("charts.lock"));
    convert(&case, "charts/web/Chart.yaml");
    convert(&case, "charts/web/out.yaml");
    convert(&case, "charts.lock");
    assert!(case.rendered().contains("0 changed"), "the chart was rendered as it was locked");
    assert_eq!(tree(&case.project.path("out")), out);
    // Nor does the lock change, which others check out without CRLF.
    assert_eq!(case.run(&["charts", "lock"]).0, 0);
    assert_eq!(case.project.read("charts.lock").replace('\r', ""), lock);
    // What git did not do is another chart; the message says what git may have done.
    case.project.put("charts/web/out.yaml", format!("{}# mine\r\n", case.project.read("charts/web/out.yaml")));
    let (code, _, stderr) = case.run(&["render"]);
    assert_eq!(code, 2);
    contains(
        &stderr,
        &["error[chart-lock]", "CRLF", "`charts/web/** -text`", "`.gitattributes`", "charts lock charts/web"],
    );
}
