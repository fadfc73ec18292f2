//! Prints new nodes in the style of the text around them.

use crate::edit::style::Style;
use crate::yaml;
use crate::yaml::Map;
use crate::yaml::Node;
use crate::yaml::Value;

fn is_filled(node: &Node) -> bool {
    match &node.value {
        Value::Map(map) => !map.entries.is_empty(),
        Value::List(list) => !list.is_empty(),
        _ => false,
    }
}

/// Prints `key: value` in block style with the key at `column`. Continuation lines start with their indentation; the
/// last line has no line break.
pub(super) fn block_entry(key: &str, value: &Node, column: usize, style: &Style, out: &mut String) {
    yaml::write_scalar(key, out);
    out.push(':');
    if is_filled(value) {
        return block_below(value, column, style, out);
    }
    out.push(' ');
    let begin = out.len();
    match value.as_str().and_then(|text| literal(text, column, style)) {
        Some(block) => out.push_str(&block),
        None => flow(value, style, out),
    }
    if let Some(comment) = style.comment(value) {
        let line = out[begin..].find(style.newline).map_or(out.len(), |length| begin + length);
        out.insert_str(line, comment);
    }
}

/// A text of several lines as a literal block below a key at `column`; `None` for what a block cannot say as it is.
pub(super) fn literal(text: &str, column: usize, style: &Style) -> Option<String> {
    let (lines, header) = match text.strip_suffix('\n') {
        Some(lines) => (lines, "|"),
        None => (text, "|-"),
    };
    let plain = |c: char| !c.is_control() || c == '\n';
    // A last line of blanks would be taken for what follows the block.
    let ends = lines.rsplit('\n').next().is_some_and(|last| !last.trim().is_empty());
    let fits = lines.contains('\n') && !lines.starts_with([' ', '\n']) && ends && text.chars().all(plain);
    if !fits || style.json {
        return None;
    }
    let mut block = header.to_owned();
    for text in lines.split('\n') {
        block.push_str(style.newline);
        if !text.is_empty() {
            blanks(column + style.step, &mut block);
            block.push_str(text);
        }
    }
    Some(block)
}

/// Prints the lines of a map or list below a key at `column`.
pub(super) fn block_below(value: &Node, column: usize, style: &Style, out: &mut String) {
    match &value.value {
        Value::Map(map) => {
            line(column + style.step, style, out);
            block_map(map, column + style.step, style, out);
        }
        Value::List(list) => {
            line(column + style.dash, style, out);
            block_list(list, column + style.dash, style, out);
        }
        _ => {}
    }
}

/// Prints the entries of a block map, the first one at the end of `out`.
pub(super) fn block_map(map: &Map, column: usize, style: &Style, out: &mut String) {
    for (index, entry) in map.entries.iter().enumerate() {
        if index > 0 {
            line(column, style, out);
        }
        block_entry(&entry.key, &entry.value, column, style, out);
    }
}

fn block_list(list: &[Node], column: usize, style: &Style, out: &mut String) {
    for (index, item) in list.iter().enumerate() {
        if index > 0 {
            line(column, style, out);
        }
        block_item(item, column, style, out);
    }
}

/// Prints a block item with its dash at `column`.
pub(super) fn block_item(item: &Node, column: usize, style: &Style, out: &mut String) {
    out.push_str("- ");
    match &item.value {
        Value::Map(map) if is_filled(item) => block_map(map, column + 2, style, out),
        Value::List(list) if is_filled(item) => block_list(list, column + 2, style, out),
        _ => {
            flow(item, style, out);
            out.push_str(style.comment(item).unwrap_or_default());
        }
    }
}

/// Prints a line break and the indentation of the next line.
pub(super) fn line(column: usize, style: &Style, out: &mut String) {
    out.push_str(style.newline);
    match style.blank {
        ' ' => blanks(column, out),
        other => out.extend(std::iter::repeat_n(other, column)),
    }
}

/// Prints the indentation of a line.
fn blanks(count: usize, out: &mut String) {
    const SOME: &str = "                                                                ";
    let mut left = count;
    while left > 0 {
        let now = left.min(SOME.len());
        out.push_str(&SOME[..now]);
        left -= now;
    }
}

/// Prints a node on one line.
pub(super) fn flow(node: &Node, style: &Style, out: &mut String) {
    let comma = |out: &mut String| {
        out.push(',');
        out.push_str(if style.json { style.gap } else { " " });
    };
    match &node.value {
        Value::Map(map) => {
            out.push('{');
            for (index, entry) in map.entries.iter().enumerate() {
                if index > 0 {
                    comma(out);
                }
                flow_entry(&entry.key, &entry.value, style, out);
            }
            out.push('}');
        }
        Value::List(list) => {
            out.push('[');
            for (index, item) in list.iter().enumerate() {
                if index > 0 {
                    comma(out);
                }
                flow(item, style, out);
            }
            out.push(']');
        }
        Value::String(text) => string(text, style, out),
        _ => yaml::write(node, out),
    }
    if out.ends_with('\n') {
        out.pop();
    }
}

/// Prints a key and its value on one line.
pub(super) fn flow_entry(key: &str, value: &Node, style: &Style, out: &mut String) {
    string(key, style, out);
    out.push(':');
    out.push_str(if style.json { style.gap } else { " " });
    flow(value, style, out);
}

fn string(text: &str, style: &Style, out: &mut String) {
    // These characters end a plain scalar in flow style.
    match style.json || text.contains([',', '[', ']', '{', '}']) {
        true => out.push_str(&serde_json::Value::from(text).to_string()),
        false => yaml::write_scalar(text, out),
    }
}

/// Prints a string that stays a string, quoted like the one it replaces.
pub(super) fn like(old: &str, text: &str, style: &Style, out: &mut String) {
    let printable = text.chars().all(|c| !c.is_control());
    match old.chars().next() {
        Some('\'') if printable => {
            out.push('\'');
            out.push_str(&text.replace('\'', "''"));
            out.push('\'');
        }
        Some('"') => out.push_str(&serde_json::Value::from(text).to_string()),
        _ => string(text, style, out),
    }
}

/// Prints JSON over several lines, with the closing bracket at `column`.
pub(super) fn spread(node: &Node, column: usize, style: &Style, out: &mut String) {
    let inner = column + style.step;
    match &node.value {
        Value::Map(map) if is_filled(node) => {
            out.push('{');
            for (index, entry) in map.entries.iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                line(inner, style, out);
                spread_entry(&entry.key, &entry.value, inner, style, out);
            }
            line(column, style, out);
            out.push('}');
        }
        Value::List(list) if is_filled(node) => {
            out.push('[');
            for (index, item) in list.iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                line(inner, style, out);
                spread(item, inner, style, out);
            }
            line(column, style, out);
            out.push(']');
        }
        _ => flow(node, style, out),
    }
}

/// Prints a key and its value over several lines, with the key at `column`.
pub(super) fn spread_entry(key: &str, value: &Node, column: usize, style: &Style, out: &mut String) {
    string(key, style, out);
    out.push(':');
    out.push_str(style.gap);
    spread(value, column, style, out);
}
