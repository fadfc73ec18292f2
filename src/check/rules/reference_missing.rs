use crate::check::cluster::operator_rights;
use crate::check::cluster::references;
use crate::check::cluster::references::CLAIM;
use crate::check::cluster::references::CONFIG_MAP;
use crate::check::cluster::references::Kind;
use crate::check::cluster::references::Reference;
use crate::check::cluster::references::SECRET;
use crate::check::cluster::references::SERVICE_ACCOUNT;
use crate::check::cluster::references::Servers;
use crate::check::cluster::secrets::Made;
use crate::check::cursor::Doc;
use crate::check::facts::Facts;
use crate::check::hop::HopKind;
use crate::check::input::set::Object;
use crate::check::input::set::Set;
use crate::check::input::skip::is_placeholder;
use crate::check::problem::Scope;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use crate::finding::Severity;
use crate::yaml::Node;
use crate::yaml::Value;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::collections::HashSet;
use std::rc::Rc;

pub(crate) static RULE: Rule = Rule {
    id: "reference-missing",
    severity: Severity::Error,
    summary: "something names an object that does not exist, and one that was probably meant does",
    text: "A pod does not start without the ConfigMaps, Secrets, claims and ServiceAccount that it names, unless the reference is \
           `optional`; Jaeger's operator, the OpenTelemetry operator and Consul's chart make such pods. A binding to a role or an \
           account that does not exist grants nothing; an Ingress or a route answers with errors without its Service; an autoscaler \
           without its target and a webhook without its Service do nothing. What is named may live elsewhere, so this is reported \
           only if an object of the same kind is among the files that nothing names: with a similar name, with the keys that are \
           read, or with the same name in another namespace; or one whose name differs by a slip of the pen. In a directory that \
           `render` wrote, where both ends come from one profile, it is an error if pods of a path do not start. The Secrets of ExternalSecrets, of Vault Secrets Operator, of \
           SealedSecrets and of cert-manager count as well.",
    fixes: &[],
    check: Some(check),
};

/// An object that can be named.
struct There<'a> {
    by: Object<'a>,
    name: &'a str,
    /// The keys of a Secret, if known.
    keys: Option<&'a BTreeSet<&'a str>>,
}

/// What can be named, by kind and namespace, and by kind and name.
#[derive(Default)]
struct All<'a> {
    by_namespace: HashMap<(Kind, &'a str), Vec<Rc<There<'a>>>>,
    by_name: HashMap<(Kind, &'a str), Vec<Rc<There<'a>>>>,
}

/// What is named: kind, namespace and name.
type Named<'a> = HashSet<(Kind, &'a str, &'a str)>;

/// Annotations of programs that copy Secrets and ConfigMaps to other namespaces (emberstack/kubernetes-reflector,
/// mittwald/kubernetes-replicator).
const COPIES: [&str; 2] = ["reflector.v1.k8s.emberstack.com/", "replicator.v1.mittwald.de/"];

fn check(facts: &Facts<'_>, out: &mut Sink) {
    let set = facts.mesh.set;
    let there = All::of(set, &facts.mesh.secrets.all);
    if there.by_name.is_empty() {
        return;
    }
    let all = &facts.references;
    let named: Named<'_> = all.iter().map(|one| (one.kind, one.namespace, one.name.text())).collect();
    for one in all {
        let (kind, name) = (one.kind, one.name.text());
        if one.is_loose || name.is_empty() || is_placeholder(name) {
            continue;
        }
        if let Some(help) = meant(set, one, &there, &named, out) {
            let kind = kind.1;
            let message = match one.namespace {
                "" => format!("there is no {kind} `{name}` among the files"),
                _ if one.is_likely => format!("there is no {kind} `{name}` among the files"),
                _ => format!("there is no {kind} `{name}` in this namespace among the files"),
            };
            let effect = stops(facts, one);
            let hit = out.hit(&RULE, one.name, message, help);
            if let Some((hop, scope)) = effect {
                hit.breaks(hop, scope);
            }
        }
    }
}

/// Whose spans do not arrive, because pods do not start without what a reference names. In what `render` wrote, an object that
/// nothing names is there for one that is named and missing, since both come from the same profile; elsewhere, what is named may exist
/// without being among the files.
fn stops(facts: &Facts<'_>, one: &Reference<'_>) -> Option<(HopKind, Scope)> {
    let mesh = &facts.mesh;
    if !mesh.set.is_render || ![SECRET, CONFIG_MAP, SERVICE_ACCOUNT, CLAIM].contains(&one.kind) {
        return None;
    }
    if one.servers != Servers::Nothing {
        return Some((HopKind::Sidecar, Scope::All));
    }
    let Doc::Object(index) = one.name.doc() else { return None };
    let Some(workload) = mesh.workloads.iter().find(|workload| workload.object.index == index) else {
        // The pods of a resource; those that only show traces are not needed.
        let path = one.name.location().path;
        let is_other = ["/spec/query/", "/spec/ingester/", "/spec/agent/"].iter().any(|other| path.starts_with(other));
        let proxies = facts.that_reach(index);
        return (!is_other && !proxies.is_empty()).then_some((HopKind::Receiver, Scope::Proxies(proxies)));
    };
    if let Some(proxy) = mesh.proxy_of(workload) {
        return Some((HopKind::Sidecar, Scope::Proxy(proxy)));
    }
    let operators = operator_rights::all(mesh);
    let made = operators.iter().find(|operator| operator.object.index == index).map(|operator| operator.reads);
    let alone = |reads| operators.iter().filter(|operator| operator.reads == reads).nth(1).is_none();
    let made = made.filter(|reads| alone(*reads)).into_iter().flat_map(|(group, kind)| mesh.set.all(group, kind));
    let makes = made.chain(workload.selected_by.iter().copied());
    let proxies: BTreeSet<usize> = makes.flat_map(|object| facts.that_reach(object.index)).collect();
    (!proxies.is_empty()).then(|| (HopKind::Receiver, Scope::Proxies(proxies.into_iter().collect())))
}

/// What was probably meant by a reference to something that is not among the files.
fn meant(set: &Set<'_>, one: &Reference<'_>, there: &All<'_>, named: &Named<'_>, out: &mut Sink) -> Option<String> {
    let name = one.name.text();
    let same = there.by_name.get(&(one.kind, name)).map_or(&[][..], Vec::as_slice);
    // What has no namespace yet gets one from a tool.
    let open = |namespace: &str| namespace.is_empty() || is_filled_in(namespace);
    let is_it = |object: &Rc<There<'_>>| {
        let own = &*object.by.id.namespace;
        own == one.namespace || open(own) || open(one.namespace)
    };
    if is_filled_in(one.namespace) || same.iter().any(is_it) {
        return None;
    }
    let near = there.by_namespace.get(&(one.kind, one.namespace)).map_or(&[][..], Vec::as_slice);
    let is_free = |object: &&Rc<There<'_>>| !named.contains(&(one.kind, &*object.by.id.namespace, object.name));
    // `web-db` is another object than `web`.
    let is_longer = |other: &str| other.strip_prefix(name).is_some_and(|rest| rest.starts_with('-'));
    let free: Vec<&Rc<There<'_>>> = near.iter().filter(is_free).collect();
    let similar: Vec<&str> = free.iter().map(|object| object.name).filter(|other| !is_longer(other)).collect();
    // One that others name as well counts if it has the key.
    let has = |object: &&Rc<There<'_>>| {
        object.keys.as_ref().is_some_and(|keys| one.keys().next().is_some() && one.keys().all(|key| keys.contains(key)))
    };
    let close = out.closest(name, similar.into_iter());
    let with_key: Vec<&str> = near.iter().filter(has).map(|object| object.name).collect();
    let close = close.or_else(|| out.closest(name, with_key.into_iter()));
    let slip = near.iter().map(|object| object.name).find(|other| is_slip(name, other));
    let close = close.or_else(|| slip.filter(|_| [SECRET, CONFIG_MAP].contains(&one.kind)));
    if let Some(close) = close.or_else(|| only(free.iter().copied().filter(has)).map(|object| object.name)) {
        let in_use = free.iter().any(|object| object.name == close && is_read_elsewhere(set, one.kind, object));
        return (!in_use).then(|| format!("did you mean `{close}`?"));
    }
    let other = only(same.iter().filter(is_free))?;
    let annotations = other.by.at(&["metadata", "annotations"]);
    if annotations.entries().any(|(key, _)| COPIES.iter().any(|prefix| key.starts_with(prefix))) {
        return None;
    }
    let namespace = &other.by.id.namespace;
    // The namespace of a release is a guess outside of a render, which only a slip of the pen confirms.
    let meant = !one.is_likely || set.is_render || out.closest(namespace, std::iter::once(one.namespace)).is_some();
    meant.then(|| format!("`{name}` is in namespace `{namespace}`"))
}

impl<'a> All<'a> {
    fn of(set: &Set<'a>, secrets: &'a [Made<'a>]) -> All<'a> {
        let mut there = All::default();
        for kind in references::KINDS.into_iter().filter(|kind| *kind != SECRET) {
            set.all(kind.0, kind.1).for_each(|by| there.add(kind, There { by, name: &by.id.name, keys: None }));
        }
        for Made { by, name, keys, .. } in secrets {
            there.add(SECRET, There { by: *by, name: name.text(), keys: keys.as_ref() });
        }
        there
    }

    fn add(&mut self, kind: Kind, object: There<'a>) {
        let object = Rc::new(object);
        self.by_namespace.entry((kind, &object.by.id.namespace)).or_default().push(Rc::clone(&object));
        self.by_name.entry((kind, object.name)).or_default().push(object);
    }
}

/// Whether two names differ by one letter that is missing, or by two that changed places, in a word that is long enough not to be
/// another word then. So one of them is a mistake even where others use both.
fn is_slip(one: &str, other: &str) -> bool {
    let words = |name: &'_ str| name.split('-').map(str::to_string).collect::<Vec<_>>();
    let (ones, others) = (words(one), words(other));
    let mut differ = ones.iter().zip(&others).filter(|(one, other)| one != other);
    let (Some((one, other)), None) = (differ.next(), differ.next()) else { return false };
    let are_words = [one, other].iter().all(|word| word.len() > 5 && word.bytes().all(|byte| byte.is_ascii_lowercase()));
    if !are_words || ones.len() != others.len() {
        return false;
    }
    let (short, long) = if one.len() < other.len() { (one, other) } else { (other, one) };
    let same = short.bytes().zip(long.bytes()).take_while(|(a, b)| a == b).count();
    match long.len() - short.len() {
        // Not a plural, or a name that goes on.
        1 => same < short.len() && short[same..] == long[same + 1..],
        0 => {
            let (a, b) = (short.as_bytes(), long.as_bytes());
            same + 1 < a.len() && a[same] == b[same + 1] && a[same + 1] == b[same] && a[same + 2..] == b[same + 2..]
        }
        _ => false,
    }
}

/// The only one.
fn only<T>(mut all: impl Iterator<Item = T>) -> Option<T> {
    all.next().filter(|_| all.next().is_none())
}

/// Whether a tool puts the namespace in, as chainsaw does with `($namespace)`.
fn is_filled_in(namespace: &str) -> bool {
    !namespace.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Whether another object names a Secret or a ConfigMap in a way that is not known here, as custom resources do.
fn is_read_elsewhere(set: &Set<'_>, kind: Kind, object: &There<'_>) -> bool {
    let mut others = set.items.iter().enumerate().filter(|(index, _)| *index != object.by.index);
    [SECRET, CONFIG_MAP].contains(&kind) && others.any(|(_, item)| below_spec(item.node, object.name))
}

/// Whether an object has this word as a text, apart from its metadata.
fn below_spec(node: &Node, word: &str) -> bool {
    let entries = node.as_map().map_or(&[][..], |map| &map.entries);
    entries.iter().any(|entry| *entry.key != *"metadata" && has(&entry.value, word))
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
