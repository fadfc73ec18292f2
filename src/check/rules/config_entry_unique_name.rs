use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "config-entry-unique-name",
    severity: Severity::Error,
    summary: "config entries of one kind must have different names across all namespaces",
    text: "`all ServiceDefaults resources must have unique names across namespaces`: the webhook refuses the second one unless \
           Consul Enterprise mirrors namespaces (control-plane/api/common/configentry_webhook.go).",
    fixes: &[],
    check: None,
};
