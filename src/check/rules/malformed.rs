use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "malformed",
    severity: Severity::Error,
    summary: "a file is not valid YAML, or a document is not a Kubernetes object",
    text: "kubectl refuses the entire file, so none of its objects reach the cluster. The other files are checked \
           without it.",
    fixes: &[],
    check: None,
};
