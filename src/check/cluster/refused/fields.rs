//! Fields that Consul's webhooks reject, according to the table of validations.

use crate::check::cluster::refused::list::Refused;
use crate::check::cluster::refused::list::cause;
use crate::check::cluster::refused::list::checks;
use crate::check::cluster::refused::list::enterprise;
use crate::check::cluster::refused::list::says;
use crate::check::cluster::version::Versions;
use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::cursor::Cursor;
use crate::check::input::set::Object;
use crate::check::input::set::Set;
use crate::check::problem::Problem;
use crate::stack::consul;
use crate::stack::consul::validations::Demand;
use crate::stack::consul::validations::Feature;
use crate::stack::consul::validations::VALIDATIONS;
use crate::stack::consul::validations::Validation;
use crate::suggest;
use crate::yaml::Value;

/// What is wrong with a value.
struct Violation<'a> {
    at: Cursor<'a>,
    what: String,
    help: String,
}

/// Checks every config entry against every row for its kind.
pub(super) fn judge(set: &Set<'_>, values: Option<Cursor<'_>>, versions: &Versions, refused: &mut Refused) {
    for row in VALIDATIONS {
        let checked = checks(versions, row.since);
        if checked == Some(false) {
            continue;
        }
        let allowed = match row.demand {
            Demand::Enterprise(feature) => enterprise(values, feature) != Some(false),
            _ => false,
        };
        if allowed {
            continue;
        }
        for object in row.kinds.iter().flat_map(|kind| set.all(consul::GROUP, kind)) {
            walk(object.spec(), row.path, &mut |at| {
                let Some(wrong) = wrong(at, row.demand) else { return };
                let message = format!("{} {}", says(object), wrong.what);
                match checked {
                    Some(_) => {
                        let help = if row.help.is_empty() { wrong.help } else { row.help.to_string() };
                        let problem = Problem::new(cause(&object.id.kind), wrong.at, message, help);
                        refused.add(match cure(wrong.at, row.demand) {
                            Some((trust, edit)) => problem.fix(trust, [edit]),
                            None => problem,
                        });
                    }
                    None => unsettled(object, row, &wrong, refused),
                }
            });
        }
    }
}

/// What a field should be instead, if a single value is left: the same word in other letters, the same path from the root.
fn cure(at: Cursor<'_>, demand: Demand) -> Option<(Trust, Edit)> {
    match demand {
        Demand::OneOf(known) | Demand::Word(known) => {
            let same = known.iter().find(|word| word.eq_ignore_ascii_case(at.text())).copied();
            let close = || suggest::closest(at.str()?, known.iter().copied());
            let trust = if same.is_some() { Trust::Safe } else { Trust::Unsafe };
            Some((trust, Edit::set(at, same.or_else(close)?)))
        }
        Demand::Slash => Some((Trust::Safe, Edit::set(at, format!("/{}", at.str()?)))),
        Demand::Unset | Demand::Absent | Demand::Enterprise(_) => Some((Trust::Unsafe, Edit::remove(at))),
        _ => None,
    }
}

/// Records what only later charts reject, when the chart version is unknown.
fn unsettled(object: Object<'_>, row: &Validation, wrong: &Violation<'_>, refused: &mut Refused) {
    let (major, minor) = row.since;
    refused.leave_open(object, || {
        format!(
            "charts from {major}.{minor} on refuse this {}: {}; the files do not say which chart is installed \
             (`--consul-chart` does)",
            object.id.kind, wrong.what
        )
    });
}

/// Calls `visit` for each place that a path leads to, as long as its parent exists.
fn walk<'a>(at: Cursor<'a>, path: &[&'static str], visit: &mut dyn FnMut(Cursor<'a>)) {
    match path {
        [] => visit(at),
        ["*", rest @ ..] => {
            at.items().for_each(|item| walk(item, rest, visit));
            at.entries().for_each(|(_, entry)| walk(entry, rest, visit));
        }
        [last] => visit(at.get(last)),
        [step, rest @ ..] => {
            let next = at.get(step);
            if next.exists() {
                walk(next, rest, visit);
            }
        }
    }
}

/// Whether Go considers a value set: it is not the zero value of its type. A map stands for a pointer to a struct,
/// which is set even if empty.
pub(super) fn is_set(at: Cursor<'_>) -> bool {
    match at.node().map(|node| &node.value) {
        None | Some(Value::Null) => false,
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Bool(flag)) => *flag,
        Some(Value::Int(number)) => *number != 0,
        Some(Value::List(list)) => !list.is_empty(),
        Some(_) => true,
    }
}

/// The name of a field below `spec`, for messages.
fn field(at: Cursor<'_>) -> String {
    let pointer = at.pointer();
    let mut name = String::new();
    for step in pointer.split('/').skip(1) {
        match step.parse::<usize>() {
            Ok(index) => name.push_str(&format!("[{index}]")),
            Err(_) if name.is_empty() => name.push_str(step),
            Err(_) => name.push_str(&format!(".{step}")),
        }
    }
    name
}

fn words(words: &[&str]) -> String {
    suggest::some(words.iter().copied(), "")
}

fn wrong<'a>(at: Cursor<'a>, demand: Demand) -> Option<Violation<'a>> {
    let no = |what: String, help: String| Some(Violation { at, what, help });
    let name = || field(at);
    match demand {
        Demand::OneOf(_) if !is_set(at) => None,
        Demand::OneOf(known) | Demand::Word(known) => match at.str() {
            Some(word) if known.contains(&word) => None,
            _ => no(format!("`{}` is not one of {}", name(), words(known)), format!("use {}", words(known))),
        },
        Demand::Unset if is_set(at) => no(format!("`{}` must not be set", name()), "remove it".to_string()),
        Demand::Absent if at.node().is_some_and(|node| !matches!(node.value, Value::Null)) => {
            no(format!("`{}` must not be set", name()), "remove it".to_string())
        }
        Demand::Slash if is_set(at) && !at.text().starts_with('/') => {
            no(format!("`{}` does not begin with `/`", name()), "begin it with `/`".to_string())
        }
        Demand::NotNegative if at.int().is_some_and(|number| number < 0) => {
            no(format!("`{}` is negative", name()), "use a number of 0 or more".to_string())
        }
        Demand::Positive if at.int().is_some_and(|number| number <= 0) => {
            no(format!("`{}` is not positive", name()), "use a number of 1 or more, or remove it".to_string())
        }
        Demand::Port if !at.int().is_some_and(|number| (1..=65535).contains(&number)) => {
            no(format!("`{}` is not a port", name()), "use a number from 1 to 65535".to_string())
        }
        Demand::Set if !is_set(at) => no(format!("`{}` is not set", name()), "set it".to_string()),
        Demand::NoWildcard if at.text().contains('*') => {
            no(format!("`{}` contains a wildcard", name()), "write a name".to_string())
        }
        Demand::Enterprise(feature) if is_set(at) => {
            let (what, key) = match feature {
                Feature::Namespaces => ("namespaces", feature.key().join(".")),
                Feature::Partitions => ("admin partitions", feature.key().join(".")),
            };
            let what = format!("`{}` needs the {what} of Consul Enterprise, which the Helm values leave off", name());
            no(what, format!("remove it, or set `{key}: true` with a license"))
        }
        _ => of_several(at, demand),
    }
}

/// What the fields of one map require of each other.
fn of_several<'a>(at: Cursor<'a>, demand: Demand) -> Option<Violation<'a>> {
    if !at.exists() {
        return None;
    }
    let no = |at: Cursor<'a>, what: String, help: String| Some(Violation { at, what, help });
    let set =
        |fields: &[&'static str]| fields.iter().copied().filter(|field| is_set(at.get(field))).collect::<Vec<_>>();
    let name = || field(at);
    match demand {
        Demand::AtMostOne(fields) | Demand::ExactlyOne(fields) => match (set(fields).as_slice(), demand) {
            ([first, second, ..], _) => {
                let what = format!("`{}` has both `{first}` and `{second}`", name());
                no(at.get(second), what, format!("keep one of {}", words(fields)))
            }
            ([], Demand::ExactlyOne(_)) => {
                no(at, format!("`{}` has none of {}", name(), words(fields)), "set one of them".to_string())
            }
            _ => None,
        },
        Demand::AnyOf(fields) if set(fields).is_empty() => match fields {
            [only] => no(at, format!("`{}` has no `{only}`", name()), "set it".to_string()),
            _ => no(at, format!("`{}` has none of {}", name(), words(fields)), "set one of them".to_string()),
        },
        Demand::Excludes(first, others) if is_set(at.get(first)) => {
            let other = *set(others).first()?;
            no(at.get(other), format!("`{}` has both `{first}` and `{other}`", name()), "keep one of them".to_string())
        }
        Demand::Needs(first, other) if is_set(at.get(first)) && !is_set(at.get(other)) => {
            no(at.get(first), format!("`{}` has `{first}` without `{other}`", name()), format!("set `{other}` too"))
        }
        _ => None,
    }
}
