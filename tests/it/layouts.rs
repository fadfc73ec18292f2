//! The ways in which people write the same documents.

use serde_json::Value as Json;
use std::collections::BTreeMap;

/// A way to write documents; `None` for what it cannot say.
pub(crate) type Write = fn(&[Json]) -> Option<String>;

/// How a text of several lines is written.
#[derive(Clone, Copy, Default, PartialEq)]
enum Text {
    #[default]
    Literal,
    /// With a number that says how far it is indented.
    Numbered,
    Folded,
    Double,
    /// In double quotes over several lines, each with an escaped break.
    Continued,
}

/// Block style, with what is unusual about it.
#[derive(Clone, Copy, Default)]
struct Block {
    /// How far a map is indented below its key; 0 for two.
    step: usize,
    /// How far the dashes of a list are.
    dash: usize,
    /// The quotes of keys and of values.
    quotes: (&'static str, &'static str),
    /// Comments behind values.
    behind: bool,
    /// Comments before keys and items.
    before: bool,
    /// Empty lines between the keys of a map.
    gaps: bool,
    /// What follows in each line.
    end: &'static str,
    text: Text,
    /// Aliases for what occurs twice in a document.
    aliases: bool,
    /// The maps below these keys are on one line.
    flow: &'static [&'static str],
}

/// A document while it is written.
struct Writer {
    how: Block,
    counts: BTreeMap<String, usize>,
    anchors: BTreeMap<String, usize>,
    comments: usize,
}

fn quoted(text: &str) -> String {
    Json::from(text).to_string()
}

/// Whether a text is the same without quotes, to every reader of YAML.
fn is_plain(text: &str) -> bool {
    let first = text.starts_with(|c: char| c.is_ascii_alphabetic());
    let words = ["yes", "no", "on", "off", "true", "false", "null", "y", "n"];
    first
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "_./-".contains(c))
        && !words.contains(&text.to_lowercase().as_str())
}

fn in_quotes(text: &str, quote: &str) -> String {
    match quote {
        "'" => format!("'{}'", text.replace('\'', "''")),
        "\"" => quoted(text),
        _ if is_plain(text) => text.to_owned(),
        _ => quoted(text),
    }
}

impl Writer {
    fn comment(&mut self, on: bool) -> String {
        self.comments += usize::from(on);
        if on { format!("  # {}", self.comments) } else { String::new() }
    }

    /// What follows a value in its line.
    fn end(&mut self) -> String {
        self.comment(self.how.behind) + self.how.end
    }

    fn step(&self) -> usize {
        if self.how.step == 0 { 2 } else { self.how.step }
    }

    /// An anchor before a value that occurs again, or an alias for it.
    fn shared(&mut self, value: &Json) -> (String, bool) {
        let key = value.to_string();
        if !self.how.aliases || key.len() < 8 || self.counts.get(&key).is_none_or(|count| *count < 2) {
            return (String::new(), false);
        }
        match self.anchors.get(&key) {
            Some(number) => (format!(" *a{number}"), true),
            None => {
                let number = self.anchors.len();
                self.anchors.insert(key, number);
                (format!(" &a{number}"), false)
            }
        }
    }

    /// What stands behind a key or dash at `column`, with all lines below.
    fn below(&mut self, key: &str, value: &Json, column: usize, out: &mut Vec<String>, head: &str) {
        let (mark, whole) = self.shared(value);
        if whole {
            let end = self.end();
            return out.push(format!("{head}{mark}{end}"));
        }
        let inline = self.how.flow.contains(&key);
        match value {
            Json::Object(map) if !map.is_empty() && !inline => {
                let end = self.end();
                out.push(format!("{head}{mark}{end}"));
                self.map(value, column + self.step(), out);
            }
            Json::Array(list) if !list.is_empty() && !inline => {
                let end = self.end();
                out.push(format!("{head}{mark}{end}"));
                self.list(value, column + self.how.dash, out);
            }
            Json::String(text) if text.contains('\n') && !inline => {
                let text = self.lines(text, column + self.step());
                out.extend(format!("{head}{mark} {text}").split('\n').map(str::to_owned));
            }
            value => {
                let (text, end) = (flow(value, self.how.quotes), self.end());
                out.push(format!("{head}{mark} {text}{end}"));
            }
        }
    }

    fn map(&mut self, value: &Json, column: usize, out: &mut Vec<String>) {
        let blank = " ".repeat(column);
        for (index, (key, value)) in value.as_object().into_iter().flatten().enumerate() {
            if self.how.gaps && index > 0 {
                out.push(String::new());
            }
            if self.how.before {
                let comment = self.comment(true);
                out.push(format!("{blank}{}", comment.trim_start()));
            }
            let head = format!("{blank}{}:", in_quotes(key, self.how.quotes.0));
            self.below(key, value, column, out, &head);
        }
    }

    fn list(&mut self, value: &Json, column: usize, out: &mut Vec<String>) {
        let blank = " ".repeat(column);
        for item in value.as_array().into_iter().flatten() {
            if self.how.before {
                let comment = self.comment(true);
                out.push(format!("{blank}{}", comment.trim_start()));
            }
            let (mark, whole) = self.shared(item);
            match item {
                Json::Object(map) if !map.is_empty() && mark.is_empty() => {
                    let mut lines = Vec::new();
                    self.map(item, column + 2, &mut lines);
                    let first = lines.iter().position(|line| !line.trim_start().starts_with('#')).unwrap_or(0);
                    lines[first].replace_range(column..=column, "-");
                    out.extend(lines);
                }
                Json::Object(map) if !map.is_empty() && !whole => {
                    out.push(format!("{blank}-{mark}"));
                    self.map(item, column + 2, out);
                }
                _ if whole => out.push(format!("{blank}-{mark}")),
                item => {
                    let mut lines = Vec::new();
                    self.counts.clear();
                    self.below("", item, column, &mut lines, &format!("{blank}-{mark}"));
                    out.extend(lines);
                }
            }
        }
    }

    /// A text of several lines.
    fn lines(&self, text: &str, column: usize) -> String {
        let blank = " ".repeat(column);
        let body = text.strip_suffix('\n').unwrap_or(text);
        let chomp = if body.len() == text.len() { "-" } else { "" };
        let below = || {
            let line = |line: &str| if line.is_empty() { String::new() } else { format!("{blank}{line}") };
            body.split('\n').map(line).collect::<Vec<_>>().join("\n")
        };
        match self.how.text {
            Text::Literal => format!("|{chomp}\n{}", below()),
            Text::Numbered => format!("|{}{chomp}\n{}", self.step(), below()),
            Text::Folded => format!(">{chomp}\n{}", below()),
            Text::Double => quoted(text),
            Text::Continued => {
                // A blank at the beginning of a line needs a backslash.
                let escaped = |line: &str| {
                    let whole = quoted(line);
                    [if line.starts_with(' ') { "\\" } else { "" }, &whole[1..whole.len() - 1]].concat()
                };
                let lines: Vec<String> = text.split('\n').map(escaped).collect();
                let mut out = lines.join(&format!("\\n\\\n{blank}"));
                if text.starts_with(' ') {
                    out.remove(0);
                }
                format!("\"{out}\"")
            }
        }
    }
}

/// A value on one line.
fn flow(value: &Json, quotes: (&'static str, &'static str)) -> String {
    match value {
        Json::Object(map) => {
            let entry =
                |(key, value): (&String, &Json)| format!("{}: {}", in_quotes(key, quotes.0), flow(value, quotes));
            format!("{{{}}}", map.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
        Json::Array(list) => {
            format!("[{}]", list.iter().map(|item| flow(item, quotes)).collect::<Vec<_>>().join(", "))
        }
        Json::String(text) if text.contains('\n') => quoted(text),
        Json::String(text) => in_quotes(text, quotes.1),
        value => value.to_string(),
    }
}

/// A value in brackets over several lines, with a comma behind the last item.
fn brackets(value: &Json, column: usize) -> String {
    let (blank, inner) = (" ".repeat(column), " ".repeat(column + 2));
    match value {
        Json::Object(map) if !map.is_empty() => {
            let entry = |(key, value): (&String, &Json)| {
                format!("{inner}{}: {}", in_quotes(key, ""), brackets(value, column + 2))
            };
            format!("{{\n{}\n{blank}}}", map.iter().map(entry).collect::<Vec<_>>().join(",\n"))
        }
        Json::Array(list) if !list.is_empty() => {
            let item = |item: &Json| format!("{inner}{},\n", brackets(item, column + 2));
            format!("[\n{}{blank}]", list.iter().map(item).collect::<String>())
        }
        value => flow(value, ("", "")),
    }
}

fn count(value: &Json, counts: &mut BTreeMap<String, usize>) {
    let seen = counts.entry(value.to_string()).or_default();
    *seen += 1;
    if *seen > 1 {
        return;
    }
    match value {
        Json::Object(map) => map.values().for_each(|value| count(value, counts)),
        Json::Array(list) => list.iter().for_each(|value| count(value, counts)),
        _ => {}
    }
}

fn block(documents: &[Json], how: Block) -> Option<String> {
    let mut comments = 0;
    let one = |document: &Json| {
        let mut counts = BTreeMap::new();
        count(document, &mut counts);
        let mut writer = Writer { how, counts, anchors: BTreeMap::new(), comments };
        let mut lines = Vec::new();
        match document {
            Json::Object(map) if !map.is_empty() => writer.map(document, 0, &mut lines),
            other => lines.push(flow(other, ("", ""))),
        }
        comments = writer.comments;
        lines.join("\n") + "\n"
    };
    Some(documents.iter().map(one).collect::<Vec<_>>().join("---\n"))
}

fn joined(documents: &[Json], one: impl Fn(&Json) -> String) -> Option<String> {
    Some(documents.iter().map(|document| one(document) + "\n").collect::<Vec<_>>().join("---\n"))
}

/// All documents as the items of a `List`.
fn listed(documents: &[Json]) -> Option<[Json; 1]> {
    let is_object = |one: &Json| one.get("kind").is_some() && one.get("apiVersion").is_some();
    let list = serde_json::json!({"apiVersion": "v1", "kind": "List", "items": documents});
    documents.iter().all(is_object).then_some([list])
}

/// JSON indented by this.
fn indented(value: &Json, indent: &str) -> String {
    let mut out = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(indent.as_bytes());
    let mut serializer = serde_json::Serializer::with_formatter(&mut out, formatter);
    serde::Serialize::serialize(value, &mut serializer).unwrap();
    String::from_utf8(out).unwrap()
}

/// The value with the JSON in its strings written by `write`.
fn inner(value: &Json, write: &dyn Fn(&Json) -> String) -> Json {
    match value {
        Json::Object(map) => map.iter().map(|(key, value)| (key.clone(), inner(value, write))).collect(),
        Json::Array(list) => list.iter().map(|value| inner(value, write)).collect(),
        Json::String(text) if text.contains('{') => {
            let listed = || serde_json::from_str::<Json>(&format!("[{text}]")).ok();
            match (serde_json::from_str::<Json>(text), listed()) {
                (Ok(json), _) => write(&json).into(),
                (Err(_), Some(Json::Array(list))) => list.iter().map(write).collect::<Vec<_>>().join(",").into(),
                _ => value.clone(),
            }
        }
        value => value.clone(),
    }
}

fn with_inner(documents: &[Json], write: &dyn Fn(&Json) -> String) -> Vec<Json> {
    documents.iter().map(|document| inner(document, write)).collect()
}

/// The documents with their JSON over several lines, which begin with `indent`.
fn tall(documents: &[Json], indent: &str) -> Vec<Json> {
    with_inner(documents, &|json| indented(json, indent) + "\n")
}

fn windows(text: Option<String>) -> Option<String> {
    text.map(|text| text.replace('\n', "\r\n"))
}

const PLAIN: Block = Block {
    step: 2,
    dash: 0,
    quotes: ("", ""),
    behind: false,
    before: false,
    gaps: false,
    end: "",
    text: Text::Literal,
    aliases: false,
    flow: &[],
};

/// All of them, by name.
pub(crate) const LAYOUTS: &[(&str, Write)] = &[
    ("kubectl", |all| block(all, PLAIN)),
    ("dashes", |all| block(all, Block { dash: 2, ..PLAIN })),
    ("four", |all| block(all, Block { step: 4, dash: 4, ..PLAIN })),
    ("four and two", |all| block(all, Block { step: 4, dash: 2, ..PLAIN })),
    ("three", |all| block(all, Block { step: 3, dash: 3, ..PLAIN })),
    ("double keys", |all| block(all, Block { quotes: ("\"", ""), ..PLAIN })),
    ("single keys", |all| block(all, Block { quotes: ("'", ""), ..PLAIN })),
    ("double values", |all| block(all, Block { quotes: ("", "\""), ..PLAIN })),
    ("single values", |all| block(all, Block { quotes: ("", "'"), ..PLAIN })),
    ("all quoted", |all| block(all, Block { quotes: ("\"", "\""), text: Text::Double, ..PLAIN })),
    ("comments behind", |all| block(all, Block { behind: true, ..PLAIN })),
    ("comments before", |all| block(all, Block { before: true, ..PLAIN })),
    ("comments", |all| block(all, Block { before: true, behind: true, dash: 2, ..PLAIN })),
    ("gaps", |all| block(all, Block { gaps: true, ..PLAIN })),
    ("trailing blanks", |all| block(all, Block { end: "  ", ..PLAIN })),
    ("aliases", |all| block(all, Block { aliases: true, ..PLAIN })),
    ("flow", |all| joined(all, |one| flow(one, ("", "")))),
    ("brackets", |all| joined(all, |one| brackets(one, 0))),
    ("flow inside", |all| block(all, Block { flow: &["metadata", "spec", "data"], ..PLAIN })),
    ("flow below", |all| {
        block(all, Block { flow: &["containers", "config", "annotations", "labels", "options"], ..PLAIN })
    }),
    ("json", |all| joined(all, |one| indented(one, "  "))),
    ("json by four", |all| joined(all, |one| indented(one, "    "))),
    ("json by tabs", |all| joined(all, |one| indented(one, "\t"))),
    ("compact json", |all| joined(all, Json::to_string)),
    ("list", |all| block(&listed(all)?, PLAIN)),
    ("list with dashes", |all| block(&listed(all)?, Block { dash: 2, behind: true, ..PLAIN })),
    ("json list", |all| joined(&listed(all)?, |one| indented(one, "    "))),
    ("numbered text", |all| block(all, Block { text: Text::Numbered, ..PLAIN })),
    ("double text", |all| block(all, Block { text: Text::Double, ..PLAIN })),
    ("continued text", |all| block(all, Block { text: Text::Continued, ..PLAIN })),
    ("folded text", |all| block(all, Block { text: Text::Folded, ..PLAIN })),
    ("tall", |all| block(&tall(all, "  "), PLAIN)),
    ("tall by four", |all| block(&tall(all, "    "), Block { dash: 2, ..PLAIN })),
    ("tall by tabs", |all| block(&tall(all, "\t"), PLAIN)),
    ("tall numbered", |all| block(&tall(all, "  "), Block { text: Text::Numbered, ..PLAIN })),
    ("tall folded", |all| block(&tall(all, "  "), Block { text: Text::Folded, ..PLAIN })),
    ("tall double", |all| block(&tall(all, "  "), Block { text: Text::Double, ..PLAIN })),
    ("tall continued", |all| block(&tall(all, "  "), Block { text: Text::Continued, ..PLAIN })),
    ("tall in json", |all| joined(&tall(all, "  "), |one| indented(one, "  "))),
    ("tall in flow", |all| joined(&tall(all, "  "), |one| flow(one, ("", "")))),
    ("short", |all| block(&with_inner(all, &Json::to_string), PLAIN)),
    ("short in single quotes", |all| block(&with_inner(all, &Json::to_string), Block { quotes: ("", "'"), ..PLAIN })),
    ("short in double quotes", |all| block(&with_inner(all, &Json::to_string), Block { quotes: ("", "\""), ..PLAIN })),
    ("windows", |all| windows(block(all, Block { behind: true, dash: 2, ..PLAIN }))),
    ("windows tall", |all| windows(block(&tall(all, "  "), PLAIN))),
    ("windows folded", |all| windows(block(&tall(all, "  "), Block { text: Text::Folded, ..PLAIN }))),
    ("windows continued", |all| windows(block(&tall(all, "  "), Block { text: Text::Continued, ..PLAIN }))),
    ("windows json", |all| windows(joined(all, |one| indented(one, "  ")))),
    ("mark", |all| block(all, PLAIN).map(|text| format!("\u{feff}{text}"))),
    ("no last break", |all| block(all, PLAIN).map(|text| text.trim_end().to_owned())),
    ("markers", |all| {
        let text = block(all, PLAIN)?.replace("---\n", "...\n--- # next\n");
        Some(format!("# file\n--- # first\n{text}...\n# end\n"))
    }),
];
