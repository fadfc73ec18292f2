use super::*;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::Severity;
use crate::source::Sources;

fn read(text: &str) -> (Option<Project>, Vec<Finding>) {
    let (mut sources, mut found) = (Sources::default(), Findings::default());
    let source = sources.add(FILE, text);
    let project = parse(&sources, source, "0.1.0", &mut found);
    (project, found.into_iter().collect())
}

#[track_caller]
fn good(text: &str) -> Project {
    let (project, found) = read(text);
    assert!(found.is_empty(), "{found:#?}");
    project.unwrap()
}

fn show(finding: &Finding) -> String {
    let place = finding.place.as_ref().map_or("-".into(), |at| format!("{}:{}", at.line, at.column));
    format!("{} {place}: {} ({})", finding.rule, finding.message, finding.help.as_deref().unwrap_or("-"))
}

/// Each line of `expect` is the beginning of a finding, in order.
#[track_caller]
fn check_bad(text: &str, expect: &[&str]) {
    let (project, found) = read(text);
    assert!(project.is_none());
    let shown: Vec<String> = found.iter().map(show).collect();
    assert_eq!(shown.len(), expect.len(), "{shown:#?}");
    for (shown, expect) in shown.iter().zip(expect) {
        assert!(shown.starts_with(expect), "{shown}\n{expect}");
    }
}

fn names(list: &[&str]) -> Vec<String> {
    list.iter().map(|name| String::from(*name)).collect()
}

fn expanded(text: &str, profiles: &[&str]) -> (Vec<String>, Vec<Finding>) {
    let mut found = Findings::default();
    let renders = expand(&good(text), &names(profiles), &mut found);
    let shown = renders.iter().map(|render| {
        let profiles: Vec<&str> = render.profiles.iter().map(|name| name.text.as_str()).collect();
        format!("{}={}", render.name, profiles.join("+"))
    });
    (shown.collect(), found.into_iter().collect())
}

#[test]
fn every_key_is_read() {
    let project = good(
        r#"requires: "0.1"
out: ./deploy/rendered/
renders:
  dev: [dev]
  prod: production
  bare: []
check: {allow: {jaeger-v1-eol: "the guide's stack"}, warn: {a-b: x}, deny: {warnings: strict}}
diff: {ignore: [{kind: Deployment, namespace: shop, name: web, path: /metadata/annotations/build-id, reason: stamped by CI}]}
"#,
    );
    assert_eq!(project.out, "deploy/rendered");
    let profiles: Vec<usize> = project.renders.iter().map(|render| render.profiles.len()).collect();
    assert_eq!(profiles, [1, 1, 0]);
    assert_eq!(project.renders[0].profiles[0].place.as_ref().unwrap().line, 4);
    assert_eq!(
        (project.check.allow[0].rule.as_str(), project.check.allow[0].reason.as_str()),
        ("jaeger-v1-eol", "the guide's stack")
    );
    assert_eq!((project.check.warn.len(), project.check.deny[0].rule.as_str()), (1, "warnings"));
    let ignore = &project.diff_ignore[0];
    assert_eq!((ignore.kind.as_deref(), ignore.reason.as_str()), (Some("Deployment"), "stamped by CI"));
    assert_eq!(ignore.place.as_ref().unwrap().line, 8);
}

#[test]
fn an_empty_file_is_a_project_with_defaults() {
    assert_eq!(good(""), Project::default());
    assert_eq!(good("# nothing yet\n").out, "out");
}

#[test]
fn another_minor_version_is_refused_with_no_other_findings() {
    check_bad(
        "requires: \"0.2\"\nnew-key: 1\n",
        &[
            "requires 1:11: `meshtrace.yaml` requires meshtrace 0.2, but this is 0.1.0 (use meshtrace 0.2, or set `requires: \"0.1\"`",
        ],
    );
    check_bad(
        "requires: \"0.1.0\"",
        &["requires 1:11: `requires` must name a minor version such as `requires: \"0.1\"`"],
    );
    check_bad("requires: v0.1", &["requires 1:11: "]);
    check_bad("requires: \">=0.1\"", &["requires 1:11: "]);
    check_bad("requires: \"\"", &["requires 1:11: "]);
}

#[test]
fn an_unquoted_version_is_reported_as_a_number() {
    check_bad(
        "requires: 0.10",
        &[
            "wrong-type 1:11: `requires` must be a string, found a number (put the version in quotes: `requires: \"0.10\"`",
        ],
    );
    check_bad("requires:", &["wrong-type 1:"]);
}

#[test]
fn all_unknown_keys_are_reported_with_suggestions() {
    check_bad(
        "render: {}\nfoo: 1\ncheck: {alow: {}}\ndiff: {ignored: [], ignore: [{knid: Pod, reason: x}]}\n",
        &[
            "unknown-key 1:1: unknown key `render` (did you mean `renders`?)",
            "unknown-key 2:1: unknown key `foo` (known: `requires`, `out`, `renders`, `check`, `diff`)",
            "unknown-key 3:9: unknown key `check.alow` (did you mean `allow`?)",
            "unknown-key 4:8: unknown key `diff.ignored` (did you mean `ignore`?)",
            "unknown-key 4:31: unknown key `diff.ignore[].knid` (did you mean `kind`?)",
        ],
    );
}

#[test]
fn wrong_types_report_what_was_expected() {
    check_bad(
        "out: 1\nrenders: [dev]\ncheck: x\ndiff: {ignore: {}}\n",
        &[
            "wrong-type 1:6: `out` must be a string, found a number (put it in quotes: `\"1\"`)",
            "wrong-type 2:10: `renders` must be a map, found a list",
            "wrong-type 3:8: `check` must be a map, found a string",
            "wrong-type 4:16: `diff.ignore` must be a list of maps, found a map",
        ],
    );
    check_bad("renders: {a: [1], b: }", &["wrong-type 1:15: `renders.a` must be profile names", "wrong-type 1:2"]);
    check_bad(
        "diff: {ignore: [x, {name: 3, reason: r}]}",
        &["wrong-type 1:17: `diff.ignore[]` must be a map", "wrong-type 1:27: `diff.ignore[].name` must be a string"],
    );
    check_bad("- a", &["wrong-type 1:1: `meshtrace.yaml` must be a map"]);
    check_bad("out: a\n---\nout: b\n", &["several-documents 3:1"]);
}

#[test]
fn names_of_renders_stay_below_out() {
    for name in ["..", "../x", "a/../b", "/abs", "a//b", "a/", ".", "", r"a\b", "c:x", "a?b", r"a\u0000b", r"a\nb"] {
        let quoted =
            if name.contains("\\u") || name.contains("\\n") { format!("\"{name}\"") } else { format!("'{name}'") };
        check_bad(&format!("renders:\n  {quoted}: [dev]\n"), &["unsafe-path 2:3: the name of render"]);
    }
    check_bad(&format!("renders: {{{}: []}}", "a/".repeat(200)), &["unsafe-path"]);
    good("renders: {clusters/eu-1.prod: [], '한': []}");
}

#[test]
fn output_folders_are_never_hidden_or_git_directories() {
    for part in
        [".git", ".GIT", "git~1", "GIT~2", "'.git.'", "'.git '", r#"".g\u200Cit""#, r#"".git\uFEFF""#, ".github", ".x"]
    {
        check_bad(&format!("renders: {{{part}: [dev]}}"), &["unsafe-path 1:11: the name of render"]);
        let below = match part.chars().next() {
            Some(quote @ ('\'' | '"')) => format!("{quote}a/{}", &part[1..]),
            _ => format!("a/{part}/b"),
        };
        check_bad(&format!("out: {below}"), &["unsafe-path 1:6: `out` "]);
    }
    let (found_in, found) = expanded("renders: {'*': ['c/*']}", &["c/.git", "c/git~1", "c/a"]);
    assert_eq!(found_in, ["a=c/a"]);
    assert_eq!(found.len(), 2, "{found:?}");
    good("renders: {git: [], a.git: [], HEAD: []}");
}

#[test]
fn out_stays_next_to_the_file() {
    for out in ["/tmp/x", "../x", "a/../../b", r"a\b", "C:/x", "''", "a//b"] {
        check_bad(&format!("out: {out}"), &["unsafe-path 1:6: `out` "]);
    }
    assert_eq!(good("out: .").out, ".");
    assert_eq!(good("out: ./a/./b/").out, "a/b");
}

#[test]
fn every_level_needs_a_reason_and_a_rule_has_one_level() {
    check_bad(
        "check: {allow: {a: '', b: , c: 3}, deny: {d: one}, warn: {d: two}}",
        &[
            "missing-reason 1:20: `check.allow.a` has no reason",
            "missing-reason 1:2",
            "wrong-type 1:32: ",
            "two-levels 1:43: rule `d` is listed in both `warn` and `deny`",
        ],
    );
}

#[test]
fn an_ignore_rule_needs_a_reason_and_something_to_match() {
    check_bad(
        "diff:\n  ignore:\n  - {kind: Pod}\n  - {reason: x}\n  - {path: a/b, reason: x}\n  - {kind: Pod, reason: ' '}\n",
        &[
            "missing-reason 3:6",
            "ignores-everything 4:6",
            "wrong-value 5:12: `diff.ignore[].path` must be a JSON pointer",
            "missing-reason 6:",
        ],
    );
}

#[test]
fn a_pattern_expands_to_one_render_per_matching_profile() {
    let (renders, found) = expanded(
        "renders: {dev: [dev], 'clusters/*': [production, 'clusters/*'], 'x-*-y': ['teams/*/z']}",
        &["clusters/eu-2", "clusters/eu-1", "clusters/deep/er", "clusters", "production", "teams/a/z", "teams/b/q"],
    );
    assert!(found.is_empty(), "{found:#?}");
    assert_eq!(
        renders,
        [
            "dev=dev",
            "clusters/eu-1=production+clusters/eu-1",
            "clusters/eu-2=production+clusters/eu-2",
            "x-a-y=teams/a/z"
        ]
    );
}

#[test]
fn a_pattern_that_matches_nothing_is_a_warning() {
    let (renders, found) = expanded("renders: {'c/*': ['c/*']}", &["dev"]);
    assert!(renders.is_empty());
    assert_eq!((found.len(), found[0].severity), (1, Severity::Warning));
}

#[test]
fn both_sides_need_exactly_one_star() {
    check_bad(
        "renders: {'a/*': [dev]}",
        &["render-pattern 1:11: render `a/*`: its name contains a `*`, but none of its profiles does"],
    );
    check_bad(
        "renders: {a: ['c/*']}",
        &["render-pattern 1:11: render `a`: its profiles contain a `*`, but its name does not"],
    );
    check_bad(
        "renders: {'**': ['c/*', '*/*']}",
        &["render-pattern 1:11: `**` has more", "render-pattern 1:25: `*/*` has more"],
    );
}

#[test]
fn two_renders_in_one_folder_are_refused() {
    let clash = |text: &str, profiles: &[&str]| {
        let (_, found) = expanded(text, profiles);
        assert_eq!(found.len(), 1, "{found:#?}");
        assert_eq!((found[0].rule.as_str(), found[0].notes.len()), ("duplicate-render", 1));
        found[0].message.clone()
    };
    assert_eq!(clash("renders: {'c/*': ['c/*'], c/a: [dev]}", &["c/a"]), "two renders are named `c/a`");
    assert!(clash("renders: {Dev: [], dev: []}", &[]).contains("differ only in case"));
    assert_eq!(
        clash("renders: {a: [], b: [], a/b/c: []}", &[]),
        "render `a/b/c` is inside the directory of render `a`"
    );
}

#[test]
fn globs_select_renders_in_file_order() {
    let (mut found, project) =
        (Findings::default(), good("renders: {prod: [], clusters/eu-1: [], clusters/eu-2: [], dev: []}"));
    let renders = expand(&project, &[], &mut found);
    let pick = |globs: &[&str]| {
        let mut found = Findings::default();
        let chosen: Vec<String> = select(&renders, &names(globs), &mut found).into_iter().map(|one| one.name).collect();
        (chosen, found.iter().map(show).collect::<Vec<_>>())
    };
    assert_eq!(pick(&[]).0.len(), 4);
    assert_eq!(pick(&["dev", "clusters/*"]), (names(&["clusters/eu-1", "clusters/eu-2", "dev"]), vec![]));
    assert_eq!(pick(&["**"]).0.len(), 4);
    let (chosen, found) = pick(&["dvw", "dve", "x/*"]);
    assert!(chosen.is_empty());
    assert!(found[0].starts_with("unknown-render -: no render is named `dvw` ("));
    assert_eq!(found[1], "unknown-render -: no render is named `dve` (did you mean `dev`?)");
    assert!(found[2].starts_with("unknown-render -: no render matches `x/*` ("));
}

#[test]
fn a_project_without_renders_has_nothing_to_select() {
    let mut found = Findings::default();
    assert!(select(&[], &[], &mut found).is_empty());
    assert_eq!(found.iter().map(|one| one.rule.as_str()).collect::<Vec<_>>(), ["no-renders"]);
}

#[test]
fn a_render_is_not_written_into_folders_that_it_reads() {
    let read = |text: &str| {
        let mut sources = Sources::default();
        let source = sources.add(FILE, text);
        let mut found = Findings::default();
        if let Some(project) = parse(&sources, source, "0.1.0", &mut found) {
            expand(&project, &["templates".to_owned(), "dev".to_owned()], &mut found);
        }
        let finding = found.iter().next()?;
        let place = finding.place.as_ref()?;
        Some(format!("{}:{} {} {}", place.line, place.column, finding.rule, finding.message))
    };
    for out in ["templates", "./files", "files/x/", "Profiles", "TEMPLATES/a", "./././profiles"] {
        let said = read(&format!("renders: {{a: [dev]}}\nout: {out}\n")).unwrap_or_default();
        assert!(said.starts_with("2:6 out-in-input `out` is in `"), "{out}: {said}");
    }
    for name in ["templates", "Files", "profiles/x", "\"*\""] {
        let profile = if name == "\"*\"" { name } else { "dev" };
        let said = read(&format!("out: .\nrenders: {{{name}: [{profile}]}}\n")).unwrap_or_default();
        assert!(said.starts_with("2:11 out-in-input render `"), "{name}: {said}");
    }
    assert_eq!(read("out: .\nrenders: {dev: [dev], x/files: [dev]}\n"), None);
    assert_eq!(read("out: out/files\nrenders: {templates: [dev]}\n"), None);
}
