//! The messages of Envoy's configuration in all versions, as `scripts/refresh-facts/envoy` writes them: one table, since
//! the versions have nearly everything in common. It is unpacked when it is first asked for, and a message is read when
//! it is first met.
//!
//! Deflated lines of cells with tabs between them. A number in hexadecimal behind the letter of a row says in which
//! versions it holds, as bits in the order of the `s` lines; without one it holds wherever the message exists.
//!
//! ```text
//! s  22  github.com/...@v0.10.2-...               a minor version and where it was read
//! x1f00  envoy.tracers  envoy.tracers.zipkin  envoy.config.trace.v3.ZipkinConfig   an extension: category, name, types
//! M  envoy.config.trace.v3.ZipkinConfig  1fff     a message
//! f1c00  timestamp_trace_ids  bool                its field: name, type, then `oneof=`, `min_len=` and so on
//! o  config_type                                  a oneof of which one field is required
//! u                                               a message whose rules are not checked
//! E  envoy.config.core.v3.ApiVersion  1fff        an enum
//! v  AUTO  0                                      its value
//! ```

use crate::stack::envoy::messages::versions::Versions;
use std::collections::BTreeMap;
use std::collections::HashMap;
use std::sync::OnceLock;

/// The whole table, not yet read but for its index.
pub(super) struct Table {
    pub(super) minors: Vec<u32>,
    blocks: HashMap<&'static str, Block>,
    /// By message type, the categories of extensions it belongs to.
    pub(super) types: HashMap<&'static str, Vec<&'static str>>,
    /// By category, the names and types of its extensions and where they are.
    pub(super) extensions: BTreeMap<&'static str, Vec<Extension>>,
}

pub(super) struct Extension {
    pub(super) name: &'static str,
    pub(super) types: &'static str,
    pub(super) versions: Versions,
}

struct Block {
    versions: Versions,
    lines: &'static str,
}

/// A message as some versions have it.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) fields: Vec<Field>,
    /// Oneofs of which a field must be set.
    pub(super) required: Vec<(&'static str, Versions)>,
    /// Where its rules are not checked.
    pub(super) unchecked: Versions,
}

/// A field as some versions have it: there is one for each difference.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    /// Its name in JSON, when that is not the camel-cased one.
    pub(super) json: Option<&'static str>,
    pub(super) shape: Shape,
    pub(super) oneof: Option<&'static str>,
    pub(super) category: Option<&'static str>,
    pub(super) disallowed: bool,
    /// Rules of protoc-gen-validate, such as (`min_len`, `1`); of lists joined by U+001F.
    pub(super) rules: Vec<(&'static str, &'static str)>,
    pub(super) versions: Versions,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    One(Type),
    Many(Type),
    /// Of such keys and values.
    Map(Type, Type),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    /// `string`, `uint32` and so on, as protobuf names them.
    Scalar(&'static str),
    Enum(&'static str),
    Message(&'static str),
}

/// An enum's values: name, number, whether it is disallowed, where.
pub(super) type Values = Vec<(&'static str, i64, bool, Versions)>;

impl Table {
    pub(super) fn get() -> &'static Table {
        static TABLE: OnceLock<Table> = OnceLock::new();
        static TEXT: OnceLock<String> = OnceLock::new();
        TABLE.get_or_init(|| {
            // The data is part of the program; a test reads all of it.
            let text = TEXT.get_or_init(|| {
                let raw = miniz_oxide::inflate::decompress_to_vec(include_bytes!("data/messages.bin"));
                String::from_utf8(raw.unwrap_or_default()).unwrap_or_default()
            });
            index(text)
        })
    }

    /// The versions that have a message or enum.
    pub(super) fn versions(&self, name: &str) -> Option<(&'static str, Versions)> {
        self.blocks.get_key_value(name).map(|(name, block)| (*name, block.versions))
    }

    #[cfg(test)]
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.blocks.keys().copied()
    }

    /// A message read from its rows; one without fields if there is none.
    pub(super) fn message(&self, name: &str) -> Message {
        let mut message = Message { fields: Vec::new(), required: Vec::new(), unchecked: Versions(0) };
        let Some(block) = self.blocks.get(name) else { return message };
        for (letter, versions, cells) in rows(block) {
            match letter {
                "f" => message.fields.extend(field(cells, versions)),
                "o" => message.required.push((cells, versions)),
                _ => message.unchecked = versions,
            }
        }
        message
    }

    /// An enum's values.
    pub(super) fn values(&self, name: &str) -> Values {
        let Some(block) = self.blocks.get(name) else { return Vec::new() };
        let value = |(_, versions, cells): (_, Versions, &'static str)| {
            let mut cells = cells.split('\t');
            let (name, number) = (cells.next()?, cells.next()?.parse().ok()?);
            Some((name, number, cells.any(|cell| cell == "disallowed=true"), versions))
        };
        rows(block).filter_map(value).collect()
    }
}

fn rows(block: &Block) -> impl Iterator<Item = (&'static str, Versions, &'static str)> {
    block.lines.lines().map(|line| {
        let (head, cells) = line.split_once('\t').unwrap_or((line, ""));
        let (letter, mask) = head.split_at(1);
        (letter, hex(mask).unwrap_or(block.versions), cells)
    })
}

fn hex(mask: &str) -> Option<Versions> {
    u32::from_str_radix(mask, 16).ok().map(Versions)
}

fn field(cells: &'static str, versions: Versions) -> Option<Field> {
    let mut cells = cells.split('\t');
    let name = cells.next()?;
    let shape = match cells.next()? {
        text if text.starts_with('*') => Shape::Many(kind(&text[1..])),
        text => match text.split_once('>') {
            Some((key, value)) => Shape::Map(kind(key), kind(value)),
            None => Shape::One(kind(text)),
        },
    };
    let mut field =
        Field { name, json: None, shape, oneof: None, category: None, disallowed: false, rules: Vec::new(), versions };
    for (key, value) in cells.filter_map(|cell| cell.split_once('=')) {
        match key {
            "json" => field.json = Some(value),
            "oneof" => field.oneof = Some(value),
            "category" => field.category = Some(value),
            "disallowed" => field.disallowed = true,
            // Envoy logs a warning and goes on.
            "deprecated" => {}
            _ => field.rules.push((key, value)),
        }
    }
    Some(field)
}

fn kind(text: &'static str) -> Type {
    match text.split_once('.') {
        Some(("m", name)) => Type::Message(name),
        Some((_, name)) => Type::Enum(name),
        None => Type::Scalar(text),
    }
}

fn index(text: &'static str) -> Table {
    let mut table =
        Table { minors: Vec::new(), blocks: HashMap::new(), types: HashMap::new(), extensions: BTreeMap::new() };
    let mut rest = text;
    while !rest.is_empty() {
        let (line, below) = rest.split_once('\n').unwrap_or((rest, ""));
        let (head, cells) = line.split_once('\t').unwrap_or_default();
        rest = below;
        match head.as_bytes().first() {
            Some(b's') => table.minors.extend(cells.split('\t').next().and_then(|minor| minor.parse::<u32>().ok())),
            Some(b'x') => extension(&mut table, hex(&head[1..]).unwrap_or(Versions(0)), cells),
            _ => {
                let next = below.match_indices('\n').map(|(at, _)| at + 1);
                let ends = |at: &usize| matches!(below.as_bytes().get(*at), None | Some(b'M' | b'E'));
                let end = std::iter::once(0).chain(next).find(ends).unwrap_or(below.len());
                let (name, mask) = cells.split_once('\t').unwrap_or_default();
                let block = Block { versions: hex(mask).unwrap_or(Versions(0)), lines: &below[..end] };
                table.blocks.insert(name, block);
                rest = &below[end..];
            }
        }
    }
    table
}

fn extension(table: &mut Table, versions: Versions, cells: &'static str) {
    let mut cells = cells.split('\t');
    let (Some(category), Some(name), Some(types)) = (cells.next(), cells.next(), cells.next()) else { return };
    for one in types.split(' ').filter(|name| !name.is_empty()) {
        table.types.entry(one).or_default().push(category);
    }
    table.extensions.entry(category).or_default().push(Extension { name, types, versions });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_reads_and_every_type_is_there() {
        let table = Table::get();
        assert_eq!(table.minors, [22, 23, 24, 26, 28, 31, 34, 35, 36, 37, 38, 39, 40]);
        assert!(table.blocks.len() > 1400 && table.extensions.len() > 90);
        for name in table.blocks.keys() {
            for field in table.message(name).fields {
                assert!(!field.versions.is_empty(), "{name}.{}", field.name);
                let (Shape::One(kind) | Shape::Many(kind) | Shape::Map(_, kind)) = field.shape;
                if let Type::Message(of) | Type::Enum(of) = kind {
                    assert!(of.starts_with("google.protobuf.") || table.versions(of).is_some(), "{name}: {of}");
                }
            }
        }
    }
}
