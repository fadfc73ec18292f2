//! What a stranger could send. Each ends with a clear message, in bounded time and memory, and nothing written.

use crate::project::Project;
use std::os::unix::fs::symlink;
use std::time::Duration;
use std::time::Instant;

/// Long for a message, short for an endless loop; the machines of CI are slow and this is a debug build.
const LONG: Duration = Duration::from_secs(40);

/// Runs in less than 2 GiB of address space, and in time.
#[track_caller]
fn refused(project: &Project, parts: &[&str]) {
    let start = Instant::now();
    project.run(&["render"]).refuses(parts);
    assert!(start.elapsed() < LONG, "it took {:?}", start.elapsed());
}

#[track_caller]
fn profile(text: impl AsRef<[u8]>, parts: &[&str]) {
    refused(&Project::new().profile("site", text), parts);
}

#[track_caller]
fn template(text: &str, parts: &[&str]) {
    refused(&Project::new().profile("site", "extends: dev\n").template("manifests/x.yaml", text), parts);
}

#[test]
fn bytes_that_are_no_text() {
    profile(b"a: \xff\n", &["not UTF-8", "profiles/site.yaml:1:4"]);
    profile(b"\xff\xfea\0:\0", &["not UTF-8", "UTF-16"]);
    profile("a: \0\n", &["control character `U+0000`"]);
    profile("consul: {\"a\\u001b[2J\\nb\": 1}\n", &["unknown key"]);
    profile("consul: {logLevel: \"\\u001b[2J\\u202e\"}\n", &["consul.logLevel"]);
    profile("services: {\"a\\u001b]0;x\\u0007\": {port: 1, calls: [\"\\u001b[2J\"]}}\n", &["services"]);
    profile("extends: \"\\u001b[2J\"\n", &["profile"]);
}

#[test]
fn nesting_without_end() {
    profile(format!("vars: {}", "[".repeat(100_000)), &["deep"]);
    profile(format!("vars: {}1{}", "{a: ".repeat(5_000), "}".repeat(5_000)), &["deep"]);
    let mut steps = String::from("vars:\n");
    for depth in 1..2_000 {
        steps += &format!("{}a:\n", " ".repeat(depth));
    }
    profile(steps, &["deep"]);
    template(&format!("a: {{{{ {}1{} }}}}\n", "[".repeat(5_000), "]".repeat(5_000)), &["error["]);
    template(&format!("a: {{{{ {}1{} }}}}\n", "(".repeat(5_000), ")".repeat(5_000)), &["error["]);
    template(&format!("{}{}", "{% if true %}".repeat(5_000), "{% endif %}".repeat(5_000)), &["error["]);
}

#[test]
fn a_bomb_of_aliases() {
    let mut text = String::from("vars:\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let before = vec![format!("*a{}", level - 1); 10].join(", ");
        text += &format!("  a{level}: &a{level} [{before}]\n");
    }
    profile(&text, &["alias"]);
    template(&format!("apiVersion: v1\n{text}"), &["alias"]);
}

#[test]
fn a_template_that_never_ends() {
    template("{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}", &["too many steps"]);
}

#[test]
fn a_text_that_doubles() {
    let grow = |start: &str, step: &str, end: &str| {
        format!(
            "{{% set n = namespace(x={start}) %}}{{% for i in range(40) %}}{{% set n.x = {step} %}}{{% endfor %}}a: {end}\n"
        )
    };
    template(&grow("\"aaaaaaaa\"", "n.x ~ n.x", "{{ n.x | length }}"), &["too many steps"]);
    template(&grow("\"a\"", "n.x | replace(\"a\", \"aaaaaaaaaa\")", "{{ n.x }}"), &["too many steps"]);
    template("a: {{ \"a\" * 10000000000 }}\n", &["too many steps"]);
}

#[test]
fn a_list_that_holds_itself_twice() {
    let grow = "{% set n = namespace(x=[1]) %}{% for i in range(30) %}{% set n.x = [n.x, n.x] %}{% endfor %}";
    template(&format!("{grow}a: {{{{ n.x }}}}\n"), &["512 MiB", "x.yaml:1:"]);
    template(&format!("{grow}a: {{{{ n.x | json }}}}\n"), &["512 MiB", "x.yaml:1:"]);
}

#[test]
fn templates_that_call_themselves() {
    template("a: {% include \"manifests/x.yaml\" %}\n", &["too deep", "x.yaml:1:"]);
    template("{% macro f() %}{{ f() }}{% endmacro %}a: {{ f() }}\n", &["too deep"]);
    template("{% extends \"manifests/x.yaml\" %}\n", &["error["]);
    template("{% import \"manifests/x.yaml\" as x %}\n", &["error["]);
    template("{% for a in [[1]] recursive %}{{ loop([a]) }}{% endfor %}\n", &["error["]);
}

#[test]
fn names_that_lead_outside() {
    profile("extends: ../../etc/passwd\n", &["no name of a profile"]);
    profile("extends: /etc/passwd\n", &["no name of a profile"]);
    profile("extends: builtin:../base\n", &["no name of a profile"]);
    template("{% include \"../../../../etc/passwd\" %}\n", &["there is no template"]);
    let project = Project::bare().file("meshtrace.yaml", "renders: {../x: [dev]}\n");
    refused(&project, &["../x"]);
    project.put("meshtrace.yaml", "out: ../x\nrenders: {x: [dev]}\n");
    refused(&project, &["out"]);
}

#[test]
fn links_that_lead_outside_are_not_followed() {
    let project = Project::new().profile("site", "extends: leak\n");
    symlink("/etc/passwd", project.path("profiles/leak.yaml")).unwrap();
    refused(&project, &["leads out of"]);
    let project = Project::new().profile("site", "extends: dev\n").file("files/a", "");
    symlink("/etc", project.path("files/etc")).unwrap();
    refused(&project, &["leads out of"]);
}

#[test]
fn names_of_files_cannot_add_lines_to_the_output() {
    let project = Project::new()
        .profile("site", "extends: dev\n")
        .template("manifests/a\nkind: Secret\n.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n");
    let run = project.run(&["render", "-p", "site"]);
    assert!(!run.stdout.contains("\nkind: Secret"), "{}", run.stdout);
    let project = Project::new()
        .profile("site", "extends: dev\n")
        .template("helm/x/values.yaml", "{% set chart = \"x\\u2028y: 1\\u0085z\" %}\na: 1\n");
    let text = project.run(&["render", "-p", "site", "--only", "helm/x/*"]).ok();
    assert!(!text.contains(['\u{2028}', '\u{85}']), "{text:?}");
}

#[test]
fn twenty_megabytes_of_values_pass() {
    let start = Instant::now();
    let big = "0123456789abcdef".repeat(1 << 16);
    let mut text = String::from("extends: dev\nvars:\n");
    for number in 0..20 {
        text += &format!("  v{number}: \"{big}\"\n");
    }
    let object = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata: {all: {{ vars.v0 }}}\n";
    let project = Project::new().profile("site", text).template("manifests/x.yaml", object);
    project.run(&["render"]).ok();
    assert!(start.elapsed() < LONG, "it took {:?}", start.elapsed());
}

#[test]
fn thousands_of_mistakes_take_no_longer_than_one() {
    let object = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n";
    template(&format!("{{% for i in range(5000) %}}\n{object}{{% endfor %}}\n"), &["rendered twice"]);
    template("{% for i in range(5000) %}\n---\na: {{ i }}\n{% endfor %}\n", &["`kind` is missing"]);
    template("{% for i in range(5000) %}\n---\na: [{{ i }}\n{% endfor %}\n", &["yaml"]);
    let keys: String = (0..5_000).map(|number| format!("  k{number}: 1\n")).collect();
    profile(
        format!("consul:\n{keys}"),
        &["unknown key `consul.k49`", "and 4,950 more of `unknown-key`", "5000 errors"],
    );
}

#[test]
fn numbers_beyond_all_measure() {
    profile("services: {a: {port: 99999999999999999999}}\n", &["services.a.port"]);
    profile("services: {a: {port: -1}}\n", &["services.a.port"]);
    profile("services: {a: {port: 1e400}}\n", &["1e400"]);
    profile("tracing: {sampling: {percent: .nan}}\n", &[".nan"]);
    profile("jaeger: {storage: {maxTraces: 4294967296}}\n", &["jaeger.storage.maxTraces"]);
}
