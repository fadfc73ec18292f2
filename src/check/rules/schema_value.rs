use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "schema-value",
    severity: Severity::Error,
    summary: "the schema does not allow this value",
    text: "Enumerations, limits, patterns, formats and duplicates: the API server refuses the object. They come from \
           CustomResourceDefinitions and, for Kubernetes' own kinds, from the `+enum` types of k8s.io/api and the validation \
           code of k8s.io/kubernetes. CEL rules (`x-kubernetes-validations`) are not evaluated, so the API server may refuse \
           more than this.",
    fixes: &[],
    check: None,
};
