use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "service-type-fields",
    severity: Severity::Error,
    summary: "a field of a Service does not go with its type",
    text: "Node ports, addresses, external names and what load balancers read each go with some types only, and \
           the API server refuses the Service otherwise (`k8s.io/kubernetes` `pkg/apis/core/validation` \
           `ValidateService`).",
    fixes: &[],
    check: None,
};
