//! Facts about the programs that meshtrace writes manifests for: versions and what each brings, names, ports, annotations,
//! kinds, and how these programs read what they are given.
//!
//! This is the only home of such facts. A fact is typed once, here, and names its source; everybody else asks. The module
//! uses nothing else of ours, decides nothing and reports nothing. `tests/layers.rs` holds both.

pub(crate) mod cert_manager;
pub mod consul;
pub(crate) mod envoy;
pub(crate) mod go;
pub mod jaeger;
pub(crate) mod kube;
pub(crate) mod otel;
pub(crate) mod version;

pub use version::Version;

/// When the tables of versions were last compared with their sources.
pub const AS_OF: &str = "2026-08-21";

/// Where the tables of versions were read.
pub fn sources() -> impl Iterator<Item = &'static str> {
    let parts =
        [consul::chart::SOURCES, jaeger::operator::SOURCES, otel::SOURCES, jaeger::SOURCES, cert_manager::SOURCES];
    parts.into_iter().flatten().copied()
}
