//! Versions: one type and one parser for all programs.

use std::fmt;

/// Major, minor and patch. A suffix describes a build (`-ent`, `+k3s1`, `-alpine`) or a prerelease (`-rc1`) but never
/// means that a feature is missing, so it is parsed and ignored: `1.13.2-ent` is at least `1.13.2`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(semver::Version);

impl Version {
    /// A version from three numbers.
    pub const fn new(major: u64, minor: u64, patch: u64) -> Version {
        Version(semver::Version::new(major, minor, patch))
    }

    /// Parses a version as written in tags of images, charts and clusters: `1.12.3`, `v1.30.2+k3s1`, `1.22.3-ent`,
    /// `1.14`. A missing patch is 0. `None`: it does not start with a number and a dot, as in `latest` or `7`.
    pub fn read(text: &str) -> Option<Version> {
        let text = text.trim().trim_start_matches('v');
        let mut parts = text.split(['-', '+']).next()?.split('.');
        let mut next = || parts.next().map(number);
        let (major, minor) = (next()??, next()??);
        let patch = next().unwrap_or(Some(0))?;
        Some(Version::new(major, minor, patch))
    }

    /// The first number.
    pub fn major(&self) -> u64 {
        self.0.major
    }

    /// The second number.
    pub fn minor(&self) -> u64 {
        self.0.minor
    }

    /// The third number.
    pub fn patch(&self) -> u64 {
        self.0.patch
    }

    /// Major and minor, such as `1.14`.
    pub fn series(&self) -> String {
        format!("{}.{}", self.major(), self.minor())
    }

    /// Whether this is `major.minor.0` or newer.
    pub fn at_least(&self, major: u64, minor: u64) -> bool {
        *self >= Version::new(major, minor, 0)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// Go and Helm read `08` as 8 in a version; `semver` rejects it.
fn number(part: &str) -> Option<u64> {
    is_number(part).then(|| part.parse().ok())?
}

fn is_number(part: &str) -> bool {
    !part.is_empty() && part.len() <= 9 && part.bytes().all(|byte| byte.is_ascii_digit())
}

/// Checks that `text` is a version as written in a profile: one to three numbers with an optional suffix and no `v`.
/// Err: why not.
pub(crate) fn check(text: &str) -> Result<(), String> {
    let core = text.split(['-', '+']).next().unwrap_or_default();
    if core.starts_with('v') {
        return Err("it begins with `v`; write only the number".to_string());
    }
    let parts: Vec<&str> = core.split('.').collect();
    let tail = text[core.len()..].chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.'));
    if (1..=3).contains(&parts.len()) && parts.iter().all(|part| is_number(part)) && tail {
        Ok(())
    } else {
        Err("it is not a version".to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_of_every_kind_are_read() {
        for (text, version) in [
            ("1.12.3", (1, 12, 3)),
            ("v1.30.2+k3s1", (1, 30, 2)),
            ("1.14", (1, 14, 0)),
            ("1.22.3-ent", (1, 22, 3)),
            ("1.9.1-rc1", (1, 9, 1)),
            ("v1.27.3-gke.100", (1, 27, 3)),
            (" 1.08.0 ", (1, 8, 0)),
            ("1.2.3.4", (1, 2, 3)),
        ] {
            assert_eq!(Version::read(text), Some(Version::new(version.0, version.1, version.2)), "{text}");
        }
        for text in ["", "latest", "7", "v", "1.", ".1", "1.x", "1.2.x", "-1.2", "1..2", "2026-08.1", "99999999999.1"] {
            assert_eq!(Version::read(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_are_compared_as_numbers_and_suffixes_do_not_count() {
        let read = |text| Version::read(text).unwrap();
        assert!(read("1.9.11") < read("1.10.0"));
        assert_eq!(read("1.13.2-ent"), read("1.13.2"));
        assert!(read("1.13.2-ent").at_least(1, 13) && !read("1.12.9").at_least(1, 13));
        assert_eq!((read("v1.30.2+k3s1").to_string(), read("1.30.2").series()), ("1.30.2".into(), "1.30".into()));
    }

    #[test]
    fn versions_of_profiles_are_plain_numbers() {
        for good in ["1.37.0", "1.24", "1.9.1-rc1"] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for bad in ["v1.2", "", "latest", "1.2.3.4", "1..2"] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
