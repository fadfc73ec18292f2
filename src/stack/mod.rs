//! Facts about the programs that meshtrace writes manifests for: their versions and features, names, ports, annotations
//! and kinds, and how these programs parse their input.
//!
//! Each such fact is stated only here, with its source; all other modules look it up. This module uses no other module
//! of the crate, decides nothing and reports nothing. `tests/it/layers.rs` enforces both.

pub(crate) mod cert_manager;
pub mod consul;
pub(crate) mod envoy;
pub(crate) mod gitops;
pub(crate) mod go;
pub(crate) mod image;
pub mod jaeger;
pub(crate) mod kube;
pub(crate) mod oauth2_proxy;
pub(crate) mod otel;
pub(crate) mod version;

pub use version::Version;

/// When the tables of versions were last compared with their sources.
pub const AS_OF: &str = "2026-08-21";

/// Where the tables of versions come from.
pub fn sources() -> impl Iterator<Item = &'static str> {
    let parts =
        [consul::chart::SOURCES, jaeger::operator::SOURCES, otel::SOURCES, jaeger::SOURCES, cert_manager::SOURCES];
    parts.into_iter().flatten().copied()
}
