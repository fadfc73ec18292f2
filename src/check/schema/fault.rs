//! What is wrong with a value, in words.

use crate::check::input::set::Object;
use crate::check::problem::Cause;
use crate::check::schema::definitions::Judge;
use crate::pointer;
use crate::stack::kube::schema::Family;
use crate::stack::kube::schema::Releases;
use crate::suggest::Asked;

/// A step to a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Key(Box<str>),
    Index(usize),
}

/// What is wrong at a place.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    pub(super) steps: Vec<Step>,
    pub(super) wrong: Wrong,
}

#[derive(Clone, Debug)]
pub(super) enum Wrong {
    /// The last step is no field there. `known` are those that are; `moved` says where it belongs; `versions` which
    /// releases have it.
    Unknown {
        known: Vec<Box<str>>,
        moved: Option<String>,
        versions: Option<String>,
    },
    Type {
        expected: &'static str,
        found: &'static str,
        /// Whether it would fit without its quotes.
        quoted: bool,
    },
    Missing {
        field: Box<str>,
    },
    /// None of these.
    Choice {
        found: String,
        known: Vec<String>,
    },
    Format {
        found: Option<String>,
        what: &'static str,
        of_key: bool,
    },
    /// What the value must be, to be read behind "must".
    Limit {
        must: String,
    },
    Twice {
        what: String,
    },
}

impl Fault {
    pub(super) fn pointer(&self) -> String {
        let mut text = String::new();
        for step in &self.steps {
            match step {
                Step::Key(key) => pointer::push(&mut text, key),
                Step::Index(index) => pointer::push(&mut text, &index.to_string()),
            }
        }
        text
    }

    /// Whether the key is meant and not its value.
    pub(super) fn of_key(&self) -> bool {
        matches!(self.wrong, Wrong::Unknown { .. } | Wrong::Format { of_key: true, .. })
    }

    pub(super) fn cause(&self) -> Cause {
        match self.wrong {
            Wrong::Unknown { .. } => Cause::SchemaUnknownField,
            Wrong::Type { .. } => Cause::SchemaWrongType,
            Wrong::Missing { .. } => Cause::SchemaMissingField,
            _ => Cause::SchemaValue,
        }
    }

    /// The place as it is written in Kubernetes' documentation: `spec.containers[0].image`.
    fn path(&self) -> String {
        let mut text = String::new();
        for step in &self.steps {
            match step {
                Step::Key(key) if key.contains(['.', '/']) => text.push_str(&format!("[{key}]")),
                Step::Key(key) if text.is_empty() => text.push_str(key),
                Step::Key(key) => text.push_str(&format!(".{key}")),
                Step::Index(index) => text.push_str(&format!("[{index}]")),
            }
        }
        text
    }

    /// The message and the help.
    pub(super) fn says(&self, object: Object<'_>, asked: &mut Asked) -> (String, String) {
        let path = self.path();
        let kind = &object.id.kind;
        match &self.wrong {
            Wrong::Unknown { known, moved, versions } => {
                let field = match self.steps.last() {
                    Some(Step::Key(key)) => key,
                    _ => "",
                };
                let message = match versions {
                    Some(versions) => format!("`{path}` of {kind} is {versions}"),
                    None => format!("unknown field `{path}` in {kind}"),
                };
                let close = asked.closest(field, known.iter().map(|name| &**name));
                let help = match (close, moved) {
                    _ if versions.is_some() => "remove it, or use another version".to_string(),
                    (Some(close), _) => format!("did you mean `{close}`?"),
                    (None, Some(moved)) => moved.clone(),
                    (None, None) => "remove it, or check its name and indentation".to_string(),
                };
                (message, help)
            }
            Wrong::Type { expected, found, quoted } => {
                let message = format!("`{path}` must be {expected}, found {found}");
                let help = match (*expected, *found) {
                    ("a string", "a number" | "a boolean") => "put the value in quotes".to_string(),
                    (_, "a string") if *quoted => "write it without quotes".to_string(),
                    ("a list", _) => "begin each item with `- `".to_string(),
                    (_, "null") => "give it a value, or remove it".to_string(),
                    _ => format!("write {expected}"),
                };
                (message, help)
            }
            Wrong::Missing { field } => {
                let place = if path.is_empty() { kind.to_string() } else { format!("`{path}`") };
                (format!("{place} has no `{field}`, which is required"), format!("add `{field}`"))
            }
            Wrong::Choice { found, known } => {
                let close = asked.closest(found, known.iter().map(String::as_str));
                let words: Vec<String> = known.iter().take(12).map(|word| format!("`{word}`")).collect();
                let more = if known.len() > 12 { ", ..." } else { "" };
                let help = match close {
                    Some(close) => format!("did you mean `{close}`?"),
                    None => format!("use one of {}{more}", words.join(", ")),
                };
                (format!("`{path}` is `{found}`, which is not one of {}{more}", words.join(", ")), help)
            }
            Wrong::Format { found, what, of_key } => {
                let place = if *of_key { format!("a key of `{}`", parent(&path)) } else { format!("`{path}`") };
                let found = found.as_ref().map(|found| format!(", found `{found}`")).unwrap_or_default();
                (
                    format!("{place} must be {what}{found}"),
                    "correct it: the API server refuses anything else".to_string(),
                )
            }
            Wrong::Limit { must } => (format!("`{path}` must {must}"), "correct the value".to_string()),
            Wrong::Twice { what } => (format!("`{path}` repeats {what}"), "remove one of them".to_string()),
        }
    }
}

fn parent(path: &str) -> &str {
    path.rsplit_once('[').filter(|_| path.ends_with(']')).or(path.rsplit_once('.')).map_or(path, |(parent, _)| parent)
}

/// In which releases a field is, for one that those in question do not have.
pub(super) fn versions(judge: &Judge<'_>, has: Releases) -> Option<String> {
    let family = judge.family?;
    let releases = family.table().releases();
    if has.is_empty() {
        return None;
    }
    let name = |index: u32| {
        releases.get(index as usize).map(|version| match family {
            Family::Kubernetes => version.series(),
            _ => version.to_string(),
        })
    };
    let (first, last) =
        (name(has.0.trailing_zeros())?, name(has.newest().min(u32::try_from(releases.len()).ok()? - 1))?);
    let (asked_first, program) = (judge.releases.0.trailing_zeros(), family.name());
    Some(match has.0.trailing_zeros() > asked_first {
        true => format!("only in {program} {first} and later"),
        false => format!("no longer in {program} after {last}"),
    })
}
