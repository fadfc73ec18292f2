use crate::check::cure::Trust;
use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "config-entry-refused",
    severity: Severity::Error,
    summary: "Consul's webhook refuses this config entry",
    text: "The webhook checks every config entry before the API server stores it (consul-k8s \
           control-plane/api/v1alpha1/*_types.go Validate; each check applies from the chart that introduced it). A \
           refused entry does not exist in the cluster, so paths are judged without it.",
    fixes: &[Trust::Unsafe],
    check: None,
};
