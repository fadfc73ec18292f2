//! Many renders: a platform that owns what clusters share, what a change concerns, findings that are told once.

use crate::cli::project::Project;
use crate::common::tables::formats;
use serde_json::Value;
use std::process::Command;

const FLEET: &str = "\
renders:
  platform: [fleet, platform]
  \"clusters/*\": [fleet, cluster, \"clusters/*\"]
";

const PLATFORM: &str = "\
consul: {manage: existing}
jaeger: {backend: external, external: {address: 'simplest-collector.observability.svc:9411'}}
ingress: {kind: none}
services: {web: null, api: null}
vars: {platform: true}
";

const NAMESPACES: &str = "\
{% for name in [\"consul\", \"observability\", \"shop\"] if vars.platform %}
---
apiVersion: v1
kind: Namespace
metadata: {name: {{ name }}}
{% endfor %}
";

/// The example of docs/fleets.md.
fn fleet() -> Project {
    Project::bare()
        .file("meshtrace.yaml", FLEET)
        .profile("fleet", "extends: [dev, modern]\napps: {namespace: shop}\nvars: {platform: false}\n")
        .profile("platform", PLATFORM)
        .profile("cluster", "namespaces: {create: false}\n")
        .template(
            "manifests/40-mesh/proxydefaults.yaml",
            "{% if not vars.platform %}{% include \"builtin:manifests/40-mesh/proxydefaults.yaml\" %}{% endif %}\n",
        )
        .template("manifests/00-namespaces/namespaces.yaml", NAMESPACES)
        .profile("clusters/eu-1", "consul: {datacenter: eu-1}\n")
        .profile("clusters/eu-2", "consul: {datacenter: eu-2}\n")
        .profile("clusters/us-1", "extends: us\n")
        .profile("us", "consul: {datacenter: us-1}\n")
}

fn git(project: &Project, arguments: &[&str]) {
    let output = Command::new("git")
        .args(["-c", "user.name=a", "-c", "user.email=a@example.com"])
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .current_dir(project.path(""))
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn committed() -> Project {
    let project = fleet();
    project.run(&["render"]).ok();
    git(&project, &["init", "-q", "-b", "main"]);
    git(&project, &["add", "-A"]);
    git(&project, &["commit", "-q", "-m", "x"]);
    project
}

fn names(project: &Project, args: &[&str]) -> Vec<String> {
    let run = project.run(&[&["show", "renders", "--format", "json"], args].concat());
    assert_eq!(run.code, 0, "{}", run.stderr);
    let list: Value = serde_json::from_str(&run.stdout).unwrap();
    list.as_array().unwrap().iter().map(|render| render["name"].as_str().unwrap().to_owned()).collect()
}

const ALL: [&str; 4] = ["platform", "clusters/eu-1", "clusters/eu-2", "clusters/us-1"];

#[test]
fn renders_are_listed_for_a_matrix() {
    let project = fleet();
    assert_eq!(names(&project, &[]), ALL);
    assert_eq!(names(&project, &["clusters/eu-*"]), ["clusters/eu-1", "clusters/eu-2"]);
    let list = project.run(&["show", "renders", "clusters/us-1"]).ok();
    assert_eq!(list, "clusters/us-1  fleet,cluster,clusters/us-1\n");
    let json: Value = serde_json::from_str(&project.run(&["show", "renders", "--format", "json"]).ok()).unwrap();
    assert_eq!(json[0]["dir"], "out/platform");
    assert_eq!(json[0]["profiles"], serde_json::json!(["fleet", "platform"]));
    assert_eq!(project.run(&["show", "renders", "nowhere"]).code, 2);
}

#[test]
fn what_clusters_share_is_rendered_once() {
    let project = fleet();
    project.run(&["render"]).ok();
    let has = |render: &str, path: &str| project.path(&format!("out/{render}/manifests/{path}")).exists();
    for render in &ALL[1..] {
        assert!(!has(render, "00-namespaces") && has(render, "50-apps"), "{render}");
    }
    assert!(has("platform", "00-namespaces/namespace-shop.yaml"));
    for folder in ["20-jaeger", "40-mesh", "50-apps"] {
        assert!(!has("platform", folder), "{folder}");
    }
    project.run(&["check", "--quiet"]).ok();
}

#[test]
fn since_selects_what_a_change_concerns() {
    let project = committed();
    let since = |expected: &[&str]| assert_eq!(names(&project, &["--since", "HEAD"]), expected);
    since(&[]);
    let run = project.run(&["render", "--since", "HEAD"]);
    assert_eq!((run.code, &*run.stderr), (0, "no render depends on what changed since `HEAD`\n"));
    for (file, text, expected) in [
        ("profiles/clusters/eu-2.yaml", "consul: {datacenter: eu-two}\n", &ALL[2..3]),
        // Through `extends`.
        ("profiles/us.yaml", "consul: {datacenter: us-one}\n", &ALL[3..]),
        ("profiles/cluster.yaml", "namespaces: {create: false}\njaeger: {logLevel: debug}\n", &ALL[1..]),
        ("profiles/base.yaml", "vars: {x: 1}\n", &ALL[..]),
        ("profiles/unused.yaml", "vars: {x: 1}\n", &[]),
        ("templates/manifests/50-apps/mine.yaml", "{# nothing #}\n", &ALL[..]),
        ("files/x.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, namespace: default}\n", &ALL[..]),
        ("meshtrace.yaml", &*FLEET.replace("[fleet, platform]", "[fleet, platform, debug]"), &ALL[..1]),
        ("meshtrace.yaml", &*format!("{FLEET}check: {{deny: {{warnings: strict}}}}\n"), &ALL[..]),
        ("README.md", "mine\n", &[]),
    ] {
        project.put(file, text);
        since(expected);
        git(&project, &["checkout", "-q", "--", "."]);
        git(&project, &["clean", "-q", "-f", "-d"]);
    }
    // A new cluster, and one that is gone.
    project.put("profiles/clusters/ap-1.yaml", "consul: {datacenter: ap-1}\n");
    std::fs::remove_file(project.path("profiles/clusters/eu-1.yaml")).unwrap();
    since(&["clusters/ap-1"]);
    let run = project.run(&["render", "--since", "HEAD", "--check"]);
    assert!(run.code == 1 && run.stderr.contains("`out/clusters/eu-1` was rendered"), "{}", run.stderr);
    assert!(!run.stderr.contains("out/clusters/eu-2"), "{}", run.stderr);
}

#[test]
fn since_selects_in_diff_and_check_too() {
    let project = committed();
    project.put("profiles/us.yaml", "consul: {datacenter: us-one}\n");
    let diff = project.run(&["diff", "--since", "HEAD", "--summary"]);
    assert!(diff.code == 1 && diff.stdout.contains("us-1") && !diff.stdout.contains("eu-1"), "{}", diff.stdout);
    let check = project.run(&["check", "--since", "HEAD", "--format", "json"]);
    let json: Value = serde_json::from_str(&check.stdout).unwrap();
    let sets: Vec<&str> = json["paths"].as_array().unwrap().iter().filter_map(|path| path["set"].as_str()).collect();
    assert!(!sets.is_empty() && sets.iter().all(|set| *set == "clusters/us-1"), "{sets:?}");
    git(&project, &["checkout", "-q", "--", "."]);
    let nothing = project.run(&["check", "--since", "HEAD"]);
    assert_eq!((nothing.code, &*nothing.stdout), (0, ""), "{}", nothing.stderr);
    assert_eq!(nothing.stderr, "no render depends on what changed since `HEAD`\n");
    let unknown = project.run(&["render", "--since", "nowhere"]);
    assert!(unknown.code == 2 && unknown.stderr.contains("git does not know the revision `nowhere`"));
    assert_eq!(project.run(&["render", "-p", "dev", "-o", "x", "--since", "HEAD"]).code, 2);
    assert_eq!(project.run(&["check", "out/platform", "--since", "HEAD"]).code, 2);
    assert_eq!(project.run(&["diff", "-p", "dev", "--since", "HEAD"]).code, 2);
}

#[test]
fn renders_are_compared_by_name() {
    let project = committed();
    project.put("profiles/cluster.yaml", "namespaces: {create: false}\njaeger: {logLevel: debug}\n");
    for args in [&["diff", "clusters/eu-*", "--summary"][..], &["diff", "clusters/eu-*", "git:HEAD", "--summary"]] {
        let run = project.run(args);
        assert_eq!(run.code, 1, "{}", run.stderr);
        assert!(run.stdout.contains("same in 2: clusters/eu-1, clusters/eu-2"), "{}", run.stdout);
        assert!(!run.stdout.contains("us-1") && !run.stdout.contains("platform"), "{}", run.stdout);
    }
    assert_eq!(project.run(&["diff", "platform"]).code, 0);
    assert_eq!(project.run(&["diff", "clusters/nowhere"]).code, 2);
}

#[test]
fn renders_are_checked_by_name() {
    let project = fleet();
    let sets = |args: &[&str]| -> Vec<String> {
        let run = project.run(&[&["check", "--format", "json"], args].concat());
        let json: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{}", run.stderr));
        let mut sets: Vec<String> = Vec::new();
        for path in json["paths"].as_array().unwrap() {
            sets.push(path["set"].as_str().unwrap().to_owned());
        }
        sets.sort();
        sets.dedup();
        sets
    };
    assert_eq!(sets(&["clusters/eu-1"]), ["clusters/eu-1"]);
    assert_eq!(sets(&["clusters/eu-*"]), ["clusters/eu-1", "clusters/eu-2"]);
    let missing = project.run(&["check", "clusters/nowhere"]);
    assert!(missing.code == 2 && missing.stderr.contains("does not exist"), "{}", missing.stderr);
}

#[test]
fn equal_changes_and_findings_are_told_once_with_their_renders() {
    let project = committed();
    project.put("profiles/cluster.yaml", "namespaces: {create: false}\njaeger: {logLevel: debug}\n");
    let all = "clusters/eu-1, clusters/eu-2, clusters/us-1";
    let diff = project.run(&["diff"]).stdout;
    assert!(diff.contains(&format!("same in 3: {all}")), "{diff}");
    project.put("profiles/cluster.yaml", "namespaces: {create: false}\nconsul: {values: {global: {imageEnvoy: x}}}\n");
    // JSON has a list of them.
    for format in formats(&["check"]).iter().filter(|format| *format != "json") {
        let check = project.run(&["check", "--format", format]).stdout;
        assert!(check.contains(&format!("same in 3: {all}")), "{format}: {check}");
    }
    let json: Value = serde_json::from_str(&project.run(&["check", "--format", "json"]).stdout).unwrap();
    let renders = serde_json::json!(&ALL[1..]);
    assert!(json["findings"].as_array().unwrap().iter().any(|finding| finding["renders"] == renders), "{json:#}");
}
