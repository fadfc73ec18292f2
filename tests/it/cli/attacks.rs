//! Hostile inputs. Each ends with a clear message, in bounded time and memory, and without writing anything.

use crate::cli::project::Project;
use std::io::Read;
use std::mem::MaybeUninit;
use std::os::unix::fs::symlink;
use std::process::Child;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

/// Long for a message, short for an endless loop; the machines of CI are slow, this is a debug build, and the limit is one
/// of processor time, which other tests take too.
const LONG: Duration = Duration::from_secs(80);

/// Runs with less than 2 GiB of address space, and within the time limit.
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

/// The most memory that a render may take, in bytes. A debug build takes no more than others.
const MUCH: u64 = 400_000_000;

/// Runs `command` on a project with this template and checks that its message contains `parts`, and its time and
/// memory.
#[track_caller]
fn stopped_in(command: &[&str], text: &str, parts: &[&str]) {
    let project = Project::new().profile("site", "extends: dev\n").template("manifests/x.yaml", text);
    ends(&project, command, MUCH, parts);
}

/// Checks that a command ends within the limits, that its message contains `parts`, and that it writes nothing.
#[track_caller]
#[expect(clippy::zombie_processes, reason = "`wait` waits for it and reads its peak memory")]
fn ends(project: &Project, command: &[&str], much: u64, parts: &[&str]) {
    let start = Instant::now();
    let mut child = project.command("", command).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    let (status, peak) = wait(&child);
    assert_eq!(status, Some(2), "{said}");
    for part in parts {
        assert!(said.contains(part), "missing `{part}` in\n{said}");
    }
    assert!(start.elapsed() < LONG, "it took {:?}\n{said}", start.elapsed());
    assert!(peak < much, "it took {peak} bytes\n{said}");
    assert!(!project.path("out").exists(), "something was written");
}

#[track_caller]
fn stopped(text: &str, parts: &[&str]) {
    stopped_in(&["render"], text, parts);
}

/// The exit code of a child that has ended, and its peak memory; 0 if it is less than that of this process, with whose memory
/// a child begins.
fn wait(child: &Child) -> (Option<i32>, u64) {
    let (mut status, mut usage) = (0, MaybeUninit::<libc::rusage>::zeroed());
    let pid = libc::pid_t::try_from(child.id()).unwrap();
    // SAFETY: the call fills the given struct, and no one else waits for this child.
    let usage = unsafe {
        assert_eq!(libc::wait4(pid, &raw mut status, 0, usage.as_mut_ptr()), pid);
        usage.assume_init()
    };
    let mut own = MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: the call fills the given struct.
    let own = unsafe {
        assert_eq!(libc::getrusage(libc::RUSAGE_SELF, own.as_mut_ptr()), 0);
        own.assume_init()
    };
    let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
    let peak = if usage.ru_maxrss > own.ru_maxrss { usage.ru_maxrss } else { 0 };
    (libc::WIFEXITED(status).then(|| libc::WEXITSTATUS(status)), u64::try_from(peak).unwrap() * unit)
}

/// Runs each in its own thread, since most of them only wait for the time limit.
fn at_once(texts: &[String], parts: &[&str]) {
    std::thread::scope(|scope| {
        for text in texts {
            scope.spawn(|| stopped(text, parts));
        }
    });
}

/// Two lists, each of two lists, each of two lists, forty times.
const SHARED: &str = "{% set n = namespace(x=[1], y=[1]) %}{% for i in range(40) %}\
{% set n.x = [n.x, n.x] %}{% set n.y = [n.y, n.y] %}{% endfor %}";

/// A list in a list in a list, a million levels deep.
const NESTED: &str = "{% set n = namespace(x=1) %}{% for i in range(100000) %}{% for j in range(10) %}\
{% set n.x = [n.x] %}{% endfor %}{% endfor %}";

const NAMED: &str = "`templates/manifests/x.yaml`";

#[test]
fn a_single_long_step_is_ended_by_the_time_limit() {
    let ends = ["n.x == n.y", "{n.x: 1} | length"];
    let texts: Vec<String> = ends.iter().map(|end| format!("{SHARED}a: {{{{ {end} }}}}\n")).collect();
    at_once(&texts, &["template-too-long", "takes more than 8 s", NAMED]);
}

#[test]
fn the_time_limit_applies_to_check_and_diff() {
    let text = format!("{SHARED}a: {{{{ n.x < n.y }}}}\n");
    std::thread::scope(|scope| {
        for command in [&["check"][..], &["diff"]] {
            let text = &text;
            scope.spawn(move || stopped_in(command, text, &["takes more than 8 s", NAMED]));
        }
    });
}

#[test]
fn reading_is_watched_too() {
    let list = format!("a: [{}1]\n", "1,".repeat(24 << 20));
    let project = Project::new().file("x/a.yaml", &list).file("x/b.yaml", "a: 1\n");
    // More than 1 GiB is never allowed.
    for command in [&["check", "x"][..], &["check", "x/a.yaml"], &["diff", "x", "x/b.yaml"]] {
        ends(&project, command, 1_300_000_000, &["the run takes more than", "; it was stopped at", "x/a.yaml`"]);
    }
}

#[test]
#[expect(clippy::zombie_processes, reason = "`wait` waits for it and reads its peak memory")]
fn holes_are_not_read() {
    let project = Project::new().profile("site", "extends: dev\n");
    for number in 0..4 {
        std::fs::create_dir_all(project.path("x")).unwrap();
        let file = std::fs::File::create(project.path(&format!("x/{number}.yaml"))).unwrap();
        file.set_len(60 << 20).unwrap();
    }
    let file = std::fs::File::create(project.path("profiles/site.yaml")).unwrap();
    file.set_len(8 << 20).unwrap();
    ends(&project, &["render"], 140_000_000, &["`profiles/site.yaml` is not a text file: control character `U+0000`"]);
    ends(&project, &["show", "values", "-p", "site"], 140_000_000, &["is not a text file"]);
    std::fs::remove_file(project.path("x/0.yaml")).unwrap();
    let mut command = project.command("", &["check", "x"]);
    let child = command.stdout(Stdio::null()).spawn().unwrap();
    let (status, peak) = wait(&child);
    // There is nothing else to check.
    assert!(status == Some(2) && peak < 120_000_000, "{status:?} {peak}");
}

#[test]
fn the_number_of_renders_is_limited() {
    let project = Project::new().profile("site", "extends: dev\n");
    let renders: String = (0..5_001).map(|number| format!("  r{number}: [site]\n")).collect();
    project.put("meshtrace.yaml", format!("renders:\n{renders}"));
    for command in [&["render"][..], &["check"], &["diff"]] {
        ends(
            &project,
            command,
            MUCH,
            &["5,001 renders are selected, but one run can make at most 5,000", "RENDER-GLOB"],
        );
    }
    project.run(&["render", "r7"]).ok();

    let mut project = Project::new();
    for number in 0..400 {
        project = project.profile(&format!("c/{number}"), "extends: dev\n");
    }
    let patterns: String = (0..300).map(|number| format!("  \"{number}-*\": [\"c/*\"]\n")).collect();
    project.put("meshtrace.yaml", format!("renders:\n{patterns}"));
    ends(&project, &["render"], MUCH, &["expand to more than 100,000 renders"]);
}

#[test]
fn the_message_names_what_was_stopped() {
    let lists: String = (0..20).map(|number| format!("  v{number}: [{}1]\n", "1,".repeat(195_000))).collect();
    let project = Project::new().profile("large", format!("vars:\n{lists}"));
    let renders: String = (0..4_000).map(|number| format!("  r{number}: [dev, large]\n")).collect();
    project.put("meshtrace.yaml", format!("renders:\n{renders}"));
    ends(&project, &["check"], 1_300_000_000, &["the run takes more than", "the ", "of `dev,large`"]);
}

#[test]
fn many_templates_together_are_ended_by_the_time_limit() {
    let mut project = Project::new().profile("site", "extends: dev\n");
    for number in 0..2_000 {
        let text = "{% for a in range(1000) %}{% for b in range(1000) %}{% endfor %}{% endfor %}";
        project = project.template(&format!("manifests/{number}.yaml"), text);
    }
    refused(&project, &["template-too-long", "takes more than", "stopped at `templates/manifests/"]);
}

#[test]
fn memory_within_one_step_is_limited() {
    let big = "{% set t = \"a,\" * 10000000 %}";
    let ends = [
        "t | split(\",\") | length",
        "t | json",
        "t | upper ~ (t | lower) ~ (t | title) ~ t",
        "\"a\" * 100000000 ~ t * 5",
    ];
    let mut texts: Vec<String> = ends.iter().map(|end| format!("{big}a: {{{{ {end} }}}}\n")).collect();
    texts.push("{% for i in range(100000) %}{% for j in range(100) %}a: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n{% endfor %}{% endfor %}".into());
    texts.push("a: [{% for i in range(100000) %}{% for j in range(30) %}[],{% endfor %}{% endfor %}]".into());
    texts.push(NESTED.replace("[n.x]", "{\"a\": n.x}") + "a: 1\n");
    texts.push("{% set n = namespace(t=\"a\") %}{% for i in range(100) %}{% set q %}{{ n.t }}{{ n.t }}{% endset %}{% set n.t = q %}{% endfor %}a: {{ n.t | length }}\n".into());
    at_once(&texts, &["error[", "templates/manifests/x.yaml"]);
    stopped(&format!("{SHARED}a: {{{{ n.x | string | length }}}}\n"), &["error[template-too-l", NAMED]);
}

#[test]
fn huge_widths_powers_and_factors() {
    for end in [
        "\"%999999999s\" | format(\"a\")",
        "\"%.999999999f\" | format(1.5)",
        "2 ** 1000000",
        "[1] * 1000000000",
        "([1] * 1000000) * 1000000",
        "(\"a\\n\" * 100) | indent(1000000000)",
        "[1] | batch(1000000000, \"x\") | list",
        "[1] | slice(1000000000, \"x\") | list",
        "range(9999999999)",
    ] {
        stopped(&format!("a: {{{{ {end} }}}}\n"), &["error[", "templates/manifests/x.yaml"]);
    }
}

#[test]
fn endlessly_nested_values() {
    let deep = ["template-too-deep", "nested too deep", NAMED];
    let mut texts: Vec<String> = ["1", "n.x", "n.x | json", "n.x | string", "n.x == n.x"]
        .iter()
        .map(|end| format!("{NESTED}a: {{{{ {end} }}}}\n"))
        .collect();
    texts.push(format!("{NESTED}{{% set n.x = 1 %}}a: 1\n"));
    let circle = "{% set n = namespace() %}{% set m = namespace() %}{% set n.x = m %}{% set m.x = n %}";
    texts.push(format!("{circle}a: {{{{ n == m }}}}\n"));
    texts.push(format!("{circle}a: {{{{ {{n: 1}} | length }}}}\n"));
    texts.push(format!("{circle}a: {{{{ n | string }}}}\n"));
    at_once(&texts, &deep);
    stopped(&format!("{circle}a: {{{{ n }}}}\n"), &["64 levels deep", "x.yaml:1:"]);
}

#[test]
fn endlessly_nested_sources() {
    for (prefix, text) in [
        ("1+", "1"),
        ("-", "1"),
        ("not ", "1"),
        ("2**", "1"),
        ("1 if 1 else ", "1"),
        ("1~", "1"),
        ("1 and ", "1"),
        ("(", "1"),
    ] {
        stopped(&format!("a: {{{{ {}{text} }}}}\n", prefix.repeat(50_000)), &["template-too-deep", "x.yaml:1:4"]);
    }
    for suffix in [".a", "|int", "()", "[1]", " is odd"] {
        stopped(&format!("a: {{{{ x{} }}}}\n", suffix.repeat(50_000)), &["template-too-deep", "x.yaml:1:4"]);
    }
    let elifs = format!("{{% if false %}}{}{{% endif %}}a: 1\n", "{% elif false %}".repeat(20_000));
    stopped(&elifs, &["template-too-deep", "more than 500 `{% elif %}`s", "x.yaml:1:"]);
    stopped(&format!("{{% for {}x in [1] %}}", "(".repeat(50_000)), &["template-too-deep"]);
    stopped(&"a: 1\n".repeat(2 << 20), &["too-large", NAMED, "8 MiB"]);
}

#[test]
fn sources_at_the_depth_limit_are_read() {
    let object =
        |value: &str| format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: x}}\ndata: {{a: \"{value}\"}}\n");
    let elifs: String = (0..500).map(|n| format!("{{% elif {} > {n} %}}a", "1+".repeat(700) + "1")).collect();
    for value in [
        format!("{{{{ {}1 }}}}", "1+".repeat(740)),
        format!("{{{{ {}1 }}}}", "-".repeat(1_490)),
        format!("{{{{ {}1 }}}}", "1 if 1 else ".repeat(370)),
        format!("{{{{ 1{} }}}}", "|int".repeat(740)),
        format!("{{{{ {}1{} }}}}", "-(1+(".repeat(30), "))".repeat(30)),
        format!("{{% if false %}}b{elifs}{{% endif %}}"),
    ] {
        let project = Project::new().profile("site", "extends: dev\n").template("manifests/x.yaml", object(&value));
        project.run(&["render", "--skip-rules"]).ok();
    }
}

#[test]
fn thousands_of_templates_and_includes() {
    let start = Instant::now();
    let mut project = Project::new().profile("site", "extends: dev\n");
    let mut all = String::new();
    for number in 0..3_000 {
        project = project.template(&format!("_parts/{number}.yaml"), "# text\n".repeat(20));
        all += &format!("{{% include \"_parts/{number}.yaml\" %}}\n");
    }
    project.template("manifests/x.yaml", all).run(&["render"]).ok();
    assert!(start.elapsed() < LONG, "it took {:?}", start.elapsed());
    let mut project = Project::new().profile("site", "extends: dev\n").template("_p8.yaml", "#");
    for number in 0..8 {
        let text = format!("{{% include \"_p{}.yaml\" %}}", number + 1).repeat(30);
        project = project.template(&format!("_p{number}.yaml"), text);
    }
    refused(&project.template("manifests/x.yaml", "{% include \"_p0.yaml\" %}"), &["too many steps"]);
}

#[test]
fn bytes_that_are_not_text() {
    profile(b"a: \xff\n", &["not UTF-8", "profiles/site.yaml:1:4"]);
    profile(b"\xff\xfea\0:\0", &["not UTF-8", "UTF-16"]);
    profile("a: \0\n", &["control character `U+0000`"]);
    profile("consul: {\"a\\u001b[2J\\nb\": 1}\n", &["unknown key"]);
    profile("consul: {logLevel: \"\\u001b[2J\\u202e\"}\n", &["consul.logLevel"]);
    profile("services: {\"a\\u001b]0;x\\u0007\": {port: 1, calls: [\"\\u001b[2J\"]}}\n", &["services"]);
    profile("extends: \"\\u001b[2J\"\n", &["profile"]);
}

#[test]
fn endless_nesting() {
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
    template(&grow("\"aaaaaaaa\"", "n.x ~ n.x", "{{ n.x | length }}"), &["of memory", "x.yaml"]);
    template(&grow("\"a\"", "n.x | replace(\"a\", \"aaaaaaaaaa\")", "{{ n.x }}"), &["of memory", "x.yaml"]);
    template("a: {{ \"a\" * 10000000000 }}\n", &["too many steps"]);
}

#[test]
fn a_list_that_holds_itself_twice() {
    let grow = "{% set n = namespace(x=[1]) %}{% for i in range(30) %}{% set n.x = [n.x, n.x] %}{% endfor %}";
    template(&format!("{grow}a: {{{{ n.x }}}}\n"), &["128 MiB", "x.yaml:1:"]);
    template(&format!("{grow}a: {{{{ n.x | json }}}}\n"), &["128 MiB", "x.yaml:1:"]);
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
    profile("extends: ../../etc/passwd\n", &["not a valid profile name"]);
    profile("extends: /etc/passwd\n", &["not a valid profile name"]);
    profile("extends: builtin:../base\n", &["not a valid profile name"]);
    template("{% include \"../../../../etc/passwd\" %}\n", &["does not exist"]);
    let project = Project::bare().file("meshtrace.yaml", "renders: {../x: [dev]}\n");
    refused(&project, &["../x"]);
    project.put("meshtrace.yaml", "out: ../x\nrenders: {x: [dev]}\n");
    refused(&project, &["out"]);
}

#[test]
fn links_that_lead_outside_are_not_followed() {
    let project = Project::new().profile("site", "extends: leak\n");
    symlink("/etc/passwd", project.path("profiles/leak.yaml")).unwrap();
    refused(&project, &["points out of"]);
    let project = Project::new().profile("site", "extends: dev\n").file("files/a", "");
    symlink("/etc", project.path("files/etc")).unwrap();
    refused(&project, &["points out of"]);
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
    let mut text = String::from("vars:\n");
    for number in 0..20 {
        text += &format!("  v{number}: \"{big}\"\n");
    }
    // No schema says how large it may be, as that of a ConfigMap does.
    let object = "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: x}\ndata: {all: {{ vars.v0 }}}\n";
    let project = Project::new().file("values.yaml", text).template("manifests/x.yaml", object);
    project.run(&["render", "-p", "dev", "-f", "values.yaml", "-o", "out/dev"]).ok();
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
fn huge_numbers() {
    profile("services: {a: {port: 99999999999999999999}}\n", &["services.a.port"]);
    profile("services: {a: {port: -1}}\n", &["services.a.port"]);
    profile("services: {a: {port: 1e400}}\n", &["1e400"]);
    profile("tracing: {sampling: {percent: .nan}}\n", &[".nan"]);
    profile("jaeger: {storage: {maxTraces: 4294967296}}\n", &["jaeger.storage.maxTraces"]);
}
