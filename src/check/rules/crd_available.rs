use crate::check::rules::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "crd-available",
    severity: Severity::Error,
    summary: "the chart's version does not bring this kind",
    text: "Which kinds there are goes by the chart: Gateway API, JWTProvider, SamenessGroup and others from 1.2, \
           Registration from 1.6; up to 0.49 none at all without `controller.enabled: true` (charts/consul/templates/crd-*.yaml).",
    check: None,
};
