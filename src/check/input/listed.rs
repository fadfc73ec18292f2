//! An object of a set, as in its file or as changed by a kustomization.

use crate::object::Id;
use crate::yaml::Node;

/// An object of a set.
#[derive(Clone)]
pub(crate) enum Listed {
    /// Unchanged, by index.
    Same(usize),
    /// Changed: the index of the original, the new identity and the new content.
    Changed(Box<(usize, Id, Node)>),
}

impl Listed {
    /// The index of the original object.
    pub(crate) fn origin(&self) -> usize {
        match self {
            Listed::Same(index) => *index,
            Listed::Changed(changed) => changed.0,
        }
    }

    /// The identity and content; `objects` looks up the original.
    pub(crate) fn get<'a>(&'a self, object: impl FnOnce(usize) -> &'a (Id, Node)) -> (&'a Id, &'a Node) {
        match self {
            Listed::Same(index) => {
                let (id, node) = object(*index);
                (id, node)
            }
            Listed::Changed(changed) => (&changed.1, &changed.2),
        }
    }
}
