//! meshtrace renders, proves and diffs the Kubernetes manifests that make distributed tracing work across a Consul
//! service mesh with Jaeger.

pub mod render;

pub mod builtin;
pub mod check;
pub mod digest;
pub mod disk;
pub mod explain;
pub mod files;
pub mod finding;
pub mod glob;
pub mod inject;
pub mod model;
pub mod object;
pub mod profile;
pub mod project;
pub mod report;
pub mod source;
pub mod suggest;
pub mod template;
pub mod yaml;
