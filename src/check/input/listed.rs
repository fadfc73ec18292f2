//! An object of a set, as its file has it or as a kustomization changed it.

use crate::object::Id;
use crate::yaml::Node;

/// An object of a set.
#[derive(Clone)]
pub(crate) enum Listed {
    /// As its file has it, by index.
    Same(usize),
    /// Changed: the index of what it was made of, and what it is.
    Changed(Box<(usize, Id, Node)>),
}

impl Listed {
    /// The object of the files that it is, or was made of.
    pub(crate) fn origin(&self) -> usize {
        match self {
            Listed::Same(index) => *index,
            Listed::Changed(changed) => changed.0,
        }
    }

    /// What it is, when `objects` finds what the files say.
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
