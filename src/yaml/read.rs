//! Reads documents.

use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::ids;
use crate::secrecy::Redactor;
use crate::secrecy::mentions_secret;
use crate::source::SourceId;
use crate::source::Sources;
use crate::source::Span;
use crate::yaml::Node;
use crate::yaml::Value;
use crate::yaml::load::Loader;
use crate::yaml::split::segments;
use rayon::prelude::*;
use std::ops::Range;

/// One document of a stream.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its content; null if it contains only comments.
    pub node: Node,
    /// Its range in the text: from after its `---` line to before the next.
    pub span: Span,
}

/// Supplies the values for markers. A template's text is read with markers in place of its holes; the reader asks here
/// for each scalar that contains the marker character, so no value ever passes through YAML syntax.
pub trait Fill: Sync {
    /// The first character of every marker, or `None` if the text has no markers.
    fn marker(&self) -> Option<char>;
    /// The value for a scalar whose text contains at least one marker. `plain`: it was written without quotes and not
    /// as a block scalar. An `Err` is the error message for that scalar.
    fn value(&self, text: &str, plain: bool) -> Result<Value, String>;
    /// The text for a key that contains at least one marker.
    fn key(&self, text: &str) -> Result<Box<str>, String>;
}

/// A text without holes.
pub struct NoHoles;

impl Fill for NoHoles {
    fn marker(&self) -> Option<char> {
        None
    }

    fn value(&self, _: &str, _: bool) -> Result<Value, String> {
        unreachable!("a text without a marker character has no holes")
    }

    fn key(&self, _: &str) -> Result<Box<str>, String> {
        unreachable!("a text without a marker character has no holes")
    }
}

/// Reads every document in the text of `source`.
///
/// All problems are added to `found`. A document with a syntax error is left out; one with other errors (a duplicate
/// key, an unknown tag) is returned without the faulty parts.
pub fn read(sources: &Sources, source: SourceId, found: &mut Findings) -> Vec<Document> {
    read_filled(sources, source, &NoHoles, found)
}

/// A stream of at least this many bytes is read on all cores; for a shorter one, distributing the work costs more than
/// it saves.
const PARALLEL: usize = 32 * 1024;

/// Like [`read`], with holes filled by `fill`.
pub fn read_filled(sources: &Sources, source: SourceId, fill: &impl Fill, found: &mut Findings) -> Vec<Document> {
    let text: &str = sources.text(source);
    let segments = segments(text);
    let read_some = |segments: &[Range<usize>]| {
        let mut documents = Vec::with_capacity(segments.len());
        let mut found = Findings::default();
        for segment in segments {
            read_segment(sources, source, segment.clone(), fill, &mut documents, &mut found);
        }
        (documents, found)
    };
    let parts: Vec<(Vec<Document>, Findings)> = if text.len() < PARALLEL || segments.len() < 2 {
        vec![read_some(&segments)]
    } else {
        // The findings are joined in text order, so the result does not depend on the number of cores.
        let size = (segments.len() * PARALLEL / text.len()).clamp(1, segments.len());
        segments.par_chunks(size).map(read_some).collect()
    };
    let mut documents = Vec::with_capacity(segments.len());
    let mut all = Findings::default();
    for (part, problems) in parts {
        documents.extend(part);
        all.append(problems);
    }
    if !all.is_empty() {
        // An unreadable document may repeat secrets of another.
        let mut secrets = Redactor::default();
        for document in &documents {
            secrets.learn_tree(&document.node);
        }
        all = all.redacted(&secrets);
    }
    found.append(all);
    documents
}

fn read_segment(
    sources: &Sources,
    source: SourceId,
    range: Range<usize>,
    fill: &impl Fill,
    documents: &mut Vec<Document>,
    found: &mut Findings,
) {
    let text = &sources.text(source)[range.clone()];
    if let Some((at, character)) = forbidden(text) {
        let start = range.start + at;
        let place = sources.place(Span::new(source, start, start + character.len_utf8()));
        let finding =
            Finding::error(ids::YAML_SYNTAX, format!("control character `U+{:04X}` in YAML", character as u32))
                .at(place)
                .help("YAML is text: remove the character, or write it as an escape inside double quotes");
        return found.push(finding);
    }
    let mut problems = Findings::default();
    Loader::new(sources, source, range, fill).load(documents, &mut problems);
    if !problems.is_empty() && mentions_secret(text) {
        problems.into_iter().for_each(|finding| found.push(finding.without_values()));
    } else {
        problems.into_iter().for_each(|finding| found.push(finding.without_values_near_secret()));
    }
}

/// The first character that YAML does not allow.
fn forbidden(text: &str) -> Option<(usize, char)> {
    let odd = |byte: u8| byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r') || byte == 0x7f;
    // The multi-byte ones are U+0080..U+009F (C2 ..), U+FFFE and U+FFFF (EF BF ..).
    let suspect = |byte: u8| odd(byte) || byte == 0xc2 || byte == 0xef;
    if !text.bytes().fold(false, |any, byte| any | suspect(byte)) {
        return None;
    }
    let bad = |character: char| match character {
        '\u{85}' => false,
        '\u{80}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => true,
        _ => character.is_ascii() && odd(character as u8),
    };
    text.char_indices().find(|(_, character)| bad(*character))
}

#[cfg(test)]
#[path = "read/tests.rs"]
mod tests;
