use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "service-ports",
    severity: Severity::Error,
    summary: "the ports of a Service are missing, unnamed or there twice",
    text: "A Service needs ports unless it is headless or an ExternalName; several ports need names; port and \
           protocol, and node port and protocol, are there once. The API server refuses the Service otherwise \
           (`k8s.io/kubernetes` `pkg/apis/core/validation` `ValidateService`).",
    fixes: &[],
    check: None,
};
