//! Builds the objects of kustomizations.
//!
//! Does what kustomize certainly does: lists, plain patches, `namespace`, names, labels, annotations, images,
//! replacements, ConfigMaps and Secrets from files and literals. Anything beyond that, such as plugins, is noted, with the
//! kustomize command to run, and leaves open what it may change. What kustomize refuses to build is a fault.

mod build;
mod context;
mod fields;
mod files;
mod generate;
mod patch;
mod replace;
mod transform;

pub(crate) use build::Built;
pub(crate) use build::Root;
pub(crate) use build::Surroundings;
pub(crate) use build::roots;
pub(crate) use context::Fault;
pub(crate) use files::HELM;
pub(crate) use files::Kustomizations;
pub(crate) use files::is_kustomization;
pub(crate) use generate::Content;
pub(crate) use generate::Generator;
pub(crate) use generate::secrets;
