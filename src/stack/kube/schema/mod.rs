//! The schemas by which API servers judge objects: Kubernetes' own kinds in each minor from 1.24 on, the custom kinds that
//! meshtrace renders, and those of any CustomResourceDefinition.
//!
//! `scripts/refresh-facts/schemas` writes the tables from the OpenAPI of k8s.io/kubernetes, the enums and lifecycles of
//! k8s.io/api, and the CRDs of Consul's chart, the operators, cert-manager and the Gateway API. What a field of Kubernetes' own
//! must hold beyond its type is in the script's values.tsv, each row with its source.

mod family;
mod format;
mod pattern;
mod table;
mod types;

pub(crate) use family::Family;
pub(crate) use family::api_versions;
pub(crate) use family::is_cluster_scoped;
pub(crate) use format::Format;
pub(crate) use pattern::Pattern;
pub(crate) use table::Lifecycle;
pub(crate) use table::Served;
pub(crate) use table::Table;
pub(crate) use types::Additional;
pub(crate) use types::Releases;
pub(crate) use types::Schema;
pub(crate) use types::Schemas;
pub(crate) use types::Type;

#[cfg(test)]
mod tests;
