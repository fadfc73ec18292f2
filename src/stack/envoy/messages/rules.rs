//! The protoc-gen-validate rules in Envoy's messages, checked like its C++ code does. `pattern` is not checked: ten
//! fields have one, none in a message that Consul's keys lead to.

use crate::stack::envoy::messages::scalar::Scalar;

type Rules = [(&'static str, &'static str)];

/// What the value must be according to the first rule it violates; `prefix` is empty, `items.`, `keys.` or `values.`.
pub(super) fn broken(rules: &Rules, prefix: &str, value: &Scalar) -> Option<String> {
    let own = |(name, rule): &(&'static str, &'static str)| Some((name.strip_prefix(prefix)?, *rule));
    let own: Vec<(&str, &str)> = rules.iter().filter_map(own).filter(|(name, _)| !name.contains('.')).collect();
    let set = |wanted: &str| own.contains(&(wanted, "true"));
    if set("ignore_empty") && is_default(value) {
        return None;
    }
    own.iter().find_map(|(name, rule)| {
        one(name, rule, value, set("strict") || !own.iter().any(|(name, _)| *name == "strict"))
    })
}

/// Whether the field must be set at all.
pub(super) fn required(rules: &Rules) -> bool {
    rules.contains(&("required", "true"))
}

pub(super) fn is_default(value: &Scalar) -> bool {
    match value {
        Scalar::Bool(is) => !is,
        Scalar::Integer(number) => *number == 0,
        Scalar::Float(number) => *number == 0.0,
        Scalar::Text(text) => text.is_empty(),
        Scalar::Bytes(size) | Scalar::Size(size) => *size == 0,
    }
}

fn one(name: &str, rule: &str, value: &Scalar, strict: bool) -> Option<String> {
    let unless = |fine: bool, must: String| (!fine).then_some(must);
    match value {
        Scalar::Integer(number) => {
            let bound: i128 = rule.parse().unwrap_or_default();
            number_rule(name, number.cmp(&bound), rule, &|one| one.parse() == Ok(*number))
        }
        Scalar::Float(number) => {
            let bound: f64 = rule.parse().unwrap_or_default();
            // NaN is in no range.
            let Some(order) = number.partial_cmp(&bound) else { return Some("be a number".to_string()) };
            number_rule(name, order, rule, &|one| one.parse() == Ok(*number))
        }
        Scalar::Bool(is) => match name {
            "const" => unless(rule.parse() == Ok(*is), format!("be {rule}")),
            _ => None,
        },
        Scalar::Text(text) => text_rule(name, rule, text, strict),
        Scalar::Bytes(size) | Scalar::Size(size) => {
            let bound: usize = rule.parse().unwrap_or_default();
            match name {
                "min_len" => unless(*size >= bound, format!("have at least {bound} bytes")),
                "max_len" => unless(*size <= bound, format!("have at most {bound} bytes")),
                "min_items" | "min_pairs" => unless(*size >= bound, format!("have at least {bound} {}", items(bound))),
                "max_items" | "max_pairs" => unless(*size <= bound, format!("have at most {bound} {}", items(bound))),
                _ => None,
            }
        }
    }
}

fn items(count: usize) -> &'static str {
    if count == 1 { "item" } else { "items" }
}

fn number_rule(name: &str, order: std::cmp::Ordering, rule: &str, is: &dyn Fn(&str) -> bool) -> Option<String> {
    let unless = |fine: bool, must: String| (!fine).then_some(must);
    match name {
        "gt" => unless(order.is_gt(), format!("be greater than {rule}")),
        "gte" => unless(order.is_ge(), format!("be at least {rule}")),
        "lt" => unless(order.is_lt(), format!("be less than {rule}")),
        "lte" => unless(order.is_le(), format!("be at most {rule}")),
        "const" => unless(order.is_eq(), format!("be {rule}")),
        "in" => unless(list(rule).any(is), format!("be one of {}", list(rule).collect::<Vec<_>>().join(", "))),
        "not_in" => unless(!list(rule).any(is), format!("be none of {}", list(rule).collect::<Vec<_>>().join(", "))),
        _ => None,
    }
}

fn list(rule: &str) -> impl Iterator<Item = &str> {
    rule.split('\u{1f}')
}

fn text_rule(name: &str, rule: &str, text: &str, strict: bool) -> Option<String> {
    let unless = |fine: bool, must: String| (!fine).then_some(must);
    let bound: usize = rule.parse().unwrap_or_default();
    match name {
        "min_len" if bound == 1 => unless(!text.is_empty(), "not be empty".to_string()),
        "min_len" => unless(text.chars().count() >= bound, format!("have at least {bound} characters")),
        "max_len" => unless(text.chars().count() <= bound, format!("have at most {bound} characters")),
        "min_bytes" => unless(text.len() >= bound, format!("have at least {bound} bytes")),
        "max_bytes" => unless(text.len() <= bound, format!("have at most {bound} bytes")),
        "prefix" => unless(text.starts_with(rule), format!("begin with `{rule}`")),
        "suffix" => unless(text.ends_with(rule), format!("end with `{rule}`")),
        "const" => unless(text == rule, format!("be `{rule}`")),
        "in" => unless(
            list(rule).any(|one| one == text),
            format!("be one of {}", list(rule).collect::<Vec<_>>().join(", ")),
        ),
        "not_in" => unless(!list(rule).any(|one| one == text), format!("not be `{text}`")),
        "well_known_regex" if rule == "HTTP_HEADER_NAME" => {
            unless(header_name(text, strict), "be a valid header name".to_string())
        }
        "well_known_regex" => unless(header_value(text, strict), "be a valid header value".to_string()),
        _ => None,
    }
}

/// `^:?[0-9a-zA-Z!#$%&'*+-.^_|~\x60]+$`, or without `strict` anything but NUL and line breaks.
fn header_name(text: &str, strict: bool) -> bool {
    if !strict {
        return !text.contains(['\0', '\n', '\r']);
    }
    let name = text.strip_prefix(':').unwrap_or(text);
    // `+-.` in the pattern is a range, which includes the comma.
    let takes = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+,-.^_|~`".contains(c);
    !name.is_empty() && name.chars().all(takes)
}

fn header_value(text: &str, strict: bool) -> bool {
    match strict {
        true => !text.contains(|c: char| (c < ' ' && c != '\t') || c == '\u{7f}'),
        false => !text.contains(['\0', '\n', '\r']),
    }
}
