//! Very many mistakes: they cost little more than one, the first of each rule are printed, and the counts are right.

use crate::cli::project::Project;
use crate::common::tables::formats;
use serde_json::Value;

/// The number of anything: large enough that quadratic time would not end.
const MANY: usize = 20_000;

/// How many of a rule are printed for people, and how many for programs.
const READ: usize = 50;
const PARSED: usize = 1000;

fn nameless() -> String {
    "---\napiVersion: v1\nkind: ConfigMap\n".repeat(MANY)
}

#[test]
fn every_format_prints_the_first_of_a_rule_and_counts_the_rest() {
    let project = Project::new().file("a.yaml", nameless());
    let run = |format: &str| {
        let run = project.run(&["check", "a.yaml", "--format", format]);
        assert_eq!((run.code, &*run.stderr), (1, ""));
        run.stdout
    };
    let more = "and 19,950 more of `malformed`";
    let human = run("human");
    assert_eq!(human.matches("error[malformed]").count(), READ);
    assert!(human.contains(more) && human.contains("20000 errors, 0 warnings"), "{human}");
    let markdown = run("markdown");
    assert_eq!(markdown.matches("| error | `malformed` |").count(), READ);
    assert!(markdown.contains(more) && markdown.contains("20000 errors"), "{markdown}");
    let github = run("github");
    assert_eq!((github.matches("::error ").count(), github.lines().count()), (READ, READ + 1));
    assert!(github.ends_with(&format!("::notice title=malformed::{more}\n")), "{github}");
    let json: Value = serde_json::from_str(&run("json")).unwrap();
    assert_eq!(json["findings"].as_array().unwrap().len(), PARSED);
    assert_eq!(
        (&json["summary"]["errors"], &json["summary"]["truncated"]["malformed"]),
        (&MANY.into(), &19_000.into())
    );
    let sarif: Value = serde_json::from_str(&run("sarif")).unwrap();
    let run = &sarif["runs"][0];
    assert_eq!(run["results"].as_array().unwrap().len(), PARSED);
    let told = &run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"];
    assert_eq!(told, "and 19,000 more of `malformed`");
}

#[test]
fn a_few_findings_are_all_printed_without_a_count() {
    let project = Project::new().file("a.yaml", "apiVersion: v1\nkind: ConfigMap\n");
    for format in &formats(&["check"]) {
        let out = project.run(&["check", "a.yaml", "--format", format]).stdout;
        assert!(!out.contains("more of") && !out.contains("truncated") && !out.contains("invocations"), "{out}");
    }
}

#[test]
fn one_line_of_very_many_mistakes() {
    let keys: Vec<String> = (0..MANY).map(|n| format!("k{n}: 1")).collect();
    let project = Project::new().file("v.yaml", format!("{{{}}}", keys.join(",")));
    let last = "20000 errors, nothing was written";
    project.run(&["render", "-p", "dev", "-f", "v.yaml", "-o", "o"]).refuses(&[
        "v.yaml:1:2",
        "unknown key `k49`",
        last,
    ]);

    let names = vec!["dve"; MANY].join(",");
    let project = Project::new().file("meshtrace.yaml", format!("renders: {{a: [{names}]}}"));
    project.run(&["render"]).refuses(&["did you mean `dev`?", "and 19,950 more of `unknown-profile`"]);
    let names = vec!["dev"; MANY].join(",");
    Project::new().file("meshtrace.yaml", format!("renders: {{a: [{names}]}}")).run(&["render"]).ok();
}

#[test]
fn very_many_duplicates_of_an_object() {
    let object = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, namespace: d}\n";
    let many = object.repeat(MANY);
    let project = Project::new().file("a.yaml", &many).file("files/a.yaml", &many);
    project.run(&["check", "a.yaml"]).ok();
    assert_eq!(project.run(&["diff", "a.yaml", "a.yaml"]).ok(), "no differences\n");
    project.put("b.yaml", object);
    let run = project.run(&["diff", "a.yaml", "b.yaml"]);
    assert_eq!(run.stderr.matches("error[").count(), 1, "{}", run.stderr);
    run.refuses(&["ConfigMap `d/x` appears 20000 times in one file", "a.yaml:6:1"]);
    let project = project.profile("site", "extends: dev\n");
    project.run(&["render"]).refuses(&["appears twice under `files/`", "and 19,949 more of `duplicate-object`"]);

    // Each is also rendered by a template.
    let many: String = (0..2_000).map(|n| object.replace("name: x", &format!("name: x{n}"))).collect();
    let template =
        format!("{{% for n in range(2000) %}}\n{}{{% endfor %}}\n", object.replace("name: x", "name: x{{ n }}"));
    let project = Project::new().profile("site", "extends: dev\n").file("files/a.yaml", many);
    let project = project.template("manifests/x.yaml", &template);
    project.run(&["render"]).refuses(&["is also rendered by a template", "and 1,950 more of `duplicate-object`"]);
}

#[test]
fn wrong_names_among_very_many_right_ones() {
    let services: String = (0..5_000).map(|n| format!("  s-{n}: {{port: 1, calls: [z-{n}]}}\n")).collect();
    let project = Project::new().profile("site", format!("extends: dev\nservices:\n{services}"));
    project.run(&["render"]).refuses(&["calls `z-0`", "more of `unknown-service`"]);

    let jaegers =
        (0..5_000).map(|n| format!("---\napiVersion: jaegertracing.io/v1\nkind: Jaeger\nmetadata: {{name: j{n}}}\n"));
    let deployments = (0..5_000).map(|n| {
        format!(
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: d{n}, annotations: {{\"sidecar.jaegertracing.io/inject\": k{n}}}}}\nspec: {{template: {{spec: {{containers: [{{name: a, image: b}}]}}}}}}\n"
        )
    });
    let text: String = jaegers.chain(deployments).collect();
    let out = Project::new().file("a.yaml", text).run(&["check", "a.yaml"]);
    assert!(out.stdout.contains("there is no Jaeger `k0` among the files"), "{}", out.stdout);
}

#[test]
fn keys_of_one_config_map_in_a_diff() {
    let text = |odd: &str| -> String {
        let line = |n: usize| format!("  key-{n}: \"{}\"\n", if n.is_multiple_of(100) { odd } else { "same" });
        let head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: large}\ndata:\n".to_owned();
        head + &(0..MANY * 5).map(line).collect::<String>()
    };
    let project = Project::new().file("a.yaml", text("old")).file("b.yaml", text("new"));
    let out = project.run(&["diff", "a.yaml", "b.yaml"]);
    assert!(out.code == 1 && out.stdout.contains("data.key-99900: old -> new"), "{}{}", out.stdout, out.stderr);
}

#[test]
fn comments_that_allow() {
    let one = "---\n# meshtrace: allow malformed a reason\napiVersion: v1\nkind: ConfigMap\n";
    let project = Project::new().file("a.yaml", one.repeat(MANY));
    let text = project.run(&["check", "a.yaml"]).ok();
    assert!(text.replace("\n  ", " ").contains("0 errors, 0 warnings, 0 infos, 20000 allowed"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
}

#[test]
fn clusters_in_one_json_text() {
    let cluster = |n: usize| format!("{{\"name\": \"c{n}\", \"tpye\": 1}}");
    let clusters: Vec<String> = (0..MANY / 8).map(cluster).collect();
    let head = "apiVersion: consul.hashicorp.com/v1alpha1\nkind: ProxyDefaults\nmetadata: {name: global}\nspec:\n  config:\n    envoy_extra_static_clusters_json: ";
    for (text, place) in [
        (format!("{head}'{}'\n", clusters.join(", ")), "a.yaml:6:"),
        (format!("{head}|\n      {}\n", clusters.join(",\n      ")), "a.yaml:56:"),
    ] {
        let out = Project::new().file("a.yaml", text).run(&["check", "a.yaml"]);
        assert!(out.code == 1 && out.stdout.contains(place) && out.stdout.contains(" more of "), "{}", out.stdout);
    }
}

/// Gateways that all lead to one service, in as many namespaces: the number of paths is the product.
#[test]
fn paths_are_counted_and_only_the_first_are_kept() {
    let many = MANY / 20;
    let gateways = (0..many).map(|n| {
        format!("---\napiVersion: consul.hashicorp.com/v1alpha1\nkind: IngressGateway\nmetadata: {{name: g{n}, namespace: consul}}\nspec: {{listeners: [{{port: 1, protocol: http, services: [{{name: s}}]}}]}}\n")
    });
    let pods = (0..many).map(|n| {
        format!("---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: s, namespace: n{n}}}\nspec: {{selector: {{matchLabels: {{app: s}}}}, template: {{metadata: {{labels: {{app: s}}, annotations: {{\"consul.hashicorp.com/connect-inject\": \"true\"}}}}, spec: {{containers: [{{name: a, image: b}}]}}}}}}\n")
    });
    let project = Project::new().file("a.yaml", gateways.chain(pods).collect::<String>());
    let json: Value = serde_json::from_str(&project.run(&["check", "a.yaml", "--format", "json"]).stdout).unwrap();
    assert_eq!(json["paths"].as_array().unwrap().len(), 10_000);
    // A path for each pair, and one for each of the two on its own.
    assert_eq!(json["summary"]["truncated"]["paths"], many * many + 2 * many - 10_000);
    // A page has all paths that JSON has, equal ones in one place.
    let page = project.run(&["check", "a.yaml", "--format", "html"]).stdout;
    let told = "more for which some manifests are missing";
    assert!(page.len() < 4_000_000 && page.contains(told), "{} bytes", page.len());
    let without =
        |format: &&String| !matches!(format.as_str(), "json" | "html" | "sarif" | "github" | "gitlab" | "junit");
    for format in formats(&["check"]).iter().filter(without) {
        let out = project.run(&["check", "a.yaml", "--format", format]).stdout;
        assert!(
            out.len() < 100_000 && out.contains("and 1,001,950 more for which some manifests are missing"),
            "{out}"
        );
    }
}
