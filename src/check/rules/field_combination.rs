use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "field-combination",
    severity: Severity::Error,
    summary: "fields do not go together",
    text: "Two of several alternatives, none of them, or a field that another one rules out: no schema says so, \
           and the API server refuses the object (`k8s.io/kubernetes` `pkg/apis/*/validation`).",
    fixes: &[],
    check: None,
};
