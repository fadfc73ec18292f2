//! What patches and replacements work with, and what becomes of them.

use crate::check::input::listed::Listed;
use crate::object::Id;
use crate::source::Span;
use crate::yaml::Node;
use std::collections::HashMap;

/// The documents of patch files, by path.
pub(crate) type Texts = HashMap<String, Vec<Node>>;

/// The former identities of objects, by index.
pub(super) type Earlier = HashMap<usize, Vec<Id>>;

/// Why kustomize does not build a kustomization.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Fault {
    /// The directory of the kustomization.
    pub(crate) folder: String,
    pub(crate) at: Span,
    pub(crate) message: String,
    pub(crate) help: String,
}

impl Fault {
    pub(super) fn new(folder: &str, at: Span, message: impl Into<String>, help: impl Into<String>) -> Fault {
        Fault { folder: folder.to_string(), at, message: message.into(), help: help.into() }
    }
}

/// The namespace of an object, as kustomize compares it (`kyaml/resid/resid.go`, `EffectiveNamespace`).
pub(super) fn namespace(id: &Id) -> &str {
    if id.namespace.is_empty() { "default" } else { &id.namespace }
}

/// What patches and replacements work with.
pub(super) struct Context<'c, 'a> {
    /// The directory of the kustomization.
    pub(super) folder: &'c str,
    pub(super) texts: &'c Texts,
    pub(super) object: &'c dyn Fn(usize) -> &'a (Id, Node),
    pub(super) earlier: &'c Earlier,
}

impl<'a> Context<'_, 'a> {
    /// Whether an object is wanted, by what it is called now or was called before.
    pub(super) fn is_wanted(&self, listed: &Listed, wants: &dyn Fn(&Id, &Node) -> bool) -> bool {
        let (id, node) = listed.get(|index| (self.object)(index));
        wants(id, node) || self.earlier.get(&listed.origin()).into_iter().flatten().any(|id| wants(id, node))
    }
}

/// What became of patches or replacements.
#[derive(Default)]
pub(super) struct Applied {
    /// Whether it is not certain what some of them do.
    pub(super) is_unsure: bool,
    /// Those that are for an object that is not there.
    pub(super) misses: Vec<Fault>,
    /// Those that fail.
    pub(super) faults: Vec<Fault>,
}
