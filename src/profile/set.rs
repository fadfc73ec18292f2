//! `--set` and similar flags, in Helm's syntax: `a.b=1,c=x`, with `\` before a literal `,`, `.` or `=`.
//!
//! In: one argument. Out: a layer for each pair. A source is created from each key only, never from the value: the
//! place of a finding shows the source line, and the value may be secret. For the same reason no message contains a
//! value.

use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::ids;
use crate::profile::Layer;
use crate::profile::LayerKind;
use crate::profile::json;
use crate::source::Place;
use crate::source::SourceId;
use crate::source::Sources;
use crate::source::Span;
use crate::yaml::Entry;
use crate::yaml::Map;
use crate::yaml::Node;
use crate::yaml::Value;

/// How deeply maps may be nested, as in Helm.
const DEEPEST: usize = 30;

/// How the text after `=` is read.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// `--set`: true, false, null and whole numbers are typed, everything else is a string.
    Typed,
    /// `--set-string`: always a string.
    String,
}

/// A layer with a single value.
pub(crate) struct Pair {
    pub(crate) layer: Layer,
    /// The keys that lead to the value.
    pub(crate) path: Vec<String>,
}

/// Splits `KEY=REST` at the first unescaped `=`: for `--set-file`, whose file the program reads.
pub fn split(argument: &str) -> Option<(&str, &str)> {
    let mut letters = argument.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => {
                letters.next();
            }
            '=' => return Some((&argument[..at], &argument[at + 1..])),
            _ => {}
        }
    }
    None
}

/// The pairs of a `--set` or `--set-string`, up to the first invalid one. `number` counts the arguments from 1: without
/// a key there is no other way to identify one.
pub(crate) fn pairs(
    argument: &str,
    kind: Kind,
    number: usize,
    sources: &mut Sources,
    found: &mut Findings,
) -> Vec<Pair> {
    let flag = match kind {
        Kind::Typed => "--set",
        Kind::String => "--set-string",
    };
    let mut pairs: Vec<Pair> = Vec::new();
    let mut rest = argument;
    // A trailing comma and an empty argument are allowed, as in Helm, because scripts produce them.
    while !rest.is_empty() {
        let key = match Key::read(rest) {
            Ok((key, after)) => {
                rest = after;
                key
            }
            Err(problem) => {
                let before = pairs.last().and_then(|pair| place_of(pair, sources));
                found.push(problem.finding(flag, number, before));
                break;
            }
        };
        let source = sources.add(name(flag, key.raw), key.raw);
        if !key.check(source, sources, flag, number, found) {
            break;
        }
        if rest.starts_with('{') {
            found.push(
                Finding::error(
                    ids::SET_SYNTAX,
                    format!("`{}` is set to a list, which `{flag}` does not support", key.raw),
                )
                .at(sources.place(key.span(source)))
                .help(format!(
                    "write `--set-json '{}=[\"a\", \"b\"]'`; for text that begins with a brace, write `\\{{`",
                    key.raw
                )),
            );
            break;
        }
        let (text, after) = value(rest);
        rest = after;
        let value = match kind {
            Kind::Typed => typed(&text),
            Kind::String => Value::String(text.into()),
        };
        pairs.push(key.pair(flag, source, value));
    }
    pairs
}

/// The layer of a `--set-json`.
pub(crate) fn json(argument: &str, number: usize, sources: &mut Sources, found: &mut Findings) -> Option<Pair> {
    let flag = "--set-json";
    let (key, text) = match Key::read(argument) {
        Ok(read) => read,
        Err(problem) => {
            found.push(problem.finding(flag, number, None));
            return None;
        }
    };
    let source = sources.add(name(flag, key.raw), key.raw);
    if !key.check(source, sources, flag, number, found) {
        return None;
    }
    // Helm reads an empty text as null.
    let text = if text.trim().is_empty() { "null" } else { text };
    match json::parse(text, key.span(source)) {
        Ok(node) => Some(key.pair(flag, source, node.value)),
        Err(problem) => {
            found.push(
                Finding::error(ids::SET_SYNTAX, format!("the value of `{}` is not JSON: {problem}", key.raw))
                    .at(sources.place(key.span(source)))
                    .help("pass one `KEY=JSON` per `--set-json`, with strings in double quotes; for plain text, use `--set-string`"),
            );
            None
        }
    }
}

/// The layer of a `--set-file`: `key` as typed, `text` the content of the file.
pub(crate) fn file(key: &str, text: &str, number: usize, sources: &mut Sources, found: &mut Findings) -> Option<Pair> {
    let flag = "--set-file";
    let with_end = format!("{key}=");
    let key = match Key::read(&with_end) {
        Ok((key, "")) => key,
        Ok(_) => {
            found.push(Problem::NoValue.finding(flag, number, None));
            return None;
        }
        Err(problem) => {
            found.push(problem.finding(flag, number, None));
            return None;
        }
    };
    let source = sources.add(name(flag, key.raw), key.raw);
    key.check(source, sources, flag, number, found).then(|| key.pair(flag, source, Value::String(text.into())))
}

/// The name in messages of the argument that sets `key`.
fn name(flag: &str, key: &str) -> String {
    const LONGEST: usize = 80;
    let key = key.chars().take(LONGEST).map(|c| if c.is_control() { '\u{fffd}' } else { c });
    format!("{flag} {}", key.collect::<String>())
}

fn place_of(pair: &Pair, sources: &Sources) -> Option<Place> {
    let mut node = &pair.layer.root;
    for key in &pair.path {
        node = node.get(key)?;
    }
    sources.place(node.span)
}

/// A key as written before `=`.
struct Key<'a> {
    raw: &'a str,
    /// Each step, with its bytes in `raw`.
    steps: Vec<(String, usize, usize)>,
}

enum Problem {
    /// No `=` up to the next comma or the end.
    NoValue,
    /// `a[0]`: the text before the bracket.
    Index(String),
}

impl Problem {
    fn finding(self, flag: &str, number: usize, before: Option<Place>) -> Finding {
        match (self, before) {
            (Problem::NoValue, None) => {
                Finding::error(ids::SET_SYNTAX, format!("`{flag}` number {number} has no `=`, expected `KEY=VALUE`"))
            }
            (Problem::NoValue, Some(place)) => {
                Finding::error(ids::SET_SYNTAX, "the text after the comma that ends this key's value has no `=`")
                    .at(Some(place))
                    .help("a comma starts the next `KEY=VALUE`; write `\\,` for a comma inside a value")
            }
            (Problem::Index(key), before) => Finding::error(
                ids::SET_SYNTAX,
                format!("`{key}[` sets one item of a list, which `{flag}` does not support"),
            )
            .at(before)
            .help(format!("set the whole list: `--set-json '{key}=[\"a\", \"b\"]'`")),
        }
    }
}

impl<'a> Key<'a> {
    /// The key at the beginning of `text`, and the text after its `=`.
    fn read(text: &'a str) -> Result<(Key<'a>, &'a str), Problem> {
        let mut steps = Vec::new();
        let mut step = String::new();
        let mut start = 0;
        let mut letters = text.char_indices();
        while let Some((at, letter)) = letters.next() {
            match letter {
                '\\' => step.extend(letters.next().map(|(_, escaped)| escaped)),
                '.' | '=' => {
                    steps.push((std::mem::take(&mut step), start, at));
                    start = at + 1;
                    if letter == '=' {
                        return Ok((Key { raw: &text[..at], steps }, &text[at + 1..]));
                    }
                }
                // The text before a bracket is certainly a key only if an `=` follows; otherwise it may be the rest of
                // a value.
                '[' if split(&text[at..]).is_some() => return Err(Problem::Index(text[..at].into())),
                ',' => return Err(Problem::NoValue),
                _ => step.push(letter),
            }
        }
        Err(Problem::NoValue)
    }

    fn span(&self, source: SourceId) -> Span {
        Span::new(source, 0, self.raw.len())
    }

    /// Reports empty steps and too many steps; false if there were any.
    fn check(&self, source: SourceId, sources: &Sources, flag: &str, number: usize, found: &mut Findings) -> bool {
        let before = found.errors();
        if self.raw.is_empty() {
            found.push(Finding::error(
                ids::SET_SYNTAX,
                format!("`{flag}` number {number} has an empty key, expected `KEY=VALUE`"),
            ));
        } else if let Some((_, start, end)) = self.steps.iter().find(|(step, _, _)| step.is_empty()) {
            found.push(
                Finding::error(ids::SET_SYNTAX, format!("`{}` has an empty name between dots", self.raw))
                    .at(sources.place(Span::new(source, *start, *end)))
                    .help("separate names with one dot; write `\\.` for a dot that is part of a name"),
            );
        }
        if self.steps.len() > DEEPEST {
            found.push(
                Finding::error(
                    ids::SET_SYNTAX,
                    format!("a key has {} names, but at most {DEEPEST} are allowed", self.steps.len()),
                )
                .at(sources.place(self.span(source)))
                .help("write `\\.` for a dot inside a name"),
            );
        }
        found.errors() == before
    }

    fn pair(&self, flag: &str, source: SourceId, value: Value) -> Pair {
        let mut node = Node { value, span: self.span(source) };
        for (step, start, end) in self.steps.iter().rev() {
            let entry = Entry { key: step.as_str().into(), key_span: Span::new(source, *start, *end), value: node };
            node = Node { value: Value::Map(Map { entries: vec![entry] }), span: self.span(source) };
        }
        Pair {
            layer: Layer { name: flag.into(), kind: LayerKind::Set, root: node },
            path: self.steps.iter().map(|(step, _, _)| step.clone()).collect(),
        }
    }
}

/// The value at the beginning of `text`, and the text after its comma.
fn value(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => value.extend(letters.next().map(|(_, escaped)| escaped)),
            ',' => return (value, &text[at + 1..]),
            _ => value.push(letter),
        }
    }
    (value, "")
}

/// Helm's types (`helm.sh/helm/v3/pkg/strvals/parser.go` `typedVal`): a number with a leading 0 remains text, and so does
/// one with a decimal point.
pub(crate) fn typed(text: &str) -> Value {
    if text.eq_ignore_ascii_case("true") {
        return Value::Bool(true);
    }
    if text.eq_ignore_ascii_case("false") {
        return Value::Bool(false);
    }
    if text.eq_ignore_ascii_case("null") {
        return Value::Null;
    }
    if text == "0" {
        return Value::Int(0);
    }
    match text.parse() {
        Ok(number) if !text.starts_with('0') => Value::Int(number),
        _ => Value::String(text.into()),
    }
}

#[cfg(test)]
mod tests;
