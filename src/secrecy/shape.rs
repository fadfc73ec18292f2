//! What the shape of a value says about it, whatever its key.

use crate::secrecy::Weight;

/// Prefixes of the tokens of services, with the minimum length of each token.
const PREFIXES: &[(&str, usize)] = &[
    ("ghp_", 40),
    ("gho_", 40),
    ("ghu_", 40),
    ("ghs_", 40),
    ("ghr_", 40),
    ("github_pat_", 40),
    ("glpat-", 26),
    ("xoxb-", 24),
    ("xoxp-", 24),
    ("xoxa-", 24),
    ("xoxr-", 24),
    ("xoxs-", 24),
    ("sk_live_", 24),
    ("rk_live_", 24),
    ("AIza", 39),
    ("ya29.", 30),
    ("hvs.", 24),
    ("hvb.", 24),
    ("npm_", 40),
    ("dop_v1_", 64),
    ("sk-ant-", 30),
    ("sk-proj-", 30),
    ("AGE-SECRET-KEY-1", 40),
    // SendGrid, Docker Hub.
    ("SG.", 40),
    ("dckr_pat_", 24),
    ("dckr_oat_", 24),
];
/// The prefix of Consul Enterprise licenses.
const LICENSE: &str = "02MV4UU43BK5";

/// The first bytes of those prefixes.
static BEGINS: [bool; 256] = {
    let mut table = [false; 256];
    let mut at = 0;
    while at < PREFIXES.len() {
        table[PREFIXES[at].0.as_bytes()[0] as usize] = true;
        at += 1;
    }
    table
};

/// Whether tokens can contain this character.
pub(crate) const fn is_token_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '-' | '_' | '.')
}

/// Whether a run of token characters is secret.
pub(crate) fn token(token: &str) -> Option<Weight> {
    let token = token.trim_matches(|c| matches!(c, '.' | '-' | '_'));
    // Example keys in documentation end like this.
    if token.len() < 20 || token.ends_with("EXAMPLE") || token.ends_with("EXAMPLEKEY") {
        return None;
    }
    let known = BEGINS[usize::from(token.as_bytes()[0])]
        && PREFIXES.iter().any(|(prefix, least)| token.len() >= *least && token.starts_with(prefix));
    let aws = token.len() == 20
        && (token.starts_with("AKIA") || token.starts_with("ASIA"))
        && token.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    // JSON web tokens and Consul licenses; messages quote only their beginnings.
    let web = token.len() > 40 && token.starts_with("eyJ");
    if known || aws || web || token.len() > 40 && token.starts_with(LICENSE) {
        return Some(Weight::Refuse);
    }
    let base64 = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'));
    match token.len() {
        44 if is_key(token) => Some(Weight::Refuse),
        24 if is_key(token) => Some(Weight::Hide),
        32 | 40.. if base64(token.trim_end_matches('=')) && is_mixed(token) => Some(Weight::Hide),
        _ => None,
    }
}

/// Whether it is 16 or 32 random bytes in base64, as printed by `consul keygen`.
pub(crate) fn is_key(token: &str) -> bool {
    let base64 = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'));
    let body = match token.len() {
        24 => token.strip_suffix("=="),
        44 => token.strip_suffix('=').filter(|body| !body.ends_with('=')),
        _ => None,
    };
    body.is_some_and(|body| base64(body) && is_mixed(body))
}

fn is_mixed(text: &str) -> bool {
    text.bytes().any(|b| b.is_ascii_digit())
        && text.bytes().any(|b| b.is_ascii_uppercase())
        && text.bytes().any(|b| b.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_of_known_shapes_are_secret() {
        for text in [
            "VeQ8CHV3sDY/bHCseXC7PGXNTSXtWWvOzQKAaFFo9oE=",
            "AKIAQYLPMN5HHHFPZAM2",
            "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",
            "dckr_pat_Uqw3jIhKHGQ2sWgxYhQy0Fk3nCc",
            "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIn0.abc",
            "02MV4UU43BK5HGYYTOJZWFQMTMNNEWU33JJVLUQVCNIRATSMKNKRBGSTSXKU...",
        ] {
            assert_eq!(token(text), Some(Weight::Refuse), "{text}");
        }
    }

    #[test]
    fn names_and_digests_are_not() {
        for text in [
            "AKIAIOSFODNN7EXAMPLE",
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "type.googleapis.com/envoy.config.trace.v3.ZipkinConfig",
            "consul-gossip-encryption-key",
            "550e8400-e29b-41d4-a716-446655440000",
        ] {
            assert_eq!(token(text), None, "{text}");
        }
    }
}
