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

use crate::check::input::listed::Listed;
use crate::object::Id;
use crate::yaml::Node;
use context::Applied;
use context::Context;
use std::collections::HashMap;

/// Makes the changes of a kustomization that lists nothing to objects; false if some of its patches are not certain.
pub(crate) fn change<'a>(
    kustomization: &Node,
    objects: &mut Vec<Listed>,
    object: &dyn Fn(usize) -> &'a (Id, Node),
) -> bool {
    let context = Context { folder: "", texts: &HashMap::new(), object, earlier: &HashMap::new() };
    let Applied { is_unsure, misses, faults } = patch::apply(kustomization, &context, &|_| false, objects);
    transform::transform(kustomization, objects, object);
    !is_unsure && misses.is_empty() && faults.is_empty()
}
