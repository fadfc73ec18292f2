//! The id of a finding as a type, and what is known about each id.

use serde::Serialize;
use std::fmt;

/// The id of a finding. [`ids`](crate::finding::ids) defines those of the stages; each rule of `check` converts to its
/// own. There is no other way to make one, so every printed id is known to `explain`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct RuleId(&'static str);

impl RuleId {
    /// Registers an id: only for the table in `ids.rs` and the rules of `check`; `tests/it/ids.rs` finds any other use.
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

/// What a stage reports under an id, which determines what levels can change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    /// Errors: the stage has no sound result, so no level changes them.
    Errors,
    /// Warnings: they can be allowed and denied.
    Warnings,
    /// An error in one place, a warning in another: levels change only the warning.
    Both,
    /// Warnings of `diff`, to which levels do not apply.
    DiffWarnings,
}

impl Says {
    /// Whether `allow`, `warn` and `deny` change something.
    pub fn has_levels(self) -> bool {
        matches!(self, Says::Warnings | Says::Both)
    }
}

/// What is known about the id of a stage.
#[derive(Debug)]
pub struct Entry {
    /// The id.
    pub id: RuleId,
    /// Errors, warnings, or both.
    pub says: Says,
    /// What it means, in one line.
    pub summary: &'static str,
    /// The reason.
    pub why: &'static str,
    /// What to do.
    pub help: &'static str,
}
