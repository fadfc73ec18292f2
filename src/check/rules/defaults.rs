//! ProxyDefaults and other config entries as Consul's webhook and its bootstrap see them.

use crate::check::cluster::mesh::CONSUL;
use crate::check::cluster::mesh::GATEWAY_API;
use crate::check::cluster::mesh::Mesh;
use crate::check::hop::HopKind;
use crate::check::rules::rules;
use crate::check::sink::At;
use crate::check::sink::Sink;
use crate::check::sink::Whose;
use crate::model::proxy_keys::BOOTSTRAP;
use crate::model::proxy_keys::XDS;
use crate::yaml::Value;
use std::collections::HashMap;

rules! {
    NAME_GLOBAL: "proxydefaults-name-global", Error, "ProxyDefaults must be named `global`",
        "Consul's webhook refuses any other name: `ProxyDefaults resource name must be \"global\"` (consul-k8s \
         control-plane/api/v1alpha1/proxydefaults_webhook.go, 0.46.1 to 2.0.3).";
    SINGLE: "proxydefaults-single", Error, "a cluster takes one ProxyDefaults",
        "The webhook looks at all namespaces: `ProxyDefaults resource already defined - only one global entry is \
         supported` (proxydefaults_webhook.go). Which of two wins depends on the order in which they are applied.";
    SPEC_PROTOCOL: "proxydefaults-spec-protocol", Error, "`protocol` of ProxyDefaults belongs below `spec.config`",
        "`spec.protocol` is a field of ServiceDefaults. The API server drops it from ProxyDefaults without a word; a page \
         of Consul's documentation on tracing shows it there by mistake.";
    REFUSED: "proxydefaults-refused", Error, "Consul's webhook refuses this ProxyDefaults",
        "`mode` must be unset (an annotation on pods says it), so must `transparentProxy.outboundListenerPort`, and \
         `meshGateway.mode` is local, remote or none (control-plane/api/v1alpha1/proxydefaults_types.go Validate).";
    UNIQUE: "config-entry-unique-name", Error, "config entries of one kind need different names in all namespaces",
        "`all ServiceDefaults resources must have unique names across namespaces`: the webhook refuses the second unless \
         Consul Enterprise mirrors namespaces (control-plane/api/common/configentry_webhook.go).";
    MUST_BE_STRING: "config-json-must-be-string", Error, "`envoy_*_json` takes JSON in a string, not YAML",
        "Consul decodes the keys into strings (internal/bootstrap/bootstrap_config.go, mapstructure): a map there ends the \
         proxy with `failed parsing Proxy.Config`. No webhook looks at it before.";
    UNKNOWN_KEY: "unknown-envoy-key", Warning, "Consul knows no such `envoy_*` key",
        "Unknown keys are ignored silently (agent/xds/config, bootstrap_config.go), so a slip in a key's name looks like \
         tracing that does nothing.";
    RESTART: "restart-required", Info, "these keys are read when a proxy starts",
        "`envoy_tracing_json` and the static clusters go into Envoy's bootstrap. After a change restart every injected \
         workload and every gateway (consul#8582, consul-k8s#886).";
}

/// Kinds and the chart they came with.
const SINCE: [(&str, (u32, u32)); 9] = [
    ("ControlPlaneRequestLimit", (1, 2)),
    ("JWTProvider", (1, 2)),
    ("SamenessGroup", (1, 2)),
    ("MeshService", (1, 2)),
    ("GatewayClassConfig", (1, 2)),
    ("GatewayPolicy", (1, 4)),
    ("RouteRetryFilter", (1, 4)),
    ("RouteTimeoutFilter", (1, 4)),
    ("Registration", (1, 6)),
];

pub(crate) fn check(mesh: &Mesh<'_>, out: &mut Sink) {
    proxy_defaults(mesh, out);
    unique(mesh, out);
    kinds(mesh, out);
}

fn proxy_defaults(mesh: &Mesh<'_>, out: &mut Sink) {
    let all = mesh.set.of(CONSUL, "ProxyDefaults");
    for index in all {
        let id = mesh.set.items[*index].id;
        if &*id.name != "global" {
            let hit = out.hit(
                &NAME_GLOBAL,
                At::object(*index, "/metadata/name"),
                format!("this ProxyDefaults is named `{}`, Consul takes `global` only", id.name),
                "name it global",
            );
            if mesh.defaults == Some(*index) {
                hit.breaks(HopKind::Tracer, Whose::All);
            }
        }
        let spec = mesh.set.items[*index].node.get("spec");
        let given = |path: &[&str]| spec.and_then(|spec| spec.path(path));
        let gateway = given(&["meshGateway", "mode"]).and_then(crate::yaml::Node::as_str).unwrap_or_default();
        let refused = [
            (given(&["mode"]).is_some_and(|node| node.as_str() != Some("")), "/spec/mode"),
            (
                given(&["transparentProxy", "outboundListenerPort"]).is_some(),
                "/spec/transparentProxy/outboundListenerPort",
            ),
            (!matches!(gateway, "" | "local" | "remote" | "none"), "/spec/meshGateway/mode"),
        ];
        for (_, path) in refused.into_iter().filter(|(wrong, _)| *wrong) {
            out.hit(&REFUSED, At::object(*index, path), "Consul's webhook refuses this value", "remove it")
                .breaks(HopKind::Tracer, Whose::All);
        }
        if mesh.set.items[*index].node.path(&["spec", "protocol"]).is_some() {
            out.hit(
                &SPEC_PROTOCOL,
                At::object(*index, "/spec/protocol").key(),
                "`spec.protocol` is no field of ProxyDefaults, the API server drops it",
                "move it to `spec.config.protocol`",
            );
        }
    }
    if let [first, second, ..] = all {
        out.hit(
            &SINGLE,
            At::object(*second, "/metadata/name"),
            format!("there are {} ProxyDefaults, a cluster takes one", all.len()),
            "join them in one that is named global",
        )
        .note("the first is here", At::object(*first, "/metadata/name"))
        .breaks(HopKind::Tracer, Whose::All);
    }
    let (Some(index), Some(config)) = (mesh.defaults, mesh.config) else { return };
    let entries = config.as_map().map_or(&[][..], |map| &map.entries);
    for entry in entries {
        // In any letter case, as Consul reads them.
        let key = entry.key.to_ascii_lowercase();
        if !key.starts_with("envoy_") {
            continue;
        }
        let at = At::object(index, format!("/spec/config/{}", crate::check::input::set::step(&entry.key)));
        let known = || BOOTSTRAP.iter().chain(XDS).copied();
        if known().all(|name| name != key) {
            let help = match out.closest(&key, BOOTSTRAP.iter().chain(XDS).copied().collect::<Vec<_>>().into_iter()) {
                Some(close) => format!("did you mean `{close}`?"),
                None => "remove it".to_string(),
            };
            out.hit(&UNKNOWN_KEY, at, format!("Consul knows no key `{}` and ignores it", entry.key), help);
        } else if key.ends_with("_json") && !matches!(entry.value.value, Value::String(_)) {
            let hit = out.hit(
                &MUST_BE_STRING,
                at,
                format!("`{}` is {}, Consul takes JSON in a string", entry.key, entry.value.kind()),
                "write it as a block: `KEY: |` and the JSON below, indented",
            );
            match &*key {
                "envoy_extra_static_clusters_json" => drop(hit.breaks(HopKind::Cluster, Whose::All)),
                // The servers read this one, and go on without it (measured).
                "envoy_listener_tracing_json" => {}
                _ => drop(hit.breaks(HopKind::Tracer, Whose::All)),
            }
        }
    }
    let at_start = ["envoy_tracing_json", "envoy_extra_static_clusters_json"];
    if let Some(key) = at_start.into_iter().find(|key| mesh.config_value(key).is_some()) {
        out.hit(
            &RESTART,
            At::object(index, format!("/spec/config/{key}")).key(),
            "proxies read this when they start",
            "after a change restart the injected workloads and the gateways",
        );
    }
}

fn unique(mesh: &Mesh<'_>, out: &mut Sink) {
    let on = |path: &[&str]| mesh.flag(path, Some(false)) == Some(true);
    if on(&["global", "enableConsulNamespaces"]) && on(&["connectInject", "consulNamespaces", "mirroringK8S"]) {
        return;
    }
    let kinds = ["ServiceDefaults", "ServiceResolver", "ServiceRouter", "ServiceSplitter", "ServiceIntentions"];
    for kind in kinds.into_iter().chain(["IngressGateway", "TerminatingGateway"]) {
        let mut seen: HashMap<&str, usize> = HashMap::new();
        for index in mesh.set.of(CONSUL, kind) {
            let id = mesh.set.items[*index].id;
            let Some(first) = seen.insert(&id.name, *index) else { continue };
            out.hit(
                &UNIQUE,
                At::object(*index, "/metadata/name"),
                format!("there is another {kind} `{}`, Consul refuses the second", id.name),
                "keep one: config entries belong to all namespaces alike",
            )
            .note("the first is here", At::object(first, "/metadata/name"));
        }
    }
}

fn kinds(mesh: &Mesh<'_>, out: &mut Sink) {
    for kind in ["ProxyDefaults", "ServiceDefaults", "IngressGateway", "ServiceIntentions", "Mesh"] {
        for index in mesh.set.of(CONSUL, kind) {
            let version = mesh.set.items[*index].node.get("apiVersion").and_then(crate::yaml::Node::as_str);
            if version != Some("consul.hashicorp.com/v1alpha1") {
                let message = format!("there is no {kind} of `{}`", version.unwrap_or_default());
                let hit = out.hit(
                    &crate::check::rules::crd_available::RULE,
                    At::object(*index, "/apiVersion"),
                    message,
                    "use consul.hashicorp.com/v1alpha1",
                );
                match mesh.by_item.get(index).copied().filter(|proxy| mesh.proxies[*proxy].is_gateway()) {
                    Some(proxy) => drop(hit.breaks(HopKind::Entry, Whose::Proxy(proxy))),
                    None if mesh.defaults == Some(*index) => drop(hit.breaks(HopKind::Tracer, Whose::All)),
                    None => {}
                }
            }
        }
    }
    let Some(chart) = mesh.versions.chart else { return };
    if chart.0 == 0 && mesh.flag(&["controller", "enabled"], Some(false)) == Some(false) {
        let entries =
            mesh.set.kinds().filter(|(group, _)| *group == CONSUL).flat_map(|(group, kind)| mesh.set.of(group, kind));
        if let (Some(index), Some(values)) = (entries.min(), mesh.values) {
            out.hit(
                &crate::check::rules::crd_available::RULE,
                At::values(values, "/controller/enabled"),
                format!("without `controller.enabled` chart {}.{} brings no custom resources", chart.0, chart.1),
                "set `controller.enabled: true`",
            )
            .note("the first that needs them", At::object(*index, "/kind"))
            .breaks(HopKind::Tracer, Whose::All);
        }
    }
    let late = SINCE.into_iter().map(|(kind, since)| (CONSUL, kind, since));
    let gateway = ["Gateway", "HTTPRoute"].into_iter().map(|kind| (GATEWAY_API, kind, (1, 2)));
    for (group, kind, since) in late.chain(gateway) {
        let ours = |index: &&usize| group == CONSUL || mesh.by_item.contains_key(*index) || chart.0 > 0;
        if (chart.0, chart.1) >= since {
            continue;
        }
        for index in mesh.set.of(group, kind).iter().filter(ours) {
            let hit = out.hit(
                &crate::check::rules::crd_available::RULE,
                At::object(*index, "/kind"),
                format!("{kind} came with chart {}.{}, this one is {}.{}", since.0, since.1, chart.0, chart.1),
                "use a newer chart, or an older way",
            );
            if let Some(proxy) = mesh.by_item.get(index).copied() {
                hit.breaks(HopKind::Entry, Whose::Proxy(proxy));
            }
        }
    }
}
