//! Changes as lines, shared by the human and the Markdown report.
//!
//! In: a change. Out: lines, each with its sign. Long values are truncated, texts of several lines are compared line by
//! line.

use crate::diff::Change;
use crate::diff::Content;
use crate::diff::Field;
use crate::diff::Kind;
use crate::diff::Line as Part;
use crate::diff::Op;
use crate::diff::hunks;
use crate::named::Named;
use crate::report::one_line;
use crate::source::Span;
use crate::yaml;
use crate::yaml::Node;
use serde_json::Value as Json;

/// The longest value on a line, in characters.
const WIDEST: usize = 160;

/// The sign of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    /// Added.
    Plus,
    /// Removed.
    Minus,
    /// Neither.
    Same,
}

/// A line of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) sign: Sign,
    pub(crate) text: String,
}

fn line(sign: Sign, text: impl AsRef<str>) -> Line {
    Line { sign, text: visible(text.as_ref()) }
}

/// The lines of a change. `whole`: write out added and removed objects and files.
pub(crate) fn of(change: &Change, context: usize, whole: bool) -> Vec<Line> {
    let mut lines = Vec::new();
    lines.extend(of_chart(change));
    match (change.kind, change.content) {
        (_, Content::Binary) => {
            lines.extend(change.fields.iter().filter_map(|field| Some(line(Sign::Same, field.note?))));
        }
        (Kind::Added | Kind::Removed, _) => {
            let Some(field) = change.fields.first() else { return lines };
            if !field.reason.is_empty() {
                lines.push(line(Sign::Same, format!("({}: {})", field.class.name(), field.reason)));
            }
            if whole {
                let sign = if change.kind == Kind::Added { Sign::Plus } else { Sign::Minus };
                let value = field.value.as_ref().or(field.old.as_ref());
                let text = value.map(written).unwrap_or_default();
                lines.extend(text.lines().map(|text| line(sign, text)));
            }
        }
        (_, Content::Text) => {
            let Some(field) = change.fields.first() else { return lines };
            let text = |json: &Option<Json>| json.as_ref().and_then(Json::as_str).unwrap_or_default().to_owned();
            if let Some(note) = field.note {
                lines.push(line(Sign::Same, format!("({note})")));
            }
            lines.extend(compared(&text(&field.old), &text(&field.value), context));
        }
        _ => change.fields.iter().for_each(|field| one(field, context, "", &mut lines)),
    }
    if !change.restarts.is_empty() {
        lines.push(line(Sign::Same, format!("restart: {}", change.restarts.join(", "))));
    }
    lines
}

/// The line about the chart of Helm values.
pub(crate) fn of_chart(change: &Change) -> Option<Line> {
    let chart = change.chart.as_ref()?;
    let why = match chart.reason {
        "" => String::new(),
        reason => format!("  ({}: {reason})", chart.class.name()),
    };
    Some(line(Sign::Same, format!("chart: {} -> {}{why}", chart.from, chart.to)))
}

/// How many lines a whole object or file has.
pub(crate) fn length(change: &Change) -> usize {
    let value = change.fields.first().and_then(|field| field.value.as_ref().or(field.old.as_ref()));
    value.map_or(0, |value| written(value).lines().count())
}

/// The lines of one field, with those inside its string.
pub(crate) fn of_field(field: &Field, context: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    one(field, context, "", &mut lines);
    lines
}

fn one(field: &Field, context: usize, indent: &str, lines: &mut Vec<Line>) {
    let mut head = format!("{indent}{}", if field.keyed.is_empty() { "(all)" } else { &field.keyed });
    let mut tail = String::new();
    if !field.reason.is_empty() {
        tail = format!("  ({}: {})", field.class.name(), field.reason);
    }
    if let Some(note) = field.note {
        tail.push_str(&format!("  ({note})"));
    }
    let old_text = field.old.as_ref().and_then(Json::as_str).unwrap_or_default();
    let new_text = field.value.as_ref().and_then(Json::as_str).unwrap_or_default();
    if field.op == Op::Move {
        let from = field.from.as_deref().and_then(|from| from.rsplit('/').next()).unwrap_or_default();
        let to = field.path.rsplit('/').next().unwrap_or_default();
        lines.push(line(Sign::Same, format!("{head}: moved from position {from} to {to}{tail}")));
        return;
    }
    if field.op == Op::Replace {
        if let Some(inner) = field.inner.as_ref().filter(|inner| !inner.is_empty()) {
            lines.push(line(Sign::Same, format!("{head}: inside{tail}")));
            inner.iter().for_each(|field| one(field, context, &format!("{indent}  "), lines));
            return;
        }
        if old_text.contains('\n') || new_text.contains('\n') {
            lines.push(line(Sign::Same, format!("{head}:{tail}")));
            let inside = compared(old_text, new_text, context);
            lines.extend(inside.into_iter().map(|one| line(one.sign, format!("{indent}  {}", one.text))));
            return;
        }
        let (old, new) = (field.old.as_ref().map(short), field.value.as_ref().map(short));
        let (mut old, mut new) = (old.unwrap_or_default(), new.unwrap_or_default());
        if field.redacted && old == new {
            // As in kubectl: that it changed is not secret.
            old.push_str(" (before)");
            new.push_str(" (after)");
        }
        if head.chars().count() + old.chars().count() + new.chars().count() <= WIDEST {
            head.push_str(&format!(": {old} -> {new}{tail}"));
            lines.push(line(Sign::Same, head));
        } else {
            lines.push(line(Sign::Minus, format!("{head}: {old}")));
            lines.push(line(Sign::Plus, format!("{head}: {new}{tail}")));
        }
        return;
    }
    let (sign, value) = match field.op {
        Op::Remove => (Sign::Minus, &field.old),
        _ => (Sign::Plus, &field.value),
    };
    let Some(value) = value else { return };
    let flow = value.to_string();
    let nested = value.is_array() || value.is_object();
    if flow.chars().count() <= WIDEST / 2 && !flow.contains("\\n") || !nested && !flow.contains("\\n") {
        lines.push(line(sign, format!("{head}: {}{tail}", short(value))));
        return;
    }
    lines.push(line(sign, format!("{head}:{tail}")));
    lines.extend(written(value).lines().map(|text| line(sign, format!("{indent}  {text}"))));
}

fn compared(old: &str, new: &str, context: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    for (at, hunk) in hunks(old, new, context).into_iter().enumerate() {
        if at > 0 {
            lines.push(line(Sign::Same, "..."));
        }
        lines.extend(hunk.lines.iter().map(|part| match part {
            Part::Same(text) => line(Sign::Same, text),
            Part::Old(text) => line(Sign::Minus, text),
            Part::New(text) => line(Sign::Plus, text),
        }));
    }
    lines
}

/// A line without its line break, and with control characters made visible.
fn visible(text: &str) -> String {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.split('\t').map(one_line).collect::<Vec<_>>().join("\t")
}

/// A value on one line.
fn short(value: &Json) -> String {
    let text = match value {
        Json::String(text) if is_plain(text) => text.clone(),
        other => other.to_string(),
    };
    if text.chars().count() <= WIDEST {
        return text;
    }
    let head: String = text.chars().take(WIDEST).collect();
    format!("{head}... ({} characters)", text.chars().count())
}

/// Whether a string needs no quotes and is not taken for another type.
fn is_plain(text: &str) -> bool {
    !text.is_empty()
        && text.trim() == text
        && !text.contains(|c: char| c.is_control() || c == '"')
        && text.parse::<f64>().is_err()
        && !matches!(text, "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "~")
}

/// A value as YAML; a text unchanged.
fn written(value: &Json) -> String {
    let mut out = String::new();
    match value {
        Json::String(text) => text.lines().for_each(|line| {
            out.push_str(&visible(line));
            out.push('\n');
        }),
        other => yaml::write(&Node::from_json(other, Span::NONE), &mut out),
    }
    out
}
