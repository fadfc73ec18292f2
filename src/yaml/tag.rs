//! What an explicit tag makes of a scalar.
//!
//! In: a tag and the text under it. Out: the value kubectl's reader gives, or why it refuses.

use crate::yaml::Value;
use crate::yaml::scalar::Scalar;
use crate::yaml::scalar::resolve;

/// The tags of YAML that Kubernetes data can have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Tag {
    Str,
    Int,
    Float,
    Bool,
    Null,
    Binary,
    Timestamp,
    Merge,
    Map,
    Seq,
}

impl Tag {
    /// The tag of this full name, such as `tag:yaml.org,2002:int`; `!` alone means text.
    pub(super) fn named(name: &str) -> Option<Tag> {
        if name == "!" {
            return Some(Tag::Str);
        }
        Some(match name.strip_prefix("tag:yaml.org,2002:")? {
            "str" => Tag::Str,
            "int" => Tag::Int,
            "float" => Tag::Float,
            "bool" => Tag::Bool,
            "null" => Tag::Null,
            "binary" => Tag::Binary,
            "timestamp" => Tag::Timestamp,
            "merge" => Tag::Merge,
            "map" => Tag::Map,
            "seq" => Tag::Seq,
            _ => return None,
        })
    }

    /// How it is written.
    pub(super) fn name(self) -> &'static str {
        match self {
            Tag::Str => "!!str",
            Tag::Int => "!!int",
            Tag::Float => "!!float",
            Tag::Bool => "!!bool",
            Tag::Null => "!!null",
            Tag::Binary => "!!binary",
            Tag::Timestamp => "!!timestamp",
            Tag::Merge => "!!merge",
            Tag::Map => "!!map",
            Tag::Seq => "!!seq",
        }
    }

    /// The value of a scalar under this tag; an `Err` says what does not fit.
    pub(super) fn scalar(self, text: &str) -> Result<Value, String> {
        let value = match (self, resolve(text)) {
            (Tag::Str, _) => Value::String(text.into()),
            (Tag::Timestamp | Tag::Merge, Scalar::Text) => Value::String(text.into()),
            (Tag::Null, Scalar::Null) => Value::Null,
            (Tag::Bool, Scalar::Bool(bool)) => Value::Bool(bool),
            (Tag::Int, Scalar::Int(int)) => Value::Int(int),
            (Tag::Int, Scalar::Big(int)) => Value::Float(int as f64),
            (Tag::Float, Scalar::Int(int)) => Value::Float(int as f64),
            (Tag::Float, Scalar::Float(float)) if float.is_finite() => Value::Float(float),
            (Tag::Binary, _) => {
                let bytes = base64(text).ok_or("`!!binary` needs base64 text")?;
                Value::String(String::from_utf8_lossy(&bytes).into())
            }
            (tag, _) => return Err(format!("this value is not what its tag `{}` says", tag.name())),
        };
        Ok(value)
    }
}

/// Standard base64 with padding; line breaks do not count.
fn base64(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let mut group = 0u32;
    let mut held = 0;
    let mut padding = 0;
    for byte in text.bytes() {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'\r' | b'\n' => continue,
            b'=' if held >= 2 => {
                padding += 1;
                0
            }
            _ => return None,
        };
        if padding > 0 && byte != b'=' {
            return None;
        }
        group = group << 6 | u32::from(six);
        held += 1;
        if held == 4 {
            out.extend_from_slice(&group.to_be_bytes()[1..]);
            (group, held) = (0, 0);
            if padding > 0 {
                out.truncate(out.len() - padding);
                // Nothing may follow the padding.
                held = 4;
            }
        } else if held > 4 {
            return None;
        }
    }
    (held % 4 == 0).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_strict() {
        assert_eq!(base64("aGVsbG8=").unwrap(), b"hello");
        assert_eq!(base64("aGVs\nbG8=\n").unwrap(), b"hello");
        assert_eq!(base64("").unwrap(), b"");
        assert_eq!(base64("YQ==").unwrap(), b"a");
        for wrong in ["xyz", "aGVs bG8=", "YQ=", "Y===", "=", "YQ==YQ==", "YQ=a", "YWJj="] {
            assert_eq!(base64(wrong), None, "{wrong}");
        }
    }
}
