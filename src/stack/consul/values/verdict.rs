//! With which values a chart fails.

use crate::stack::consul::values::ASKS;
use crate::stack::consul::values::CONDITIONS;
use crate::stack::consul::values::Charts;
use crate::stack::consul::values::Condition;
use crate::stack::consul::values::FAILS;
use crate::stack::consul::values::Kind;
use crate::stack::consul::values::PRINTS;
use crate::stack::consul::values::Scope;
use crate::stack::consul::values::condition::Item;
use crate::stack::consul::values::condition::Stored;
use crate::stack::consul::values::condition::Unreadable;
use crate::stack::consul::values::dotted;
use serde_json::Value as Json;
use std::borrow::Cow;

/// A chart failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// What helm prints.
    pub(crate) message: String,
    /// The template.
    pub(crate) file: &'static str,
    /// The keys that cause it, the closest to the failure first.
    pub(crate) keys: Vec<String>,
}

/// A value of a kind that a chart fails with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Misfit {
    /// The way to it from the values.
    pub(crate) path: Vec<String>,
    pub(crate) kind: Kind,
}

/// What YAML can make of a value where a template prints it, by the letter in `prints.tsv` (`classes` in
/// `scripts/refresh-facts/consul/probe.go`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Null,
    True,
    False,
    Number,
    Zero,
    /// Text that YAML reads as a string.
    Word,
    /// No text.
    Empty,
    /// Text that YAML reads as a boolean or as nothing.
    TextBoolean,
    /// Text that YAML reads as a number.
    TextNumber,
    /// Text that YAML reads as a map, in one line.
    TextMap,
    /// The same in several lines.
    TextMaps,
    /// Text that YAML reads as a list.
    TextList,
    /// Text that is not YAML.
    TextBroken,
    /// A list without lists or maps in it.
    Scalars,
    /// A list of maps or lists.
    Items,
    EmptyList,
    Map,
    EmptyMap,
}

impl Class {
    fn letter(self) -> char {
        match self {
            Class::Null => 'n',
            Class::True => 'b',
            Class::False => 'B',
            Class::Number => 'i',
            Class::Zero => 'I',
            Class::Word => 's',
            Class::Empty => 'e',
            Class::TextBoolean => 't',
            Class::TextNumber => 'd',
            Class::TextMap => 'm',
            Class::TextMaps => 'M',
            Class::TextList => 'q',
            Class::TextBroken => 'X',
            Class::Scalars => 'l',
            Class::Items => 'o',
            Class::EmptyList => 'L',
            Class::Map => 'k',
            Class::EmptyMap => 'K',
        }
    }

    /// The class of a value; `text` tells that of text that is not empty. None of text with a template, a variable or
    /// something encrypted in it, which may be anything.
    fn of(value: &Json, text: &dyn Fn(&str) -> Class) -> Option<Class> {
        Some(match value {
            Json::Null => Class::Null,
            Json::Bool(true) => Class::True,
            Json::Bool(false) => Class::False,
            Json::Number(number) if number.as_f64() == Some(0.0) => Class::Zero,
            Json::Number(_) => Class::Number,
            Json::String(empty) if empty.is_empty() => Class::Empty,
            Json::String(text) if ["{{", "${", "ENC[", "<<"].iter().any(|mark| text.contains(mark)) => return None,
            Json::String(some) => text(some),
            Json::Array(items) if items.is_empty() => Class::EmptyList,
            Json::Array(items) if items.iter().any(|item| item.is_array() || item.is_object()) => Class::Items,
            Json::Array(_) => Class::Scalars,
            Json::Object(members) if members.is_empty() => Class::EmptyMap,
            Json::Object(_) => Class::Map,
        })
    }
}

/// The failures of a chart with these values, each message once.
pub(crate) fn failures(chart: Charts, merged: &Json) -> Vec<Failure> {
    let mut found: Vec<Failure> = Vec::new();
    for fail in FAILS.iter().filter(|fail| fail.charts.has(chart)) {
        let conditions: Vec<&Stored> = fail.conditions.conditions().collect();
        let message = first(&conditions, &mut scope(merged), &mut |scope| {
            fail.message.value(scope).ok()?.as_str().map(str::to_string)
        });
        if let Some(message) = message.filter(|message| !found.iter().any(|one| one.message == *message)) {
            found.push(Failure { message, file: fail.file, keys: asked(&conditions) });
        }
    }
    found
}

/// The values of kinds that a chart fails with: what a template asks of a value where it reads it, or what YAML cannot
/// read where a template prints it. `text` tells the class of text that is not empty.
pub(crate) fn misfits(chart: Charts, merged: &Json, text: &dyn Fn(&str) -> Class) -> Vec<Misfit> {
    let mut found: Vec<Misfit> = Vec::new();
    for ask in ASKS.iter().filter(|ask| ask.charts.has(chart)) {
        let Some(what) = CONDITIONS.get(ask.what) else { continue };
        let one = first(&ask.conditions.conditions().collect::<Vec<_>>(), &mut scope(merged), &mut |scope| {
            (what.value(scope) == Err(Unreadable::Fails)).then(|| culprit(what, scope, merged))
        });
        found.extend(one.filter(|one| !found.contains(one)));
    }
    for print in PRINTS.iter().filter(|print| print.charts.has(chart)) {
        let one = first(&print.conditions.conditions().collect::<Vec<_>>(), &mut scope(merged), &mut |scope| {
            let value = print.what.value(scope).ok()?;
            let class = Class::of(&value, text)?;
            let mut paths = Vec::new();
            print.what.reads(scope, &mut paths);
            let misfit = Misfit { path: paths.pop()?, kind: Kind::of(&value) };
            print.letters.contains(class.letter()).then_some(misfit)
        });
        found.extend(one.filter(|one| !found.contains(one)));
    }
    found
}

fn scope(values: &Json) -> Scope<'_> {
    Scope { values, items: Vec::new() }
}

/// The first result in any round of the loops for which all conditions are true. What a condition itself fails at is
/// one of the asks.
fn first<'a, T>(
    conditions: &[&'a Stored],
    scope: &mut Scope<'a>,
    result: &mut dyn FnMut(&mut Scope<'a>) -> Option<T>,
) -> Option<T> {
    let Some((condition, rest)) = conditions.split_first() else { return result(scope) };
    let Condition::Call("each", args) = &***condition else {
        return if condition.holds(scope) == Ok(true) { first(rest, scope, result) } else { None };
    };
    let list = args.get(1)?;
    // Items are borrowed from the values; no condition loops over a list returned by a call.
    let Ok(Cow::Borrowed(items)) = list.value(scope) else { return None };
    let all: Vec<(String, &Json)> = match items {
        Json::Array(items) => items.iter().enumerate().map(|(index, item)| (index.to_string(), item)).collect(),
        Json::Object(members) => members.iter().map(|(name, value)| (name.clone(), value)).collect(),
        _ => Vec::new(),
    };
    let above = way(list, items, scope);
    for (index, (step, value)) in all.into_iter().enumerate() {
        let path = above.iter().cloned().chain([step]).collect();
        scope.items.push(Item { index, value, path });
        let found = first(rest, scope, result);
        scope.items.pop();
        if found.is_some() {
            return found;
        }
    }
    None
}

/// The way to the list that a loop goes through, of those that it is chosen from.
fn way(list: &Condition, chosen: &Json, scope: &Scope<'_>) -> Vec<String> {
    let mut paths = Vec::new();
    list.reads(scope, &mut paths);
    let is_chosen = |path: &Vec<String>| at(scope.values, path).is_some_and(|value| std::ptr::eq(value, chosen));
    let index = paths.iter().position(is_chosen).unwrap_or(0);
    if paths.is_empty() { Vec::new() } else { paths.swap_remove(index) }
}

/// The value at the end of a way.
fn at<'a>(root: &'a Json, path: &[String]) -> Option<&'a Json> {
    path.iter().try_fold(root, |at, step| match at {
        Json::Array(items) => items.get(step.parse::<usize>().ok()?),
        _ => at.get(step),
    })
}

/// The value that an expression fails at.
fn culprit(what: &Condition, scope: &Scope<'_>, merged: &Json) -> Misfit {
    let mut paths = Vec::new();
    what.reads(scope, &mut paths);
    let kind = |path: &[String]| at(merged, path).map_or(Kind::Null, Kind::of);
    let expected = match what {
        Condition::Call("text", _) => Some(Kind::String),
        Condition::Path(_) | Condition::Item(..) => None,
        _ => Some(Kind::Any),
    };
    let wrong = paths.iter().position(|path| match expected {
        Some(expected) => kind(path) != expected,
        None => true,
    });
    let path = if paths.is_empty() { Vec::new() } else { paths.swap_remove(wrong.unwrap_or(0)) };
    Misfit { kind: kind(&path), path }
}

fn asked(conditions: &[&Stored]) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    for condition in conditions.iter().rev() {
        let mut paths = Vec::new();
        condition.paths(&mut paths);
        for path in paths {
            let path = dotted(path);
            if !keys.contains(&path) {
                keys.push(path);
            }
        }
    }
    keys
}
