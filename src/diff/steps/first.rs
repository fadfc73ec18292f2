//! What has to be deleted before something else can be applied.
//!
//! In: the changes. Out: the objects that are recreated, and the config entries that are in the way of new ones.

use crate::diff::Change;
use crate::diff::Content;
use crate::diff::Kind;
use crate::diff::ObjectRef;
use crate::diff::steps::Command;
use crate::diff::steps::group;
use crate::diff::steps::kubectl;
use crate::diff::steps::target;
use crate::object::order;
use crate::stack::consul;
use crate::stack::kube::fields::holder_of;
use serde_json::Value as Json;
use std::collections::HashMap;

/// Deletes an object of which a field changes that cannot change in place.
pub(super) fn recreated(change: &Change) -> Option<Command> {
    let object = change.object.as_ref().filter(|_| change.kind == Kind::Changed)?;
    let fixed: Vec<_> = change.fields.iter().filter(|field| field.recreates).collect();
    if fixed.is_empty() {
        return None;
    }
    // The pods and their claims can stay if only the template of later claims changes.
    let keeps = object.kind == "StatefulSet" && fixed.iter().all(|field| !field.path.starts_with("/spec/selector"));
    let target = target(object);
    let mut words = vec!["delete", &target, "--ignore-not-found"];
    if keeps {
        words.push("--cascade=orphan");
    }
    Some(kubectl(&object.namespace, &words))
}

/// What a person has to know before an object is recreated.
pub(super) fn warning(change: &Change) -> Option<String> {
    recreated(change)?;
    let object = change.object.as_ref()?;
    let what = holder_of(group(object), &object.kind)?.recreated?;
    Some(format!("{object}: {what}"))
}

/// A config entry of FROM because of which Consul refuses one of TO.
pub(super) struct InTheWay<'a> {
    /// The change that removes or renames it.
    change: &'a Change,
    pub(super) old: &'a ObjectRef,
    /// The change that brings the new one.
    pub(super) new: &'a Change,
}

impl InTheWay<'_> {
    /// Whether it is what a change deletes.
    pub(super) fn is_of(&self, change: &Change) -> bool {
        std::ptr::eq(self.change, change)
    }
}

/// The config entries that are in the way of others, those first that depend on the rest.
pub(super) fn in_the_way<'a>(changes: &[&'a Change]) -> Vec<InTheWay<'a>> {
    let mut old: HashMap<Slot<'a>, (&'a Change, &'a ObjectRef)> = HashMap::new();
    for (at, change) in changes.iter().enumerate().filter(|(_, change)| goes(change)) {
        let object = change.from.as_ref().map(|(object, _)| object).or(change.object.as_ref());
        if let Some((slot, object)) = object.and_then(|object| Some((slot(change, at, object)?, object))) {
            old.insert(slot, (change, object));
        }
    }
    let comes = |change: &&Change| matches!(change.kind, Kind::Added | Kind::Renamed);
    let mut all: Vec<InTheWay<'_>> = Vec::new();
    for (at, new) in changes.iter().copied().enumerate().filter(|(_, change)| comes(change)) {
        let slot = new.object.as_ref().and_then(|object| slot(new, at, object));
        if let Some((change, object)) = slot.and_then(|slot| old.remove(&slot)) {
            all.push(InTheWay { change, old: object, new });
        }
    }
    all.sort_by_cached_key(|one| (std::cmp::Reverse(order(consul::GROUP, &one.old.kind, "").1), one.old.clone()));
    all
}

/// Whether a change removes an object from the cluster.
fn goes(change: &Change) -> bool {
    change.content == Content::Object
        && !change.stays
        && matches!(change.kind, Kind::Removed | Kind::Renamed)
        && change.note.is_none()
}

/// What only one config entry of a cluster can have: of its kind, this name or this service.
#[derive(PartialEq, Eq, Hash)]
enum Slot<'a> {
    Kind(&'a str),
    Name(&'a str, &'a str),
    /// That of a ServiceIntentions.
    Destination(&'a str),
    /// That of a ServiceIntentions which is only moved, in this change.
    Same(usize),
}

fn slot<'a>(change: &'a Change, at: usize, object: &'a ObjectRef) -> Option<Slot<'a>> {
    let kind = object.kind.as_str();
    match kind {
        _ if group(object) != consul::GROUP => None,
        _ if consul::ONE_PER_CLUSTER.contains(&kind) => Some(Slot::Kind(kind)),
        _ if consul::UNIQUE_NAMES.contains(&kind) => Some(Slot::Name(kind, &object.name)),
        consul::INTENTIONS if change.kind == Kind::Renamed => {
            let moves = change.fields.iter().any(|field| field.path.starts_with("/spec/destination"));
            (!moves).then_some(Slot::Same(at))
        }
        consul::INTENTIONS => {
            let field = change.fields.first()?;
            let whole = field.value.as_ref().or(field.old.as_ref())?;
            whole.pointer("/spec/destination/name").and_then(Json::as_str).map(Slot::Destination)
        }
        _ => None,
    }
}
