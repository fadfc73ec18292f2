//! The forms that strings must have: Kubernetes names, durations, versions. One function a form, no state.

use crate::finding::RuleId;
use crate::finding::ids;
use crate::stack::kube::names;
use crate::stack::version;

/// Checks `text` against a form. Err: why it does not fit.
pub fn check(format: &str, text: &str) -> Result<(), String> {
    match format {
        "dns-label" => names::dns_label(text),
        "service-name" => names::service_name(text),
        "dns-subdomain" | "dns-domain" => names::dns_subdomain(text),
        "secret-key" => names::secret_key(text),
        "duration" => duration(text),
        "version" => version::check(text),
        "version-or-auto" if text == "auto" => Ok(()),
        "version-or-auto" => version::check(text),
        "kubernetes-version" => version::check(text).and_then(|()| match text.split('.').count() {
            2 | 3 => Ok(()),
            _ => Err("it has no minor version".to_string()),
        }),
        "image" => image(text),
        "env-name" => names::env_name(text),
        "address-or-none" if text == "none" => Ok(()),
        "address-or-none" => match crate::model::backend::split(text) {
            Some(_) => Ok(()),
            None => Err("it is no host and port".to_string()),
        },
        "header-name" => header_name(text),
        _ => Ok(()),
    }
}

/// What a form looks like, for "expected ...".
pub fn words(format: &str) -> Option<&'static str> {
    Some(match format {
        "dns-label" => {
            "a Kubernetes name: lower-case letters, digits and `-`, at most 63, a letter or digit at both ends"
        }
        "service-name" => "a Service name: lower-case letters, digits and `-`, at most 63, beginning with a letter",
        "dns-subdomain" => "a Kubernetes name: lower-case letters, digits, `-` and `.`, at most 253",
        "dns-domain" => "a DNS domain, such as cluster.local",
        "secret-key" => "the name of a key within the Secret: letters, digits, `-`, `_` and `.`",
        "duration" => "a duration in seconds, such as 3s or 0.5s",
        "version" => "a version, such as 1.37.0",
        "version-or-auto" => "a version, such as 1.37.0, or auto",
        "kubernetes-version" => "a Kubernetes version, such as \"1.24\"",
        "image" => "an image, such as docker.io/org/name:1.2.3",
        "env-name" => "the name of an environment variable",
        "address-or-none" => "a host and a port, such as tempo.example:4317, or none",
        "header-name" => "the name of a header: lower-case letters, digits and `-`",
        _ => return None,
    })
}

/// The rule that a malformed text of this form is reported under.
pub fn rule(format: &str) -> RuleId {
    match format {
        "duration" => ids::INVALID_DURATION,
        "version" | "version-or-auto" | "kubernetes-version" => ids::INVALID_VERSION,
        "image" => ids::INVALID_IMAGE,
        "address-or-none" => ids::INVALID_ADDRESS,
        _ => ids::INVALID_NAME,
    }
}

/// gRPC metadata is lower-case.
fn header_name(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("it is empty".to_string());
    }
    match text.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-' | '_' | '.')) {
        Some(wrong) => Err(format!("`{}` is not allowed in it", wrong.escape_debug())),
        None => Ok(()),
    }
}

/// A `google.protobuf.Duration` in JSON, which is what Envoy reads.
fn duration(text: &str) -> Result<(), String> {
    let number = text.strip_suffix('s').ok_or("it does not end in `s`")?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let digits =
        |part: &str, most: usize| !part.is_empty() && part.len() <= most && part.bytes().all(|b| b.is_ascii_digit());
    if digits(whole, 12) && digits(fraction, 9) { Ok(()) } else { Err("it is not a number of seconds".to_string()) }
}

fn image(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("it is empty".to_string());
    }
    match text.chars().find(|c| c.is_whitespace() || c.is_control()) {
        Some(_) => Err("it holds white space".to_string()),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_seconds_as_envoy_reads_them() {
        for good in ["3s", "0.5s", "3.000s"] {
            assert_eq!(check("duration", good), Ok(()), "{good}");
        }
        for bad in ["3", "3ms", "1m", "", "s", ".5s", "-1s", "3 s", "1e3s"] {
            assert!(check("duration", bad).is_err(), "{bad}");
        }
    }
}
