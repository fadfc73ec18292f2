//! meshtrace renders, proves and diffs the Kubernetes manifests that make distributed tracing work across a Consul
//! service mesh with Jaeger.

pub mod builtin;
pub mod disk;
pub mod files;
pub mod finding;
pub mod source;
pub mod yaml;
