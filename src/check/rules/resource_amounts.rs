use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "resource-amounts",
    severity: Severity::Error,
    summary: "requests, limits and quotas do not fit together",
    text: "The API server refuses requests above limits, negative amounts, names of resources that do not \
           exist, and requests of extended resources and huge pages that differ from their limits \
           (`k8s.io/kubernetes` `pkg/apis/core/validation` `ValidateContainerResourceRequirements`, \
           `ValidateLimitRange`, `ValidateResourceQuotaSpec`).",
    fixes: &[],
    check: None,
};
