//! Color and line width of text for a terminal.

use crate::report::Color;

/// The width of text that this program breaks into lines.
pub(crate) const WIDTH: usize = 80;
/// The widest lines of text that are good to read, as in `--help`.
pub(crate) const READABLE: usize = 100;
/// The fewest characters in which the end of a row is worth reading; with less it goes below what is before it.
const ROOM: usize = 24;

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

/// Rows whose columns are two or more spaces apart, each on one line (`None`: for programs), or broken so that it fits
/// `width`: at a column if one begins there, else between words, and what follows stands below the column that it
/// belongs to.
pub(crate) fn fit(rows: &str, width: Option<usize>) -> String {
    match width {
        Some(width) => rows.lines().map(|row| broken(row, width)).collect(),
        None => rows.to_owned(),
    }
}

fn broken(row: &str, width: usize) -> String {
    if shown(row) <= width {
        return format!("{row}\n");
    }
    let starts = starts(row);
    let column = |at: usize| shown(&row[..at]);
    let room = |at: usize| row[at..].split(' ').map(shown).max().unwrap_or(0).max(ROOM);
    let roomy = starts.iter().rposition(|at| column(*at) + room(*at) <= width).unwrap_or(0);
    let below = match roomy {
        0 => column(starts[0]) + 4,
        _ => column(starts[roomy]),
    };
    let beneath = |at: usize| format!("{:below$}{}", "", &row[at..]);
    match starts[roomy + 1..].iter().rfind(|at| shown(row[..**at].trim_end()) <= width) {
        Some(at) => format!("{}\n{}", row[..*at].trim_end(), broken(&beneath(*at), width)),
        None if roomy == 0 && starts.len() > 1 => {
            wrap(row[..starts[1]].trim_end(), width, below) + &broken(&beneath(starts[1]), width)
        }
        None => wrap(row, width, below),
    }
}

/// Where the columns of a row begin.
fn starts(row: &str) -> Vec<usize> {
    let bytes = row.as_bytes();
    let first = row.len() - row.trim_start_matches(' ').len();
    let further = (first + 2..row.len()).filter(|at| bytes[*at] != b' ' && bytes[at - 2..*at] == *b"  ");
    std::iter::once(first).chain(further).collect()
}

/// How many characters a terminal shows of `text`, which is without those that set its color.
fn shown(text: &str) -> usize {
    let mut parts = text.split("\u{1b}[");
    let plain = parts.next().unwrap_or_default().chars().count();
    plain + parts.map(|part| part.split_once('m').map_or(part, |(_, rest)| rest).chars().count()).sum::<usize>()
}

/// `text` in lines of at most `width` characters where its words allow it; the lines after the first begin with
/// `indent` spaces. Ends with a line break.
pub(crate) fn wrap(text: &str, width: usize, indent: usize) -> String {
    let words = text.trim_start_matches(' ');
    let mut out = String::new();
    let mut line = " ".repeat(text.len() - words.len());
    let mut length = line.len();
    let mut is_first = true;
    for word in words.split(' ') {
        let size = shown(word);
        if !is_first && length + 1 + size > width {
            out.push_str(line.trim_end());
            out.push('\n');
            line = " ".repeat(indent);
            length = indent;
            is_first = true;
        } else if !is_first {
            line.push(' ');
            length += 1;
        }
        // Spaces that kept columns apart are none of the next line.
        is_first &= word.is_empty();
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
        assert_eq!(wrap("aaa     bbb", 5, 1), "aaa\n bbb\n");
    }

    #[test]
    fn rows_break_at_a_column_or_below_their_last_one() {
        let row = "id  one two three four five six\n";
        assert_eq!(fit(row, None), row);
        assert_eq!(fit(row, Some(31)), row);
        assert_eq!(fit(row, Some(30)), "id  one two three four five\n    six\n");
        let red = row.replacen("id", &paint("id", Paint::Bad, Color::Yes), 1);
        assert_eq!(fit(&red, Some(31)), red);
        assert_eq!(fit(&red, Some(30)).lines().last(), Some("    six"));
        let table = "name of image       tag     what pulls it\nname                t       me\n";
        let narrow = "name of image       tag\n    what pulls it\nname                t       me\n";
        assert_eq!(fit(table, Some(30)), narrow);
        assert_eq!(fit("https://example.com/long  here\n", Some(10)), "https://example.com/long\n    here\n");
        let place = "key: value  # a-place-of-many-characters.yaml:1:2\n";
        assert_eq!(fit(place, Some(41)), "key: value\n    # a-place-of-many-characters.yaml:1:2\n");
        assert_eq!(fit("key: 'some words'  # where\n", Some(12)), "key: 'some\n    words'\n    # where\n");
    }
}
