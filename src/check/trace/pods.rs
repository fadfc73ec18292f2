//! The pods at the ends of connections, as NetworkPolicies see them.

use crate::check::cluster::policy::Pod;
use crate::check::cluster::proxies;
use crate::check::cluster::selector::Labels;
use crate::check::cluster::workload::Workload;
use crate::check::cursor::Cursor;
use crate::check::input::set::Object;
use crate::check::input::set::Set;
use crate::stack::jaeger::Strategy;
use crate::stack::jaeger::operator;
use crate::stack::kube::names::LONGEST_LABEL;
use crate::stack::otel;

/// The label with the name of a program.
const NAME_LABEL: &str = "app.kubernetes.io/name";
/// The label with the part that a pod has in a program.
const COMPONENT_LABEL: &str = "app.kubernetes.io/component";

/// The pods of Consul's servers or client agents (consul-k8s 0.46.1 to 2.0.3 `server-statefulset.yaml`,
/// `client-daemonset.yaml`).
pub(super) fn of_consul<'a>(set: &Set<'a>, component: &str) -> Pod<'a> {
    let labels = Labels::partly(vec![("app", "consul".to_string()), ("component", component.to_string())]);
    Pod { namespace: proxies::consul_namespace(set).to_string(), labels, named: None, foreign: false }
}

/// The pods of an ingress gateway (consul-k8s 0.46.1 to 2.0.3 `charts/consul/templates/ingress-gateways-deployment.yaml`).
pub(super) fn of_ingress_gateway<'a>(namespace: String) -> Pod<'a> {
    let labels = Labels::partly(vec![("app", "consul".to_string()), ("component", "ingress-gateway".to_string())]);
    Pod { namespace, labels, named: None, foreign: false }
}

/// The pods of an API gateway, which have these labels and one with a time (consul-k8s 1.9.11 and 2.0.3
/// `control-plane/api-gateway/common/labels.go`).
pub(super) fn of_api_gateway<'a>(namespace: String, name: &str) -> Pod<'a> {
    let added = vec![
        ("component", "api-gateway".to_string()),
        ("gateway.consul.hashicorp.com/name", name.to_string()),
        ("gateway.consul.hashicorp.com/namespace", namespace.clone()),
        ("gateway.consul.hashicorp.com/managed", "true".to_string()),
    ];
    Pod { namespace, labels: Labels { written: None, added, open: false }, named: None, foreign: false }
}

/// The pods of Jaeger's chart. The name of the release is not in its values; it is probably that of the Services
/// (jaegertracing/helm-charts `charts/jaeger/templates/_helpers.tpl`).
pub(super) fn of_jaeger_chart<'a>(values: Cursor<'_>, namespace: String) -> Pod<'a> {
    let mut labels = vec![
        (NAME_LABEL, values.get("nameOverride").str().unwrap_or("jaeger").to_string()),
        (COMPONENT_LABEL, "all-in-one".to_string()),
    ];
    labels.extend(values.get("fullnameOverride").str().map(|name| (otel::INSTANCE_LABEL, name.to_string())));
    Pod { namespace, labels: Labels::partly(labels), named: None, foreign: false }
}

/// The pods of the cluster's DNS (kubernetes `cluster/addons/dns/coredns/coredns.yaml.base`).
pub(super) fn of_dns<'a>() -> Pod<'a> {
    let labels = Labels::partly(vec![("k8s-app", "kube-dns".to_string())]);
    Pod { namespace: "kube-system".to_string(), labels, named: None, foreign: false }
}

/// A pod or an address about which nothing is known, maybe but for its namespace.
pub(super) fn anyone<'a>(namespace: String) -> Pod<'a> {
    Pod { namespace, labels: Labels::partly(Vec::new()), named: None, foreign: false }
}

/// The pods of a workload; `None` if they use the host network, which policies do not cover.
pub(super) fn of_workload<'a>(workload: &Workload<'a>) -> Option<Pod<'a>> {
    if workload.template.at(&["spec", "hostNetwork"]).bool() == Some(true) {
        return None;
    }
    let ports = workload.containers().flat_map(|container| container.get("ports").items());
    let named = ports.filter_map(|port| Some((port.get("name").str()?, port.get("containerPort").port()?)));
    Some(Pod {
        namespace: workload.object.id.namespace.to_string(),
        labels: Labels::of(workload.template.at(&["metadata", "labels"])),
        named: Some(named.collect()),
        foreign: false,
    })
}

/// The pods of an OpenTelemetryCollector; its own labels and annotations may add to these (opentelemetry-operator 0.100 to
/// 0.158 `internal/manifests/manifestutils/labels.go`, `internal/naming/main.go`).
pub(super) fn of_collector(object: Object<'_>) -> Pod<'_> {
    let written = object.at(&["metadata", "labels"]);
    let mut added = vec![
        ("app.kubernetes.io/managed-by", otel::OPERATOR.to_string()),
        (otel::INSTANCE_LABEL, otel::instance(&object.id.namespace, &object.id.name)),
        ("app.kubernetes.io/part-of", "opentelemetry".to_string()),
        (COMPONENT_LABEL, "opentelemetry-collector".to_string()),
    ];
    if !written.get(NAME_LABEL).exists() {
        let name = format!("{}-collector", object.id.name);
        added.push((NAME_LABEL, name.chars().take(LONGEST_LABEL).collect()));
    }
    let labels = Labels { written: written.exists().then_some(written), added, open: true };
    Pod { namespace: object.id.namespace.to_string(), labels, named: None, foreign: false }
}

/// What the pods of a Jaeger resource do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Receives,
    Stores,
    Shows,
}

/// Those pods of a Jaeger resource. The resource may give them more labels.
pub(super) fn of_jaeger(object: Object<'_>, part: Part) -> Pod<'_> {
    let spec = object.spec();
    let strategy = Strategy::effective(spec.get("strategy").text(), spec.at(&["storage", "type"]).text());
    let (part, component) = match (strategy, part) {
        (Strategy::AllInOne, _) => ("allInOne", "all-in-one"),
        (_, Part::Shows) => ("query", "query"),
        (Strategy::Streaming, Part::Stores) => ("ingester", "ingester"),
        _ => ("collector", "collector"),
    };
    let open = [spec.get("labels"), spec.at(&[part, "labels"])].iter().any(|labels| labels.exists());
    let added = operator::labels(&object.id.name, component);
    Pod {
        namespace: object.id.namespace.to_string(),
        labels: Labels { written: None, added, open },
        named: None,
        foreign: false,
    }
}
