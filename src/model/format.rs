//! The formats of strings: Kubernetes names, durations, versions. One function per format, no state.

use crate::component;
use crate::finding::RuleId;
use crate::finding::ids;
use crate::model::backend;
use crate::named::named;
use crate::stack::kube::names;
use crate::stack::kube::quantity;
use crate::stack::version;

named! {
    /// A format, by its name in the schema of [`Settings`](crate::model::settings::Settings).
    pub(crate) enum Format {
        /// A Kubernetes name without dots, such as that of a namespace.
        DnsLabel = "dns-label",
        /// A Kubernetes name that begins with a letter.
        ServiceName = "service-name",
        /// A Kubernetes name, as most objects have.
        DnsSubdomain = "dns-subdomain",
        /// The DNS domain of a cluster.
        DnsDomain = "dns-domain",
        /// The name of an object that only has to be valid as part of a path, such as a ClusterRole's.
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
        /// An amount of storage.
        Quantity = "quantity",
        /// A container image.
        Image = "image",
        /// The tag of an image.
        ImageTag = "image-tag",
        /// The digest of an image.
        ImageDigest = "image-digest",
        /// The name of an environment variable.
        EnvName = "env-name",
        /// A host and a port, or `none`.
        AddressOrNone = "address-or-none",
        /// The name of a header.
        HeaderName = "header-name",
        /// A path inside the project.
        ProjectPath = "project-path",
        /// A path inside the project, or `none`.
        ProjectPathOrNone = "project-path-or-none",
    }
}

/// The `format` of numbers that are ports; other numbers have none.
pub(crate) const PORT: &str = "port";

impl Format {
    /// Checks that `text` has the format. Err: why it does not.
    pub(crate) fn check(self, text: &str) -> Result<(), String> {
        match self {
            Format::DnsLabel => names::dns_label(text),
            Format::ServiceName => names::service_name(text),
            Format::DnsSubdomain | Format::DnsDomain => names::dns_subdomain(text),
            Format::PathSegment => names::path_segment(text),
            Format::SecretKey => names::secret_key(text),
            Format::Duration => duration(text),
            Format::VersionOrAuto if text == "auto" => Ok(()),
            Format::Version | Format::VersionOrAuto => version::check(text),
            Format::KubernetesVersion => version::check(text).and_then(|()| match text.split('.').count() {
                2 | 3 => Ok(()),
                _ => Err("it has no minor version".to_string()),
            }),
            Format::Quantity if quantity::is_one(text) => Ok(()),
            Format::Quantity => Err("it is not an amount".to_string()),
            Format::Image => image(text),
            Format::ImageTag => image_tag(text),
            Format::ImageDigest => image_digest(text),
            Format::EnvName => names::env_name(text),
            Format::AddressOrNone if text == "none" => Ok(()),
            Format::AddressOrNone => match backend::split(text) {
                Some(_) => Ok(()),
                None => Err("it is not a host and a port".to_string()),
            },
            Format::HeaderName => header_name(text),
            Format::ProjectPathOrNone if text == "none" => Ok(()),
            Format::ProjectPath | Format::ProjectPathOrNone => project_path(text),
        }
    }

    /// What it looks like, to follow "expected".
    pub(crate) fn words(self) -> &'static str {
        match self {
            Format::DnsLabel => {
                "a Kubernetes name: lower-case letters, digits and `-`, at most 63 characters, starting and ending with a letter or digit"
            }
            Format::ServiceName => {
                "a Service name: lower-case letters, digits and `-`, at most 63 characters, starting with a letter"
            }
            Format::DnsSubdomain => {
                "a Kubernetes name: lower-case letters, digits, `-` and `.`, at most 253 characters"
            }
            Format::DnsDomain => "a DNS domain, such as cluster.local",
            Format::PathSegment => "a Kubernetes name: not `.` or `..`, without `/` and `%`",
            Format::SecretKey => "the name of a key in the Secret: letters, digits, `-`, `_` and `.`",
            Format::Duration => "a duration in seconds, such as 3s or 0.5s",
            Format::Version => "a version, such as 1.37.0",
            Format::VersionOrAuto => "a version, such as 1.37.0, or auto",
            Format::KubernetesVersion => "a Kubernetes version, such as \"1.24\"",
            Format::Quantity => "an amount, such as 10Gi",
            Format::Image => "an image, such as docker.io/org/name:1.2.3",
            Format::ImageTag => "a tag, such as 1.2.3",
            Format::ImageDigest => "a digest: sha256: and 64 hexadecimal digits",
            Format::EnvName => "the name of an environment variable",
            Format::AddressOrNone => "a host and a port, such as tempo.example:4317, or none",
            Format::HeaderName => "a header name: lower-case letters, digits and `-`",
            Format::ProjectPath => "a path inside the project, such as charts/web.tgz",
            Format::ProjectPathOrNone => "a path inside the project, such as charts/consul.tgz, or none",
        }
    }

    /// The rule for reporting text that does not have the format.
    pub(crate) fn rule(self) -> RuleId {
        match self {
            Format::Duration => ids::INVALID_DURATION,
            Format::Version | Format::VersionOrAuto | Format::KubernetesVersion => ids::INVALID_VERSION,
            Format::Image | Format::ImageTag | Format::ImageDigest => ids::INVALID_IMAGE,
            Format::Quantity => ids::INVALID_QUANTITY,
            Format::AddressOrNone => ids::INVALID_ADDRESS,
            Format::ProjectPath | Format::ProjectPathOrNone => ids::CHART_PATH,
            Format::DnsLabel
            | Format::ServiceName
            | Format::DnsSubdomain
            | Format::DnsDomain
            | Format::PathSegment
            | Format::SecretKey
            | Format::EnvName
            | Format::HeaderName => ids::INVALID_NAME,
        }
    }
}

/// A path that stays below the folder of `meshtrace.yaml` on every system. Hidden names are refused, since a project's
/// trees are read without them.
fn project_path(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("it is empty".to_string());
    }
    if text.starts_with('/') || text.contains('\\') || text.contains(':') {
        return Err("it is not relative to `meshtrace.yaml`".to_string());
    }
    if let Some(wrong) = text.chars().find(|c| c.is_control()) {
        return Err(format!("`{}` is not allowed in it", wrong.escape_debug()));
    }
    for part in text.trim_end_matches('/').split('/') {
        match part {
            ".." => return Err("`..` leads out of the project".to_string()),
            "" | "." => return Err("it has an empty component or `.`".to_string()),
            part if component::refusal(part).is_some() => return Err("it has a hidden component".to_string()),
            _ => {}
        }
    }
    Ok(())
}

/// gRPC metadata keys are lowercase.
fn header_name(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("it is empty".to_string());
    }
    match text.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-' | '_' | '.')) {
        Some(wrong) => Err(format!("`{}` is not allowed in it", wrong.escape_debug())),
        None => Ok(()),
    }
}

/// A `google.protobuf.Duration` in JSON, as read by Envoy.
fn duration(text: &str) -> Result<(), String> {
    let number = text.strip_suffix('s').ok_or("it must end in `s`")?;
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
        Some(_) => Err("it contains white space".to_string()),
        None => Ok(()),
    }
}

/// The grammar of tags (github.com/distribution/reference v0.6.0 `reference.go`).
fn image_tag(text: &str) -> Result<(), String> {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    match text.chars().next() {
        Some(first) if word(first) && text.len() <= 128 && text.chars().all(|c| word(c) || matches!(c, '.' | '-')) => {
            Ok(())
        }
        _ => Err("it is not a tag".to_string()),
    }
}

fn image_digest(text: &str) -> Result<(), String> {
    match text.strip_prefix("sha256:") {
        Some(hex) if hex.len() == 64 && hex.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f')) => Ok(()),
        _ => Err("it is not a digest".to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_in_the_project() {
        for good in ["charts/web", "charts/web/", "web.tgz", "none/x"] {
            assert_eq!(Format::ProjectPath.check(good), Ok(()), "{good}");
        }
        for bad in ["", "/", "/web", "../web", "a/../b", "a//b", "./a", "a/.git/b", "c:\\web", "c:web", "a\nb"] {
            assert!(Format::ProjectPath.check(bad).is_err(), "{bad}");
        }
        assert_eq!(Format::ProjectPathOrNone.check("none"), Ok(()));
    }

    #[test]
    fn durations_are_seconds_as_envoy_reads_them() {
        for good in ["3s", "0.5s", "3.000s"] {
            assert_eq!(Format::Duration.check(good), Ok(()), "{good}");
        }
        for bad in ["3", "3ms", "1m", "", "s", ".5s", "-1s", "3 s", "1e3s"] {
            assert!(Format::Duration.check(bad).is_err(), "{bad}");
        }
    }
}
