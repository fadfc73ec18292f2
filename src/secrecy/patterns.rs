//! What is secret by its shape, wherever it stands in a text: passwords in addresses, private keys, tokens.

use crate::secrecy::Weight;
use crate::secrecy::key::is_placeholder;
use crate::secrecy::shape;
use crate::secrecy::text::Part;
use crate::secrecy::text::SHORTEST;
use crate::secrecy::text::WINDOW;
use crate::secrecy::text::floor;

/// `https://user:password@host`: the password.
pub(crate) fn addresses(text: &str, out: &mut Vec<Part>) {
    for (at, _) in text.match_indices("://") {
        let rest = &text[at + 3..];
        let end = rest
            .find(|c: char| c.is_whitespace() || matches!(c, '/' | '"' | '\'' | '`' | ',' | ')' | '<' | '>'))
            .unwrap_or(rest.len());
        if let Some((login, _)) = rest[..end].rsplit_once('@')
            && let Some((user, password)) = login.split_once(':')
            && !is_placeholder(password)
        {
            let start = at + 3 + user.len() + 1;
            out.push(Part { range: start..start + password.len(), weight: Weight::Refuse });
        }
    }
}

/// `user:password@tcp(host:3306)/name`, as Go's database drivers have it: the password.
pub(crate) fn data_sources(text: &str, out: &mut Vec<Part>) {
    for sign in ["@tcp(", "@unix(", "@udp("] {
        for (at, _) in text.match_indices(sign) {
            let head = &text[floor(text, at.saturating_sub(WINDOW))..at];
            let word = &head[head.rfind([' ', '"', '\'', '\n', '=', '`']).map_or(0, |at| at + 1)..];
            if let Some((_, password)) = word.split_once(':')
                && !password.contains("//")
                && !is_placeholder(password)
            {
                out.push(Part { range: at - password.len()..at, weight: Weight::Refuse });
            }
        }
    }
}

/// Private keys in PEM.
pub(crate) fn pem(text: &str, out: &mut Vec<Part>) {
    let mut done = 0;
    for (at, begin) in text.match_indices("-----BEGIN ") {
        if at < done {
            continue;
        }
        let head = &text[at + begin.len()..];
        let head = &head[..floor(head, head.len().min(80))];
        let Some(label) = head.split("-----").next().filter(|label| label.len() < 60) else { continue };
        if !label.ends_with("PRIVATE KEY") && !label.ends_with("PRIVATE KEY BLOCK") {
            continue;
        }
        let start = at + begin.len() + label.len();
        let start = (start + 5).min(text.len());
        let end = text[floor(text, start)..].find("-----END ").map_or(text.len(), |end| start + end);
        if !text[floor(text, start)..end].trim_matches(['.', '\n', ' ', '\\', 'n', '\r']).is_empty() {
            out.push(Part { range: floor(text, start)..end, weight: Weight::Refuse });
            done = end;
        }
    }
}

/// Runs of token characters that have the shape of a secret.
pub(crate) fn shapes(text: &str, out: &mut Vec<Part>) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !shape::is_token_char(char::from(bytes[at])) {
            at += 1;
            continue;
        }
        let start = at;
        while at < bytes.len() && shape::is_token_char(char::from(bytes[at])) {
            at += 1;
        }
        if at - start < SHORTEST {
            continue;
        }
        // `KEY=value` is one run.
        let run = &text[start..at];
        let inner = run.find('=').filter(|sign| *sign + 1 < run.trim_end_matches('=').len()).map_or(0, |sign| sign + 1);
        if let Some(weight) = shape::token(&run[inner..]) {
            let head = text[floor(text, start.saturating_sub(40))..start].trim_end_matches(['"', '\'', ' ', ':', '=']);
            let digest = ["hash", "sha256", "sha", "digest", "checksum", "md5", "fingerprint", "pin", "integrity"];
            let weight = match digest.iter().any(|word| head.to_ascii_lowercase().ends_with(word)) {
                true => Weight::Hide,
                false => weight,
            };
            out.push(Part { range: start + inner..at, weight });
        }
    }
}
