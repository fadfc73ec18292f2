//! Objects that the API server or Consul's webhooks reject, and which therefore do not exist. Determined first, because
//! the rest of the set is interpreted without them.

mod fields;
mod ingress;
mod list;
mod own;
mod served;

pub(crate) use list::Refused;

use crate::check::cluster::version::Versions;
use crate::check::cursor::Cursor;
use crate::check::cursor::Doc;
use crate::check::input::options::Options;
use crate::check::input::set::Set;
use crate::check::problem::Cause;
use crate::check::problem::Problem;
use crate::check::schema;
use crate::stack::jaeger;

/// Checks all objects by their schemas, and those that Consul's chart defines as its webhooks do, in linear time.
pub(crate) fn of(set: &Set<'_>, values: Option<Cursor<'_>>, versions: &Versions, options: &Options) -> Refused {
    let mut refused = Refused::default();
    let known = schema::Known { kubernetes: versions.kubernetes.as_ref(), chart: versions.chart.as_ref() };
    let judged = schema::judge(set, options, known).into_iter().filter(|problem| !is_of_jaeger(set, problem));
    judged.for_each(|problem| refused.found(problem));
    served::api_versions(set, &mut refused);
    served::later_kinds(set, versions, &mut refused);
    fields::judge(set, values, versions, &mut refused);
    own::judge(set, values, versions, &mut refused);
    ingress::judge(set, &mut refused);
    refused.overwrite(set);
    // A duplicate is rejected only if the first one is accepted.
    own::names(set, values, &mut refused);
    refused
}

/// Whether it is about a field that a Jaeger does not have, of which a rule of its own speaks: clients that do not ask for
/// strict validation lose it, and the operator goes on without it.
fn is_of_jaeger(set: &Set<'_>, problem: &Problem) -> bool {
    let Doc::Object(index) = problem.at.doc else { return false };
    let id = set.items[index].id;
    let place = problem.at.path.rsplit_once('/').map_or("", |(place, _)| place);
    let part = place.strip_prefix("/spec").map(|part| part.trim_start_matches('/'));
    (&*id.group, &*id.kind, problem.cause) == (jaeger::GROUP, jaeger::KIND, Cause::SchemaUnknownField)
        && part.is_some_and(|part| jaeger::FIELDS.iter().any(|(own, _)| *own == part))
}

#[cfg(test)]
mod tests;
