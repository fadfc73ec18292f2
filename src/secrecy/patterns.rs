//! What is secret by its shape anywhere in a text: passwords in URLs, private keys, tokens.

use crate::secrecy::Weight;
use crate::secrecy::key::is_login;
use crate::secrecy::key::is_name;
use crate::secrecy::key::is_telling;
use crate::secrecy::key::judge;
use crate::secrecy::reference::is_placeholder;
use crate::secrecy::shape;
use crate::secrecy::text::Part;
use crate::secrecy::text::SHORTEST;
use crate::secrecy::text::TOKEN;
use crate::secrecy::text::WINDOW;
use crate::secrecy::text::floor;
use std::ops::Range;

/// `https://user:password@host`: the password, even if it contains characters that should be encoded; also
/// `https://TOKEN@host`.
pub(crate) fn addresses(text: &str, out: &mut Vec<Part>) {
    for (at, _) in text.match_indices("://") {
        let start = at + 3;
        let rest = &text[start..];
        let Some(login) = login(rest, is_scheme(&text[..at])) else { continue };
        let colon = [":", "%3A", "%3a"].iter().filter_map(|sign| Some((login.find(sign)?, sign.len()))).min();
        let secret = match colon {
            Some((colon, length)) => colon + length..login.len(),
            None if is_token_alone(login) => 0..login.len(),
            None => continue,
        };
        if !is_placeholder(&login[secret.clone()]) {
            out.push(Part { range: start + secret.start..start + secret.end, weight: Weight::Refuse });
        }
    }
}

/// Whether the text is exactly a URL scheme.
fn is_scheme(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

/// The part before the `@` of a URL. `whole`: the text is nothing but the URL, so a blank is part of it.
fn login(rest: &str, whole: bool) -> Option<&str> {
    let until = |signs: &[char]| rest.find(|c: char| c.is_whitespace() || signs.contains(&c)).unwrap_or(rest.len());
    let authority = &rest[..until(&['/', '"', '\'', '`', ',', ')', '<', '>'])];
    if let Some((login, _)) = authority.rsplit_once('@') {
        return Some(login);
    }
    // A password with a character that ends the authority. A port does not count.
    let (user, password) = rest.split_once(':').filter(|(user, _)| user.len() <= 100)?;
    let port = password.bytes().take_while(u8::is_ascii_digit).count();
    let ends = |c: char| c.is_whitespace() || matches!(c, '/' | ',' | '"' | '\'' | '`' | ')');
    if port > 0 && password[port..].chars().next().is_none_or(ends) || user.contains(['/', ' ', ',', '"', '\'', '\n']) {
        return None;
    }
    let mut end = match whole {
        true => rest.find(['\n', '"', '`', '<', '>']).unwrap_or(rest.len()),
        false => until(&['"', '\'', '`', '<', '>']),
    };
    // The next URL of a list.
    if let Some(next) = rest[..end].find("://") {
        end = next;
    }
    let (login, host) = rest[..end].rsplit_once('@')?;
    let host = host.chars().next().is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '[' | '$' | '{'));
    host.then_some(login)
}

/// Whether the user of a URL is a token: by its shape, or because it cannot be a user name.
fn is_token_alone(user: &str) -> bool {
    let has = |test: fn(&u8) -> bool| user.as_bytes().iter().any(test);
    let random = user.len() >= 16 && has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic) && !is_name(user);
    shape::token(user).is_some() || random && user.chars().all(|c| shape::is_token_char(c) || c == '%')
}

/// `Bearer TOKEN`, `Basic BASE64`: what follows the scheme in a header.
pub(crate) fn credentials(text: &str, out: &mut Vec<Part>) {
    for (at, _) in text.match_indices([' ', '\t']) {
        // Nearly every blank follows some other word.
        if at == 0 || !matches!(text.as_bytes()[at - 1], b'r' | b'R' | b'c' | b'C') {
            continue;
        }
        let head = text[floor(text, at.saturating_sub(6))..at].to_ascii_lowercase();
        let (bearer, basic) = (head == "bearer" || head.ends_with("bearer"), head.ends_with("basic"));
        if !bearer && !basic {
            continue;
        }
        let start = at + text[at..].bytes().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let rest = &text[start..];
        let end =
            rest.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | ',' | ';' | '\\' | ')' | '}'));
        let value = rest[..end.unwrap_or(rest.len())].trim_end_matches(['.', ':']);
        let alone = head.trim_start().len() >= at && start + value.len() == text.len();
        let secret = match bearer {
            true => alone || value.len() >= 6 && value.bytes().any(|byte| byte.is_ascii_digit()),
            false => is_login(value),
        };
        if secret && !is_placeholder(value) && !is_name(&value.to_ascii_lowercase()) && !value.contains("=\"") {
            out.push(Part { range: start..start + value.len(), weight: Weight::Refuse });
        }
    }
}

/// `--token VALUE` in a command or a list of arguments of any style; `curl -u user:password`.
pub(crate) fn flags(text: &str, out: &mut Vec<Part>) {
    for (at, _) in text.match_indices('-') {
        let begins =
            at == 0 || matches!(text.as_bytes()[at - 1], b' ' | b'"' | b'\'' | b'\n' | b'\t' | b'[' | b',' | b'`');
        if !begins || !matches!(text.as_bytes().get(at + 1), Some(b'-' | b'u')) {
            continue;
        }
        let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let end = at + text[at..].find(|c| !word(c)).unwrap_or(text.len() - at);
        let flag = &text[at..end];
        let login = matches!(flag, "-u" | "--user" | "--proxy-user");
        let telling = flag.len() > 3 && flag.starts_with("--") && is_telling(flag);
        if !login && !telling {
            continue;
        }
        let Some((range, listed)) = argument(text, end) else { continue };
        let value = &text[range.clone()];
        if login {
            let head = &text[floor(text, at.saturating_sub(WINDOW))..at];
            if let Some((user, password)) = value.split_once(':').filter(|_| head.contains("curl"))
                && !is_placeholder(password)
            {
                out.push(Part { range: range.start + user.len() + 1..range.end, weight: Weight::Refuse });
            }
            continue;
        }
        // After a blank it may be the next word of a sentence.
        let said = listed || !is_name(&value.to_ascii_lowercase());
        if let Some(weight) = judge(flag, value).filter(|_| said) {
            out.push(Part { range, weight });
        }
    }
}

/// The argument after a flag that ends at `end`, and whether it is a separate list item.
fn argument(text: &str, end: usize) -> Option<(Range<usize>, bool)> {
    let rest = &text[end..];
    let quote = |rest: &str| rest.starts_with(['"', '\'', '\\']);
    let between = rest.trim_start_matches(['"', '\'', '\\']);
    let next = between.trim_start_matches([' ', '\t', '\r', '\n', ',']);
    let listed = between[..between.len() - next.len()].contains(['\n', ',']);
    if next.len() == between.len() || next.is_empty() {
        return None;
    }
    let next = match listed {
        true => next.strip_prefix("- ").unwrap_or(next).trim_start(),
        false => next,
    };
    let value = next.trim_start_matches(['"', '\'', '\\']);
    let quoted = quote(next);
    let ends = |c: char| match quoted {
        true => matches!(c, '"' | '\'' | '\\' | '\n'),
        false => c.is_whitespace() || matches!(c, '"' | '\'' | '`' | ',' | ']' | ';' | '\\'),
    };
    let length = value.find(ends).unwrap_or(value.len());
    let start = text.len() - value.len();
    (length > 0 && !value.starts_with('-')).then_some((start..start + length, listed))
}

/// `user:password@tcp(host:3306)/name`, the format of Go's database drivers: the password.
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

/// PEM private keys.
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

/// The runs of token characters that are long enough for a token. Such a run covers at least one of every so many
/// bytes, so only those positions are examined first.
fn runs(bytes: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let is_token = |byte: &u8| TOKEN[usize::from(*byte)];
    let mut from = 0;
    std::iter::from_fn(move || {
        while let Some(probe) = bytes.get(from + SHORTEST - 1) {
            let at = from + SHORTEST - 1;
            if !is_token(probe) {
                from = at + 1;
                continue;
            }
            let start = bytes[from..at].iter().rposition(|byte| !is_token(byte)).map_or(from, |last| from + last + 1);
            let end = bytes[at..].iter().position(|byte| !is_token(byte)).map_or(bytes.len(), |length| at + length);
            from = end;
            if end - start >= SHORTEST {
                return Some(start..end);
            }
        }
        None
    })
}

/// Runs of token characters that have the shape of a secret.
pub(crate) fn shapes(text: &str, out: &mut Vec<Part>) {
    for Range { start, end: at } in runs(text.as_bytes()) {
        // `KEY=value` is a single run.
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

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn runs_are_the_same_as_in_a_byte_by_byte_scan(text in "(a{18,21}|[a-f]{0,50}|[ :,é])*") {
            let bytes = text.as_bytes();
            let mut slow = Vec::new();
            let mut at = 0;
            for run in bytes.split(|byte| !shape::is_token_char(char::from(*byte))) {
                if run.len() >= SHORTEST {
                    slow.push(at..at + run.len());
                }
                at += run.len() + 1;
            }
            proptest::prop_assert_eq!(runs(bytes).collect::<Vec<_>>(), slow);
        }
    }
}
