//! Envoy's configuration in JSON, judged by Envoy's own message descriptors: which fields there are, of which types, with
//! which rules, in which version.
//!
//! In: a JSON value, the message it is meant to be, the versions in question. Out: everything in it that one of these
//! Envoys refuses, as [`Problem`]s with JSON pointers; the judge does not stop at the first.
//!
//! Source: the Go modules `github.com/envoyproxy/go-control-plane[/envoy]`, which mirror Envoy's API version by version
//! (`scripts/refresh-facts/envoy` writes `data/messages.bin` from them). What descriptors do not say, how Envoy reads
//! JSON and which message may stand in which `typed_config`, is measured with Envoy 1.36 to 1.40: `tests/truth/envoy`
//! has the questions and the answers.

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
