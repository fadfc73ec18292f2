//! What `<<` adds to a map.

use crate::source::Span;
use crate::yaml::Entry;
use crate::yaml::Map;
use crate::yaml::Node;
use crate::yaml::Value;
use std::collections::HashSet;

/// `entries` as a map. Most maps of a manifest have one or two keys, but a vector grows to four: the spare capacity
/// would be half the memory of a large render.
pub(super) fn map(mut entries: Vec<Entry>) -> Map {
    entries.shrink_to_fit();
    Map { entries }
}

/// `entries` with what `value`, a map or a list of maps, adds before entry `at`. Keys of the map itself take
/// precedence, then those of earlier maps of the list. `Err` is the map without the additions and the place of what is
/// not a map.
pub(super) fn into(mut entries: Vec<Entry>, at: usize, value: Node) -> Result<Map, (Map, Span)> {
    let maps = match value.value {
        Value::Map(map) => vec![map],
        Value::List(list) => {
            let mut maps = Vec::with_capacity(list.len());
            for node in list {
                match node.value {
                    Value::Map(map) => maps.push(map),
                    _ => return Err((map(entries), node.span)),
                }
            }
            maps
        }
        _ => return Err((map(entries), value.span)),
    };
    let mut taken: HashSet<Box<str>> = entries.iter().map(|entry| entry.key.clone()).collect();
    let mut added = Vec::new();
    for entry in maps.into_iter().flat_map(|map| map.entries) {
        if taken.insert(entry.key.clone()) {
            added.push(entry);
        }
    }
    entries.splice(at..at, added);
    Ok(map(entries))
}
