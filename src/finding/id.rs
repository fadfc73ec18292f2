//! The id of a finding, typed, and what is known of each.

use serde::Serialize;
use std::fmt;

/// The id that a finding is printed with. [`ids`](crate::finding::ids) has those of the stages; a rule of `check` is
/// turned into its own. Nothing else makes one, so that an id that is printed is one that `explain` knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct RuleId(&'static str);

impl RuleId {
    /// Registers an id: for the table in `ids.rs` and for the rules of `check`; `tests/it/ids.rs` finds any other use.
    pub(crate) const fn register(id: &'static str) -> RuleId {
        RuleId(id)
    }

    /// The id as it is printed: stable, kebab-case.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl From<RuleId> for &'static str {
    fn from(id: RuleId) -> &'static str {
        id.0
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

/// What a stage says under an id, and so what a level can do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    /// Errors: the stage has no sound result, so no level changes them.
    Errors,
    /// Warnings: they can be allowed and denied.
    Warnings,
    /// An error in one place, a warning in another: levels change the warning.
    Both,
    /// Warnings of `diff`, which asks for no levels.
    DiffWarnings,
}

impl Says {
    /// Whether `allow`, `warn` and `deny` change something.
    pub fn has_levels(self) -> bool {
        matches!(self, Says::Warnings | Says::Both)
    }
}

/// What there is to know of the id of a stage.
#[derive(Debug)]
pub struct Entry {
    /// The id.
    pub id: RuleId,
    /// Errors, warnings, or both.
    pub says: Says,
    /// What it means, in one line.
    pub summary: &'static str,
    /// Why it is so.
    pub why: &'static str,
    /// What to do.
    pub help: &'static str,
}
