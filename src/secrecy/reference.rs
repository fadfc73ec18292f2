//! Whether a value says where a secret comes from instead of being one.
//!
//! In: a value that its key or place makes a secret. Out: whether it is a reference to one (`$(DB_PASSWORD)`, `{{
//! vars.password }}`, `vault:secret/data/db#password`), a placeholder (`<your token>`, `***`) or no value at all.
//! Something that only looks like a reference, such as a password that begins with `$`, is not one.

use crate::secrecy::REDACTED;
use crate::secrecy::key::is_name;
use crate::secrecy::key::is_telling;
use crate::secrecy::shape;

/// Words for "none" or "not shown".
const WORDS: [&str; 12] =
    ["", "true", "false", "yes", "no", "on", "off", "none", "null", "~", "redacted", "[redacted]"];
/// Schemes of tools that fetch secrets, and the minimum number of `/`, `:` or `#` in the rest: vals (`ref+`), Vault's
/// webhook (`vault:path#key`), 1Password (`op://vault/item/field`), AWS (`arn:...`), helm-secrets and others.
const SCHEMES: [(&str, usize); 13] = [
    ("vault:", 2),
    ("ref+", 3),
    ("secretref+", 3),
    ("op://", 2),
    ("arn:aws:secretsmanager:", 3),
    ("arn:aws:ssm:", 2),
    ("awssm://", 0),
    ("gcpsm://", 0),
    ("azkv://", 0),
    ("file:", 0),
    ("env:", 0),
    ("secretKeyRef:", 0),
    ("configMapKeyRef:", 0),
];
/// Programs that print a secret from elsewhere, in a shell's `$(...)`. `echo` only prints its arguments.
const PROGRAMS: [&str; 18] = [
    "vault",
    "kubectl",
    "consul",
    "cat",
    "op",
    "aws",
    "gcloud",
    "az",
    "pass",
    "openssl",
    "sops",
    "gh",
    "uuidgen",
    "pwgen",
    "doppler",
    "bw",
    "oc",
    "terraform",
];
/// What tools that fill in text later put around a name: sed scripts and Azure's pipelines (`##NAME##`, `#{NAME}#`,
/// `__NAME__`), Concourse and Cloud Foundry (`((name))`), autoconf (`@NAME@`), Windows and Vagrant (`%NAME%`), Frigate and
/// Python's `format` (`{NAME}`). Longer ones come first.
const MARKS: [(&str, &str); 8] =
    [("##", "##"), ("#{", "}#"), ("#{", "}"), ("((", "))"), ("[[", "]]"), ("__", "__"), ("@", "@"), ("%", "%")];
/// Tags by which programs read a value from elsewhere: Recyclarr's `!env_var NAME`, Home Assistant's `!secret name`,
/// Authentik's `!Env NAME`, CloudFormation's `!Ref Name`.
const TAGS: [&str; 6] = ["env_var", "env", "Env", "ENV", "secret", "Ref"];
/// Functions of templates that choose by their text arguments what a value is.
const GETTERS: [&str; 6] = ["index", "get", "pluck", "secret", "env", "key"];
/// Services of Argo CD's notifications; `$slack-token` is a key of their Secret
/// (docs/operator-manual/notifications/services).
const NOTIFIERS: [&str; 14] = [
    "slack",
    "email",
    "telegram",
    "opsgenie",
    "grafana",
    "github",
    "teams",
    "webhook",
    "mattermost",
    "rocketchat",
    "pushover",
    "pagerduty",
    "newrelic",
    "alertmanager",
];

/// Whether a value says where the secret comes from, or that there is none.
pub(crate) fn is_placeholder(value: &str) -> bool {
    let value = behind_scheme(before_quote(value));
    WORDS.iter().any(|word| value.eq_ignore_ascii_case(word))
        // A mask, or what people write instead of a secret.
        || value == REDACTED
        || value.chars().all(|c| matches!(c, '*' | 'x' | 'X' | '.' | '-' | '…'))
        || matches!(value.as_bytes().first(), Some(b'$' | b'{')) && is_expanded(value)
        || value.starts_with('<') && is_blank_to_fill(value)
        || value.starts_with('$') && is_key_of_argo_cd(value)
        || value.starts_with('!') && is_tagged(value)
        // An argument of a script.
        || matches!(value.as_bytes(), [b'$', b'1'..=b'9'])
        || is_marked(value)
        || is_left_to_fill(value)
        || is_encrypted(value)
        || is_fetched(value)
        || is_path(value)
}

/// The value without the quote that ends an argument of a command around it, and a backslash that continues its line:
/// `-H "Authorization: Bearer ${TOKEN}" \`.
fn before_quote(value: &str) -> &str {
    let line = value.strip_suffix('\\').map_or(value, str::trim_end);
    let argument =
        ['"', '\''].into_iter().find_map(|quote| line.strip_suffix(quote).filter(|rest| !rest.contains(quote)));
    argument.filter(|argument| !argument.is_empty()).unwrap_or(value)
}

/// What follows the scheme in the value of a header, if that can be a reference: `Bearer ${TOKEN}`.
fn behind_scheme(value: &str) -> &str {
    let rest = value.split_once(' ').filter(|(scheme, _)| {
        ["bearer", "basic", "token", "apikey"].iter().any(|known| known.eq_ignore_ascii_case(scheme))
    });
    rest.map(|(_, rest)| rest.trim_start()).filter(|rest| rest.starts_with(['$', '{', '<'])).unwrap_or(value)
}

/// `##DB_PASSWORD##`, `{DB_PASSWORD}`, `((db-password))`: a name between marks that some tool replaces. A single character is
/// a mark only around a name in capital letters.
fn is_marked(value: &str) -> bool {
    let braces = [("{", "}")];
    MARKS.iter().chain(&braces).any(|(open, close)| {
        let inner = value.strip_prefix(open).and_then(|rest| rest.strip_suffix(close)).map(str::trim);
        inner.is_some_and(|name| {
            let capital = name.len() > 2 && is_variable(name) && !name.bytes().any(|byte| byte.is_ascii_lowercase());
            capital || matches!(*open, "((" | "[[" | "#{") && (is_variable(name) || is_name(name))
        })
    })
}

/// `!env_var SONARR_API_KEY`
fn is_tagged(value: &str) -> bool {
    let tagged = value.strip_prefix('!').and_then(|rest| rest.split_once(' '));
    tagged.is_some_and(|(tag, name)| TAGS.contains(&tag) && (is_variable(name.trim()) || is_name(name.trim())))
}

/// `your-token`, `YOUR_API_KEY`, `REPLACE_ME`
fn is_left_to_fill(value: &str) -> bool {
    if !value.starts_with(['y', 'Y', 'r', 'R']) || value.len() > 60 {
        return false;
    }
    let lower = value.to_ascii_lowercase();
    let words = |rest: &str| rest.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'-' | b'_' | b' '));
    lower.strip_prefix("your").is_some_and(|rest| rest.starts_with(['-', '_', ' ']) && words(rest))
        || matches!(&*lower, "replace_me" | "replace-me" | "replace me" | "replaceme")
}

/// `$oidc.auth0.clientSecret`, `$slack-token`, `$my-secret:key`: a key of a Secret that Argo CD reads
/// (docs/operator-manual/user-management/index.md, "Sensitive Data and SSO Client Secrets").
fn is_key_of_argo_cd(value: &str) -> bool {
    let Some(name) = value.strip_prefix('$') else { return false };
    let word = |word: &str| {
        let letters = word.strip_suffix(|c: char| c.is_ascii_digit()).unwrap_or(word);
        !letters.is_empty() && word.len() <= 24 && letters.bytes().all(|byte| byte.is_ascii_alphabetic())
    };
    let of_notifier = name.split_once('-').is_some_and(|(service, _)| NOTIFIERS.contains(&service));
    let named = of_notifier || name.contains('.') || name.contains(':');
    named && is_telling(name) && name.split(['-', '.', ':']).all(word)
}

/// `$(NAME)`, `${NAME}`, `$NAME` and `{{ expression }}`, also several of them with punctuation in between:
/// `$(USER):$(PASSWORD)`.
fn is_expanded(value: &str) -> bool {
    let mut rest = value;
    loop {
        let (inner, after, fits): (&str, &str, fn(&str) -> bool) = if let Some(tail) = rest.strip_prefix("{{") {
            let Some((inner, after)) = tail.split_once("}}") else { return false };
            (inner, after, is_expression)
        } else if let Some(tail) = rest.strip_prefix("$(") {
            let Some((inner, after)) = tail.split_once(')') else { return false };
            (inner, after, |inner| is_variable(inner) || is_command(inner))
        } else if let Some(tail) = rest.strip_prefix("${") {
            let Some((inner, after)) = tail.split_once('}') else { return false };
            (inner, after, is_braced)
        } else if let Some(tail) = rest.strip_prefix('$') {
            let end = tail.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(tail.len());
            (&tail[..end], &tail[end..], is_variable)
        } else {
            return false;
        };
        if !fits(inner) {
            return false;
        }
        rest = after.trim_start_matches([':', '/', '@', '-', '_', '.', ' ']);
        if rest.is_empty() {
            return true;
        }
    }
}

/// `NAME`, `env:NAME`, `NAME:-` (an empty default), `NAME:?message` and the like.
fn is_braced(inner: &str) -> bool {
    let inner = inner.strip_prefix("env:").or_else(|| inner.strip_prefix("env.")).unwrap_or(inner);
    let end = inner.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.'))).unwrap_or(inner.len());
    let (name, rest) = inner.split_at(end);
    let default = rest.strip_prefix(":-").or_else(|| rest.strip_prefix('-')).or_else(|| rest.strip_prefix(":="));
    let asks = rest.is_empty() || rest.starts_with(['?']) || rest.starts_with(":?") || default == Some("");
    name.split('.').all(is_variable) && asks
}

/// The name of an environment variable: letters and underscores, with digits where names have them. In random strings
/// letters and digits alternate.
fn is_variable(name: &str) -> bool {
    let bytes = name.as_bytes();
    if !bytes.first().is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_')
        || !bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        || name.len() > 64
        || shape::token(name).is_some()
    {
        return false;
    }
    let upper = bytes.iter().all(|byte| !byte.is_ascii_lowercase());
    name.split('_').all(|part| {
        let digits = part.bytes().filter(u8::is_ascii_digit).count();
        let turns =
            part.as_bytes().windows(2).filter(|pair| pair[0].is_ascii_digit() != pair[1].is_ascii_digit()).count();
        match upper {
            // `S3`, `OAUTH2`, `K8S`.
            true => digits <= 4 && turns <= 2,
            // People choose passwords such as `hunter2`.
            false => digits == 0 || part.bytes().all(|byte| byte.is_ascii_digit()) && digits <= 2,
        }
    })
}

/// `vault read -field=token auth`: a command that fetches the secret.
fn is_command(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let program = words.next().unwrap_or_default();
    let program = program.rsplit('/').next().unwrap_or(program);
    PROGRAMS.contains(&program) && !text.contains("<<") && words.all(|word| shape::token(word).is_none())
}

/// A template expression whose values all come from elsewhere. Text in it only says from where: `index . "tls.key"`.
fn is_expression(text: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let number =
        text.split(|c| !letter(c)).any(|word| word.len() > 2 && word.starts_with(|c: char| c.is_ascii_digit()));
    if number || text.contains(['\'', '`']) {
        return false;
    }
    let mut parts = text.split('"');
    let mut before = parts.next().unwrap_or_default().to_owned();
    loop {
        match (parts.next(), parts.next()) {
            (None, _) => return true,
            (Some(literal), Some(after)) if is_path_to(literal, 0) && chooses(&before) => {
                before.push_str("_ ");
                before.push_str(after);
            }
            _ => return false,
        }
    }
}

/// Whether text behind this part of a template expression is the name of something: an argument of a function that looks it
/// up, or a key of `dict`.
fn chooses(before: &str) -> bool {
    let call = before.rsplit(['|', '(']).next().unwrap_or_default();
    let mut words = call.split_whitespace().filter(|word| *word != "-");
    let function = words.next().unwrap_or_default();
    GETTERS.contains(&function) || function == "dict" && words.count() % 2 == 0
}

/// `<your password>`, `<DB_PASSWORD>`, and `<path:secret/data/db#password>` of Argo CD's Vault plugin.
fn is_blank_to_fill(value: &str) -> bool {
    let Some(inner) = value.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')) else { return false };
    if let Some(path) = inner.strip_prefix("path:") {
        return is_path_to(path, 1);
    }
    let word = |word: &str| word.len() <= 24 && word.bytes().all(|byte| byte.is_ascii_alphabetic());
    !inner.is_empty() && inner.len() <= 100 && inner.split([' ', '-', '_', '.']).all(word)
}

/// The output of SOPS: `ENC[AES256_GCM,data:...,iv:...,tag:...,type:str]`.
fn is_encrypted(value: &str) -> bool {
    value.strip_prefix("ENC[AES256_GCM,data:").is_some_and(|rest| rest.ends_with(']') && rest.contains(",type:"))
}

fn is_fetched(value: &str) -> bool {
    SCHEMES.iter().any(|(scheme, signs)| value.strip_prefix(scheme).is_some_and(|rest| is_path_to(rest, *signs)))
}

/// A path with at least `least` separators, none of whose parts looks like a secret.
fn is_path_to(path: &str, least: usize) -> bool {
    let signs = path.bytes().filter(|byte| matches!(byte, b'/' | b':' | b'#')).count();
    let step = |step: &str| {
        let plain = step
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'+' | b'=' | b'?' | b'&'));
        plain && shape::token(step).is_none()
    };
    let named = signs > 0 || is_name(path) || is_variable(path) || is_file_name(path);
    signs >= least && named && path.len() <= 300 && path.split(['/', ':', '#']).all(step)
}

/// `token.txt`
fn is_file_name(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(stem, ending)| is_name(stem) && is_name(ending))
}

/// `/vault/secrets/token`: the path of a file, not its content.
fn is_path(value: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'-' | b'_');
    value.starts_with('/')
        && value.matches('/').count() >= 2
        && value.bytes().all(plain)
        && value.split('/').all(|step| shape::token(step).is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_recognized() {
        for value in [
            "$(DB_PASSWORD)",
            "${DB_PASSWORD}",
            "$DB_PASSWORD",
            "$db_password",
            "${env:DB_PASSWORD}",
            "${DB_PASSWORD:-}",
            "${STORAGE_PASSWORD:?}",
            "$(S3_USER):$(OAUTH2_TOKEN)",
            "{{ .Values.password }}",
            "{{ vars.password | b64enc }}",
            "{{ index . \"tls.key\" | b64enc }}",
            "{{ toJson (dict \"a\" .ACCOUNT \"s\" .SECRET) | b64enc }}",
            "$(vault read -field=token auth)",
            "${TOKEN}\" \\",
            "Bearer ${TOKEN}\" \\",
            "Bearer <token>",
            "$1",
            "##DB_PASSWORD##",
            "#{db_password}#",
            "__DB_PASSWORD__",
            "%DB_PASSWORD%",
            "@DB_PASSWORD@",
            "{DB_PASSWORD}",
            "((db-password))",
            "!env_var SONARR_API_KEY",
            "!secret wifi_password",
            "$slack-token",
            "$oidc.auth0.clientSecret",
            "your-token",
            "YOUR_API_KEY",
            "REPLACE_ME",
            "$(kubectl get secret db -o jsonpath={.data.x})",
            "<your password>",
            "<DB_PASSWORD>",
            "<path:secret/data/db#password>",
            "vault:secret/data/db#password",
            "ref+vault://secret/db#/password",
            "op://vault/item/field",
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db",
            "gcpsm://projects/a/secrets/b",
            "file:/run/secrets/token",
            "env:DB_PASSWORD",
            "ENC[AES256_GCM,data:abc=,iv:def=,tag:ghi=,type:str]",
            "/vault/secrets/token",
            "***",
            "********",
            "none",
        ] {
            assert!(is_placeholder(value), "{value}");
        }
    }

    #[test]
    fn values_that_only_look_like_references_are_not() {
        for value in [
            "***hunter2",
            "$hunter2hunter2",
            "$hunter2",
            "${hunter2a1}",
            "$(hunter2)",
            "$A1B2C3D4E5",
            "$AKIAQYLPMN5HHHFPZAM2",
            "<hunter2abc>",
            "vault:hunter2",
            "vault:hunter2abc/x",
            "ref+hunter2",
            "op://hunter2",
            "ENC[hunter2]",
            "ENC[PKCS7,hunter2]",
            "env:hunter2",
            "file:hunter2abc",
            "$(echo hunter2)",
            "$(cat <<< hunter2)",
            "$(printf x)",
            "{{ \"hunter2\" | b64enc }}",
            "{{ 'hunter2' }}",
            "{{ default \"hunter\" .password }}",
            "{{ index . \"tls.key\" | default \"hunter\" }}",
            "{{ dict \"password\" \"hunter\" \"x\" .x | toJson }}",
            "{hunter2}",
            "{hunter}",
            "@hunter@",
            "__hunter2__",
            "((hunter2))",
            "!hunter2",
            "!env hunter2",
            "$hunter-secret",
            "$ecret.hunter2",
            "yourhunter2",
            "your-hunter2",
            "Bearer hunter2",
            "Bearer $hunter2",
            "hunter2\"",
            "{{ 12345678 }}",
            "{{ a }}hunter2{{ b }}",
            "$(A)hunter2$(B)",
            "${DB_PASSWORD:-hunter2}",
            "hunter2",
        ] {
            assert!(!is_placeholder(value), "{value}");
        }
    }
}
