//! Parses single values like protobuf's C++ JSON parser with Envoy's options: quoted numbers and booleans, enums in any
//! letter case, plain numbers or booleans where a string is expected.

use crate::stack::envoy::messages::table::Values;
use crate::stack::envoy::messages::versions::Versions;
use serde_json::Value;

/// A parsed value, as far as rules need it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar {
    Bool(bool),
    /// An integer, or the nanoseconds of a duration.
    Integer(i128),
    Float(f64),
    Text(String),
    /// A number of bytes.
    Bytes(usize),
    /// The size of a list or map.
    Size(usize),
}

/// Reads a scalar of the protobuf type `kind`, or says what was expected.
pub(super) fn read(kind: &str, value: &Value) -> Result<Scalar, &'static str> {
    match kind {
        "bool" => boolean(value).map(Scalar::Bool).ok_or("true or false"),
        "string" => value.as_str().map(|text| Scalar::Text(text.to_string())).ok_or("a string"),
        "bytes" => value.as_str().and_then(base64).map(Scalar::Bytes).ok_or("text in base64"),
        "float" => float(value)
            .filter(|number| !number.is_finite() || number.abs() <= f64::from(f32::MAX))
            .map(Scalar::Float)
            .ok_or("a number"),
        "double" => float(value).map(Scalar::Float).ok_or("a number"),
        "int32" | "sint32" | "sfixed32" => {
            integer(value, i32::MIN.into(), i32::MAX.into()).ok_or("a whole number of 32 bits")
        }
        "uint32" | "fixed32" => integer(value, 0, u32::MAX.into()).ok_or("a whole number from 0 to 4294967295"),
        "uint64" | "fixed64" => {
            integer(value, 0, u64::MAX.into()).ok_or("a whole number from 0 to 18446744073709551615")
        }
        _ => integer(value, i64::MIN.into(), i64::MAX.into()).ok_or("a whole number of 64 bits"),
    }
}

/// Strings are parsed like Abseil's `SimpleAtob`.
fn boolean(value: &Value) -> Option<bool> {
    let text = match value {
        Value::Bool(is) => return Some(*is),
        Value::String(text) => text.to_ascii_lowercase(),
        _ => return None,
    };
    match &*text {
        "true" | "t" | "yes" | "y" | "1" => Some(true),
        "false" | "f" | "no" | "n" | "0" => Some(false),
        _ => None,
    }
}

fn integer(value: &Value, least: i128, most: i128) -> Option<Scalar> {
    let number = match value {
        Value::Number(number) => whole(&number.to_string()),
        Value::String(text) => whole(text),
        _ => None,
    }?;
    (least..=most).contains(&number).then_some(Scalar::Integer(number))
}

/// An integer, also written as `9411.0`, `1e3` or `0x10`.
fn whole(text: &str) -> Option<i128> {
    let hex = text.strip_prefix("0x").and_then(|digits| i128::from_str_radix(digits, 16).ok());
    let float = || plain_float(text).filter(|number| number.fract() == 0.0 && number.abs() < 1e19);
    text.parse().ok().or(hex).or_else(|| float().map(|number| number as i128))
}

/// Strings that only Envoy 1.37 and later accept as integers; earlier versions allow only digits.
pub(super) fn is_loose(kind: &str, value: &Value) -> bool {
    let Value::String(text) = value else { return false };
    let unsigned = kind.starts_with('u') || kind.starts_with('f');
    kind.contains("int") && (text.parse::<i128>().is_err() || (unsigned && text.starts_with('-')))
}

fn float(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => match &**text {
            "NaN" => Some(f64::NAN),
            "Infinity" => Some(f64::INFINITY),
            "-Infinity" => Some(f64::NEG_INFINITY),
            _ => plain_float(text).filter(|number| number.is_finite()),
        },
        _ => None,
    }
}

/// A number, excluding forms that only Rust accepts, such as `inf`.
fn plain_float(text: &str) -> Option<f64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let starts = digits.starts_with(|c: char| c.is_ascii_digit());
    starts.then(|| text.parse().ok()).flatten()
}

/// The number of bytes encoded by base64 in either alphabet.
fn base64(text: &str) -> Option<usize> {
    let body = text.trim_end_matches('=');
    let fine = body.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'+' | b'/' | b'-' | b'_'));
    (fine && body.len() % 4 != 1).then_some(body.len() * 3 / 4)
}

/// The nanoseconds of a duration: seconds with up to nine decimals and `s`, or the message form `{"seconds": 5,
/// "nanos": 0}`.
pub(super) fn duration(value: &Value) -> Option<i128> {
    if let Some(object) = value.as_object() {
        let part = |(key, value): (&String, &Value)| match &**key {
            "seconds" => integer(value, i64::MIN.into(), i64::MAX.into()).map(|read| (read, 1_000_000_000)),
            "nanos" => integer(value, i32::MIN.into(), i32::MAX.into()).map(|read| (read, 1)),
            _ => None,
        };
        let nanos = |part: Option<(Scalar, i128)>| match part {
            Some((Scalar::Integer(number), factor)) => Some(number * factor),
            _ => None,
        };
        return object.iter().filter(|(_, value)| !value.is_null()).map(|one| nanos(part(one))).sum();
    }
    let text = value.as_str()?.strip_suffix('s')?;
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = |text: &str| !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit());
    if !plain(whole) || !plain(fraction) || whole.len() > 12 || fraction.len() > 9 {
        return None;
    }
    let seconds: i128 = whole.parse().ok()?;
    let nanos: i128 = format!("{fraction:0<9}").parse().ok()?;
    let total = seconds * 1_000_000_000 + nanos;
    (seconds <= 315_576_000_000).then_some(if negative { -total } else { total })
}

/// The numbers that an enum value can mean, with the versions that accept each.
pub(super) fn enumeration(values: &Values, value: &Value) -> Option<Vec<(i64, Versions)>> {
    let number = match value {
        Value::String(text) if text.parse::<i32>().is_err() => {
            let named: Vec<_> = values
                .iter()
                .filter(|(name, ..)| name.eq_ignore_ascii_case(text))
                .map(|(_, number, _, versions)| (*number, *versions))
                .collect();
            return Some(named);
        }
        Value::Number(_) | Value::String(_) => integer(value, i32::MIN.into(), i32::MAX.into())?,
        _ => return None,
    };
    // proto3 enums are open: any number is parsed, though rules may reject it later.
    let Scalar::Integer(number) = number else { return None };
    Some(vec![(number as i64, Versions(u32::MAX))])
}
