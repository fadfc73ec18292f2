use crate::check::cure::Trust;
use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "collector-address-resolves",
    severity: Severity::Error,
    summary: "the collector's address does not resolve",
    text: "`x.ns.` and `x.ns.svc.` fail because of their trailing dot, `x.ns.svc.cluster` because the domain is \
           incomplete (measured). `localhost` is the proxy's own pod.",
    fixes: &[Trust::Safe, Trust::Unsafe],
    check: None,
};
