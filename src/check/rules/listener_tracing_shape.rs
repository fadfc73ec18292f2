use crate::check::rules::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "listener-tracing-shape",
    severity: Severity::Warning,
    summary: "`envoy_listener_tracing_json` is no HttpConnectionManager.Tracing",
    text: "It is an `Any`: it needs `@type` `type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.Tracing`, \
           samplings are `{\"value\": 0..100}`, and there is no `http` around it. Otherwise Consul logs a warning and uses its \
           default (consul-k8s#2760). It is an error where no other tracer is given.",
    check: None,
};
