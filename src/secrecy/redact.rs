//! Removes secrets from texts by value, wherever they occur and however they are encoded: plain, base64 (also inside
//! longer base64, URL-safe or wrapped), base32, hexadecimal, percent-encoded, escaped as in JSON, YAML or HTML, or
//! broken over lines. A value of fewer than four characters is hidden only in its own place.

use crate::secrecy::REDACTED;
use crate::secrecy::encode::STANDARD;
use crate::secrecy::encode::URL_SAFE;
use crate::secrecy::encode::base32;
use crate::secrecy::encode::base64;
use crate::secrecy::encode::hex;
use crate::secrecy::encode::percent;
use crate::secrecy::forms::Form;
use crate::secrecy::key::is_login;
use crate::secrecy::key::is_name;
use crate::secrecy::needles::Needles;
use crate::secrecy::tree::Found;
use crate::secrecy::tree::Tree;
use crate::secrecy::tree::find;
use crate::secrecy::tree::is_secret;
use serde_json::Value as Json;
use std::borrow::Cow;
use std::collections::HashSet;

/// Shorter values are words that occur everywhere.
const SHORTEST: usize = 4;
/// Longer values are searched for only verbatim, in JSON and in base64: each form takes as much memory as the value.
const LONG: usize = 64 << 10;
/// Encoded pieces shorter than this would match by chance.
const SHORTEST_ENCODED: usize = 5;

/// In a document inside a value, strings of at least this length are secrets themselves; shorter ones are words.
const PART: usize = 8;

/// Values that must not appear anywhere.
#[derive(Clone, Debug, Default)]
pub struct Redactor {
    known: HashSet<Box<[u8]>>,
    /// Searched for in the text as it is.
    needles: Needles,
    /// Searched for with white space removed and escapes resolved.
    folded: Needles,
    /// Searched for in lowercase with separators between digits removed: hexadecimal and base32.
    digits: Needles,
}

impl Redactor {
    /// Learns the secrets of a document. Returns whether it contains a Secret.
    pub(crate) fn learn_tree<T: Tree>(&mut self, root: &T) -> bool {
        let mut any = is_secret(root);
        for found in find(root) {
            any |= found.in_secret;
            match found.in_secret {
                true => parts::<T>(&found, &mut |value| self.learn(value)),
                false => self.learn_found::<T>(&found),
            }
        }
        any
    }

    /// Learns a secret, unless it reads like a word or a line of YAML, which also occurs with other meanings. For texts
    /// in which such words must be kept.
    pub(crate) fn learn_found<T: Tree>(&mut self, found: &Found) {
        match found.in_secret {
            _ if is_login(&found.value) => {
                let bytes = decode(&found.value).unwrap_or_default();
                self.learn(found.value.as_bytes());
                self.learn(&bytes);
                self.learn(bytes.splitn(2, |byte| *byte == b':').nth(1).unwrap_or_default());
            }
            true => parts::<T>(found, &mut |value| {
                if let Ok(text) = std::str::from_utf8(value)
                    && !text.contains(": ")
                    && !text.ends_with(':')
                {
                    self.learn_word(text);
                }
            }),
            false => self.learn_word(&found.value),
        }
    }

    /// Learns a value, unless it is a word such as `changeme`, which is hidden only in its own place.
    pub(crate) fn learn_word(&mut self, value: &str) {
        if !is_name(value) {
            self.learn(value.as_bytes());
        }
    }

    /// Learns a value and each of its lines of at least `least` characters.
    pub(crate) fn learn_lines(&mut self, value: &str, least: usize) {
        self.learn(value.as_bytes());
        if value.contains('\n') {
            value
                .lines()
                .map(str::trim)
                .filter(|line| line.len() >= least)
                .for_each(|line| self.learn(line.as_bytes()));
        }
    }

    /// Whether nothing was learned.
    pub(crate) fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Adds everything that `other` has learned.
    pub(crate) fn merge(&mut self, other: Redactor) {
        if other.known.is_empty() {
            return;
        }
        if self.known.is_empty() {
            *self = other;
            return;
        }
        for value in other.known {
            self.learn(&value);
        }
    }

    /// Learns one value in every form it may take.
    pub(crate) fn learn(&mut self, value: &[u8]) {
        let letters = std::str::from_utf8(value).map_or(value.len(), |text| text.chars().count());
        if letters < SHORTEST || value.len() < SHORTEST || !self.known.insert(value.into()) {
            return;
        }
        if let Ok(text) = std::str::from_utf8(value) {
            self.learn_escaped(text);
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
        self.learn_digits(value);
        self.learn_base64(value, STANDARD);
        self.learn_base64(value, URL_SAFE);
    }

    /// Learns a value as it is, and escaped as in JSON, YAML and source code.
    fn learn_escaped(&mut self, text: &str) {
        self.look_for(text.as_bytes());
        self.look_for_folded(text);
        if text.contains(' ') {
            // Web forms encode a space as `+`.
            self.look_for_folded(&text.replace(' ', "+"));
        }
        let json = Json::from(text).to_string();
        let json = &json[1..json.len() - 1];
        self.look_for(json.as_bytes());
        // Escaped twice: JSON in a JSON string.
        let nested = Json::from(json).to_string();
        self.look_for(&nested.as_bytes()[1..nested.len() - 1]);
        // `\/` and `\u003c`, as other JSON writers escape them.
        self.look_for(json.replace('/', "\\/").as_bytes());
        let html = json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026");
        self.look_for(html.as_bytes());
        let escaped: String =
            text.chars().map(|c| if c.is_ascii() { c.to_string() } else { c.escape_unicode().to_string() }).collect();
        self.look_for(escaped.as_bytes());
        self.look_for(text.escape_debug().to_string().as_bytes());
        self.look_for(text.replace('\'', "''").as_bytes());
    }

    /// Learns a value in hexadecimal and base32.
    fn learn_digits(&mut self, value: &[u8]) {
        for upper in [false, true] {
            self.look_for(hex(value, upper).as_bytes());
        }
        self.digits.add(hex(value, false).as_bytes());
        for shift in 0..5 {
            // In a longer text the value may begin at any of five offsets within a group of characters.
            let padded: Vec<u8> = std::iter::repeat_n(0, shift).chain(value.iter().copied()).collect();
            let text = base32(&padded);
            let piece = text.get((shift * 8).div_ceil(5)..padded.len() * 8 / 5);
            if let Some(piece) = piece.filter(|piece| piece.len() >= SHORTEST_ENCODED) {
                self.digits.add(piece.as_bytes());
            }
        }
        self.digits.add(base32(value).as_bytes());
    }

    /// Learns a value in base64: on its own, wrapped, inside a longer text, and encoded twice.
    fn learn_base64(&mut self, value: &[u8], alphabet: &[u8; 64]) {
        let whole = base64(value, alphabet);
        self.look_for(whole.trim_end_matches('=').as_bytes());
        for width in [64, 76] {
            whole
                .as_bytes()
                .chunks(width)
                .filter(|chunk| whole.len() > width && chunk.len() >= 16)
                .for_each(|chunk| self.look_for(chunk));
        }
        // In a longer text the value may begin at any of three offsets within a group of characters.
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
        let nested = base64(whole.as_bytes(), alphabet);
        self.look_for(nested.trim_end_matches('=').as_bytes());
    }

    fn look_for(&mut self, needle: &[u8]) {
        self.needles.add(needle);
    }

    /// Adds a value to search for with white space removed and escapes resolved.
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

    /// Whether a text contains anything to hide.
    pub fn finds(&self, text: &str) -> bool {
        self.ranges(text).next().is_some()
    }

    /// `text` with every secret replaced.
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let merged = self.parts(text);
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

    /// Where the secrets are, sorted and without overlaps.
    pub(crate) fn parts(&self, text: &str) -> Vec<(usize, usize)> {
        let mut merged: Vec<(usize, usize)> = Vec::new();
        let mut ranges: Vec<(usize, usize)> = self.ranges(text).collect();
        ranges.sort_unstable();
        for (start, end) in ranges {
            match merged.last_mut() {
                Some(last) if start <= last.1 => last.1 = last.1.max(end),
                _ => merged.push((start, end)),
            }
        }
        merged
    }

    /// Where the secrets are, unsorted: first verbatim, then in the other forms of the text.
    fn ranges<'t>(&'t self, text: &'t str) -> impl Iterator<Item = (usize, usize)> + 't {
        // Needles are whole characters or ASCII, so they never match part of a character.
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
}

/// A value of a Secret, as written and decoded, with its parts.
fn parts<T: Tree>(found: &Found, take: &mut impl FnMut(&[u8])) {
    with_parts::<T>(found.value.as_bytes(), take);
    if (found.pointer.contains("/data/") || found.part.is_some())
        && let Some(bytes) = decode(&found.value)
    {
        with_parts::<T>(&bytes, take);
    }
}

/// Every scalar below a node, as text.
fn each(node: &impl Tree, take: &mut impl FnMut(&str)) {
    if let Some(entries) = node.entries() {
        entries.for_each(|(_, value)| each(value, take));
    } else if let Some(items) = node.items() {
        items.iter().for_each(|item| each(item, take));
    } else if let Some(text) = node.scalar() {
        take(&text);
    }
}

/// A value of a Secret with its lines, and the strings of documents inside it.
fn with_parts<T: Tree>(bytes: &[u8], take: &mut impl FnMut(&[u8])) {
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
    for document in std::str::from_utf8(bytes).map(T::parse).unwrap_or_default() {
        each(&document, &mut |text| {
            if text.len() >= PART {
                take(text.as_bytes());
            }
            // `auth` in Docker's configuration: `user:password` in base64.
            if is_login(text)
                && let Some(bytes) = decode(text)
                && let Some(colon) = bytes.iter().position(|byte| *byte == b':')
            {
                take(&bytes);
                take(&bytes[colon + 1..]);
            }
        });
    }
}

/// The value that a line assigns to a name, as in `.env`, properties and `user:password`, and the password in a URL.
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

/// Decodes base64 as Kubernetes does: standard alphabet, line breaks ignored.
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
    fn overlapping_values_are_hidden_completely() {
        assert_eq!(redactor(&["abcd1234", "1234efgh"]).text("x abcd1234efgh y"), "x *** y");
    }

    #[test]
    fn short_values_are_not_searched_for() {
        assert!(!redactor(&["abc", "", "é1a"]).finds("abc é1a"));
    }

    #[test]
    fn wrapped_base64_is_found_as_a_whole_and_line_by_line() {
        let value = "a long secret that takes more than one line of base64, as a certificate does, and goes on";
        let text = base64(value.as_bytes(), STANDARD);
        let wrapped: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        assert_eq!(redactor(&[value]).text(&wrapped.join("\n")), "***");
        assert_eq!(redactor(&[value]).text(wrapped[0]), "***");
    }
}
