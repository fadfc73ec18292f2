//! All integration tests but `fuzz`, in one binary: each binary costs a link of the library and everything below it.
//! `cargo test --test it golden::` runs one module. The modules share a process, so no test may change what belongs to
//! all of it, such as the working directory or an environment variable; what needs that starts a process of its own.

mod check;
mod check_hostile;
mod cli;
mod common;
mod diff_complaints;
mod diff_laws;
mod diff_sources;
mod golden;
mod ids;
mod kill;
mod layers;
mod properties;
mod readme;
mod stacks;
mod tables;
mod truth;
