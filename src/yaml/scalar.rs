//! Resolves plain scalars as kubectl does: the words and numbers of YAML 1.1, with Go's number syntax.
//!
//! In: the text of a plain scalar. Out: what it means. Tested against a table of kubectl's own output.

use std::borrow::Cow;

/// The meaning of a plain scalar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Scalar {
    /// `null` and the like.
    Null,
    /// `yes`, `off` and the like.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A whole number that fits only if unsigned; a float as a value, rejected as a key.
    Big(u64),
    /// Any other number; also `.inf` and `.nan`, which JSON cannot hold.
    Float(f64),
    /// None of these: the text itself.
    Text,
}

/// What `text` means when written without quotes.
pub(super) fn resolve(text: &str) -> Scalar {
    let Some(first) = text.bytes().next() else {
        return Scalar::Null;
    };
    match first {
        b'0'..=b'9' => number(text),
        b'+' | b'-' => match text {
            "+.inf" | "+.Inf" | "+.INF" => Scalar::Float(f64::INFINITY),
            "-.inf" | "-.Inf" | "-.INF" => Scalar::Float(f64::NEG_INFINITY),
            _ => number(text),
        },
        b'.' => match text {
            ".inf" | ".Inf" | ".INF" => Scalar::Float(f64::INFINITY),
            ".nan" | ".NaN" | ".NAN" => Scalar::Float(f64::NAN),
            _ => point(text),
        },
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~' => word(text),
        _ => Scalar::Text,
    }
}

fn word(text: &str) -> Scalar {
    match text {
        "~" | "null" | "Null" | "NULL" => Scalar::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "true" | "True" | "TRUE" => Scalar::Bool(true),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "false" | "False" | "FALSE" => Scalar::Bool(false),
        _ => Scalar::Text,
    }
}

/// Go removes all underscores before it parses a number that starts with a digit or a sign.
fn number(text: &str) -> Scalar {
    let plain = if text.contains('_') { Cow::Owned(text.replace('_', "")) } else { Cow::Borrowed(text) };
    let plain = &*plain;
    let (negative, digits) = match plain.as_bytes().first() {
        Some(b'-') => (true, &plain[1..]),
        Some(b'+') => (false, &plain[1..]),
        _ => (false, plain),
    };
    if let Some(magnitude) = based(digits) {
        // `i64::MIN` has no positive counterpart, so the sign is applied before the range is checked.
        let signed = if negative { -i128::from(magnitude) } else { i128::from(magnitude) };
        if let Ok(int) = i64::try_from(signed) {
            return Scalar::Int(int);
        }
        // An unsigned number has no sign at all.
        if digits.len() == plain.len() {
            return Scalar::Big(magnitude);
        }
    }
    if let Some(float) = float(plain) {
        return Scalar::Float(float);
    }
    // After `0b`, Go accepts one more sign.
    if let Some(rest) = plain.strip_prefix("0b")
        && let Some(bits) = rest.strip_prefix('-').or_else(|| rest.strip_prefix('+'))
        && let Some(magnitude) = radix(bits, 2)
    {
        let signed = if rest.starts_with('-') { -i128::from(magnitude) } else { i128::from(magnitude) };
        if let Ok(int) = i64::try_from(signed) {
            return Scalar::Int(int);
        }
    }
    Scalar::Text
}

/// Go's base 0: `0x`, `0o`, `0b` in either case; a leading zero means octal.
fn based(digits: &str) -> Option<u64> {
    let bytes = digits.as_bytes();
    if bytes.first() != Some(&b'0') {
        return radix(digits, 10);
    }
    match bytes.get(1) {
        None => Some(0),
        Some(b'x' | b'X') if bytes.len() > 2 => radix(&digits[2..], 16),
        Some(b'o' | b'O') if bytes.len() > 2 => radix(&digits[2..], 8),
        Some(b'b' | b'B') if bytes.len() > 2 => radix(&digits[2..], 2),
        Some(_) => radix(&digits[1..], 8),
    }
}

/// The standard library would accept a sign here.
fn radix(digits: &str, radix: u32) -> Option<u64> {
    digits.as_bytes().first()?.is_ascii_alphanumeric().then(|| u64::from_str_radix(digits, radix).ok())?
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, in range.
fn float(text: &str) -> Option<f64> {
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut at = usize::from(matches!(bytes.first(), Some(b'-' | b'+')));
    let whole = digits(at);
    at += whole;
    if bytes.get(at) == Some(&b'.') {
        let fraction = digits(at + 1);
        if whole == 0 && fraction == 0 {
            return None;
        }
        at += 1 + fraction;
    } else if whole == 0 {
        return None;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        at += 1 + usize::from(matches!(bytes.get(at + 1), Some(b'-' | b'+')));
        let exponent = digits(at);
        if exponent == 0 {
            return None;
        }
        at += exponent;
    }
    if at != bytes.len() {
        return None;
    }
    text.parse::<f64>().ok().filter(|float| float.is_finite())
}

/// A number that starts with a decimal point; here Go accepts underscores only between digits.
fn point(text: &str) -> Scalar {
    if !text.contains('_') {
        return float(text).map_or(Scalar::Text, Scalar::Float);
    }
    let bytes = text.as_bytes();
    let between = |at: usize| bytes[at - 1].is_ascii_digit() && bytes.get(at + 1).is_some_and(u8::is_ascii_digit);
    if (1..bytes.len()).any(|at| bytes[at] == b'_' && !between(at)) {
        return Scalar::Text;
    }
    float(&text.replace('_', "")).map_or(Scalar::Text, Scalar::Float)
}

/// A float as kubectl spells it as a key: rounded to single precision, shortest form, `1e+06` from a million on.
pub(super) fn float_key(float: f64) -> String {
    let single = float as f32;
    if single.is_nan() {
        return ".nan".into();
    }
    if single.is_infinite() {
        return if single > 0.0 { ".inf".into() } else { "-.inf".into() };
    }
    let text = format!("{single:e}");
    let Some((digits, exponent)) = text.split_once('e') else {
        return text;
    };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&exponent) {
        return format!("{single}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

#[cfg(test)]
#[path = "scalar/tests.rs"]
mod tests;
