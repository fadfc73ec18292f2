//! Compares two sides, for people, clusters and pull requests.
//!
//! In: [`Pair`]s of [`Tree`]s of files from any source. Out: an [`Answer`] with the [`Change`]s, each a list of RFC
//! 6902 operations with their meaning. [`run`] calls the stages in order: read, compare, ignore, redact, fold. The text
//! and the exit code are both made from its result. Never touches the disk, never formats.

mod changes;
mod class;
mod compare;
mod converted;
mod embed;
mod fields;
mod fold;
mod ignore;
mod layout;
mod lists;
mod order;
mod pair;
mod path;
mod proxies;
mod readers;
mod redact;
mod run;
mod side;
mod split;
mod steps;
mod stored;
mod text;

pub use changes::Changes;
pub use changes::Raw;
pub use changes::Redacted;
pub use compare::compare;
pub use converted::undo_line_ends;
pub use run::Answer;
pub use run::Options;
pub use run::Pair;
pub use run::Reach;
pub use run::run;
pub use side::Object;
pub use side::Plain;
pub use side::Side;
pub use side::Tree;
pub use side::read;
pub use split::folder;
pub use split::split;

pub(crate) use redact::Redactor;
pub(crate) use steps::Command;
pub(crate) use steps::Plan;
pub(crate) use steps::Step;
pub(crate) use steps::Word;
pub(crate) use steps::plan;
pub(crate) use text::Hunk;
pub(crate) use text::Line;
pub(crate) use text::hunks;

use crate::named::named;
use serde::Serialize;
use serde_json::Value as Json;

named! {
    /// What a change requires of the person who applies it, from harmless to worst.
    #[derive(Default, Serialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum Class {
        /// None of the others.
        #[default]
        Other = "other",
        /// Pods are replaced, or have to be restarted.
        RestartsPods = "restarts-pods",
        /// A field that cannot change in place: the object has to be deleted and created again.
        Recreate = "recreate",
        /// Stored data is lost, or may be.
        DataLoss = "data-loss",
    }
}

/// What happened to an object or a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// It exists only in TO.
    Added,
    /// It exists only in FROM.
    Removed,
    /// It exists in both.
    Changed,
    /// It exists in both under different names.
    Renamed,
}

/// A reference to an object.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ObjectRef {
    /// Group and version.
    pub api_version: String,
    /// Kind.
    pub kind: String,
    /// Namespace; empty if the object does not set one.
    pub namespace: String,
    /// Name.
    pub name: String,
}

impl std::fmt::Display for ObjectRef {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let slash = if self.namespace.is_empty() { "" } else { "/" };
        write!(formatter, "{} {}{slash}{}", self.kind, self.namespace, self.name)
    }
}

/// The content of a changed file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Content {
    /// A Kubernetes object.
    Object,
    /// YAML that is not an object, such as Helm values.
    Yaml,
    /// Text.
    Text,
    /// Bytes that are not text; its fields have no values.
    Binary,
}

/// An object or file that differs between the sides.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The renders in which it happened; empty if the sides are not renders.
    pub renders: Vec<String>,
    /// What happened.
    pub kind: Kind,
    /// The content of the file.
    pub content: Content,
    /// The object in TO, or in FROM if it was removed; `None` if it is not an object.
    pub object: Option<ObjectRef>,
    /// The file in TO, or in FROM if it was removed.
    pub file: String,
    /// The number, from 1, of the document among those of the file that are not objects.
    pub document: u32,
    /// Object and file before a rename.
    pub from: Option<(ObjectRef, String)>,
    /// The worst class of its fields.
    pub class: Class,
    /// The proxies to restart, if it changes something they read only when they start.
    pub restarts: Vec<String>,
    /// The workloads that read it only when their pods start, if it is a ConfigMap or Secret.
    pub(crate) readers: Vec<String>,
    /// The operations that turn FROM's into TO's, in order.
    pub fields: Vec<Field>,
    /// Why it counts although it has no fields: only the bytes or the file name differ.
    pub note: Option<&'static str>,
    /// Whether either side was printed by a cluster and so has fields that the cluster wrote.
    pub(crate) live: bool,
    /// Whether it is a Secret, so that all its values are hidden.
    pub(crate) secret: bool,
    /// Whether an object that was removed from a file is still in another one.
    pub(crate) stays: bool,
}

/// An RFC 6902 verb.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Op {
    /// Puts `value` at `path`.
    Add,
    /// Removes what is at `path`.
    Remove,
    /// Replaces what is at `path` by `value`.
    Replace,
    /// Moves what is at `from` to `path`.
    Move,
}

/// An RFC 6902 operation with its meaning.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Field {
    /// What to do.
    pub op: Op,
    /// Where: a JSON pointer.
    pub path: String,
    /// From where, for a move.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The new value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Json>,
    /// The old value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<Json>,
    /// The path in readable form: `spec.containers[name=web].image`.
    pub keyed: String,
    /// What it requires.
    pub class: Class,
    /// Why that class; empty for [`Class::Other`].
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The changes inside the document in a string.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inner: Option<Vec<Field>>,
    /// A remark, such as that only whitespace differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<&'static str>,
    /// Whether a secret in it was hidden.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub redacted: bool,
}

/// The note on a field whose change the API server does not store.
pub(crate) const STORED: &str = "same when stored";

impl Field {
    /// Whether the object that the API server stores is the same before and after.
    pub fn is_same_when_stored(&self) -> bool {
        self.note == Some(STORED)
    }

    /// An operation of class `other` without values.
    pub(crate) fn new(op: Op, path: String, keyed: String) -> Field {
        Field {
            op,
            path,
            from: None,
            value: None,
            old: None,
            keyed,
            class: Class::Other,
            reason: String::new(),
            inner: None,
            note: None,
            redacted: false,
        }
    }
}
