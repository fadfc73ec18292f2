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
pub(crate) struct Conflicts {
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
    /// The next line, without its end.
    ///
    /// # Errors
    /// Returns what is wrong with a file that has this marker here.
    pub(crate) fn read(&mut self, line: &str) -> Result<Line, &'static str> {
        let Some((kind, length)) = marker(line) else {
            return Ok(if self.side == Side::Base { Line::Base } else { Line::Other });
        };
        if self.side == Side::Base && (length != self.length || kind != '=') {
            // Git prints the conflicts of ancestors as they are.
            return Ok(Line::Base);
        }
        self.side = match (kind, self.side) {
            ('<', Side::Outside) => {
                self.length = length;
                Side::Ours
            }
            ('<', _) => return Err("has a merge conflict inside another"),
            (_, Side::Outside) => return Err("has a merge conflict without a beginning"),
            ('|', Side::Ours) => Side::Base,
            ('=', Side::Ours | Side::Base) => Side::Theirs,
            ('>', Side::Theirs) => Side::Outside,
            _ => return Err("has a merge conflict whose markers are out of order"),
        };
        Ok(Line::Marker)
    }

    /// Whether a conflict has begun and not ended.
    pub(crate) fn is_open(&self) -> bool {
        self.side != Side::Outside
    }
}

/// The character and the length of a marker.
fn marker(line: &str) -> Option<(char, usize)> {
    let line = line.strip_suffix('\r').unwrap_or(line);
    let kind = line.chars().next().filter(|first| "<|=>".contains(*first))?;
    let rest = line.trim_start_matches(kind);
    let length = line.len() - rest.len();
    (length >= LEAST && (rest.is_empty() || rest.starts_with(' '))).then_some((kind, length))
}
