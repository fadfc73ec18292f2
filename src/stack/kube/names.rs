//! Kubernetes' naming rules. Each function returns the reason if a name is invalid.
//!
//! Source: `k8s.io/apimachinery` `pkg/util/validation/validation.go`, `k8s.io/kubernetes` `pkg/apis/*/validation`.

use crate::stack::kube;

/// The maximum length of a DNS label, a label value and a Service name (`DNS1123LabelMaxLength`).
pub(crate) const LONGEST_LABEL: usize = 63;
/// The maximum length of an object name and a DNS name (`DNS1123SubdomainMaxLength`).
pub(crate) const LONGEST_SUBDOMAIN: usize = 253;

/// The rule that an object's name follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// [`dns_label`].
    DnsLabel,
    /// [`dns_subdomain`].
    DnsSubdomain,
    /// [`path_segment`].
    PathSegment,
}

/// The rule for the names of a kind (`ValidateNamespaceName`, `ValidateServiceName`, `rbac/validation`
/// `minimalValidation`; custom resources are DNS subdomains).
pub(crate) fn rule(group: &str, kind: &str) -> Rule {
    match (group, kind) {
        // Since 1.36 the name of a Service may start with a digit (`RelaxedServiceNameValidation`).
        (kube::CORE, "Namespace" | "Service") => Rule::DnsLabel,
        (kube::RBAC, _) => Rule::PathSegment,
        // `example.com:signer:name` (`ValidateClusterTrustBundle`), and IP addresses (`ValidateIPAddressName`).
        ("certificates.k8s.io", "ClusterTrustBundle") | (kube::NETWORKING, "IPAddress") => Rule::PathSegment,
        _ => Rule::DnsSubdomain,
    }
}

/// An RFC 1123 label, as used for namespaces (`IsDNS1123Label`).
pub(crate) fn dns_label(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("it is empty".to_string());
    }
    if text.len() > LONGEST_LABEL {
        return Err(format!("it has {} characters, but at most {LONGEST_LABEL} are allowed", text.len()));
    }
    if let Some(wrong) = text.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-')) {
        return Err(format!("`{}` is not allowed in it", wrong.escape_debug()));
    }
    if text.starts_with('-') || text.ends_with('-') {
        return Err("it must start and end with a letter or digit".to_string());
    }
    Ok(())
}

/// An RFC 1035 label, as used for Services (`IsDNS1035Label`).
pub(crate) fn service_name(text: &str) -> Result<(), String> {
    dns_label(text)?;
    if text.starts_with(|first: char| first.is_ascii_digit()) {
        return Err("it must start with a letter".to_string());
    }
    Ok(())
}

/// An RFC 1123 subdomain, as used for most objects (`IsDNS1123Subdomain`).
pub(crate) fn dns_subdomain(text: &str) -> Result<(), String> {
    if text.len() > LONGEST_SUBDOMAIN {
        return Err(format!("it has {} characters, but at most {LONGEST_SUBDOMAIN} are allowed", text.len()));
    }
    text.split('.').try_for_each(|part| match dns_label(part) {
        Err(_) if part.is_empty() => Err("it has an empty label between dots".to_string()),
        Err(why) if part.len() <= LONGEST_LABEL => Err(why),
        _ => Ok(()),
    })
}

/// A valid path segment, as used for roles and bindings (`k8s.io/apimachinery` `pkg/api/validation/path`).
pub(crate) fn path_segment(text: &str) -> Result<(), String> {
    if text.contains(['/', '%']) || matches!(text, "." | "..") {
        return Err("`/` and `%` are not allowed in it".to_string());
    }
    Ok(())
}

/// A key of a ConfigMap or Secret (`IsConfigMapKey`).
pub(crate) fn secret_key(text: &str) -> Result<(), String> {
    if text.is_empty() || text.len() > LONGEST_SUBDOMAIN {
        return Err(format!("it must have 1 to {LONGEST_SUBDOMAIN} characters"));
    }
    match text.chars().find(|c| !matches!(c, 'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' | '.')) {
        Some(wrong) => Err(format!("`{}` is not allowed in the name of a Secret's key", wrong.escape_debug())),
        None => Ok(()),
    }
}

/// The name of an environment variable (`IsEnvVarName`).
pub(crate) fn env_name(text: &str) -> Result<(), String> {
    if text.is_empty() || text.starts_with(|first: char| first.is_ascii_digit()) {
        return Err("it must start with a letter, `_`, `-` or `.`".to_string());
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
    fn names_follow_kubernetes() {
        for good in ["a", "web-1", &"a".repeat(63)] {
            assert_eq!(dns_label(good), Ok(()));
        }
        for bad in ["", "-a", "a-", "A", "a_b", "a.b", "ä", &"a".repeat(64)] {
            assert!(dns_label(bad).is_err(), "{bad}");
        }
        assert!(service_name("1web").is_err());
        assert_eq!(dns_subdomain("my.jaeger"), Ok(()));
        assert!(dns_subdomain("my..jaeger").is_err());
        assert!(path_segment("system:node").is_ok() && path_segment("a/b").is_err() && path_segment("..").is_err());
        assert!(env_name("A.b-c_1").is_ok() && env_name("1A").is_err());
    }

    #[test]
    fn each_kind_has_its_rule() {
        assert_eq!(rule("", "Namespace"), Rule::DnsLabel);
        assert_eq!(rule("", "Service"), Rule::DnsLabel);
        assert_eq!(rule("serving.knative.dev", "Service"), Rule::DnsSubdomain);
        assert_eq!(rule("rbac.authorization.k8s.io", "Role"), Rule::PathSegment);
    }
}
