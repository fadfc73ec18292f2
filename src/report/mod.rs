//! Prints findings. Nothing else formats them; the output contains no secrets and no characters that act on a terminal
//! or hide the text around them.

mod cap;
mod check;
pub mod diff;
mod escape;
pub mod graph;
mod human;
mod markup;
mod page;
mod paint;

use paint::Paint;
use paint::paint;

pub use check::Format;
pub use check::check;
pub use check::check_quietly;
pub use escape::colored;
pub use escape::lines;
pub use escape::one_line;
pub use human::findings;

/// `text` in lines of 80 characters, the lines after the first indented. Ends with a line break.
pub(crate) fn wrap(text: &str, indent: usize) -> String {
    paint::wrap(text, paint::WIDTH, indent)
}

/// Ids with their severity and a sentence, one a line: `id  severity  sentence`.
pub fn list<'a>(lines: impl Iterator<Item = (&'a str, String, &'a str)>, color: Color) -> String {
    let line = |(id, severity, text): (&str, String, &str)| {
        let as_ = match severity.as_str() {
            "error" => Paint::Bad,
            "warning" => Paint::Open,
            _ => Paint::Plain,
        };
        format!("{}  {}  {text}\n", paint(id, Paint::Head, color), paint(&severity, as_, color))
    };
    lines.map(line).collect()
}

/// Whether to use color.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    /// With ANSI colors.
    Yes,
    /// Plain text.
    No,
}
