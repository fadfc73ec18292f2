//! Reads and writes YAML. The only module that uses the parser.
//!
//! [`read`] turns a text into [`Document`]s with a span on every value, and reads scalars as kubectl does; [`write()`]
//! emits one document such that YAML 1.1 and 1.2 readers (Go, Python) read back the same data.

mod convert;
mod json;
mod load;
mod merge;
mod node;
mod quote;
mod read;
mod same;
mod scalar;
mod simple;
mod split;
mod syntax;
mod tag;
mod tree;
mod write;

pub use node::Entry;
pub use node::Map;
pub use node::Node;
pub use node::Value;
pub use read::Document;
pub use read::Fill;
pub use read::NoHoles;
pub use read::read;
pub use read::read_filled;
pub(crate) use same::Expected;
pub(crate) use same::first_document;
pub(crate) use same::is_one_document;
pub(crate) use same::reads_as;
pub(crate) use tag::base64;
pub use write::write;
pub use write::write_scalar;

/// The first document of a text that a test writes.
#[cfg(test)]
pub(crate) fn node_of(text: &str) -> Node {
    let mut sources = crate::source::Sources::default();
    let source = sources.add("x", text);
    read(&sources, source, &mut crate::finding::Findings::default()).remove(0).node
}
