use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "api-unknown",
    severity: Severity::Error,
    summary: "Kubernetes does not have this kind or version",
    text: "The API server answers `no matches for kind`, so the object is not created. Only API groups of Kubernetes' own are judged, \
           by the OpenAPI of 1.24 to 1.37, and kinds whose CustomResourceDefinition is among the files or given by `--crds`.",
    fixes: &[],
    check: None,
};
