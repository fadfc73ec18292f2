use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "duplicate-name",
    severity: Severity::Error,
    summary: "a name is there twice where each must be unique",
    text: "Containers and init containers of a pod, its volumes, mount paths, the names of ports, keys of a \
           ConfigMap, webhooks: the API server refuses the object (`k8s.io/kubernetes` \
           `pkg/apis/core/validation`).",
    fixes: &[],
    check: None,
};
