use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "bootstrap-template",
    severity: Severity::Error,
    summary: "`envoy_bootstrap_json_tpl` leaves out the tracer",
    text: "The key replaces the template of the whole bootstrap, and a template without `{{ .TracingConfigJSON }}` drops \
           `envoy_tracing_json`: all proxies run and none creates spans (seen on Consul 1.12.3 and 1.14.11). What such a template \
           makes of an Envoy beyond that is not followed, so that its proxies are unseen.",
    fixes: &[],
    check: None,
};
