//! The forms that strings must have: Kubernetes names, durations, versions. One function a form, no state.

/// Checks `text` against a form. Err: why it does not fit.
pub fn check(format: &str, text: &str) -> Result<(), String> {
    match format {
        "dns-label" => dns_label(text),
        "service-name" => dns_label(text).and_then(|()| {
            if text.starts_with(|first: char| first.is_ascii_digit()) {
                Err("it must begin with a letter".to_string())
            } else {
                Ok(())
            }
        }),
        "dns-subdomain" | "dns-domain" => dns_subdomain(text),
        "secret-key" => secret_key(text),
        "duration" => duration(text),
        "version" => version(text),
        "version-or-auto" if text == "auto" => Ok(()),
        "version-or-auto" => version(text),
        "kubernetes-version" => version(text).and_then(|()| match text.split('.').count() {
            2 | 3 => Ok(()),
            _ => Err("it has no minor version".to_string()),
        }),
        "image" => image(text),
        "env-name" => env_name(text),
        _ => Ok(()),
    }
}

/// What a form looks like, for "expected ...".
pub fn words(format: &str) -> Option<&'static str> {
    Some(match format {
        "dns-label" => {
            "a Kubernetes name: lower-case letters, digits and `-`, at most 63, a letter or digit at both ends"
        }
        "service-name" => "a Service name: lower-case letters, digits and `-`, at most 63, beginning with a letter",
        "dns-subdomain" => "a Kubernetes name: lower-case letters, digits, `-` and `.`, at most 253",
        "dns-domain" => "a DNS domain, such as cluster.local",
        "secret-key" => "the name of a key within the Secret: letters, digits, `-`, `_` and `.`",
        "duration" => "a duration in seconds, such as 3s or 0.5s",
        "version" => "a version, such as 1.37.0",
        "version-or-auto" => "a version, such as 1.37.0, or auto",
        "kubernetes-version" => "a Kubernetes version, such as \"1.24\"",
        "image" => "an image, such as docker.io/org/name:1.2.3",
        "env-name" => "the name of an environment variable",
        _ => return None,
    })
}

/// The rule that a malformed text of this form is reported under.
pub fn rule(format: &str) -> &'static str {
    match format {
        "duration" => "invalid-duration",
        "version" | "version-or-auto" | "kubernetes-version" => "invalid-version",
        "image" => "invalid-image",
        _ => "invalid-name",
    }
}

/// RFC 1123 label, as namespaces have it (Kubernetes `validation.IsDNS1123Label`).
fn dns_label(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("it is empty".to_string());
    }
    if text.len() > 63 {
        return Err(format!("it has {} characters, at most 63 are allowed", text.len()));
    }
    if let Some(wrong) = text.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-')) {
        return Err(format!("`{}` is not allowed in it", wrong.escape_debug()));
    }
    if text.starts_with('-') || text.ends_with('-') {
        return Err("it must begin and end with a letter or digit".to_string());
    }
    Ok(())
}

/// RFC 1123 subdomain, as most objects' names are (Kubernetes `validation.IsDNS1123Subdomain`).
pub fn dns_subdomain(text: &str) -> Result<(), String> {
    if text.len() > 253 {
        return Err(format!("it has {} characters, at most 253 are allowed", text.len()));
    }
    text.split('.').try_for_each(|part| match dns_label(part) {
        Err(_) if part.is_empty() => Err("it has an empty part".to_string()),
        Err(why) if part.len() <= 63 => Err(why),
        _ => Ok(()),
    })
}

fn secret_key(text: &str) -> Result<(), String> {
    if text.is_empty() || text.len() > 253 {
        return Err("it must have 1 to 253 characters".to_string());
    }
    match text.chars().find(|c| !matches!(c, 'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' | '.')) {
        Some(wrong) => Err(format!("`{}` is not allowed in the name of a Secret's key", wrong.escape_debug())),
        None => Ok(()),
    }
}

/// A `google.protobuf.Duration` in JSON, which is what Envoy reads.
fn duration(text: &str) -> Result<(), String> {
    let number = text.strip_suffix('s').ok_or("it does not end in `s`")?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let digits =
        |part: &str, most: usize| !part.is_empty() && part.len() <= most && part.bytes().all(|b| b.is_ascii_digit());
    if digits(whole, 12) && digits(fraction, 9) { Ok(()) } else { Err("it is not a number of seconds".to_string()) }
}

fn version(text: &str) -> Result<(), String> {
    let core = text.split(['-', '+']).next().unwrap_or_default();
    if core.starts_with('v') {
        return Err("it begins with `v`; give the number alone".to_string());
    }
    let parts: Vec<&str> = core.split('.').collect();
    let number = |part: &&str| !part.is_empty() && part.len() <= 9 && part.bytes().all(|b| b.is_ascii_digit());
    let tail = text[core.len()..].chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '+' | '.'));
    if (1..=3).contains(&parts.len()) && parts.iter().all(number) && tail {
        Ok(())
    } else {
        Err("it is not a version".to_string())
    }
}

fn image(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("it is empty".to_string());
    }
    match text.chars().find(|c| c.is_whitespace() || c.is_control()) {
        Some(_) => Err("it holds white space".to_string()),
        None => Ok(()),
    }
}

/// Kubernetes `validation.IsEnvVarName`.
fn env_name(text: &str) -> Result<(), String> {
    if text.is_empty() || text.starts_with(|first: char| first.is_ascii_digit()) {
        return Err("it must begin with a letter, `_`, `-` or `.`".to_string());
    }
    match text.chars().find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))) {
        Some(wrong) => Err(format!("`{}` is not allowed in it", wrong.escape_debug())),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_seconds_as_envoy_reads_them() {
        for good in ["3s", "0.5s", "3.000s"] {
            assert_eq!(check("duration", good), Ok(()), "{good}");
        }
        for bad in ["3", "3ms", "1m", "", "s", ".5s", "-1s", "3 s", "1e3s"] {
            assert!(check("duration", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn names_follow_kubernetes() {
        for good in ["a", "web-1", &"a".repeat(63)] {
            assert_eq!(check("dns-label", good), Ok(()));
        }
        for bad in ["", "-a", "a-", "A", "a_b", "a.b", "ä", &"a".repeat(64)] {
            assert!(check("dns-label", bad).is_err(), "{bad}");
        }
        assert!(check("service-name", "1web").is_err());
        assert_eq!(check("dns-subdomain", "my.jaeger"), Ok(()));
        assert!(check("dns-subdomain", "my..jaeger").is_err());
    }

    #[test]
    fn versions_are_plain_numbers() {
        for good in ["1.37.0", "1.24", "1.9.1-rc1"] {
            assert_eq!(check("version", good), Ok(()), "{good}");
        }
        for bad in ["v1.2", "", "latest", "1.2.3.4", "1..2"] {
            assert!(check("version", bad).is_err(), "{bad}");
        }
    }
}
