//! What a kustomization changes in all its objects: namespace, names, labels, annotations, images.
//!
//! The affected fields are listed in kustomize's `api/internal/konfig/builtinpluginconsts` and `api/filters/namespace`
//! (0.21.2).

use crate::check::input::listed::Listed;
use crate::object::Id;
use crate::stack::kube;
use crate::yaml::Map;
use crate::yaml::Node;
use crate::yaml::Value;
use std::collections::HashMap;
use std::collections::HashSet;

/// Cluster-scoped kinds in the groups that kustomize knows.
const CLUSTER_SCOPED: [&str; 19] = [
    "APIService",
    "CSIDriver",
    "CSINode",
    "CertificateSigningRequest",
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "IngressClass",
    "MutatingWebhookConfiguration",
    "Namespace",
    "Node",
    "PersistentVolume",
    "PriorityClass",
    "RuntimeClass",
    "StorageClass",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "ValidatingWebhookConfiguration",
    "VolumeAttachment",
];

/// Kinds that get no prefix or suffix (`PrefixTransformer.go`).
const UNPREFIXED: [&str; 3] = ["CustomResourceDefinition", "APIService", "Namespace"];

/// The changes that one kustomization makes to all its objects.
struct Changes<'a> {
    namespace: Option<&'a Node>,
    prefix: &'a str,
    suffix: &'a str,
    /// Labels, and whether they are also set on selectors and on pods.
    labels: Vec<(&'a Map, bool, bool)>,
    annotations: Option<&'a Map>,
    images: &'a [Node],
    replicas: &'a [Node],
}

/// Whether a kustomization may give its objects other identities.
pub(super) fn renames(kustomization: &Node) -> bool {
    ["namespace", "namePrefix", "nameSuffix"].iter().any(|key| kustomization.get(key).is_some())
}

/// Applies a kustomization's changes to its objects.
pub(super) fn transform<'a>(kustomization: &Node, objects: &mut [Listed], object: &dyn Fn(usize) -> &'a (Id, Node)) {
    let text = |key: &str| kustomization.get(key).and_then(Node::as_str).unwrap_or_default();
    let flag = |node: &Node, key: &str| matches!(node.get(key), Some(Node { value: Value::Bool(true), .. }));
    let mut labels: Vec<(&Map, bool, bool)> = Vec::new();
    labels.extend(kustomization.get("commonLabels").and_then(Node::as_map).map(|pairs| (pairs, true, true)));
    for item in kustomization.get("labels").and_then(Node::as_list).unwrap_or_default() {
        let selectors = flag(item, "includeSelectors");
        let pairs = item.get("pairs").and_then(Node::as_map);
        labels.extend(pairs.map(|pairs| (pairs, selectors, selectors || flag(item, "includeTemplates"))));
    }
    let changes = Changes {
        namespace: kustomization.get("namespace").filter(|node| node.as_str().is_some_and(|text| !text.is_empty())),
        prefix: text("namePrefix"),
        suffix: text("nameSuffix"),
        labels,
        annotations: kustomization.get("commonAnnotations").and_then(Node::as_map),
        images: kustomization.get("images").and_then(Node::as_list).unwrap_or_default(),
        replicas: kustomization.get("replicas").and_then(Node::as_list).unwrap_or_default(),
    };
    if changes.is_empty() {
        return;
    }
    let mut names: HashMap<(Box<str>, Box<str>), String> = HashMap::new();
    if !changes.prefix.is_empty() || !changes.suffix.is_empty() {
        for listed in &*objects {
            let (id, _) = listed.get(|index| object(index));
            names.insert((id.kind.clone(), id.name.clone()), changes.name(id));
        }
    }
    let own: HashSet<(Box<str>, Box<str>)> = match changes.namespace {
        Some(_) => objects
            .iter()
            .map(|listed| listed.get(|index| object(index)).0)
            .map(|id| (id.kind.clone(), id.name.clone()))
            .collect(),
        None => HashSet::new(),
    };
    for listed in objects {
        let (id, node) = listed.get(|index| object(index));
        let (mut id, mut node) = (id.clone(), node.clone());
        // Also takes the old names of what is referred to.
        if let Some(namespace) = changes.namespace {
            moved(&mut node, &id.kind, namespace, &own);
        }
        changes.apply(&mut id, &mut node, &names);
        *listed = Listed::Changed(Box::new((listed.origin(), id, node)));
    }
}

impl Changes<'_> {
    fn is_empty(&self) -> bool {
        self.namespace.is_none()
            && self.prefix.is_empty()
            && self.suffix.is_empty()
            && self.labels.is_empty()
            && self.annotations.is_none()
            && self.images.is_empty()
            && self.replicas.is_empty()
    }

    fn name(&self, id: &Id) -> String {
        match UNPREFIXED.contains(&&*id.kind) {
            true => id.name.to_string(),
            false => format!("{}{}{}", self.prefix, id.name, self.suffix),
        }
    }

    fn apply(&self, id: &mut Id, node: &mut Node, names: &HashMap<(Box<str>, Box<str>), String>) {
        let is_known = kube::is_built_in(&id.group);
        if !names.is_empty() {
            id.name = self.name(id).into();
            put(node, &["metadata"], "name", Node::string(&id.name));
            if is_known {
                rename(node, &id.kind, names);
            }
        }
        if let Some(namespace) = self.namespace {
            let text: Box<str> = namespace.as_str().unwrap_or_default().into();
            if &*id.kind == "Namespace" && id.group.is_empty() {
                put(node, &["metadata"], "name", namespace.clone());
                id.name = text;
            } else if !(is_known && CLUSTER_SCOPED.contains(&&*id.kind)) {
                put(node, &["metadata"], "namespace", namespace.clone());
                id.namespace = text;
            }
        }
        let template: Option<Vec<&str>> = kube::workload_kind(&id.group, &id.kind)
            .map(|kind| kind.template.split('/').filter(|step| !step.is_empty()).collect());
        let pods: Option<Vec<&str>> = template.as_ref().map(|template| [template.as_slice(), &["metadata"]].concat());
        for (pairs, selectors, in_pods) in &self.labels {
            merge(node, &["metadata", "labels"], pairs);
            if let Some(pods) = pods.as_ref().filter(|_| *in_pods) {
                merge(node, &[pods.as_slice(), &["labels"]].concat(), pairs);
            }
            if *selectors {
                match &*id.kind {
                    "Service" if id.group.is_empty() => merge(node, &["spec", "selector"], pairs),
                    "Deployment" | "ReplicaSet" | "DaemonSet" | "StatefulSet" => {
                        merge(node, &["spec", "selector", "matchLabels"], pairs);
                    }
                    _ => {}
                }
            }
        }
        if let Some(pairs) = self.annotations {
            merge(node, &["metadata", "annotations"], pairs);
            if let Some(pods) = &pods {
                merge(node, &[pods.as_slice(), &["annotations"]].concat(), pairs);
            }
        }
        if let "Deployment" | "StatefulSet" | "ReplicaSet" | "ReplicationController" = &*id.kind {
            let of_it = |item: &&Node| item.get("name").and_then(Node::as_str) == Some(&id.name);
            if let Some(count) = self.replicas.iter().find(of_it).and_then(|item| item.get("count")) {
                put(node, &["spec"], "replicas", count.clone());
            }
        }
        if let (false, Some(template)) = (self.images.is_empty(), template) {
            self.images(node, &[template.as_slice(), &["spec"]].concat());
        }
    }

    fn images(&self, node: &mut Node, pod: &[&str]) {
        let Some(spec) = at(node, pod) else { return };
        for key in ["containers", "initContainers"] {
            let Value::Map(map) = &mut spec.value else { return };
            let Some(Node { value: Value::List(list), .. }) = map.get_mut(key) else { continue };
            for container in list {
                let Value::Map(map) = &mut container.value else { continue };
                let Some(image) = map.get_mut("image") else { continue };
                let Some(new) = image.as_str().and_then(|old| self.image(old)) else { continue };
                *image = Node { span: image.span, ..Node::string(&new) };
            }
        }
    }

    /// The new image; `None` if it does not change.
    fn image(&self, old: &str) -> Option<String> {
        let (rest, digest) = old.split_once('@').map_or((old, None), |(rest, digest)| (rest, Some(digest)));
        let slash = rest.rfind('/').map_or(0, |at| at + 1);
        let (name, tag) = match rest[slash..].find(':') {
            Some(colon) => (&rest[..slash + colon], Some(&rest[slash + colon + 1..])),
            None => (rest, None),
        };
        let entry = self.images.iter().find(|item| item.get("name").and_then(Node::as_str) == Some(name))?;
        let text = |key: &str| match entry.get(key).map(|node| &node.value) {
            Some(Value::String(text)) if !text.is_empty() => Some(text.to_string()),
            Some(Value::Int(number)) => Some(number.to_string()),
            Some(Value::Float(number)) => Some(number.to_string()),
            _ => None,
        };
        let name = text("newName").unwrap_or_else(|| name.to_string());
        Some(match (text("newTag"), text("digest")) {
            (_, Some(digest)) => format!("{name}@{digest}"),
            (Some(tag), None) => format!("{name}:{tag}"),
            (None, None) => match (tag, digest) {
                (_, Some(digest)) => format!("{name}@{digest}"),
                (Some(tag), None) => format!("{name}:{tag}"),
                (None, None) => name,
            },
        })
    }
}

/// The value at the end of `path`, for changing it.
fn at<'n>(node: &'n mut Node, path: &[&str]) -> Option<&'n mut Node> {
    path.iter().try_fold(node, |node, key| match &mut node.value {
        Value::Map(map) => map.get_mut(key),
        _ => None,
    })
}

/// The map at the end of `path`, created if missing.
fn map_at<'n>(node: &'n mut Node, path: &[&str]) -> Option<&'n mut Map> {
    let end = path.iter().try_fold(node, |node, key| match &mut node.value {
        Value::Map(map) => {
            if map.get(key).is_none_or(|node| matches!(node.value, Value::Null)) {
                map.set(key, Node::new(Value::Map(Map::default())));
            }
            map.get_mut(key)
        }
        _ => None,
    })?;
    match &mut end.value {
        Value::Map(map) => Some(map),
        _ => None,
    }
}

fn put(node: &mut Node, path: &[&str], key: &str, value: Node) {
    if let Some(map) = map_at(node, path) {
        // Findings point at the place of the old value.
        let span = map.get(key).map_or(value.span, |old| old.span);
        map.set(key, Node { span, ..value });
    }
}

fn merge(node: &mut Node, path: &[&str], pairs: &Map) {
    if let Some(map) = map_at(node, path) {
        pairs.entries.iter().for_each(|entry| map.set(&entry.key, entry.value.clone()));
    }
}

/// Puts the new namespace into references that say one, or that need one: Services of webhooks and APIServices, and the
/// subjects of bindings (`filters/namespace`, `namereference.go`).
fn moved(node: &mut Node, kind: &str, namespace: &Node, own: &HashSet<(Box<str>, Box<str>)>) {
    let set = |service: &mut Node, of: &str| {
        let name = service.get("name").and_then(Node::as_str).unwrap_or_default();
        if own.contains(&(of.into(), name.into())) {
            put(service, &[], "namespace", namespace.clone());
        }
    };
    let each = |node: &mut Node, key: &str, then: &dyn Fn(&mut Node)| {
        if let Some(Node { value: Value::List(list), .. }) = at(node, &[key]) {
            list.iter_mut().for_each(then);
        }
    };
    match kind {
        "MutatingWebhookConfiguration" | "ValidatingWebhookConfiguration" => each(node, "webhooks", &|webhook| {
            if let Some(service) = at(webhook, &["clientConfig", "service"]) {
                set(service, "Service");
            }
        }),
        "CustomResourceDefinition" => {
            if let Some(service) = at(node, &["spec", "conversion", "webhook", "clientConfig", "service"]) {
                put(service, &[], "namespace", namespace.clone());
            }
        }
        "APIService" => {
            if let Some(service) = at(node, &["spec", "service"]) {
                put(service, &[], "namespace", namespace.clone());
            }
        }
        "RoleBinding" | "ClusterRoleBinding" => each(node, "subjects", &|subject| {
            let text = |key: &str| subject.get(key).and_then(Node::as_str).unwrap_or_default();
            match (text("kind"), text("name")) {
                (_, "default") => put(subject, &[], "namespace", namespace.clone()),
                ("ServiceAccount", _) => set(subject, "ServiceAccount"),
                _ => {}
            }
        }),
        _ => {}
    }
}

/// Renames references to other objects in Kubernetes' own kinds (`namereference.go`, the fields that matter to pods and
/// routes).
fn rename(node: &mut Node, kind: &str, names: &HashMap<(Box<str>, Box<str>), String>) {
    match &mut node.value {
        Value::List(list) => list.iter_mut().for_each(|item| rename(item, kind, names)),
        Value::Map(map) => {
            for entry in &mut map.entries {
                let (of, field) = match &*entry.key {
                    "configMapRef" | "configMapKeyRef" | "configMap" => ("ConfigMap", Some("name")),
                    "secretRef" | "secretKeyRef" => ("Secret", Some("name")),
                    "secret" => ("Secret", Some("secretName")),
                    "service" if kind == "Ingress" => ("Service", Some("name")),
                    "serviceAccountName" | "serviceAccount" => ("ServiceAccount", None),
                    "claimName" => ("PersistentVolumeClaim", None),
                    "serviceName" => ("Service", None),
                    "scaleTargetRef" | "roleRef" => ("", Some("name")),
                    "subjects" => {
                        if let Value::List(list) = &mut entry.value.value {
                            list.iter_mut().for_each(|item| rename_one(item, "", Some("name"), names));
                        }
                        continue;
                    }
                    _ => {
                        rename(&mut entry.value, kind, names);
                        continue;
                    }
                };
                rename_one(&mut entry.value, of, field, names);
                rename(&mut entry.value, kind, names);
            }
        }
        _ => {}
    }
}

/// Renames a reference: the value itself, or its field. Without a kind (`of`), the value names it.
fn rename_one(node: &mut Node, of: &str, field: Option<&str>, names: &HashMap<(Box<str>, Box<str>), String>) {
    let of: Box<str> = match of {
        "" => node.get("kind").and_then(Node::as_str).unwrap_or_default().into(),
        of => of.into(),
    };
    let target = match field {
        Some(field) => at(node, &[field]),
        None => Some(node),
    };
    let Some(target) = target else { return };
    let Some(new) = target.as_str().and_then(|old| names.get(&(of, old.into()))) else { return };
    *target = Node { span: target.span, ..Node::string(new) };
}
