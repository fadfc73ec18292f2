//! Which levels apply to which ids, and what `explain` prints about ids.

use crate::cli::project::Project;

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
    let slip = text("check: {allow: {yaml-kye: why}}\n", &["check"]);
    assert!(slip.contains("there is no rule `yaml-kye`") && slip.contains("did you mean `yaml-key`?"), "{slip}");
}

#[test]
fn explain_suggests_ids() {
    Project::bare().run(&["explain", "template-undefind"]).refuses(&["did you mean `template-undefined`?"]);
}
