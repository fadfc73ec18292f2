//! Shared by several test modules; `tests/fuzz` uses `leak` and `patch` too.

pub(crate) mod bless;
pub(crate) mod leak;
pub(crate) mod patch;
pub(crate) mod tables;
