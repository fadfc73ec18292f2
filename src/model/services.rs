//! The services of the mesh, with everything derived from their settings.

use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::ids;
use crate::model::Context;
use crate::model::settings;
use crate::model::settings::Agent;
use crate::model::settings::Free;
use crate::model::settings::Protocol;
use crate::model::settings::Settings;
use crate::stack::consul;
use crate::suggest::Asked;
use serde::Serialize;
use std::collections::BTreeMap;

/// A service.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Service {
    /// The name of its Service and in Consul.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// The image of its Deployment; null if the workload is the user's own.
    pub image: Option<String>,
    /// The port of its Service and its program.
    pub port: Option<u16>,
    /// In Consul's terms.
    pub protocol: Protocol,
    /// Number of pods; null leaves it to the cluster.
    pub replicas: Option<u32>,
    /// How it gets a jaeger-agent.
    pub agent: Agent,
    /// The services that it calls.
    pub calls: Vec<Call>,
    /// Environment variables, its own and `UPSTREAM_URIS`.
    pub env: BTreeMap<String, String>,
    /// Merged last into the ServiceDefaults.
    pub service_defaults: Free,
    /// What the profile adds to its Deployment and its Service: objects for the filter `overlay`.
    pub overlays: Vec<Free>,
}

/// A service that another one calls.
#[derive(Clone, Debug, Serialize)]
pub struct Call {
    /// Its name.
    pub name: String,
    /// Its address as resolved in the caller's pod; Consul's transparent proxy does the rest.
    pub uri: String,
}

pub(crate) fn derive(settings: &Settings, context: &Context<'_>, found: &mut Findings) -> Vec<Service> {
    let mut asked = Asked::default();
    settings.services.iter().map(|(name, service)| one(name, service, settings, context, (&mut asked, found))).collect()
}

fn one(
    name: &str,
    service: &settings::Service,
    settings: &Settings,
    context: &Context<'_>,
    (asked, found): (&mut Asked, &mut Findings),
) -> Service {
    let namespace = namespace(service, settings);
    let agent = service.agent.unwrap_or(Agent::None);
    if service.image.is_some() && service.port.is_none() {
        let place = context.place(&["services", name]);
        let finding = Finding::error(ids::MISSING_KEY, format!("`services.{name}` has an image but no port")).at(place);
        found.push(finding.help(format!("set services.{name}.port to the port that the program listens on")));
    }
    if agent != Agent::None && service.image.is_none() {
        let place = context.place(&["services", name, "agent"]);
        let message =
            format!("`services.{name}.agent` needs an image: without one no workload is rendered for the agent");
        let mode = if agent == Agent::Auto { " --mode annotation" } else { "" };
        let help = format!(
            "add it to your own manifest with `meshtrace inject -p {}{mode} --in-place FILE`, and set \
             services.{name}.agent to none here",
            context.values.names.join(",")
        );
        found.push(Finding::error(ids::AGENT_WITHOUT_WORKLOAD, message).at(place).help(help));
    }
    let overlays = overlays(name, service, context, found);
    if service.image.is_some() {
        not_injected(name, &namespace, settings, context, found);
    }
    let calls = calls(name, service, settings, context, (asked, found));
    let mut env = service.env.clone().unwrap_or_default();
    if !calls.is_empty() && service.image.is_some() {
        let uris = calls.iter().map(|call| call.uri.as_str()).collect::<Vec<_>>().join(",");
        env.entry(service.upstreams.as_deref().unwrap_or(UPSTREAMS).to_string()).or_insert(uris);
    }
    Service {
        name: name.to_string(),
        namespace,
        image: service.image.clone(),
        port: service.port,
        protocol: service.protocol.unwrap_or(Protocol::Http),
        replicas: service.replicas,
        agent,
        calls,
        env,
        service_defaults: service.service_defaults.clone().unwrap_or_default(),
        overlays,
    }
}

/// The environment variable that holds the addresses of `calls` unless the profile names another.
const UPSTREAMS: &str = "UPSTREAM_URIS";

/// `deployment` and `service` as objects that say what they are merged into.
fn overlays(name: &str, service: &settings::Service, context: &Context<'_>, found: &mut Findings) -> Vec<Free> {
    let both = [("deployment", "Deployment", &service.deployment), ("service", "Service", &service.service)];
    let given = both.into_iter().filter_map(|(key, kind, map)| Some((key, kind, map.as_ref()?)));
    let mut overlays = Vec::new();
    for (key, kind, map) in given.filter(|(_, _, map)| !map.is_empty()) {
        if service.image.is_none() {
            let message = format!("`services.{name}.{key}` needs an image: without one no {kind} is rendered");
            let finding = Finding::error(ids::MISSING_KEY, message).at(context.place(&["services", name, key]));
            found.push(finding.help(format!("set services.{name}.image, or add this to your own manifest")));
        }
        let of_metadata = ["name", "namespace"].map(|field| vec!["metadata", field]);
        for path in [vec!["apiVersion"], vec!["kind"]].into_iter().chain(of_metadata) {
            let mut steps = vec!["services", name, key];
            steps.extend(&path);
            let first = map.get(path[0]);
            let value = path.get(1).map_or(first, |field| first.and_then(|value| value.get(field)));
            if value.is_some() {
                let message = format!("`{}` cannot be changed: it says which object this is", steps.join("."));
                let help = format!("remove it; services.{name} and its `namespace` decide");
                found.push(Finding::error(ids::OVERLAY_IDENTITY, message).at(context.place(&steps)).help(help));
            }
        }
        let mut overlay = Free::new();
        overlay.insert("kind".to_string(), kind.into());
        overlay.extend(map.clone());
        let metadata = overlay.entry("metadata").or_insert_with(|| Free::new().into());
        if let Some(metadata) = metadata.as_object_mut() {
            metadata.insert("name".to_string(), name.into());
        }
        overlays.push(overlay);
    }
    overlays
}

pub(super) fn namespace(service: &settings::Service, settings: &Settings) -> String {
    service.namespace.as_ref().unwrap_or(&settings.apps.namespace).clone()
}

fn not_injected(name: &str, namespace: &str, settings: &Settings, context: &Context<'_>, found: &mut Findings) {
    let allowed = &settings.consul.inject.allow_namespaces;
    let never = consul::never_injected(namespace);
    if !never && allowed.iter().any(|allow| allow == "*" || allow == namespace) {
        return;
    }
    let place = context.place(&["services", name]);
    let message = format!("`services.{name}` is in namespace `{namespace}`, where Consul injects no sidecars");
    let help = match never {
        true => {
            let never = consul::NEVER_INJECTED.join(", ");
            format!("Consul never injects pods in {never}; use another namespace")
        }
        false => format!("add `{namespace}` to consul.inject.allowNamespaces"),
    };
    found.push(Finding::error(ids::SERVICE_NAMESPACE, message).at(place).help(help));
}

fn calls(
    name: &str,
    service: &settings::Service,
    settings: &Settings,
    context: &Context<'_>,
    (asked, found): (&mut Asked, &mut Findings),
) -> Vec<Call> {
    let mut calls = Vec::new();
    for (index, target) in service.calls.iter().flatten().enumerate() {
        let place = || context.place(&["services", name, "calls", &index.to_string()]);
        let Some(other) = settings.services.get(target) else {
            let finding = Finding::error(
                ids::UNKNOWN_SERVICE,
                format!("`services.{name}` calls `{target}`, but this render has no such service"),
            );
            let help = match asked.closest(target, settings.services.keys().map(String::as_str)) {
                Some(close) => format!("did you mean `{close}`?"),
                None => format!("add it: services.{target}"),
            };
            found.push(finding.at(place()).help(help));
            continue;
        };
        let Some(port) = other.port else {
            let message = format!("`services.{name}` calls `{target}`, which has no port");
            found.push(
                Finding::error(ids::MISSING_KEY, message).at(place()).help(format!("add services.{target}.port")),
            );
            continue;
        };
        let scheme = match other.protocol.unwrap_or(Protocol::Http) {
            Protocol::Http | Protocol::Http2 => "http",
            Protocol::Grpc => "grpc",
            Protocol::Tcp => "tcp",
        };
        let host = match namespace(other, settings) {
            same if same == namespace(service, settings) => target.clone(),
            other => format!("{target}.{other}"),
        };
        calls.push(Call { name: target.clone(), uri: format!("{scheme}://{host}:{port}") });
    }
    calls
}
