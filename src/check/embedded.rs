//! JSON inside strings: parsed strictly, and searched again for the location of a finding.

use crate::pointer::parse;
use serde_json::Value;
use std::collections::HashMap;
use std::ops::Range;

/// The member `snake` of an object, or its camel-case form, since Envoy's JSON reader accepts both. Returned with the
/// key as written.
pub(crate) fn field<'a>(value: &'a Value, snake: &str) -> Option<(&'a str, &'a Value)> {
    let object = value.as_object()?;
    let camel = camel(snake);
    object
        .iter()
        .find(|(key, value)| (*key == snake || *key == &camel) && !value.is_null())
        .map(|(key, value)| (key.as_str(), value))
}

/// Converts `load_assignment` to `loadAssignment`.
pub(crate) fn camel(snake: &str) -> String {
    let mut out = String::with_capacity(snake.len());
    let mut upper = false;
    for c in snake.chars() {
        match c {
            '_' => upper = true,
            c if upper => {
                out.extend(c.to_uppercase());
                upper = false;
            }
            c => out.push(c),
        }
    }
    out
}

/// The brackets around all of a text, with the blanks inside them.
pub(crate) fn brackets(text: &str) -> Option<Vec<Range<usize>>> {
    let (start, inner) = (text.len() - text.trim_start().len(), text.trim());
    let inner = inner.strip_prefix('[')?.strip_suffix(']')?;
    // `[...], [...]` are two lists.
    serde_json::from_str::<Value>(&format!("[{inner}]")).ok()?;
    let first = start + 1 + (inner.len() - inner.trim_start().len());
    let last = start + 1 + inner.trim_end().len();
    (first < last).then(|| vec![start..first, last..start + 1 + inner.len() + 1])
}

/// The comma behind the last object of a text, if that is all that is wrong with it.
pub(crate) fn last_comma(text: &str) -> Option<Range<usize>> {
    let objects = text.trim_end().strip_suffix(',')?;
    serde_json::from_str::<Value>(&format!("[{objects}]")).ok()?;
    Some(objects.len()..objects.len() + 1)
}
/// Looks up locations in a JSON text. Each collection is scanned once, however many lookups there are.
pub(crate) struct Index {
    text: String,
    /// By start offset of a collection: its members and where they start.
    children: HashMap<usize, HashMap<String, usize>>,
    ends: HashMap<usize, usize>,
}

impl Index {
    /// Indexes `text`, which has been parsed before; for invalid JSON, lookups return an arbitrary offset.
    pub(crate) fn new(text: String) -> Index {
        Index { text, children: HashMap::new(), ends: HashMap::new() }
    }

    /// Bytes `start..end` of what `pointer` points at, or of the deepest value on the way that exists.
    pub(crate) fn locate(&mut self, pointer: &str) -> (usize, usize) {
        let text = &self.text;
        let mut at = skip_space(text, 0);
        for wanted in parse(pointer) {
            let children = self.children.entry(at).or_insert_with(|| {
                let mut children = HashMap::new();
                walk(text, at, &mut children);
                children
            });
            let Some(next) = children.get(&*wanted) else { break };
            at = *next;
        }
        let end = *self.ends.entry(at).or_insert_with(|| skip_value(text, at));
        (at, end.max(at + 1).min(text.len()))
    }
}

fn skip_space(text: &str, mut at: usize) -> usize {
    while text.as_bytes().get(at).is_some_and(u8::is_ascii_whitespace) {
        at += 1;
    }
    at
}

/// Records where the members of the collection at `at` start; the first of duplicate names counts.
fn walk(text: &str, at: usize, children: &mut HashMap<String, usize>) -> Option<()> {
    let bytes = text.as_bytes();
    let is_map = match bytes.get(at)? {
        b'{' => true,
        b'[' => false,
        _ => return None,
    };
    let mut at = skip_space(text, at + 1);
    let mut index = 0usize;
    loop {
        if matches!(bytes.get(at)?, b'}' | b']') {
            return None;
        }
        let name = if is_map {
            let end = skip_value(text, at);
            let key: String = serde_json::from_str(text.get(at..end)?).ok()?;
            at = skip_space(text, end);
            if bytes.get(at) != Some(&b':') {
                return None;
            }
            at = skip_space(text, at + 1);
            key
        } else {
            index += 1;
            (index - 1).to_string()
        };
        children.entry(name).or_insert(at);
        at = skip_space(text, skip_value(text, at));
        if bytes.get(at) != Some(&b',') {
            return None;
        }
        at = skip_space(text, at + 1);
    }
}

/// The offset after the value at `at`. Counts brackets instead of recursing, so depth does not matter.
fn skip_value(text: &str, mut at: usize) -> usize {
    let bytes = text.as_bytes();
    let mut depth = 0usize;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at += 1;
                while let Some(byte) = bytes.get(at) {
                    match byte {
                        b'\\' => at += 1,
                        b'"' => break,
                        _ => {}
                    }
                    at += 1;
                }
                at += 1;
                if depth == 0 {
                    break;
                }
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                if depth <= 1 {
                    at += usize::from(depth == 1);
                    break;
                }
                depth -= 1;
            }
            b',' if depth == 0 => break,
            byte if depth == 0 && byte.is_ascii_whitespace() => break,
            _ => {}
        }
        at += 1;
    }
    at.min(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_leads_to_the_bytes_of_its_value() {
        let text = r#" {"a": {"b\"": [1, {"c": "x,]"}, true]}, "d": 2}"#;
        let mut index = Index::new(text.to_string());
        let mut slice = |pointer: &str| {
            let (start, end) = index.locate(pointer);
            &text[start..end]
        };
        assert_eq!(slice("/a/b\"/1/c"), "\"x,]\"");
        assert_eq!(slice("/a/b\"/2"), "true");
        assert_eq!(slice("/d"), "2");
        assert_eq!(slice("/a/none"), r#"{"b\"": [1, {"c": "x,]"}, true]}"#);
    }

    #[test]
    fn invalid_json_is_harmless() {
        for text in ["", "{", "[[[", "\"", "{\"a\"", "}]", "{a:1}", "\\"] {
            let (start, end) = Index::new(text.to_string()).locate("/a/0/b");
            assert!(start <= end.max(start) && end <= text.len().max(1));
        }
    }

    #[test]
    fn names_are_taken_in_both_cases() {
        let value: Value = serde_json::from_str(r#"{"loadAssignment": 1, "x_y": null}"#).unwrap();
        assert_eq!(field(&value, "load_assignment").unwrap().0, "loadAssignment");
        assert!(field(&value, "x_y").is_none());
    }
}
