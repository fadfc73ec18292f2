//! Which levels apply to which ids, and what `explain` prints about ids.

use crate::cli::project::Project;
use crate::common::tables::formats;
use snapbox::str;

#[test]
fn explain_shows_what_breaks_a_rule_and_what_does_not() {
    let text = Project::bare().run(&["explain", "collector-port"]).ok();
    let (fails, passes) = text.split_once("passes:").expect("both");
    assert!(fails.contains("9412") && !passes.contains("9412"), "{text}");
    assert!(passes.contains("# 2 documents as above") || passes.contains("# 1 document as above"), "{text}");
}

/// A project with these levels whose profile gives the warning `yaml-key`.
fn warned(levels: &str) -> Project {
    Project::new()
        .profile("site", "extends: dev\njaeger: {spec: {ingress: {annotations: {on: a}}}}\n")
        .file("meshtrace.yaml", format!("requires: \"0.1\"\nrenders: {{site: [site]}}\n{levels}"))
}

#[test]
fn levels_apply_to_warnings_of_stages() {
    let says = |levels: &str, args: &[&str]| {
        let run = warned(levels).run(args);
        (run.code, format!("{}{}", run.stdout, run.stderr))
    };
    for command in ["render", "check"] {
        let (code, text) = says("", &[command]);
        assert!(code == 0 && text.contains("warning[yaml-key]"), "{command}: {text}");
        let (code, text) = says("check: {allow: {yaml-key: ours}}\n", &[command]);
        assert!(code == 0 && !text.contains("yaml-key"), "{command}: {text}");
        let (code, text) = says("check: {deny: {yaml-key: ours}}\n", &[command]);
        assert!(code != 0 && text.contains("error[yaml-key]"), "{command}: {text}");
    }
    for id in ["yaml-key", "warnings"] {
        let (code, text) = says("", &["check", "--deny", id]);
        assert!(code == 1 && text.contains("error[yaml-key]"), "{text}");
    }
    let (_, text) = says("check: {warn: {yaml-key: ours}}\n", &["check", "--deny", "warnings"]);
    assert!(text.contains("warning[yaml-key]") && !text.contains("error[yaml-key]"), "{text}");
}

#[test]
fn levels_without_effect_are_reported() {
    let text = |levels: &str, args: &[&str]| warned(levels).run(args).stdout;
    let allowed = text("check: {allow: {missing-key: why}}\n", &["check"]);
    assert!(
        allowed.contains("`missing-key` is an error that the command cannot go on with, and cannot be allowed"),
        "{allowed}"
    );
    assert!(allowed.contains("meshtrace.yaml:3:"), "{allowed}");
    let warned = text("check: {warn: {usage: why}}\n", &["check"]);
    assert!(
        warned.contains("`usage` is an error that the command cannot go on with, and cannot be made a warning"),
        "{warned}"
    );
    let diff = text("", &["check", "--deny", "unused-ignore"]);
    assert!(diff.contains("`unused-ignore` is a warning of `diff`, which has no levels"), "{diff}");
    let denied = text("check: {deny: {missing-key: why}}\n", &["check"]);
    assert!(!denied.contains("missing-key"), "{denied}");
}

#[test]
fn explain_suggests_ids() {
    Project::bare().run(&["explain", "template-undefind"]).refuses(&["did you mean `template-undefined`?"]);
}

#[test]
fn a_level_for_a_rule_that_does_not_exist_is_an_error() {
    let project = Project::new().profile("site", "extends: dev\n");
    project.run(&["check", "--deny", "collector-prot"]).fails(str![[r#"
error[unknown-rule]: there is no rule `collector-prot`
 |
 = help: did you mean `collector-port`?


"#]]);
    project.run(&["render"]).ok();
    project.run(&["check", "--deny", "warning", "out/site"]).fails(str![[r#"
error[unknown-rule]: there is no rule `warning`
 |
 = help: did you mean `warnings`?


"#]]);
    for level in ["allow", "warn", "deny"] {
        let renders = format!("renders: {{site: [site]}}\ncheck: {{{level}: {{yaml-kye: a reason}}}}\n");
        let project = Project::bare().file("meshtrace.yaml", renders).profile("site", "extends: dev\n");
        let run = project.run(&["check"]);
        assert_eq!(run.code, 2, "{}", run.stderr);
        for part in ["there is no rule `yaml-kye`", "meshtrace.yaml:2:", "did you mean `yaml-key`?"] {
            assert!(run.stderr.contains(part), "{part}: {}", run.stderr);
        }
    }
}

#[test]
fn strict_fails_where_it_cannot_be_told_whether_spans_arrive() {
    let project = Project::new().profile("site", "extends: dev\n");
    project.run(&["render"]).ok();
    // Without the values of the chart nobody knows its version.
    let mesh = "out/site/manifests/40-mesh";
    let run = project.run(&["check", mesh]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("spans arrive: unknown"), "{}", run.stdout);
    for format in &formats(&["check"]) {
        let strict = project.run(&["check", mesh, "--strict", "--format", format]);
        assert_eq!(strict.code, 1, "{}", strict.stderr);
        assert!(strict.stderr.contains("--strict: it cannot be told whether the spans of"), "{}", strict.stderr);
    }
    project.run(&["check", "--strict"]).ok();
}

#[test]
fn quiet_prints_errors_and_the_last_line() {
    let project = Project::new().profile("site", "extends: dev\nconsul: {values: {global: {imageEnvoy: x}}}\n");
    let loud = project.run(&["check"]);
    let quiet = project.run(&["check", "--quiet"]);
    assert_eq!(quiet.code, loud.code);
    assert!(loud.stdout.contains("warning["), "{}", loud.stdout);
    assert!(!quiet.stdout.contains("info:") && !quiet.stdout.contains("warning["), "{}", quiet.stdout);
    let last = |text: &str| text.lines().find(|line| line.starts_with("spans arrive:")).unwrap().to_owned();
    assert_eq!(quiet.stdout.lines().last().unwrap(), last(&loud.stdout.lines().rev().collect::<Vec<_>>().join("\n")));
    let clean = Project::new().profile("site", "extends: dev\n");
    let run = clean.run(&["check", "--quiet"]);
    assert_eq!((run.code, run.stdout.lines().count(), &*run.stderr), (0, 1, ""), "{}", run.stdout);
    let denied = clean.run(&["check", "--quiet", "--deny", "jaeger-v1-eol"]);
    assert!(denied.code == 1 && denied.stdout.starts_with("error[jaeger-v1-eol]"), "{}", denied.stdout);
}
