//! Color and line width of text for a terminal.

use crate::report::Color;

/// The width of text that this program breaks into lines.
pub(crate) const WIDTH: usize = 80;

/// What a piece of text means, and so its color. The eight basic colors: every theme makes them readable on its own
/// background, light or dark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paint {
    /// Good, or added.
    Good,
    /// Bad, or removed.
    Bad,
    /// Uncertain, or to be looked at.
    Open,
    /// A heading.
    Head,
    /// Neither.
    Plain,
}

/// `text` in the color of what it means.
pub(crate) fn paint(text: &str, as_: Paint, color: Color) -> String {
    match color {
        Color::Yes if as_ != Paint::Plain => format!("{}{text}{RESET}", as_.code()),
        Color::Yes | Color::No => text.to_owned(),
    }
}

/// As [`paint`], and bold.
pub(crate) fn strong(text: &str, as_: Paint, color: Color) -> String {
    match color {
        Color::Yes => format!("{}{}{text}{RESET}", Paint::Head.code(), as_.code()),
        Color::No => text.to_owned(),
    }
}

impl Paint {
    fn code(self) -> &'static str {
        match self {
            Paint::Good => "\u{1b}[32m",
            Paint::Bad => "\u{1b}[31m",
            Paint::Open => "\u{1b}[33m",
            Paint::Head => "\u{1b}[1m",
            Paint::Plain => "",
        }
    }
}

const RESET: &str = "\u{1b}[0m";

/// `text` in lines of at most `width` characters where its words allow it; the lines after the first begin with
/// `indent` spaces. Ends with a line break.
pub(crate) fn wrap(text: &str, width: usize, indent: usize) -> String {
    let words = text.trim_start_matches(' ');
    let mut out = String::new();
    let mut line = " ".repeat(text.len() - words.len());
    let mut length = line.len();
    let mut is_first = true;
    for word in words.split(' ') {
        let size = word.chars().count();
        if !is_first && length + 1 + size > width {
            out.push_str(line.trim_end());
            out.push('\n');
            line = " ".repeat(indent);
            length = indent;
        } else if !is_first {
            line.push(' ');
            length += 1;
        }
        is_first = false;
        line.push_str(word);
        length += size;
    }
    out + line.trim_end() + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrap("aa bb cc", 5, 2), "aa bb\n  cc\n");
        assert_eq!(wrap("  aa bb", 80, 0), "  aa bb\n");
        assert_eq!(wrap("aaaaaaaa b", 5, 0), "aaaaaaaa\nb\n");
        assert_eq!(wrap("", 5, 0), "\n");
    }
}
