//! `check`'s backend against what jaeger-operator makes of Jaeger resources (`tests/real/referee`).

use super::cases;
use super::compare;
use super::judge;
use meshtrace::check::HopKind;
use meshtrace::check::Report;
use meshtrace::check::State;
use meshtrace::finding::Severity;
use serde_json::Value;
use serde_json::json;

const ZIPKIN: &str = "type.googleapis.com/envoy.config.trace.v3.ZipkinConfig";
const OTLP: &str = "type.googleapis.com/envoy.config.trace.v3.OpenTelemetryConfig";
const HTTP_OPTIONS: &str = "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

/// A mesh whose proxies send to an address, with the Jaeger resource beside it.
fn ask(jaeger: &Value, host: &str, port: u64, otlp: bool) -> Report {
    let tracer = if otlp {
        json!({"name": "envoy.tracers.opentelemetry", "typed_config": {
            "@type": OTLP, "grpc_service": {"envoy_grpc": {"cluster_name": "to"}}}})
    } else {
        json!({"name": "envoy.tracers.zipkin", "typed_config": {
            "@type": ZIPKIN, "collector_cluster": "to", "collector_endpoint": "/api/v2/spans",
            "collector_endpoint_version": "HTTP_JSON"}})
    };
    let address = json!({"socket_address": {"address": host, "port_value": port}});
    let mut cluster = json!({"name": "to", "type": "STRICT_DNS", "connect_timeout": "3s", "load_assignment": {
        "cluster_name": "to", "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address}}]}]}});
    if otlp {
        cluster["typed_extension_protocol_options"] = json!({
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": HTTP_OPTIONS, "explicit_http_config": {"http2_protocol_options": {}}}});
    }
    let defaults = json!({"apiVersion": "consul.hashicorp.com/v1alpha1", "kind": "ProxyDefaults",
        "metadata": {"name": "global", "namespace": "consul"}, "spec": {"config": {
            "protocol": "http",
            "envoy_tracing_json": json!({"http": tracer}).to_string(),
            "envoy_extra_static_clusters_json": cluster.to_string()}}});
    let web = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": {
            "metadata": {"labels": {"app": "web"}, "annotations": {"consul.hashicorp.com/connect-inject": "true"}},
            "spec": {"containers": [{"name": "web", "image": "example/web:1"}]}}}});
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]}});
    let texts: Vec<String> = [jaeger, &defaults, &web, &service].iter().map(ToString::to_string).collect();
    let names = ["jaeger.json", "defaults.json", "web.json", "service.json"];
    judge(names.into_iter().zip(texts.iter().map(String::as_str)))
}

fn hop(report: &Report, kind: HopKind) -> Option<State> {
    let path = report.paths.iter().find(|path| path.service == "web")?;
    path.hops.iter().find(|hop| hop.kind == kind).map(|hop| hop.state)
}

fn broken(report: &Report, kind: HopKind) -> bool {
    hop(report, kind) == Some(State::Broken)
}

fn has(report: &Report, rule: &str) -> bool {
    report.hits.iter().any(|hit| hit.finding.rule.as_str() == rule)
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
