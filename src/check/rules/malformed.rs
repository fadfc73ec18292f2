use crate::check::rules::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "malformed",
    severity: Severity::Error,
    summary: "a file is no YAML, or a document no Kubernetes object",
    text: "kubectl refuses the file, so nothing of it reaches the cluster. The other files are judged without it.",
    check: None,
};
