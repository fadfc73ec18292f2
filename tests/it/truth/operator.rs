//! `check`'s backend against what jaeger-operator makes of Jaeger resources (`tests/real/referee`).

use super::cases;
use super::compare;
use super::judge;
use super::sending_to;
use meshtrace::check::HopKind;
use meshtrace::check::Report;
use meshtrace::check::State;
use meshtrace::finding::Severity;
use serde_json::Value;
use serde_json::json;

/// A mesh whose proxies send to an address, with the Jaeger resource beside it.
fn ask(jaeger: &Value, host: &str, port: u64, otlp: bool) -> Report {
    let mesh = sending_to(host, port, otlp);
    let jaeger = jaeger.to_string();
    judge([("jaeger.json", jaeger.as_str()), ("mesh.json", mesh.as_str())])
}

fn hop(report: &Report, kind: HopKind) -> Option<State> {
    let path = report.paths.iter().find(|path| path.service == "web")?;
    path.hops.iter().find(|hop| hop.kind == kind).map(|hop| hop.state)
}

fn broken(report: &Report, kind: HopKind) -> bool {
    hop(report, kind) == Some(State::Broken)
}

fn has(report: &Report, rule: &str) -> bool {
    report.findings.iter().any(|hit| hit.finding.rule.as_str() == rule)
}

/// What `check` says otherwise of one resource, a line each.
fn differences(case: &Value, out: &mut Vec<String>) {
    let (name, jaeger, answer) = (case["case"].as_str().unwrap(), &case["input"], &case["answer"]);
    let namespace = match jaeger["metadata"]["namespace"].as_str() {
        Some("") | None => "default",
        Some(namespace) => namespace,
    };
    let mut say = |what: String| out.push(format!("{name}\t{what}"));
    if answer["refused"].is_string() {
        let report = ask(jaeger, &format!("simplest-collector.{namespace}.svc"), 9411, false);
        if report.count(Severity::Error) == 0 {
            say("the operator refuses it, check says nothing".to_string());
        }
        return;
    }
    let services = answer["services"].as_object().unwrap();
    for (service, made) in services.iter().filter(|(service, _)| service.contains("-collector")) {
        let host = format!("{service}.{namespace}.svc");
        if broken(&ask(jaeger, &host, 9411, false), HopKind::Service) {
            say(format!("there is a Service {service}, check says there is none"));
            continue;
        }
        // The ports of a headless Service are its pods'.
        if made["headless"] == true {
            continue;
        }
        for (port, otlp) in [(9411, false), (9412, false), (4317, true), (5317, true)] {
            let listed = made["ports"].as_array().unwrap().contains(&json!(port));
            let report = ask(jaeger, &host, port, otlp);
            if listed == broken(&report, HopKind::Service) {
                let word = if listed { "lists" } else { "does not list" };
                say(format!("{service} {word} port {port}, check says otherwise"));
            }
        }
    }
    for wrong in ["no-such-collector", "simplest-collectors"] {
        let report = ask(jaeger, &format!("{wrong}.{namespace}.svc"), 9411, false);
        if !broken(&report, HopKind::Service) && !broken(&report, HopKind::Dns) {
            say(format!("there is no Service {wrong}, check does not say so"));
        }
    }
    let report = ask(jaeger, &format!("simplest-collector.{namespace}.svc"), 9411, false);
    let spec = &jaeger["spec"];
    for (key, asked, rule) in [
        ("strategy", spec["strategy"].as_str(), "strategy-fallback"),
        ("storage", spec["storage"]["type"].as_str(), "storage-fallback"),
    ] {
        let asked = asked.unwrap_or_default();
        let made = answer[key].as_str().unwrap();
        let same = asked.is_empty()
            || if key == "strategy" { asked.replace('-', "").eq_ignore_ascii_case(made) } else { asked == made };
        if same == has(&report, rule) {
            say(format!(
                "{key} `{asked}` becomes {made}, check {} {rule}",
                if same { "gives" } else { "does not give" }
            ));
        }
    }
}

#[test]
fn jaeger_resources_become_what_the_operator_makes_of_them() {
    let cases = cases("jaeger-operator/strategies.json");
    assert!(cases.len() >= 60, "{}", cases.len());
    let mut found = Vec::new();
    cases.iter().for_each(|case| differences(case, &mut found));
    compare("jaeger-operator/differences.tsv", &found);
}
