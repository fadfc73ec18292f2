//! Secrets in parsed data: in the values of Secrets, under keys, in environment variables, in strings.

use crate::pointer;
use crate::secrecy::Weight;
use crate::secrecy::key::can_be_reference;
use crate::secrecy::key::hides_numbers;
use crate::secrecy::key::holds_headers;
use crate::secrecy::key::holds_tokens;
use crate::secrecy::key::is_name;
use crate::secrecy::key::is_telling;
use crate::secrecy::key::is_value;
use crate::secrecy::key::judge_header;
use crate::secrecy::key::token_of;
use crate::secrecy::reference::is_placeholder;
use crate::secrecy::text;
use crate::secrecy::text::secret_scalar;
use serde_json::Value as Json;
use std::borrow::Cow;
use std::ops::Range;

/// Data that can be searched, either YAML with its positions or JSON.
pub(crate) trait Tree: Sized {
    /// The entries of a map.
    fn entries(&self) -> Option<impl Iterator<Item = (&str, &Self)>>;
    /// The items of a list.
    fn items(&self) -> Option<&[Self]>;
    /// The text, if this is a string.
    fn text(&self) -> Option<&str>;
    /// A string or a number, as text. Nothing else can be secret.
    fn scalar(&self) -> Option<Cow<'_, str>>;
    /// The documents in a string, if it contains maps or lists.
    fn parse(text: &str) -> Vec<Self>;
}

impl Tree for Json {
    fn entries(&self) -> Option<impl Iterator<Item = (&str, &Json)>> {
        self.as_object().map(|map| map.iter().map(|(key, value)| (key.as_str(), value)))
    }

    fn items(&self) -> Option<&[Json]> {
        self.as_array().map(Vec::as_slice)
    }

    fn text(&self) -> Option<&str> {
        self.as_str()
    }

    fn scalar(&self) -> Option<Cow<'_, str>> {
        match self {
            Json::String(text) => Some(Cow::Borrowed(text)),
            Json::Number(number) => Some(Cow::Owned(number.to_string())),
            _ => None,
        }
    }

    fn parse(text: &str) -> Vec<Json> {
        serde_json::from_str(text).into_iter().filter(|json: &Json| json.is_object() || json.is_array()).collect()
    }
}

/// A secret in a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// A JSON pointer to the scalar.
    pub(crate) pointer: String,
    /// The range within its text; `None` for all of it.
    pub(crate) part: Option<Range<usize>>,
    /// How certain that is.
    pub(crate) weight: Weight,
    /// Whether a Secret holds it.
    pub(crate) in_secret: bool,
    /// The text itself.
    pub(crate) value: String,
}

/// How deeply documents may be nested in strings of documents.
const DEPTH: usize = 3;
/// The fields of a Secret that hold no secret values.
const PLAIN: [&str; 6] = ["apiVersion", "kind", "metadata", "type", "immutable", "sops"];

/// Whether a field of a Secret holds values; includes `stringdata`, which the API server would reject.
pub(crate) fn holds_values(field: &str) -> bool {
    !PLAIN.contains(&field)
}

/// Whether a document is a Secret, complete or not.
pub(crate) fn is_secret(node: &impl Tree) -> bool {
    Shape::of(node).secret
}

/// What the keys of a map say about it.
#[derive(Clone, Copy, Default)]
struct Shape<'t> {
    secret: bool,
    /// A SecretList, whose items may omit their kind.
    list: bool,
    /// A reference to a secret: `{secretName: x, secretKey: y}`, `{secret: x, key: y}`.
    reference: bool,
    /// The name that a list item gives to its value: `{name: DB_PASSWORD, value: ...}`, `{key: Authorization, value:
    /// ...}`.
    name: Option<&'t str>,
}

impl<'t> Shape<'t> {
    fn of(node: &'t impl Tree) -> Shape<'t> {
        let mut shape = Shape::default();
        let (mut kind, mut version, mut data, mut secret, mut key) = (None, None, false, false, None);
        for (own, value) in node.entries().into_iter().flatten() {
            match own {
                "kind" => kind = value.text(),
                "apiVersion" => version = value.text(),
                "name" => shape.name = value.text(),
                "data" | "stringData" => data = true,
                "secret" => secret = true,
                "key" => key = Some(value.text()),
                "secretName" | "secretRef" | "secretKeyRef" | "remoteRef" | "existingSecret" | "valueFrom" => {
                    shape.reference = true;
                }
                _ => {}
            }
        }
        shape.reference |= secret && key.is_some();
        if let Some(kind) = kind {
            shape.list = kind == "SecretList";
            shape.secret = kind.eq_ignore_ascii_case("Secret")
                && !version.is_some_and(|version| version.contains('/'))
                // `{kind: Secret, name: web-tls}` is a reference.
                && (shape.name.is_none() || data);
        }
        shape.name = shape.name.or(key.flatten().filter(|key| is_telling(key)));
        shape
    }
}

/// Every secret below `root`, in document order.
pub(crate) fn find<T: Tree>(root: &T) -> Vec<Found> {
    let mut walk = Walk { path: Vec::new(), depth: DEPTH, out: Vec::new() };
    walk.node(root, "", Place::Anywhere);
    walk.out
}

#[derive(Clone, Copy, PartialEq)]
enum Place {
    Anywhere,
    /// In a map that says where its secret comes from, so its keys hold names.
    Reference,
    /// In a map of headers, whose values may be credentials.
    Headers,
    /// In a map of Consul tokens, whose keys give the purpose of each.
    Tokens,
    /// In a map under the key of a password: `passwords: {alice: ...}`, `password: {length: 16}`.
    Below,
    /// In a field of a Secret.
    Secret,
    /// An item of a SecretList, which may omit its kind.
    Item,
}

#[derive(Clone, Copy)]
enum Step<'t> {
    Key(&'t str),
    Item(usize),
}

struct Walk<'t> {
    /// The path to the current node; made into a pointer only when something is found.
    path: Vec<Step<'t>>,
    depth: usize,
    out: Vec<Found>,
}

impl<'t> Walk<'t> {
    /// Whether this is below the schema of a CustomResourceDefinition.
    fn is_in_schema(&self) -> bool {
        self.path.iter().any(|step| matches!(step, Step::Key("openAPIV3Schema")))
    }

    fn node<T: Tree>(&mut self, node: &'t T, key: &'t str, place: Place) {
        if let Some(text) = node.text() {
            self.scalar::<T>(text, key, place);
        } else if let Some(entries) = node.entries() {
            let shape = Shape::of(node);
            let secret = place == Place::Item || shape.secret;
            let inside = match shape.reference {
                _ if place == Place::Headers || holds_headers(key) => Place::Headers,
                true => Place::Reference,
                false if holds_tokens(key) => Place::Tokens,
                false if hides_numbers(key) => Place::Below,
                false => Place::Anywhere,
            };
            for (own, value) in entries {
                // An environment variable, or a header.
                let label = match shape.name {
                    Some(name) if is_value(own) => name,
                    // `password: {value: ...}`
                    None if matches!(own, "value" | "plain" | "plaintext" | "literal") => key,
                    _ if inside == Place::Tokens => token_of(own),
                    _ => own,
                };
                let place = match place {
                    Place::Secret => Place::Secret,
                    _ if secret && holds_values(own) => Place::Secret,
                    // A SealedSecret's `encryptedData` is safe to show.
                    _ if own.starts_with("encrypted") => continue,
                    // The text of a CustomResourceDefinition about a field, which may explain how a token is sent.
                    _ if own == "description" && self.is_in_schema() => continue,
                    _ => inside,
                };
                self.path.push(Step::Key(own));
                match value.items() {
                    Some(items) if shape.list && own == "items" => self.items(items, "", Place::Item),
                    _ => self.node(value, label, place),
                }
                self.path.pop();
            }
        } else if let Some(items) = node.items() {
            self.items(items, key, if place == Place::Secret { place } else { Place::Anywhere });
        } else if (place == Place::Secret || hides_numbers(key))
            && let Some(number) = node.scalar()
        {
            self.scalar::<T>(&number, key, place);
        }
    }

    fn items<T: Tree>(&mut self, items: &'t [T], key: &'t str, place: Place) {
        let mut flag: Option<&str> = None;
        for (index, item) in items.iter().enumerate() {
            self.path.push(Step::Item(index));
            match (flag.take(), item.text()) {
                // `["curl", "-u", "user:hunter2"]`
                (Some("-u" | "--user"), Some(login)) if place != Place::Secret && runs_curl(&items[..index]) => {
                    if let Some((user, password)) = login.split_once(':').filter(|(_, rest)| !is_placeholder(rest)) {
                        let part = user.len() + 1..login.len();
                        self.found(login, Some(part).filter(|_| !password.is_empty()), Weight::Refuse, false);
                    }
                }
                // `["--password", "hunter2"]`
                (flag, _) => self.node(item, flag.filter(|flag| *flag != "-u").unwrap_or(key), place),
            }
            flag = item.text().filter(|text| text.starts_with("--") && !text.contains(['=', ' ']) || *text == "-u");
            self.path.pop();
        }
    }

    fn scalar<T: Tree>(&mut self, text: &str, key: &str, place: Place) {
        if place == Place::Secret {
            if !text.is_empty() {
                let weight = if is_placeholder(text.trim()) { Weight::Hide } else { Weight::Refuse };
                self.found(text, None, weight, true);
            }
            return;
        }
        let weight = match place {
            // People paste the secret where the name of a Secret is expected.
            Place::Reference | Place::Headers
                if matches!(key, "secret" | "key" | "secretName" | "secretKey" | "name" | "namespace") =>
            {
                (!can_be_reference(text)).then_some(Weight::Hide)
            }
            Place::Reference => None,
            Place::Below => secret_scalar(key, text).or_else(|| {
                let named = matches!(key, "name" | "key" | "namespace") || is_name(text) || is_placeholder(text);
                (!named).then_some(Weight::Hide)
            }),
            Place::Headers => secret_scalar(key, text).or_else(|| judge_header(key, text)),
            _ => secret_scalar(key, text),
        };
        if let Some(weight) = weight {
            return self.found(text, None, weight, false);
        }
        let Some(signs) = text::Signs::of(text) else { return };
        // A manifest in a string, such as kubectl's last-applied-configuration.
        if self.depth > 0 && signs.colon && text.contains("Secret") && text.contains("ata") {
            for document in T::parse(text) {
                let mut inner = Walk { path: Vec::new(), depth: self.depth - 1, out: Vec::new() };
                inner.node(&document, "", Place::Anywhere);
                for found in inner.out {
                    // Escapes shift it; then the whole string is hidden.
                    let part = text.find(&found.value).map(|at| at..at + found.value.len());
                    self.out.push(Found { pointer: self.pointer(), part, ..found });
                }
            }
        }
        for part in text::ranges_by(text, signs) {
            self.found(text, Some(part.range), part.weight, false);
        }
    }

    fn found(&mut self, text: &str, part: Option<Range<usize>>, weight: Weight, in_secret: bool) {
        let value = part.clone().map_or(text, |part| &text[part]).to_owned();
        self.out.push(Found { pointer: self.pointer(), part, weight, in_secret, value });
    }

    fn pointer(&self) -> String {
        let mut out = String::new();
        for step in &self.path {
            match step {
                Step::Key(key) => pointer::push(&mut out, key),
                Step::Item(index) => pointer::push(&mut out, &index.to_string()),
            }
        }
        out
    }
}

/// Whether the words are a curl command.
fn runs_curl<T: Tree>(words: &[T]) -> bool {
    words.iter().filter_map(T::text).any(|word| word.rsplit('/').next() == Some("curl"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn found(json: &Json) -> Vec<(String, Weight)> {
        find(json).into_iter().map(|found| (format!("{}={}", found.pointer, found.value), found.weight)).collect()
    }

    #[test]
    fn values_of_secrets_keys_and_variables_are_found() {
        use Weight::Refuse;
        for (json, expected) in [
            (json!({"kind": "Secret", "data": {"a": "aHVudGVy"}}), "/data/a=aHVudGVy"),
            (json!({"kind": "Secret", "stringdata": {"a": "x1"}}), "/stringdata/a=x1"),
            (json!({"kind": "SecretList", "items": [{"metadata": {}, "data": {"a": "eA=="}}]}), "/items/0/data/a=eA=="),
            (json!({"env": [{"name": "DB_PASSWORD", "value": "hunter2"}]}), "/env/0/value=hunter2"),
            (json!({"password": {"value": "hunter2"}}), "/password/value=hunter2"),
            (json!({"password": 12345678}), "/password=12345678"),
            (json!({"password": "***hunter2"}), "/password=***hunter2"),
            (json!({"args": ["--token", "hunter2"]}), "/args/1=hunter2"),
            (json!({"args": ["--es.password=hunter2"]}), "/args/0=hunter2"),
            (json!({"args": ["curl", "-u", "u:hunter2"]}), "/args/2=hunter2"),
            (json!({"args": ["-c", "curl -u u:hunter2 http://h"]}), "/args/1=hunter2"),
            (json!({"args": ["-c", "x --token hunter2 y"]}), "/args/1=hunter2"),
            (json!({"x": [{"key": "Authorization", "value": "hunter2"}]}), "/x/0/value=hunter2"),
            (json!({"env": [{"name": "DB_PASSWORD", "val": "hunter2"}]}), "/env/0/val=hunter2"),
            (json!({"acl": {"tokens": {"agent": "hunter2"}}}), "/acl/tokens/agent=hunter2"),
            (json!({"auths": {"h": {"auth": "dXNlcjpodW50ZXIy"}}}), "/auths/h/auth=dXNlcjpodW50ZXIy"),
            (json!({"x": "Bearer hunter2"}), "/x=hunter2"),
            (json!({"url": "http://u:hunter2@h"}), "/url=hunter2"),
            (json!({"url": "http://u:hun/ter2@h"}), "/url=hun/ter2"),
            (json!({"url": "http://u:hun ter2@h/x"}), "/url=hun ter2"),
            (json!({"url": "http://u%3Ahunter2@h/x"}), "/url=hunter2"),
            (json!({"url": "https://a1b2c3d4e5f6a7b8c9@h/x"}), "/url=a1b2c3d4e5f6a7b8c9"),
            (json!({"x": "{\"kind\": \"Secret\", \"data\": {\"a\": \"aHVudGVy\"}}"}), "/x=aHVudGVy"),
        ] {
            assert_eq!(found(&json), [(expected.to_owned(), Refuse)], "{json}");
        }
    }

    #[test]
    fn secrets_pasted_in_place_of_a_reference_are_hidden() {
        for (json, expected) in [
            (json!({"headers": {"x-a": "a1b2 c"}}), "/headers/x-a=a1b2 c"),
            (json!({"headers": {"x-a": {"secret": "Bearer a1"}}}), "/headers/x-a/secret=Bearer a1"),
            (json!({"headers": {"x-a": {"secret": "s", "key": "k", "value": "a1b"}}}), "/headers/x-a/value=a1b"),
            (json!({"passwords": {"alice": "hunter2"}}), "/passwords/alice=hunter2"),
            (json!({"password": [{"b": "hunter2"}]}), "/password/0/b=hunter2"),
            (json!({"gossip": {"secret": "p=q z1", "key": "key"}}), "/gossip/secret=p=q z1"),
        ] {
            assert_eq!(found(&json), [(expected.to_owned(), Weight::Hide)], "{json}");
        }
    }

    #[test]
    fn references_are_shown() {
        for json in [
            json!({"certificateRefs": [{"kind": "Secret", "name": "web-tls"}]}),
            json!({"gossipEncryption": {"secretName": "gossip", "secretKey": "key1-a"}}),
            json!({"valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}}),
            json!({"kind": "Secret", "metadata": {"name": "x"}}),
            json!({"password": {"name": "db1", "key": "pw1", "length": 16, "policy": "strict"}}),
            json!({"kind": "ExternalSecret", "spec": {"data": [{"secretKey": "pw", "remoteRef": {"key": "x"}}]}}),
            json!({"env": [{"name": "DB_PASSWORD", "value": "$(OTHER)"}]}),
            json!({"headers": {"x-a": {"secret": "name-1", "key": "k1"}, "accept": "*/*"}}),
            json!({"maxTokens": 4096, "token": 3, "automountServiceAccountToken": false}),
            json!({"tokens": {"ttl": "5m", "enabled": true}, "image": {"pullSecret": "rc2"}}),
            json!({"args": ["docker", "-u", "1000:1000"], "x": "http://h:80/a@b", "y": "Bearer token", "z": "a:80,b@c"}),
            json!({"tolerations": [{"key": "dedicated", "operator": "Equal", "value": "gpu"}]}),
            json!({"x": "Give --token or --password to log in", "u": "https://user@host", "i": "https://h/@scope/x"}),
        ] {
            assert_eq!(found(&json), [], "{json}");
        }
    }
}
