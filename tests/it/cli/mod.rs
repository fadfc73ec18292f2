//! The program as users see it: what it prints, what it writes, how it exits. A single binary, because each has to be
//! linked.
#![allow(clippy::disallowed_methods, reason = "runs the program and examines the files that it wrote")]
#![allow(clippy::print_stderr, reason = "prints why a test is skipped")]

mod argocd;
mod attacks;
#[cfg(unix)]
mod chart_objects;
mod charts;
mod checkouts;
mod commands;
mod files;
mod fix;
mod fleets;
mod formats;
mod gone;
mod inject;
mod levels;
mod limits;
mod looks;
mod many;
mod merges;
mod objects;
mod output;
mod outside;
mod overlays;
mod own_charts;
mod profiles;
pub(crate) mod project;
mod schemas;
mod secrets;
mod steps;
mod strangers;
mod streams;
mod strings;
mod templates;
#[cfg(target_os = "linux")]
mod terminal;
