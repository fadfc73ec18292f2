//! Collects what is refused, and reads values as the API server's types have them.

use crate::check::cursor::Cursor;
use crate::check::cursor::Location;
use crate::check::input::skip::is_placeholder;
use crate::check::problem::Cause;
use crate::check::problem::Effect;
use crate::check::problem::Problem;
use crate::stack::kube::quantity;
use crate::suggest;
use crate::yaml::Value;
use std::collections::HashMap;

/// So much of an object is reported.
const MOST: usize = 500;

/// What was found in an object.
#[derive(Default)]
pub(super) struct Out {
    pub(super) problems: Vec<Problem>,
    /// The oldest minor release that comes into question.
    pub(super) oldest: u64,
}

impl Out {
    /// The API server refuses the object.
    pub(super) fn refuse(
        &mut self,
        cause: Cause,
        at: impl Into<Location>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.push(Problem::new(cause, at, message, help));
    }

    fn push(&mut self, mut problem: Problem) {
        if self.problems.len() < MOST {
            problem.effect = Effect::Refused;
            self.problems.push(problem);
        }
    }

    /// Fields that do not fit one another.
    pub(super) fn clash(&mut self, at: impl Into<Location>, message: impl Into<String>, help: impl Into<String>) {
        self.refuse(Cause::FieldCombination, at, message, help);
    }

    /// A value that no schema rules out.
    pub(super) fn value(&mut self, at: impl Into<Location>, message: impl Into<String>, help: impl Into<String>) {
        self.refuse(Cause::SchemaValue, at, message, help);
    }

    /// A value that is none of those that a list in the API server's code has.
    pub(super) fn one_word(&mut self, at: Cursor<'_>, words: &[&str]) {
        let Some(found) = known(at).filter(|found| !words.contains(found)) else { return };
        let all: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
        let help = match suggest::closest(found, words.iter().copied()) {
            Some(close) => format!("did you mean `{close}`?"),
            None => format!("use one of {}", all.join(", ")),
        };
        let path = at.pointer();
        let field = path.rsplit('/').next().unwrap_or_default().replace("~1", "/");
        self.value(at, format!("`{field}` is `{found}`, which is not one of {}", all.join(", ")), help);
    }

    /// A field that is missing.
    pub(super) fn missing(&mut self, at: impl Into<Location>, message: impl Into<String>, help: impl Into<String>) {
        self.refuse(Cause::SchemaMissingField, at, message, help);
    }

    /// Each text counts once; `what` is what it names.
    pub(super) fn each_once<'a>(&mut self, names: impl Iterator<Item = Cursor<'a>>, what: &str) {
        let mut seen: HashMap<&str, Cursor<'a>> = HashMap::new();
        for at in names.filter(|at| is_given(*at) && !is_open(*at)) {
            let text = at.text();
            match seen.get(text) {
                None => {
                    seen.insert(text, at);
                }
                Some(first) => {
                    let message = format!("there is another {what} `{text}`");
                    let help = format!("give each {what} a value of its own, or remove one of them");
                    self.push(Problem::new(Cause::DuplicateName, at, message, help).note("the first is here", *first));
                }
            }
        }
    }

    /// Exactly one of the fields may be set, and at least one must if `needed`.
    pub(super) fn one_of(&mut self, at: Cursor<'_>, fields: &[&'static str], needed: bool, what: &str) {
        let set: Vec<&str> = fields.iter().copied().filter(|field| is_set(at.get(field))).collect();
        let names = |fields: &[&str]| fields.iter().map(|field| format!("`{field}`")).collect::<Vec<_>>().join(", ");
        match set.as_slice() {
            [] if needed => {
                let message = format!("{what} sets none of {}", names(fields));
                self.clash(at, message, "set one of them");
            }
            [] | [_] => {}
            [_, second, ..] => {
                let message = format!("{what} sets {}, and may set only one of them", names(&set));
                let second = fields.iter().find(|field| *field == second).map_or(at, |field| at.get(field));
                self.clash(second.key(), message, "remove all but one");
            }
        }
    }
}

/// Whether a pointer or a struct is set.
pub(super) fn is_set(at: Cursor<'_>) -> bool {
    at.node().is_some_and(|node| !matches!(node.value, Value::Null))
}

/// Whether something is there that is not Go's zero value.
pub(super) fn is_given(at: Cursor<'_>) -> bool {
    match at.node().map(|node| &node.value) {
        None | Some(Value::Null | Value::Bool(false) | Value::Int(0)) => false,
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::List(list)) => !list.is_empty(),
        Some(_) => true,
    }
}

/// Whether it is text to be filled in, so that nothing is known of it.
pub(super) fn is_open(at: Cursor<'_>) -> bool {
    at.str().is_some_and(is_placeholder)
}

/// The text, if it is known and not empty.
pub(super) fn known(at: Cursor<'_>) -> Option<&str> {
    at.str().filter(|text| !text.is_empty() && !is_placeholder(text))
}

/// A quantity in billionths.
pub(super) fn amount(at: Cursor<'_>) -> Option<i128> {
    match &at.node()?.value {
        Value::Int(number) => Some(i128::from(*number) * 1_000_000_000),
        Value::Float(number) => quantity::nano(&number.to_string()),
        Value::String(text) => quantity::nano(text),
        _ => None,
    }
}

/// A quantity as it is written.
pub(super) fn shown(at: Cursor<'_>) -> String {
    at.node().map_or_else(String::new, |node| match &node.value {
        Value::String(text) => text.to_string(),
        _ => node.to_json().to_string(),
    })
}

/// A number or the percentage that is written.
pub(super) fn percentage(at: Cursor<'_>) -> Option<i64> {
    at.str()?.strip_suffix('%')?.parse().ok()
}

/// Whether a number or percentage is 0; `None` if nothing is known of it.
pub(super) fn is_zero(at: Cursor<'_>) -> Option<bool> {
    at.int().or_else(|| percentage(at)).map(|number| number == 0)
}
