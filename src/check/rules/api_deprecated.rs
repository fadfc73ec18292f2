use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "api-deprecated",
    severity: Severity::Warning,
    summary: "this version of a kind is deprecated in Kubernetes",
    text: "A deprecated version is still served, warns whoever uses it, and goes away in a later minor. The versions come from the \
           `zz_generated.prerelease-lifecycle.go` of k8s.io/api. Without `--kube-version`, the newest Kubernetes that was read \
           decides.",
    fixes: &[],
    check: None,
};
