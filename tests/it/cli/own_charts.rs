//! Values of charts: several files of one chart, objects that install it, and charts given by `--chart`.

use crate::cli::project::Project;
use serde_json::Value;

/// What `check` answers.
#[track_caller]
fn answer(project: &Project, args: &[&str]) -> Value {
    let run = project.run(&[&["check", "--format", "json"], args].concat());
    serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{}", run.stderr))
}

/// The rule and the file of each finding about values.
#[track_caller]
fn found(project: &Project, args: &[&str]) -> Vec<String> {
    let answer = answer(project, args);
    let all = answer["findings"].as_array().expect("findings").iter();
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap_or_default().to_string();
    let all = all.map(|finding| format!("{} {}", text(finding, "rule"), text(finding, "file")));
    all.filter(|one| one.contains("values-")).collect()
}

const FIRST: &str = "# chart: consul 1.4.10\nconnectInject: {enabled: true, k8sAllowNamespaces: shop}\n\
    meshGateway: {enabled: true, wanAddress: {source: Static}}\nglobal: {tls: {enabled: true}}\n";
const SECOND: &str =
    "connectInject: {enabeld: true}\nsyncCatalog: {k8sPrefix: x}\nui: {service: {type: [ClusterIP]}}\n";

/// The findings of FIRST and SECOND together; none of FIRST's errors is cured in SECOND.
const BOTH: [&str; 6] = [
    "values-chart-fails",
    "values-chart-fails",
    "values-inert",
    "values-unknown-key",
    "values-wrong-type",
    "values-wrong-type",
];

#[test]
fn several_files_are_judged_like_one() {
    let rules = |project: &Project, args: &[&str]| {
        let mut all: Vec<String> =
            found(project, args).iter().map(|one| one.split(' ').next().unwrap_or_default().to_string()).collect();
        all.sort();
        all
    };
    let project = Project::bare().file("a.yaml", FIRST).file("b.yaml", SECOND);
    assert_eq!(rules(&project, &["a.yaml", "b.yaml"]), BOTH);
    // A later file wins.
    let cured = "connectInject: {k8sAllowNamespaces: [shop]}\nmeshGateway: {wanAddress: {source: NodeIP}}\n";
    let project = Project::bare().file("a.yaml", FIRST).file("b.yaml", cured);
    assert_eq!(rules(&project, &["a.yaml", "b.yaml"]), Vec::<String>::new());
    let indented = |text: &str, by: &str| text.lines().map(|line| format!("{by}{line}\n")).collect::<String>();
    let plain = FIRST.lines().skip(1).collect::<Vec<_>>().join("\n");
    let release = format!(
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: consul, namespace: consul}}\nspec:\n  \
         chart: {{spec: {{chart: consul, version: 1.4.10, sourceRef: {{kind: HelmRepository, name: hashicorp}}}}}}\n  \
         valuesFrom: [{{kind: ConfigMap, name: more}}]\n  values:\n{}---\napiVersion: v1\nkind: ConfigMap\n\
         metadata: {{name: more, namespace: consul}}\ndata:\n  values.yaml: |\n{}",
        indented(SECOND, "    "),
        indented(&plain, "    ")
    );
    assert_eq!(rules(&Project::bare().file("release.yaml", &release), &["release.yaml"]), BOTH);
    let application = format!(
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: consul, namespace: argocd}}\nspec:\n  \
         destination: {{server: https://kubernetes.default.svc, namespace: consul}}\n  project: default\n  sources:\n  \
         - chart: consul\n    repoURL: https://helm.releases.hashicorp.com\n    targetRevision: 1.4.10\n    helm:\n      \
         valueFiles: [$repo/consul/values.yaml]\n      valuesObject:\n{}  - {{repoURL: https://example.com/repo.git, ref: repo}}\n",
        indented(SECOND, "        ")
    );
    let project = Project::bare().file("apps/consul.yaml", &application).file("consul/values.yaml", FIRST);
    assert_eq!(rules(&project, &["."]), BOTH);
}

#[test]
fn nothing_arrives_where_the_chart_fails() {
    let mesh = std::fs::read_to_string("tests/check/rules/networkpolicy-blocks/pass/objects.yaml").expect("a mesh");
    let mesh = mesh.split("---\napiVersion: networking.k8s.io/v1").next().expect("the mesh before its policies");
    let arrives = |values: &str| {
        let values = format!("# chart: consul 1.4.10\n{values}\n");
        let project = Project::bare().file("mesh.yaml", mesh).file("values.yaml", &values);
        answer(&project, &["mesh.yaml", "values.yaml"])["summary"]["arrives"].clone()
    };
    assert_eq!(arrives("connectInject: {enabled: true}"), true);
    for fails in [
        "connectInject: {enabled: true}\nserver: {replicas: 3, bootstrapExpect: 1}",
        "connectInject: {enabled: true}\nglobal: {gossipEncryption: {secretName: a}}",
        "connectInject: {enabled: true}\nglobal: {federation: {enabled: true}}",
        "connectInject: {enabled: true}\nglobal: {peering: {enabled: true}}",
        "connectInject: {enabled: true}\nexternalServers: {enabled: true}",
        "connectInject: {enabled: true}\nglobal: {adminPartitions: {enabled: true}}",
        "connectInject: {enabled: true}\ningressGateways: {enabled: true, gateways: [{name: a}, {name: a}]}",
        "connectInject: {enabled: true}\nmeshGateway: {enabled: true, wanAddress: {source: Static}}",
        "connectInject: {enabled: true, k8sAllowNamespaces: shop}",
        "connectInject: {enabled: true, annotations: x}",
        "connectInject: {enabled: true}\nglobal: {acls: true}",
    ] {
        assert_eq!(arrives(fails), false, "{fails}");
    }
}

const CHART: &str = "apiVersion: v2\nname: shop\nversion: 1.0.0\ndependencies:\n- {name: redis, version: 1.x, alias: cache}\n\
    - {name: common, version: 2.x, repository: https://example.com}\n";

fn shop() -> Project {
    Project::bare()
        .file("shop/Chart.yaml", CHART)
        .file("shop/values.yaml", "image: {tag: a}\nreplicas: 1\n")
        .file("shop/templates/a.yaml", "kind: {{ .Values.image.tag }}{{ .Values.replicas }}\n")
        .file("shop/charts/redis/Chart.yaml", "apiVersion: v2\nname: redis\nversion: 1.2.3\n")
        .file("shop/charts/redis/values.yaml", "port: 6379\n")
        .file("shop/charts/redis/values.schema.json", r#"{"properties": {"port": {"type": "integer"}}}"#)
}

#[test]
fn a_chart_of_the_command_line_judges_its_values_wherever_they_are() {
    // A file that says no chart is for the only one that is given.
    let project = shop().file("own.yaml", "imgae: {tag: b}\ncache: {port: x}\ncommon: {a: 1}\n");
    let chart = ["--chart", "shop"];
    let expected = ["chart-values-schema own.yaml", "chart-values-unknown-key own.yaml"];
    let mut all = found(&project, &[&["own.yaml"], &chart[..]].concat());
    all.sort();
    assert_eq!(all, expected);
    let text = project.run(&["check", "own.yaml", "--chart", "shop"]);
    assert!(text.stdout.contains("did you mean `image`?"), "{}", text.stdout);
    assert!(text.stdout.contains("`cache.port` is a string, not an integer"), "{}", text.stdout);
    // Files that are found must say theirs, and releases do.
    let release = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: shop, namespace: shop}\nspec:\n  \
        chart: {spec: {chart: ./charts/shop, sourceRef: {kind: GitRepository, name: all}}}\n  values: {replica: 2, cache: {port: z}}\n";
    let project = shop()
        .file("tree/values.yaml", "# chart: shop\nreplicsa: 2\n")
        .file("tree/other.yaml", "replicsa: 2\n")
        .file("flux/release.yaml", release);
    let of = |folder: &str| found(&project, &[&[folder], &chart[..]].concat());
    assert_eq!(of("tree"), ["chart-values-unknown-key tree/values.yaml"]);
    assert_eq!(of("flux").len(), 2, "{:?}", of("flux"));
    assert_eq!(found(&project, &["flux"]), Vec::<String>::new());
}

#[test]
fn files_of_one_chart_are_merged_before_its_schema_judges_them() {
    let project = shop()
        .file(
            "shop/values.schema.json",
            r#"{"required": ["region"], "properties": {"region": {}, "replicas": {"maximum": 3}}}"#,
        )
        .file("a.yaml", "replicas: 9\n")
        .file("b.yaml", "replicas: 2\nregion: eu\n");
    assert_eq!(found(&project, &["a.yaml", "--chart", "shop"]).len(), 2);
    assert_eq!(found(&project, &["a.yaml", "b.yaml", "--chart", "shop"]), Vec::<String>::new());
}

#[test]
fn what_is_no_chart_is_refused() {
    let project =
        shop().file("x/a.yaml", "a: 1\n").file("bad/Chart.yaml", "name: a\n").file("bad/values.schema.json", "{");
    let refused = |path: &str, message: &str| {
        project.run(&["check", "x/a.yaml", "--chart", path]).refuses(&[message]);
    };
    refused("none", "`--chart none` is not a directory");
    refused("x", "`x` has no Chart.yaml");
    refused("bad", "`bad/values.schema.json` is not valid JSON");
}
