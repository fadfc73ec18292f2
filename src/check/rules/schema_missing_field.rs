use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "schema-missing-field",
    severity: Severity::Error,
    summary: "a required field is missing",
    text: "The API server refuses the object. What is required is what its schema says: the OpenAPI of Kubernetes 1.24 to 1.37, \
           the CustomResourceDefinition among the files or given by `--crds`, or those of Consul's chart, the operators, \
           cert-manager and the Gateway API. A field with a default is not missing. CEL rules (`x-kubernetes-validations`) are \
           not evaluated.",
    fixes: &[],
    check: None,
};
