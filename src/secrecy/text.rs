//! Secrets in a text: YAML, JSON, a shell command, a URL or a message, complete or malformed.

use crate::secrecy::REDACTED;
use crate::secrecy::Weight;
use crate::secrecy::broken::captured;
use crate::secrecy::key::can_be_reference;
use crate::secrecy::key::hides_numbers;
use crate::secrecy::key::holds_headers;
use crate::secrecy::key::is_name;
use crate::secrecy::key::judge;
use crate::secrecy::key::judge_header;
use crate::secrecy::key::may_end_key;
use crate::secrecy::key::tail;
use crate::secrecy::keyed::Reading;
use crate::secrecy::keyed::keyed;
use crate::secrecy::patterns::addresses;
use crate::secrecy::patterns::credentials;
use crate::secrecy::patterns::data_sources;
use crate::secrecy::patterns::flags;
use crate::secrecy::patterns::pem;
use crate::secrecy::patterns::shapes;
use crate::secrecy::shape;
use std::ops::Range;

/// A secret in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// Its bytes.
    pub(crate) range: Range<usize>,
    /// How certain that is.
    pub(crate) weight: Weight,
}

/// `text` with everything replaced that is secret by its key or its shape. Idempotent.
pub fn mask(text: &str) -> String {
    let mut masked = replace(text, &ranges(text));
    // The mask may extend a value whose original text ended it: in `password=""x:` the colon ends the value, in
    // `password=***:` it is part of it. Each round hides at least one more character, so two are nearly always enough.
    for _ in 0..ROUNDS {
        let parts = ranges(&masked);
        if parts.iter().all(|part| &masked[part.range.clone()] == REDACTED) {
            break;
        }
        masked = replace(&masked, &parts);
    }
    masked
}

/// How often masked text is masked again.
const ROUNDS: usize = 16;

/// How messages name the file at `path` whose content becomes the value of `key`. If that is secret, people may pass
/// the secret itself, so it is shown only if it looks like a path.
pub fn name_of_file(key: &str, path: &str) -> String {
    let is_path = path.contains('/') || path.rsplit_once('.').is_some_and(|(_, ending)| is_name(ending));
    let last = key.rsplit('.').next().unwrap_or(key);
    let whole = secret_scalar(last, path).is_some() && !(is_path && can_be_reference(path));
    if whole { format!("the file of {key}") } else { mask(path) }
}

/// One of our own messages without its secrets: like [`mask`], but knows how our messages quote values (`` `key` is
/// `value` ``).
pub(crate) fn message(text: &str) -> String {
    let masked = mask(text);
    if !masked.contains('`') {
        return masked;
    }
    let mut key: Option<&str> = None;
    let parts: Vec<&str> = masked.split('`').collect();
    let mut out = String::with_capacity(masked.len());
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            out.push('`');
        }
        let quoted = index % 2 == 1 && index + 1 < parts.len();
        match key {
            Some(name) if quoted && parts[index - 1] != " " && says_is(parts[index - 1]) => {
                let value = part.trim_matches(['"', '\'']);
                let (above, last) = name.rsplit_once('.').unwrap_or(("", name));
                let header = above.split('.').any(holds_headers) && judge_header(last, value).is_some();
                out.push_str(if header || secret_scalar(last, value).is_some() { REDACTED } else { part });
                key = None;
            }
            _ => {
                out.push_str(part);
                if quoted {
                    key = Some(part);
                }
            }
        }
    }
    out
}

/// Whether the words between two quoted parts of a message say that the second is the value of the first.
fn says_is(words: &str) -> bool {
    words.starts_with(" is") || words.starts_with(" must be") || words.starts_with(" says")
}

/// `text` with the parts replaced, which are sorted and do not overlap.
pub(crate) fn replace(text: &str, parts: &[Part]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for part in parts {
        out.push_str(&text[done..part.range.start]);
        out.push_str(REDACTED);
        done = part.range.end;
    }
    out.push_str(&text[done..]);
    out
}

/// The secrets of a text, sorted and without overlaps.
pub(crate) fn ranges(text: &str) -> Vec<Part> {
    Signs::of(text).map(|signs| ranges_by(text, signs)).unwrap_or_default()
}

/// Like [`ranges`], for possibly malformed text that is only shown to people: includes everything that may belong to a
/// secret.
pub(crate) fn wide_ranges(text: &str) -> Vec<Part> {
    let Some(signs) = Signs::of(text) else { return Vec::new() };
    let mut out = Vec::new();
    if signs.keys || text.contains('\\') {
        keyed(text, Reading::Wide, &mut out);
    }
    if text.contains("endset") {
        captured(text, &mut out);
    }
    by_shape(text, signs, &mut out);
    apart(out)
}

/// Signs of possible secrets in a text. Nearly every string of a manifest has none.
#[derive(Clone, Copy)]
pub(crate) struct Signs {
    /// A `:` or `=` after something that may be the key of a secret, or lead to one.
    pub(crate) keys: bool,
    /// A `:`, as documents have.
    pub(crate) colon: bool,
    /// `@`, which follows passwords in URLs.
    at: bool,
    /// A blank or a line break, as in commands, header credentials and private keys.
    blank: bool,
    /// A run of characters as long as a token.
    token: bool,
}

/// What each byte may be a sign of.
const SIGN: u8 = 1;
const AT: u8 = 2;
const BLANK: u8 = 4;
const COLON: u8 = 8;

/// The signs of each byte.
const SIGNS: [u8; 256] = {
    let mut table = [0; 256];
    table[b':' as usize] = SIGN | COLON;
    table[b'=' as usize] = SIGN;
    table[b'@' as usize] = AT;
    table[b' ' as usize] = BLANK;
    table[b'\n' as usize] = BLANK;
    table[b'\t' as usize] = BLANK;
    // `["--token","..."]`
    table[b',' as usize] = BLANK;
    table
};

impl Signs {
    /// `None` if it has none.
    #[inline]
    pub(crate) fn of(text: &str) -> Option<Signs> {
        let bytes = text.as_bytes();
        let any = bytes.iter().fold(0, |any, byte| any | SIGNS[usize::from(*byte)]);
        if any == 0 && bytes.len() < SHORTEST {
            return None;
        }
        Signs::with(bytes, any)
    }

    fn with(bytes: &[u8], any: u8) -> Option<Signs> {
        let token = has_long_run(bytes);
        let is_sign = |(index, byte): (usize, &u8)| matches!(byte, b':' | b'=') && may_be_key(&bytes[..index]);
        let keys = any & SIGN != 0 && bytes.iter().enumerate().any(is_sign);
        let (colon, at, blank) = (any & COLON != 0, any & AT != 0, any & BLANK != 0);
        (keys || colon || at || token || blank).then_some(Signs { keys, colon, at, blank, token })
    }
}

/// Whether there is a run of characters as long as a token. Such a run covers at least one of every so many bytes.
fn has_long_run(bytes: &[u8]) -> bool {
    let is_token = |byte: &&u8| TOKEN[usize::from(**byte)];
    let mut at = SHORTEST - 1;
    while at < bytes.len() {
        if is_token(&&bytes[at]) {
            let before = bytes[..at].iter().rev().take(SHORTEST - 1).take_while(is_token).count();
            let behind = bytes[at..].iter().take(SHORTEST).take_while(is_token).count();
            if before + behind >= SHORTEST {
                return true;
            }
        }
        at += SHORTEST;
    }
    false
}

/// Whether the text before this point may end with a key that [`keyed`] examines.
fn may_be_key(before: &[u8]) -> bool {
    let end = before.iter().rev().take(WINDOW).position(u8::is_ascii_alphabetic).map(|back| before.len() - back);
    let Some(tail) = end.and_then(|end| tail(&before[..end])) else { return false };
    may_end_key(tail) || matches!(&tail, b"lue" | b"ers" | b"val" | b"alu" | b"ule" | b"leu" | b"aue")
}

/// Shorter runs are not tokens.
pub(crate) const SHORTEST: usize = 20;

/// Whether tokens can contain each byte.
pub(crate) const TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 128 {
        table[byte] = shape::is_token_char(byte as u8 as char);
        byte += 1;
    }
    table
};

/// Like [`ranges`], for a text whose signs are known.
pub(crate) fn ranges_by(text: &str, signs: Signs) -> Vec<Part> {
    let mut out = Vec::new();
    if signs.keys {
        keyed(text, Reading::Strict, &mut out);
    }
    by_shape(text, signs, &mut out);
    apart(out)
}

fn by_shape(text: &str, signs: Signs, out: &mut Vec<Part>) {
    if signs.at {
        addresses(text, out);
        data_sources(text, out);
    }
    if signs.blank {
        if text.len() >= 30 {
            pem(text, out);
        }
        credentials(text, out);
        flags(text, out);
    }
    if signs.token {
        shapes(text, out);
    }
}

/// The parts sorted, with overlapping ones merged.
fn apart(mut out: Vec<Part>) -> Vec<Part> {
    if out.len() < 2 {
        return out;
    }
    out.sort_by_key(|part| (part.range.start, part.range.end));
    let mut apart: Vec<Part> = Vec::with_capacity(out.len());
    for part in out {
        match apart.last_mut() {
            Some(last) if part.range.start < last.range.end => {
                last.range.end = last.range.end.max(part.range.end);
                last.weight = last.weight.max(part.weight);
            }
            _ => apart.push(part),
        }
    }
    apart
}

/// How certain it is that the key makes a scalar secret.
pub(crate) fn secret_scalar(key: &str, value: &str) -> Option<Weight> {
    let weight = judge(key, value)?;
    let number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    (!number || hides_numbers(key)).then_some(weight)
}

/// How much of a long line around a position is examined.
pub(crate) const WINDOW: usize = 400;

/// The nearest character boundary at or before `at`.
pub(crate) fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gossip_keys_and_tokens_are_masked_everywhere() {
        let key = "VeQ8CHV3sDY/bHCseXC7PGXNTSXtWWvOzQKAaFFo9oE=";
        assert_eq!(mask(&format!("key: \"{key}\"")), "key: \"***\"");
        assert_eq!(mask(&format!("`consul.gossip.key` is `{key}`: no")), "`consul.gossip.key` is `***`: no");
        assert_eq!(mask("x: eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIn0.abc"), "x: ***");
        let license = "02MV4UU43BK5HGYYTOJZWFQMTMNNEWU33JJVLUQVCNIRATSMKNKRBGSTSXKU...";
        assert_eq!(mask(&format!("is `{license}`")), "is `***`");
    }

    #[test]
    fn values_of_secret_keys_are_masked() {
        for (text, masked) in [
            ("  password: hunter2", "  password: ***"),
            ("{dbPassword: \"a, b\", name: x}", "{dbPassword: ***, name: x}"),
            ("bootstrapToken: {secretName: a}", "bootstrapToken: {secretName: a}"),
            ("password: a, b # c\nx: y", "password: ***\nx: y"),
            ("{token: [a, b], x: y}", "{token: ***, x: y}"),
            ("api-key: hunter2", "api-key: ***"),
            ("authorization: Bearer abc", "authorization: ***"),
            ("\"pwd\": \"hunter2\",", "\"pwd\": ***,"),
            ("{\\\"pass\\\": \\\"hunter2\\\"}", "{\\\"pass\\\": ***}"),
            ("encrypt = \"pUqJrVyVRj5jsiYEkM/tFQYfWyJIv4s3XkvDwy7Cu5s=\"", "encrypt = ***"),
            ("initial_management = \"hunter-2-x\"", "initial_management = ***"),
            ("DB_PASSWORD=hunter2 x", "DB_PASSWORD=***"),
            ("run --es.password=hunter2 --x", "run --es.password=*** --x"),
            ("- --token=hunter2\n", "- --token=***\n"),
            ("{name: DB_PASSWORD, value: hunter2}", "{name: DB_PASSWORD, value: ***}"),
            ("{value: hunter2, name: DB_PASSWORD}", "{value: ***, name: DB_PASSWORD}"),
            ("- name: DB_PASSWORD\n  value: hunter2\n", "- name: DB_PASSWORD\n  value: ***\n"),
            ("- value: hunter2\n  name: DB_PASSWORD\n", "- value: ***\n  name: DB_PASSWORD\n"),
            ("- name: OTHER\n  value: hunter2\n", "- name: OTHER\n  value: hunter2\n"),
            ("password: |\n  hunter2\n  more\nx: 1", "password: |\n  ***\n  ***\nx: 1"),
            ("password:\n  hunter2\nx: 1", "password:\n  ***\nx: 1"),
            ("password:\n- hunter2\nx: 1", "password:\n- ***\nx: 1"),
            ("password:\n  secretName: a\nx: 1", "password:\n  secretName: a\nx: 1"),
            ("a: &x hunter2\npassword: *x\n", "a: &x ***\npassword: *x\n"),
            ("password: !!str hunter2", "password: !!str ***"),
            ("password: {{ \"hunter2\" | nosuch }}\nx: 1", "password: ***\nx: 1"),
            ("password: {{ vars.password }}", "password: {{ vars.password }}"),
            (
                "headers: {X-Scope: \"hunter2 x\", Accept: \"*/*\"}, a: b 1",
                "headers: {X-Scope: ***, Accept: \"*/*\"}, a: b 1",
            ),
            ("headers:\n  x-scope: hunter2\na: b1\n", "headers:\n  x-scope: ***\na: b1\n"),
            ("headers: {x: {secret: name, key: key}}", "headers: {x: {secret: name, key: key}}"),
            ("dsn: root:hunter2@tcp(db:3306)/x", "dsn: root:***@tcp(db:3306)/x"),
            ("password: ***hunter2", "password: ***"),
            ("[\"--token\", \"hunter2\", x]", "[\"--token\", \"***\", x]"),
            ("- --token\n- hunter2\n- x", "- --token\n- ***\n- x"),
            ("run --password hunter2 x", "run --password *** x"),
            ("curl -fsu x -u user:hunter2 http://h", "curl -fsu x -u user:*** http://h"),
            ("{key: Authorization, value: hunter2a}", "{key: Authorization, value: ***}"),
            ("{name: DB_PASSWORD, val: hunter2}", "{name: DB_PASSWORD, val: ***}"),
            ("\"acl\": {\"tokens\": {\"agent\": \"hunter2\", \"x\"", "\"acl\": {\"tokens\": {\"agent\": ***, \"x\""),
            ("{% set password = (\"hunter2\" ~ nope) %} x", "{% set password = *** %} x"),
            ("password: {% if true %}hunter2{% endif %}{{ nope }}", "password: ***"),
            ("{password: {{ vars.a }}, x: {{ vars.b }}}", "{password: {{ vars.a }}, x: {{ vars.b }}}"),
            ("password: \"never closed\n  more", "password: ***"),
        ] {
            assert_eq!(mask(text), masked, "{text}");
        }
    }

    #[test]
    fn private_keys_are_masked_and_certificates_are_kept() {
        let text = "tls: |\n  -----BEGIN RSA PRIVATE KEY-----\n  MIIEow\n  -----END RSA PRIVATE KEY-----\n";
        assert!(!mask(text).contains("MIIEow"));
        let text = "ca: |\n  -----BEGIN CERTIFICATE-----\n  MIIEow\n  -----END CERTIFICATE-----\n";
        assert_eq!(mask(text), text);
    }

    #[test]
    fn an_address_keeps_its_user_and_host() {
        let text = "urls: [https://elastic:changeme@es.db:9200/x, http://a@b, \"http://u:p@w@h\"]";
        assert_eq!(mask(text), "urls: [https://elastic:***@es.db:9200/x, http://a@b, \"http://u:***@h\"]");
        assert_eq!(mask("http://[::1]:80 a://"), "http://[::1]:80 a://");
        assert_eq!(mask("postgres://u:$(PW)@db/x"), "postgres://u:$(PW)@db/x");
    }

    #[test]
    fn messages_do_not_quote_values_of_secret_keys() {
        assert_eq!(message("`vars.password` is `hunter2`, expected x"), "`vars.password` is `***`, expected x");
        assert_eq!(
            message("`a.headers.x` is a string `\"h 2\"`, expected"),
            "`a.headers.x` is a string `***`, expected"
        );
        assert_eq!(message("`consul.acls` is `maybe`, expected x"), "`consul.acls` is `maybe`, expected x");
        assert_eq!(message("no key `token`; did you mean `tokens`?"), "no key `token`; did you mean `tokens`?");
    }

    #[test]
    fn masking_is_idempotent() {
        for text in [
            "password: a",
            "{token: [a, b], x: y}",
            "https://a:b@c",
            "password: |\n  a\n  b\n",
            "password=\"\"\u{115d7}:",
            "password=\"a\": b",
            "password: \"a\" b",
            "(password=\"a\") b",
            "\"password\": \"a\", \"b\": \"c\"",
            "password: 'a'; b\n  c",
            "password: \"a\",\n  token: \"b\"]\n",
        ] {
            let once = mask(text);
            assert_eq!(mask(&once), once, "{text}");
        }
    }

    #[test]
    fn names_addresses_and_digests_are_kept() {
        for text in [
            "license: {secret: license, key: key}",
            "docker.io/nicholasjackson/fake-service:v0.26.2",
            "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "type.googleapis.com/envoy.config.trace.v3.ZipkinConfig",
            "consul-gossip-encryption-key 한글",
            "{kind: Secret, name: web-tls}",
            "--from-literal=ES_PASSWORD=\"${STORAGE_PASSWORD:?}\"",
            "export TOKEN=\"$(vault read -field=token auth)\"",
        ] {
            assert_eq!(mask(text), text);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_masked_without_a_panic(
            text in "(password|value|name|token|secret|[:=|>&*!'\"`{}\\[\\], -]|\\\\|\n|é|x|://|@|-----BEGIN |PRIVATE KEY-----){0,40}",
        ) {
            let masked = mask(&text);
            proptest::prop_assert!(masked.len() <= text.len() + 4 * text.len().max(1));
            proptest::prop_assert_eq!(mask(&masked), masked);
            message(&text);
        }
    }
}
