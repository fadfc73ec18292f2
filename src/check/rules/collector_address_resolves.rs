use crate::check::rules::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "collector-address-resolves",
    severity: Severity::Error,
    summary: "the collector's address resolves in no pod",
    text: "`x.ns.` and `x.ns.svc.` fail because of their final dot, `x.ns.svc.cluster` because the domain is incomplete \
           (measured). localhost is the proxy's own pod.",
    check: None,
};
