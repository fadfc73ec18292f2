//! Decides what is secret, for every output.
//!
//! In: a key with its value, a text, or a tree of data. Out: where the secrets are and how certain that is, or the text
//! without them. Three things make a value secret: the Secret that holds it, its key or the name of its environment
//! variable (`key`), and its shape (`shape`). A reference to a Secret is not a secret.
//!
//! [`mask`] is for text about to be shown, `tree` for parsed data, [`Redactor`] for values that must not appear
//! anywhere else either, and `HiddenParts` for lines of a file, which may be malformed and so not belong to a tree.

mod broken;
mod encode;
mod forms;
mod key;
mod keyed;
mod known;
mod needles;
mod patterns;
mod redact;
mod reference;
mod shape;
mod text;
mod tree;
mod veil;

pub use known::Known;
pub use redact::Redactor;
pub use text::mask;
pub(crate) use text::message;
pub use text::name_of_file;
pub(crate) use text::ranges;
pub(crate) use tree::Found;
pub(crate) use tree::Tree;
pub(crate) use tree::find;
pub(crate) use tree::holds_values;
pub(crate) use tree::is_secret;
pub(crate) use veil::HiddenParts;
pub(crate) use veil::line as line_without_values;
pub(crate) use veil::mentions_secret;
pub(crate) use veil::message as message_without_values;

/// Shown instead of a secret; reveals neither its length nor anything else about it.
pub const REDACTED: &str = "***";

/// How certain it is that a value is secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Weight {
    /// It may be secret: it is not shown in any output.
    Hide,
    /// It is secret: it does not belong in a manifest either.
    Refuse,
}
