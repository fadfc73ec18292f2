//! Parsers that behave like those of Go programs: Consul, the operators, Kubernetes itself.

/// `strconv.ParseBool`, which consul-k8s uses for its annotations
/// (`control-plane/connect-inject/webhook/mesh_webhook.go` `shouldInject`). `None` where Go returns an error;
/// consul-k8s then rejects the pod.
pub(crate) fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}

/// `strconv.ParseInt` with base 0 and 64 bits: decimal, `0x`, `0o`, `0` and `0b`, with underscores between digits.
pub(crate) fn parse_int(text: &str) -> Option<i64> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let lower = digits.to_ascii_lowercase();
    let (radix, digits) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, &lower[2..]),
        [b'0', b'o', ..] => (8, &lower[2..]),
        [b'0', b'b', ..] => (2, &lower[2..]),
        [b'0', _, ..] => (8, &lower[1..]),
        _ => (10, &*lower),
    };
    let based = digits.len() < lower.len();
    let body = if based { digits.strip_prefix('_').unwrap_or(digits) } else { digits };
    if body.starts_with('_') || body.ends_with('_') || body.contains("__") || body.starts_with(['+', '-']) {
        return None;
    }
    let number = i128::from(u64::from_str_radix(&body.replace('_', ""), radix).ok()?);
    i64::try_from(if negative { -number } else { number }).ok()
}

/// Whether `time.ParseDuration` accepts it: `0`, or numbers with units such as `1h30m`.
pub(crate) fn is_duration(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    if text == "0" {
        return true;
    }
    let mut rest = text;
    while !rest.is_empty() {
        let number = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').len();
        let digits = &rest[..number];
        let unit = rest[number..].find(|c: char| c.is_ascii_digit() || c == '.').map_or(rest.len(), |at| number + at);
        let fits = digits.bytes().any(|b| b.is_ascii_digit()) && digits.matches('.').count() < 2;
        if !fits || !matches!(&rest[number..unit], "ns" | "us" | "\u{b5}s" | "\u{3bc}s" | "ms" | "s" | "m" | "h") {
            return false;
        }
        rest = &rest[unit..];
    }
    !text.is_empty()
}

/// `net.SplitHostPort`: the host without brackets, and the port as written. Err: Go's error message.
pub(crate) fn split_host_port(text: &str) -> Result<(&str, &str), &'static str> {
    let at = text.rfind(':').ok_or("missing port in address")?;
    let (host, port) = (&text[..at], &text[at + 1..]);
    let host = match text.strip_prefix('[') {
        Some(rest) => {
            let end = rest.find(']').ok_or("missing ']' in address")?;
            match (rest[end + 1..].strip_prefix(':'), rest.len() == end + 1) {
                (_, true) => return Err("missing port in address"),
                (Some(after), _) if !after.contains(':') => &rest[..end],
                (Some(_), _) => return Err("too many colons in address"),
                (None, _) => return Err("missing port in address"),
            }
        }
        None if host.contains(':') => return Err("too many colons in address"),
        None => host,
    };
    let odd = |text: &str| text.contains(['[', ']']);
    if odd(host) || odd(port) { Err("unexpected bracket in address") } else { Ok((host, port)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_those_of_gos_source() {
        for (text, number) in [("5", 5), ("-5", -5), ("+5", 5), ("0x10", 16), ("010", 8), ("0b11", 3), ("1_000", 1000)]
        {
            assert_eq!(parse_int(text), Some(number), "{text}");
        }
        for wrong in ["", "-", "5s", "5.0", " 5", "0x", "1__0", "_1", "09", "9223372036854775808", "--5", "0x-5"] {
            assert_eq!(parse_int(wrong), None, "{wrong}");
        }
        assert_eq!((parse_int("0"), parse_int("-9223372036854775808")), (Some(0), Some(i64::MIN)));
    }

    #[test]
    fn durations_have_units() {
        for fine in ["0", "10s", "1h30m", "1.5s", "-2ms", ".5s", "3us"] {
            assert!(is_duration(fine), "{fine}");
        }
        for wrong in ["", "5", "soon", "5 s", "s", "1.2.3s", "5d", "1h30", "."] {
            assert!(!is_duration(wrong), "{wrong}");
        }
    }

    #[test]
    fn an_address_has_one_port() {
        for (text, parts) in
            [("0.0.0.0:9102", ("0.0.0.0", "9102")), (":9102", ("", "9102")), ("[::]:5", ("::", "5")), ("a:", ("a", ""))]
        {
            assert_eq!(split_host_port(text), Ok(parts), "{text}");
        }
        for (text, why) in [
            ("9102", "missing port in address"),
            ("", "missing port in address"),
            ("::1:5", "too many colons in address"),
            ("http://a:5", "too many colons in address"),
            ("[::1]", "missing port in address"),
            ("[::1", "missing ']' in address"),
            ("a]:5", "unexpected bracket in address"),
        ] {
            assert_eq!(split_host_port(text), Err(why), "{text}");
        }
    }

    #[test]
    fn only_gos_own_words_are_booleans() {
        for word in ["1", "t", "T", "TRUE", "true", "True"] {
            assert_eq!(parse_bool(word), Some(true), "{word}");
        }
        for word in ["0", "f", "F", "FALSE", "false", "False"] {
            assert_eq!(parse_bool(word), Some(false), "{word}");
        }
        for word in ["", "yes", "on", "tRUE", " true", "2"] {
            assert_eq!(parse_bool(word), None, "{word}");
        }
    }
}
