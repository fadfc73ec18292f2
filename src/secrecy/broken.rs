//! What may belong to the value of a key in text that cannot be parsed.
//!
//! In: the position after a key. Out: what a parser would take as its value, plus what the author may have meant as
//! part of it: the rest of the line where it is not a scalar, and the lines below that are not entries themselves. Errs
//! on the side of hiding too much: the result is used only for excerpts in messages.

use crate::secrecy::Weight;
use crate::secrecy::key::is_telling;
use crate::secrecy::keyed;
use crate::secrecy::keyed::Line;
use crate::secrecy::keyed::MAP;
use crate::secrecy::keyed::Shape;
use crate::secrecy::keyed::is_entry;
use crate::secrecy::reference::is_placeholder;
use crate::secrecy::text::Part;
use crate::secrecy::text::WINDOW;
use crate::secrecy::text::floor;
use std::ops::Range;

/// Tags that give the type of a scalar and nothing of its content.
const TAGS: [&str; 6] = ["!!str", "!!binary", "!!int", "!!float", "!!bool", "!!null"];
/// How many lines may belong to a value whose end is unclear.
const LINES: usize = 2_000;

/// Like [`keyed::values`], plus everything else that may belong to the value.
pub(crate) fn values(text: &str, line: Line, key: usize, at: usize, follow: bool) -> Vec<(Range<usize>, Shape)> {
    let mut out = keyed::values(text, line, key, at, follow);
    let start = at + 1 + text[at + 1..].bytes().take_while(|byte| matches!(byte, b' ' | b'\t' | b'=')).count();
    let end = line.end(text, start);
    let rest = text[start..end].trim_end();
    let last = out.iter().map(|(range, _)| range.end).max().unwrap_or(start);
    let (whole, below) = match judge(text, line, start, rest, &out, follow) {
        Doubt::None => return out,
        Doubt::Below => (false, true),
        Doubt::Line => (true, false),
        Doubt::Both => (true, true),
    };
    if whole && !rest.is_empty() {
        out.push((start..start + rest.len(), Shape::Several));
    }
    if below && text.as_bytes()[at] == b':' && last <= end {
        let block = rest.starts_with(['|', '>']);
        out.extend(lines_below(text, line.indent(text), end, block));
    }
    out
}

/// What may belong to the value although a parser would not include it.
enum Doubt {
    None,
    /// The lines below.
    Below,
    /// The rest of the line.
    Line,
    Both,
}

/// `follow`: whether to look up aliases in the text.
fn judge(text: &str, line: Line, start: usize, rest: &str, read: &[(Range<usize>, Shape)], follow: bool) -> Doubt {
    // The beginning of a very long line is enough; whatever it leaves open counts as doubt.
    let head = &rest[..floor(rest, rest.len().min(MAP))];
    let content = head.split(" #").next().unwrap_or_default();
    let cut = content.len() == head.len() && head.len() < rest.len();
    let content = content.trim_end();
    match content.as_bytes().first() {
        None => Doubt::Below,
        Some(b'{') if content.starts_with("{%") => Doubt::Below,
        Some(b'{') if content.starts_with("{{") && content.contains("}}") => Doubt::None,
        Some(b'{') if content.len() == 1 => Doubt::None,
        Some(b'{') if !content.contains('}') => Doubt::Line,
        Some(b'{') => {
            // A map, unless it contains something that is not an entry.
            let inner = content[1..].split('}').next().unwrap_or_default();
            let map =
                inner.split(',').all(|entry| entry.contains(": ") || entry.trim().is_empty() || entry.contains("\":"));
            if map { Doubt::None } else { Doubt::Line }
        }
        Some(b'*') if cut || !follow => Doubt::Line,
        Some(b'*') if is_placeholder(content) => Doubt::None,
        Some(b'*') => {
            let name = content[1..].trim_end_matches([',', '}', ']']);
            let anchor = !name.is_empty() && text.contains(&format!("&{name}"));
            if anchor { Doubt::None } else { Doubt::Line }
        }
        Some(b'!') if !cut && TAGS.iter().any(|tag| content.split(' ').next() == Some(tag)) => {
            let value = content.split_once(' ').map_or("", |(_, value)| value).trim_start();
            judge(text, line, start + rest.len() - value.len(), value, read, follow)
        }
        Some(b'!' | b'&') if line.flow => Doubt::Line,
        Some(b'!' | b'&') => Doubt::Both,
        Some(b'"' | b'\'') => {
            let closed = read.first().map_or(start, |(range, _)| range.end);
            let after = text[closed.min(start + rest.len()).max(start)..start + rest.len()].trim();
            let done = after.is_empty() || after.starts_with('#') || line.flow && after.starts_with([',', '}', ']']);
            if done { Doubt::None } else { Doubt::Both }
        }
        Some(b'[') => Doubt::Both,
        Some(b'|' | b'>') if !cut && keyed::is_block_sign(content) => Doubt::Below,
        Some(b'|' | b'>' | b'%' | b'@' | b'?' | b'`') => Doubt::Both,
        Some(_) if line.flow || !cut && is_placeholder(content) => Doubt::None,
        Some(_) => Doubt::Below,
    }
}

/// What `{% set password %}...{% endset %}` captures.
pub(crate) fn captured(text: &str, out: &mut Vec<Part>) {
    for (at, _) in text.match_indices("{%") {
        let Some((tag, _)) = text[at + 2..].split_once("%}") else { return };
        let mut words = tag.trim_matches(['-', '+']).split_whitespace();
        if let (Some("set"), Some(name), None) = (words.next(), words.next(), words.next())
            && is_telling(name)
        {
            let start = at + 2 + tag.len() + 2;
            let rest = &text[start..];
            let end = rest.find("{%").map_or(text.len(), |end| start + end);
            out.push(Part { range: start..end, weight: Weight::Hide });
        }
    }
}

/// The lines below `end` that are not entries. `block`: they follow a block scalar, in which entries are text as long
/// as they are indented.
fn lines_below(text: &str, indent: usize, end: usize, block: bool) -> Vec<(Range<usize>, Shape)> {
    let mut out = Vec::new();
    let mut at = end + 1;
    let rest = text.get(at..).unwrap_or_default();
    for line in rest.split_inclusive('\n').take(LINES) {
        let content = line.trim();
        let blank = line.len() - line.trim_start().len();
        let tab = line[..blank].contains('\t');
        if content.starts_with("---") || content.starts_with("...") {
            break;
        }
        // The beginning of a very long line is enough.
        let head = &content[..floor(content, content.len().min(WINDOW))];
        let entry = is_entry(head.trim_start_matches(['-', ' ']));
        let inside = block && blank > indent || tab;
        if entry && !inside {
            break;
        }
        if !content.is_empty() && (block || !content.starts_with('#')) {
            // A list item with the same indent as the key may belong to the list that contains the key.
            let item = content.starts_with("- ");
            if item && blank < indent && !inside {
                break;
            }
            let skip = if item { content.len() - content.trim_start_matches(['-', ' ']).len() } else { 0 };
            out.push((at + blank + skip..at + blank + content.len(), Shape::Several));
        }
        at += line.len();
    }
    out
}
