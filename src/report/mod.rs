//! Findings to text. Nothing else formats them, and nothing leaves here with a secret in it, or with a
//! character that acts on a terminal or hides what stands beside it.

mod cap;
mod check;
pub mod diff;
mod escape;
mod human;

pub use check::Format;
pub use check::check;
pub use escape::coloured;
pub use escape::lines;
pub use escape::one_line;
pub use human::findings;

/// Whether to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// With ANSI colours.
    Yes,
    /// Plain text.
    No,
}
