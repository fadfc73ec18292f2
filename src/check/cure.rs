//! What a rule knows to be right: how to change the set so that what it found is gone.
//!
//! Edits name places in the set, as cursors do, and know nothing about files or their layout.

use crate::check::cursor::Location;
use serde_json::Value as Json;
use std::ops::Range;

/// Whether a fix is certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Trust {
    /// The files, or the program that reads them, leave no other value.
    Safe,
    /// It is what was probably meant.
    Unsafe,
}

/// A change of the set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Edit {
    pub(crate) at: Location,
    pub(crate) what: What,
}

/// What changes at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// This is the value now. A key that is missing is added, with the maps around it.
    Set(Json),
    /// This comes to the end of the list.
    Append(Json),
    /// The key or the item goes.
    Remove,
    /// The key has this name now.
    Rename(String),
    /// The value goes away from here, and comes to stand there.
    Move(Location),
    /// The number or boolean becomes the string that is written there.
    Quote,
    /// These bytes of the string go.
    Cut(Vec<Range<usize>>),
}

impl Edit {
    fn new(at: impl Into<Location>, what: What) -> Edit {
        Edit { at: at.into(), what }
    }

    pub(crate) fn set(at: impl Into<Location>, value: impl Into<Json>) -> Edit {
        Edit::new(at, What::Set(value.into()))
    }

    pub(crate) fn append(at: impl Into<Location>, item: impl Into<Json>) -> Edit {
        Edit::new(at, What::Append(item.into()))
    }

    pub(crate) fn remove(at: impl Into<Location>) -> Edit {
        Edit::new(at, What::Remove)
    }

    pub(crate) fn rename(at: impl Into<Location>, key: impl Into<String>) -> Edit {
        Edit::new(at, What::Rename(key.into()))
    }

    pub(crate) fn shift(from: impl Into<Location>, to: impl Into<Location>) -> Edit {
        Edit::new(from, What::Move(to.into()))
    }

    pub(crate) fn quote(at: impl Into<Location>) -> Edit {
        Edit::new(at, What::Quote)
    }

    pub(crate) fn cut(at: impl Into<Location>, ranges: Vec<Range<usize>>) -> Edit {
        Edit::new(at, What::Cut(ranges))
    }
}

/// All changes that make one finding go away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cure {
    pub(crate) trust: Trust,
    pub(crate) edits: Vec<Edit>,
}

impl Cure {
    /// `None` without a change.
    pub(crate) fn new(trust: Trust, edits: impl IntoIterator<Item = Edit>) -> Option<Cure> {
        let edits: Vec<Edit> = edits.into_iter().collect();
        (!edits.is_empty()).then_some(Cure { trust, edits })
    }
}
