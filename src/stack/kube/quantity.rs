//! Quantities as the API server stores them.
//!
//! Source: `k8s.io/apimachinery` v0.37.0 `pkg/api/resource/quantity.go` `ParseQuantity` and `CanonicalizeBytes`, and
//! `suffix.go`.

#[derive(Clone, Copy, PartialEq, Eq)]
enum Notation {
    /// `k`, `M`, ...
    Decimal,
    /// `Ki`, `Mi`, ...
    Binary,
    /// `e3`.
    Exponent,
}

const DECIMAL: [(&str, i32); 10] =
    [("n", -9), ("u", -6), ("m", -3), ("", 0), ("k", 3), ("M", 6), ("G", 9), ("T", 12), ("P", 15), ("E", 18)];
const BINARY: [&str; 7] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
/// Digits of a number with which the arithmetic here is exact.
const DIGITS: usize = 18;

/// The canonical form. `None`: not a quantity, or one with more digits than any program can mean.
pub(crate) fn canonical(text: &str) -> Option<String> {
    let (negative, whole, fraction, suffix) = parts(text)?;
    let (notation, exponent) = notation(suffix)?;
    let whole = whole.trim_start_matches('0');
    let digits = format!("{}{fraction}", if whole.is_empty() { "0" } else { whole });
    if digits.len() > DIGITS {
        return None;
    }
    let number: i128 = digits.parse().ok()?;
    if number == 0 {
        return Some("0".to_owned());
    }
    let scale = exponent - i32::try_from(fraction.len()).ok()?;
    // What is canonical already is kept as it is written.
    let kept = match notation {
        Notation::Binary => fraction.is_empty() && number & 7 != 0,
        _ => scale >= -9 && scale % 3 == 0 && !digits.ends_with("000") && !digits.starts_with('0'),
    };
    if kept {
        return Some(text.trim().to_owned());
    }
    let nano = in_nano(number, fraction.len(), notation, exponent)?;
    let sign = if negative { "-" } else { "" };
    Some(format!("{sign}{}", written(nano, notation)?))
}

/// How much a quantity is, in billionths, rounded up. `None`: not a quantity, or one with more digits than any program can mean.
pub(crate) fn nano(text: &str) -> Option<i128> {
    let (negative, whole, fraction, suffix) = parts(text)?;
    let (notation, exponent) = notation(suffix)?;
    let digits = format!("{}{fraction}", whole.trim_start_matches('0'));
    if digits.len() > DIGITS {
        return None;
    }
    let number: i128 = if digits.is_empty() { 0 } else { digits.parse().ok()? };
    let nano = in_nano(number, fraction.len(), notation, exponent)?;
    Some(if negative { -nano } else { nano })
}

fn in_nano(number: i128, places: usize, notation: Notation, exponent: i32) -> Option<i128> {
    match notation {
        Notation::Binary => {
            let bytes = number.checked_mul(1 << (10 * exponent))?.checked_mul(1_000_000_000)?;
            divided(bytes, u32::try_from(places).ok()?)
        }
        _ => scaled(number, exponent - i32::try_from(places).ok()? + 9),
    }
}

/// The canonical form of an amount of a resource, of which parts of a thousandth are rounded up (`k8s.io/kubernetes`
/// `pkg/apis/core/v1/defaults.go` SetDefaults_ResourceList); `None` as for [`canonical`].
pub(crate) fn canonical_amount(text: &str) -> Option<String> {
    const MILLI: i128 = 1_000_000;
    match nano(text).filter(|nano| nano % MILLI != 0) {
        Some(nano) => canonical(&format!("{}m", nano.div_euclid(MILLI) + 1)),
        None => canonical(text),
    }
}

/// Whether a text is a quantity.
pub(crate) fn is_one(text: &str) -> bool {
    parts(text).is_some_and(|(_, _, _, suffix)| notation(suffix).is_some())
}

/// Whether it is negative, the digits before and after the point, and the suffix. Blanks around it do not count
/// (`UnmarshalJSON`), and without digits it is 0.
fn parts(text: &str) -> Option<(bool, &str, &str, &str)> {
    let text = text.trim();
    let (negative, rest) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (whole, rest) = rest.split_at(end);
    let (fraction, suffix) = match rest.strip_prefix('.') {
        Some(rest) => rest.split_at(rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len())),
        None => ("", rest),
    };
    Some((negative, whole, fraction, suffix))
}

fn notation(suffix: &str) -> Option<(Notation, i32)> {
    if let Some((_, exponent)) = DECIMAL.iter().find(|(name, _)| *name == suffix) {
        return Some((Notation::Decimal, *exponent));
    }
    if let Some(at) = BINARY.iter().position(|name| *name == suffix) {
        return Some((Notation::Binary, i32::try_from(at).ok()?));
    }
    let digits = suffix.strip_prefix(['e', 'E'])?;
    let exponent: i32 = digits.parse().ok()?;
    (exponent.abs() < 30).then_some((Notation::Exponent, exponent))
}

/// `number` times a power of ten, rounded up.
fn scaled(number: i128, power: i32) -> Option<i128> {
    match u32::try_from(power) {
        Ok(power) => number.checked_mul(10i128.checked_pow(power)?),
        Err(_) => divided(number, power.unsigned_abs()),
    }
}

fn divided(number: i128, power: u32) -> Option<i128> {
    let by = 10i128.checked_pow(power)?;
    Some((number + by - 1) / by)
}

fn written(nano: i128, notation: Notation) -> Option<String> {
    const ONE: i128 = 1_000_000_000;
    if notation == Notation::Binary && nano >= 1024 * ONE && nano % ONE == 0 {
        let (mut number, mut at) = (nano / ONE, 0);
        while number % 1024 == 0 {
            (number, at) = (number / 1024, at + 1);
        }
        return Some(format!("{number}{}", BINARY.get(at)?));
    }
    let (mut number, mut exponent) = (nano, -9);
    while number % 10 == 0 {
        (number, exponent) = (number / 10, exponent + 1);
    }
    while exponent % 3 != 0 {
        (number, exponent) = (number * 10, exponent - 1);
    }
    if notation == Notation::Exponent {
        return Some(if exponent == 0 { number.to_string() } else { format!("{number}e{exponent}") });
    }
    let suffix = DECIMAL.iter().find(|(_, power)| *power == exponent)?.0;
    Some(format!("{number}{suffix}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_have_one_form() {
        for (text, form) in [
            ("1000m", "1"),
            ("1024Mi", "1Gi"),
            ("0.5", "500m"),
            ("1500m", "1500m"),
            ("1.5", "1500m"),
            ("1.5Gi", "1536Mi"),
            ("0.5Ki", "512"),
            ("0.1Ki", "102400m"),
            ("1000", "1k"),
            ("100000k", "100M"),
            ("1e3", "1e3"),
            ("10e2", "1e3"),
            ("0", "0"),
            ("0Mi", "0"),
            ("0.0000000001", "1n"),
            ("-1000m", "-1"),
            ("1Gi", "1Gi"),
            ("1536Mi", "1536Mi"),
            ("2048", "2048"),
            ("007Mi", "007Mi"),
            ("1.500", "1.500"),
            (" 1Gi ", "1Gi"),
            ("Gi", "0"),
            (".", "0"),
        ] {
            assert_eq!(canonical(text).as_deref(), Some(form), "{text}");
        }
        for (text, amount) in [("500m", 500_000_000), ("-1", -1_000_000_000), ("1Ki", 1_024_000_000_000), ("0", 0)] {
            assert_eq!(nano(text), Some(amount), "{text}");
        }
        for text in ["", " ", "1GB", "1 Gi", "x", "1e", "1e999", "99999999999999999999999999"] {
            assert_eq!(canonical(text), None, "{text}");
        }
    }
}
