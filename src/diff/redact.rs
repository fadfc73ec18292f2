//! Takes secrets out of changes, by value.
//!
//! In: both sides. Out: changes, findings and texts without anything that a Secret on either side holds, wherever it
//! stands and however it is encoded: plain, base64 (also inside longer base64, URL-safe or wrapped), base32, hexadecimal,
//! percent-encoded, escaped as in JSON, YAML or HTML, or broken over lines. A value of fewer than four characters is hidden only where it stands.

use crate::diff::Change;
use crate::diff::Field;
use crate::diff::ObjectRef;
use crate::diff::Side;
use crate::diff::embed;
use crate::diff::encode::STANDARD;
use crate::diff::encode::URL_SAFE;
use crate::diff::encode::base32;
use crate::diff::encode::base64;
use crate::diff::encode::hex;
use crate::diff::encode::percent;
use crate::diff::forms::Form;
use crate::diff::needles::Needles;
use crate::diff::secrets;
use crate::finding::Findings;
use serde_json::Value as Json;
use std::borrow::Cow;
use std::collections::HashSet;

/// What stands for a secret: neither its length nor anything else of it.
pub const REDACTED: &str = "***";
/// Shorter values are words that occur everywhere.
const SHORTEST: usize = 4;
/// Longer values are searched for as they are, in JSON and in base64: each form costs as much memory as the value.
const LONG: usize = 64 << 10;
/// Encoded pieces have at least this many characters, or they would be found by chance.
const SHORTEST_ENCODED: usize = 5;

/// The values to hide.
#[derive(Clone, Debug, Default)]
pub struct Redactor {
    known: HashSet<Box<[u8]>>,
    /// What to look for in a text as it is.
    needles: Needles,
    /// What to look for where white space is gone and escapes are resolved.
    folded: Needles,
    /// What to look for in small letters where nothing stands between digits: hexadecimal and base32.
    digits: Needles,
    /// The files that Secrets stand in.
    files: HashSet<Box<str>>,
}

impl Redactor {
    /// Learns the values of every Secret of a side. Ask of all sides before hiding anything.
    pub fn learn_side(&mut self, side: &Side) {
        let objects = side.objects.iter().map(|object| (&object.node, &object.file));
        for (node, file) in objects.chain(side.plain.iter().map(|plain| (&plain.node, &plain.file))) {
            let mut any = secrets::is_secret(node);
            secrets::find(node, embed::DEPTH, &mut |value| {
                any = true;
                self.learn(value);
            });
            if any {
                self.files.insert((**file).into());
            }
        }
    }

    /// Knows what `other` knows too.
    pub fn merge(&mut self, other: Redactor) {
        self.files.extend(other.files);
        if self.known.is_empty() {
            let Redactor { known, needles, folded, digits, .. } = other;
            (self.known, self.needles, self.folded, self.digits) = (known, needles, folded, digits);
            return;
        }
        for value in other.known {
            self.learn(&value);
        }
    }

    /// Learns one value, with every form it may take.
    pub(crate) fn learn(&mut self, value: &[u8]) {
        let letters = std::str::from_utf8(value).map_or(value.len(), |text| text.chars().count());
        if letters < SHORTEST || value.len() < SHORTEST || !self.known.insert(value.into()) {
            return;
        }
        if let Ok(text) = std::str::from_utf8(value) {
            self.look_for(value);
            self.look_for_folded(text);
            if text.contains(' ') {
                // As forms on the web write a space.
                self.look_for_folded(&text.replace(' ', "+"));
            }
            let json = Json::from(text).to_string();
            self.look_for(&json.as_bytes()[1..json.len() - 1]);
            // Escaped once more: JSON in a string of JSON.
            let twice = Json::from(&json[1..json.len() - 1]).to_string();
            self.look_for(&twice.as_bytes()[1..twice.len() - 1]);
            // `\/` and `\u003c`, as other writers of JSON have it.
            self.look_for(json[1..json.len() - 1].replace('/', "\\/").as_bytes());
            let html = json[1..json.len() - 1].replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026");
            self.look_for(html.as_bytes());
            let escaped: String = text
                .chars()
                .map(|c| if c.is_ascii() { c.to_string() } else { c.escape_unicode().to_string() })
                .collect();
            self.look_for(escaped.as_bytes());
            self.look_for(text.escape_debug().to_string().as_bytes());
            self.look_for(text.replace('\'', "''").as_bytes());
            if value.len() > LONG {
                self.look_for(base64(value, STANDARD).trim_end_matches('=').as_bytes());
                return;
            }
            let entities = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            self.look_for(entities.as_bytes());
            self.look_for(entities.replace('"', "&quot;").replace('\'', "&#39;").as_bytes());
        }
        for keep in ["-_.~", "-_.~!*'()", "-_.*", "-_.~:/?#[]@!$&'()*+,;=", ""] {
            for (space, upper) in [("%20", true), ("%20", false), ("+", true), ("+", false)] {
                self.look_for(percent(value, keep, space, upper).as_bytes());
            }
        }
        for upper in [false, true] {
            self.look_for(hex(value, upper).as_bytes());
        }
        self.digits.add(hex(value, false).as_bytes());
        for shift in 0..5 {
            // In a longer text the value may begin at any of five places within a group of letters.
            let padded: Vec<u8> = std::iter::repeat_n(0, shift).chain(value.iter().copied()).collect();
            let text = base32(&padded);
            let piece = text.get((shift * 8).div_ceil(5)..padded.len() * 8 / 5);
            if let Some(piece) = piece.filter(|piece| piece.len() >= SHORTEST_ENCODED) {
                self.digits.add(piece.as_bytes());
            }
        }
        self.digits.add(base32(value).as_bytes());
        for alphabet in [STANDARD, URL_SAFE] {
            let whole = base64(value, alphabet);
            self.look_for(whole.trim_end_matches('=').as_bytes());
            for width in [64, 76] {
                whole
                    .as_bytes()
                    .chunks(width)
                    .filter(|chunk| whole.len() > width && chunk.len() >= 16)
                    .for_each(|chunk| self.look_for(chunk));
            }
            // In a longer text the value may begin at any of three places within a group of letters.
            for shift in 0..3 {
                let padded: Vec<u8> = std::iter::repeat_n(0, shift).chain(value.iter().copied()).collect();
                let text = base64(&padded, alphabet);
                let text = text.trim_end_matches('=');
                let start = [0, 2, 3][shift];
                let end = text.len() - usize::from(!padded.len().is_multiple_of(3));
                if let Some(piece) = text.get(start..end).filter(|piece| piece.len() >= SHORTEST_ENCODED) {
                    self.look_for(piece.as_bytes());
                }
            }
            // Base64 of base64, as in a Secret inside a Secret.
            let twice = base64(whole.as_bytes(), alphabet);
            self.look_for(twice.trim_end_matches('=').as_bytes());
        }
    }

    fn look_for(&mut self, needle: &[u8]) {
        self.needles.add(needle);
    }

    /// Looks for a value in texts whose white space is gone and whose escapes are resolved.
    fn look_for_folded(&mut self, text: &str) {
        let form = Form::of(text);
        let resolved = form.plain();
        for form in [Some(&form), resolved.as_ref()].into_iter().flatten() {
            let bytes = form.squeezed().bytes;
            if String::from_utf8_lossy(&bytes).chars().count() >= SHORTEST {
                self.folded.add(&bytes);
            }
        }
    }

    /// Whether a Secret stands in the file, whose values may be too short to be known elsewhere.
    pub fn holds(&self, file: &str) -> bool {
        self.files.contains(file)
    }

    /// Whether there is anything to hide in it.
    pub fn finds(&self, text: &str) -> bool {
        self.ranges(text).next().is_some()
    }

    /// `text` with every secret replaced.
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut merged: Vec<(usize, usize)> = Vec::new();
        let mut ranges: Vec<(usize, usize)> = self.ranges(text).collect();
        ranges.sort_unstable();
        for (start, end) in ranges {
            match merged.last_mut() {
                Some(last) if start <= last.1 => last.1 = last.1.max(end),
                _ => merged.push((start, end)),
            }
        }
        if merged.is_empty() {
            return Cow::Borrowed(text);
        }
        let (mut out, mut at) = (String::with_capacity(text.len()), 0);
        for (start, end) in merged {
            out.push_str(&text[at..start]);
            out.push_str(REDACTED);
            at = end;
        }
        out.push_str(&text[at..]);
        Cow::Owned(out)
    }

    /// Where secrets stand, in no order: first as they are, then in what the text says in other ways.
    fn ranges<'t>(&'t self, text: &'t str) -> impl Iterator<Item = (usize, usize)> + 't {
        // Needles are whole characters or ASCII; a part of a character is none of them.
        let exact = self.needles.ranges(text.as_bytes());
        let exact = exact.filter(|(start, end)| text.is_char_boundary(*start) && text.is_char_boundary(*end));
        exact.chain(std::iter::once_with(|| self.ranges_in_forms(text)).flatten())
    }

    fn ranges_in_forms(&self, text: &str) -> Vec<(usize, usize)> {
        let mut out = Vec::new();
        if self.known.is_empty() || text.len() < SHORTEST {
            return out;
        }
        let mut look = |needles: &Needles, form: &Form| {
            out.extend(needles.ranges(&form.bytes).map(|(start, end)| form.part(start, end)));
        };
        let form = Form::of(text);
        let resolved = form.resolved();
        for form in std::iter::once(&form).chain(&resolved) {
            let squeezed = form.squeezed();
            look(&self.folded, &squeezed);
            look(&self.needles, &squeezed);
            look(&self.digits, &form.digits());
        }
        resolved.iter().for_each(|form| look(&self.needles, form));
        out
    }

    /// Takes every secret out of findings.
    pub fn findings(&self, found: Findings) -> Findings {
        secrets::redacted(found, self)
    }

    /// Takes every secret out of changes.
    pub fn hide(&self, changes: &mut [Change]) {
        for change in changes {
            for field in &mut change.fields {
                self.field(field, change.secret);
            }
            self.string(&mut change.file);
            for name in change.restarts.iter_mut().chain(&mut change.renders) {
                self.string(name);
            }
            let before = change.from.as_mut().map(|(object, file)| {
                self.string(file);
                object
            });
            for object in change.object.iter_mut().chain(before) {
                let ObjectRef { api_version, kind, namespace, name } = object;
                [api_version, kind, namespace, name].into_iter().for_each(|part| {
                    self.string(part);
                });
            }
        }
    }

    fn field(&self, field: &mut Field, secret: bool) {
        let mut hit = false;
        if secret {
            let mut steps = field.path.split('/').skip(1);
            match steps.next() {
                None => {}
                Some(first) if secrets::FIELDS.contains(&first) => {
                    for value in [&mut field.value, &mut field.old].into_iter().flatten() {
                        hit |= blank(value);
                    }
                    // What changed inside would show parts that are too short to be known by value.
                    field.inner = None;
                }
                Some(_) => {}
            }
        }
        for value in [&mut field.value, &mut field.old].into_iter().flatten() {
            hit |= blank_secrets(value) | self.json(value);
        }
        hit |= self.string(&mut field.path) | self.string(&mut field.keyed) | self.string(&mut field.reason);
        if let Some(from) = &mut field.from {
            hit |= self.string(from);
        }
        for inner in field.inner.iter_mut().flatten() {
            self.field(inner, false);
            hit |= inner.redacted;
        }
        field.redacted |= hit;
    }

    /// Hides what is in a value. Returns whether anything was.
    fn json(&self, json: &mut Json) -> bool {
        match json {
            Json::Null => false,
            Json::Bool(_) | Json::Number(_) => {
                let hit = self.finds(&json.to_string());
                if hit {
                    *json = Json::from(REDACTED);
                }
                hit
            }
            Json::String(text) => self.string(text),
            Json::Array(items) => items.iter_mut().fold(false, |hit, item| hit | self.json(item)),
            Json::Object(map) => {
                let mut hit = map.values_mut().fold(false, |hit, value| hit | self.json(value));
                if map.keys().any(|key| self.finds(key)) {
                    hit = true;
                    let entries = std::mem::take(map);
                    map.extend(entries.into_iter().map(|(key, value)| (self.text(&key).into_owned(), value)));
                }
                hit
            }
        }
    }

    fn string(&self, text: &mut String) -> bool {
        match self.text(text) {
            Cow::Borrowed(_) => false,
            Cow::Owned(hidden) => {
                *text = hidden;
                true
            }
        }
    }
}

/// Hides the values of every Secret in a value. Returns whether there was one.
fn blank_secrets(json: &mut Json) -> bool {
    match json {
        Json::Array(items) => items.iter_mut().fold(false, |hit, item| hit | blank_secrets(item)),
        Json::Object(map) => {
            let version = map.get("apiVersion").and_then(Json::as_str).unwrap_or_default();
            let secret = map.get("kind").and_then(Json::as_str) == Some("Secret") && !version.contains('/');
            let entries = map.iter_mut();
            entries.fold(false, |hit, (key, value)| match secret && secrets::FIELDS.contains(&key.as_str()) {
                true => hit | blank(value),
                false => hit | blank_secrets(value),
            })
        }
        _ => false,
    }
}

/// Hides every scalar below a value.
fn blank(json: &mut Json) -> bool {
    match json {
        Json::Array(items) => items.iter_mut().fold(false, |hit, item| hit | blank(item)),
        Json::Object(map) => map.values_mut().fold(false, |hit, value| hit | blank(value)),
        Json::Null => false,
        _ => {
            *json = Json::from(REDACTED);
            true
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redactor(values: &[&str]) -> Redactor {
        let mut redactor = Redactor::default();
        values.iter().for_each(|value| redactor.learn(value.as_bytes()));
        redactor
    }

    #[test]
    fn a_value_is_found_in_every_encoding_and_nothing_else_is_touched() {
        let value = "p@ss \"word\"/한";
        let redactor = redactor(&[value]);
        let basic = base64(format!("user:{value}").as_bytes(), STANDARD);
        for text in [
            value.to_owned(),
            base64(value.as_bytes(), STANDARD),
            base64(value.as_bytes(), URL_SAFE),
            percent(value.as_bytes(), "-_.~", "%20", true),
            percent(value.as_bytes(), "-_.~", "+", false),
            hex(value.as_bytes(), true),
            Json::from(value).to_string(),
        ] {
            assert!(redactor.finds(&text), "{text}");
        }
        assert!(redactor.text(&basic).starts_with("dXNlcj") && redactor.text(&basic).contains(REDACTED));
        assert!(!redactor.finds("p@ss word, base64, %40 and 70617373"));
    }

    #[test]
    fn a_value_is_found_wrapped_and_escaped_in_part() {
        let redactor = redactor(&["hunter2!secret pass"]);
        for text in [
            "hunter2!\n  secret pass",
            "hunter2\\x21secret\\u0020pass",
            "h\\u0075nter2!secret pass",
            "hunter2&#33;secret&nbsp;pass",
            "hunter2&excl;secret pass",
            "%68%75%6e%74%65%72%32%21%73%65%63%72%65%74%20%70%61%73%73",
            "%68%75%6e%74%65%72%32%21%73%65%63%72%65%74+%70%61%73%73",
            "68:75:6e:74:65:72:32:21:73:65:63:72:65:74:20:70:61:73:73",
            "68 75 6E 74 65 72 32 21 73 65 63 72 65 74 20 70 61 73 73",
            "NB2W45DFOIZCC43FMNZGK5BAOBQXG4Y=",
            "aHVudG\nVyMiFz\nZWNyZX\nQgcGFzcw==",
        ] {
            let hidden = redactor.text(&format!("before {text} after")).into_owned();
            assert_eq!(hidden.trim_end_matches(" after").trim_end_matches('='), "before ***", "{text}");
        }
    }

    #[test]
    fn values_that_overlap_are_hidden_whole() {
        assert_eq!(redactor(&["abcd1234", "1234efgh"]).text("x abcd1234efgh y"), "x *** y");
    }

    #[test]
    fn short_values_are_not_searched_for() {
        assert!(!redactor(&["abc", "", "é1a"]).finds("abc é1a"));
    }

    #[test]
    fn wrapped_base64_is_found_whole_and_line_by_line() {
        let value = "a long secret that takes more than one line of base64, as a certificate does, and goes on";
        let text = base64(value.as_bytes(), STANDARD);
        let wrapped: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        assert_eq!(redactor(&[value]).text(&wrapped.join("\n")), "***");
        assert_eq!(redactor(&[value]).text(wrapped[0]), "***");
    }

    #[test]
    fn numbers_and_keys_are_hidden_too() {
        let mut json = serde_json::json!({"a": 12345678, "12345678": true});
        assert!(redactor(&["12345678"]).json(&mut json));
        assert_eq!(json.to_string(), "{\"a\":\"***\",\"***\":true}");
    }
}
