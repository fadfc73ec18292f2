//! The program as a person meets it: what it prints, what it writes, how it exits. One binary, since each costs a link.
#![allow(clippy::disallowed_methods, reason = "starts the program and looks at what it left on the disk")]
#![allow(clippy::print_stderr, reason = "says why it skipped what cannot be done here")]

mod attacks;
mod commands;
mod files;
mod inject;
mod levels;
mod limits;
mod many;
mod objects;
mod output;
mod outside;
mod overlays;
mod profiles;
mod project;
mod secrets;
mod strangers;
mod streams;
mod strings;
mod templates;
