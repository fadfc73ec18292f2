//! Runs `meshtrace check` over its fixtures: every rule has inputs that break it and inputs that do not, the guide's
//! own manifests give the listed findings, and healthy setups give no error. `just bless` rewrites the guide's list.
#![allow(clippy::disallowed_methods, reason = "runs the program on files")]

use crate::common::bless;
use crate::common::tables::formats;
use meshtrace::check;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

#[test]
fn every_rule_has_inputs_that_break_it_and_inputs_that_do_not() {
    let root = folder("rules");
    let mut wrong = Vec::new();
    for rule in check::rules() {
        let cases = folders(&root.join(rule.id));
        let (mut fails, mut passes) = (0, 0);
        for case in cases {
            let name = case.file_name().unwrap().to_string_lossy().into_owned();
            let answer = run(&case);
            let breaks = rules_of(&answer).contains(rule.id);
            let expected = name.starts_with("fail");
            *(if expected { &mut fails } else { &mut passes }) += 1;
            if breaks != expected {
                let verb = if expected { "does not break" } else { "breaks" };
                wrong.push(format!("{}/{name} {verb} the rule; it gives {:?}", rule.id, rules_of(&answer)));
            }
            if !expected && answer["summary"]["errors"] != 0 {
                wrong.push(format!("{}/{name} passes, but has other errors: {:?}", rule.id, rules_of(&answer)));
            }
        }
        if fails == 0 || passes == 0 {
            wrong.push(format!("{} has {fails} failing and {passes} passing inputs", rule.id));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn a_tracer_that_only_some_envoys_have_is_assumed_to_be_there_and_that_is_said() {
    let notes = |answer: &Value| answer["summary"]["notes"].to_string();
    let answer = run(&folder("healthy").join("23-google-grpc"));
    assert_eq!(answer["summary"]["arrives"], true);
    assert!(
        notes(&answer).contains("which Envoy runs: this assumes one that has the tracer of ProxyDefaults, 1.24 to ")
    );
    let answer = run(&folder("healthy").join("01-plain-jaeger-deployment"));
    assert_eq!(notes(&answer), "null");
}

#[test]
fn what_the_cluster_or_a_controller_refuses_is_an_error() {
    let refused = [
        "config-entry-unique-name",
        "crd-available",
        "gateway-class-unknown",
        "protocol-value",
        "proxydefaults-name-global",
        "proxydefaults-spec-protocol",
        "route-parent-unknown",
        "route-reference-grant",
    ];
    for rule in refused {
        let cases = folders(&folder("rules").join(rule));
        for case in cases.iter().filter(|case| case.file_name().unwrap().to_string_lossy().starts_with("fail")) {
            let answer = run(case);
            let mut found = answer["findings"].as_array().unwrap().iter().filter(|finding| finding["rule"] == rule);
            assert!(found.all(|finding| finding["severity"] == "error"), "{}", case.display());
        }
    }
}

#[test]
fn a_gateway_is_cut_off_when_none_of_its_ports_is_open_and_not_before() {
    let entry = |case: &str| {
        let answer = run(&folder("rules/ingress-listener-port").join(case));
        let mut hops = answer["paths"][0]["hops"].as_array().unwrap().clone();
        hops.retain(|hop| hop["hop"] == "entry");
        hops[0]["state"].clone()
    };
    assert_eq!(entry("fail-all"), "broken");
    assert_eq!(entry("fail-one"), "ok");
}

/// Each hop that is not ok of the path of `web` from `from`.
fn not_ok(case: &str, from: &str) -> Vec<String> {
    let answer = run(&folder("rules").join(case));
    let paths = answer["paths"].as_array().unwrap();
    let path = paths.iter().find(|path| path["service"] == "web" && path["from"] == from).expect(case);
    let hops = path["hops"].as_array().unwrap().iter().filter(|hop| hop["state"] != "ok");
    hops.map(|hop| format!("{} {}", hop["hop"].as_str().unwrap(), hop["state"].as_str().unwrap())).collect()
}

#[test]
fn what_is_refused_counts_as_absent_and_what_decides_elsewhere_leaves_the_hop_unseen() {
    let (mesh, gateway) = ("the mesh", "ingress-gateway");
    for (case, from, expected) in [
        ("config-entry-refused/fail-gateway", gateway, "entry broken"),
        ("config-entry-refused/fail-gateway", mesh, ""),
        ("config-entry-refused/fail-protocol", mesh, "protocol broken"),
        ("config-entry-refused/fail-splitter", mesh, ""),
        ("config-entry-refused/pass-unseen", mesh, "tracer unseen"),
        ("proxydefaults-refused/fail-access-logs", mesh, "tracer broken"),
        ("crd-available/fail-defaults", mesh, "protocol broken"),
        ("crd-available/fail-collector", mesh, "receiver broken"),
        ("intentions-deny/fail", gateway, "entry broken"),
        ("intentions-deny/fail", mesh, ""),
        ("intentions-deny/fail-wildcard", mesh, "entry broken"),
        ("intentions-deny/fail-precedence", gateway, "entry broken"),
        ("intentions-deny/fail-permissions", gateway, "entry broken"),
        ("intentions-deny/pass", gateway, ""),
        ("networkpolicy-blocks/fail-ingress", mesh, "service broken"),
        ("networkpolicy-blocks/fail-port", mesh, "service broken"),
        ("networkpolicy-blocks/fail-egress", mesh, "service broken"),
        ("networkpolicy-blocks/fail-dns", mesh, "dns broken"),
        ("networkpolicy-blocks/fail-consul", mesh, "sidecar broken"),
        ("networkpolicy-blocks/fail-gateway", gateway, "entry broken"),
        ("networkpolicy-blocks/pass", mesh, ""),
        ("networkpolicy-blocks/pass-unseen", mesh, "service unseen"),
        ("networkpolicy-blocks/pass-unseen-consul", mesh, "sidecar unseen"),
        ("route-parent-unknown/fail-selector", "edge", "entry broken"),
        ("route-parent-unknown/pass-selector", "edge", ""),
        ("route-parent-unknown/pass-unseen", "edge", "entry unseen"),
        ("route-parent-unknown/pass-no-namespace", "edge", ""),
    ] {
        assert_eq!(not_ok(case, from).join(", "), expected, "{case} from {from}");
    }
}

#[test]
fn a_service_whose_requests_all_go_to_others_is_unseen() {
    let answer = run(&folder("healthy/diverted"));
    let unseen = |path: &&Value| path["hops"][0]["hop"] == "entry" && path["hops"][0]["state"] == "unseen";
    let paths = answer["paths"].as_array().unwrap();
    let mut diverted: Vec<&str> = paths.iter().filter(unseen).map(|path| path["service"].as_str().unwrap()).collect();
    diverted.sort_unstable();
    assert_eq!(diverted, ["redirected", "routed", "split"]);
}

#[test]
fn requests_do_not_pass_a_gateway_that_does_not_run() {
    let answer = run(&folder("rules/config-value/fail-gateways"));
    let broken = |path: &Value| {
        let mut hops = path["hops"].as_array().unwrap().clone();
        hops.retain(|hop| hop["state"] == "broken");
        let names: Vec<String> = hops.iter().map(|hop| hop["hop"].as_str().unwrap().to_string()).collect();
        (path["service"].as_str().unwrap().to_string(), path["from"].as_str().unwrap().to_string(), names.join(" "))
    };
    let found: BTreeSet<_> = answer["paths"].as_array().unwrap().iter().map(broken).collect();
    let row = |service: &str, from: &str, hops: &str| (service.to_string(), from.to_string(), hops.to_string());
    let expected = [
        row("ingress-gateway", "clients", "entry sidecar"),
        row("web", "ingress-gateway", "entry"),
        row("web", "the mesh", ""),
    ];
    assert!(expected.iter().all(|row| found.contains(row)), "{found:?}");
}

#[test]
fn no_fixture_is_for_a_rule_that_does_not_exist() {
    let known: BTreeSet<&str> = check::rules().iter().map(|rule| rule.id).collect();
    for case in folders(&folder("rules")) {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        assert!(known.contains(name.as_str()), "there is no rule {name}");
    }
}

#[test]
fn rules_have_unique_ids_and_are_explained() {
    let mut seen = BTreeSet::new();
    for rule in check::rules() {
        assert!(seen.insert(rule.id), "{} appears twice", rule.id);
        assert!(rule.id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'), "{}", rule.id);
        assert!(!rule.summary.ends_with('.') && !rule.summary.contains('\n'), "{}", rule.id);
        assert!(rule.text.len() > 40 && rule.text.ends_with(['.', '`']), "{}: {}", rule.id, rule.text);
    }
}

#[test]
fn the_guides_own_manifests_give_the_listed_findings() {
    let case = folder("guide");
    let answer = run(&case);
    let mut list = String::new();
    for finding in answer["findings"].as_array().unwrap() {
        let text = |key: &str| finding[key].as_str().unwrap_or_default();
        list.push_str(&format!("{} {} {}:{}\n", text("severity"), text("rule"), text("file"), finding["line"]));
    }
    for path in answer["paths"].as_array().unwrap() {
        let broken: Vec<&str> = path["hops"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|hop| hop["state"] == "broken")
            .map(|hop| hop["hop"].as_str().unwrap())
            .collect();
        list.push_str(&format!("path {}: arrives {}, broken {broken:?}\n", path["service"], path["arrives"]));
    }
    bless::file(&case.join("expected.txt"), &list);
}

#[test]
fn other_healthy_setups_give_no_error() {
    let cases = folders(&folder("healthy"));
    assert!(cases.len() >= 20, "{} setups", cases.len());
    let mut wrong = Vec::new();
    for case in cases {
        let answer = run(&case);
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        for finding in answer["findings"].as_array().unwrap().iter().filter(|finding| finding["severity"] == "error") {
            wrong.push(format!("{name}: {} {}", finding["rule"], finding["message"]));
        }
        if answer["summary"]["arrives"] == false {
            wrong.push(format!("{name}: reports that spans do not arrive"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_committed_renders_have_no_findings() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let _still = bless::OUT.read().unwrap();
    let output = program().args(["check", "out", "--format", "json"]).current_dir(root).output().unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["summary"]["errors"], 0, "{answer:#}");
    assert_eq!(answer["summary"]["warnings"], 0, "{answer:#}");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn every_format_contains_all_findings_and_no_secret() {
    let case = folder("guide");
    for format in &formats(&["check"]) {
        let output = program().args(["check", ".", "--format", format]).current_dir(&case).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(1), "{format}");
        assert!(text.contains("collector-address-qualified") && text.contains("rolebinding-dangling"), "{format}");
        if matches!(format.as_str(), "json" | "sarif") {
            serde_json::from_str::<Value>(&text).unwrap();
        }
    }
}

#[test]
fn input_without_objects_is_an_error() {
    let work = tempfile::tempdir().unwrap();
    fs::write(work.path().join("notes.yaml"), "just: notes\n").unwrap();
    for args in [&["check", "."][..], &["check", "none.yaml"], &["check", ".", "--assume", "x"]] {
        let output = program().args(args).current_dir(work.path()).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}");
    }
}

#[test]
fn lists_and_kubectl_output_are_checked_like_files() {
    let rule = folder("rules/collector-port/fail/objects.yaml");
    let text = fs::read_to_string(rule).unwrap();
    let items: Vec<Value> = {
        let mut sources = meshtrace::source::Sources::default();
        let source = sources.add("x", text);
        let read = meshtrace::yaml::read(&sources, source, &mut meshtrace::finding::Findings::default());
        read.iter().map(|document| document.node.to_json()).collect()
    };
    let mut items = items;
    for item in &mut items {
        item["status"] = serde_json::json!({"phase": "Running"});
        item["metadata"]["managedFields"] = serde_json::json!([{"manager": "kubectl"}]);
    }
    let list = serde_json::json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string();
    let work = tempfile::tempdir().unwrap();
    fs::write(work.path().join("list.json"), list).unwrap();
    assert!(rules_of(&run(work.path())).contains("collector-port"));
}

#[test]
fn an_error_stops_a_render_unless_rules_are_skipped() {
    let work = tempfile::tempdir().unwrap();
    let root = work.path();
    fs::write(root.join("meshtrace.yaml"), "requires: \"0.1\"\n").unwrap();
    fs::create_dir(root.join("profiles")).unwrap();
    let profile = "extends: dev\nmesh:\n  proxyDefaults:\n    config:\n      protocol: tcp\n";
    fs::write(root.join("profiles/bad.yaml"), profile).unwrap();
    fs::write(
        root.join("profiles/other.yaml"),
        "extends: dev\njaeger:\n  spec:\n    allInOne:\n      options: {collector.zipkin.host-port: \":9412\"}\n",
    )
    .unwrap();
    let render = |args: &[&str]| {
        let output = program().args(["render", "-o", "out"]).args(args).current_dir(root).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, said) = render(&["-p", "other"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("collector-receiver-off") && said.contains("profiles/other.yaml:5"), "{said}");
    assert!(!root.join("out").exists());
    let (code, said) = render(&["-p", "other", "--skip-rules"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("--skip-rules"));
}

/// The rules of each severity that `check` reports for a file below the fixtures, with further arguments, in a folder
/// whose `meshtrace.yaml` contains `levels`.
fn with_levels(levels: &str, fixture: &str, args: &[&str]) -> (Option<i32>, Value) {
    let work = tempfile::tempdir().unwrap();
    fs::write(work.path().join("meshtrace.yaml"), format!("requires: \"0.1\"\n{levels}")).unwrap();
    fs::copy(folder("rules").join(fixture), work.path().join("objects.yaml")).unwrap();
    let output = program()
        .args(["check", "objects.yaml", "--format", "json"])
        .args(args)
        .current_dir(work.path())
        .output()
        .unwrap();
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap())
}

#[test]
fn levels_decide_what_fails_and_what_is_printed() {
    let eol = "jaeger-v1-eol/fail/objects.yaml";
    let (code, answer) = with_levels("", eol, &[]);
    assert_eq!((code, &answer["summary"]["warnings"]), (Some(0), &Value::from(1)));
    let (code, answer) = with_levels("check: {allow: {jaeger-v1-eol: until spring}}\n", eol, &[]);
    assert_eq!((code, &answer["summary"]["allowed"]), (Some(0), &Value::from(1)));
    assert_eq!(answer["findings"].as_array().unwrap().len(), 0);
    assert_eq!(with_levels("check: {deny: {jaeger-v1-eol: not here}}\n", eol, &[]).0, Some(1));
    assert_eq!(with_levels("check: {deny: {warnings: all of them}}\n", eol, &[]).0, Some(1));
    assert_eq!(with_levels("", eol, &["--deny", "jaeger-v1-eol"]).0, Some(1));
    assert_eq!(with_levels("", eol, &["--deny", "warnings"]).0, Some(1));
    let (code, answer) =
        with_levels("check: {warn: {collector-port: other cluster}}\n", "collector-port/fail/objects.yaml", &[]);
    assert_eq!(code, Some(0));
    // Levels do not change the path.
    assert_eq!(answer["summary"]["arrives"], false);
}

#[test]
fn assumptions_replace_missing_files() {
    let fixture = "restart-required/fail/objects.yaml";
    let work = tempfile::tempdir().unwrap();
    let web = fs::read_to_string(folder("rules/inject-no-service/pass/objects.yaml")).unwrap();
    let text = fs::read_to_string(folder("rules").join(fixture)).unwrap();
    fs::write(work.path().join("all.yaml"), format!("{text}---\n{web}")).unwrap();
    fs::write(work.path().join("meshtrace.yaml"), "requires: \"0.1\"\n").unwrap();
    assert_eq!(run(work.path())["summary"]["arrives"], Value::Null);
    for (host, arrives) in [
        ("simplest-collector.observability:9411", Value::from(true)),
        ("simplest-collector.observability.svc.cluster.local:9411", Value::from(true)),
        ("simplest-collector.observability:9412", Value::Null),
        ("other.observability:9411", Value::Null),
    ] {
        fs::write(work.path().join("args"), format!("--assume\n{host}\n")).unwrap();
        assert_eq!(run(work.path())["summary"]["arrives"], arrives, "{host}");
    }
}

#[test]
fn a_malformed_file_does_not_hide_findings_in_others() {
    let work = tempfile::tempdir().unwrap();
    fs::copy(folder("rules/collector-port/fail/objects.yaml"), work.path().join("good.yaml")).unwrap();
    fs::write(work.path().join("bad.yaml"), "apiVersion: v1\nkind: [\n").unwrap();
    fs::write(work.path().join("bytes.yaml"), [0xff, 0xfe, 0x00]).unwrap();
    let answer = run(work.path());
    assert!(rules_of(&answer).is_superset(&["malformed".to_string(), "collector-port".to_string()].into()));
    let files: BTreeSet<&str> =
        answer["findings"].as_array().unwrap().iter().filter_map(|finding| finding["file"].as_str()).collect();
    assert!(files.contains("./bad.yaml") || files.contains("bad.yaml"), "{files:?}");
}

#[test]
fn findings_inside_json_have_line_and_column() {
    let answer = run(&folder("rules/collector-port/fail"));
    let all = answer["findings"].as_array().unwrap();
    let finding = all.iter().find(|finding| finding["rule"] == "collector-port").unwrap();
    let text = fs::read_to_string(folder("rules/collector-port/fail/objects.yaml")).unwrap();
    let (line, column) = (finding["line"].as_u64().unwrap() as usize, finding["column"].as_u64().unwrap() as usize);
    assert!(text.lines().nth(line - 1).unwrap()[column - 1..].starts_with("9412"), "{finding}");
    assert_eq!(finding["path"], "/spec/config/envoy_extra_static_clusters_json");
    assert!(finding["inner"].as_str().unwrap().ends_with("/socket_address/port_value"));
}

#[test]
fn rules_are_listed_and_explained() {
    let list = String::from_utf8(program().args(["show", "rules"]).output().unwrap().stdout).unwrap();
    for rule in check::rules() {
        assert!(list.contains(&format!("{}  {}  {}\n", rule.id, rule.severity, rule.summary)), "{}", rule.id);
    }
    let json = program().args(["show", "rules", "--format", "json"]).output().unwrap().stdout;
    let json: Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(json.as_array().unwrap().len(), check::rules().len());
    let text = String::from_utf8(program().args(["explain", "collector-port"]).output().unwrap().stdout).unwrap();
    assert!(text.starts_with("collector-port  (error)") && text.contains("9411"), "{text}");
}

/// The JSON output for a folder, with the arguments in its `args`, one per line.
fn run(case: &Path) -> Value {
    let args = fs::read_to_string(case.join("args")).unwrap_or_default();
    let output =
        program().args(["check", ".", "--format", "json"]).args(args.lines()).current_dir(case).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let answer = serde_json::from_slice(&output.stdout);
    answer.unwrap_or_else(|error| panic!("{}: {error}: {said}", case.display()))
}

fn rules_of(answer: &Value) -> BTreeSet<String> {
    let findings = answer["findings"].as_array().unwrap();
    findings.iter().map(|finding| finding["rule"].as_str().unwrap().to_string()).collect()
}

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_meshtrace"))
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/check").join(name)
}

fn folders(parent: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(parent) else { return Vec::new() };
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    found.sort();
    found
}

/// The relay hops of the only path of a fixture, and whether its spans arrive.
fn relays(case: &str) -> (Value, Vec<String>) {
    let answer = run(&folder("rules").join(case));
    let hops = answer["paths"][0]["hops"].as_array().unwrap();
    let relays = hops.iter().filter(|hop| hop["hop"] == "relay");
    (answer["summary"]["arrives"].clone(), relays.map(|hop| hop["state"].as_str().unwrap().to_string()).collect())
}

#[test]
fn collectors_on_the_way_are_hops_of_the_path() {
    for case in [
        "relay-port/pass",
        "relay-port/pass-http",
        "relay-port/pass-zipkin",
        "relay-port/pass-balanced",
        "relay-port/pass-connector",
        "relay-port/pass-variable",
        "relay-port/pass-old-jaeger-exporter",
        "relay-loses-spans/pass",
        "collector-address-resolves/pass-own-pod",
        "collector-address-resolves/pass-operator-sidecar",
        "listener-bind-localhost/pass-own-pod",
    ] {
        assert_eq!(relays(case), (Value::Bool(true), vec!["ok".to_string()]), "{case}");
    }
    for case in ["relay-port/fail", "relay-address/fail", "relay-tls/fail", "relay-loses-spans/fail-debug"] {
        assert_eq!(relays(case), (Value::Bool(false), vec!["broken".to_string()]), "{case}");
    }
    // Two collectors that send to each other.
    assert_eq!(relays("relay-loses-spans/fail-circle").1, ["ok", "broken"]);
    assert_eq!(relays("collector-component/pass"), (Value::Bool(true), Vec::new()));
    // Without an image, what the operator runs is up to its command line.
    assert_eq!(relays("collector-component/pass-operator-default").0, Value::Null);
}
