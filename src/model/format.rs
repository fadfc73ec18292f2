//! The formats that strings must have: Kubernetes names, durations, versions. One function a format, no state.

use crate::model::backend;
use crate::named::Named;
use crate::named::named;

named! {
    /// A format by the name that the schema of [`Settings`](crate::model::settings::Settings) has for it.
    pub enum Format {
        /// A Kubernetes name without dots, such as that of a namespace.
        DnsLabel = "dns-label",
        /// A Kubernetes name that begins with a letter.
        ServiceName = "service-name",
        /// A Kubernetes name, as most objects have.
        DnsSubdomain = "dns-subdomain",
        /// The DNS domain of a cluster.
        DnsDomain = "dns-domain",
        /// A name of an object that only has to be a part of a path, such as a ClusterRole's.
        PathSegment = "path-segment",
        /// A key within a Secret.
        SecretKey = "secret-key",
        /// A number of seconds.
        Duration = "duration",
        /// A version.
        Version = "version",
        /// A version, or `auto`.
        VersionOrAuto = "version-or-auto",
        /// A version with a minor part.
        KubernetesVersion = "kubernetes-version",
        /// A container image.
        Image = "image",
        /// The name of an environment variable.
        EnvName = "env-name",
        /// A host and a port, or `none`.
        AddressOrNone = "address-or-none",
        /// The name of a header.
        HeaderName = "header-name",
    }
}

/// The `format` of numbers that are ports; every other number has none.
pub const PORT: &str = "port";

impl Format {
    /// Whether `text` has the format. Err: why not.
    pub fn check(self, text: &str) -> Result<(), String> {
        match self {
            Format::DnsLabel => dns_label(text),
            Format::ServiceName => dns_label(text).and_then(|()| {
                if text.starts_with(|first: char| first.is_ascii_digit()) {
                    Err("it must begin with a letter".to_string())
                } else {
                    Ok(())
                }
            }),
            Format::DnsSubdomain | Format::DnsDomain => dns_subdomain(text),
            Format::PathSegment => path_segment(text),
            Format::SecretKey => secret_key(text),
            Format::Duration => duration(text),
            Format::VersionOrAuto if text == "auto" => Ok(()),
            Format::Version | Format::VersionOrAuto => version(text),
            Format::KubernetesVersion => version(text).and_then(|()| match text.split('.').count() {
                2 | 3 => Ok(()),
                _ => Err("it has no minor version".to_string()),
            }),
            Format::Image => image(text),
            Format::EnvName => env_name(text),
            Format::AddressOrNone if text == "none" => Ok(()),
            Format::AddressOrNone => match backend::split(text) {
                Some(_) => Ok(()),
                None => Err("it is no host and port".to_string()),
            },
            Format::HeaderName => header_name(text),
        }
    }

    /// What it looks like, for "expected ...".
    pub fn words(self) -> &'static str {
        match self {
            Format::DnsLabel => {
                "a Kubernetes name: lower-case letters, digits and `-`, at most 63, a letter or digit at both ends"
            }
            Format::ServiceName => {
                "a Service name: lower-case letters, digits and `-`, at most 63, beginning with a letter"
            }
            Format::DnsSubdomain => "a Kubernetes name: lower-case letters, digits, `-` and `.`, at most 253",
            Format::DnsDomain => "a DNS domain, such as cluster.local",
            Format::PathSegment => "see the Kubernetes documentation on names",
            Format::SecretKey => "the name of a key within the Secret: letters, digits, `-`, `_` and `.`",
            Format::Duration => "a duration in seconds, such as 3s or 0.5s",
            Format::Version => "a version, such as 1.37.0",
            Format::VersionOrAuto => "a version, such as 1.37.0, or auto",
            Format::KubernetesVersion => "a Kubernetes version, such as \"1.24\"",
            Format::Image => "an image, such as docker.io/org/name:1.2.3",
            Format::EnvName => "the name of an environment variable",
            Format::AddressOrNone => "a host and a port, such as tempo.example:4317, or none",
            Format::HeaderName => "the name of a header: lower-case letters, digits and `-`",
        }
    }

    /// The rule that a text without the format is reported under.
    pub fn rule(self) -> &'static str {
        match self {
            Format::Duration => "invalid-duration",
            Format::Version | Format::VersionOrAuto | Format::KubernetesVersion => "invalid-version",
            Format::Image => "invalid-image",
            Format::AddressOrNone => "invalid-address",
            Format::DnsLabel
            | Format::ServiceName
            | Format::DnsSubdomain
            | Format::DnsDomain
            | Format::PathSegment
            | Format::SecretKey
            | Format::EnvName
            | Format::HeaderName => "invalid-name",
        }
    }
}

/// [`Format::check`] by name. Err also where there is no such format.
pub fn check(format: &str, text: &str) -> Result<(), String> {
    match Format::of(format) {
        Some(format) => format.check(text),
        None => Err(format!("there is no format `{format}`")),
    }
}

/// As RBAC names its objects (Kubernetes `k8s.io/apimachinery` `pkg/api/validation/path`).
fn path_segment(text: &str) -> Result<(), String> {
    if text.contains(['/', '%']) || matches!(text, "." | "..") {
        return Err("`/` and `%` are not allowed in it".to_string());
    }
    Ok(())
}

/// RFC 1123 label, as namespaces have it (Kubernetes `validation.IsDNS1123Label`).
fn dns_label(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("it is empty".to_string());
    }
    if text.len() > 63 {
        return Err(format!("it has {} characters, at most 63 are allowed", text.len()));
    }
    if let Some(wrong) = text.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-')) {
        return Err(format!("`{}` is not allowed in it", wrong.escape_debug()));
    }
    if text.starts_with('-') || text.ends_with('-') {
        return Err("it must begin and end with a letter or digit".to_string());
    }
    Ok(())
}

/// RFC 1123 subdomain, as most objects' names are (Kubernetes `validation.IsDNS1123Subdomain`).
pub fn dns_subdomain(text: &str) -> Result<(), String> {
    if text.len() > 253 {
        return Err(format!("it has {} characters, at most 253 are allowed", text.len()));
    }
    text.split('.').try_for_each(|part| match dns_label(part) {
        Err(_) if part.is_empty() => Err("it has an empty part".to_string()),
        Err(why) if part.len() <= 63 => Err(why),
        _ => Ok(()),
    })
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

fn secret_key(text: &str) -> Result<(), String> {
    if text.is_empty() || text.len() > 253 {
        return Err("it must have 1 to 253 characters".to_string());
    }
    match text.chars().find(|c| !matches!(c, 'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' | '.')) {
        Some(wrong) => Err(format!("`{}` is not allowed in the name of a Secret's key", wrong.escape_debug())),
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

fn version(text: &str) -> Result<(), String> {
    let core = text.split(['-', '+']).next().unwrap_or_default();
    if core.starts_with('v') {
        return Err("it begins with `v`; give the number alone".to_string());
    }
    let parts: Vec<&str> = core.split('.').collect();
    let number = |part: &&str| !part.is_empty() && part.len() <= 9 && part.bytes().all(|b| b.is_ascii_digit());
    let tail = text[core.len()..].chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.'));
    if (1..=3).contains(&parts.len()) && parts.iter().all(number) && tail {
        Ok(())
    } else {
        Err("it is not a version".to_string())
    }
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

/// Kubernetes `validation.IsEnvVarName`.
fn env_name(text: &str) -> Result<(), String> {
    if text.is_empty() || text.starts_with(|first: char| first.is_ascii_digit()) {
        return Err("it must begin with a letter, `_`, `-` or `.`".to_string());
    }
    match text.chars().find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))) {
        Some(wrong) => Err(format!("`{}` is not allowed in it", wrong.escape_debug())),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_seconds_as_envoy_reads_them() {
        for good in ["3s", "0.5s", "3.000s"] {
            assert_eq!(Format::Duration.check(good), Ok(()), "{good}");
        }
        for bad in ["3", "3ms", "1m", "", "s", ".5s", "-1s", "3 s", "1e3s"] {
            assert!(Format::Duration.check(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn names_follow_kubernetes() {
        for good in ["a", "web-1", &"a".repeat(63)] {
            assert_eq!(Format::DnsLabel.check(good), Ok(()));
        }
        for bad in ["", "-a", "a-", "A", "a_b", "a.b", "ä", &"a".repeat(64)] {
            assert!(Format::DnsLabel.check(bad).is_err(), "{bad}");
        }
        assert!(Format::ServiceName.check("1web").is_err());
        assert_eq!(Format::DnsSubdomain.check("my.jaeger"), Ok(()));
        assert!(Format::DnsSubdomain.check("my..jaeger").is_err());
    }

    #[test]
    fn versions_are_plain_numbers() {
        for good in ["1.37.0", "1.24", "1.9.1-rc1"] {
            assert_eq!(Format::Version.check(good), Ok(()), "{good}");
        }
        for bad in ["v1.2", "", "latest", "1.2.3.4", "1..2"] {
            assert!(Format::Version.check(bad).is_err(), "{bad}");
        }
    }
}
