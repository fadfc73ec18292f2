//! Compares the checks with what real Envoys answered for the same JSON (`tests/real/envoy/ask.py`).

use super::*;
use serde_json::Value;
use serde_json::json;

fn root(name: &str) -> Root {
    match name {
        "cluster" => Root::Cluster,
        "tracing" => Root::Tracing,
        "listener_tracing" => Root::ListenerTracing,
        "listener" => Root::Listener,
        "stats_sink" => Root::StatsSink,
        "stats_config" => Root::StatsConfig,
        other => panic!("no root {other}"),
    }
}

/// Rejected by Envoy for reasons outside the message descriptors: a missing cluster, a meaningless filter chain. Each
/// is the start of Envoy's message.
const BEYOND: &[&str] = &[
    "address is necessary",
    "malformed IP address",
    "field load_balancing_policy need to be set",
    "ALPN configured for cluster",
    "Unable to unpack as envoy.extensions.filters.network",
    "collector_cluster and collector_endpoint must be specified",
    "unknown cluster",
    "panic: corrupted enum",
];

#[test]
fn the_judge_says_what_real_envoys_say() {
    let records: Value = serde_json::from_str(include_str!("../../../../tests/truth/envoy/answers.json")).unwrap();
    let mut wrong = Vec::new();
    let mut asked = 0;
    for record in records["cases"].as_array().unwrap() {
        let says = record["says"].as_str().unwrap_or_default();
        for version in records["asked"].as_array().unwrap() {
            let minor = version.as_str().unwrap().split_once('.').unwrap().1.parse().unwrap();
            let problems = judge(Versions::of(minor), root(record["root"].as_str().unwrap()), &record["json"]);
            let refused = record["refusedBy"].as_array().unwrap().contains(version);
            let beyond = refused && BEYOND.iter().any(|reason| says.contains(reason));
            asked += 1;
            if refused == problems.is_empty() && !beyond {
                let ours: Vec<String> = problems.iter().map(|one| format!("{}: {one}", one.pointer)).collect();
                wrong.push(format!(
                    "{} {} [{version}]\n    Envoy: {refused} {says}\n    we: {ours:?}",
                    record["case"], record["json"]
                ));
            }
        }
    }
    assert!(asked > 2000);
    assert!(wrong.is_empty(), "{} of {asked}\n{}", wrong.len(), wrong.join("\n"));
}

fn pointers(minor: u32, root: Root, json: &Value) -> Vec<String> {
    judge(Versions::of(minor), root, json).into_iter().map(|problem| problem.pointer).collect()
}

fn cluster(more: Value) -> Value {
    let mut cluster = json!({"name": "jaeger", "type": "STRICT_DNS", "connect_timeout": "5s"});
    cluster.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    cluster
}

#[test]
fn fields_that_an_old_list_had_and_envoy_has_not_are_refused() {
    for field in [
        "extension_protocol_options",
        "use_http_header",
        "hidden_envoy_deprecated",
        "upstream_http_filters",
        "hidden_envoy_deprecated_hosts",
        "drain_connections_on_host_removal",
        "hosts",
        "tls_context",
    ] {
        assert_eq!(pointers(38, Root::Cluster, &cluster(json!({field: {}}))), [format!("/{field}")], "{field}");
    }
}

#[test]
fn a_field_is_known_from_the_version_that_brought_it() {
    let slow = cluster(json!({"per_connection_buffer_high_watermark_timeout": "5s"}));
    let zipkin = |more: Value| {
        let mut config = json!({"@type": "type.googleapis.com/envoy.config.trace.v3.ZipkinConfig", "collector_cluster": "jaeger",
            "collector_endpoint": "/api/v2/spans", "collector_endpoint_version": "HTTP_JSON"});
        config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"http": {"name": "envoy.tracers.zipkin", "typed_config": config}})
    };
    let stamp = zipkin(json!({"timestamp_trace_ids": true}));
    assert!(pointers(40, Root::Cluster, &slow).is_empty());
    assert!(pointers(40, Root::Tracing, &stamp).is_empty());
    assert_eq!(pointers(22, Root::Tracing, &stamp), ["/http/typed_config/timestamp_trace_ids"]);
    assert_eq!(
        pointers(31, Root::Tracing, &zipkin(json!({"shared_span_context": "perhaps"}))),
        ["/http/typed_config/shared_span_context"]
    );

    // The version is unknown: some versions know the field.
    let problems = judge(Versions::all(), Root::Tracing, &stamp);
    assert_eq!(problems.len(), 1);
    assert!(!problems[0].certain());
    assert_eq!(problems[0].accepted_by.to_string(), "1.38 to 1.40");
    assert_eq!(
        problems[0].to_string(),
        "Envoy's `ZipkinConfig` has no field `timestamp_trace_ids` (in Envoy 1.22 to 1.37, not in 1.38 to 1.40)"
    );
    // A version between two known ones stands for both.
    assert_eq!(Versions::of(30).to_string(), "1.28, 1.31");
    assert_eq!(Versions::of(99).to_string(), "1.40");
    assert_eq!(Versions::of(9).to_string(), "1.22");
}

#[test]
fn the_other_examples_of_the_issue() {
    let matcher = cluster(json!({"transport_socket_matcher": null}));
    assert!(pointers(40, Root::Cluster, &matcher).is_empty());
    let socket = json!({"socket_address": {"address": "jaeger", "port_value": 9411, "protocol": "HTTP"}});
    let assignment =
        json!({"cluster_name": "jaeger", "endpoints": [{"lb_endpoints": [{"endpoint": {"address": socket}}]}]});
    let at = "/load_assignment/endpoints/0/lb_endpoints/0/endpoint/address/socket_address/protocol";
    assert_eq!(pointers(24, Root::Cluster, &cluster(json!({"load_assignment": assignment}))), [at]);
    let options = json!({"typed_extension_protocol_options": {"http": {
        "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions", "explicit_http_config": {}}}});
    assert_eq!(pointers(35, Root::Cluster, &cluster(options)), ["/typed_extension_protocol_options/http"]);
    let listener = json!({"@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.Tracing",
        "sampling": 5});
    assert_eq!(pointers(37, Root::ListenerTracing, &listener), ["/sampling"]);
    let otlp = json!({"http": {"name": "envoy.tracers.opentelemetry", "typed_config": {
        "@type": "type.googleapis.com/envoy.config.trace.v3.OpenTelemetryConfig",
        "http_service": {"http_uri": {"uri": "http://jaeger:4318/v1/traces", "cluster": "jaeger"}}}}});
    let problems = judge(Versions::of(35), Root::Tracing, &otlp);
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].pointer, "/http/typed_config/http_service/http_uri");
    assert_eq!(problems[0].kind, Kind::Missing { field: "timeout" });
}

#[test]
fn all_problems_are_found_at_once() {
    let bad =
        cluster(json!({"name": "", "typ": 1, "connect_timeout": "5", "lb_policy": "BEST", "dns_lookup_family": 99}));
    assert_eq!(
        pointers(28, Root::Cluster, &bad),
        ["/name", "/connect_timeout", "/typ", "/lb_policy", "/dns_lookup_family"]
    );
    let unknown = &judge(Versions::of(28), Root::Cluster, &bad)[2];
    assert!(unknown.known().contains(&"type"));
}

#[test]
fn every_message_of_every_version_is_walked_without_a_panic() {
    let values = [
        json!(null),
        json!({}),
        json!([]),
        json!("x"),
        json!(1),
        json!({"@type": "type.googleapis.com/x"}),
        json!([[null]]),
    ];
    for name in table::Table::get().names() {
        for field in table::Table::get().message(name).fields {
            for value in &values {
                judge(Versions::all(), Root::Message(name), &json!({field.name: value}));
            }
        }
    }
}
