use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "listener-tracing-version",
    severity: Severity::Warning,
    summary: "`envoy_listener_tracing_json` needs Consul 1.13.2",
    text: "Earlier versions ignore it (consul#13998, #14438). This is an error if there is no other tracer.",
    fixes: &[],
    check: None,
};
