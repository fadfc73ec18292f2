//! Findings about the user's input: collected by the stages, never printed here.

mod id;
pub mod ids;

pub use id::Entry;
pub use id::RuleId;
pub use id::Says;

use crate::secrecy::REDACTED;
use crate::secrecy::Redactor;
use crate::secrecy::message_without_values;
use crate::source::Place;
use std::fmt;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// The result would be wrong, or there is none.
    Error,
    /// It will cause trouble later.
    Warning,
    /// Good to know.
    Info,
}

impl fmt::Display for Severity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        })
    }
}

/// A single message: what, where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Its id, such as `unknown-key`.
    pub rule: RuleId,
    /// Its severity.
    pub severity: Severity,
    /// What is wrong and what was expected: lower case, names in backticks, no period at the end.
    pub message: String,
    /// Where to edit.
    pub place: Option<Place>,
    /// Related places: "first defined here", the include stack.
    pub notes: Vec<Note>,
    /// What to do.
    pub help: Option<String>,
}

/// A place related to a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// How the place is related.
    pub message: String,
    /// The place, if it is in a text.
    pub place: Option<Place>,
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

/// Lets a finding be passed on as an error, such as among those of git, and be reported unchanged.
impl std::error::Error for Finding {}

impl Finding {
    /// An error of `rule`.
    pub fn error(rule: impl Into<RuleId>, message: impl Into<String>) -> Finding {
        Finding {
            rule: rule.into(),
            severity: Severity::Error,
            message: message.into(),
            place: None,
            notes: Vec::new(),
            help: None,
        }
    }

    /// A warning of `rule`.
    pub fn warning(rule: impl Into<RuleId>, message: impl Into<String>) -> Finding {
        Finding { severity: Severity::Warning, ..Finding::error(rule, message) }
    }

    /// The same finding at `place`.
    #[must_use]
    pub fn at(mut self, place: Option<Place>) -> Finding {
        self.place = place;
        self
    }

    /// The same finding with a related place.
    #[must_use]
    pub fn note(mut self, message: impl Into<String>, place: Option<Place>) -> Finding {
        self.notes.push(Note { message: message.into(), place });
        self
    }

    /// The same finding without anything that may be the value of a Secret: it is about a text that contains one.
    #[must_use]
    pub(crate) fn without_values(mut self) -> Finding {
        let names_key = self.rule == ids::YAML_DUPLICATE_KEY;
        self.message = message_without_values(&self.message, names_key);
        self.place = self.place.map(Place::without_values);
        for note in &mut self.notes {
            note.place = note.place.take().map(Place::without_values);
        }
        self
    }

    /// The same finding; if part of its line is hidden, without what the message quotes, which may be that part.
    #[must_use]
    pub(crate) fn without_values_near_secret(mut self) -> Finding {
        if self.place.as_ref().is_some_and(|place| place.text.contains(REDACTED)) {
            self.message = message_without_values(&self.message, self.rule == ids::YAML_DUPLICATE_KEY);
        }
        self
    }

    /// The same finding without the values that `redactor` knows.
    pub(crate) fn redacted(mut self, redactor: &Redactor) -> Finding {
        let hide = |text: &str| redactor.text(text).into_owned();
        self.message = hide(&self.message);
        self.help = self.help.as_deref().map(hide);
        for place in self.notes.iter_mut().filter_map(|note| note.place.as_mut()).chain(self.place.as_mut()) {
            let shown = hide(&place.text);
            if *shown != *place.text {
                // The caret would be in the wrong place, and its width would reveal a length.
                (place.text, place.column, place.width) = (shown.into(), 1, 1);
            }
        }
        for note in &mut self.notes {
            note.message = hide(&note.message);
        }
        self
    }

    /// The same finding with help.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Finding {
        self.help = Some(help.into());
        self
    }
}

/// Collects the findings of every stage.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    list: Vec<Finding>,
    /// Counted as they are added, because stages ask often.
    errors: usize,
}

impl Findings {
    /// Adds a finding.
    pub fn push(&mut self, finding: Finding) {
        self.errors += usize::from(finding.severity == Severity::Error);
        self.list.push(finding);
    }

    /// Adds all findings of `other`.
    pub fn append(&mut self, other: Findings) {
        self.errors += other.errors;
        self.list.extend(other.list);
    }

    /// The same without the values that `redactor` knows.
    pub(crate) fn redacted(self, redactor: &Redactor) -> Findings {
        if redactor.is_empty() {
            return self;
        }
        let list = self.list.into_iter().map(|finding| finding.redacted(redactor)).collect();
        Findings { list, errors: self.errors }
    }

    /// The number of errors; a stage compares it before and after to know whether its result is valid.
    pub fn errors(&self) -> usize {
        self.errors
    }

    /// All findings, in the order in which they were added.
    pub fn iter(&self) -> std::slice::Iter<'_, Finding> {
        self.list.iter()
    }

    /// Whether there are no findings.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }
}

impl IntoIterator for Findings {
    type Item = Finding;
    type IntoIter = std::vec::IntoIter<Finding>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.into_iter()
    }
}

/// A number with thousands separators.
pub(crate) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
