//! What people look at: the table of `check`, pages, pictures, help and completion.

use crate::cli::project::Project;
use crate::common::bless;
use std::path::Path;

fn golden(name: &str, text: &str) {
    bless::file(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/looks").join(name), text);
}

/// A mesh with a gateway, a service behind it without a sidecar, one with tcp, and an address that does not resolve.
fn broken() -> Project {
    let project = Project::bare()
        .file("profiles/site.yaml", "extends: dev\nservices: {ledger: {protocol: tcp}, web: {calls: [api]}}\n");
    project.run(&["render", "-p", "site", "-o", "site", "--profiles", "profiles"]).ok();
    let file = "site/manifests/40-mesh/proxydefaults-global.yaml";
    project.put(file, project.read(file).replace("simplest-collector.observability.svc.cluster.local", "collector"));
    project
}

#[test]
fn a_clean_report_has_less_than_ten_lines_of_eighty_columns() {
    let allowed = "requires: \"0.1\"\ncheck: {allow: {jaeger-v1-eol: \"we migrate in May\"}}\n";
    let project = Project::bare().file("meshtrace.yaml", allowed);
    let text = project.run(&["check", "-p", "dev"]).ok();
    assert!(text.lines().count() < 10, "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    assert!(text.lines().last().unwrap().starts_with("spans arrive: yes"), "{text}");
    golden("check-clean.txt", &text);
    golden("check-clean.ansi", &project.run(&["check", "-p", "dev", "--color", "always"]).ok());
}

#[test]
fn a_broken_report_says_where_and_what_makes_no_spans() {
    let project = broken();
    let run = project.run(&["check", "site", "--color", "always"]);
    assert_eq!(run.code, 1);
    golden("check-broken.ansi", &run.stdout);
    let text = project.run(&["check", "site"]).stdout;
    let (_, table) = text.split_once("service  ").expect("a table");
    assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
    assert!(table.contains("ledger") && table.contains("no spans: tcp by its ServiceDefaults"), "{table}");
    let json: serde_json::Value =
        serde_json::from_str(&project.run(&["check", "site", "--format", "json"]).stdout).unwrap();
    assert_eq!(json["untraced"][0]["service"], "ledger");
}

#[test]
fn several_sets_have_one_heading_each() {
    let project = Project::bare();
    for name in ["a", "b"] {
        project.run(&["render", "-p", "dev", "-o", name]).ok();
    }
    let text = project.run(&["check", "a", "b"]).ok();
    assert_eq!(text.lines().filter(|line| matches!(*line, "a:" | "b:")).collect::<Vec<_>>(), ["a:", "b:"], "{text}");
    assert_eq!(text.matches("ingress-no-root-span").count(), 1, "{text}");
}

#[test]
fn help_and_explanations_fit_eighty_columns() {
    let project = Project::bare();
    let width = |args: &[&str], columns: &str| {
        let output = project.command("", args).env("COLUMNS", columns).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    for command in ["render", "check", "diff", "inject", "fix", "explain"] {
        for columns in ["80", "120"] {
            let text = width(&[command, "--help"], columns);
            let most: usize = columns.parse().unwrap();
            let long: Vec<&str> = text.lines().filter(|line| line.chars().count() > most).collect();
            assert!(long.is_empty(), "{command} at {columns}: {long:#?}");
        }
        golden(&format!("help-{command}.txt"), &width(&[command, "--help"], "80"));
    }
    for key in ["jaeger.strategy", "consul.gossip.mode", "check.allow", "assumptions", "jaeger.storage.maxTraces"] {
        let text = project.run(&["explain", key]).ok();
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        golden(&format!("explain-{key}.txt"), &text);
    }
}

#[test]
fn a_picture_is_drawn_in_each_language_for_profiles_renders_and_files() {
    let project = broken();
    let svg = project.run(&["show", "graph", "-p", "dev"]).ok();
    assert!(svg.starts_with("<svg ") && svg.contains("simplest-collector:9411"), "{svg}");
    let mermaid = project.run(&["show", "graph", "site", "--format", "mermaid"]).ok();
    golden("graph-broken.mmd", &mermaid);
    let dot = project.run(&["show", "graph", "site", "--format", "dot"]).ok();
    assert!(dot.starts_with("digraph mesh {") && dot.trim_end().ends_with('}'), "{dot}");
    let markdown = project.run(&["check", "site", "--format", "markdown"]).stdout;
    assert!(markdown.contains("```mermaid\nflowchart LR\n"), "{markdown}");
    project.run(&["show", "graph", "nothing-there"]).refuses(&["does not exist"]);
}

#[test]
fn pages_ask_for_nothing_and_hide_secrets() {
    let project = broken();
    project.put(
        "site/manifests/50-apps/secret-x.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: x, namespace: a}\nstringData: {password: hunter2-hunter2}\n",
    );
    for args in [&["check", "site", "--format", "html"][..], &["diff", "site", "profile:dev", "--format", "html"]] {
        let page = project.run(args).stdout;
        assert!(page.starts_with("<!doctype html>\n") && page.contains("default-src 'none'"), "{args:?}");
        for bad in ["<script", "http://", "https://", "src=", "style=\"", "hunter2", "url("] {
            let page = page.replace("http://www.w3.org/2000/svg", "");
            let at = page.find(bad).filter(|_| bad != "http://" && bad != "https://");
            assert!(at.is_none(), "{args:?}: {bad}: {}", &page[at.unwrap_or(0)..][..200.min(page.len())]);
        }
        let open = page.matches("<details").count();
        assert_eq!(open, page.matches("</details>").count(), "{args:?}");
    }
}

#[test]
fn a_value_of_the_wrong_shape_is_told_the_right_one() {
    let project = Project::new().profile(
        "site",
        "extends: dev\nconsul: {servers: 3, tls: true}\njaeger: {storage: memory}\ntracing: {sampling: 10}\nservices: [web, api]\napps: shop\n",
    );
    let text = project.run(&["render", "-p", "site"]).stderr;
    for help in [
        "write `servers: {replicas: 3}`",
        "write `tls: {enabled: true}`",
        "write `storage: {type: memory}`",
        "write `sampling: {percent: 10}`",
        "write a map with a key for each: `services: {web: {}, api: {}}`",
        "write `apps: {namespace: shop}`",
    ] {
        assert!(text.contains(help), "{help} is not in\n{text}");
    }
    project.run(&["render", "-p", "dev", "--set", "consul.servers=3"]).refuses(&["use `consul.servers.replicas=3`"]);
    project.run(&["explain", "jaeger.storage.typ"]).refuses(&["did you mean `jaeger.storage.type`?"]);
    project.run(&["explain", "consul.replicas"]).refuses(&["did you mean `consul.servers.replicas`?"]);
    // Several keys of a service are strings, so none is meant more than another.
    let text = project.run(&["render", "-p", "dev", "--set", "services.web=x"]).stderr;
    assert!(text.contains("expected a map") && !text.contains("use `"), "{text}");
}

#[test]
fn keys_of_the_project_file_and_choices_are_explained_without_their_neighbors() {
    let project = Project::bare();
    assert!(project.run(&["explain", "check.allow"]).ok().contains("a map from rules to reasons"));
    let text = project.run(&["explain", "jaeger.storage.maxTraces"]).ok();
    assert!(text.contains("how many traces memory keeps") && !text.contains("cassandra"), "{text}");
    let text = project.run(&["explain", "services.web.replicas"]).ok();
    assert!(!text.contains("UPSTREAM_URIS") && text.contains("as in Kubernetes"), "{text}");
    let text = project.run(&["explain", "consul.gossip.mode"]).ok();
    assert!(text.contains("auto              the chart creates the key"), "{text}");
}

#[test]
fn a_shell_completes_names_that_only_the_project_knows() {
    let project = Project::new()
        .profile("site-eu", "# The site in Europe.\nextends: dev\n")
        .file("meshtrace.yaml", "requires: \"0.1\"\nrenders: {eu-prod: [site-eu]}\n");
    let complete = |words: &[&str]| {
        let index = (words.len() - 1).to_string();
        let mut args = vec!["--"];
        args.extend(words);
        let mut command = project.command("", &args);
        command.env("COMPLETE", "bash").env("_CLAP_COMPLETE_INDEX", index).env("_CLAP_IFS", "\n");
        command.env("_CLAP_COMPLETE_COMP_TYPE", "9").env("_CLAP_COMPLETE_SPACE", "true");
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    for (words, expected) in [
        (&["meshtrace", "render", "-p", "site"][..], "site-eu"),
        (&["meshtrace", "render", "eu"], "eu-prod"),
        (&["meshtrace", "render", "--set", "consul.gossip.mo"], "consul.gossip.mode="),
        (&["meshtrace", "render", "--set", "consul.gossip.mode=v"], "consul.gossip.mode=vault"),
        (&["meshtrace", "check", "--deny", "collector-po"], "collector-port"),
        (&["meshtrace", "check", "--format", "h"], "html"),
        (&["meshtrace", "explain", "jaeger.stra"], "jaeger.strategy"),
        (&["meshtrace", "explain", "check.al"], "check.allow"),
        (&["meshtrace", "show", "gr"], "graph"),
    ] {
        let found = complete(words);
        assert!(found.lines().any(|line| line == expected), "{words:?}: {found}");
    }
    assert!(project.run(&["completions", "bash"]).ok().contains("COMPLETE=\"bash\""));
}
