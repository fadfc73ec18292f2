//! Single values as protobuf's C++ JSON reader takes them, with the options that Envoy sets: numbers and booleans in
//! quotes, enums in any letter case, a plain number or boolean where text is wanted.

use crate::stack::envoy::table::Values;
use crate::stack::envoy::versions::Versions;
use serde_json::Value;

/// A value that was read, as far as rules look at it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar {
    Bool(bool),
    /// An integer, or the nanoseconds of a duration.
    Integer(i128),
    Float(f64),
    Text(String),
    /// So many bytes.
    Bytes(usize),
    /// A list or map of so many items.
    Size(usize),
}

/// Reads a scalar of the protobuf type `kind`, or says what was expected.
pub(super) fn read(kind: &str, value: &Value) -> Result<Scalar, &'static str> {
    match kind {
        "bool" => boolean(value).map(Scalar::Bool).ok_or("true or false"),
        "string" => match value {
            Value::String(text) => Ok(Scalar::Text(text.clone())),
            Value::Number(number) => Ok(Scalar::Text(number.to_string())),
            Value::Bool(is) => Ok(Scalar::Text(is.to_string())),
            _ => Err("a string"),
        },
        "bytes" => value.as_str().and_then(base64).map(Scalar::Bytes).ok_or("text in base64"),
        "float" => float(value).filter(|number| !number.is_finite() || number.abs() <= f64::from(f32::MAX)).map(Scalar::Float).ok_or("a number"),
        "double" => float(value).map(Scalar::Float).ok_or("a number"),
        "int32" | "sint32" | "sfixed32" => integer(value, i32::MIN.into(), i32::MAX.into()).ok_or("a whole number of 32 bits"),
        "uint32" | "fixed32" => integer(value, 0, u32::MAX.into()).ok_or("a whole number from 0 to 4294967295"),
        "uint64" | "fixed64" => integer(value, 0, u64::MAX.into()).ok_or("a whole number from 0 to 18446744073709551615"),
        _ => integer(value, i64::MIN.into(), i64::MAX.into()).ok_or("a whole number of 64 bits"),
    }
}

fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(is) => Some(*is),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

fn integer(value: &Value, least: i128, most: i128) -> Option<Scalar> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        _ => return None,
    };
    let number = match text.parse::<i128>() {
        Ok(number) if text.starts_with(|c: char| c.is_ascii_digit() || c == '-') => number,
        // 9411.0 and 1e3 are whole numbers too.
        _ => plain_float(&text).filter(|number| number.fract() == 0.0 && number.abs() < 1e19)? as i128,
    };
    (least..=most).contains(&number).then_some(Scalar::Integer(number))
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

/// A number without what only Rust takes: `inf`, `+1`, `1.`.
fn plain_float(text: &str) -> Option<f64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let starts = digits.starts_with(|c: char| c.is_ascii_digit());
    (starts && !digits.contains("..") && !text.ends_with('.')).then(|| text.parse().ok()).flatten()
}

/// The number of bytes of text in base64 of either alphabet.
fn base64(text: &str) -> Option<usize> {
    let body = text.trim_end_matches('=');
    let fine = body.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'+' | b'/' | b'-' | b'_'));
    (fine && body.len() % 4 != 1).then_some(body.len() * 3 / 4)
}

/// The nanoseconds of a duration: seconds, up to nine digits behind a point, `s`.
pub(super) fn duration(value: &Value) -> Option<i128> {
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

/// What an enum's value is read as: its number and the versions that take it.
pub(super) fn enumeration(values: &Values, value: &Value) -> Option<Vec<(i64, Versions)>> {
    let number = match value {
        Value::String(text) => {
            let named: Vec<_> = values
                .iter()
                .filter(|(name, ..)| name.eq_ignore_ascii_case(text))
                .map(|(_, number, _, versions)| (*number, *versions))
                .collect();
            return Some(named);
        }
        Value::Number(_) => integer(value, i32::MIN.into(), i32::MAX.into())?,
        _ => return None,
    };
    // proto3's enums are open: any number is read, and rules may refuse it afterwards.
    let Scalar::Integer(number) = number else { return None };
    Some(vec![(number as i64, Versions(u32::MAX))])
}
