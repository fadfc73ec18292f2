//! Changes to a document that keep it valid YAML, but make its content unexpected.

use crate::random::Random;
use crate::seeds::Seeds;
use crate::text;
use meshtrace::finding::Findings;
use meshtrace::source::Sources;
use meshtrace::source::Span;
use meshtrace::yaml;
use meshtrace::yaml::Node;
use serde_json::Value as Json;
use serde_json::json;

/// The documents of a text as JSON, and the findings from reading it.
pub(crate) fn read(text: &str) -> (Vec<Json>, Findings) {
    let mut sources = Sources::default();
    let source = sources.add("text", text);
    let mut found = Findings::default();
    let documents = yaml::read(&sources, source, &mut found);
    (documents.iter().map(|document| document.node.to_json()).collect(), found)
}

/// The documents of a text with a few parts changed, in any notation.
pub(crate) fn change(text: &str, random: &mut Random, seeds: &Seeds) -> String {
    let (mut documents, _) = read(text);
    if documents.is_empty() {
        return text::change(text, random, seeds);
    }
    for _ in 0..random.few() {
        let at = random.below(documents.len());
        match random.below(20) {
            0 => drop(documents.remove(at)),
            1 => documents.push(documents[at].clone()),
            2 => documents.extend(read(random.text(&seeds.yaml)).0),
            3 if random.once_in(4) => {
                // Many objects of one kind, with different names or the same.
                let one = documents[at].clone();
                let named = random.once_in(2);
                let most = text::LARGEST / one.to_string().len().max(1);
                for number in 0..most.min(1 << random.below(8)) {
                    let mut copy = one.clone();
                    if named && copy["metadata"].is_object() {
                        copy["metadata"]["name"] = Json::from(format!("n{number}"));
                    }
                    documents.push(copy);
                }
            }
            3 => documents = vec![json!({"apiVersion": "v1", "kind": "List", "items": documents})],
            _ => node(&mut documents[at], random, seeds),
        }
        if documents.is_empty() {
            break;
        }
    }
    let texts: Vec<String> = documents.iter().map(|document| write(document, random)).collect();
    texts.join("---\n")
}

/// Changes one part of a document.
pub(crate) fn node(document: &mut Json, random: &mut Random, seeds: &Seeds) {
    let places = places(document);
    let mut place = random.pick(&places).clone();
    if random.once_in(5) {
        // Documents inside strings are few, but much of their content is used.
        let held = |place: &&String| {
            document.pointer(place).and_then(Json::as_str).is_some_and(|text| text.contains(['{', '\n']))
        };
        let inner: Vec<&String> = places.iter().filter(held).collect();
        if !inner.is_empty() {
            place = (*random.pick(&inner)).clone();
            if let Some(Json::String(text)) = document.pointer_mut(&place) {
                return inside(text, random, seeds);
            }
        }
    }
    let other = random.pick(&places).clone();
    let other_value = document.pointer(&other).cloned().unwrap_or_default();
    let Some(target) = document.pointer_mut(&place) else { return };
    match random.below(14) {
        0 => {
            if let Some((parent, _)) = place.rsplit_once('/') {
                remove(document, parent, &place);
            }
        }
        1 | 2 => *target = odd(random, seeds),
        3 => {
            // Swaps two parts, unless one contains the other.
            let value = std::mem::replace(target, other_value);
            if !place.starts_with(&other)
                && !other.starts_with(&place)
                && let Some(target) = document.pointer_mut(&other)
            {
                *target = value;
            }
        }
        4 => *target = other_value,
        5 => {
            let (all, _) = read(random.text(&seeds.yaml));
            if let Some(from) = all.first() {
                let places = self::places(from);
                let from = from.pointer(random.text(&places)).cloned().unwrap_or_default();
                *target = from;
            }
        }
        6 => *target = if random.once_in(2) { json!([target.clone()]) } else { json!({"x": target.clone()}) },
        7 => {
            let inner = match target {
                Json::Array(list) => list.first().cloned(),
                Json::Object(map) => map.values().next().cloned(),
                _ => None,
            };
            *target = inner.unwrap_or_default();
        }
        8 => match target {
            Json::String(text) => *text = text::change(text, random, seeds),
            Json::Number(number) => *target = Json::from(number.to_string()),
            Json::Bool(flag) => *target = Json::from(flag.to_string()),
            Json::Array(list) if !list.is_empty() => list.push(random.pick(list).clone()),
            Json::Array(_) | Json::Null => *target = json!({}),
            Json::Object(map) => *target = map.values().cloned().collect(),
        },
        9 => match target {
            Json::Array(list) => {
                list.reverse();
                let at = random.below(list.len());
                list.rotate_left(at);
            }
            Json::Object(map) => {
                let mut entries: Vec<_> = std::mem::take(map).into_iter().collect();
                let at = random.below(entries.len());
                entries.rotate_left(at);
                map.extend(entries);
            }
            _ => {}
        },
        10 | 11 => {
            if let Json::Object(map) = target {
                // Renames a key, or adds one.
                let keys: Vec<String> = map.keys().cloned().collect();
                if !keys.is_empty() {
                    let key = random.pick(&keys).clone();
                    let name = match random.below(3) {
                        0 => text::odd(random, seeds),
                        1 => text::change(&key, random, seeds),
                        _ => other.rsplit('/').next().unwrap_or_default().to_owned(),
                    };
                    let value = map.get(&key).cloned().unwrap_or_default();
                    if random.once_in(2) {
                        map.shift_remove(&key);
                    }
                    map.insert(name, value);
                }
            }
        }
        12 => *target = Json::from(text::odd(random, seeds)),
        _ => {
            if let Json::String(text) = target {
                inside(text, random, seeds);
            }
        }
    }
}

/// Changes a text that may contain a document: JSON, YAML, or Consul's JSON without brackets.
fn inside(text: &mut String, random: &mut Random, seeds: &Seeds) {
    let json = serde_json::from_str::<Json>(text).or_else(|_| serde_json::from_str(&format!("[{text}]")));
    match json {
        Ok(mut inner) if (inner.is_object() || inner.is_array()) && !random.once_in(4) => {
            node(&mut inner, random, seeds);
            let written = if random.once_in(2) { inner.to_string() } else { format!("{inner:#}") };
            let fragment = text.trim_start().starts_with('{') && inner.is_array();
            *text = if fragment { written.trim_matches(['[', ']']).to_owned() } else { written };
        }
        _ if text.contains(":\n") && !random.once_in(4) => *text = change(text, random, seeds),
        _ => *text = text::change(text, random, seeds),
    }
}

/// The pointers of all parts.
pub(crate) fn places(document: &Json) -> Vec<String> {
    fn walk(node: &Json, at: &mut String, out: &mut Vec<String>) {
        out.push(at.clone());
        let length = at.len();
        let mut below = |step: &str, node: &Json| {
            at.push('/');
            at.push_str(step);
            walk(node, at, out);
            at.truncate(length);
        };
        match node {
            Json::Array(list) => list.iter().enumerate().for_each(|(index, item)| below(&index.to_string(), item)),
            Json::Object(map) => {
                map.iter().for_each(|(key, value)| below(&key.replace('~', "~0").replace('/', "~1"), value));
            }
            _ => {}
        }
    }
    let mut out = Vec::new();
    walk(document, &mut String::new(), &mut out);
    out
}

/// Removes what is at `place`, a step below `parent`.
pub(crate) fn remove(document: &mut Json, parent: &str, place: &str) {
    let step = place[parent.len() + 1..].replace("~1", "/").replace("~0", "~");
    match document.pointer_mut(parent) {
        Some(Json::Array(list)) => {
            if let Some(index) = step.parse().ok().filter(|index: &usize| *index < list.len()) {
                list.remove(index);
            }
        }
        Some(Json::Object(map)) => drop(map.shift_remove(&step)),
        _ => {}
    }
}

fn odd(random: &mut Random, seeds: &Seeds) -> Json {
    match random.below(14) {
        0 => Json::Null,
        1 => json!([]),
        2 => json!({}),
        3 => json!(""),
        4 => json!(random.once_in(2)),
        5 => json!(random.pick(&[0i64, -1, 1, 80, 9411, 65536, i64::MAX, i64::MIN])),
        6 => json!(u64::MAX),
        7 => json!(random.pick(&[0.5, -0.0, 1e300, 1e-300, 0.1, 1e16, 123456789.125])),
        8 => json!([[], {}, null]),
        9 => json!([null]),
        10 => (0..1 << random.below(7)).fold(json!(1), |inner, _| json!([inner])),
        11 => (0..1 << random.below(6)).fold(json!(1), |inner, _| json!({"a": inner})),
        _ => Json::from(text::odd(random, seeds)),
    }
}

/// JSON with escapes for characters that are valid in JSON but not in YAML.
pub(crate) fn json(document: &Json) -> String {
    match has_long_key(document) {
        true => plain(document),
        false => escaped(&document.to_string()),
    }
}

/// The same on several lines.
pub(crate) fn json_lines(document: &Json) -> String {
    match has_long_key(document) {
        true => plain(document),
        false => escaped(&format!("{document:#}")),
    }
}

/// YAML looks for the `:` of a key within 1024 characters, unless the key begins with `? `.
pub(crate) fn has_long_key(node: &Json) -> bool {
    match node {
        Json::Array(list) => list.iter().any(has_long_key),
        Json::Object(map) => map.iter().any(|(key, value)| key.len() > 150 || has_long_key(value)),
        _ => false,
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out
}

/// A document in one notation or another.
pub(crate) fn write(document: &Json, random: &mut Random) -> String {
    match random.below(5) {
        0 => json(document) + "\n",
        1 => json_lines(document) + "\n",
        2 | 3 => plain(document),
        _ => any(document, random),
    }
}

/// In the program's own notation.
pub(crate) fn plain(document: &Json) -> String {
    let mut out = String::new();
    yaml::write(&Node::from_json(document, Span::NONE), &mut out);
    out
}

/// A document whose notation varies from part to part: flow in block, any indent, quotes, comments, anchors.
pub(crate) fn any(document: &Json, random: &mut Random) -> String {
    let mut out = String::new();
    if random.once_in(4) {
        out.push_str("--- # begins\n");
    }
    block(document, 0, random, &mut out);
    out
}

fn block(node: &Json, indent: usize, random: &mut Random, out: &mut String) {
    let step = 1 + random.below(4);
    let spaces = " ".repeat(indent);
    match node {
        Json::Object(map) if !map.is_empty() && !random.once_in(12) => {
            for (key, value) in map {
                let key = match random.once_in(3) {
                    true => json(&Json::from(key.as_str())),
                    false => plain(&json!({key: null}))
                        .trim_end()
                        .trim_end_matches("null")
                        .trim_end()
                        .trim_end_matches(':')
                        .to_owned(),
                };
                // An explicit key needs lines of its own.
                match key.strip_prefix("? ") {
                    Some(_) => {
                        let key = key.trim_end();
                        out.push_str(&format!("{spaces}{key}\n{spaces}:"));
                    }
                    None => out.push_str(&format!("{spaces}{key}{}:", if random.once_in(12) { " " } else { "" })),
                }
                below(value, indent, step, random, out);
            }
        }
        Json::Array(list) if !list.is_empty() && !random.once_in(12) => {
            for item in list {
                out.push_str(&format!("{spaces}-"));
                below(item, indent, step, random, out);
            }
        }
        scalar => {
            out.push_str(&spaces);
            flow(scalar, indent, random, out);
        }
    }
}

/// What follows a `:` or a `-`.
fn below(node: &Json, indent: usize, step: usize, random: &mut Random, out: &mut String) {
    let anchor = if random.once_in(12) { format!(" &n{}", random.below(9)) } else { String::new() };
    let comment = if random.once_in(8) { " # so" } else { "" };
    let collection =
        node.as_object().is_some_and(|map| !map.is_empty()) || node.as_array().is_some_and(|list| !list.is_empty());
    if collection && !random.once_in(4) {
        out.push_str(&format!("{anchor}{comment}\n"));
        if random.once_in(12) {
            out.push_str("\n   # alone\n");
        }
        block(node, indent + step, random, out);
    } else {
        out.push_str(&format!("{anchor} "));
        flow(node, indent + step, random, out);
    }
}

fn flow(node: &Json, indent: usize, random: &mut Random, out: &mut String) {
    let single = node.as_str().filter(|text| text.chars().all(|c| c == ' ' || c.is_ascii_graphic()));
    match (node, single) {
        (_, Some(text)) if random.once_in(3) => out.push_str(&format!("'{}'\n", text.replace('\'', "''"))),
        (Json::String(text), _) if random.once_in(2) => {
            // As written by the program: a block scalar, at any indent.
            let written = plain(&json!({"k": text}));
            match written.strip_prefix("k: ") {
                Some(scalar) if !scalar.contains('\n') || scalar.trim_end_matches('\n').find('\n').is_none() => {
                    out.push_str(scalar);
                }
                _ => out.push_str(&(json(node) + "\n")),
            }
        }
        (Json::Array(_) | Json::Object(_), _) if random.once_in(3) => {
            // On several lines.
            let text = json_lines(node).replace('\n', &format!("\n{}", " ".repeat(indent + 1)));
            out.push_str(&format!("{text}\n"));
        }
        _ => out.push_str(&(json(node) + "\n")),
    }
}
