use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "api-removed",
    severity: Severity::Error,
    summary: "this version of a kind was removed from Kubernetes",
    text: "The API server answers `no matches for kind`, so the object is not created. With `--kube-version`, it is an error from the \
           minor on that removed it. Without, it is an error if no Kubernetes from 1.24 on serves it, and a warning if only the \
           later ones do not (`zz_generated.prerelease-lifecycle.go` of k8s.io/api).",
    fixes: &[],
    check: None,
};
