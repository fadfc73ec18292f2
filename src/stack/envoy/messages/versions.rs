//! Sets of Envoy's minor versions.

use crate::stack::envoy::messages::table::Table;
use std::fmt;

/// Some of the minor versions of Envoy whose messages are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Versions(pub(super) u32);

impl Versions {
    /// All versions, for when it is unknown which Envoy will run.
    pub(crate) fn all() -> Versions {
        Versions((1 << Table::get().minors.len()) - 1)
    }

    /// Envoy 1.`minor`. A version between two known ones stands for both: what they agree on applies. Versions beyond
    /// either end count as the nearest known one.
    pub(crate) fn of(minor: u32) -> Versions {
        let minors = &Table::get().minors;
        let (mut mask, last) = (0, minors.len() - 1);
        let at = minors.partition_point(|known| *known < minor);
        mask |= 1 << at.min(last);
        if at > 0 && minors.get(at) != Some(&minor) {
            mask |= 1 << (at - 1);
        }
        if at > last {
            mask = 1 << last;
        }
        Versions(mask)
    }

    /// All versions from 1.`oldest` to 1.`newest`, each as in [`Versions::of`].
    pub(crate) fn between(oldest: u32, newest: u32) -> Versions {
        let minors = &Table::get().minors;
        let within = minors.iter().filter(|minor| (oldest..=newest).contains(*minor));
        let ends = Versions::of(oldest).or(Versions::of(newest));
        within.fold(ends, |all, minor| all.or(Versions::of(*minor)))
    }

    /// Whether the set is empty.
    pub(crate) fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Versions older than 1.`minor`.
    pub(super) fn before(minor: u32) -> Versions {
        Versions((1 << Table::get().minors.partition_point(|known| *known < minor)) - 1)
    }

    pub(super) fn and(self, other: Versions) -> Versions {
        Versions(self.0 & other.0)
    }

    pub(super) fn or(self, other: Versions) -> Versions {
        Versions(self.0 | other.0)
    }

    pub(super) fn without(self, other: Versions) -> Versions {
        Versions(self.0 & !other.0)
    }
}

/// `1.22 to 1.28, 1.36`: adjacent versions form a range.
impl fmt::Display for Versions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let minors = &Table::get().minors;
        let has = |index: usize| self.0 & (1 << index) != 0;
        let mut index = 0;
        let mut first = true;
        while index < minors.len() {
            if !has(index) {
                index += 1;
                continue;
            }
            let start = index;
            while index + 1 < minors.len() && has(index + 1) {
                index += 1;
            }
            let separator = if first { "" } else { ", " };
            match index - start {
                0 => write!(f, "{separator}1.{}", minors[start])?,
                1 => write!(f, "{separator}1.{}, 1.{}", minors[start], minors[index])?,
                _ => write!(f, "{separator}1.{} to 1.{}", minors[start], minors[index])?,
            }
            first = false;
            index += 1;
        }
        Ok(())
    }
}
