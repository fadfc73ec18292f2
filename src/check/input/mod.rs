//! Files to a set of objects and Helm values.

pub(crate) mod load;
pub(crate) mod options;
pub(crate) mod set;
