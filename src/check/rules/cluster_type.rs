use crate::check::rules::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "cluster-type",
    severity: Severity::Error,
    summary: "the cluster's `type` does not resolve names",
    text: "The default is STATIC, which takes IP addresses only: Envoy refuses its bootstrap when a name stands there \
           (`malformed IP address`). EDS has no source in Consul's bootstrap.",
    check: None,
};
