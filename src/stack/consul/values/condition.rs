//! Conditions of the chart's templates, as `scripts/refresh-facts/consul` writes them: `(and .a.b (not .c))`, where `.a.b` is
//! a path below `.Values` and `$1.name` a part of an item of the list of an `(each $1 .list)` before it. They mean what
//! Go's `text/template` and sprig make of them.

use serde_json::Value as Json;
use std::borrow::Cow;
use std::fmt;

/// A condition, or a part of one.
#[derive(Debug, PartialEq)]
pub(crate) enum Condition {
    Path(Vec<&'static str>),
    /// The depth of the loop and what is below its item.
    Item(usize, Vec<&'static str>),
    Index(usize),
    Literal(Json),
    Call(&'static str, Vec<Condition>),
}

/// Why a template cannot evaluate something; helm then fails as it does at `fail`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unreadable;

type Result<'a> = std::result::Result<Cow<'a, Json>, Unreadable>;

/// The values, and the items of the loops around.
pub(crate) struct Scope<'a> {
    pub(crate) values: &'a Json,
    pub(crate) items: Vec<(usize, &'a Json)>,
}

static NULL: Json = Json::Null;

impl Condition {
    /// Reads one line of the table.
    pub(crate) fn read(text: &'static str) -> Condition {
        let mut rest = text;
        Condition::next(&mut rest)
    }

    fn next(rest: &mut &'static str) -> Condition {
        *rest = rest.trim_start();
        if let Some(inner) = rest.strip_prefix('(') {
            let (name, args) = inner.split_at(inner.find([' ', ')']).unwrap_or(inner.len()));
            *rest = args;
            let mut all = Vec::new();
            loop {
                *rest = rest.trim_start();
                match rest.strip_prefix(')') {
                    Some(after) => {
                        *rest = after;
                        return Condition::Call(name, all);
                    }
                    None if rest.is_empty() => return Condition::Call(name, all),
                    None => all.push(Condition::next(rest)),
                }
            }
        }
        if rest.starts_with('"') {
            let mut literals = serde_json::Deserializer::from_str(rest).into_iter();
            let literal = literals.next().and_then(std::result::Result::ok).unwrap_or(Json::Null);
            *rest = &rest[literals.byte_offset().max(1)..];
            return Condition::Literal(literal);
        }
        let (word, after) = rest.split_at(rest.find([' ', ')']).unwrap_or(rest.len()));
        *rest = after;
        Condition::word(word)
    }

    fn word(word: &'static str) -> Condition {
        let below = |path: &'static str| path.split('.').filter(|part| !part.is_empty()).collect();
        if let Some(path) = word.strip_prefix('.') {
            return Condition::Path(below(path));
        }
        if let Some(item) = word.strip_prefix('$') {
            if let Some(depth) = item.strip_suffix('#') {
                return Condition::Index(depth.parse().unwrap_or_default());
            }
            let (depth, path) = item.split_once('.').unwrap_or((item, ""));
            return Condition::Item(depth.parse().unwrap_or_default(), below(path));
        }
        Condition::Literal(serde_json::from_str(word).unwrap_or(Json::Null))
    }

    /// Whether it holds.
    pub(crate) fn holds(&self, scope: &Scope<'_>) -> std::result::Result<bool, Unreadable> {
        self.value(scope).map(|value| truth(&value))
    }

    /// The paths that it asks for.
    pub(crate) fn paths<'c>(&'c self, found: &mut Vec<&'c [&'static str]>) {
        match self {
            Condition::Path(path) => found.push(path),
            Condition::Call(_, args) => args.iter().for_each(|arg| arg.paths(found)),
            _ => {}
        }
    }

    pub(crate) fn value<'a>(&'a self, scope: &Scope<'a>) -> Result<'a> {
        match self {
            Condition::Path(path) => descend(scope.values, path).map(Cow::Borrowed),
            Condition::Item(depth, path) => {
                let (_, item) = scope.items.get(depth - 1).ok_or(Unreadable)?;
                descend(item, path).map(Cow::Borrowed)
            }
            Condition::Index(depth) => {
                let (index, _) = scope.items.get(depth - 1).ok_or(Unreadable)?;
                Ok(Cow::Owned(Json::from(*index)))
            }
            Condition::Literal(literal) => Ok(Cow::Borrowed(literal)),
            Condition::Call(name, args) => call(name, args, scope),
        }
    }
}

/// A missing key of a map is nil, and below nil there is nothing to ask for, unless a variable held it: `a?.b`.
fn descend<'a>(mut value: &'a Json, path: &[&str]) -> std::result::Result<&'a Json, Unreadable> {
    let mut optional = false;
    for key in path {
        if optional && value.is_null() {
            return Ok(&NULL);
        }
        optional = key.ends_with('?');
        value = value.as_object().ok_or(Unreadable)?.get(plain(key)).unwrap_or(&NULL);
    }
    Ok(value)
}

/// The key of a step.
pub(crate) fn plain(step: &str) -> &str {
    step.strip_suffix('?').unwrap_or(step)
}

/// A path as people write it.
pub(crate) fn dotted(path: &[&str]) -> String {
    path.iter().map(|step| plain(step)).collect::<Vec<_>>().join(".")
}

fn call<'a>(name: &str, args: &'a [Condition], scope: &Scope<'a>) -> Result<'a> {
    let flag = |flag| Ok(Cow::Owned(Json::Bool(flag)));
    let at = |index: usize| args.get(index).ok_or(Unreadable)?.value(scope);
    match name {
        "and" | "or" => {
            let mut last = Ok(Cow::Borrowed(&NULL));
            for arg in args {
                last = arg.value(scope);
                if truth(last.as_deref().map_err(|error| *error)?) == (name == "or") {
                    break;
                }
            }
            last
        }
        "not" => flag(!truth(&*at(0)?)),
        "empty" => flag(!truth(&*at(0)?)),
        "eq" => {
            let first = at(0)?;
            for arg in &args[1..] {
                if same(&first, &*arg.value(scope)?)? {
                    return flag(true);
                }
            }
            flag(false)
        }
        "ne" => flag(!same(&*at(0)?, &*at(1)?)?),
        "lt" => flag(number(&*at(0)?)? < number(&*at(1)?)?),
        "gt" => flag(number(&*at(0)?)? > number(&*at(1)?)?),
        "int" => Ok(Cow::Owned(Json::from(int(&*at(0)?)))),
        "len" => Ok(Cow::Owned(Json::from(length(&*at(0)?)?))),
        "toString" => Ok(Cow::Owned(Json::String(printed(&*at(0)?)))),
        "trim" => Ok(Cow::Owned(Json::from(text(&*at(0)?)?.trim()))),
        "lower" => Ok(Cow::Owned(Json::from(text(&*at(0)?)?.to_lowercase()))),
        "contains" => flag(text(&*at(1)?)?.contains(text(&*at(0)?)?)),
        "default" => at(1).and_then(|value| if truth(&value) { Ok(value) } else { at(0) }),
        "first" => match &*at(0)? {
            Json::Array(items) => Ok(Cow::Owned(items.first().cloned().unwrap_or_default())),
            _ => Err(Unreadable),
        },
        "get" => {
            let key = at(1)?;
            descend(&*at(0)?, &[text(&key)?]).map(|value| Cow::Owned(value.clone()))
        }
        "has" | "mustHas" => match &*at(1)? {
            Json::Array(items) => flag(items.contains(&*at(0)?)),
            Json::Null if name == "has" => flag(false),
            _ => Err(Unreadable),
        },
        "cat" => {
            let words: std::result::Result<Vec<String>, Unreadable> =
                args.iter().map(|arg| arg.value(scope).map(|value| printed(&value))).collect();
            Ok(Cow::Owned(Json::String(words?.join(" "))))
        }
        _ => Err(Unreadable),
    }
}

/// What Go's templates take for true.
pub(crate) fn truth(value: &Json) -> bool {
    match value {
        Json::Null => false,
        Json::Bool(flag) => *flag,
        Json::Number(number) => number.as_f64() != Some(0.0),
        Json::String(text) => !text.is_empty(),
        Json::Array(items) => !items.is_empty(),
        Json::Object(members) => !members.is_empty(),
    }
}

/// Go compares values of one basic kind; nil equals nothing else, and other pairs are an error.
fn same(one: &Json, other: &Json) -> std::result::Result<bool, Unreadable> {
    match (one, other) {
        (Json::Null, Json::Null) => Ok(true),
        (Json::Null, _) | (_, Json::Null) => Ok(false),
        (Json::Bool(_), Json::Bool(_)) | (Json::String(_), Json::String(_)) => Ok(one == other),
        (Json::Number(one), Json::Number(other)) => Ok(one.as_f64() == other.as_f64()),
        _ => Err(Unreadable),
    }
}

fn number(value: &Json) -> std::result::Result<f64, Unreadable> {
    value.as_f64().ok_or(Unreadable)
}

/// sprig's `int`: what is not a number is 0.
fn int(value: &Json) -> i64 {
    match value {
        Json::Number(number) => number.as_i64().unwrap_or_default(),
        Json::String(text) => text.parse().unwrap_or_default(),
        Json::Bool(flag) => i64::from(*flag),
        _ => 0,
    }
}

fn length(value: &Json) -> std::result::Result<usize, Unreadable> {
    match value {
        Json::String(text) => Ok(text.len()),
        Json::Array(items) => Ok(items.len()),
        Json::Object(members) => Ok(members.len()),
        _ => Err(Unreadable),
    }
}

fn text(value: &Json) -> std::result::Result<&str, Unreadable> {
    value.as_str().ok_or(Unreadable)
}

fn printed(value: &Json) -> String {
    match value {
        Json::Null => "<nil>".to_string(),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// As people read it: without the dots before paths.
impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Condition::Path(path) => f.write_str(&dotted(path)),
            Condition::Item(_, path) => write!(f, "[].{}", dotted(path)),
            Condition::Index(_) => f.write_str("[]"),
            Condition::Literal(literal) => write!(f, "{literal}"),
            Condition::Call(name, args) => {
                write!(f, "({name}")?;
                args.iter().try_for_each(|arg| write!(f, " {arg}"))?;
                f.write_str(")")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn holds(condition: &'static str, values: &Json) -> Option<bool> {
        Condition::read(condition).holds(&Scope { values, items: Vec::new() }).ok()
    }

    #[test]
    fn conditions_mean_what_templates_make_of_them() {
        let values = json!({"a": {"on": true, "text": "x"}, "n": 3, "zero": 0, "list": [{"p": 1}]});
        for (condition, expected) in [
            (".a.on", Some(true)),
            ("(not .zero)", Some(true)),
            (".missing", Some(false)),
            (".missing.deeper", None),
            (".missing?.deeper", Some(false)),
            (".n?.deeper", None),
            (".n.deeper", None),
            ("(and .a.on (eq .a.text \"x\"))", Some(true)),
            ("(or .missing .a.on)", Some(true)),
            ("(and .missing .missing.deeper)", Some(false)),
            ("(eq .a.on \"x\")", None),
            ("(eq .missing \"x\")", Some(false)),
            ("(ne (toString .a.on) \"-\")", Some(true)),
            ("(lt (int .n) (int .a.text))", Some(false)),
            ("(contains \"x\" .a.text)", Some(true)),
            ("(contains \"x\" .n)", None),
            ("(eq (default \"d\" .missing) \"d\")", Some(true)),
            ("(not (get (first .list) \"q\"))", Some(true)),
        ] {
            assert_eq!(holds(condition, &values), expected, "{condition}");
        }
    }

    #[test]
    fn a_condition_prints_without_dots() {
        let condition = Condition::read("(and .a.b (ne .c \"x y\"))");
        assert_eq!(condition.to_string(), "(and a.b (ne c \"x y\"))");
    }
}
