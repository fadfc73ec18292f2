//! What several modules of tests share; `tests/fuzz` takes `leak` and `patch` from here too.

pub(crate) mod bless;
pub(crate) mod leak;
pub(crate) mod patch;
pub(crate) mod tables;
