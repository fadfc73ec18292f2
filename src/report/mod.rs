//! Findings to text. Nothing else formats them, and nothing leaves here with a secret in it.

mod check;
pub mod diff;
mod human;

pub use check::Format;
pub use check::check;
pub use human::findings;

/// Whether to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// With ANSI colours.
    Yes,
    /// Plain text.
    No,
}
