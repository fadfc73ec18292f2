//! All integration tests except `fuzz`, in one binary: each binary has to be linked with the library and all its
//! dependencies. `cargo test --test it golden::` runs one module. The modules share a process, so no test may change
//! process-wide state, such as the working directory or an environment variable; a test that needs to starts its own
//! process.

mod alternatives;
mod carriers;
mod check;
mod check_hostile;
mod ci;
mod cli;
mod common;
mod deployers;
mod diff_complaints;
mod diff_laws;
mod diff_sources;
mod diff_trees;
mod docs;
mod fix;
mod gitops;
mod golden;
mod helm_truth;
mod ids;
mod inject;
mod kill;
mod kustomize;
mod layers;
mod layouts;
mod mutations;
mod production;
mod properties;
mod readme;
mod reference;
mod stacks;
mod tables;
mod truth;
mod values_files;
mod walk;
