use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "object-name",
    severity: Severity::Error,
    summary: "the kind does not allow this name",
    text: "Most names are DNS names (RFC 1123); those of Services and Namespaces are a single label, and \
           CronJobs leave room for the names of their Jobs. The API server refuses the object otherwise \
           (`k8s.io/kubernetes` `pkg/apis/*/validation`).",
    fixes: &[],
    check: None,
};
