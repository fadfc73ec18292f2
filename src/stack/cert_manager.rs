//! cert-manager, which issues the certificates for the operators' webhooks.

use crate::stack::Version;

/// Where the table of this module was read.
pub(crate) const SOURCES: &[&str] =
    &["cert-manager/website: content/docs/releases/README.md (1.8 to 1.15 and 1.18 to 1.20)"];

/// The oldest and the newest Kubernetes minor that a cert-manager supports, of those whose row we have read
/// (cert-manager/website `content/docs/releases/README.md`: "Compatible Kubernetes versions" of old releases, 2025, and
/// "Supported", 2026-03-10).
pub(crate) fn kubernetes(version: &str) -> Option<(&'static str, &'static str)> {
    let version = Version::read(version)?;
    match (version.major(), version.minor()) {
        (1, 8) => Some(("1.19", "1.24")),
        (1, 9) => Some(("1.20", "1.24")),
        (1, 10) => Some(("1.20", "1.26")),
        (1, 11 | 13) => Some(("1.21", "1.27")),
        (1, 12) => Some(("1.22", "1.32")),
        (1, 14) => Some(("1.24", "1.31")),
        (1, 15) => Some(("1.25", "1.32")),
        (1, 18) => Some(("1.29", "1.33")),
        (1, 19) => Some(("1.31", "1.35")),
        (1, 20) => Some(("1.32", "1.35")),
        _ => None,
    }
}

/// The images in a release's manifest (cert-manager v1.9.1 and v1.20.0 `deploy/charts/cert-manager/values.yaml`). What solves
/// ACME challenges is pulled only for them, and not listed.
pub(crate) fn images(version: &str) -> Vec<String> {
    ["cainjector", "controller", "webhook"]
        .iter()
        .map(|part| format!("quay.io/jetstack/cert-manager-{part}:v{version}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_go_by_the_minor() {
        assert_eq!(kubernetes("1.19.4"), Some(("1.31", "1.35")));
        assert_eq!(kubernetes("1.9.1"), Some(("1.20", "1.24")));
        assert_eq!(kubernetes("1.17.0"), None);
        assert_eq!(kubernetes("2.18.0"), None);
    }
}
