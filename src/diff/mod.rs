//! Two sides to changes: what a person, a cluster and a pull request need to know about the way from one to the other.
//!
//! In: [`Pair`]s of [`Tree`]s of files, wherever they came from. Out: an [`Answer`] with the [`Change`]s, each a list of
//! RFC 6902 operations with what they mean. [`run`] calls the stages in order: read, compare, ignore, redact, fold. The
//! text and the exit code are both made of what it returns. Never touches the disk, never formats.

mod changes;
mod class;
mod compare;
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
mod redact;
mod run;
mod side;
mod split;
mod text;

pub use changes::Changes;
pub use changes::Raw;
pub use changes::Redacted;
pub use compare::compare;
pub use run::Answer;
pub use run::Pair;
pub use run::run;
pub use side::Object;
pub use side::Plain;
pub use side::Side;
pub use side::Tree;
pub use side::read;
pub use split::folder;
pub use split::split;

pub(crate) use redact::Redactor;
pub(crate) use text::Hunk;
pub(crate) use text::Line;
pub(crate) use text::hunks;

use crate::named::named;
use serde::Serialize;
use serde_json::Value as Json;

named! {
    /// What a change asks of the person who applies it, from the least to the worst.
    #[derive(Default, Serialize)]
    #[serde(rename_all = "kebab-case")]
    pub enum Class {
        /// None of the others.
        #[default]
        Other = "other",
        /// Pods are replaced, or have to be.
        RestartsPods = "restarts-pods",
        /// A field that cannot change in place: the object has to be deleted and made again.
        Recreate = "recreate",
        /// Stored data goes away, or may.
        DataLoss = "data-loss",
    }
}

/// What happened to an object or a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// It is only in TO.
    Added,
    /// It is only in FROM.
    Removed,
    /// It is in both.
    Changed,
    /// It is in both under another name.
    Renamed,
}

/// An object by name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ObjectRef {
    /// Group and version.
    pub api_version: String,
    /// Kind.
    pub kind: String,
    /// Namespace; empty when the object says none.
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

/// What a file holds that changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Content {
    /// A Kubernetes object.
    Object,
    /// YAML that is no object, such as Helm values.
    Yaml,
    /// Text.
    Text,
    /// Bytes that are no text; its fields carry no values.
    Binary,
}

/// One object or file that is not the same on both sides.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The renders it happened in; empty when the sides are no renders.
    pub renders: Vec<String>,
    /// What happened.
    pub kind: Kind,
    /// What the file holds.
    pub content: Content,
    /// TO's object, FROM's when it was removed; `None` for what is no object.
    pub object: Option<ObjectRef>,
    /// TO's file, FROM's when it was removed.
    pub file: String,
    /// Which of the documents of a file that are no objects, from 1.
    pub document: u32,
    /// What it was before a rename: object and file.
    pub from: Option<(ObjectRef, String)>,
    /// The worst of its fields.
    pub class: Class,
    /// The proxies to restart, when it changes what they read as they start.
    pub restarts: Vec<String>,
    /// The operations that lead from FROM's to TO's, in order.
    pub fields: Vec<Field>,
    /// Why it counts although there are no fields: only bytes differ, or the name of the file.
    pub note: Option<&'static str>,
    /// Whether either side has fields that a cluster writes: it was printed by one.
    pub(crate) live: bool,
    /// Whether it is a Secret, so that its values are hidden where they stand, whatever they are.
    pub(crate) secret: bool,
}

/// The verb of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Op {
    /// Puts `value` at `path`.
    Add,
    /// Takes away what is at `path`.
    Remove,
    /// Puts `value` in the place of what is at `path`.
    Replace,
    /// Takes what is at `from` to `path`.
    Move,
}

/// An operation of RFC 6902, with what it means.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Field {
    /// What to do.
    pub op: Op,
    /// Where: a JSON pointer.
    pub path: String,
    /// From where, for a move.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// What is put there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Json>,
    /// What was there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub old: Option<Json>,
    /// The path as people read it: `spec.containers[name=web].image`.
    pub keyed: String,
    /// What it asks for.
    pub class: Class,
    /// Why that class; empty for [`Class::Other`].
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The changes inside the document that a string holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inner: Option<Vec<Field>>,
    /// What there is to say beside it, such as that only whitespace differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<&'static str>,
    /// Whether a secret was taken out of it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub redacted: bool,
}

impl Field {
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
