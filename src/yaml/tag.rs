//! Applies explicit tags to scalars.
//!
//! In: a tag and the text that it applies to. Out: the value that kubectl reads, or why it rejects it.

use crate::yaml::Value;
use crate::yaml::scalar::Scalar;
use crate::yaml::scalar::resolve;
use data_encoding::Encoding;
use std::sync::LazyLock;

/// The YAML tags that Kubernetes data can have.
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

    /// The tag as written.
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

    /// The value of a scalar with this tag; `Err` says what does not fit.
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
            (tag, _) => return Err(format!("this value does not match its tag `{}`", tag.name())),
        };
        Ok(value)
    }
}

/// Padded; line breaks and surplus bits at the end are ignored.
static BASE64: LazyLock<Encoding> = LazyLock::new(|| {
    let mut specification = data_encoding::BASE64.specification();
    specification.ignore.push_str("\r\n");
    specification.check_trailing_bits = false;
    specification.encoding().expect("the alphabet is the standard one")
});

/// Standard base64 with padding; line breaks are ignored.
pub(crate) fn base64(text: &str) -> Option<Vec<u8>> {
    // The crate accepts several padded texts in a row.
    let padded = text.trim_end_matches(['=', '\r', '\n']).contains('=');
    if padded { None } else { BASE64.decode(text.as_bytes()).ok() }
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
        assert_eq!(base64("YR=\r\n=\n").unwrap(), b"a");
        for wrong in ["xyz", "aGVs bG8=", "YQ=", "Y===", "=", "YQ==YQ==", "YQ=a", "YWJj="] {
            assert_eq!(base64(wrong), None, "{wrong}");
        }
    }
}
