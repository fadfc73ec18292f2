//! What a key, or the name of an environment variable, says about its value.

use crate::secrecy::Weight;
use crate::secrecy::redact::decode;
use crate::secrecy::reference::is_placeholder;
use crate::secrecy::shape;

/// What a key suggests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    /// `password`, `passphrase`, `pwd`: any value is secret.
    Password,
    /// `pass`, which is also an ordinary word (`proxy_pass`).
    Pass,
    /// `token`, `initial_management`.
    Token,
    /// `secret`, `credentials`: the secret itself, or the name of the Secret that holds it.
    Secret,
    /// `apiKey`, `privateKey`: the key itself, or the name of its entry in a Secret.
    Key,
    /// `authorization`: a header, or a server setting.
    Header,
    /// `encrypt`: Consul's gossip key, or a switch.
    Encrypt,
    /// `pullSecret`, `existingSecret`: the name of a Secret, unless the secret itself was pasted there.
    Name,
    /// `auth` in the configuration of Docker and npm: `user:password` in base64, or a word.
    Login,
}

/// Whether the key makes `value` a secret; `dbPassword`, `DB_PASSWORD`, `es.password` and `--es.password` are
/// equivalent.
pub(crate) fn judge(key: &str, value: &str) -> Option<Weight> {
    let class = class(key)?;
    let value = value.trim();
    // These hold the working directory; their names only look like keys of passwords.
    if is_placeholder(value) || value.starts_with('/') && matches!(key, "PWD" | "OLDPWD") {
        return None;
    }
    let number = value.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+'));
    match class {
        Class::Password => Some(Weight::Refuse),
        Class::Pass | Class::Token | Class::Key if number => None,
        Class::Pass if value.contains("://") && !value.contains('@') => None,
        // The outcome of a test, as scripts print it.
        Class::Pass if key == "PASS" && value.split_whitespace().nth(2).is_some() => None,
        Class::Pass | Class::Token => Some(Weight::Refuse),
        Class::Secret | Class::Header if number || is_name(value) => None,
        Class::Secret if value.split(['/', ':', '#']).all(is_name) => None,
        Class::Secret | Class::Header => Some(Weight::Refuse),
        Class::Key if is_name(value) || is_file(value) => None,
        Class::Key => Some(Weight::Refuse),
        Class::Name => (!can_be_reference(value)).then_some(Weight::Refuse),
        Class::Login => is_login(value).then_some(Weight::Refuse),
        Class::Encrypt if shape::is_key(value) => Some(Weight::Refuse),
        Class::Encrypt => (value.len() >= 16 && !is_name(value)).then_some(Weight::Hide),
    }
}

/// Whether a key can have a secret value.
pub(crate) fn is_telling(key: &str) -> bool {
    class(key).is_some()
}

/// Whether a number under this key is secret: a PIN is, `maxTokens: 4096` is not.
pub(crate) fn hides_numbers(key: &str) -> bool {
    class(key) == Some(Class::Password)
}

/// Whether the value of a header may be secret: not if the header carries no credentials, and not if the value is a
/// word.
pub(crate) fn judge_header(name: &str, value: &str) -> Option<Weight> {
    const PLAIN: [&str; 12] = [
        "accept",
        "accept-encoding",
        "accept-language",
        "cache-control",
        "connection",
        "content-length",
        "content-type",
        "date",
        "host",
        "origin",
        "user-agent",
        "x-forwarded-for",
    ];
    let value = value.trim();
    let plain = PLAIN.iter().any(|plain| plain.eq_ignore_ascii_case(name)) || is_placeholder(value) || is_name(value);
    (!plain).then_some(Weight::Hide)
}

/// Whether a key is `value` (as in an environment variable or an item in a list of headers) or a misspelling of it.
pub(crate) fn is_value(key: &str) -> bool {
    ["value", "val", "valu", "vaule", "valeu", "vlaue"].iter().any(|value| value.eq_ignore_ascii_case(key))
}

/// Whether a key holds Consul tokens by purpose: `acl.tokens.agent`, `default`, `initial_management`.
pub(crate) fn holds_tokens(key: &str) -> bool {
    key.eq_ignore_ascii_case("tokens")
}

/// What `key` in a map of tokens holds: a token, or a setting of tokens such as their lifetime.
pub(crate) fn token_of(key: &str) -> &str {
    const USES: [&str; 8] = [
        "agent",
        "agent_master",
        "agent_recovery",
        "config_file_service_registration",
        "default",
        "dns",
        "master",
        "replication",
    ];
    if USES.contains(&key) { "token" } else { key }
}

/// Whether a key holds headers.
pub(crate) fn holds_headers(key: &str) -> bool {
    key.len() >= 7 && key.is_char_boundary(key.len() - 7) && key[key.len() - 7..].eq_ignore_ascii_case("headers")
}

/// Whether a value can be the name of a Secret or of one of its entries.
pub(crate) fn can_be_reference(value: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/' | b':');
    value.len() <= 253 && value.bytes().all(letter) && shape::token(value).is_none() || is_placeholder(value)
}

/// Whether the key of a secret can end with these three letters.
#[inline]
pub(crate) fn may_end_key(tail: [u8; 3]) -> bool {
    matches!(
        &tail,
        b"ord"
            | b"rds"
            | b"swd"
            | b"ase"
            | b"pwd"
            | b"ass"
            | b"ret"
            | b"ken"
            | b"ens"
            | b"key"
            | b"ion"
            | b"ial"
            | b"als"
            | b"ypt"
            | b"ent"
            | b"uth"
    ) || tail[1..] == *b"pw"
}

/// The last three bytes of a key, lowercase; shorter keys are padded with blanks in front.
#[inline]
pub(crate) fn tail(key: &[u8]) -> Option<[u8; 3]> {
    let mut tail = [b' '; 3];
    let last = &key[key.len().saturating_sub(3)..];
    if last.len() < 2 {
        return None;
    }
    tail[3 - last.len()..].copy_from_slice(last);
    Some(tail.map(|byte| byte | 0x20))
}

/// Whether a value is `user:password` in base64.
pub(crate) fn is_login(value: &str) -> bool {
    let plain = |bytes: &[u8]| bytes.iter().all(|byte| (0x20..0x7f).contains(byte));
    value.len() >= 4
        && decode(value).is_some_and(|bytes| plain(&bytes) && bytes.iter().skip(1).any(|byte| *byte == b':'))
}

/// Endings of names whose value is a key.
const KEYS: [&str; 24] = [
    "apikey",
    "accesskey",
    "privatekey",
    "secretkey",
    "encryptionkey",
    "signingkey",
    "sharedkey",
    "accountkey",
    "masterkey",
    "gossipkey",
    "licensekey",
    "licencekey",
    "storagekey",
    "authkey",
    "sessionkey",
    "hmackey",
    "symmetrickey",
    "privkey",
    "tlskey",
    "sslkey",
    "clientkey",
    "serverkey",
    "cakey",
    "encryptkey",
];

fn class(key: &str) -> Option<Class> {
    let bytes = key.as_bytes();
    let end = match bytes.last()?.is_ascii_alphabetic() {
        true => bytes.len(),
        false => bytes.iter().rposition(u8::is_ascii_alphabetic)? + 1,
    };
    // Nearly every key of a manifest returns here.
    let tail = tail(&bytes[..end])?;
    if !may_end_key(tail) || tail == *b"ion" && !is_authorization(&bytes[..end]) {
        return None;
    }
    let words = words(&key[..end]);
    // `checksum/secret`: an annotation that restarts pods when a Secret changes.
    if words.iter().any(|word| matches!(word.as_str(), "checksum" | "hash" | "digest" | "sha256")) {
        return None;
    }
    let joined = words.concat();
    let last = words.last()?.as_str();
    let before = words.len().checked_sub(2).map_or("", |at| &words[at]);
    let ends = |names: &[&str]| names.iter().any(|name| joined.ends_with(name));
    if last == "pw" || ends(&["password", "passwords", "passwd", "passphrase", "pwd"]) {
        return Some(Class::Password);
    }
    if last == "pass" || ends(&["dbpass", "userpass", "mysqlpass", "smtppass", "adminpass", "rootpass"]) {
        let verb =
            ["proxy", "fastcgi", "uwsgi", "scgi", "grpc", "by", "must", "should", "low", "high", "band", "first"];
        return (!verb.contains(&before)).then_some(Class::Pass);
    }
    if ends(&["initialmanagement"]) || last == "tokens" && words.len() == 1 {
        return Some(Class::Token);
    }
    if ends(&["token"]) {
        let other = ends(&["accounttoken", "pagetoken", "continuetoken", "nexttoken", "maxtoken", "csrftoken"]);
        return (!other).then_some(Class::Token);
    }
    if ends(&["pullsecret", "existingsecret"]) {
        return Some(Class::Name);
    }
    if ends(&["secret", "credential", "credentials"]) {
        return Some(Class::Secret);
    }
    if ends(&KEYS) {
        return Some(Class::Key);
    }
    match last {
        "authorization" => Some(Class::Header),
        "auth" if before == "basic" => Some(Class::Header),
        "auth" if words.len() == 1 => Some(Class::Login),
        "encrypt" => Some(Class::Encrypt),
        _ => None,
    }
}

/// The only word in keys of secrets that ends with `ion`; `apiVersion`, which every object has, ends with it too.
fn is_authorization(key: &[u8]) -> bool {
    const WORD: &[u8] = b"authorization";
    key.len().checked_sub(WORD.len()).is_some_and(|at| key[at..].eq_ignore_ascii_case(WORD))
}

/// `dbPassword` and `DB_PASSWORD` as `db`, `password`.
fn words(key: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let (mut fresh, mut lower) = (true, false);
    for c in key.chars() {
        if !c.is_ascii_alphanumeric() {
            fresh = true;
            continue;
        }
        if fresh || lower && c.is_ascii_uppercase() {
            words.push(String::new());
        }
        (fresh, lower) = (false, c.is_ascii_lowercase());
        if let Some(word) = words.last_mut() {
            word.push(c.to_ascii_lowercase());
        }
    }
    words
}

/// `tls.key`: an entry of a Secret.
fn is_file(value: &str) -> bool {
    value.rsplit_once('.').is_some_and(|(name, ending)| {
        matches!(ending, "key" | "pem" | "crt" | "json" | "txt" | "yaml") && name.len() <= 40 && !name.contains(' ')
    })
}

/// Whether a value looks like the name of an object, such as `consul-gossip-encryption-key` or `es-v2`: words, possibly
/// with numbers. `hunter2` and random strings do not.
pub(crate) fn is_name(value: &str) -> bool {
    let parts: Vec<&str> = value.split(['-', '.', '_']).collect();
    let word = |part: &str| {
        let letters = part.trim_end_matches(|c: char| c.is_ascii_digit());
        let digits = part.len() - letters.len();
        let few = if parts.len() > 1 { digits <= 2 || letters.is_empty() && digits <= 4 } else { digits == 0 };
        !part.is_empty() && letters.len() <= 24 && letters.bytes().all(|byte| byte.is_ascii_lowercase()) && few
    };
    !value.is_empty() && value.len() <= 100 && parts.iter().all(|part| word(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_variables_that_hold_secrets() {
        for key in [
            "password",
            "dbPassword",
            "DB_PASSWORD",
            "es.password",
            "--es.password",
            "PGPASSWORD",
            "password2",
            "passwd",
            "pwd",
            "DB_PASS",
            "pass",
            "passphrase",
            "token",
            "CONSUL_HTTP_TOKEN",
            "bootstrapToken",
            "initial_management",
            "secret",
            "clientSecret",
            "CLIENT_SECRET",
            "api-key",
            "apiKey",
            "API_KEY",
            "x-api-key",
            "AWS_SECRET_ACCESS_KEY",
            "authorization",
            "Authorization",
            "private_key",
            "credentials",
            "pw",
            "dbPw",
            "DB_PW",
            "privKey",
            "tls.key",
            "clientKey",
            "basicAuth",
        ] {
            assert_eq!(judge(key, "hunter2hunter2"), Some(Weight::Refuse), "{key}");
        }
        assert_eq!(judge("encrypt", "VeQ8CHV3sDY/bHCseXC7PGXNTSXtWWvOzQKAaFFo9oE="), Some(Weight::Refuse));
        assert_eq!(judge("password", "changeme"), Some(Weight::Refuse));
        assert_eq!(judge("PASS", "hunter2-hunter2"), Some(Weight::Refuse));
        assert_eq!(judge("PASS", "no label was lost"), None);
        assert_eq!(judge("auth", "dXNlcjpodW50ZXIy"), Some(Weight::Refuse));
        assert_eq!(judge("pullSecret", "hunter2 abc"), Some(Weight::Refuse));
    }

    #[test]
    fn other_keys_are_not_secret() {
        for key in [
            "secretName",
            "passwordFile",
            "tokenPath",
            "key",
            "publicKey",
            "proxy_pass",
            "bypass",
            "compass",
            "version",
            "deployment",
            "automountServiceAccountToken",
            "tokenReviews",
            "secrets",
            "annotations",
            "agent",
            "monkey",
            "TOKEN_TTL",
            "password-policy-url",
            "",
            "é",
        ] {
            assert_eq!(judge(key, "hunter2hunter2"), None, "{key}");
        }
    }

    #[test]
    fn references_and_placeholders_are_not_secrets() {
        for (key, value) in [
            ("password", ""),
            ("password", "$(DB_PASSWORD)"),
            ("password", "${DB_PASSWORD}"),
            ("password", "${env:DB_PASSWORD}"),
            ("password", "{{ .Values.password }}"),
            ("password", "<path:secret/data/db#password>"),
            ("password", "ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]"),
            ("image.pullSecret", "rc2"),
            ("existingSecret", "es2"),
            ("auth", "enabled"),
            ("basicAuth", "true"),
            ("clientKey", "tls.key"),
            ("clientKey", "/etc/tls/tls.key"),
            ("password", "********"),
            ("token", "/var/run/secrets/token"),
            ("token", "none"),
            ("token", "12"),
            ("secret", "consul-gossip-encryption-key"),
            ("secret", "license"),
            ("existingSecret", "es-v2"),
            ("secret", "secret/data/consul"),
            ("secretKey", "key"),
            ("privateKey", "tls.key"),
            ("authorization", "enabled"),
            ("encrypt", "true"),
            ("checksum/secret", "4bf92f3577b34da6a3ce929d0e0e47364bf92f3577b34da6a3ce929d0e0e4736"),
            ("PWD", "/app"),
        ] {
            assert_eq!(judge(key, value), None, "{key}: {value}");
        }
        assert!(judge("password", "${DB_PASSWORD:-hunter2}").is_some());
        assert!(judge("secret", "hunter2").is_some() && judge("secret", "s3cr3t-canary").is_some());
    }
}
