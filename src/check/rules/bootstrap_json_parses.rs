use crate::check::cure::Trust;
use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "bootstrap-json-parses",
    severity: Severity::Error,
    summary: "a key of Envoy's bootstrap is not JSON",
    text: "Consul puts `envoy_extra_static_listeners_json`, `envoy_extra_stats_sinks_json` and \
           `envoy_stats_config_json` into the bootstrap as they are and indents the result (json.Indent in \
           command/connect/envoy/bootstrap_config.go), so no proxy starts if one of them is not JSON. The first two \
           are objects joined by commas, without brackets.",
    fixes: &[Trust::Safe],
    check: None,
};
