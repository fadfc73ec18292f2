//! Converts minijinja's errors to findings: the innermost place, the include stack, a suggestion.

use crate::finding::Finding;
use crate::finding::RuleId;
use crate::finding::ids;
use crate::source::Place;
use crate::suggest;
use crate::template::Templates;
use minijinja::Error;
use minijinja::ErrorKind;
use minijinja::Value;
use minijinja::value::ValueKind;

/// The finding for `error`. Values are never quoted, because they may be secret.
pub(crate) fn to_finding(templates: &Templates, context: &Value, error: &Error) -> Finding {
    let chain = chain(error);
    let inner = chain.iter().rev().find(|error| error.name().is_some()).copied().unwrap_or(error);
    let place = place(templates, inner);
    let expression = place.as_ref().map(|place| underlined(templates, inner, place)).unwrap_or_default();
    let (rule, message, help) = describe(templates, context, inner, &expression);
    let mut finding = Finding::error(rule, message).at(place.clone());
    finding.help = help;
    let mut last = place;
    for outer in chain.iter().rev().filter(|error| error.name().is_some()).skip(1) {
        let place = self::place(templates, outer);
        if place != last {
            finding = finding.note("included from here", place.clone());
            last = place;
        }
    }
    finding
}

/// Rule, message and help.
type Description = (RuleId, String, Option<String>);

fn describe(templates: &Templates, context: &Value, error: &Error, expression: &str) -> Description {
    let detail = error.detail().unwrap_or_default();
    match error.kind() {
        ErrorKind::UndefinedError => undefined(context, expression),
        ErrorKind::TemplateNotFound => not_found(templates, detail.split(['"', '`', '\'']).nth(1).unwrap_or(detail)),
        ErrorKind::SyntaxError => {
            let open = detail.contains("unexpected end of input");
            let help = "every `{% if %}`, `{% for %}`, `{% set %}` and `{% filter %}` block must be closed";
            (ids::TEMPLATE_SYNTAX, format!("template syntax: {detail}"), open.then(|| help.to_string()))
        }
        ErrorKind::OutOfFuel => (
            ids::TEMPLATE_TOO_LONG,
            "the template takes too many steps".to_string(),
            Some("look for a loop that does not end, or text that grows with every iteration".to_string()),
        ),
        ErrorKind::UnknownFilter | ErrorKind::UnknownFunction | ErrorKind::UnknownTest | ErrorKind::UnknownMethod => {
            unknown(error.kind(), detail, expression)
        }
        // minijinja has no error kind for it (`vm/context.rs`).
        ErrorKind::InvalidOperation if detail == "recursion limit exceeded" => (
            ids::TEMPLATE_TOO_DEEP,
            "includes and macros are nested too deep".to_string(),
            Some("look for a template that includes itself, or a macro that calls itself endlessly".to_string()),
        ),
        kind => (ids::TEMPLATE_ERROR, if detail.is_empty() { kind.to_string() } else { detail.to_string() }, None),
    }
}

fn undefined(context: &Value, expression: &str) -> Description {
    let message = match expression {
        "" => "undefined value".to_string(),
        expression => format!("`{}` is undefined", without_literals(expression)),
    };
    let help = "`meshtrace show values` lists all values; use `| default(...)` where one may be missing";
    (ids::TEMPLATE_UNDEFINED, message, suggestion(context, expression).or_else(|| Some(help.to_string())))
}

fn not_found(templates: &Templates, wanted: &str) -> Description {
    // In long paths a third may differ; comparing only the last parts distinguishes a typo from another file.
    let last = |path: &str| {
        let last = path.rsplit('/').next().unwrap_or_default();
        last.split('.').next().unwrap_or_default().to_string()
    };
    let names: Vec<(String, &str)> = templates.all.iter().map(|(path, _)| (last(path), path)).collect();
    let closest = suggest::closest(&last(wanted), names.iter().map(|(last, _)| last.as_str()))
        .or_else(|| names.iter().map(|(name, _)| name.as_str()).find(|name| *name == last(wanted)));
    let path = closest.and_then(|closest| names.iter().find(|(last, _)| last == closest)).map(|(_, path)| path);
    let help = path.map_or_else(
        || "includes are looked up in the template folder; `builtin:PATH` names a shipped template".to_string(),
        |path| format!("did you mean `{path}`?"),
    );
    (ids::TEMPLATE_NOT_FOUND, format!("template `{wanted}` does not exist"), Some(help))
}

fn unknown(kind: ErrorKind, detail: &str, expression: &str) -> Description {
    let what = kind.to_string();
    let message = match what.strip_prefix("unknown ") {
        Some(what) if !expression.is_empty() => format!("{what} `{}` does not exist", without_literals(expression)),
        _ => format!("{what}: {detail}"),
    };
    let help = match expression {
        "safe" | "e" | "escape" => {
            Some("values never change the structure of the YAML, so there is no need to escape them or mark them safe")
        }
        "quote" | "squote" | "indent" | "nindent" | "toYaml" | "to_yaml" | "toJson" => {
            Some("write just the value, such as `key: {{ value }}`; it is quoted and indented as needed")
        }
        _ => None,
    };
    (ids::TEMPLATE_UNKNOWN, message, help.map(str::to_string))
}

/// An expression as quoted in messages, without literals: a string in it may be secret, whatever key its value ends up
/// under.
fn without_literals(expression: &str) -> String {
    let mut out = String::with_capacity(expression.len());
    let mut rest = expression;
    while let Some(at) = rest.find(['"', '\'']) {
        let quote = &rest[at..=at];
        out.push_str(&rest[..at]);
        out.push_str("\"…\"");
        let inner = &rest[at + 1..];
        let (mut end, mut escaped) = (inner.len(), false);
        for (index, c) in inner.char_indices() {
            if !escaped && quote.starts_with(c) {
                end = index + 1;
                break;
            }
            escaped = c == '\\' && !escaped;
        }
        rest = &inner[end..];
    }
    out.push_str(rest);
    out
}

fn chain(error: &Error) -> Vec<&Error> {
    let mut chain = vec![error];
    let mut next = std::error::Error::source(error);
    while let Some(source) = next {
        if let Some(error) = source.downcast_ref::<Error>() {
            chain.push(error);
        }
        next = source.source();
    }
    chain
}

fn place(templates: &Templates, error: &Error) -> Option<Place> {
    let file = templates.file(error.name()?)?;
    let text = &file.text;
    if let Some(range) = error.range().filter(|range| range.end <= text.len()) {
        return Some(Place::in_text(&file.name, text, range.start, range.end));
    }
    let start: usize = text.split_inclusive('\n').take(error.line()?.saturating_sub(1)).map(str::len).sum();
    let line = text[start..].lines().next().unwrap_or_default();
    let indent = line.len() - line.trim_start().len();
    Some(Place::in_text(&file.name, text, start + indent, start + line.len()))
}

fn underlined(templates: &Templates, error: &Error, place: &Place) -> String {
    // Not `place.text`, from which secrets may have been removed.
    let file = error.name().and_then(|name| templates.file(name));
    let line = file.and_then(|file| file.text.lines().nth(place.line as usize - 1)).unwrap_or_default();
    let expression: String = line.chars().skip(place.column as usize - 1).take(place.width as usize).collect();
    if !expression.starts_with('.') {
        return expression;
    }
    // For `a.b.c` the engine underlines only the last steps.
    let before: Vec<char> = line.chars().take(place.column as usize - 1).collect();
    let length = before.iter().rev().take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '.')).count();
    before[before.len() - length..].iter().collect::<String>() + &expression
}

/// An existing name similar to the first unknown step of `expression`.
fn suggestion(context: &Value, expression: &str) -> Option<String> {
    let mut value = context.clone();
    let mut walked = Vec::new();
    for step in expression.split('.') {
        let next = value.get_attr(step).ok()?;
        if next.is_undefined() {
            let keys: Vec<String> = (value.kind() == ValueKind::Map)
                .then(|| value.try_iter().ok())
                .flatten()?
                .map(|key| key.to_string())
                .collect();
            let closest = suggest::closest(step, keys.iter().map(String::as_str))?;
            walked.push(closest);
            return Some(format!("did you mean `{}`?", walked.join(".")));
        }
        walked.push(step);
        value = next;
    }
    None
}
