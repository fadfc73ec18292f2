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
use crate::check::input::set::Set;

/// Checks the objects that Consul's chart defines, in linear time.
pub(crate) fn of(set: &Set<'_>, values: Option<Cursor<'_>>, versions: &Versions) -> Refused {
    let mut refused = Refused::default();
    served::api_versions(set, &mut refused);
    served::later_kinds(set, versions, &mut refused);
    fields::judge(set, values, versions, &mut refused);
    own::judge(set, values, versions, &mut refused);
    ingress::judge(set, &mut refused);
    // A duplicate is rejected only if the first one is accepted.
    own::names(set, values, &mut refused);
    refused
}

#[cfg(test)]
mod tests;
