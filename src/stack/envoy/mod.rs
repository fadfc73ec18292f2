//! Envoy.

pub mod messages;
