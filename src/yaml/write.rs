//! Writes data as YAML.
//!
//! In: a tree. Out: block-style YAML that YAML 1.1 and 1.2 readers (Go, Python, our own) read back as the same data.
//! Never folds a line, never writes an anchor, a tag or a comment.

use crate::yaml::Map;
use crate::yaml::Node;
use crate::yaml::Value;
use crate::yaml::quote::literal;
use crate::yaml::quote::plain;
use crate::yaml::quote::quoted;
use std::fmt::Write;

/// Readers look for the `:` of a key within 1024 characters; a longer key needs `? `.
const SIMPLE_KEY: usize = 1000;

/// Appends `node` as one block-style document, ending in a line break, without `---`.
pub fn write(node: &Node, out: &mut String) {
    match &node.value {
        Value::Map(map) if !map.entries.is_empty() => block_map(map, 0, out),
        Value::List(list) if !list.is_empty() => block_list(list, 0, out),
        value => scalar(value, 0, out),
    }
}

/// Appends a string as a key or a one-line value: unquoted if every reader would read it as that string, otherwise in
/// quotes.
pub fn write_scalar(text: &str, out: &mut String) {
    if plain(text) { out.push_str(text) } else { quoted(text, out) }
}

/// The entries of a map: the first at the current position in `out`, the others at `indent`.
fn block_map(map: &Map, indent: usize, out: &mut String) {
    for (at, entry) in map.entries.iter().enumerate() {
        if at > 0 {
            spaces(indent, out);
        }
        key(&entry.key, indent, out);
        match &entry.value.value {
            Value::Map(map) if !map.entries.is_empty() => {
                out.push('\n');
                spaces(indent + 2, out);
                block_map(map, indent + 2, out);
            }
            Value::List(list) if !list.is_empty() => {
                out.push('\n');
                spaces(indent, out);
                block_list(list, indent, out);
            }
            value => {
                out.push(' ');
                scalar(value, indent + 2, out);
            }
        }
    }
}

/// The items of a list: the first at the current position in `out`, the others at `indent`.
fn block_list(list: &[Node], indent: usize, out: &mut String) {
    for (at, node) in list.iter().enumerate() {
        if at > 0 {
            spaces(indent, out);
        }
        out.push_str("- ");
        match &node.value {
            Value::Map(map) if !map.entries.is_empty() => block_map(map, indent + 2, out),
            Value::List(list) if !list.is_empty() => block_list(list, indent + 2, out),
            value => scalar(value, indent + 2, out),
        }
    }
}

/// A key with its `:`.
fn key(text: &str, indent: usize, out: &mut String) {
    let start = out.len();
    if plain(text) {
        out.push_str(text);
    } else {
        quoted(text, out);
    }
    if out.len() - start > SIMPLE_KEY && out[start..].chars().count() > SIMPLE_KEY {
        out.insert_str(start, "? ");
        out.push('\n');
        spaces(indent, out);
    }
    out.push(':');
}

/// What fits after `key: ` or `- `, with its line break; the lines of a text block are put at `indent`.
fn scalar(value: &Value, indent: usize, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Int(int) => {
            let _ = write!(out, "{int}");
        }
        Value::Float(number) => float(*number, out),
        Value::String(text) if plain(text) => out.push_str(text),
        Value::String(text) => match literal(text) {
            Some(block) => return block.write(indent.max(2), out),
            None => quoted(text, out),
        },
        Value::List(_) => out.push_str("[]"),
        Value::Map(_) => out.push_str("{}"),
    }
    out.push('\n');
}

/// A float that every reader reads as one: Python requires a point, and a sign in the exponent.
fn float(number: f64, out: &mut String) {
    if !number.is_finite() {
        // The reader produces none of these, and JSON cannot express them; YAML can.
        out.push_str(match number {
            _ if number.is_nan() => ".nan",
            _ if number > 0.0 => ".inf",
            _ => "-.inf",
        });
        return;
    }
    let size = number.abs();
    if size != 0.0 && !(1e-4..1e16).contains(&size) {
        let text = format!("{number:e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        out.push_str(digits);
        if !digits.contains('.') {
            out.push_str(".0");
        }
        out.push('e');
        if !exponent.starts_with('-') {
            out.push('+');
        }
        out.push_str(exponent);
    } else {
        // The debug form always has a point.
        let _ = write!(out, "{number:?}");
    }
}

fn spaces(count: usize, out: &mut String) {
    out.extend(std::iter::repeat_n(' ', count));
}

#[cfg(test)]
#[path = "write/tests.rs"]
mod tests;
