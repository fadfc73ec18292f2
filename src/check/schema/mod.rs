//! What API servers say of objects: kinds and versions they do not serve, and what their schemas refuse, read as strictly as
//! `kubectl apply` asks for.
//!
//! In: a set, and the versions that are known. Out: problems, each certain: where several releases come into question, what
//! all of them refuse. What a file leaves to be filled in (`${...}`) is not judged, nor are CEL rules.

mod api;
mod definitions;
mod fault;
pub(crate) mod json;
mod known;
mod validation;
mod walk;

pub(crate) use known::Known;

use crate::check::cursor::Doc;
use crate::check::cursor::Location;
use crate::check::input::options::Options;
use crate::check::input::set::Object;
use crate::check::input::set::Set;
use crate::check::problem::Effect;
use crate::check::problem::Problem;
use crate::check::schema::definitions::Definitions;
use crate::stack::kube;
use crate::suggest::Asked;
use crate::yaml::Node;
use rayon::iter::IntoParallelIterator;
use rayon::iter::ParallelIterator;

/// What is wrong with the objects of a set, in their order. A problem without an effect is worth a warning; the API server
/// refuses the objects of the others.
pub(crate) fn judge(set: &Set<'_>, options: &Options, known: Known<'_>) -> Vec<Problem> {
    let definitions = Definitions::of(set, options, known);
    let all = (0..set.items.len()).into_par_iter();
    let found: Vec<Vec<Found>> = all.map(|index| of_object(set.object(index), &definitions)).collect();
    let mut asked = Asked::default();
    let found = found.into_iter().enumerate().flat_map(|(index, found)| found.into_iter().map(move |one| (index, one)));
    found.map(|(index, one)| one.problem(set.object(index), &mut asked)).collect()
}

/// What was found in an object.
enum Found {
    Api(Box<api::Fault>),
    Schema(fault::Fault),
    Code(Box<Problem>),
}

impl Found {
    fn problem(self, object: Object<'_>, asked: &mut Asked) -> Problem {
        match self {
            Found::Api(fault) => {
                let root = object.root();
                let at = if fault.of_kind { root.get("kind") } else { root.get("apiVersion") };
                let mut problem = Problem::new(fault.cause, at, fault.message, fault.help);
                problem.effect = if fault.refused { Effect::Refused } else { Effect::None };
                problem
            }
            Found::Code(problem) => *problem,
            Found::Schema(fault) => {
                let (message, help) = fault.says(object, asked);
                let at = Location {
                    doc: Doc::Object(object.index),
                    path: fault.pointer(),
                    inner: None,
                    key: fault.of_key(),
                };
                let mut problem = Problem::new(fault.cause(), at, message, help);
                problem.effect = Effect::Refused;
                problem
            }
        }
    }
}

fn of_object(object: Object<'_>, definitions: &Definitions<'_>) -> Vec<Found> {
    let Some(api_version) = object.node.get("apiVersion").and_then(Node::as_str) else { return Vec::new() };
    let version = api_version.rsplit_once('/').map_or(api_version, |(_, version)| version);
    // SOPS encrypts values where they are, and takes its own key away when it decrypts them.
    if crate::object::sops(object.node).is_some() {
        return Vec::new();
    }
    let mut found = Vec::new();
    found.extend(api::judge(object.id, version, definitions).map(|fault| Found::Api(Box::new(fault))));
    let is_served = found.iter().all(|one| matches!(one, Found::Api(fault) if !fault.refused));
    if is_served {
        let schemas = definitions.of_kind(&object.id.group, version, &object.id.kind);
        found.extend(walk::object(object.node, &schemas).into_iter().map(Found::Schema));
        if definitions.own(&object.id.group, &object.id.kind).is_none() && kube::is_built_in(&object.id.group) {
            let oldest = definitions.oldest();
            found.extend(validation::judge(object, version, oldest).into_iter().map(|one| Found::Code(Box::new(one))));
        } else {
            found.extend(validation::header(object).into_iter().map(|one| Found::Code(Box::new(one))));
        }
    }
    found
}
