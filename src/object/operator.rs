//! The manifest of an operator, as it was released, moved to another namespace.
//!
//! In: the text, and where the operator is to run. Out: the text in which just that changed, and what changed, one line
//! each. Release manifests name their namespace in many places (jaeger-operator 1.37 and 1.65 `config/default`, and the
//! OpenTelemetry operator 0.158 likewise): `metadata.namespace`, subjects, DNS names of certificates, the Services of
//! webhooks and of conversions, `cert-manager.io/inject-ca-from`.

use crate::edit;
use crate::edit::Plan;
use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::ids;
use crate::source::Sources;
use crate::stack::image;
use crate::yaml;
use crate::yaml::Map;
use crate::yaml::Node;
use crate::yaml::Value;

/// Where an operator is to run, and what it may do.
#[derive(Clone, Debug, Default)]
pub struct Relocation {
    /// The name of its image without registry and tag, by which its Deployment is found.
    pub operator: String,
    /// The namespace to move it to.
    pub namespace: String,
    /// The only namespaces that it is to watch, sorted; empty for all.
    pub watch: Vec<String>,
    /// What replaces images, by their names without registry and tag.
    pub images: Vec<(String, String)>,
    /// The registry that holds all images; empty to leave them where they are.
    pub registry: String,
    /// The Secret with which to pull images; empty for none.
    pub pull_secret: String,
}

/// The variable with the namespaces that jaeger-operator watches (1.40 `pkg/cmd/start/bootstrap.go`).
const WATCH: &str = "WATCH_NAMESPACE";
/// The kind that grants a ClusterRole everywhere.
const CLUSTER_BINDING: &str = "ClusterRoleBinding";
/// The ClusterRoles that an operator needs everywhere: its proxy asks the API server who a caller is, which is not in any
/// namespace.
const EVERYWHERE: [&str; 2] = ["proxy-role", "opentelemetry-operator-proxy-role"];

/// Moves an operator. `name` is the file's name in messages. `None` if something is wrong, which is in `found`.
pub fn relocate(name: &str, text: &str, wanted: &Relocation, found: &mut Findings) -> Option<(String, Vec<String>)> {
    let mut sources = Sources::default();
    let source = sources.add(name, text);
    let before = found.errors();
    let documents = yaml::read(&sources, source, found);
    if found.errors() > before {
        return None;
    }
    let Some(old) = documents.iter().find_map(|document| home(&document.node, &wanted.operator)) else {
        let message = format!("`{name}` has no Deployment with the image `{}`", wanted.operator);
        let help = "use the manifest of the operator's release, which contains its Deployment, roles and webhooks";
        found.push(Finding::error(ids::OPERATOR_MANIFEST, message).help(help));
        return None;
    };
    let mut moved = Moved { wanted, old: &old, lines: Vec::new() };
    let mut plans = Vec::new();
    let mut more = String::new();
    for (number, document) in documents.iter().enumerate() {
        let mut new = document.node.clone();
        moved.document(&mut new);
        if let Some(further) = moved.narrow(&mut new) {
            more.push_str(&further);
        }
        let plan = Plan::between(&document.node, &new);
        if !plan.is_empty() {
            plans.push((number, plan));
        }
    }
    let lines = moved.lines;
    match edit::apply(&sources, source, &documents, &plans) {
        Ok(mut changed) => {
            if !more.is_empty() && !changed.ends_with('\n') {
                changed.push('\n');
            }
            changed.push_str(&more);
            Some((changed, lines))
        }
        Err(refused) => {
            let message = format!("`{name}` cannot be changed in place: {}", refused.why);
            let place = sources.place(refused.span);
            found.push(
                Finding::error(ids::OPERATOR_MANIFEST, message)
                    .at(place)
                    .help("use the unchanged manifest of a release"),
            );
            None
        }
    }
}

/// The namespace of the operator's own Deployment.
fn home(node: &Node, operator: &str) -> Option<String> {
    if text(node, &["kind"]) != Some("Deployment") {
        return None;
    }
    let containers = node.path(&["spec", "template", "spec", "containers"])?.as_list()?;
    let is_it = |container: &Node| {
        container.get("image").and_then(Node::as_str).is_some_and(|image| name_of(image) == operator)
    };
    containers.iter().any(is_it).then(|| text(node, &["metadata", "namespace"]).unwrap_or("default").to_owned())
}

/// `quay.io/a/b:1@sha256:...` is `b`.
fn name_of(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or(image);
    let last = image.rsplit('/').next().unwrap_or(image);
    last.split(':').next().unwrap_or(last)
}

fn text<'a>(node: &'a Node, path: &[&str]) -> Option<&'a str> {
    node.path(path)?.as_str()
}

struct Moved<'a> {
    wanted: &'a Relocation,
    /// The namespace in the manifest.
    old: &'a str,
    lines: Vec<String>,
}

impl Moved<'_> {
    fn document(&mut self, node: &mut Node) {
        let kind = text(node, &["kind"]).unwrap_or_default().to_owned();
        let label = format!("{kind} {}", text(node, &["metadata", "name"]).unwrap_or_default());
        if kind == "Namespace" && text(node, &["metadata", "name"]) == Some(self.old) && self.moves() {
            self.set(node, &["metadata", "name"], &self.wanted.namespace, &label);
        }
        self.walk(node, "", "", &label);
        if kind == "Deployment" && home(node, &self.wanted.operator).is_some() {
            self.watch(node, &label);
        }
        self.pull(node, &label);
    }

    fn moves(&self) -> bool {
        self.old != self.wanted.namespace
    }

    /// Replaces the namespace and the images in a value and everything below. `key`: the key that holds it.
    fn walk(&mut self, node: &mut Node, key: &str, pointer: &str, label: &str) {
        match &mut node.value {
            // Descriptions of fields name nothing that exists.
            Value::Map(_) if key == "openAPIV3Schema" => {}
            Value::Map(map) => {
                for entry in &mut map.entries {
                    let below = format!("{pointer}/{}", entry.key);
                    self.walk(&mut entry.value, &entry.key, &below, label);
                }
            }
            Value::List(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    self.walk(item, key, &format!("{pointer}/{index}"), label);
                }
            }
            Value::String(old) => {
                if let Some(new) = self.replaced(key, old) {
                    self.lines.push(format!("{label} {pointer}: {old} -> {new}"));
                    *node = Node::string(&new);
                }
            }
            _ => {}
        }
    }

    fn replaced(&self, key: &str, value: &str) -> Option<String> {
        let (old, new) = (self.old, &*self.wanted.namespace);
        if key == "image" {
            let image = self.image(value);
            return (image != value).then_some(image);
        }
        if !self.moves() {
            return None;
        }
        if matches!(key, "namespace" | "matchNames") && value == old {
            return Some(new.to_owned());
        }
        if key.starts_with("cert-manager.io/inject-ca-from") {
            return value.strip_prefix(old)?.strip_prefix('/').map(|name| format!("{new}/{name}"));
        }
        let address = format!(".{old}.svc");
        let ends = |rest: &str| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '-');
        let at = value.find(&address)?;
        ends(&value[at + address.len()..])
            .then(|| format!("{}.{new}.svc{}", &value[..at], &value[at + address.len()..]))
    }

    fn image(&self, image: &str) -> String {
        let known = self.wanted.images.iter().find(|(name, _)| name_of(image) == name);
        let image = known.map_or(image, |(_, new)| new);
        match &*self.wanted.registry {
            "" => image.to_owned(),
            registry => image::in_registry(image, registry),
        }
    }

    /// Names the namespaces to watch, instead of the annotation of a lifecycle manager that is not there.
    fn watch(&mut self, deployment: &mut Node, label: &str) {
        if self.wanted.watch.is_empty() {
            return;
        }
        let list = self.wanted.watch.join(",");
        let operator = self.wanted.operator.clone();
        let Some(containers) = at_mut(deployment, &["spec", "template", "spec", "containers"]) else { return };
        let Value::List(containers) = &mut containers.value else { return };
        let own = containers
            .iter_mut()
            .find(|one| one.get("image").and_then(Node::as_str).is_some_and(|image| name_of(image) == operator));
        let variables = own.and_then(|container| at_mut(container, &["env"]));
        let Some(Node { value: Value::List(variables), .. }) = variables else { return };
        let variable = map(&[("name", WATCH), ("value", &list)]);
        match variables.iter_mut().find(|one| text(one, &["name"]) == Some(WATCH)) {
            Some(old) => *old = variable,
            None => variables.push(variable),
        }
        self.lines.push(format!("{label}: {WATCH} is {list}"));
    }

    fn pull(&mut self, node: &mut Node, label: &str) {
        if self.wanted.pull_secret.is_empty() {
            return;
        }
        let Some(Node { value: Value::Map(pod), .. }) = at_mut(node, &["spec", "template", "spec"]) else { return };
        let secret = map(&[("name", &self.wanted.pull_secret)]);
        pod.set("imagePullSecrets", Node::new(Value::List(vec![secret])));
        self.lines.push(format!("{label}: images are pulled with the Secret {}", self.wanted.pull_secret));
    }

    /// Makes of a binding for the whole cluster one for the first namespace to watch. Returns those for the others.
    fn narrow(&mut self, node: &mut Node) -> Option<String> {
        let role = text(node, &["roleRef", "name"])?.to_owned();
        let (first, others) = self.wanted.watch.split_first()?;
        if text(node, &["kind"]) != Some(CLUSTER_BINDING) || EVERYWHERE.contains(&&*role) {
            return None;
        }
        let label = format!("{CLUSTER_BINDING} {}", text(node, &["metadata", "name"]).unwrap_or_default());
        self.lines.push(format!("{label}: a RoleBinding in {}", self.wanted.watch.join(", ")));
        let root = as_map_mut(node)?;
        root.set("kind", Node::string("RoleBinding"));
        as_map_mut(root.get_mut("metadata")?)?.set("namespace", Node::string(first));
        let mut more = String::new();
        for namespace in others {
            let mut other = node.clone();
            as_map_mut(as_map_mut(&mut other)?.get_mut("metadata")?)?.set("namespace", Node::string(namespace));
            more.push_str("---\n");
            yaml::write(&other, &mut more);
        }
        Some(more)
    }

    fn set(&mut self, node: &mut Node, path: &[&str], value: &str, label: &str) {
        if let Some(target) = at_mut(node, path) {
            *target = Node::string(value);
            self.lines.push(format!("{label} /{}: {value}", path.join("/")));
        }
    }
}

fn as_map_mut(node: &mut Node) -> Option<&mut Map> {
    match &mut node.value {
        Value::Map(map) => Some(map),
        _ => None,
    }
}

fn at_mut<'n>(node: &'n mut Node, path: &[&str]) -> Option<&'n mut Node> {
    path.iter().try_fold(node, |node, key| as_map_mut(node)?.get_mut(key))
}

fn map(pairs: &[(&str, &str)]) -> Node {
    let mut map = Map::default();
    pairs.iter().for_each(|(key, value)| map.set(key, Node::string(value)));
    Node::new(Value::Map(map))
}

#[cfg(test)]
mod tests;
