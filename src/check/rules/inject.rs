//! Consul's sidecars: whether the pods get one, and annotations that say otherwise than meant.

use crate::check::cluster::mesh::Mesh;
use crate::check::cluster::mesh::Proxy;
use crate::check::cluster::workload::INJECT;
use crate::check::cluster::workload::Workload;
use crate::check::cluster::workload::parse_bool;
use crate::check::hop::HopKind;
use crate::check::input::set::step;
use crate::check::rules::rules;
use crate::check::sink::At;
use crate::check::sink::Sink;
use crate::check::sink::Whose;
use crate::yaml::Node;
use crate::yaml::Value;
use std::collections::HashMap;
use std::collections::HashSet;

rules! {
    PLACE: "inject-annotation-place", Error, "`connect-inject` belongs on the pods, not on the object that makes them",
        "The webhook sees pods: it reads the annotation from the pod template (connect-inject/mesh_webhook.go). On a \
         Deployment's own metadata it does nothing.";
    VALUE: "inject-annotation-value", Error, "`connect-inject` is true or false",
        "Go's ParseBool reads it: `1`, `t`, `True` are true; `yes`, `on` and the empty text refuse the pod.";
    STRING: "annotation-not-string", Error, "annotations and labels are strings",
        "Kubernetes refuses a boolean or a number there: quote it.";
    MISSING: "inject-missing", Error, "the service has no sidecar",
        "The mesh's entries speak of the service, its pods are among the files, and nothing asks for a sidecar: \
         `connectInject.default` is false in every chart. Without a sidecar nobody makes spans.";
    NAMESPACE: "inject-namespace", Error, "pods of this namespace are not injected",
        "`kube-system`, `kube-public` and `local-path-storage` never; others by `connectInject.k8sAllowNamespaces` and \
         `k8sDenyNamespaces`, of which deny wins.";
    DISABLED: "inject-disabled", Error, "`connectInject.enabled` is off, so there are no sidecars",
        "Charts up to 0.49 have it off unless told; later ones on. With gateways the chart does not even render: \
         `connectInject.enabled must be true` (charts/consul/templates/ingress-gateways-deployment.yaml).";
    NO_SERVICE: "inject-no-service", Error, "no Service selects the injected pods",
        "Consul registers pods by their Service: a pod that none selects waits in its init container for ever \
         (consul-k8s#962, #1899).";
    JAEGER_IN_MESH: "jaeger-not-in-mesh", Error, "the collector's pods would get a sidecar of Consul",
        "Envoy's tracer speaks plain HTTP to the collector; behind a sidecar of its own the collector's port expects mTLS. \
         Say `consul.hashicorp.com/connect-inject: \"false\"` on its pods.";
}

pub(crate) fn check(mesh: &Mesh<'_>, out: &mut Sink) {
    for workload in &mesh.workloads {
        strings(mesh, workload, out);
    }
    let on = mesh.flag(&["connectInject", "enabled"], mesh.versions.agents().map(|agents| !agents));
    let gateways = mesh.proxies.iter().any(Proxy::is_gateway);
    let wanted = || gateways || mesh.workloads.iter().any(|workload| workload.injected(mesh) == Some(true));
    if let (Some(false), Some(values)) = (on, mesh.values)
        && wanted()
    {
        let message = match gateways {
            true => "`connectInject.enabled` is off: the chart takes no gateways then, and no pod gets a sidecar",
            false => "`connectInject.enabled` is off, no pod gets a sidecar",
        };
        out.hit(&DISABLED, At::values(values, "/connectInject/enabled"), message, "set it to true")
            .breaks(HopKind::Sidecar, Whose::All);
    }
    let by_workload: HashMap<usize, usize> =
        mesh.proxies.iter().enumerate().filter_map(|(index, proxy)| Some((proxy.workload?, index))).collect();
    let namespaces = Namespaces::of(mesh);
    for (index, workload) in mesh.workloads.iter().enumerate() {
        let proxy = by_workload.get(&index).copied();
        annotations(mesh, workload, proxy, out);
        if let Some(proxy) = proxy {
            place(mesh, &namespaces, workload, proxy, out);
        }
        if workload.runs_jaeger() && workload.injected(mesh) == Some(true) {
            let at = At::object(workload.item, format!("{}/metadata/annotations", workload.path));
            receiver(mesh, at, out);
        }
    }
    for (kind, path) in [("Jaeger", "/spec/annotations"), ("OpenTelemetryCollector", "/spec/podAnnotations")] {
        let group = if kind == "Jaeger" { "jaegertracing.io" } else { "opentelemetry.io" };
        for index in mesh.set.of(group, kind) {
            let steps: Vec<&str> = path.split('/').skip(1).collect();
            let said =
                mesh.set.items[*index].node.path(&steps).and_then(|node| node.get(INJECT)).and_then(Node::as_str);
            let injected = said.map_or(mesh.inject_default() == Some(true), |text| parse_bool(text) == Some(true));
            if injected {
                receiver(mesh, At::object(*index, path), out);
            }
        }
    }
}

fn receiver(mesh: &Mesh<'_>, at: At, out: &mut Sink) {
    // A collector that no tracer names does no harm there.
    let whose = if mesh.tracing.tracers().next().is_some() { Whose::All } else { Whose::Proxies(Vec::new()) };
    out.hit(
        &JAEGER_IN_MESH,
        at,
        "these pods get a sidecar of Consul, behind which the collector expects mTLS",
        format!("set `{INJECT}: \"false\"` on them"),
    )
    .breaks(HopKind::Receiver, whose);
}

fn strings(mesh: &Mesh<'_>, workload: &Workload<'_>, out: &mut Sink) {
    let own = mesh.set.items[workload.item].node;
    let mut parts = vec![(own, "")];
    if !workload.path.is_empty() {
        parts.push((workload.pod, workload.path));
    }
    for (node, path) in parts {
        for part in ["annotations", "labels"] {
            let map = node.path(&["metadata", part]).and_then(Node::as_map);
            for entry in map.map_or(&[][..], |map| &map.entries) {
                if matches!(entry.value.value, Value::Bool(_) | Value::Int(_) | Value::Float(_)) {
                    let proxy = mesh.by_item.get(&workload.item).copied();
                    let hit = out.hit(
                        &STRING,
                        At::object(workload.item, format!("{path}/metadata/{part}/{}", step(&entry.key))),
                        format!("`{}` is {}, Kubernetes takes strings only", entry.key, entry.value.kind()),
                        "put the value in quotes",
                    );
                    if let Some(proxy) = proxy {
                        hit.breaks(HopKind::Sidecar, Whose::Proxy(proxy));
                    }
                }
            }
        }
    }
}

fn annotations(mesh: &Mesh<'_>, workload: &Workload<'_>, proxy: Option<usize>, out: &mut Sink) {
    let at = |path: &str| At::object(workload.item, format!("{path}/metadata/annotations/{}", step(INJECT)));
    let said = workload.annotation(INJECT).and_then(Node::as_str);
    if let Some(text) = said.filter(|text| parse_bool(text).is_none()) {
        let message = format!("`{INJECT}: \"{text}\"` is neither true nor false, the webhook refuses the pods");
        let hit = out.hit(&VALUE, at(workload.path), message, "write \"true\"");
        if let Some(proxy) = proxy {
            hit.breaks(HopKind::Sidecar, Whose::Proxy(proxy));
        }
    }
    if workload.asks_in_wrong_place() && mesh.inject_default() != Some(true) {
        let kind = &mesh.set.items[workload.item].id.kind;
        let message = format!("`{INJECT}` stands on the {kind}, Consul reads it from its pods");
        let hit = out.hit(
            &PLACE,
            at("").key(),
            message,
            format!("move it to `spec.template.metadata.annotations` of the {kind}"),
        );
        if let Some(proxy) = proxy {
            hit.breaks(HopKind::Sidecar, Whose::Proxy(proxy));
        }
    }
}

/// The namespaces that the Helm values deny and allow.
struct Namespaces<'a> {
    denied: Option<HashSet<&'a str>>,
    allowed: Option<HashSet<&'a str>>,
}

impl<'a> Namespaces<'a> {
    fn of(mesh: &Mesh<'a>) -> Namespaces<'a> {
        let list = |key: &str| -> Option<HashSet<&'a str>> {
            let list = mesh.value(&["connectInject", key])?.as_list()?;
            Some(list.iter().filter_map(Node::as_str).collect())
        };
        Namespaces { denied: list("k8sDenyNamespaces"), allowed: list("k8sAllowNamespaces") }
    }
}

fn place(mesh: &Mesh<'_>, namespaces: &Namespaces<'_>, workload: &Workload<'_>, proxy: usize, out: &mut Sink) {
    let id = mesh.set.items[workload.item].id;
    let injected = workload.injected(mesh);
    let here = At::object(workload.item, format!("{}/metadata/annotations", workload.path));
    if injected == Some(false)
        && workload.annotation(INJECT).and_then(Node::as_str).is_none_or(|text| parse_bool(text).is_some())
        && !workload.asks_in_wrong_place()
    {
        out.hit(
            &MISSING,
            here,
            format!("nothing asks for a sidecar for service `{}`", mesh.proxies[proxy].name),
            format!("set `{INJECT}: \"true\"` on its pods"),
        )
        .breaks(HopKind::Sidecar, Whose::Proxy(proxy));
        return;
    }
    if injected != Some(true) {
        return;
    }
    let namespace = &*id.namespace;
    let holds = |list: &HashSet<&str>| list.contains(namespace) || list.contains("*");
    let denied = namespaces.denied.as_ref().is_some_and(holds);
    let allowed = namespaces.allowed.as_ref().is_none_or(holds);
    let never = matches!(namespace, "kube-system" | "kube-public" | "local-path-storage");
    if never || !namespace.is_empty() && (denied || !allowed) {
        let why = match (never, denied) {
            (true, _) => "Consul never injects there",
            (_, true) => "`connectInject.k8sDenyNamespaces` has it",
            _ => "`connectInject.k8sAllowNamespaces` does not have it",
        };
        out.hit(
            &NAMESPACE,
            At::object(workload.item, "/metadata/namespace"),
            format!("pods in namespace {namespace} get no sidecar: {why}"),
            "use another namespace, or change the Helm values",
        )
        .breaks(HopKind::Sidecar, Whose::Proxy(proxy));
    }
    if mesh.served.contains(namespace)
        && workload.services.is_empty()
        && !workload.cut
        && workload.path != "/spec/jobTemplate/spec/template"
        && &*id.kind != "Job"
    {
        out.hit(
            &NO_SERVICE,
            At::object(workload.item, format!("{}/metadata/labels", workload.path)),
            format!("no Service selects the pods of {id}, so they wait for ever"),
            "add a Service whose selector fits these labels",
        )
        .breaks(HopKind::Sidecar, Whose::Proxy(proxy));
    }
}
