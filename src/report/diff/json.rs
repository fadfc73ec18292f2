//! Changes as JSON, for programs.

use crate::diff::Change;
use crate::diff::Changes;
use crate::diff::ChartChange;
use crate::diff::Class;
use crate::diff::Field;
use crate::diff::Kind;
use crate::diff::ObjectRef;
use crate::diff::Redacted;
use crate::report::diff::Counts;
use crate::report::escape;
use serde::Serialize;

#[derive(Serialize)]
struct Report<'a> {
    changes: Vec<Entry<'a>>,
    summary: Summary,
}

#[derive(Serialize)]
struct Summary {
    added: usize,
    removed: usize,
    changed: usize,
    renamed: usize,
    ignored: usize,
}

#[derive(Serialize)]
struct Entry<'a> {
    render: Option<&'a str>,
    /// All renders, if the same change happened in several.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    renders: &'a [String],
    object: Option<&'a ObjectRef>,
    file: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<u32>,
    change: Kind,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<From<'a>>,
    class: Class,
    #[serde(skip_serializing_if = "Option::is_none")]
    chart: Option<&'a ChartChange>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    restarts: &'a [String],
    fields: &'a [Field],
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
}

#[derive(Serialize)]
struct From<'a> {
    object: &'a ObjectRef,
    file: &'a str,
}

/// One JSON document, ending with a line break.
pub(super) fn json(changes: &Changes<Redacted>, ignored: usize) -> String {
    let counts = Counts::of(changes, ignored);
    let report = Report {
        changes: changes.iter().map(Entry::of).collect(),
        summary: Summary {
            added: counts.added,
            removed: counts.removed,
            changed: counts.changed,
            renamed: counts.renamed,
            ignored: counts.ignored,
        },
    };
    // Strings, numbers and maps with string keys, which JSON can always express.
    let mut text = serde_json::to_string_pretty(&report).unwrap_or_default();
    text.push('\n');
    escape::json(text)
}

impl<'a> Entry<'a> {
    fn of(change: &'a Change) -> Entry<'a> {
        Entry {
            render: change.renders.first().map(String::as_str),
            renders: if change.renders.len() > 1 { &change.renders } else { &[] },
            object: change.object.as_ref(),
            file: &change.file,
            document: (change.document > 1).then_some(change.document),
            change: change.kind,
            from: change.from.as_ref().map(|(object, file)| From { object, file }),
            class: change.class,
            chart: change.chart.as_ref(),
            restarts: &change.restarts,
            fields: &change.fields,
            note: change.note,
        }
    }
}
