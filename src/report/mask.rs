//! Takes secrets out of text that is about to be shown.
//!
//! Profiles refer to secrets and never hold them, but people paste: a gossip key where its Secret's name belongs, a
//! password into a free map. A message about such a line must not carry it into a CI log.

/// What stands for a secret. It says neither its length nor anything else of it.
const MASK: &str = "***";

/// Names of keys whose values are secret. `secretName` and its kin are references and not among them.
const SECRET_KEYS: &[&str] = &[
    "password",
    "passwd",
    "token",
    "apikey",
    "api_key",
    "privatekey",
    "private_key",
    "accesskey",
    "access_key",
    "clientsecret",
    "client_secret",
];

/// `text` with everything masked that looks like a secret: gossip keys, private keys, tokens, licences, and what stands
/// behind a key such as `password`.
pub fn mask(text: &str) -> String {
    let text = in_addresses(&after_secret_keys(text));
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(start) = rest.find(is_token_char) {
        out.push_str(&rest[..start]);
        let token = &rest[start..];
        let length = token.find(|c| !is_token_char(c)).unwrap_or(token.len());
        let token = &token[..length];
        out.push_str(if looks_secret(token) { MASK } else { token });
        rest = &rest[start + length..];
    }
    out.push_str(rest);
    out
}

fn is_token_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '-' | '_' | '.')
}

fn looks_secret(token: &str) -> bool {
    let base64 = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'));
    let mixed = |text: &str| {
        text.bytes().any(|b| b.is_ascii_digit())
            && text.bytes().any(|b| b.is_ascii_uppercase())
            && text.bytes().any(|b| b.is_ascii_lowercase())
    };
    // A gossip key is 16, 24 or 32 random bytes in base64.
    let token = token.trim_matches(|c| matches!(c, '.' | '-' | '_'));
    match token.len() {
        24 if token.ends_with("==") && base64(&token[..22]) => return true,
        32 if base64(token) && mixed(token) => return true,
        40.. if base64(token) && mixed(token) => return true,
        44 if token.ends_with('=') && base64(&token[..43]) => return true,
        _ => {}
    }
    // JSON web tokens and Consul licences; messages quote no more than their beginnings.
    token.len() > 40 && (token.starts_with("eyJ") || token.starts_with("02MV4UU43BK5"))
}

/// Whether what stands behind a key is secret, such as `dbPassword`.
pub fn is_secret_key(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    SECRET_KEYS.iter().any(|name| key.ends_with(name))
}

/// `https://user:password@host` without the password.
fn in_addresses(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        out.push_str(before);
        rest = after;
        let end = after.find(|c: char| c.is_whitespace() || matches!(c, '/' | '"' | '\'' | '`')).unwrap_or(after.len());
        if let Some((login, _)) = after[..end].rsplit_once('@')
            && let Some((user, _)) = login.split_once(':')
        {
            out.push_str(user);
            out.push(':');
            out.push_str(MASK);
            rest = &after[login.len()..];
        }
    }
    out + rest
}

fn after_secret_keys(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for (at, _) in lower.match_indices([':', '=']) {
        if at < done {
            continue;
        }
        let key_end = lower[..at].trim_end_matches(['"', '\'', ' ']).len();
        let key = &lower[..key_end];
        if !SECRET_KEYS.iter().any(|name| key.ends_with(name)) {
            continue;
        }
        let value_start = at + 1 + (text[at + 1..].len() - text[at + 1..].trim_start().len());
        let value = &text[value_start..];
        // A map or a reference goes on being readable.
        if value.is_empty() || value.starts_with(['{', '&', '*', '|', '>', '`']) {
            continue;
        }
        let line = lower[..at].rfind('\n').map_or(0, |at| at + 1);
        let in_flow = lower[line..at].contains(['{', '[']);
        let length = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => value[1..].find(quote).map_or(value.len(), |end| end + 2),
            Some('[') => value.find([']', '\n']).map_or(value.len(), |end| end + 1),
            _ if in_flow => value.find([',', '}', '\n', '`']).unwrap_or(value.len()),
            // Outside of braces a comma is part of the value.
            _ => value.find(['\n', '`']).unwrap_or(value.len()),
        };
        out.push_str(&text[done..value_start]);
        out.push_str(MASK);
        done = value_start + length;
    }
    out.push_str(&text[done..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gossip_keys_and_tokens_are_masked_wherever_they_stand() {
        let key = "VeQ8CHV3sDY/bHCseXC7PGXNTSXtWWvOzQKAaFFo9oE=";
        assert_eq!(mask(&format!("key: \"{key}\"")), "key: \"***\"");
        assert_eq!(mask(&format!("`consul.gossip.key` is `{key}`: no")), "`consul.gossip.key` is `***`: no");
        assert_eq!(mask("x: eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIn0.abc"), "x: ***");
    }

    #[test]
    fn what_stands_behind_a_password_key_is_masked() {
        assert_eq!(mask("  password: hunter2"), "  password: ***");
        assert_eq!(mask("{dbPassword: \"a, b\", name: x}"), "{dbPassword: ***, name: x}");
        assert_eq!(mask("bootstrapToken: {secretName: a}"), "bootstrapToken: {secretName: a}");
        assert_eq!(mask("password: a, b # c\nx: y"), "password: ***\nx: y");
        assert_eq!(mask("{token: [a, b], x: y}"), "{token: ***, x: y}");
    }

    #[test]
    fn an_address_keeps_its_user_and_host() {
        let text = "urls: [https://elastic:changeme@es.db:9200/x, http://a@b, \"http://u:p@w@h\"]";
        assert_eq!(mask(text), "urls: [https://elastic:***@es.db:9200/x, http://a@b, \"http://u:***@h\"]");
        assert_eq!(mask("http://[::1]:80 a://"), "http://[::1]:80 a://");
    }

    #[test]
    fn the_beginning_of_a_secret_is_a_secret() {
        let licence = "02MV4UU43BK5HGYYTOJZWFQMTMNNEWU33JJVLUQVCNIRATSMKNKRBGSTSXKU...";
        assert_eq!(mask(&format!("is `{licence}`")), "is `***`");
    }

    #[test]
    fn what_was_masked_once_stays_as_it_is() {
        for text in ["password: a", "{token: [a, b], x: y}", "https://a:b@c"] {
            assert_eq!(mask(&mask(text)), mask(text));
        }
    }

    #[test]
    fn names_addresses_and_digests_stay() {
        for text in [
            "license: {secret: license, key: key}",
            "docker.io/nicholasjackson/fake-service:v0.26.2",
            "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "type.googleapis.com/envoy.config.trace.v3.ZipkinConfig",
            "consul-gossip-encryption-key 한글",
        ] {
            assert_eq!(mask(text), text);
        }
    }
}
