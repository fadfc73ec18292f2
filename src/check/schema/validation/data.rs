//! ConfigMaps and Secrets (`pkg/apis/core/validation` `ValidateConfigMap`, `ValidateSecret`).

use crate::check::cursor::Cursor;
use crate::check::problem::Cause;
use crate::check::schema::validation::out::Out;
use crate::check::schema::validation::out::is_given;
use crate::check::schema::validation::out::is_open;
use crate::check::schema::validation::out::is_set;

/// `MaxSecretSize`, which is also that of a ConfigMap.
const MOST: usize = 1024 * 1024;

pub(super) fn config_map(out: &mut Out, root: Cursor<'_>) {
    let (text, bytes) = (root.get("data"), root.get("binaryData"));
    for (key, at) in text.entries().filter(|(key, _)| is_set(bytes.get(key))) {
        let message = format!("the key `{key}` is in `data` and in `binaryData`");
        out.refuse(Cause::DuplicateName, at.key(), message, "remove one of them");
    }
    let size: usize = text.entries().map(|(key, at)| key.len() + at.text().len()).sum();
    if size > MOST {
        let message = format!("a ConfigMap holds at most {MOST} bytes, and this one has {size}");
        out.value(text, message, "split it, or store the data elsewhere");
    }
}

/// The keys that a type of Secret needs; of several in one row one is enough.
const KEYS: [(&str, &[&[&str]]); 5] = [
    ("kubernetes.io/tls", &[&["tls.crt"], &["tls.key"]]),
    ("kubernetes.io/dockerconfigjson", &[&[".dockerconfigjson"]]),
    ("kubernetes.io/dockercfg", &[&[".dockercfg"]]),
    ("kubernetes.io/basic-auth", &[&["username", "password"]]),
    ("kubernetes.io/ssh-auth", &[&["ssh-privatekey"]]),
];
const TOKEN: &str = "kubernetes.io/service-account-token";
const ACCOUNT: &str = "kubernetes.io/service-account.name";

pub(super) fn secret(out: &mut Out, root: Cursor<'_>) {
    let kind = root.get("type");
    let parts = [root.get("stringData"), root.get("data")];
    if parts.into_iter().any(is_open) {
        return;
    }
    let value = |key: &'static str| parts.into_iter().map(|part| part.get(key)).find(|at| is_set(*at));
    let needed = KEYS.iter().find(|(name, _)| Some(*name) == kind.str()).map_or(&[][..], |(_, keys)| keys);
    for keys in needed.iter().filter(|keys| keys.iter().all(|key| value(key).is_none())) {
        let names: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
        let message = format!("a Secret of type {} needs the key {}", kind.text(), names.join(" or "));
        out.clash(kind, message, "add it, or use another type");
    }
    let json = ["stringData"].map(|part| root.get(part).get(".dockerconfigjson"));
    for at in json.into_iter().filter(|at| is_given(*at) && !is_open(*at)) {
        if kind.str() == Some("kubernetes.io/dockerconfigjson")
            && serde_json::from_str::<serde_json::Value>(at.text()).is_err()
        {
            out.value(at.key(), "`.dockerconfigjson` must be JSON", "write what `docker login` stores");
        }
    }
    if kind.str() == Some(TOKEN) && !is_given(root.at(&["metadata", "annotations"]).get(ACCOUNT)) {
        let message = format!("a Secret of type {TOKEN} needs the annotation `{ACCOUNT}`");
        out.clash(kind, message, "add it with the name of the account");
    }
}
