//! cert-manager, which makes the certificates of the operators' webhooks.

use crate::stack::Version;

/// Where the table of this module was read.
pub(crate) const SOURCES: &[&str] = &["cert-manager/website: content/docs/releases/README.md (1.18 to 1.20)"];

/// The oldest and the newest Kubernetes minor that a cert-manager is tested on, of those whose row we have read
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
