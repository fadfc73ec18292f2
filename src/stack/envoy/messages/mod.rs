//! Checks Envoy configuration in JSON against Envoy's own message descriptors: which fields, types and rules there are,
//! in which version.
//!
//! In: a JSON value, the message it is meant to be, the versions in question. Out: everything in it that one of these
//! versions rejects, as [`Problem`]s with JSON pointers; checking does not stop at the first.
//!
//! Source: the Go modules `github.com/envoyproxy/go-control-plane[/envoy]`, which mirror Envoy's API version by version
//! (`scripts/refresh-facts/envoy` generates `data/messages.bin` from them). What descriptors do not cover, namely how
//! Envoy parses JSON and which messages are allowed in which `typed_config`, was measured with Envoy 1.36 to 1.40:
//! `tests/truth/envoy` has the questions and the answers.

mod judge;
mod problem;
mod rules;
mod scalar;
mod table;
mod versions;

#[cfg(test)]
mod tests;

pub(crate) use judge::Root;
pub(crate) use judge::having;
pub(crate) use judge::judge;
pub(crate) use judge::judge_in_go;
pub(crate) use problem::Kind;
pub(crate) use problem::Problem;
pub(crate) use versions::Versions;
