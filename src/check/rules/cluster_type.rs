use crate::check::cure::Trust;
use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "cluster-type",
    severity: Severity::Error,
    summary: "the cluster's `type` does not resolve host names",
    text: "The default is STATIC, which only accepts IP addresses: with a host name Envoy refuses its bootstrap \
           (`malformed IP address`). EDS does not work because Consul's bootstrap gives it no source of endpoints.",
    fixes: &[Trust::Safe],
    check: None,
};
