//! Decides what is secret, for every output.
//!
//! In: a key with its value, a text, or a tree of data. Out: where secrets are in it and how sure that is, or the text
//! without them. Three things make a value secret: the Secret that holds it, the key or the name of the environment
//! variable it has (`key`), and its shape (`shape`). A reference to a Secret is none.
//!
//! [`mask`] is for a text that is about to be shown, `tree` for parsed data, [`Redactor`] for a value that must not
//! show up anywhere else either, and `Veil` for lines of a file, which may be broken and so belong to no tree.

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
pub(crate) use veil::Veil;
pub(crate) use veil::line as veiled_line;
pub(crate) use veil::mentions_secret;
pub(crate) use veil::message as veiled_message;

/// What is shown instead of a secret: neither its length nor anything else of it.
pub const REDACTED: &str = "***";

/// How sure it is that a value is secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Weight {
    /// It may be one: no output shows it.
    Hide,
    /// It is one: it does not belong in a manifest either.
    Refuse,
}
