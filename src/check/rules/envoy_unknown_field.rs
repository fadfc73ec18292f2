use crate::check::cure::Trust;
use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "envoy-unknown-field",
    severity: Severity::Error,
    summary: "Envoy does not have this field",
    text: "Envoy's JSON reader is strict: a single unknown field makes it refuse the entire bootstrap, and the proxy \
           does not start (measured with 1.36 to 1.40). `envoy_listener_tracing_json` is read by Consul, which ignores \
           all of it if it has a field that its own protobufs do not know (`failed to parse ListenerTracingJSON \
           config`, seen on 1.14.11 with `spawn_upstream_span`). Field names may be in snake case or camel case.",
    fixes: &[Trust::Safe],
    check: None,
};
