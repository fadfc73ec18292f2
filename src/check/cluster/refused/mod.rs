//! Objects that the API server or Consul's webhooks refuse, and which therefore do not exist. Found before the set is given
//! a meaning, which it has without them.

mod fields;
mod ingress;
mod list;
mod own;
mod served;

pub(crate) use list::Refused;

use crate::check::cluster::version::Versions;
use crate::check::cursor::Cursor;
use crate::check::input::set::Set;

/// Judges the objects that Consul's chart defines. Linear in them.
pub(crate) fn of(set: &Set<'_>, values: Option<Cursor<'_>>, versions: &Versions) -> Refused {
    let mut refused = Refused::default();
    served::api_versions(set, &mut refused);
    served::later_kinds(set, versions, &mut refused);
    fields::judge(set, values, versions, &mut refused);
    own::judge(set, values, versions, &mut refused);
    ingress::judge(set, &mut refused);
    // The second of two is refused only if the first is not.
    own::names(set, values, &mut refused);
    refused
}

#[cfg(test)]
mod tests;
