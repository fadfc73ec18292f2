//! From findings about the set to findings in files: places and levels.

pub(crate) mod joined;
pub(crate) mod levels;
pub(crate) mod loaded;
pub(crate) mod place;
pub(crate) mod yaml11;
