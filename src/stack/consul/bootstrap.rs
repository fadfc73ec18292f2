//! What Consul and Envoy accept in the `config` keys that go into the bootstrap, beyond JSON syntax.
//!
//! Source: Consul `command/connect/envoy/bootstrap_config.go`, the same from 1.12.3 to 1.22.0: `generateStatsSinkJSON`,
//! `generateListenerConfig`, `generateStatsTags`, and `json.Indent` over the result.

use crate::stack::go;
use serde_json::Value;
use std::net::IpAddr;

/// The environment variable that Consul expands in an address (`statsSinkEnvMapping`). Sidecars have it; gateways do
/// not since chart 1.0.0 (consul-k8s `consul_dataplane_sidecar.go`, `ingress-gateways-deployment.yaml`).
pub(crate) const HOST_IP: &str = "HOST_IP";

/// Whether an address for the bootstrap is valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Address {
    /// It is valid.
    Fine,
    /// It depends on an environment variable of the proxy's container.
    Variable(String),
    /// Consul does not write a bootstrap, or Envoy exits; with the reason.
    Refused(String),
}

fn refused(why: impl Into<String>) -> Address {
    Address::Refused(why.into())
}

/// Checks the address of a listener (`envoy_prometheus_bind_addr`, `envoy_stats_bind_addr`): an IP address and a port.
pub(crate) fn bind_address(text: &str) -> Address {
    match go::split_host_port(text) {
        Err(why) => refused(why),
        Ok((host, port)) => socket(host, port),
    }
}

/// Checks Envoy's socket address: Consul copies the port into the JSON, and Envoy does not resolve names here.
fn socket(host: &str, port: &str) -> Address {
    if !matches!(serde_json::from_str::<Value>(port), Ok(Value::Number(number)) if number.as_u64().is_some_and(|port| port <= 65_535))
    {
        return refused(match port {
            "" => "there is no port".to_string(),
            port => format!("`{port}` is not a port"),
        });
    }
    match host {
        "" => refused("there is no IP address before the port"),
        host if host.parse::<IpAddr>().is_err() => refused(format!("`{host}` is not an IP address")),
        _ => Address::Fine,
    }
}

/// Checks the address of a stats sink (`envoy_statsd_url`, `envoy_dogstatsd_url`): `udp://IP:PORT` or `unix:///PATH`.
pub(crate) fn sink_url(text: &str) -> Address {
    // The entire text is a variable name, in any form that does not start with a brace.
    if let Some(name) = text.strip_prefix('$').filter(|name| name.len() > 1) {
        return match name.starts_with('{') {
            true => refused("an address in a variable is written without braces"),
            false => Address::Variable(name.to_string()),
        };
    }
    let expanded = text.replace("${HOST_IP}", "192.0.2.1").replace("$HOST_IP", "192.0.2.1");
    if expanded != text {
        return match sink_url(&expanded) {
            Address::Fine => Address::Variable(HOST_IP.to_string()),
            other => other,
        };
    }
    if text.contains('$') && !text.starts_with("unix:") {
        return refused(format!("Consul only expands `${{{HOST_IP}}}` inside an address"));
    }
    let Some((scheme, rest)) = text.split_once(':') else { return refused("it has no scheme") };
    let scheme = scheme.to_ascii_lowercase();
    let Some(rest) = rest.strip_prefix("//").filter(|_| matches!(&*scheme, "udp" | "unix")) else {
        return refused(format!("`{scheme}` is not a protocol that Consul supports here"));
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    if scheme == "unix" {
        let path = path.split(['?', '#']).next().unwrap_or_default();
        return if path.is_empty() { refused("there is no path") } else { Address::Fine };
    }
    let authority = authority.rsplit('@').next().unwrap_or(authority);
    match go::split_host_port(authority) {
        Ok((host, port)) => socket(host, port),
        Err(why) => refused(why),
    }
}

/// Checks what a tag in `envoy_stats_tags` does to the bootstrap's JSON, into which it is copied. Err: why it is
/// rejected.
pub(crate) fn stats_tag(tag: &str) -> Result<&str, String> {
    match tag.find(|c: char| matches!(c, '"' | '\\') || c.is_control()) {
        Some(_) => {
            Err("a tag goes into JSON as it is, so it cannot hold quotes, backslashes or control characters"
                .to_string())
        }
        None => Ok(tag.split('=').next().unwrap_or(tag)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_has_an_ip_address_and_a_port() {
        for fine in ["0.0.0.0:9102", "[::]:9102", "127.0.0.1:0"] {
            assert_eq!(bind_address(fine), Address::Fine, "{fine}");
        }
        for (wrong, why) in [
            ("9102", "missing port in address"),
            (":9102", "there is no IP address before the port"),
            ("localhost:9102", "`localhost` is not an IP address"),
            ("0.0.0.0:metrics", "`metrics` is not a port"),
            ("0.0.0.0:", "there is no port"),
            ("0.0.0.0:09102", "`09102` is not a port"),
            ("0.0.0.0:70000", "`70000` is not a port"),
        ] {
            assert_eq!(bind_address(wrong), refused(why), "{wrong}");
        }
    }

    #[test]
    fn a_sink_is_reached_by_udp_or_a_socket() {
        for fine in ["udp://127.0.0.1:8125", "UDP://[::1]:8125", "unix:///var/run/dd.sock"] {
            assert_eq!(sink_url(fine), Address::Fine, "{fine}");
        }
        for wrong in [
            "http://127.0.0.1:8125",
            "127.0.0.1:8125",
            "statsd",
            "udp://statsd:8125",
            "udp://127.0.0.1",
            "udp:127.0.0.1:8125",
            "unix://",
            "udp://${OTHER}:8125",
            "tcp://1.2.3.4:5",
            "${STATSD}",
        ] {
            assert!(matches!(sink_url(wrong), Address::Refused(_)), "{wrong}");
        }
        for (text, name) in
            [("$STATSD", "STATSD"), ("udp://${HOST_IP}:8125", HOST_IP), ("udp://$HOST_IP:8125", HOST_IP)]
        {
            assert_eq!(sink_url(text), Address::Variable(name.to_string()), "{text}");
        }
    }

    #[test]
    fn a_tag_is_text_without_quotes() {
        assert_eq!((stats_tag("a=b=c"), stats_tag("canary")), (Ok("a"), Ok("canary")));
        assert!(stats_tag("a=\"b\"").is_err());
    }
}
