//! Changes as text, in the formats of [`Format`]. The input is [`Redacted`]: nothing else compiles.

mod html;
mod human;
mod json;
mod lines;
mod markdown;
mod patch;
mod steps;

use crate::diff::Answer;
use crate::diff::Change;
use crate::diff::Changes;
use crate::diff::Class;
use crate::diff::Kind;
use crate::diff::Pair;
use crate::diff::Redacted;
use crate::diff::Redactor;
use crate::finding::Findings;
use crate::named::Named;
use crate::named::named;
use crate::report::Color;
use crate::report::one_line;
use crate::source::Sources;
use crate::yaml;

named! {
    /// The output formats of `diff`.
    pub enum Format {
        /// For people, on a terminal.
        Human = "human",
        /// A unified diff that `git apply` takes inside FROM.
        Patch = "patch",
        /// For programs.
        Json = "json",
        /// For a comment on a pull request.
        Markdown = "markdown",
        /// A page of its own, with the steps, for a browser.
        Html = "html",
        /// The commands that bring a cluster from FROM to TO, as a shell script.
        Steps = "steps",
    }
}

impl Format {
    /// Whether people read the output directly; for the others every byte counts.
    pub fn is_for_people(self) -> bool {
        match self {
            Format::Human | Format::Markdown | Format::Html => true,
            Format::Patch | Format::Json | Format::Steps => false,
        }
    }
}

/// Options of a report, which apply where the format supports them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// Lines of context around changed lines of text.
    pub context: usize,
    /// The maximum number of characters of Markdown.
    pub max_chars: usize,
    /// Whether to print only one line per change.
    pub summary: bool,
    /// Whether to use color.
    pub color: Color,
}

/// A report and what is missing from it.
#[derive(Clone, Debug, Default)]
pub struct Written {
    /// The report.
    pub text: String,
    /// Changed files that are not in it, each with the reason. Patches leave files out, and steps what no command can do.
    pub left_out: Vec<(String, &'static str)>,
}

/// The report on `pairs`.
pub fn write(pairs: &[Pair], answer: &Answer, format: Format, view: &View) -> Written {
    let (changes, ignored) = (&answer.changes, answer.ignored);
    let text = match format {
        Format::Human if view.summary => human::summary(changes, ignored, view.color),
        Format::Human => human::human(changes, ignored, view.context, view.color),
        Format::Json => json::json(changes, ignored),
        Format::Markdown => markdown::markdown(changes, ignored, view.context, view.max_chars),
        Format::Html => html::text(pairs, answer, view.context),
        Format::Patch => return patch::patches(pairs, answer),
        Format::Steps => return steps::script(pairs, answer),
    };
    Written { text, left_out: Vec::new() }
}

/// The changes of single files as a patch: path, old text, new text. A file with the value of a Secret is left out.
pub fn patch_files(files: &[(String, String, String)]) -> Written {
    let mut redactor = Redactor::default();
    for (path, old, _) in files {
        let mut sources = Sources::default();
        let source = sources.add("", old.as_str());
        for document in yaml::read(&sources, source, &mut Findings::default()) {
            redactor.learn_document(path, &document.node);
        }
    }
    patch::of_files(files, &redactor)
}

/// The number of changes of each kind.
struct Counts {
    /// Objects and files only in TO.
    added: usize,
    /// Objects and files only in FROM.
    removed: usize,
    /// Objects and files in both.
    changed: usize,
    /// Objects with another name.
    renamed: usize,
    /// Ignored differences.
    ignored: usize,
}

impl Counts {
    /// Counts changes; the same change in many renders counts once.
    fn of(changes: &Changes<Redacted>, ignored: usize) -> Counts {
        let count = |kind| changes.iter().filter(|change| change.kind == kind).count();
        Counts {
            added: count(Kind::Added),
            removed: count(Kind::Removed),
            changed: count(Kind::Changed),
            renamed: count(Kind::Renamed),
            ignored,
        }
    }
}

/// The counts on one line: `2 added, 1 changed, 0 removed; 1 recreate; 3 ignored`.
fn line(changes: &Changes<Redacted>, ignored: usize) -> String {
    let counts = Counts::of(changes, ignored);
    if changes.is_empty() && ignored == 0 {
        return "no differences".to_owned();
    }
    let mut line = format!("{} added, {} changed, {} removed", counts.added, counts.changed, counts.removed);
    if counts.renamed > 0 {
        line.push_str(&format!(", {} renamed", counts.renamed));
    }
    for class in Class::ALL.iter().rev().filter(|class| **class != Class::Other) {
        let count = changes.iter().filter(|change| change.class == *class).count();
        if count > 0 {
            line.push_str(&format!("; {count} {}", class.name()));
        }
    }
    if ignored > 0 {
        line.push_str(&format!("; {ignored} ignored"));
    }
    line
}

/// The object or file that a change is about.
fn title(change: &Change) -> String {
    if let Some(note) = change.note {
        let from = change.from.as_ref().map(|(_, file)| format!("{file} -> ")).unwrap_or_default();
        return one_line(&format!("{from}{}  ({note})", change.file)).into_owned();
    }
    let name = match &change.object {
        Some(object) => object.to_string(),
        None if change.document > 1 => format!("{} (document {})", change.file, change.document),
        None => change.file.clone(),
    };
    // A name may contain anything, but a title is one line.
    let name = match &change.from {
        Some((from, _)) => format!("{from} -> {name}"),
        None => name,
    };
    one_line(&name).into_owned()
}

/// `same in 187: eu-1, eu-2, ...` for a change in several renders, its name for one.
fn renders(change: &Change) -> Option<String> {
    const NAMED: usize = 6;
    match change.renders.as_slice() {
        [] => None,
        [one] => Some(format!("in {one}")),
        all => {
            let more = if all.len() > NAMED { ", ..." } else { "" };
            Some(format!("same in {}: {}{more}", all.len(), all[..all.len().min(NAMED)].join(", ")))
        }
    }
}

fn mark(kind: Kind) -> char {
    match kind {
        Kind::Added => '+',
        Kind::Removed => '-',
        Kind::Changed => '~',
        Kind::Renamed => '>',
    }
}

#[cfg(test)]
mod tests;
