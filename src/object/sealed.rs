//! Secrets that SOPS encrypted, below `files/`: they must be there, and be encrypted. Nothing is decrypted.
//!
//! In: the bytes of `files/`, and the Secrets that the profile says are encrypted. Out: findings. Source: SOPS 3.9
//! `README.rst` and `stores/stores.go`: an encrypted file has the key `sops` with a message authentication code, and each
//! encrypted value is a string `ENC[AES256_GCM,data:...]`.

use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::ids;
use crate::model::Wanted;
use crate::model::settings::SecretMode;
use crate::object::is_manifest;
use crate::object::unwrap_list;
use crate::source::Sources;
use crate::yaml;
use crate::yaml::Node;
use std::collections::BTreeMap;

/// The beginning of an encrypted value.
pub(crate) const SEALED: &str = "ENC[";

/// What SOPS adds to a document that it encrypts, in which it then allows no change: its message authentication code covers
/// all values, also those in plain text (SOPS 3.9 `README.rst`).
pub(crate) fn sops(node: &Node) -> Option<&Node> {
    node.get("sops").filter(|sops| sops.as_map().is_some())
}

/// Reports each of `wanted` that SOPS is to encrypt and that is missing or not encrypted, and each value in a file of SOPS
/// that is not. Values are never shown.
pub fn check(verbatim: &BTreeMap<String, Vec<u8>>, wanted: &[Wanted], found: &mut Findings) {
    let mut there: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for (path, bytes) in verbatim.iter().filter(|(path, _)| is_manifest(path)) {
        let Ok(text) = std::str::from_utf8(bytes) else { continue };
        if text.contains("sops") {
            file(&format!("files/{path}"), text, &mut there, found);
        }
    }
    for one in wanted.iter().filter(|one| one.mode == SecretMode::Sops) {
        let keys = there.get(&(one.namespace.clone(), one.name.clone()));
        let what = format!("the Secret `{}` in the namespace `{}`", one.name, one.namespace);
        let help = "encrypt it with `sops --encrypt --encrypted-regex '^(data|stringData)$'`, so that its name stays readable, and put the result below `files/`";
        let Some(keys) = keys else {
            let message = format!("no file below `files/` has {what}, encrypted by SOPS");
            found.push(Finding::error(ids::SECRET_SEALED, message).at(one.place.clone()).help(help));
            continue;
        };
        for entry in one.entries.iter().filter(|entry| !keys.contains(&entry.key)) {
            let message = format!("{what} has no key `{}`", entry.key);
            found.push(Finding::error(ids::SECRET_SEALED, message).at(one.place.clone()).help(help));
        }
    }
}

fn file(name: &str, text: &str, there: &mut BTreeMap<(String, String), Vec<String>>, found: &mut Findings) {
    let mut sources = Sources::default();
    let source = sources.add(name, text);
    for document in yaml::read(&sources, source, &mut Findings::default()) {
        for node in unwrap_list(document.node) {
            let Some(sops) = sops(&node) else { continue };
            let place = sources.place(sops.span).map(crate::source::Place::without_values);
            if sops.get("mac").and_then(Node::as_str).is_none_or(|mac| !mac.starts_with(SEALED)) {
                let message =
                    format!("`{name}` has the key `sops`, but no message authentication code: it is not encrypted");
                let help = "encrypt it with `sops --encrypt`";
                found.push(Finding::error(ids::SECRET_SEALED, message).at(place).help(help));
                continue;
            }
            let mut keys = Vec::new();
            for entry in
                ["data", "stringData"].iter().filter_map(|key| node.get(key)?.as_map()).flat_map(|map| &map.entries)
            {
                if !entry.value.as_str().is_some_and(|value| value.starts_with(SEALED)) {
                    let message =
                        format!("`{}` in `{name}` is not encrypted, although SOPS encrypted the file", entry.key);
                    let place = sources.place(entry.key_span).map(crate::source::Place::without_values);
                    let help = "encrypt the file again, with an --encrypted-regex that includes data and stringData";
                    found.push(Finding::error(ids::SECRET_SEALED, message).at(place).help(help));
                }
                keys.push(entry.key.to_string());
            }
            let word = |path: &[&str]| node.path(path).and_then(Node::as_str).unwrap_or_default().to_owned();
            if word(&["kind"]) == "Secret" {
                there.insert((word(&["metadata", "namespace"]), word(&["metadata", "name"])), keys);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Wanted;

    fn wanted() -> Vec<Wanted> {
        let entry = crate::model::Entry { key: "key".into(), path: String::new(), property: String::new() };
        vec![Wanted {
            name: "gossip".into(),
            namespace: "consul".into(),
            mode: SecretMode::Sops,
            what: "the gossip key",
            entries: vec![entry],
            place: None,
        }]
    }

    fn problems(text: &str) -> Vec<String> {
        let files = BTreeMap::from([("15-operators/gossip.yaml".to_owned(), text.as_bytes().to_vec())]);
        let mut found = Findings::default();
        check(&files, &wanted(), &mut found);
        found.iter().map(|finding| finding.message.clone()).collect()
    }

    const SEALED_FILE: &str = "apiVersion: v1
kind: Secret
metadata: {name: gossip, namespace: consul}
stringData:
    key: ENC[AES256_GCM,data:c2VjcmV0,iv:aXY=,tag:dGFn,type:str]
sops:
    mac: ENC[AES256_GCM,data:bWFj,iv:aXY=,tag:dGFn,type:str]
    version: 3.9.0
";

    #[test]
    fn an_encrypted_secret_is_enough() {
        assert_eq!(problems(SEALED_FILE), Vec::<String>::new());
    }

    #[test]
    fn a_missing_or_readable_secret_is_reported_without_its_value() {
        assert_eq!(problems("").len(), 1);
        let open = SEALED_FILE.replace("ENC[AES256_GCM,data:c2VjcmV0,iv:aXY=,tag:dGFn,type:str]", "hunter2hunter2");
        assert_eq!(
            problems(&open),
            ["`key` in `files/15-operators/gossip.yaml` is not encrypted, although SOPS encrypted the file"]
        );
        let never = SEALED_FILE.replace("    mac: ENC[AES256_GCM,data:bWFj,iv:aXY=,tag:dGFn,type:str]\n", "");
        assert_eq!(problems(&never).len(), 2);
        let other = SEALED_FILE.replace("    key:", "    other:");
        assert_eq!(problems(&other), ["the Secret `gossip` in the namespace `consul` has no key `key`"]);
    }
}
