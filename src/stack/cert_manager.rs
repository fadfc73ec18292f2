//! cert-manager, which issues the certificates for the operators' webhooks.

use crate::stack::Version;

/// Where this module's table comes from.
pub(crate) const SOURCES: &[&str] = &["cert-manager/website: content/docs/releases/README.md (1.18 to 1.20)"];

/// The oldest and newest Kubernetes minor that a cert-manager release is tested on, for the releases in our table
/// (cert-manager/website `content/docs/releases/README.md`, 2026-03-10).
pub(crate) fn kubernetes(version: &str) -> Option<(&'static str, &'static str)> {
    let version = Version::read(version)?;
    match (version.major(), version.minor()) {
        (1, 18) => Some(("1.29", "1.33")),
        (1, 19) => Some(("1.31", "1.35")),
        (1, 20) => Some(("1.32", "1.35")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_go_by_the_minor() {
        assert_eq!(kubernetes("1.19.4"), Some(("1.31", "1.35")));
        assert_eq!(kubernetes("1.9.1"), None);
        assert_eq!(kubernetes("2.18.0"), None);
    }
}
