//! Turns files into a set of objects and Helm values.

pub(crate) mod alternatives;
pub(crate) mod chainsaw;
pub(crate) mod chart;
pub(crate) mod deploy;
pub(crate) mod embedded;
pub(crate) mod kustomize;
pub(crate) mod layers;
pub(crate) mod listed;
pub(crate) mod load;
pub(crate) mod loose;
pub(crate) mod merge;
pub(crate) mod open;
pub(crate) mod options;
pub(crate) mod path;
pub(crate) mod recognize;
pub(crate) mod release;
pub(crate) mod set;
pub(crate) mod sets;
pub(crate) mod skip;
pub(crate) mod values;
