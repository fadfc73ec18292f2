//! The texts that were read, and places in them.
//!
//! In: a text and its name in messages. Out: a small [`Span`] to store with every value, and, for findings, a [`Place`]
//! with file, line, column and the line itself, in which secrets are masked. Never touches the disk.

use crate::secrecy::HiddenParts;
use crate::secrecy::REDACTED;
use crate::secrecy::line_without_values;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::OnceLock;
use std::sync::PoisonError;

/// One text of [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceId(u32);

/// A range of bytes in a source: the location of a value, a key or a mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    /// The text.
    pub source: SourceId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The span of a value that is in no text because this program made it.
    pub const NONE: Span = Span { source: SourceId(u32::MAX), start: 0, end: 0 };

    /// A span of bytes `start..end` of `source`.
    pub fn new(source: SourceId, start: usize, end: usize) -> Span {
        let clip = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Span { source, start: clip(start), end: clip(end) }
    }
}

/// A human-readable place. Lines and columns count from 1, columns count characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// File as named by the user, or `--set`, `stdin`, `builtin:dev`.
    pub file: Arc<str>,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// How many characters to underline, at least 1.
    pub width: u32,
    /// The source line, without its line break; for a very long one, the part around `column`. Secrets are hidden, so
    /// it may be shorter than `column` and `width` suggest.
    pub text: Arc<str>,
    /// The column of the first character of `text`: 1, unless the line is very long.
    pub from: u32,
}

/// Lines of more than three such blocks are kept in parts: the block of the column and its two neighbors. The text that
/// makes a value secret is then nearly always in the same part. All places of a block share the part.
const BLOCK: usize = 4096;
/// Lines of at least this many bytes are shared between places.
const SHARED: usize = 256;
/// Characters are counted up to each multiple of this many bytes, so that no place has to scan a long line.
const STRIDE: usize = 1024;

struct Source {
    name: Arc<str>,
    text: Arc<str>,
    /// Byte offset of each line start; computed when the first place is requested.
    lines: OnceLock<Vec<u32>>,
    /// Which parts of its lines may not be shown; computed likewise.
    hidden: OnceLock<HiddenParts>,
    /// How many characters begin before each multiple of [`STRIDE`]; computed for the first long line.
    counted: OnceLock<Vec<u32>>,
    /// Parts of long lines, by their first byte.
    parts: Mutex<HashMap<usize, Arc<str>>>,
}

/// All texts of one run. Only grows.
#[derive(Default)]
pub struct Sources(Vec<Source>);

impl Sources {
    /// Keeps `text` under `name`.
    pub fn add(&mut self, name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> SourceId {
        let id = SourceId(u32::try_from(self.0.len()).expect("fewer than 2^32 sources"));
        self.0.push(Source::new(name.into(), text.into()));
        id
    }

    /// The text of a source.
    pub fn text(&self, id: SourceId) -> &Arc<str> {
        &self.0[id.0 as usize].text
    }

    /// The name of a source.
    pub fn name(&self, id: SourceId) -> &Arc<str> {
        &self.0[id.0 as usize].name
    }

    /// The first text that has the name of this one: the whole file, where this is a part of it that was read by itself.
    pub(crate) fn first(&self, id: SourceId) -> SourceId {
        let first = self.0.iter().position(|source| source.name == self.0[id.0 as usize].name);
        first.and_then(|at| u32::try_from(at).ok()).map_or(id, SourceId)
    }

    /// The bytes at the same lines and columns of another text; `None` when nothing is there.
    pub(crate) fn moved(&self, from: SourceId, range: Range<usize>, to: SourceId) -> Option<Range<usize>> {
        let (from, to) = (&self.0[from.0 as usize], &self.0[to.0 as usize]);
        let at = |offset: usize| {
            let lines = from.lines.get_or_init(|| line_starts(&from.text));
            let line = lines.partition_point(|line| *line as usize <= offset) - 1;
            let other = to.lines.get_or_init(|| line_starts(&to.text));
            let moved = *other.get(line)? as usize + (offset - lines[line] as usize);
            (moved <= to.text.len()).then_some(moved)
        };
        Some(at(range.start)?..at(range.end)?)
    }

    /// The text of a span; empty for [`Span::NONE`].
    pub fn slice(&self, span: Span) -> &str {
        if span == Span::NONE {
            return "";
        }
        self.text(span.source).get(span.start as usize..span.end as usize).unwrap_or("")
    }

    /// The line on which a span starts, from 1; 0 for [`Span::NONE`]. Unlike [`Sources::place`], it does not look for
    /// secrets in the text.
    pub(crate) fn line(&self, span: Span) -> u32 {
        if span == Span::NONE {
            return 0;
        }
        let source = &self.0[span.source.0 as usize];
        let lines = source.lines.get_or_init(|| line_starts(&source.text));
        lines.partition_point(|line| *line <= span.start) as u32
    }

    /// File, line and column of a span, with the line on which it starts; `None` for [`Span::NONE`].
    pub fn place(&self, span: Span) -> Option<Place> {
        if span == Span::NONE {
            return None;
        }
        Some(self.0[span.source.0 as usize].place(span.start as usize, span.end as usize))
    }
}

impl Place {
    /// The place of bytes `start..end` of a text that is not kept. Reads the whole text: if there may be many places,
    /// add it to [`Sources`].
    pub fn in_text(name: &Arc<str>, text: &str, start: usize, end: usize) -> Place {
        Source::new(name.clone(), text.into()).place(start, end)
    }

    /// How many characters of `text` precede the column.
    pub fn before(&self) -> usize {
        self.column.saturating_sub(self.from) as usize
    }

    /// The same place, known to contain a secret: nothing of its line is shown that may be a value, unless the secret
    /// was found in the line.
    #[must_use]
    pub(crate) fn concealed(self) -> Place {
        if self.text.contains(REDACTED) { self } else { self.without_values() }
    }

    /// The same place without anything in its line that may be a value.
    #[must_use]
    pub(crate) fn without_values(self) -> Place {
        Place { text: line_without_values(&self.text).into(), from: 1, ..self }
    }
}

impl Source {
    fn new(name: Arc<str>, text: Arc<str>) -> Source {
        Source {
            name,
            text,
            lines: OnceLock::new(),
            hidden: OnceLock::new(),
            counted: OnceLock::new(),
            parts: Mutex::default(),
        }
    }

    fn place(&self, start: usize, end: usize) -> Place {
        let text = &*self.text;
        let lines = self.lines.get_or_init(|| line_starts(text));
        let hidden = self.hidden.get_or_init(|| HiddenParts::of(text));
        let start = floor_char(text, start);
        let end = floor_char(text, end);
        let index = lines.partition_point(|line| *line as usize <= start) - 1;
        let line_start = lines[index] as usize;
        let line_end = lines.get(index + 1).map_or(text.len(), |next| *next as usize - 1);
        let line = text[line_start..line_end].trim_end_matches('\r');
        let stop = end.clamp(start, line_start + line.len().max(start - line_start));
        let (part, part_start) = self.part(line, line_start, start);
        let shown = hidden.hide(text, part_start..part_start + part.len());
        Place {
            file: self.name.clone(),
            line: index as u32 + 1,
            column: self.characters(line_start..start) + 1,
            width: self.characters(start..stop).max(1),
            from: self.characters(line_start..part_start) + 1,
            text: shown.map_or(part, Arc::from),
        }
    }

    /// The part of `line`, which begins at byte `line_start` of the text, around byte `at`; and where the part begins.
    fn part(&self, line: &str, line_start: usize, at: usize) -> (Arc<str>, usize) {
        if line.len() < SHARED {
            return (line.into(), line_start);
        }
        let range = match line.len() > 3 * BLOCK {
            true => {
                let first = ((at - line_start).min(line.len()) / BLOCK).saturating_sub(1) * BLOCK;
                floor_char(line, first)..floor_char(line, first + 3 * BLOCK)
            }
            false => 0..line.len(),
        };
        let part_start = line_start + range.start;
        let mut parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        (parts.entry(part_start).or_insert_with(|| line[range].into()).clone(), part_start)
    }

    /// How many characters begin in a range of bytes.
    fn characters(&self, range: Range<usize>) -> u32 {
        let text = self.text.as_bytes();
        if range.len() <= STRIDE {
            return begun(&text[range]);
        }
        let counted = self.counted.get_or_init(|| {
            let sum = |sum: &mut u32, block| Some(std::mem::replace(sum, *sum + begun(block)));
            text.chunks(STRIDE).scan(0, sum).collect()
        });
        let before = |at: usize| match counted.get(at / STRIDE) {
            Some(count) => count + begun(&text[at / STRIDE * STRIDE..at]),
            None => counted.last().map_or(0, |count| count + begun(&text[(counted.len() - 1) * STRIDE..])),
        };
        before(range.end) - before(range.start)
    }
}

/// How many characters begin in these bytes of a text.
fn begun(bytes: &[u8]) -> u32 {
    bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count() as u32
}

fn line_starts(text: &str) -> Vec<u32> {
    let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at as u32 + 1);
    std::iter::once(0).chain(breaks).collect()
}

/// The nearest character boundary at or before `offset`.
fn floor_char(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_from_one_in_characters() {
        let mut sources = Sources::default();
        let id = sources.add("a.yaml", "한: 1\r\nb: 22\n");
        let place = sources.place(Span::new(id, 11, 13)).unwrap();
        assert_eq!((place.line, place.column, place.width, &*place.text), (2, 4, 2, "b: 22"));
        let place = sources.place(Span::new(id, 5, 6)).unwrap();
        assert_eq!((place.line, place.column, &*place.text), (1, 4, "한: 1"));
        let place = sources.place(Span::new(id, 900, 901)).unwrap();
        assert_eq!((place.line, place.column, place.width), (3, 1, 1));
    }

    #[test]
    fn a_long_line_is_kept_in_shared_parts() {
        let mut sources = Sources::default();
        let line: String = (0..20_000).map(|n| format!("한{n:05}, ")).collect();
        let id = sources.add("a.yaml", format!("first\n{line}\r\nlast\n"));
        let mut parts = std::collections::HashSet::new();
        for n in (0..20_000).step_by(37) {
            let start = 6 + n * "한00000, ".len();
            let place = sources.place(Span::new(id, start, start + "한00000".len())).unwrap();
            assert_eq!((place.line, place.column as usize, place.width), (2, n * 8 + 1, 6));
            let marked: String = place.text.chars().skip(place.before()).take(6).collect();
            assert_eq!(marked, format!("한{n:05}"));
            parts.insert(place.text.as_ptr());
        }
        assert!(parts.len() <= line.len() / BLOCK + 1, "{}", parts.len());
        let end = 6 + line.len();
        let place = sources.place(Span::new(id, end, end + 2)).unwrap();
        assert_eq!((place.column, place.before()), (160_001, place.text.chars().count()));
        let place = sources.place(Span::new(id, 6, end)).unwrap();
        assert_eq!((place.column, place.width, place.from), (1, 160_000, 1));
        let place = sources.place(Span::new(id, end + 2, end + 6)).unwrap();
        assert_eq!((place.line, place.column, &*place.text), (3, 1, "last"));
    }
}
