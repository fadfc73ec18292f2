use crate::check::cure::Trust;
use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "config-entry-refused",
    severity: Severity::Error,
    summary: "Consul's webhook refuses this config entry",
    text: "The webhook checks every config entry before the API server stores it (consul-k8s \
           control-plane/api/v1alpha1/*_types.go Validate; each check counts from the chart that brought it). What it refuses \
           does not exist, so the paths are judged without it.",
    fixes: &[Trust::Unsafe],
    check: None,
};
