use crate::check::rules::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "crd-available",
    severity: Severity::Error,
    summary: "this chart version does not install the kind",
    text: "Gateway API, JWTProvider, SamenessGroup and others come with 1.2, Registration with 1.6; up to 0.49 the \
           chart installs no kinds without `controller.enabled: true` (charts/consul/templates/crd-*.yaml).",
    check: None,
};
