use crate::check::cluster::references;
use crate::check::cluster::references::Reference;
use crate::check::cluster::secrets;
use crate::check::cluster::secrets::Made;
use crate::check::cursor::Cursor;
use crate::check::cursor::Location;
use crate::check::facts::Facts;
use crate::check::input::set::Object;
use crate::check::input::set::Set;
use crate::check::input::skip::is_placeholder;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::stack::kube;
use crate::yaml::Node;
use crate::yaml::Value;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::collections::HashSet;
use std::rc::Rc;

pub(crate) static RULE: Rule = Rule {
    id: "reference-missing",
    severity: Severity::Warning,
    summary: "something names an object that does not exist, and one that was probably meant does",
    text: "A pod does not start without the ConfigMaps, Secrets, claims and ServiceAccount that it names, unless the reference is \
           `optional`; Jaeger's operator, the OpenTelemetry operator and Consul's chart make such pods. A binding to a role or an \
           account that does not exist grants nothing. What is named may live elsewhere, so this is reported only if an object of \
           the same kind is among the files that nothing names: with a similar name, with the keys that are read, or with the same \
           name in another namespace. The Secrets of ExternalSecrets, of Vault Secrets Operator, of SealedSecrets and of \
           cert-manager count as well.",
    fixes: &[],
    check: Some(check),
};

/// An object that can be named.
struct There<'a> {
    by: Object<'a>,
    name: &'a str,
    /// The keys of a Secret, if known.
    keys: Option<BTreeSet<&'a str>>,
}

/// Annotations of programs that copy Secrets and ConfigMaps to other namespaces (emberstack/kubernetes-reflector,
/// mittwald/kubernetes-replicator).
const COPIES: [&str; 2] = ["reflector.v1.k8s.emberstack.com/", "replicator.v1.mittwald.de/"];

/// What can be named, by kind and namespace, and by kind and name.
#[derive(Default)]
struct All<'a> {
    by_namespace: HashMap<(&'static str, &'a str), Vec<Rc<There<'a>>>>,
    by_name: HashMap<(&'static str, &'a str), Vec<Rc<There<'a>>>>,
}

/// What is named: kind, namespace and name.
type Named<'a> = HashSet<(&'static str, &'a str, &'a str)>;

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let there = All::of(facts.mesh.set);
    if there.by_name.is_empty() {
        return;
    }
    let all = references::all(&facts.mesh);
    let named: Named<'_> = all.iter().map(|one| (one.kind, &*one.namespace, one.name.text())).collect();
    let mut told: HashSet<Location> = HashSet::new();
    for one in all.iter().filter(|one| !one.optional && !one.name.text().is_empty() && !is_placeholder(one.name.text())) {
        let Some(help) = meant(facts.mesh.set, one, &there, &named, out) else { continue };
        let (kind, name, namespace) = (one.kind, one.name.text(), &one.namespace);
        if told.insert(one.name.location()) {
            let message = match one.likely {
                true => format!("there is no {kind} `{name}` among the files"),
                false => format!("there is no {kind} `{name}` in namespace `{namespace}` among the files"),
            };
            out.hit(&RULE, one.name, message, help);
        }
    }
}

/// What was probably meant by a reference to something that is not among the files.
fn meant(set: &Set<'_>, one: &Reference<'_>, there: &All<'_>, named: &Named<'_>, out: &mut Sink) -> Option<String> {
    let name = one.name.text();
    let same = there.by_name.get(&(one.kind, name)).map_or(&[][..], Vec::as_slice);
    // What has no namespace yet gets one from a tool.
    let open = |namespace: &str| namespace.is_empty() || is_filled_in(namespace);
    let is_it = |object: &Rc<There<'_>>| {
        let (own, namespace) = (&*object.by.id.namespace, &*one.namespace);
        own == namespace || open(own) || open(namespace)
    };
    if is_filled_in(&one.namespace) || same.iter().any(is_it) {
        return None;
    }
    let near = there.by_namespace.get(&(one.kind, &*one.namespace)).map_or(&[][..], Vec::as_slice);
    let is_free = |object: &&Rc<There<'_>>| !named.contains(&(one.kind, &*object.by.id.namespace, object.name));
    let free: Vec<&Rc<There<'_>>> = near.iter().filter(is_free).collect();
    let close = out.closest(name, free.iter().map(|object| object.name));
    // One that others name as well counts if it has the key.
    let key = one.key.and_then(Cursor::str);
    let has = |object: &&Rc<There<'_>>| key.is_some_and(|key| object.keys.as_ref().is_some_and(|keys| keys.contains(key)));
    let with_key: Vec<&str> = near.iter().filter(has).map(|object| object.name).collect();
    let close = close.or_else(|| out.closest(name, with_key.into_iter()));
    if let Some(close) = close.or_else(|| with_keys(one, &free)) {
        let in_use = free.iter().any(|object| object.name == close && is_read_elsewhere(set, object));
        return (!in_use).then(|| format!("did you mean `{close}`?"));
    }
    let mut same = same.iter().filter(is_free);
    let other = same.next().filter(|_| same.next().is_none())?;
    let annotations = other.by.at(&["metadata", "annotations"]);
    if annotations.entries().any(|(key, _)| COPIES.iter().any(|prefix| key.starts_with(prefix))) {
        return None;
    }
    let namespace = &other.by.id.namespace;
    // The namespace of a release is a guess, which only a slip of the pen confirms.
    let meant = !one.likely || out.closest(namespace, std::iter::once(&*one.namespace)).is_some();
    meant.then(|| format!("`{name}` is in namespace `{namespace}`"))
}

impl<'a> All<'a> {
    fn of(set: &Set<'a>) -> All<'a> {
        let mut there = All::default();
        let groups = [
            (kube::CORE, "ConfigMap"),
            (kube::CORE, "PersistentVolumeClaim"),
            (kube::CORE, "ServiceAccount"),
            (kube::RBAC, "Role"),
        ];
        for (group, kind) in groups {
            set.all(group, kind).for_each(|by| there.add(kind, There { by, name: &by.id.name, keys: None }));
        }
        for Made { by, name, keys } in secrets::made(set) {
            there.add("Secret", There { by, name: name.text(), keys });
        }
        there
    }

    fn add(&mut self, kind: &'static str, object: There<'a>) {
        let object = Rc::new(object);
        self.by_namespace.entry((kind, &object.by.id.namespace)).or_default().push(Rc::clone(&object));
        self.by_name.entry((kind, object.name)).or_default().push(object);
    }
}

/// Whether a tool puts the namespace in, as chainsaw does with `($namespace)`.
fn is_filled_in(namespace: &str) -> bool {
    !namespace.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Whether another object names a Secret or a ConfigMap in a way that is not known here: Gateways, Ingresses and custom
/// resources do.
fn is_read_elsewhere(set: &Set<'_>, object: &There<'_>) -> bool {
    if !matches!(&*object.by.id.kind, "ServiceAccount" | "Role" | "PersistentVolumeClaim") {
        let mut others = set.items.iter().enumerate().filter(|(index, _)| *index != object.by.index);
        return others.any(|(_, item)| below(item.node, "metadata").any(|node| has(node, object.name)));
    }
    false
}

/// The values of a map except under one key.
fn below<'n>(node: &'n Node, except: &'n str) -> impl Iterator<Item = &'n Node> {
    let entries = node.as_map().map_or(&[][..], |map| &map.entries);
    entries.iter().filter(move |entry| *entry.key != *except).map(|entry| &entry.value)
}

/// Whether a text below is just this word.
fn has(node: &Node, word: &str) -> bool {
    match &node.value {
        Value::String(text) => **text == *word,
        Value::List(items) => items.iter().any(|item| has(item, word)),
        Value::Map(map) => map.entries.iter().any(|entry| has(&entry.value, word)),
        _ => false,
    }
}

/// The only Secret that has all the keys that are read.
fn with_keys<'a>(one: &Reference<'_>, free: &[&Rc<There<'a>>]) -> Option<&'a str> {
    let key = one.key.and_then(Cursor::str);
    let wanted: Vec<&str> = one.reads.iter().copied().chain(key).collect();
    let mut fits = free.iter().filter(|object| {
        object.keys.as_ref().is_some_and(|keys| !wanted.is_empty() && wanted.iter().all(|key| keys.contains(key)))
    });
    fits.next().filter(|_| fits.next().is_none()).map(|object| object.name)
}
