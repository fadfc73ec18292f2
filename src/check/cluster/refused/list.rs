//! The rejected objects and the reasons.

use crate::check::cluster::values;
use crate::check::cluster::version::Versions;
use crate::check::cursor::Cursor;
use crate::check::cursor::Doc;
use crate::check::input::set::Object;
use crate::check::input::set::Set;
use crate::check::problem::Cause;
use crate::check::problem::Effect;
use crate::check::problem::Problem;
use crate::object::Id;
use crate::stack::consul;
use crate::stack::consul::validations;
use std::collections::HashMap;
use std::collections::HashSet;

/// The rejected objects of a set.
#[derive(Default)]
pub(crate) struct Refused {
    /// The reasons, each with its location in the object.
    problems: Vec<Problem>,
    objects: HashSet<usize>,
    /// Those that a later object of the same identity overwrites, each with the later one.
    overwritten: HashMap<usize, usize>,
    /// Objects that only some charts reject, when the chart version is unknown.
    unsettled: HashMap<usize, String>,
}

impl Refused {
    /// Whether an object is rejected.
    pub(crate) fn has(&self, object: Object<'_>) -> bool {
        self.objects.contains(&object.index)
    }

    /// The index of the object that overwrites this one.
    pub(crate) fn overwritten(&self, object: Object<'_>) -> Option<usize> {
        self.overwritten.get(&object.index).copied()
    }

    /// Notes which objects of Consul's kinds others of the same identity overwrite. Consul's webhooks look for others of a
    /// name only when an object is created, and the second of one namespace and name is an update
    /// (`configentry_webhook.go`, `proxydefaults_webhook.go`).
    pub(super) fn overwrite(&mut self, set: &Set<'_>) {
        let mut last: HashMap<&Id, usize> = HashMap::new();
        for (index, item) in set.items.iter().enumerate() {
            if &*item.id.group == consul::GROUP && !self.objects.contains(&index) {
                self.overwritten.extend(last.insert(item.id, index).map(|first| (first, index)));
            }
        }
    }

    /// The objects of a kind that are not rejected and that nothing overwrites, in their order.
    pub(crate) fn accepted<'r, 'a: 'r>(
        &'r self,
        set: &'r Set<'a>,
        group: &str,
        kind: &str,
    ) -> impl DoubleEndedIterator<Item = Object<'a>> + Clone + use<'r, 'a> {
        set.all(group, kind)
            .collect::<Vec<_>>()
            .into_iter()
            .filter(|object| !self.has(*object) && self.overwritten(*object).is_none())
    }

    /// The first reason why the API server refuses an object by its schema.
    pub(crate) fn by_schema(&self, object: Object<'_>) -> Option<&Problem> {
        if !self.has(object) {
            return None;
        }
        let is_of = |problem: &&Problem| problem.at.doc == Doc::Object(object.index) && problem.cause.is_of_schema();
        self.problems.iter().filter(|problem| problem.effect == Effect::Refused).find(is_of)
    }

    /// All reasons.
    pub(crate) fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Why it depends on the chart whether an object is rejected; `None` if it does not.
    pub(crate) fn unsettled(&self, object: Object<'_>) -> Option<&str> {
        self.unsettled.get(&object.index).map(String::as_str)
    }

    /// Records that it depends on the chart whether an object is rejected.
    pub(super) fn leave_open(&mut self, object: Object<'_>, detail: impl FnOnce() -> String) {
        self.unsettled.entry(object.index).or_insert_with(detail);
    }

    /// Notes a problem, and refuses the object that it is in if that is its effect.
    pub(super) fn found(&mut self, problem: Problem) {
        match problem.effect {
            Effect::Refused => self.add(problem),
            _ => self.problems.push(problem),
        }
    }

    /// Adds the object that the problem is in.
    pub(super) fn add(&mut self, mut problem: Problem) {
        if let Doc::Object(index) = problem.at.doc {
            self.objects.insert(index);
        }
        problem.effect = Effect::Refused;
        self.problems.push(problem);
    }
}

/// The cause under which a rejection by Consul's webhook is reported.
pub(super) fn cause(kind: &str) -> Cause {
    match kind {
        "ProxyDefaults" => Cause::ProxyDefaults,
        _ => Cause::ConfigEntry,
    }
}

/// The start of a message about a rejection.
pub(super) fn says(object: Object<'_>) -> String {
    format!("Consul's webhook refuses {} `{}`:", object.id.kind, object.id.name)
}

/// Whether the chart has a check introduced in a series: `None` if the chart version is unknown.
pub(super) fn checks(versions: &Versions, since: (u64, u64)) -> Option<bool> {
    if since == validations::FIRST {
        return Some(true);
    }
    let chart = versions.chart.as_ref()?;
    Some((chart.major(), chart.minor()) >= since)
}

/// Whether a Consul Enterprise feature is enabled; `None` without values.
pub(super) fn enterprise(values: Option<Cursor<'_>>, feature: validations::Feature) -> Option<bool> {
    values::flag(values, feature.key(), Some(false))
}
