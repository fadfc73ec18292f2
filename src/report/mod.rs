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

/// `text` in lines as wide as the terminal (`None`: 80 characters), but not too wide to read, those after the first
/// indented. Ends with a line break.
pub(crate) fn wrap(text: &str, width: Option<usize>, indent: usize) -> String {
    paint::wrap(text, width.map_or(paint::WIDTH, |width| width.min(paint::READABLE)), indent)
}

/// Rows, broken where they are wider than a terminal. `None`: one line each, for programs.
pub fn fit(rows: &str, width: Option<usize>) -> String {
    paint::fit(rows, width)
}

/// Ids with their severity and a sentence, one a line: `id  severity  sentence`. On a terminal of this width they are in
/// columns.
pub fn list(rows: &[(&str, String, &str)], color: Color, width: Option<usize>) -> String {
    let widest = |of: fn(&(&str, String, &str)) -> usize| match width {
        Some(_) => rows.iter().map(of).max().unwrap_or(0),
        None => 0,
    };
    let (first, second) = (widest(|(id, ..)| id.len()), widest(|(_, severity, _)| severity.len()));
    let mut out = String::new();
    for (id, severity, text) in rows {
        let as_ = match severity.as_str() {
            "error" => Paint::Bad,
            "warning" => Paint::Open,
            _ => Paint::Plain,
        };
        let (gap, next) = (first.saturating_sub(id.len()), second.saturating_sub(severity.len()));
        let (id, severity) = (paint(id, Paint::Head, color), paint(severity, as_, color));
        out.push_str(&format!("{id}{:gap$}  {severity}{:next$}  {text}\n", "", ""));
    }
    fit(&out, width)
}

/// Whether to use color.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    /// With ANSI colors.
    Yes,
    /// Plain text.
    No,
}
