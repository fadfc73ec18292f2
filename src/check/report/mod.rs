//! From findings about the set to findings in files: places and levels.

pub(crate) mod levels;
pub(crate) mod place;
