use crate::check::cure::Trust;
use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "listener-tracing-shape",
    severity: Severity::Warning,
    summary: "`envoy_listener_tracing_json` is not an HttpConnectionManager.Tracing",
    text: "The key holds an `Any`: it needs the `@type` `type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.Tracing`, \
           each sampling is `{\"value\": 0..100}`, and nothing is wrapped in `http`. Otherwise Consul logs a warning and uses its \
           default (consul-k8s#2760). This is an error if there is no other tracer.",
    fixes: &[Trust::Safe],
    check: None,
};
