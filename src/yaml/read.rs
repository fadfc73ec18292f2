//! Text to documents.

use crate::finding::Findings;
use crate::source::SourceId;
use crate::source::Sources;
use crate::source::Span;
use crate::yaml::Node;
use crate::yaml::Value;

/// One document of a stream.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its content; null when it holds nothing but comments.
    pub node: Node,
    /// The document in the text: from after its `---` line to before the next.
    pub span: Span,
}

/// What stands in the place of a marker. A template's text is read with markers where its holes are; the reader asks
/// here for each scalar that holds the marker character, so no value ever passes through YAML syntax.
pub trait Fill: Sync {
    /// The first character of every marker, or `None` when the text has no markers at all.
    fn marker(&self) -> Option<char>;
    /// The value in the place of a scalar whose text holds at least one marker. `plain`: it was written without quotes
    /// and not as a block scalar. An `Err` is the message of an error at that scalar.
    fn value(&self, text: &str, plain: bool) -> Result<Value, String>;
    /// The text in the place of a key whose text holds at least one marker.
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

/// Reads every document of the text of `source`.
pub fn read(sources: &Sources, source: SourceId, found: &mut Findings) -> Vec<Document> {
    read_filled(sources, source, &NoHoles, found)
}

/// Reads every document of the text of `source`, filling its holes.
pub fn read_filled(_: &Sources, _: SourceId, _: &impl Fill, _: &mut Findings) -> Vec<Document> {
    Vec::new()
}
