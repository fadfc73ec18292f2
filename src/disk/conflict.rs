//! The markers that git leaves around a merge conflict.
//!
//! In: the lines of a file, one after the other. Out: what each is. The format is that of `git merge` with any
//! `merge.conflictStyle`: `<<<<<<<`, the lines of one side, with `diff3` and `zdiff3` `|||||||` and the lines of the
//! common ancestor, `=======`, the lines of the other side, `>>>>>>>` (git's xdiff/xmerge.c, `fill_conflict_hunk`).
//! Markers are seven characters long, or as long as the attribute `conflict-marker-size` says; those inside the lines
//! of an ancestor, which may itself be a merge with conflicts, are longer than those around them.

/// The least length of a marker (git's `DEFAULT_CONFLICT_MARKER_SIZE`).
const LEAST: usize = 7;

/// Where the next line is.
#[derive(Default)]
struct Conflicts {
    side: Side,
    /// The length of the markers of this conflict.
    length: usize,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Side {
    #[default]
    Outside,
    Ours,
    Base,
    Theirs,
}

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    Marker,
    /// A line of the common ancestor, which is in neither side.
    Base,
    /// Any other line.
    Other,
}

impl Conflicts {
    /// The next line, without its end; `None` for a marker that cannot be here.
    fn read(&mut self, line: &str) -> Option<Line> {
        let Some((kind, length)) = marker(line) else {
            return Some(if self.side == Side::Base { Line::Base } else { Line::Other });
        };
        if self.side == Side::Base && (length != self.length || kind != '=') {
            // Git prints the conflicts of ancestors as they are.
            return Some(Line::Base);
        }
        self.side = match (kind, self.side) {
            ('<', Side::Outside) => {
                self.length = length;
                Side::Ours
            }
            ('|', Side::Ours) => Side::Base,
            ('=', Side::Ours | Side::Base) => Side::Theirs,
            ('>', Side::Theirs) => Side::Outside,
            _ => return None,
        };
        Some(Line::Marker)
    }
}

/// The lines of a file, without their ends, and what each is. Where the markers cannot be followed, as in a file that was
/// committed with some and merged again, no line is told to be of an ancestor.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = (&str, Line)> {
    let mut conflicts = Conflicts::default();
    let follows = text.lines().all(|line| conflicts.read(line).is_some()) && conflicts.side == Side::Outside;
    let mut conflicts = Conflicts::default();
    text.lines().map(move |line| {
        let kind = if follows { conflicts.read(line) } else { marker(line).map(|_| Line::Marker) };
        (line, kind.unwrap_or(Line::Other))
    })
}

/// Whether the markers in a file are those of whole conflicts, one after another or one inside another.
pub(crate) fn are_whole(text: &str) -> bool {
    let count = |wanted| text.lines().filter(|line| marker(line).is_some_and(|(kind, _)| kind == wanted)).count();
    count('<') == count('=') && count('=') == count('>')
}

/// The character and the length of a marker.
fn marker(line: &str) -> Option<(char, usize)> {
    let line = line.strip_suffix('\r').unwrap_or(line);
    let kind = line.chars().next().filter(|first| "<|=>".contains(*first))?;
    let rest = line.trim_start_matches(kind);
    let length = line.len() - rest.len();
    (length >= LEAST && (rest.is_empty() || rest.starts_with(' '))).then_some((kind, length))
}
