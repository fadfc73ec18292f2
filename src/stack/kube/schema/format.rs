//! Formats of text: those that the API server knows (`k8s.io/kube-openapi` `pkg/validation/strfmt`,
//! `apiextensions-apiserver` `pkg/apiserver/validation/formats.go`), and those of its own code, by the names of values.tsv.

use crate::stack::kube::names;
use crate::stack::kube::quantity;

/// A format that is checked; text of any other is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Int32,
    Int64,
    Byte,
    DateTime,
    Duration,
    Ipv4,
    Ipv6,
    Ip,
    Quantity,
    DnsLabel,
    DnsSubdomain,
    LabelKey,
    AnnotationKey,
    LabelValue,
    ConfigKey,
    EnvName,
    PortName,
    /// A number that is not negative, or a percentage.
    Percent,
    /// A port by its number or its name.
    Port,
    /// The same, or 0 or "" for the Service's own port.
    TargetPort,
}

impl Format {
    pub(super) fn named(name: &str) -> Option<Format> {
        Some(match name {
            "int32" => Format::Int32,
            "int64" => Format::Int64,
            "byte" => Format::Byte,
            "date-time" | "datetime" => Format::DateTime,
            "duration" => Format::Duration,
            "ipv4" => Format::Ipv4,
            "ipv6" => Format::Ipv6,
            "ip" => Format::Ip,
            "percent" => Format::Percent,
            "quantity" => Format::Quantity,
            "dns-label" => Format::DnsLabel,
            "dns-subdomain" => Format::DnsSubdomain,
            "label-key" => Format::LabelKey,
            "annotation-key" => Format::AnnotationKey,
            "label-value" => Format::LabelValue,
            "config-key" => Format::ConfigKey,
            "env-name" => Format::EnvName,
            "port-name" => Format::PortName,
            "port" => Format::Port,
            "target-port" => Format::TargetPort,
            _ => return None,
        })
    }

    /// Whether an empty text stands for one that is missing, as in the API server's own types.
    fn may_be_empty(self) -> bool {
        matches!(self, Format::DnsLabel | Format::DnsSubdomain | Format::PortName | Format::TargetPort)
    }

    /// What the format is.
    pub(crate) fn what(self) -> &'static str {
        match self {
            Format::Int32 | Format::Int64 => "a whole number",
            Format::Byte => "base64",
            Format::DateTime => "a time such as `2026-01-31T12:00:00Z`",
            Format::Duration => "a duration such as `30s`",
            Format::Ipv4 => "an IPv4 address",
            Format::Ipv6 => "an IPv6 address",
            Format::Ip => "an IP address",
            Format::Percent => "a number of 0 or more, or a percentage such as `25%`",
            Format::Quantity => "a quantity such as `500m`, `0.5` or `64Mi`",
            Format::DnsLabel => "a DNS label: lower-case letters, digits and `-`, at most 63",
            Format::DnsSubdomain => "a DNS name: lower-case letters, digits, `-` and `.`, at most 253",
            Format::LabelKey => {
                "a label key: letters, digits, `-`, `_` and `.`, at most 63, after an optional `example.com/`"
            }
            Format::AnnotationKey => {
                "an annotation key: letters, digits, `-`, `_` and `.`, at most 63, after an optional `example.com/`"
            }
            Format::LabelValue => {
                "a label value: letters, digits, `-`, `_` and `.`, at most 63, a letter or digit first and last"
            }
            Format::ConfigKey => "a key: letters, digits, `-`, `_` and `.`, at most 253",
            Format::EnvName => "the name of an environment variable: printable ASCII characters without `=`",
            Format::PortName => "a port name: lower-case letters, digits and `-`, at most 15, with a letter",
            Format::Port | Format::TargetPort => "a port from 1 to 65535, or the name of one",
        }
    }

    /// Whether a text has it.
    pub(crate) fn fits(self, text: &str) -> bool {
        if text.is_empty() && self.may_be_empty() {
            return true;
        }
        match self {
            Format::Int32 | Format::Int64 => true,
            Format::Byte => is_base64(text),
            Format::DateTime => is_time(text),
            Format::Duration => is_duration(text),
            Format::Ipv4 => text.parse::<std::net::Ipv4Addr>().is_ok(),
            Format::Ipv6 => text.parse::<std::net::Ipv6Addr>().is_ok(),
            Format::Ip => text.parse::<std::net::IpAddr>().is_ok() || has_leading_zeros(text),
            Format::Percent => is_percentage(text),
            Format::Quantity => quantity::is_one(text),
            Format::DnsLabel => names::dns_label(text).is_ok(),
            Format::DnsSubdomain => names::dns_subdomain(text).is_ok(),
            Format::LabelKey => is_qualified(text, false),
            Format::AnnotationKey => is_qualified(text, true),
            Format::LabelValue => text.is_empty() || is_part(text),
            Format::ConfigKey => is_config_key(text),
            Format::EnvName => {
                !text.is_empty() && text.bytes().all(|byte| (b' '..=b'~').contains(&byte) && byte != b'=')
            }
            Format::PortName | Format::Port | Format::TargetPort => is_port_name(text),
        }
    }

    /// Whether a number has it.
    pub(crate) fn fits_number(self, number: f64) -> bool {
        match self {
            Format::Int32 => (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&number),
            Format::Port => (1.0..=65535.0).contains(&number),
            Format::Percent => number >= 0.0,
            Format::TargetPort => (0.0..=65535.0).contains(&number),
            _ => true,
        }
    }
}

/// Standard base64 with padding, in which Go ignores line breaks (`encoding/base64` `StdEncoding`).
fn is_base64(text: &str) -> bool {
    let plain: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect();
    let body = plain.iter().rev().skip_while(|byte| **byte == b'=').count();
    plain.len().is_multiple_of(4)
        && plain.len() - body <= 2
        && plain[..body].iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
}

/// RFC 3339.
fn is_time(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits = |range: std::ops::Range<usize>| {
        bytes
            .get(range)
            .filter(|part| part.iter().all(u8::is_ascii_digit))
            .and_then(|part| std::str::from_utf8(part).ok()?.parse::<u32>().ok())
    };
    let at = |index: usize, wanted: &[u8]| bytes.get(index).is_some_and(|byte| wanted.contains(byte));
    let within = |value: Option<u32>, least: u32, most: u32| value.is_some_and(|value| (least..=most).contains(&value));
    let date = digits(0..4).is_some()
        && at(4, b"-")
        && within(digits(5..7), 1, 12)
        && at(7, b"-")
        && within(digits(8..10), 1, 31);
    let time = at(10, b"Tt")
        && within(digits(11..13), 0, 23)
        && at(13, b":")
        && within(digits(14..16), 0, 59)
        && at(16, b":")
        && within(digits(17..19), 0, 60);
    if !date || !time {
        return false;
    }
    let rest = &text[19..];
    let rest = match rest.strip_prefix(['.', ',']) {
        Some(fraction) => {
            let zone = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
            if zone.len() == fraction.len() {
                return false;
            }
            zone
        }
        None => rest,
    };
    let zone = rest.as_bytes();
    matches!(rest, "Z" | "z")
        || zone.len() == 6
            && matches!(zone[0], b'+' | b'-')
            && zone[3] == b':'
            && [1, 2, 4, 5].iter().all(|index| zone[*index].is_ascii_digit())
}

/// Numbers with units, as Go reads durations and as strfmt adds days and weeks.
fn is_duration(text: &str) -> bool {
    let text = text.trim().trim_start_matches(['-', '+']);
    text == "0" || text.starts_with(|c: char| c.is_ascii_digit() || c == '.') && text.ends_with(char::is_alphabetic)
}

/// The part behind the slash of a label key, and label values (`qualifiedNameFmt`).
fn is_part(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() <= names::LONGEST_LABEL
        && bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.last().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

/// `IsQualifiedName`. Keys of annotations are compared in lower case.
fn is_qualified(text: &str, any_case: bool) -> bool {
    match text.split_once('/') {
        None => is_part(text),
        Some((prefix, name)) => {
            let prefix = if any_case { prefix.to_ascii_lowercase() } else { prefix.to_string() };
            names::dns_subdomain(&prefix).is_ok() && is_part(name)
        }
    }
}

/// IPv4 addresses whose parts begin with zeros, which some versions accept.
fn has_leading_zeros(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    parts.len() == 4 && parts.iter().all(|part| part.len() <= 3 && part.parse::<u8>().is_ok())
}

/// `IsValidPercent`.
fn is_percentage(text: &str) -> bool {
    text.strip_suffix('%').is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// `IsConfigMapKey`.
fn is_config_key(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !text.is_empty()
        && text.len() <= names::LONGEST_SUBDOMAIN
        && text.bytes().all(fits)
        && text != "."
        && !text.starts_with("..")
}

/// `IsValidPortName` (RFC 6335).
fn is_port_name(text: &str) -> bool {
    text.len() <= 15
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && text.bytes().any(|byte| byte.is_ascii_lowercase())
        && !text.contains("--")
        && !text.starts_with('-')
        && !text.ends_with('-')
}
