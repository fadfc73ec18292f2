//! Shared by several test modules; `tests/fuzz` uses `leak`, `patch` and `targets` too.

pub(crate) mod bless;
pub(crate) mod leak;
pub(crate) mod patch;
pub(crate) mod tables;
pub(crate) mod targets;
