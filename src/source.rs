//! The texts that were read, and places in them.
//!
//! In: a text and the name a person knows it by. Out: a small [`Span`] to keep beside every value, and, when something
//! has to be said about it, a [`Place`] with file, line, column and the line itself, or a mark for it where a Secret
//! stands. Touches no disk.

use crate::secrecy::Veil;
use crate::secrecy::veiled_line;
use std::sync::Arc;
use std::sync::OnceLock;

/// One text of [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceId(u32);

/// A range of bytes in a source: where a value, a key or a mistake stands.
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
    /// The place of a value that stands in no text: made by this program.
    pub const NONE: Span = Span { source: SourceId(u32::MAX), start: 0, end: 0 };

    /// A span of bytes `start..end` of `source`.
    pub fn new(source: SourceId, start: usize, end: usize) -> Span {
        let clip = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Span { source, start: clip(start), end: clip(end) }
    }
}

/// A place as people read it. Lines and columns count from 1, columns count characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// File as the person named it, or `--set`, `stdin`, `builtin:dev`.
    pub file: Arc<str>,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// How many characters to underline, at least 1.
    pub width: u32,
    /// The source line, without its line break. Without what is secret in it, so it
    /// may be shorter than `column` and `width` say.
    pub text: Arc<str>,
}

struct Source {
    name: Arc<str>,
    text: Arc<str>,
    /// Byte offset of each line start; built when the first place is asked for.
    lines: OnceLock<Vec<u32>>,
    /// What of its lines may not be shown; built likewise.
    veil: OnceLock<Veil>,
}

/// All texts of one run. Only grows.
#[derive(Default)]
pub struct Sources(Vec<Source>);

impl Sources {
    /// Keeps `text` under `name`.
    pub fn add(&mut self, name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> SourceId {
        let id = SourceId(u32::try_from(self.0.len()).expect("fewer than 2^32 sources"));
        self.0.push(Source { name: name.into(), text: text.into(), lines: OnceLock::new(), veil: OnceLock::new() });
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

    /// The text of a span; empty for [`Span::NONE`].
    pub fn slice(&self, span: Span) -> &str {
        if span == Span::NONE {
            return "";
        }
        self.text(span.source).get(span.start as usize..span.end as usize).unwrap_or("")
    }

    /// File, line and column of a span, with the line it starts on; `None` for [`Span::NONE`].
    pub fn place(&self, span: Span) -> Option<Place> {
        if span == Span::NONE {
            return None;
        }
        let source = &self.0[span.source.0 as usize];
        let lines = source.lines.get_or_init(|| line_starts(&source.text));
        let veil = source.veil.get_or_init(|| Veil::of(&source.text));
        Some(place_among(&source.name, &source.text, (lines, veil), span.start as usize, span.end as usize))
    }
}

impl Place {
    /// The place of bytes `start..end` of a text that is not kept.
    pub fn in_text(name: &Arc<str>, text: &str, start: usize, end: usize) -> Place {
        place_among(name, text, (&line_starts(text), &Veil::of(text)), start, end)
    }

    /// The same place with nothing of its line that may be a value.
    #[must_use]
    pub(crate) fn veiled(self) -> Place {
        Place { text: veiled_line(&self.text).into(), ..self }
    }
}

fn line_starts(text: &str) -> Vec<u32> {
    let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at as u32 + 1);
    std::iter::once(0).chain(breaks).collect()
}

fn place_among(
    name: &Arc<str>,
    text: &str,
    (lines, veil): (&[u32], &Veil),
    start: usize,
    end: usize,
) -> Place {
    let start = floor_char(text, start);
    let end = floor_char(text, end);
    let index = lines.partition_point(|line| *line as usize <= start) - 1;
    let line_start = lines[index] as usize;
    let line_end = text[line_start..].find('\n').map_or(text.len(), |length| line_start + length);
    let line = text[line_start..line_end].trim_end_matches('\r');
    let stop = end.clamp(start, line_start + line.len().max(start - line_start));
    let shown = veil.hide(text, line_start..line_start + line.len());
    Place {
        file: name.clone(),
        line: index as u32 + 1,
        column: text[line_start..start].chars().count() as u32 + 1,
        width: (text.get(start..stop).map_or(0, |part| part.chars().count()) as u32).max(1),
        text: shown.as_deref().unwrap_or(line).into(),
    }
}

/// The nearest character border at or before `offset`.
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
}
