//! Turns findings about the set into findings in files: locations and levels.

pub(crate) mod edits;
pub(crate) mod fix;
pub(crate) mod joined;
pub(crate) mod levels;
pub(crate) mod loaded;
pub(crate) mod place;
pub(crate) mod profile;
mod replacements;
pub(crate) mod unbuilt;
pub(crate) mod yaml11;
