//! Helm values in everything that installs a chart: what wins, what is not known, and where a finding points.

use crate::common::tables::formats;
use crate::walk::JAEGER;
use crate::walk::MESH;
use crate::walk::WEB;
use crate::walk::with;

const ON: &str = "connectInject: {enabled: true}\n";
const OFF: &str = "connectInject: {enabled: false}\n";

/// Whether spans arrive beside these files, and where `connectInject.enabled` is said to be false.
fn verdict(files: &[(&str, &str)]) -> (Option<bool>, String) {
    let tree = with(files);
    let report = tree.is_itself().check(&["."]);
    let found = report.json["findings"].as_array().unwrap();
    let at = found
        .iter()
        .find(|one| one["rule"] == "inject-disabled")
        .map_or_else(String::new, |one| format!("{}:{}:{}", one["file"].as_str().unwrap(), one["line"], one["column"]));
    let others = report.found();
    let is_known = |one: &String| {
        ["inject-disabled", "helm-values-order", "plaintext-secret", "values-wrong-type"]
            .iter()
            .any(|rule| one.starts_with(rule))
    };
    assert!(others.iter().all(is_known), "{others:?}");
    (report.json["summary"]["arrives"].as_bool(), at)
}

/// A name, files and what is expected of them.
pub(crate) type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str);

/// Compares verdicts: no place means that spans arrive, `?` that nobody knows.
pub(crate) fn are(cases: &[Case<'_>]) {
    for (name, files, expected) in cases {
        let (arrives, at) = verdict(files);
        let found = match arrives {
            Some(true) => String::new(),
            Some(false) => at,
            None => "?".to_string(),
        };
        assert_eq!(found, *expected, "{name}");
    }
}

fn helm_release(spec: &str) -> String {
    format!(
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: consul, namespace: consul}}\nspec:\n  interval: 5m\n  chart: {{spec: {{chart: consul, version: 1.4.10, sourceRef: {{kind: HelmRepository, name: hashicorp}}}}}}\n{spec}"
    )
}

/// A ConfigMap or Secret with one key.
fn data(kind: &str, field: &str, key: &str, text: &str) -> String {
    let text = serde_json::to_string(text).unwrap();
    format!(
        "apiVersion: v1\nkind: {kind}\nmetadata: {{name: consul-values, namespace: consul}}\n{field}:\n  {key}: {text}\n"
    )
}

#[test]
fn values_from_win_in_the_order_of_flux() {
    let from = |more: &str| helm_release(&format!("  valuesFrom: [{{kind: ConfigMap, name: consul-values{more}}}]\n"));
    let inline = |on: bool| format!("  values:\n    connectInject:\n      enabled: {on}\n");
    let map = |text: &str| data("ConfigMap", "data", "values.yaml", text);
    let flag = data("ConfigMap", "data", "flag", "false");
    let to = ", valuesKey: flag, targetPath: connectInject.enabled";
    are(&[
        ("inline wins", &[("c.yaml", &(from("") + &inline(true))), ("v.yaml", &map(OFF))], ""),
        ("inline wins, too", &[("c.yaml", &(from("") + &inline(false))), ("v.yaml", &map(ON))], "c.yaml:10:16"),
        ("a target wins", &[("c.yaml", &from(to)), ("v.yaml", &flag)], "v.yaml:5:9"),
        (
            "a target wins over inline values",
            &[("c.yaml", &(from(to) + &inline(true))), ("v.yaml", &flag)],
            "v.yaml:5:9",
        ),
        // The map of the first reference is not that of the inline values, which are merged again at the end.
        (
            "inline wins over a target in a map that is there",
            &[
                (
                    "c.yaml",
                    &(helm_release(&format!(
                        "  valuesFrom: [{{kind: ConfigMap, name: consul-values}}, {{kind: ConfigMap, name: consul-values{to}}}]\n"
                    )) + &inline(true)),
                ),
                ("v.yaml", &format!("{}  flag: 'false'\n", map("connectInject: {default: false}\n"))),
            ],
            "",
        ),
        ("a key that is not there", &[("c.yaml", &from(", valuesKey: other")), ("v.yaml", &map(ON))], "?"),
        ("an optional one", &[("c.yaml", &from(", valuesKey: other, optional: true")), ("v.yaml", &map(OFF))], ""),
        ("an optional ConfigMap elsewhere", &[("c.yaml", &from(", optional: true"))], "?"),
        (
            "another namespace",
            &[("c.yaml", &from("")), ("v.yaml", &map(OFF).replace("namespace: consul", "namespace: x"))],
            "?",
        ),
    ]);
}

#[test]
fn what_wins_over_unknown_values_is_known() {
    let secret = |more: &str| helm_release(&format!("  valuesFrom: [{{kind: Secret, name: consul-values{more}}}]\n"));
    let off = "  values:\n    connectInject:\n      enabled: false\n";
    let on = off.replace("false", "true");
    are(&[
        ("off", &[("c.yaml", &(secret("") + off))], "c.yaml:10:16"),
        // The Secret may have what makes the chart fail.
        ("on", &[("c.yaml", &(secret("") + &on))], "?"),
        ("one value", &[("c.yaml", &(secret(", valuesKey: k, targetPath: ui.service.type") + &on))], ""),
        ("one value that decides", &[("c.yaml", &(secret(", valuesKey: k, targetPath: global.enabled") + &on))], "?"),
        ("suspended", &[("c.yaml", &(helm_release("  suspend: true\n") + off))], "?"),
    ]);
}

#[test]
fn values_in_a_secret_are_read_and_not_shown() {
    let release = helm_release("  valuesFrom: [{kind: Secret, name: consul-values}]\n");
    let text = "global:\n  name: consul\nconnectInject:\n  enabled: false # p4ssw0rd\n";
    let block = format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: consul-values, namespace: consul}}\nstringData:\n  values.yaml: |\n    {}",
        text.replace('\n', "\n    ")
    );
    let base64 = "Y29ubmVjdEluamVjdDoge2VuYWJsZWQ6IGZhbHNlfQo=";
    let encoded = data("Secret", "data", "values.yaml", base64);
    let sealed = data("Secret", "data", "values.yaml", "ENC[AES256_GCM,data:abc,iv:def,tag:ghi,type:str]")
        + "sops: {mac: 'ENC[AES256_GCM,data:x,type:str]', version: 3.8.1}\n";
    are(&[
        ("text", &[("c.yaml", &release), ("s.yaml", &block)], "s.yaml:9:16"),
        ("base64", &[("c.yaml", &release), ("s.yaml", &encoded)], "s.yaml:5:16"),
        ("encrypted", &[("c.yaml", &release), ("s.yaml", &sealed)], "?"),
    ]);
    let tree = with(&[("c.yaml", &release), ("s.yaml", &block)]);
    for format in formats(&["check"]) {
        let (_, out, err) = tree.run(&["check", "--format", &format, "."]);
        assert!(!out.contains("p4ssw0rd") && !err.contains("p4ssw0rd"), "{format}: {out}");
    }
}

#[test]
fn a_chart_of_flux_is_known_by_its_source() {
    let values = "  values:\n    connectInject:\n      enabled: false\n";
    let release = |chart: &str| {
        format!(
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: mesh, namespace: consul}}\nspec:\n  interval: 5m\n{chart}{values}"
        )
    };
    let named = |name: &str| {
        release(&format!(
            "  chart: {{spec: {{chart: consul, version: 1.x, sourceRef: {{kind: HelmRepository, name: {name}}}}}}}\n"
        ))
    };
    let repository = "apiVersion: source.toolkit.fluxcd.io/v1\nkind: HelmRepository\nmetadata: {name: charts, namespace: consul}\nspec: {interval: 5m, url: 'https://charts.bitnami.com/bitnami'}\n";
    let reference = release("  chartRef: {kind: OCIRepository, name: charts}\n");
    are(&[
        ("a range", &[("c.yaml", &named("hashicorp"))], "c.yaml:9:16"),
        ("another vendor", &[("c.yaml", &named("charts")), ("r.yaml", repository)], ""),
        ("a reference elsewhere", &[("c.yaml", &reference)], "c.yaml:9:16"),
    ]);
}

#[test]
fn patches_of_flux_are_not_applied_and_said() {
    let on = helm_release("  values:\n    connectInject:\n      enabled: true\n");
    let sync = |patch: &str| {
        format!(
            "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: infra, namespace: flux-system}}\nspec:\n  interval: 5m\n  path: ./infra\n  prune: true\n  sourceRef: {{kind: GitRepository, name: x}}\n  patches:\n  - {patch}\n"
        )
    };
    let values =
        sync("{target: {kind: HelmRelease, name: consul}, patch: 'spec: {values: {connectInject: {enabled: false}}}'}");
    let other = sync("{target: {kind: HelmRelease, name: redis}, patch: 'spec: {values: {a: 1}}'}");
    let interval = sync("{target: {kind: HelmRelease}, patch: 'spec: {interval: 1h}'}");
    are(&[
        ("values", &[("c.yaml", &on), ("k.yaml", &values)], "?"),
        ("another release", &[("c.yaml", &on), ("k.yaml", &other)], ""),
        ("another field", &[("c.yaml", &on), ("k.yaml", &interval)], ""),
    ]);
    let report = with(&[("c.yaml", &on), ("k.yaml", &values)]).check(&["."]);
    assert!(report.json.to_string().contains("in patches of the Kustomization `infra` for the HelmRelease `consul`"));
}

fn application(helm: &str) -> String {
    format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: consul, namespace: argocd}}\nspec:\n  project: default\n  destination: {{server: 'https://kubernetes.default.svc', namespace: consul}}\n  sources:\n  - chart: consul\n    repoURL: https://helm.releases.hashicorp.com\n    targetRevision: 1.4.10\n    helm:\n{helm}  - {{repoURL: 'https://git.example/x', targetRevision: main, ref: values}}\n"
    )
}

#[test]
fn parameters_and_files_win_in_the_order_of_argo_cd() {
    let parameter =
        |name: &str, value: &str| application(&format!("      parameters: [{{name: '{name}', value: '{value}'}}]\n"));
    let two = application(
        "      parameters:\n      - {name: connectInject.enabled, value: 'false', forceString: true}\n      - {name: connectInject.enabled, value: 'true'}\n",
    );
    let files = |list: &str| application(&format!("      valueFiles: [{list}]\n"));
    let (on, off) = (("v/on.yaml", ON), ("v/off.yaml", OFF));
    let object = "      valuesObject: {connectInject: {enabled: false}}\n";
    are(&[
        ("any case", &[("a.yaml", &parameter("connectInject.enabled", "False"))], "a.yaml:12:20"),
        ("a list", &[("a.yaml", &parameter("connectInject.k8sDenyNamespaces", "{a,b}"))], ""),
        ("an index", &[("a.yaml", &parameter("server.extraVolumes[0].name", "x"))], ""),
        // Helm applies `--set-string` last; the text "false" is true in a template.
        ("a forced string", &[("a.yaml", &two)], ""),
        (
            "the last file wins",
            &[on, off, ("a.yaml", &files("$values/v/on.yaml, $values/v/off.yaml"))],
            "v/off.yaml:1:26",
        ),
        ("the last file wins, too", &[on, off, ("a.yaml", &files("$values/v/off.yaml, $values/v/on.yaml"))], ""),
        ("a pattern, in lexical order", &[on, off, ("a.yaml", &files("'$values/v/*.yaml'"))], ""),
        ("a file of any keys", &[("v/x.yaml", "global: {name: consul}\n"), ("a.yaml", &files("$values/v/x.yaml"))], ""),
        ("a file elsewhere", &[("a.yaml", &files("$values/v/x.yaml"))], "?"),
        ("a file of the chart", &[("a.yaml", &files("values-ha.yaml"))], "?"),
        (
            "what wins over it",
            &[("a.yaml", &application(&format!("      valueFiles: [values-ha.yaml]\n{object}")))],
            "a.yaml:13:47",
        ),
        ("a URL", &[("a.yaml", &files("'https://example.com/v.yaml'"))], "?"),
        (
            "a text from a file",
            &[("a.yaml", &application("      fileParameters: [{name: server.extraConfig, path: x.json}]\n"))],
            "",
        ),
    ]);
}

#[test]
fn templates_of_an_application_set_are_not_known() {
    let set = |helm: &str, top: &str| {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {{name: consul, namespace: argocd}}\nspec:\n{top}  generators: [{{list: {{elements: [{{cluster: a, inject: 'false'}}]}}}}]\n  template:\n    metadata: {{name: 'consul-{{{{cluster}}}}'}}\n    spec:\n      project: default\n      destination: {{name: '{{{{cluster}}}}', namespace: consul}}\n      source:\n        chart: consul\n        repoURL: https://helm.releases.hashicorp.com\n        targetRevision: 1.4.10\n        helm:\n{helm}"
        )
    };
    let object = |text: &str| set(&format!("          valuesObject: {{{text}}}\n"), "");
    let text = set(
        "          values: |\n            global: {datacenter: {{cluster}}}\n            connectInject:\n              enabled: {{inject}}\n",
        "",
    );
    let known = set(
        "          values: |\n            global: {datacenter: {{cluster}}}\n            connectInject:\n              enabled: false\n",
        "",
    );
    let patch = "  templatePatch: |\n    spec: {source: {helm: {valuesObject: {connectInject: {enabled: false}}}}}\n";
    are(&[
        ("a switch", &[("s.yaml", &object("connectInject: {enabled: '{{inject}}'}"))], "?"),
        ("a name", &[("s.yaml", &object("global: {datacenter: '{{cluster}}'}, connectInject: {enabled: true}"))], ""),
        ("a switch in text", &[("s.yaml", &text)], "?"),
        ("a name in text", &[("s.yaml", &known)], "s.yaml:19:24"),
        ("a patch of the template", &[("s.yaml", &set("          valuesObject: {}\n", patch))], "?"),
    ]);
}

#[test]
fn fields_of_a_helm_chart_win_in_the_order_of_k3s() {
    let of = |kind: &str, spec: &str| {
        format!(
            "apiVersion: helm.cattle.io/v1\nkind: {kind}\nmetadata: {{name: consul, namespace: kube-system}}\nspec:\n{spec}"
        )
    };
    let chart = |spec: &str| {
        of(
            "HelmChart",
            &format!("  chart: consul\n  repo: https://helm.releases.hashicorp.com\n  version: 1.4.10\n{spec}"),
        )
    };
    let config = |spec: &str| of("HelmChartConfig", spec);
    let content = |on: bool| format!("  valuesContent: |-\n    connectInject:\n      enabled: {on}\n");
    let values = "  values: {connectInject: {enabled: false}}\n";
    let secrets = "  valuesSecrets: [{name: consul-values, keys: [values.yaml]}]\n";
    let secret =
        data("Secret", "stringData", "values.yaml", OFF).replace("namespace: consul", "namespace: kube-system");
    let archive =
        of("HelmChart", &format!("  chart: https://helm.releases.hashicorp.com/consul-1.4.10.tgz\n{}", content(false)));
    let root = "resources: [c.yaml]\npatches:\n- patch: |\n    apiVersion: helm.cattle.io/v1\n    kind: HelmChart\n    metadata: {name: consul, namespace: kube-system}\n    spec:\n      valuesContent: |-\n        connectInject:\n          enabled: false\n";
    are(&[
        ("values over valuesContent", &[("c.yaml", &chart(&(content(true) + values)))], "c.yaml:11:37"),
        ("the config", &[("c.yaml", &chart(&content(true))), ("d.yaml", &config(values))], "d.yaml:5:37"),
        ("set", &[("c.yaml", &chart(&(content(true) + "  set: {connectInject.enabled: 'False'}\n")))], "c.yaml:11:32"),
        ("a Secret", &[("c.yaml", &chart(&(content(true) + secrets))), ("s.yaml", &secret)], "s.yaml:5:16"),
        ("a Secret elsewhere", &[("c.yaml", &chart(&(content(true) + secrets)))], "?"),
        ("a Secret of the config", &[("c.yaml", &chart(&content(true))), ("d.yaml", &config(secrets))], "?"),
        ("an archive", &[("c.yaml", &archive)], "c.yaml:8:16"),
        ("only the config", &[("d.yaml", &config(&content(true)))], "?"),
        (
            "a patch",
            &[("k/kustomization.yaml", root), ("k/c.yaml", &chart(&content(true)))],
            "k/kustomization.yaml:4:5",
        ),
    ]);
}

#[test]
fn charts_of_a_kustomization_have_its_values() {
    const HEAD: &str =
        "resources: []\nhelmCharts:\n- name: consul\n  repo: https://helm.releases.hashicorp.com\n  version: 1.4.10\n";
    let root = |more: &str| format!("{HEAD}{more}");
    let inline = |on: bool| format!("  valuesInline:\n    connectInject:\n      enabled: {on}\n");
    let (file, more) = ("  valuesFile: v.yaml\n", "  additionalValuesFiles: [w.yaml]\n");
    let generator = "apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {name: consul}\nname: consul\nrepo: https://helm.releases.hashicorp.com\nvaluesInline: {connectInject: {enabled: false}}\n";
    let old = "helmChartInflationGenerator:\n- {chartName: consul, chartRepoUrl: 'https://helm.releases.hashicorp.com', values: v.yaml}\n";
    let other = "helmCharts:\n- {name: redis, repo: 'https://charts.example', valuesInline: {connectInject: {enabled: false}}}\n";
    are(&[
        ("inline", &[("k/kustomization.yaml", &root(&inline(false)))], "k/kustomization.yaml:8:16"),
        ("a file", &[("k/kustomization.yaml", &root(file)), ("k/v.yaml", OFF)], "k/v.yaml:1:26"),
        ("inline over a file", &[("k/kustomization.yaml", &root(&(inline(true) + file))), ("k/v.yaml", OFF)], ""),
        (
            "merged",
            &[("k/kustomization.yaml", &root(&(inline(true) + file + "  valuesMerge: merge\n"))), ("k/v.yaml", OFF)],
            "k/v.yaml:1:26",
        ),
        (
            "replaced",
            &[("k/kustomization.yaml", &root(&(inline(true) + file + "  valuesMerge: replace\n"))), ("k/v.yaml", OFF)],
            "",
        ),
        ("more files", &[("k/kustomization.yaml", &root(&(inline(true) + more))), ("k/w.yaml", OFF)], "k/w.yaml:1:26"),
        ("a file elsewhere", &[("k/kustomization.yaml", &root(file))], "?"),
        (
            "a generator",
            &[("k/kustomization.yaml", "generators: [g.yaml]\n"), ("k/g.yaml", generator)],
            "k/g.yaml:6:41",
        ),
        ("the old way", &[("k/kustomization.yaml", old), ("k/v.yaml", OFF)], "k/v.yaml:1:26"),
        ("another chart", &[("k/kustomization.yaml", other)], ""),
    ]);
}

#[test]
fn overlays_with_charts_of_their_own_are_judged_apart() {
    let root = |on: bool| {
        format!(
            "resources: [../base]\nhelmCharts: [{{name: consul, repo: 'https://helm.releases.hashicorp.com', valuesInline: {{connectInject: {{enabled: {on}}}}}}}]\n"
        )
    };
    let tree = crate::walk::Tree::new(&[
        ("base/kustomization.yaml", "resources: [mesh.yaml, jaeger.yaml, web.yaml]\n"),
        ("base/mesh.yaml", MESH),
        ("base/jaeger.yaml", JAEGER),
        ("base/web.yaml", WEB),
        ("dev/kustomization.yaml", &root(false)),
        ("prod/kustomization.yaml", &root(true)),
    ]);
    let paths = tree.is_itself().check(&["."]).paths();
    let of = |set: &str| paths.iter().find(|path| path.0 == set).map(|path| path.2);
    assert_eq!((of("dev"), of("prod")), (Some(Some(false)), Some(Some(true))), "{paths:?}");
}

#[test]
fn a_helmfile_says_what_is_merged() {
    let of = |more: &str| format!("releases:\n- name: consul\n  chart: hashicorp/consul\n  version: 1.4.10\n{more}");
    let (on, off) = (("values/on.yaml", ON), ("values/off.yaml", OFF));
    are(&[
        ("inline", &[("helmfile.yaml", &of("  values:\n  - connectInject: {enabled: false}\n"))], "helmfile.yaml:6:30"),
        ("in order", &[on, off, ("helmfile.yaml", &of("  values: [values/off.yaml, values/on.yaml]\n"))], ""),
        (
            "set",
            &[
                on,
                (
                    "helmfile.yaml",
                    &of("  values: [values/on.yaml]\n  set: [{name: connectInject.enabled, value: false}]\n"),
                ),
            ],
            "helmfile.yaml:6:9",
        ),
        ("secrets", &[on, ("helmfile.yaml", &of("  values: [values/on.yaml]\n  secrets: [s.yaml]\n"))], "?"),
        (
            "a folder",
            &[off, ("helmfile.d/10-mesh.yaml", &of("  values: [../values/off.yaml]\n"))],
            "values/off.yaml:1:26",
        ),
        ("a template", &[on, ("helmfile.yaml", &of("  values: ['values/{{ .Environment.Name }}.yaml']\n"))], "?"),
        (
            "not installed",
            &[("helmfile.yaml", &of("  installed: false\n  values: [{connectInject: {enabled: false}}]\n"))],
            "",
        ),
    ]);
}

#[test]
fn other_tools_and_operators_are_read() {
    let skaffold = "apiVersion: skaffold/v4beta6\nkind: Config\ndeploy:\n  helm:\n    releases:\n    - name: consul\n      remoteChart: consul\n      repo: https://helm.releases.hashicorp.com\n      version: 1.4.10\n";
    let set = format!("{skaffold}      setValues: {{connectInject.enabled: false}}\n");
    let template = format!("{skaffold}      setValueTemplates: {{connectInject.enabled: '{{{{.ON}}}}'}}\n");
    let fleet = "defaultNamespace: consul\nhelm:\n  repo: https://helm.releases.hashicorp.com\n  chart: consul\n  version: 1.4.10\n  values:\n    connectInject: {enabled: false}\n";
    let crossplane = "apiVersion: helm.crossplane.io/v1beta1\nkind: Release\nmetadata: {name: consul}\nspec:\n  forProvider:\n    chart: {name: consul, repository: https://helm.releases.hashicorp.com, version: 1.4.10}\n    namespace: consul\n    values: {connectInject: {enabled: false}}\n";
    let proxy = "apiVersion: addons.cluster.x-k8s.io/v1alpha1\nkind: HelmChartProxy\nmetadata: {name: consul}\nspec:\n  clusterSelector: {}\n  chartName: consul\n  repoURL: https://helm.releases.hashicorp.com\n  version: 1.4.10\n  namespace: consul\n  valuesTemplate: |\n    connectInject: {enabled: false}\n";
    let helmfile = "releases:\n- name: consul\n  chart: hashicorp/consul\n  version: 1.4.10\n  installed: false\n  values: [consul.yaml]\n";
    are(&[
        ("Skaffold", &[("skaffold.yaml", &set)], "skaffold.yaml:10:42"),
        ("a template of Skaffold", &[("skaffold.yaml", &template)], "?"),
        ("Fleet", &[("fleet.yaml", fleet)], "fleet.yaml:7:30"),
        ("Crossplane", &[("r.yaml", crossplane)], "r.yaml:8:39"),
        ("Cluster API", &[("r.yaml", proxy)], "r.yaml:11:30"),
        ("a release that is not installed", &[("helmfile.yaml", helmfile), ("consul.yaml", OFF)], ""),
    ]);
}

#[test]
fn an_umbrella_chart_has_values_under_a_key() {
    let chart = |more: &str| {
        (
            "charts/mesh/Chart.yaml",
            format!(
                "apiVersion: v2\nname: mesh\nversion: 0.1.0\ndependencies:\n- {{name: consul, version: 1.4.10, repository: 'https://helm.releases.hashicorp.com'{more}}}\n"
            ),
        )
    };
    let (file, plain) = chart("");
    let (_, alias) = chart(", alias: hc");
    let (_, switch) = chart(", condition: consul.enabled");
    let values = "charts/mesh/values.yaml";
    let application = |helm: &str| {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: mesh, namespace: argocd}}\nspec:\n  project: default\n  destination: {{name: a, namespace: consul}}\n  source:\n    repoURL: https://git.example/x\n    targetRevision: main\n    path: charts/mesh\n{helm}"
        )
    };
    let prod = ("charts/mesh/values-prod.yaml", "consul: {connectInject: {enabled: false}}\n");
    let on = (values, "consul: {connectInject: {enabled: true}}\n");
    are(&[
        (
            "its values",
            &[(file, &plain), (values, "consul:\n  connectInject:\n    enabled: false\n")],
            "charts/mesh/values.yaml:3:14",
        ),
        (
            "an alias",
            &[(file, &alias), (values, "hc: {connectInject: {enabled: false}}\n")],
            "charts/mesh/values.yaml:1:31",
        ),
        ("another file", &[(file, &plain), on, prod], "?"),
        (
            "switched off",
            &[(file, &switch), (values, "consul: {enabled: false, connectInject: {enabled: false}}\n")],
            "",
        ),
        ("as installed", &[(file, &plain), on, prod, ("a.yaml", &application(""))], ""),
        (
            "with a file",
            &[(file, &plain), on, prod, ("a.yaml", &application("    helm: {valueFiles: [values-prod.yaml]}\n"))],
            "charts/mesh/values-prod.yaml:1:35",
        ),
        (
            "with a parameter",
            &[
                (file, &plain),
                on,
                (
                    "a.yaml",
                    &application("    helm: {parameters: [{name: consul.connectInject.enabled, value: 'false'}]}\n"),
                ),
            ],
            "a.yaml:11:25",
        ),
    ]);
}

#[test]
fn values_that_are_filled_in_later_are_not_known() {
    let sops = "sops:\n  mac: ENC[AES256_GCM,data:x,type:str]\n  version: 3.8.1\n";
    are(&[
        ("a variable", &[("values.yaml", "connectInject:\n  enabled: ${INJECT}\n")], "?"),
        ("a name", &[("values.yaml", "global:\n  datacenter: ${DC}\nconnectInject:\n  enabled: true\n")], ""),
        ("a template", &[("values.yaml", "connectInject:\n  enabled: {{ inject }}\n")], "?"),
        (
            "encrypted",
            &[("values.yaml", &format!("connectInject:\n  enabled: ENC[AES256_GCM,data:a,type:bool]\n{sops}"))],
            "?",
        ),
        ("encrypted in part", &[("values.yaml", &format!("{ON}{sops}"))], ""),
        (
            "of Flux",
            &[("c.yaml", &helm_release("  values:\n    connectInject:\n      enabled: ${INJECT:=true}\n"))],
            "?",
        ),
    ]);
}

#[test]
fn what_terraform_and_templates_of_a_helmfile_hold_is_not_known() {
    let terraform = |rest: &str| {
        format!("resource \"helm_release\" \"consul\" {{\n  name  = \"consul\"\n  chart = \"consul\"\n{rest}}}\n")
    };
    let set = terraform("  set {\n    name  = \"connectInject.enabled\"\n    value = var.inject\n  }\n");
    let file = terraform("  values = [file(\"${path.module}/consul-values.yaml\")]\n");
    let vault = set.replace("chart = \"consul\"", "chart = \"vault\"");
    are(&[
        ("set", &[("main.tf", &set)], "?"),
        ("a file that is read", &[("main.tf", &file), ("consul-values.yaml", ON)], ""),
        ("a file that turns it off", &[("main.tf", &file), ("consul-values.yaml", OFF)], "consul-values.yaml:1:26"),
        ("another chart", &[("main.tf", &vault)], ""),
        (
            "a program of Tanka",
            &[("envs/main.jsonnet", "{c: helm.template('consul', './charts/consul', {values: {a: 1}})}\n")],
            "?",
        ),
        (
            "a template of a helmfile",
            &[("helmfile.yaml.gotmpl", "releases:\n{{ range .x }}\n  - chart: hashicorp/consul\n{{ end }}\n")],
            "?",
        ),
        (
            "a folder of Consul's",
            &[("consul/values-prod.yaml", "global: {enabled: '${ON}'}\nclient: {enabled: true}\n")],
            "?",
        ),
    ]);
}
