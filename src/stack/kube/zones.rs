//! Names of time zones.

use std::collections::HashSet;
use std::sync::OnceLock;

/// `scripts/refresh-facts/zones.py` writes it from the database in Go, which the API server asks.
const NAMES: &str = include_str!("zones.txt");

/// All names that are known.
pub(crate) fn all() -> impl Iterator<Item = &'static str> {
    NAMES.lines().filter(|line| !line.starts_with('#'))
}

/// Whether a zone of that name is known.
pub(crate) fn is_one(name: &str) -> bool {
    static SET: OnceLock<HashSet<&'static str>> = OnceLock::new();
    SET.get_or_init(|| all().collect()).contains(name)
}

/// Whether a newer database may have a zone of that name: it has the form of one, in a region that is known.
pub(crate) fn may_be_one(name: &str) -> bool {
    let letters = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "_+-".contains(c));
    let region = name.split_once('/').map(|(region, _)| region);
    name.split('/').all(letters)
        && region.is_some_and(|region| all().any(|known| known.split_once('/').is_some_and(|(one, _)| one == region)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_known_by_their_names() {
        for name in ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+5"] {
            assert!(is_one(name), "{name}");
        }
        assert!(!is_one("europe/berlin") && !is_one("Local") && all().count() > 500);
    }

    #[test]
    fn a_newer_zone_has_a_known_region() {
        assert!(may_be_one("Europe/Newtown") && may_be_one("America/Argentina/Newtown"));
        for name in ["In Valid!", "Newtown", "Mars/Base", "Europe/", "Europe/../UTC"] {
            assert!(!may_be_one(name), "{name}");
        }
    }
}
