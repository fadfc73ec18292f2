//! Prints findings. Nothing else formats them; the output contains no secrets and no characters that act on a terminal
//! or hide the text around them.

mod cap;
mod check;
pub mod diff;
mod escape;
mod human;

pub use check::Format;
pub use check::check;
pub use check::check_quietly;
pub use escape::colored;
pub use escape::lines;
pub use escape::one_line;
pub use human::findings;

/// Whether to use color.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    /// With ANSI colors.
    Yes,
    /// Plain text.
    No,
}
