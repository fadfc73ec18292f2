//! `meshtrace.yaml`: the renders of a repository, and the levels and ignore rules that go with them.
//!
//! In: its text. Out: [`Project`], or findings. [`expand`] turns pattern keys into renders, [`select`] picks the
//! requested ones. Never touches the disk; whether a rule or a profile exists is checked where it is used.

mod keys;
mod read;
mod renders;

pub use keys::KEYS;
pub use keys::Key;
pub use read::parse;
pub use renders::expand;
pub use renders::select;

use crate::profile::Name;
use crate::source::Place;

/// The name of the file.
pub const FILE: &str = "meshtrace.yaml";

/// The content of `meshtrace.yaml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// The folder of the renders, relative to the file, with `/`; default `out`. Never absolute, never upwards.
    pub out: String,
    /// The renders as written: the name of a pattern contains a `*`, and so does at least one of its profiles.
    pub renders: Vec<Render>,
    /// The levels of rules.
    pub check: CheckLevels,
    /// The differences to ignore.
    pub diff_ignore: Vec<Ignore>,
    /// Lists whose items have keys.
    pub diff_lists: Vec<List>,
}

impl Default for Project {
    fn default() -> Project {
        Project {
            out: "out".to_owned(),
            renders: Vec::new(),
            check: CheckLevels::default(),
            diff_ignore: Vec::new(),
            diff_lists: Vec::new(),
        }
    }
}

/// One render: its name, which is its folder below `out`, and its profiles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Render {
    /// A relative path with `/`, safe to join to a folder.
    pub name: String,
    /// The profiles, lowest first; `base` is implied.
    pub profiles: Vec<Name>,
    /// Its key.
    pub place: Option<Place>,
}

/// The levels of rules that differ from the defaults.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckLevels {
    /// Counted, but not printed.
    pub allow: Vec<Level>,
    /// Printed, but does not fail.
    pub warn: Vec<Level>,
    /// Fails.
    pub deny: Vec<Level>,
}

/// The level of one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Level {
    /// The rule's id; in `deny` also `warnings`.
    pub rule: String,
    /// Why, never empty.
    pub reason: String,
    /// Its key.
    pub place: Option<Place>,
}

/// A list whose items have keys, so that they are compared one by one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// The kind of the objects.
    pub kind: String,
    /// A JSON pointer to the list; `*` is any step.
    pub path: String,
    /// The keys that name an item.
    pub keys: Vec<String>,
}

/// Differences to ignore: those in objects that match all of the given names, at `path` if there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ignore {
    /// The object's kind.
    pub kind: Option<String>,
    /// The object's namespace.
    pub namespace: Option<String>,
    /// The object's name.
    pub name: Option<String>,
    /// A JSON pointer in which `*` matches any one step.
    pub path: Option<String>,
    /// Why, never empty.
    pub reason: String,
    /// Where it begins.
    pub place: Option<Place>,
}

#[cfg(test)]
mod tests;
