//! What real programs said of an input (`tests/truth/`), against what `check` says of the same. `tests/real` asks the
//! programs again; here nothing but `check` runs.
//!
//! A difference that is known stands in `differences.tsv` beside the records, with its reason; one that is not there fails,
//! and so does a line that no longer is a difference.
#![allow(clippy::disallowed_methods, reason = "reads the records")]

mod apiserver;
mod chain;
mod consul_k8s;
mod injections;
mod operator;
mod otelcol;
mod stored;
mod updates;

use meshtrace::check;
use meshtrace::check::Loaded;
use meshtrace::check::Options;
use meshtrace::check::Report;
use serde_json::Value;
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

const ZIPKIN: &str = "type.googleapis.com/envoy.config.trace.v3.ZipkinConfig";
const OTLP: &str = "type.googleapis.com/envoy.config.trace.v3.OpenTelemetryConfig";
const HTTP_OPTIONS: &str = "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn truth(name: &str) -> PathBuf {
    root().join("tests/truth").join(name)
}

/// The cases of a file `{"asked", "of", "cases": [{"case", "input", "answer"}]}`.
fn cases(name: &str) -> Vec<Value> {
    let text = fs::read_to_string(truth(name)).unwrap();
    serde_json::from_str::<Value>(&text).unwrap()["cases"].as_array().unwrap().clone()
}

/// `check` of files, by their names and texts.
fn judge<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Report {
    let mut loaded = Loaded::default();
    for (name, text) in files {
        loaded.add(name, text);
    }
    let mut report = check::check(&loaded.set(), &Options::default(), &loaded);
    report.findings.extend(check::unread(&loaded));
    report
}

/// A mesh whose proxies send to an address: a `List` of ProxyDefaults, a Deployment with a sidecar and its Service.
fn sending_to(host: &str, port: u64, otlp: bool) -> String {
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
    json!({"apiVersion": "v1", "kind": "List", "items": [defaults, web, service]}).to_string()
}

/// Known differences: what differs, to the reason. The columns before the last are joined by tabs.
fn known(name: &str) -> BTreeMap<String, String> {
    let Ok(text) = fs::read_to_string(truth(name)) else { return BTreeMap::new() };
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let (what, reason) = line.rsplit_once('\t').unwrap_or_else(|| panic!("{name}: no reason: {line}"));
            assert!(!reason.trim().is_empty(), "{name}: no reason: {line}");
            (what.to_string(), reason.to_string())
        })
        .collect()
}

/// Holds the differences that were found to those that are known.
fn compare(name: &str, found: &[String]) {
    let known = known(name);
    let new: Vec<&String> = found.iter().filter(|one| !known.contains_key(*one)).collect();
    let gone: Vec<&String> = known.keys().filter(|one| !found.contains(one)).collect();
    assert!(
        new.is_empty() && gone.is_empty(),
        "tests/truth/{name}\n{} differences that it does not list:\n{}\n{} of its lines are no difference now, delete them:\n{}",
        new.len(),
        new.iter().map(|one| one.as_str()).collect::<Vec<_>>().join("\n"),
        gone.len(),
        gone.iter().map(|one| one.as_str()).collect::<Vec<_>>().join("\n"),
    );
}
