use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "schema-unknown-field",
    severity: Severity::Error,
    summary: "the kind does not have this field",
    text: "`kubectl apply` asks for strict validation: the API server refuses an object with a field that its kind does not have, \
           and an API client that does not ask loses the field without an error. The fields come from the OpenAPI of Kubernetes \
           1.24 to 1.37, from CustomResourceDefinitions among the files or given by `--crds`, and from those of Consul's chart, \
           the operators, cert-manager and the Gateway API. Without a known version, a field is unknown if no release has it.",
    fixes: &[],
    check: None,
};
