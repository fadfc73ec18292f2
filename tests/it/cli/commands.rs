//! All commands except `render`.

use crate::cli::project::Project;
use meshtrace::named::Named;
use meshtrace::report;
use snapbox::str;

#[test]
fn init_writes_a_project_that_renders_and_never_overwrites() {
    let project = Project::bare();
    project.run(&["init"]).says(
        0,
        str![],
        str![[r#"
meshtrace.yaml: written
profiles/site.yaml: written
the profile: Consul 2.0 and Jaeger v2 on a current cluster; `init --guide` begins with the guide's stack
next: describe your mesh in profiles/site.yaml, then run `meshtrace render`

"#]],
    );
    project.run(&["render"]).ok();
    project.run(&["render", "--check"]).ok();
    project.put("profiles/site.yaml", "mine\n");
    project.run(&["init"]).untouched().says(
        0,
        str![],
        str![[r#"
meshtrace.yaml: already exists, not changed
profiles/site.yaml: already exists, not changed
next: describe your mesh in profiles/site.yaml, then run `meshtrace render`

"#]],
    );
    project.run(&["init", "a/b"]).ok();
    assert!(project.path("a/b/meshtrace.yaml").is_file());
    Project::bare().file("x", "").run(&["init", "x"]).fails(str![[r#"
error[cannot-write]: cannot write `x/meshtrace.yaml`: a component of the path is a file, expected a directory

error[cannot-write]: cannot write `x/profiles/site.yaml`: a component of the path is a file, expected a directory


"#]]);
}

/// The commands that `--help` lists.
fn commands(project: &Project) -> Vec<String> {
    let help = project.run(&["--help"]).ok();
    let list = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let name = |line: &str| Some(line.strip_prefix("  ")?.split_once("  ")?.0.to_owned());
    list.lines().filter_map(name).filter(|name| !name.is_empty() && !name.starts_with(' ')).collect()
}

/// The row for `command` in the README's table of commands.
fn row<'t>(readme: &'t str, command: &str) -> Option<&'t str> {
    let table = readme.split("## Commands").nth(1)?.split("\n## ").next()?;
    let names = |line: &&str| {
        let cell = line.split(" | ").next().unwrap_or_default();
        cell.split('`').skip(1).step_by(2).any(|name| name.split(' ').next() == Some(command))
    };
    table.lines().filter(|line| line.starts_with("| `")).rfind(names)
}

#[test]
fn the_readme_names_every_command_and_every_format() {
    let project = Project::bare();
    let readme = include_str!("../../../README.md");
    let commands = commands(&project);
    assert!(commands.len() > 7, "{commands:?}");
    let missing: Vec<&String> = commands.iter().filter(|command| row(readme, command).is_none()).collect();
    assert!(missing.is_empty(), "README.md, Commands: these are missing: {missing:?}");
    let check: Vec<&str> = report::Format::ALL.iter().map(|format| format.name()).collect();
    let diff: Vec<&str> = report::diff::Format::ALL.iter().map(|format| format.name()).collect();
    for (command, formats) in [("check", check), ("diff", diff)] {
        let wanted = format!("`--format {}`", formats.join("\\|"));
        assert!(row(readme, command).unwrap().contains(&wanted), "README.md, Commands, `{command}`: {wanted}");
        let wanted = format!("[possible values: {}]", formats.join(", "));
        let help = project.run(&[command, "--help"]).ok().split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(help.contains(&wanted), "{help}");
    }
}

#[test]
fn completions_and_manuals_are_printed_for_each_shell_and_command() {
    let project = Project::bare();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        assert!(project.run(&["completions", shell]).ok().contains("meshtrace"), "{shell}");
    }
    project.run(&["completions", "tcsh"]).refuses(&["possible values"]);
    assert!(project.run(&["man"]).ok().starts_with(".ie"));
    let page = project.run(&["man", "check"]).ok();
    assert!(
        page.contains(".TH meshtrace-check 1 unreleased \"meshtrace ") || page.contains(".TH meshtrace-check 1 20")
    );
    assert!(page.contains(".SH EXAMPLES\n") && page.contains(".SH EXIT STATUS\n0 no errors; "));
    for command in commands(&project) {
        let command = command.as_str();
        assert!(project.run(&["man", command]).ok().contains(command), "{command}");
    }
    project.run(&["man", "rendr"]).fails(str![[r#"
error[usage]: unknown command `rendr`
 |
 = help: known commands: render, check, diff, inject, fix, show, explain, charts, init, argocd, completions, man


"#]]);
    assert!(project.run(&["--version"]).ok().starts_with("meshtrace 0."));
    for command in ["render", "check", "diff", "show", "explain", "charts", "init", "argocd", "completions", "man"] {
        assert!(project.run(&[command, "--help"]).ok().contains("Usage"));
    }
    assert_eq!(project.run(&[]).code, 2);
}

#[test]
fn every_key_is_explained() {
    let project = Project::bare();
    let origins = project.run(&["show", "values", "--origins"]).ok();
    let keys: Vec<&str> = origins.lines().filter_map(|line| line.split_once(": ")).map(|(key, _)| key).collect();
    assert!(keys.len() > 50, "{origins}");
    for key in keys {
        let text = project.run(&["explain", key]).ok();
        assert!(text.starts_with(&format!("{key}\n")), "{text}");
        assert!(text.lines().count() > 3, "{key} has no description:\n{text}");
    }
}

#[test]
fn explain_describes_a_key_and_where_it_was_set() {
    let project = Project::new().profile("site", "extends: dev\nconsul: {gossip: {mode: auto}}\n");
    project.run(&["explain", "consul.gossip.mode", "-p", "site"]).says(
        0,
        str![[r#"
consul.gossip.mode
  one of `auto`, `existing`, `external-secrets`, `vault`, `sops`, `off`

  auto              the chart creates the key
  existing          the key is in a Secret that exists
  external-secrets  the external-secrets operator fills the Secret from
                    `secrets.store`
  vault             the key is in Vault, at `secrets.gossip.path`
  sops              the Secret is a file below `files/` that SOPS encrypted
  off               gossip is not encrypted

  default  "off"  # builtin:profiles/base.yaml:[..]
  set      auto   # profiles/site.yaml:2:25
  is       auto   # profiles/site.yaml:2:25

"#]],
        "",
    );
    project.run(&["explain", "consul.gosip"]).fails(str![[r#"
error[unknown-key]: unknown key `consul.gosip`
 |
 = help: did you mean `consul.gossip`?


"#]]);
    project.run(&["explain", ""]).fails(str![[r#"
error[unknown-key]: unknown key ``
 |
 = help: `meshtrace show values` lists the keys, `meshtrace show rules` the rules


"#]]);
    project.run(&["explain", "services.web.port", "-p", "dev"]).ok();
    project.run(&["explain", "consul.values.global.image"]).ok();
    project.run(&["explain", "consul", "-p", "nosuch"]).refuses(&["nosuch"]);
}

#[test]
fn profiles_and_templates_are_listed_with_their_origin() {
    let project = Project::new().profile("site", "# ours\n").template("manifests/x.yaml", "");
    let text = project.run(&["show", "profiles"]).ok();
    assert!(text.lines().any(|line| line.starts_with("site ") && line.ends_with("ours  (yours)")), "{text}");
    assert!(text.lines().any(|line| line.starts_with("dev ") && !line.contains("(yours)")), "{text}");
    let text = project.run(&["show", "templates"]).ok();
    assert!(
        text.contains("manifests/x.yaml  (yours)\n") && text.contains("\nmanifests/40-mesh/proxydefaults.yaml\n"),
        "{text}"
    );
}

#[test]
fn values_are_shown_with_their_origin_even_if_they_are_invalid() {
    let project = Project::new().profile("site", "extends: dev\nconsul: {logLevel: debug}\n");
    let text = project.run(&["show", "values", "-p", "site", "--origins"]).ok();
    let line = text.lines().find(|line| line.starts_with("consul.logLevel: debug")).unwrap();
    assert!(line.ends_with("# profiles/site.yaml:2:20"), "{line}");
    project.put("profiles/site.yaml", "consul: {logLevel: no}\n");
    let run = project.run(&["show", "values", "-p", "site"]);
    assert_eq!(run.code, 2);
    assert!(run.stdout.contains("logLevel: ") && run.stderr.contains("site.yaml:1:20"), "{}{}", run.stdout, run.stderr);
}

#[test]
fn the_output_of_show_values_is_a_profile() {
    let project = Project::bare();
    let values = project.run(&["show", "values", "-p", "dev,debug"]).ok();
    project.put("profiles/again.yaml", &values);
    let again = project.run(&["show", "values", "-p", "again", "--profiles", "profiles"]).ok();
    assert_eq!(values, again);
}

#[test]
fn the_schema_is_json_and_contains_every_key() {
    let text = Project::bare().run(&["show", "schema"]).ok();
    let schema: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert!(schema["properties"]["consul"].is_object());
}

#[test]
fn show_versions_prints_the_table_of_charts_for_people_and_for_programs() {
    let text = Project::bare().run(&["show", "versions"]).ok();
    assert!(text.starts_with("Consul charts, read 20"), "{text}");
    for line in ["2.0.3   2.0.3    hashicorp/consul-dataplane:2.0.3", "1.6.10  apiGateway", "sources"] {
        assert!(text.contains(line), "{line}: {text}");
    }
    let json = Project::bare().run(&["show", "versions", "--format", "json"]).ok();
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let charts = json["charts"].as_array().expect("a list");
    assert_eq!(charts.len(), 9);
    assert_eq!((&charts[0]["consul"], &charts[0]["world"]), (&"1.12.3".into(), &"agents".into()));
    assert!(charts[8]["kinds"].as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind["kind"] == "HTTPRoute")));
    assert_eq!(json["asOf"].as_str().map(str::len), Some(10));
}
