//! The Secrets that objects of a set make, with their keys.
//!
//! Sources: external-secrets `apis/externalsecrets/v1/externalsecret_types.go` (`target.name` defaults to the object's name;
//! with the policies `Merge` and `None` no Secret is created), Vault Secrets Operator `api/v1beta1/common.go`
//! (`destination`), sealed-secrets `pkg/apis/sealedsecrets/v1alpha1/types.go` (a Secret of the template's name, in the
//! namespace of the object), cert-manager `pkg/apis/certmanager/v1/types_certificate.go` (`secretName`).

use crate::check::cursor::Cursor;
use crate::check::input::set::Object;
use crate::check::input::set::Set;
use crate::check::input::skip::is_placeholder;
use crate::source::Span;
use crate::stack::kube;
use crate::yaml::Node;
use std::collections::BTreeSet;
use std::collections::HashMap;

/// The API groups of external-secrets, of Vault Secrets Operator, of sealed-secrets and of cert-manager.
const EXTERNAL_SECRETS: &str = "external-secrets.io";
const VAULT: &str = "secrets.hashicorp.com";
const SEALED: &str = "bitnami.com";
const CERT_MANAGER: &str = "cert-manager.io";

/// A Secret that exists once the set is applied.
pub(crate) struct Made<'a> {
    /// The object that it comes from: the Secret itself, an ExternalSecret and the like.
    pub(crate) by: Object<'a>,
    /// Where its name is.
    pub(crate) name: Cursor<'a>,
    /// Its keys; `None` if the files do not say all of them.
    pub(crate) keys: Option<BTreeSet<&'a str>>,
    /// Whether something outside the files adds keys, although these are all that they list.
    is_open: bool,
}

/// The Secrets of a set.
pub(crate) struct Secrets<'a> {
    pub(crate) all: Vec<Made<'a>>,
    by_name: HashMap<&'a str, Vec<usize>>,
}

impl<'a> Secrets<'a> {
    pub(crate) fn of(set: &Set<'a>) -> Secrets<'a> {
        let all = made(set);
        let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
        for (index, one) in all.iter().enumerate() {
            by_name.entry(one.name.text()).or_default().push(index);
        }
        Secrets { all, by_name }
    }

    /// The only object that makes this Secret; `None` also if several may make it together. Without a namespace, it may be in
    /// any.
    pub(crate) fn one(&self, namespace: Option<&str>, name: &str) -> Option<&Made<'a>> {
        let same = self.by_name.get(name)?.iter().map(|index| &self.all[*index]);
        let mut same = same.filter(|made| namespace.is_none_or(|namespace| made.namespace() == namespace));
        same.next().filter(|_| same.next().is_none())
    }
}

/// Annotations of programs that fill a Secret from another one (emberstack/kubernetes-reflector,
/// mittwald/kubernetes-replicator), or let a SealedSecret add to it (sealed-secrets).
const FILLED: [&str; 4] = [
    "reflector.v1.k8s.emberstack.com/reflects",
    "replicator.v1.mittwald.de/replicate-from",
    "sealedsecrets.bitnami.com/patch",
    "sealedsecrets.bitnami.com/managed",
];

impl<'a> Made<'a> {
    /// Its namespace.
    pub(crate) fn namespace(&self) -> &'a str {
        &self.by.id.namespace
    }

    /// What messages call it.
    pub(crate) fn words(&self) -> String {
        let name = self.name.text();
        match &*self.by.id.kind {
            "Secret" => format!("the Secret `{name}`"),
            kind => format!("the Secret `{name}`, which {kind} `{}` makes,", self.by.id.name),
        }
    }

    /// Whether the Secret certainly lacks this key.
    pub(crate) fn lacks(&self, key: Cursor<'_>) -> bool {
        !self.is_open && self.keys.as_ref().is_some_and(|keys| lacks(keys, key))
    }
}

/// Whether a key is none of these.
pub(crate) fn lacks(keys: &BTreeSet<&str>, key: Cursor<'_>) -> bool {
    key.str().is_some_and(|key| !key.is_empty() && !is_placeholder(key) && !keys.contains(key))
}

fn is_filled(object: Object<'_>) -> bool {
    [&["metadata", "annotations"][..], &["spec", "template", "metadata", "annotations"]]
        .iter()
        .any(|path| FILLED.iter().any(|key| object.at(path).get(key).exists()))
}

/// All of them.
fn made<'a>(set: &Set<'a>) -> Vec<Made<'a>> {
    let mut all: Vec<Made<'a>> = set.all(kube::CORE, "Secret").map(plain).collect();
    all.extend(set.all(EXTERNAL_SECRETS, "ExternalSecret").filter_map(external));
    for kind in ["VaultStaticSecret", "VaultDynamicSecret", "VaultPKISecret", "HCPVaultSecretsApp"] {
        all.extend(set.all(VAULT, kind).filter_map(vault));
    }
    all.extend(set.all(SEALED, "SealedSecret").map(sealed));
    all.extend(set.all(CERT_MANAGER, "Certificate").filter_map(certificate));
    all
}

fn names(map: Cursor<'_>) -> impl Iterator<Item = &str> {
    map.entries().map(|(key, _)| key)
}

/// Whether a kustomization may add keys to an object that it generates: those of others have a place.
pub(crate) fn may_get_keys(object: Object<'_>) -> bool {
    let is_nowhere = |node: &Node| node.span == Span::NONE;
    is_nowhere(object.node) && object.root().get("data").node().is_none_or(is_nowhere)
}

/// A Secret without values is there for something that fills it, as is one with the type of a token. One that a kustomization
/// generates may get more keys there, as does one with a key that a template fills in.
fn plain(object: Object<'_>) -> Made<'_> {
    let keys: BTreeSet<&str> = ["data", "stringData"].iter().flat_map(|key| names(object.root().get(key))).collect();
    let is_open = may_get_keys(object)
        || object.at(&["type"]).str().is_some_and(|text| text == "kubernetes.io/service-account-token")
        || keys.iter().any(|key| is_placeholder(key));
    let keys = Some(keys).filter(|keys| !keys.is_empty() && !is_open);
    Made { by: object, name: object.name(), keys, is_open: is_filled(object) }
}

fn external(object: Object<'_>) -> Option<Made<'_>> {
    let (spec, target) = (object.spec(), object.spec().get("target"));
    if matches!(target.get("creationPolicy").text(), "Merge" | "None") {
        return None;
    }
    let named = target.get("name");
    let listed: BTreeSet<&str> = spec.get("data").items().map(|entry| entry.get("secretKey").text()).collect();
    let open = spec.get("dataFrom").exists() || target.get("template").exists() || listed.is_empty();
    // An orphan may have been there before, with keys of its own.
    let is_open = target.get("creationPolicy").text() == "Orphan";
    let name = if named.exists() { named } else { object.name() };
    Some(Made { by: object, name, keys: (!open).then_some(listed), is_open })
}

/// Without `excludeRaw` and `excludes`, what is in Vault decides the keys.
fn vault(object: Object<'_>) -> Option<Made<'_>> {
    let destination = object.spec().get("destination");
    if destination.get("create").bool() == Some(false) {
        return None;
    }
    let how = destination.get("transformation");
    let nothing_else = how.get("excludes").items().any(|pattern| pattern.text() == ".*");
    let closed = nothing_else && how.get("excludeRaw").bool() == Some(true) && !how.get("transformationRefs").exists();
    let keys: BTreeSet<&str> = names(how.get("templates")).collect();
    let name = destination.get("name");
    name.exists().then(|| Made { by: object, name, keys: closed.then_some(keys), is_open: false })
}

fn sealed(object: Object<'_>) -> Made<'_> {
    let template = object.spec().get("template");
    let named = template.at(&["metadata", "name"]);
    let keys: BTreeSet<&str> = names(object.spec().get("encryptedData")).chain(names(template.get("data"))).collect();
    Made {
        by: object,
        name: if named.exists() { named } else { object.name() },
        keys: Some(keys).filter(|keys| !keys.is_empty()),
        is_open: is_filled(object),
    }
}

fn certificate(object: Object<'_>) -> Option<Made<'_>> {
    let spec = object.spec();
    let more = ["keystores", "additionalOutputFormats"].iter().any(|key| spec.get(key).exists());
    let name = spec.get("secretName");
    let keys = BTreeSet::from(["tls.crt", "tls.key", "ca.crt"]);
    name.exists().then(|| Made { by: object, name, keys: (!more).then_some(keys), is_open: false })
}
