//! The values that Secrets hold.
//!
//! In: objects. Out: every value, as written and decoded, with its lines and the strings of documents inside it. Also
//! takes the likely values of a Secret that cannot be read out of the findings about it.

use crate::diff::Redactor;
use crate::diff::embed;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::source::Sources;
use crate::yaml;
use crate::yaml::Node;
use crate::yaml::Value;

/// The fields of a Secret that hold values.
pub(crate) const FIELDS: [&str; 2] = ["data", "stringData"];
/// Strings of a document inside a value are secrets of their own from this length; shorter ones are words.
const PART: usize = 8;

/// Whether a document is a Secret, be it complete or not.
pub(crate) fn is_secret(node: &Node) -> bool {
    node.get("kind").and_then(Node::as_str) == Some("Secret")
        && !node.get("apiVersion").and_then(Node::as_str).is_some_and(|version| version.contains('/'))
}

/// Calls `take` with every value of every Secret in a document: itself, one in a list, one in a manifest inside a string.
pub(crate) fn find(node: &Node, depth: usize, take: &mut impl FnMut(&[u8])) {
    match &node.value {
        Value::Map(map) => {
            if is_secret(node) {
                values(node, take);
            }
            map.entries.iter().for_each(|entry| find(&entry.value, depth, take));
        }
        Value::List(list) => list.iter().for_each(|item| find(item, depth, take)),
        Value::String(text) if depth > 0 && text.contains("Secret") && text.contains("ata") => {
            let mut sources = Sources::default();
            let source = sources.add("", &**text);
            for document in yaml::read(&sources, source, &mut Findings::default()) {
                // Written out, since a closure of this type in itself would have no end.
                let mut held: Vec<Vec<u8>> = Vec::new();
                if !matches!(document.node.value, Value::String(_)) {
                    find_boxed(&document.node, depth - 1, &mut held);
                }
                held.iter().for_each(|value| take(value));
            }
        }
        _ => {}
    }
}

fn find_boxed(node: &Node, depth: usize, held: &mut Vec<Vec<u8>>) {
    find(node, depth, &mut |value: &[u8]| held.push(value.to_vec()));
}

/// Calls `take` with every value of a Secret, in bytes.
fn values(node: &Node, take: &mut impl FnMut(&[u8])) {
    if let Some(node) = node.get("stringData") {
        each(node, &mut |text| with_parts(text.as_bytes(), take));
    }
    if let Some(node) = node.get("data") {
        each(node, &mut |text| {
            take(text.as_bytes());
            if let Some(bytes) = decode(text) {
                with_parts(&bytes, take);
            }
        });
    }
}

/// Every scalar below a node, as text.
fn each(node: &Node, take: &mut impl FnMut(&str)) {
    match &node.value {
        Value::Map(map) => map.entries.iter().for_each(|entry| each(&entry.value, take)),
        Value::List(list) => list.iter().for_each(|item| each(item, take)),
        _ => {
            if let Some(text) = crate::diff::lists::scalar(node) {
                take(&text);
            }
        }
    }
}

fn with_parts(bytes: &[u8], take: &mut impl FnMut(&[u8])) {
    take(bytes);
    let trimmed = bytes.trim_ascii();
    if trimmed.len() < bytes.len() {
        take(trimmed);
    }
    if bytes.contains(&b'\n') {
        bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).for_each(&mut *take);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        text.lines().for_each(|line| of_line(line, take));
    }
    if let Some(node) = std::str::from_utf8(bytes).ok().and_then(embed::read) {
        each(&node, &mut |text| {
            if text.len() >= PART {
                take(text.as_bytes());
            }
        });
    }
}

/// What a line says of a name, as in `.env`, properties and `user:password`, and the password in an address.
fn of_line(line: &str, take: &mut impl FnMut(&[u8])) {
    for sign in ['=', ':'] {
        let Some((key, value)) = line.split_once(sign) else { continue };
        let value = value.trim().trim_end_matches([',', ';']);
        let inner = value.trim_matches(['"', '\'']);
        let key = key.to_ascii_lowercase();
        let telling = ["pass", "pwd", "secret", "token", "key", "cred"].iter().any(|word| key.contains(word));
        for value in [value, inner] {
            if value.len() >= if telling { 0 } else { PART } {
                take(value.as_bytes());
            }
        }
    }
    if let Some((_, rest)) = line.split_once("://")
        && let Some((login, _)) = rest.rsplit_once('@')
        && let Some((_, password)) = login.split_once(':')
    {
        take(password.as_bytes());
    }
}

/// Base64 as Kubernetes reads it: standard letters, line breaks ignored.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut count) = (0u32, 0);
    for byte in text.bytes().filter(|byte| !byte.is_ascii_whitespace()) {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => continue,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count & 0xff) as u8);
        }
    }
    Some(out)
}

/// Takes what may be a Secret's value out of findings about a text that may hold one: it could not be read, so every
/// scalar counts as one.
pub(crate) fn hide_in_findings(found: &mut Findings, text: &str) {
    if !text.contains("Secret") {
        return;
    }
    let mut redactor = Redactor::default();
    for line in text.lines() {
        let scalar = line.split_once(": ").map_or(line, |(_, value)| value);
        for piece in
            [scalar, line].map(|piece| piece.trim().trim_start_matches("- ").trim_matches(['"', '\'', ',', '{', '}']))
        {
            // Keys and the words of every manifest say where the mistake is.
            if !piece.ends_with(':') && !piece.contains(": ") && piece != "Secret" && piece != "v1" {
                redactor.learn(piece.as_bytes());
                if let Some(bytes) = decode(piece) {
                    redactor.learn(&bytes);
                }
            }
        }
    }
    *found = redacted(std::mem::take(found), &redactor);
}

/// The findings with everything hidden that `redactor` knows.
pub(crate) fn redacted(found: Findings, redactor: &Redactor) -> Findings {
    let mut out = Findings::default();
    for finding in found {
        out.push(one(finding, redactor));
    }
    out
}

fn one(mut finding: Finding, redactor: &Redactor) -> Finding {
    let hide = |text: &str| redactor.text(text).into_owned();
    finding.message = hide(&finding.message);
    finding.help = finding.help.as_deref().map(hide);
    let places = finding.notes.iter_mut().filter_map(|note| note.place.as_mut()).chain(finding.place.as_mut());
    for place in places {
        let shown = hide(&place.text);
        if *shown != *place.text {
            // The caret would stand somewhere else, and its width would tell a length.
            (place.text, place.column, place.width) = (shown.into(), 1, 1);
        }
    }
    for note in &mut finding.notes {
        note.message = hide(&note.message);
    }
    finding
}
