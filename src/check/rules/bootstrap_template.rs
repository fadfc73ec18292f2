use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "bootstrap-template",
    severity: Severity::Error,
    summary: "`envoy_bootstrap_json_tpl` leaves out the tracer",
    text: "The key replaces the entire bootstrap template, and a template without `{{ .TracingConfigJSON }}` drops \
           `envoy_tracing_json`: all proxies run and none creates spans (seen on Consul 1.12.3 and 1.14.11). What else \
           such a template changes is not analyzed, so the proxies that use it are unseen.",
    fixes: &[],
    check: None,
};
