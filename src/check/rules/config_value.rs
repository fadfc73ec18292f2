use crate::check::cure::Trust;
use crate::check::sink::Rule;
use crate::finding::Severity;

pub(crate) static RULE: Rule = Rule {
    id: "config-value",
    severity: Severity::Error,
    summary: "Consul or Envoy cannot use this value of `config`",
    text: "Consul reads each key into a typed field (command/connect/envoy/bootstrap_config.go, agent/xds/config): numbers may be \
           in quotes and text may be a number, but `local_connect_timeout_ms: soon` leaves sidecars without any configuration, a \
           wrong `limits` leaves every proxy unregistered, and an address without a port or an unsupported URL leaves every proxy \
           without a bootstrap. Seen on Consul 1.12.3 and 1.14.11; where versions differ, the version decides.",
    fixes: &[Trust::Safe],
    check: None,
};
