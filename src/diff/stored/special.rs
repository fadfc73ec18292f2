//! Defaults that depend on other values.
//!
//! Source: `k8s.io/kubernetes` v1.37.0 `pkg/apis/{core,apps,batch,networking,rbac}/v1/defaults.go`, function by function; the
//! type is in front of each.

use crate::diff::lists::scalar;
use crate::yaml;
use crate::yaml::Map;
use crate::yaml::Node;
use crate::yaml::Value;
use std::collections::HashMap;

/// The type of Secrets.
pub(super) const SECRET: &str = "core/v1.Secret";
/// The type of selectors by labels.
pub(super) const SELECTOR: &str = "meta/v1.LabelSelector";

fn text<'n>(map: &'n Map, key: &str) -> &'n str {
    map.get(key).and_then(Node::as_str).unwrap_or_default()
}

fn set_if_missing(map: &mut Map, key: &str, value: impl FnOnce(&Map) -> Option<Node>) {
    if map.get(key).is_none()
        && let Some(value) = value(map)
    {
        map.set(key, value);
    }
}

/// Whether the struct in a field has no defaults of its own: SetDefaults_Job does not count for the template of a CronJob
/// (`pkg/apis/batch/v1/zz_generated.defaults.go` SetObjectDefaults_CronJob).
pub(super) fn has_no_defaults(kind: &str, field: &str) -> bool {
    kind == "batch/v1.JobTemplateSpec" && field == "spec"
}

/// Whether the default of the table does not apply to this field. `written`: the struct as it is written; `out`: what of it
/// is stored.
pub(super) fn is_without_default(kind: &str, field: &str, written: &Map, out: &Map) -> bool {
    let rolling = matches!(text(out, "type"), "" | "RollingUpdate");
    match (kind, field) {
        // SetDefaults_Deployment, SetDefaults_DaemonSet
        ("apps/v1.DeploymentStrategy" | "apps/v1.DaemonSetUpdateStrategy", "rollingUpdate") => !rolling,
        // SetDefaults_StatefulSet: only together with the type.
        ("apps/v1.StatefulSetUpdateStrategy", "rollingUpdate") => !text(written, "type").is_empty(),
        // They depend on the direction: SCALING.
        ("autoscaling/v2.HPAScalingRules", _) => true,
        // SetDefaults_Pod, which does not count for templates: of_object.
        ("core/v1.PodSpec", "enableServiceLinks") => true,
        // SetDefaults_Service
        ("core/v1.ServiceSpec", "internalTrafficPolicy") => text(out, "type") == "ExternalName",
        // SetDefaults_Job
        ("batch/v1.JobSpec", "completions") => {
            written.get("parallelism").is_some_and(|node| !matches!(node.value, Value::Null))
        }
        _ => false,
    }
}

/// Defaults that others build on, or that the table has for a bare object only.
pub(super) fn before_defaults(kind: &str, written: &Map, out: &mut Map) {
    match kind {
        // SetDefaults_Container
        "core/v1.Container" | "core/v1.EphemeralContainer" => {
            set_if_missing(out, "imagePullPolicy", |map| {
                Some(Node::string(if is_latest(text(map, "image")) { "Always" } else { "IfNotPresent" }))
            });
        }
        // SetDefaults_PodSpec
        "core/v1.PodSpec" => {
            let name = [text(written, "serviceAccountName"), text(written, "serviceAccount")];
            if let Some(name) = name.into_iter().find(|name| !name.is_empty()) {
                out.set("serviceAccountName", Node::string(name));
                out.set("serviceAccount", Node::string(name));
            }
        }
        // SetDefaults_Job
        "batch/v1.JobSpec" => {
            if written.get("backoffLimitPerIndex").is_some() {
                set_if_missing(out, "backoffLimit", |_| Some(Node::new(Value::Int(i64::from(i32::MAX)))));
            }
            let policy = if written.get("podFailurePolicy").is_some() { "Failed" } else { "TerminatingOrFailed" };
            set_if_missing(out, "podReplacementPolicy", |_| Some(Node::string(policy)));
        }
        // SetDefaults_NetworkPolicy
        "networking/v1.NetworkPolicySpec" => {
            let egress = out.get("egress").and_then(Node::as_list).is_some_and(|list| !list.is_empty());
            set_if_missing(out, "policyTypes", |_| {
                let types: &[&str] = if egress { &["Ingress", "Egress"] } else { &["Ingress"] };
                Some(Node::new(Value::List(types.iter().map(|one| Node::string(one)).collect())))
            });
        }
        // SetDefaults_Subject
        "rbac/v1.Subject" if matches!(text(out, "kind"), "User" | "Group") => {
            set_if_missing(out, "apiGroup", |_| Some(Node::string(crate::stack::kube::RBAC)));
        }
        _ => {}
    }
}

/// Defaults that are copies of other values.
pub(super) fn after_defaults(kind: &str, out: &mut Map) {
    match kind {
        // SetDefaults_Service
        "core/v1.ServicePort" => {
            let unset = out.get("targetPort").is_none_or(|node| matches!(scalar(node).as_deref(), Some("0" | "")));
            if let Some(port) = out.get("port").cloned().filter(|_| unset) {
                out.set("targetPort", port);
            }
        }
        "core/v1.ServiceSpec" => of_service(out),
        // SetDefaults_HostPathVolumeSource
        "core/v1.HostPathVolumeSource" => set_if_missing(out, "type", |_| Some(Node::string(""))),
        // SetDefaults_Probe
        "core/v1.GRPCAction" => set_if_missing(out, "service", |_| Some(Node::string(""))),
        // SetDefaults_EndpointPort
        "discovery/v1.EndpointPort" | "discovery/v1beta1.EndpointPort" => {
            set_if_missing(out, "name", |_| Some(Node::string("")));
        }
        // The zero value of a quantity is written.
        "core/v1.ResourceFieldSelector" => set_if_missing(out, "divisor", |_| Some(Node::string("0"))),
        // SetDefaults_ValidatingWebhook, SetDefaults_MutatingWebhook
        "admissionregistration/v1.ValidatingWebhook" | "admissionregistration/v1.MutatingWebhook" => {
            for field in ["namespaceSelector", "objectSelector"] {
                set_if_missing(out, field, |_| Some(Node::new(Value::Map(Map::default()))));
            }
        }
        // `pkg/apis/apps/v1/conversion.go` Convert_apps_StatefulSetSpec_To_v1_StatefulSetSpec
        "apps/v1.StatefulSetSpec" => {
            if let Some(Node { value: Value::List(claims), .. }) = out.get_mut("volumeClaimTemplates") {
                for claim in claims {
                    let Value::Map(claim) = &mut claim.value else { continue };
                    claim.set("apiVersion", Node::string("v1"));
                    claim.set("kind", Node::string("PersistentVolumeClaim"));
                }
            }
        }
        // SetDefaults_LimitRangeItem
        "core/v1.LimitRangeItem" if text(out, "type") == "Container" => {
            for (from, to) in [("max", "default"), ("default", "defaultRequest"), ("min", "defaultRequest")] {
                copy_missing(out, from, to);
            }
        }
        // `pkg/apis/autoscaling/v2/defaults.go` GenerateHPAScaleUpRules, GenerateHPAScaleDownRules
        "autoscaling/v2.HorizontalPodAutoscalerBehavior" => {
            for (direction, defaults) in SCALING {
                set_if_missing(out, direction, |_| Some(Node::new(Value::Map(Map::default()))));
                let Some(Node { value: Value::Map(rules), .. }) = out.get_mut(direction) else { continue };
                let defaults = crate::diff::stored::from_json(defaults);
                for entry in defaults.as_map().into_iter().flat_map(|map| &map.entries) {
                    set_if_missing(rules, &entry.key, |_| Some(entry.value.clone()));
                }
            }
        }
        // SetDefaults_Volume
        "core/v1.Volume" if out.entries.iter().all(|entry| &*entry.key == "name") => {
            out.set("emptyDir", Node::new(Value::Map(Map::default())));
        }
        _ => {}
    }
}

/// What an autoscaler with a `behavior` has in each direction.
const SCALING: [(&str, &str); 2] = [
    (
        "scaleUp",
        r#"{"stabilizationWindowSeconds": 0, "selectPolicy": "Max", "policies": [
            {"type": "Pods", "value": 4, "periodSeconds": 15}, {"type": "Percent", "value": 100, "periodSeconds": 15}]}"#,
    ),
    ("scaleDown", r#"{"selectPolicy": "Max", "policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}]}"#),
];

/// Copies what one map of a struct has and another one does not.
fn copy_missing(out: &mut Map, from: &str, to: &str) {
    let Some(from) = out.get(from).and_then(Node::as_map).cloned() else { return };
    set_if_missing(out, to, |_| Some(Node::new(Value::Map(Map::default()))));
    let Some(Node { value: Value::Map(to), .. }) = out.get_mut(to) else { return };
    for entry in from.entries {
        set_if_missing(to, &entry.key, |_| Some(entry.value));
    }
}

fn of_service(out: &mut Map) {
    let kind = text(out, "type").to_owned();
    let cluster = || Some(Node::string("Cluster"));
    if matches!(&*kind, "NodePort" | "LoadBalancer") || kind == "ClusterIP" && out.get("externalIPs").is_some() {
        set_if_missing(out, "externalTrafficPolicy", |_| cluster());
    }
    if kind == "LoadBalancer" {
        set_if_missing(out, "allocateLoadBalancerNodePorts", |_| Some(Node::new(Value::Bool(true))));
    }
    match text(out, "sessionAffinity") {
        "ClientIP" => {
            let timeout = crate::diff::stored::from_json("{\"clientIP\": {\"timeoutSeconds\": 10800}}");
            let set =
                out.get("sessionAffinityConfig").and_then(|node| node.path(&["clientIP", "timeoutSeconds"])).is_some();
            if !set {
                out.set("sessionAffinityConfig", timeout);
            }
        }
        _ => out.entries.retain(|entry| &*entry.key != "sessionAffinityConfig"),
    }
}

/// What depends on the whole object: SetDefaults_ReplicationController, and SetDefaults_Pod, which does not count for templates.
pub(super) fn of_object(kind: &str, node: &mut Node) {
    if kind == "core/v1.ReplicationController" {
        replication_controller(node);
    }
    if kind == SECRET {
        secret(node);
    }
    if kind == "autoscaling/v1.HorizontalPodAutoscaler" {
        autoscaler(node);
    }
    if kind != "core/v1.Pod" {
        return;
    }
    let Value::Map(pod) = &mut node.value else { return };
    let Some(Node { value: Value::Map(spec), .. }) = pod.get_mut("spec") else { return };
    set_if_missing(spec, "enableServiceLinks", |_| Some(Node::new(Value::Bool(true))));
    let host = matches!(spec.get("hostNetwork").map(|node| &node.value), Some(Value::Bool(true)));
    for key in ["containers", "initContainers"] {
        let Some(Node { value: Value::List(containers), .. }) = spec.get_mut(key) else { continue };
        for container in containers {
            let Value::Map(container) = &mut container.value else { continue };
            requests(container);
            if host {
                ports(container);
            }
        }
    }
}

/// `stringData` is written over `data` (`pkg/apis/core/v1/conversion.go`, Convert_v1_Secret_To_core_Secret). Values are compared
/// as bytes.
fn secret(node: &mut Node) {
    let Value::Map(root) = &mut node.value else { return };
    let (mut data, mut places) = (Map::default(), HashMap::<_, usize>::new());
    for (field, is_base64) in [("data", true), ("stringData", false)] {
        let Some(map) = root.get(field).and_then(Node::as_map) else { continue };
        for entry in &map.entries {
            let bytes = entry.value.as_str().and_then(|text| match is_base64 {
                true => yaml::base64(text),
                false => Some(text.as_bytes().to_vec()),
            });
            let text = |bytes: Vec<u8>| bytes.into_iter().map(char::from).collect::<String>();
            let value = bytes.map_or_else(|| entry.value.clone(), |bytes| Node::string(&text(bytes)));
            match places.get(&entry.key) {
                Some(at) => data.entries[*at].value = value,
                None => {
                    places.insert(entry.key.clone(), data.entries.len());
                    data.push(&entry.key, value);
                }
            }
        }
    }
    root.entries.retain(|entry| !matches!(&*entry.key, "data" | "stringData"));
    root.push("data", Node::new(Value::Map(data)));
}

/// `pkg/apis/autoscaling/v1/defaults.go`: the default of the processor time counts if no annotation has other metrics.
fn autoscaler(node: &mut Node) {
    let annotations = node.path(&["metadata", "annotations"]).and_then(Node::as_map);
    if annotations.is_some_and(|map| map.get("autoscaling.alpha.kubernetes.io/metrics").is_some()) {
        return;
    }
    let Value::Map(root) = &mut node.value else { return };
    if let Some(Node { value: Value::Map(spec), .. }) = root.get_mut("spec") {
        set_if_missing(spec, "targetCPUUtilizationPercentage", |_| Some(Node::new(Value::Int(80))));
    }
}

/// A controller without a selector or labels has those of its pods.
fn replication_controller(node: &mut Node) {
    let Some(labels) = node.path(&["spec", "template", "metadata", "labels"]).cloned() else { return };
    let Value::Map(root) = &mut node.value else { return };
    for (part, field) in [("spec", "selector"), ("metadata", "labels")] {
        if let Some(Node { value: Value::Map(part), .. }) = root.get_mut(part) {
            set_if_missing(part, field, |_| Some(labels.clone()));
        }
    }
}

fn requests(container: &mut Map) {
    let Some(Node { value: Value::Map(resources), .. }) = container.get_mut("resources") else { return };
    let Some(limits) = resources.get("limits").and_then(Node::as_map).cloned() else { return };
    set_if_missing(resources, "requests", |_| Some(Node::new(Value::Map(Map::default()))));
    let Some(Node { value: Value::Map(requests), .. }) = resources.get_mut("requests") else { return };
    for limit in limits.entries {
        set_if_missing(requests, &limit.key, |_| Some(limit.value));
    }
}

fn ports(container: &mut Map) {
    let Some(Node { value: Value::List(ports), .. }) = container.get_mut("ports") else { return };
    for port in ports {
        if let Value::Map(port) = &mut port.value {
            set_if_missing(port, "hostPort", |port| port.get("containerPort").cloned());
        }
    }
}

/// Whether an image has the tag `latest`, written out or because it has neither tag nor digest (`k8s.io/kubernetes`
/// `pkg/util/parsers/parsers.go` `ParseImageName`).
fn is_latest(image: &str) -> bool {
    let (name, digest) = image.split_once('@').map_or((image, false), |(name, _)| (name, true));
    let last = name.rsplit('/').next().unwrap_or_default();
    match last.split_once(':') {
        Some((_, tag)) => tag == "latest",
        None => !digest && !last.is_empty(),
    }
}

/// Whether the form of a selector counts, not only what it selects: where it cannot change, the API server compares what is
/// written (`k8s.io/kubernetes` `pkg/apis/{apps,batch,core}/validation/validation.go`); in a pod template, a Deployment does
/// and replaces its pods (`pkg/controller/deployment/util/deployment_util.go` EqualIgnoreHash).
pub(super) fn keeps_form(kind: &str, field: &str) -> bool {
    matches!(kind, "core/v1.TopologySpreadConstraint" | "core/v1.PodAffinityTerm")
        || field == "selector"
            && matches!(
                kind,
                "apps/v1.DeploymentSpec"
                    | "apps/v1.ReplicaSetSpec"
                    | "apps/v1.StatefulSetSpec"
                    | "apps/v1.DaemonSetSpec"
                    | "batch/v1.JobSpec"
                    | "core/v1.PersistentVolumeClaimSpec"
            )
}

/// A selector as one text of sorted expressions: `{matchLabels: {a: b}}` selects what `a in (b)` does
/// (`k8s.io/apimachinery` `pkg/apis/meta/v1/helpers.go` `LabelSelectorAsSelector`). One text, so that a difference anywhere in it
/// is one of the selector, whichever form each side has.
pub(super) fn selector(node: Node) -> Node {
    let Value::Map(map) = &node.value else { return node };
    let mut all: Vec<(String, String, Vec<String>)> = Vec::new();
    for entry in &map.entries {
        match (&*entry.key, &entry.value.value) {
            ("matchLabels", Value::Map(labels)) => {
                all.extend(labels.entries.iter().map(|label| {
                    (label.key.to_string(), "In".to_owned(), vec![scalar(&label.value).unwrap_or_default()])
                }));
            }
            ("matchExpressions", Value::List(list)) => {
                for item in list {
                    let Some(item) = item.as_map() else { return node };
                    let values = item.get("values").and_then(Node::as_list).unwrap_or_default();
                    let mut values: Vec<String> = values.iter().filter_map(scalar).collect();
                    values.sort();
                    all.push((text(item, "key").to_owned(), text(item, "operator").to_owned(), values));
                }
            }
            _ => return node,
        }
    }
    all.sort();
    all.dedup();
    if all.is_empty() {
        return Node::new(Value::Map(Map::default()));
    }
    let all: Vec<String> =
        all.into_iter().map(|(key, operator, values)| format!("{key:?} {operator:?} {values:?}")).collect();
    Node::string(&all.join(", "))
}
