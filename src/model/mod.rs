//! Turns values into the model: typed, with the names, addresses and ports that templates need.
//!
//! In: [`Values`]. Out: a [`Model`], the only thing templates see. Sets no defaults (`profiles/base.yaml` does) and
//! prints nothing; contradictory settings are reported here, at the profile's line.

pub(crate) mod format;
pub mod schema;
pub mod settings;

pub(crate) mod backend;
mod charts;
mod consistency;
mod fit;
mod gitops;
mod images;
mod ingress;
mod install;
mod kubernetes;
mod mesh;
mod secrets;
mod security;
mod services;
mod storage;
mod ui;

// For `check`, until it uses `stack` directly.
pub(crate) use crate::stack::consul::chart;
pub(crate) use crate::stack::jaeger::names;
pub(crate) use crate::stack::jaeger::operator;

pub use charts::Owner;
pub use charts::Release;
pub use gitops::Gitops;
pub use gitops::Home;
pub(crate) use gitops::object_name as render_object_name;
pub use images::Image;
pub use images::Images;
pub use ingress::Ingress;
pub use install::Install;
pub use mesh::Mesh;
pub use secrets::Entry;
pub use secrets::Secrets;
pub use secrets::Wanted;
pub use services::Service;
pub use storage::Store;

use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::ids;
use crate::profile::Values;
use crate::source::Place;
use crate::source::Sources;
use crate::source::Span;
use crate::stack::cert_manager;
use crate::stack::consul;
use crate::stack::consul::chart::Chart;
use crate::stack::jaeger::operator::Operator;
use crate::stack::otel;
use serde::Serialize;
use settings::Free;
use settings::Manage;
use settings::Settings;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What templates see. `meshtrace show values` prints the settings from which it is derived.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Model {
    /// The settings below `cluster`.
    pub cluster: settings::Cluster,
    /// Whether to render namespaces, and which ones this render uses.
    pub namespaces: Namespaces,
    /// The settings, with the versions that the chart installs.
    pub consul: Consul,
    /// The settings, with addresses.
    pub jaeger: Jaeger,
    /// The settings below `tracing`.
    pub tracing: settings::Tracing,
    /// The user's part of the ProxyDefaults.
    pub mesh: Mesh,
    /// The kind of gateway, and the gateways with their services.
    pub ingress: Ingress,
    /// The settings below `apps`.
    pub apps: settings::Apps,
    /// Sorted by name. Shared, because templates see them one by one and there may be thousands.
    #[serde(skip)]
    pub services: Arc<Vec<Service>>,
    /// The allowed callers of each service, if Consul denies by default.
    pub intentions: Vec<Intention>,
    /// The operators that have to be installed first.
    pub operators: Operators,
    /// The Helm charts that are rendered into the tree, sorted by name.
    pub charts: Vec<Release>,
    /// The decisions in INSTALL.md.
    pub install: Install,
    /// The settings below `secrets`, and every Secret that the render rests on.
    pub secrets: Secrets,
    /// The images by name.
    pub images: Images,
    /// The settings below `registry`.
    pub registry: settings::Registry,
    /// The settings below `networkPolicies`, with the namespaces of the mesh.
    pub network_policies: NetworkPolicies,
    /// The settings below `gitops`, with the names and paths of this render.
    pub gitops: Gitops,
    /// Values for the user's own templates.
    pub vars: Free,
}

/// The namespaces of a render.
#[derive(Clone, Debug, Serialize)]
pub struct Namespaces {
    /// Whether to render them.
    pub create: bool,
    /// Sorted; without that of an existing Consul where they are rendered.
    pub list: Vec<String>,
    /// The Pod Security level of each; empty if they are not labeled.
    pub levels: BTreeMap<String, &'static str>,
}

/// What NetworkPolicies let through.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkPolicies {
    /// The settings.
    #[serde(flatten)]
    pub settings: settings::NetworkPolicies,
    /// The namespaces with sidecars, sorted.
    pub apps: Vec<String>,
    /// The namespaces whose proxies send spans: those with sidecars, and that of the gateways; sorted.
    pub mesh: Vec<String>,
    /// The ports of the storage.
    pub storage: Vec<u16>,
}

/// The Consul settings, with what the chart version determines.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Consul {
    /// The settings.
    #[serde(flatten)]
    pub settings: settings::Consul,
    /// What the chart version installs.
    pub release: Chart,
    /// The image to set, or null to leave it to the chart. Hides the setting, whose `auto` is of no use to templates.
    #[serde(rename = "pinnedImage")]
    pub pinned_image: Option<String>,
}

/// The Jaeger settings, with the names and addresses derived from them.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Jaeger {
    /// The settings below `settings`.
    #[serde(flatten)]
    pub settings: settings::Jaeger,
    /// Where Envoy sends spans.
    pub collector: Collector,
    /// The Jaeger UI.
    pub query: Query,
    /// The collector's headless Service, over which agents balance; null if there is none.
    pub headless: Option<String>,
    /// The Deployments that run it, if it runs in this cluster.
    pub workloads: Vec<String>,
    /// Whether the pods that hold spans also run everything else.
    pub all_in_one: bool,
    /// Where it keeps spans.
    pub store: Store,
    /// Whether it is Jaeger v2, an OpenTelemetry collector.
    pub v2: bool,
    /// The image of Jaeger v2; null if an operator chooses it, or if it is not ours.
    pub image: Option<String>,
    /// Whether its operator needs cert-manager.
    pub needs_cert_manager: bool,
    /// Whether programs can have a jaeger-agent sidecar.
    pub supports_agent: bool,
    /// Whether spans go through our own collector, which adds the headers that `external` requires.
    pub relay: bool,
    /// The label `app.kubernetes.io/instance` that the OpenTelemetry operator puts on its pods.
    pub instance: String,
    /// The headers that the relay adds, each a reference to its environment variable.
    pub relay_headers: BTreeMap<String, String>,
    /// The `external` settings with the address in parts; null for any other backend.
    pub target: Option<External>,
}

/// A backend outside this render.
#[derive(Clone, Debug, Serialize)]
pub struct External {
    /// Without brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Whether it speaks TLS.
    pub tls: bool,
    /// Headers to send with each request, sorted by name.
    pub headers: Vec<Header>,
}

/// A header whose value is in a Secret.
#[derive(Clone, Debug, Serialize)]
pub struct Header {
    /// Name of the header.
    pub name: String,
    /// The relay's environment variable that holds its value.
    pub env: String,
    /// Name of the Secret.
    pub secret: String,
    /// The key in the Secret.
    pub key: String,
}

/// Where spans go.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Collector {
    /// Name of the Service; empty if the collector is outside this cluster.
    pub service: String,
    /// Its fully qualified DNS name, which resolves from every namespace.
    pub host: String,
    /// Its port for the tracer's protocol.
    pub port: u16,
    /// Name of the cluster in Envoy.
    pub cluster: String,
    /// Whether Envoy uses TLS.
    pub tls: bool,
    /// Whether the host is an IP address, which needs no DNS.
    pub is_ip: bool,
}

/// The Jaeger UI.
#[derive(Clone, Debug, Serialize)]
pub struct Query {
    /// Name of the Service.
    pub service: String,
    /// Its port.
    pub port: u16,
}

/// Who may call a service.
#[derive(Clone, Debug, Serialize)]
pub struct Intention {
    /// The service.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// Sorted names of services and gateways.
    pub sources: Vec<String>,
}

/// The operators that have to be installed before the render is applied.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Operators {
    /// The settings, with the facts about this version.
    pub cert_manager: CertManager,
    /// The settings, with the facts about this version; null if another backend runs Jaeger.
    pub jaeger: Option<JaegerOperator>,
    /// The settings, with the facts about this version; null if another backend runs Jaeger.
    pub opentelemetry: Option<OtelOperator>,
}

/// cert-manager, with the Kubernetes versions that it supports.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CertManager {
    /// The version in the settings.
    pub version: String,
    /// The oldest Kubernetes minor it is tested on; null if unknown.
    pub kubernetes_from: Option<&'static str>,
    /// The newest Kubernetes minor it is tested on; null if unknown.
    pub kubernetes_to: Option<&'static str>,
}

/// The OpenTelemetry operator, with the facts about its version.
#[derive(Clone, Debug, Serialize)]
pub struct OtelOperator {
    /// The facts about its version.
    #[serde(flatten)]
    pub release: otel::Operator,
    /// `none`, or the user's own file or URL.
    pub manifest: String,
    /// Where it runs.
    pub namespace: String,
    /// The manifest in the output, if ours is moved to the namespace.
    pub moved: Option<String>,
}

/// The Jaeger operator, with the facts about its version.
#[derive(Clone, Debug, Serialize)]
pub struct JaegerOperator {
    /// The facts about its version.
    #[serde(flatten)]
    pub release: Operator,
    /// `none`, or the user's own file or URL.
    pub manifest: String,
    /// Where it runs.
    pub namespace: String,
    /// The manifest in the output, if the user's own is moved to the namespace.
    pub moved: Option<String>,
    /// The only namespaces that it watches; empty for all.
    pub watch: Vec<String>,
}

/// Checks the types of the values and derives the model. Reports everything that is wrong; `None` if no valid model can
/// be derived, or if a layer of the values is missing. `home`: where the render will be.
pub fn derive(values: &Values, sources: &Sources, home: &Home, found: &mut Findings) -> Option<Model> {
    let before = found.errors();
    schema::validate(values, sources, found);
    if found.errors() > before || !values.complete {
        return None;
    }
    let settings: Settings = match serde_json::from_value(values.root.to_json()) {
        Ok(settings) => settings,
        Err(error) => {
            found.push(Finding::error(ids::WRONG_TYPE, format!("a value has the wrong type: {error}")));
            return None;
        }
    };
    let context = Context { values, sources, home };
    consistency::check(&settings, &context, found);
    fit::check(&settings, &context, found);
    let model = build(settings, &context, found);
    if found.errors() > before { None } else { model }
}

/// Finds the line of the profile that sets a key.
pub(crate) struct Context<'a> {
    values: &'a Values,
    sources: &'a Sources,
    home: &'a Home,
}

impl Context<'_> {
    /// Where the value of `path` is set; if it is not set, the place of the nearest map above.
    pub(crate) fn place(&self, path: &[&str]) -> Option<Place> {
        let mut node = &self.values.root;
        let mut span = Span::NONE;
        for step in path {
            let next = match step.parse::<usize>() {
                Ok(index) if node.as_list().is_some() => node.as_list().and_then(|list| list.get(index)),
                _ => node.get(step),
            };
            let Some(next) = next else { break };
            node = next;
            span = next.span;
        }
        self.sources.place(span)
    }
}

fn build(settings: Settings, context: &Context<'_>, found: &mut Findings) -> Option<Model> {
    let chart = *chart::find(&settings.consul.chart)?;
    let operators = operators(&settings)?;
    let services = services::derive(&settings, context, found);
    let ingress = ingress::derive(&settings, &services, context, found);
    let mesh = mesh::derive(&settings, context, found);
    let jaeger = backend::derive(&settings);
    let intentions = intentions(&settings, &services, &ingress);
    let images = images::derive(&settings, &chart, context, found);
    let secrets = secrets::derive(&settings, context);
    ui::check(&settings, context, found);
    let network_policies = network_policies(&settings, &services);
    let charts = charts::derive(&settings);
    let mut namespaces = namespaces(&settings, &services, &jaeger, &charts);
    let gitops = gitops::derive(&settings, context.home);
    let pinned_image = match settings.consul.image.as_str() {
        "auto" if settings.consul.enterprise.enabled => Some(consul::enterprise_image(chart.consul)),
        "auto" => None,
        image => Some(image.to_string()),
    };
    let consul = Consul { settings: settings.consul, release: chart, pinned_image };
    if settings.namespaces.pod_security {
        namespaces.levels = security::levels(&namespaces.list, &consul, &jaeger, &services);
    }
    let install = install::derive(&consul, &jaeger, &operators, &ingress, &services);
    Some(Model {
        cluster: settings.cluster,
        namespaces,
        consul,
        jaeger,
        tracing: settings.tracing,
        mesh,
        ingress,
        apps: settings.apps,
        services: Arc::new(services),
        intentions,
        operators,
        charts,
        install,
        secrets,
        images,
        registry: settings.registry,
        network_policies,
        gitops,
        vars: settings.vars,
    })
}

/// The operators that the backend needs, and no others.
fn operators(settings: &Settings) -> Option<Operators> {
    let set = &settings.operators;
    let jaeger = match settings.jaeger.backend {
        settings::Backend::OperatorV1 => Some(JaegerOperator {
            release: operator::find(backend::operator_version(settings)).ok()?,
            manifest: set.jaeger.manifest.clone(),
            namespace: set.jaeger.namespace.clone(),
            moved: moved(&set.jaeger.manifest),
            watch: watched(settings),
        }),
        _ => None,
    };
    let opentelemetry = match settings.jaeger.backend {
        settings::Backend::OtelOperatorV2 => Some(OtelOperator {
            release: otel::find(&set.opentelemetry.version)?,
            manifest: set.opentelemetry.manifest.clone(),
            namespace: set.opentelemetry.namespace.clone(),
            moved: moved(&set.opentelemetry.manifest),
        }),
        _ => None,
    };
    let tested = cert_manager::kubernetes(&set.cert_manager.version);
    let cert_manager = CertManager {
        version: set.cert_manager.version.clone(),
        kubernetes_from: tested.map(|(from, _)| from),
        kubernetes_to: tested.map(|(_, to)| to),
    };
    Some(Operators { cert_manager, jaeger, opentelemetry })
}

/// Where a manifest below `files/` is in the output.
fn moved(manifest: &str) -> Option<String> {
    manifest.strip_prefix("files/").map(|path| format!("manifests/{path}"))
}

/// The namespaces that a restricted jaeger-operator watches: its own, Jaeger's, and those of programs that want an agent.
fn watched(settings: &Settings) -> Vec<String> {
    if !settings.operators.jaeger.restricted {
        return Vec::new();
    }
    let mut list = vec![settings.operators.jaeger.namespace.clone(), settings.jaeger.namespace.clone()];
    let auto = settings.services.values().filter(|service| service.agent == Some(settings::Agent::Auto));
    list.extend(auto.map(|service| services::namespace(service, settings)));
    list.sort();
    list.dedup();
    list
}

fn namespaces(settings: &Settings, services: &[Service], jaeger: &Jaeger, charts: &[Release]) -> Namespaces {
    let mut list = vec![settings.consul.namespace.clone(), settings.apps.namespace.clone()];
    if jaeger.runs_here() {
        list.push(settings.jaeger.namespace.clone());
    }
    if settings.jaeger.backend == settings::Backend::OperatorV1 {
        list.push(settings.operators.jaeger.namespace.clone());
    }
    list.extend(services.iter().map(|service| service.namespace.clone()));
    list.extend(charts.iter().map(|release| release.namespace.clone()));
    // It is there, with programs that other levels or deleting it would end.
    if settings.namespaces.create && settings.consul.manage == Manage::Existing {
        list.retain(|name| *name != settings.consul.namespace);
    }
    list.sort();
    list.dedup();
    Namespaces { create: settings.namespaces.create, list, levels: BTreeMap::new() }
}

fn network_policies(settings: &Settings, services: &[Service]) -> NetworkPolicies {
    let mut apps: Vec<String> = services.iter().map(|service| service.namespace.clone()).collect();
    apps.sort();
    apps.dedup();
    let mut mesh = apps.clone();
    mesh.push(settings.consul.namespace.clone());
    mesh.sort();
    mesh.dedup();
    let storage = storage::ports(settings);
    NetworkPolicies { settings: settings.network_policies.clone(), apps, mesh, storage }
}

/// With ACLs, Consul denies by default, so each call and each ingress needs an intention.
fn intentions(settings: &Settings, services: &[Service], ingress: &Ingress) -> Vec<Intention> {
    if !settings.consul.acls {
        return Vec::new();
    }
    let mut callers: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for service in services {
        for call in &service.calls {
            callers.entry(&call.name).or_default().push(service.name.clone());
        }
    }
    for gateway in &ingress.gateways {
        for entry in &gateway.services {
            callers.entry(&entry.name).or_default().push(gateway.name.clone());
        }
    }
    let of = |service: &Service| {
        let mut sources = callers.get(service.name.as_str())?.clone();
        sources.sort();
        sources.dedup();
        Some(Intention { name: service.name.clone(), namespace: service.namespace.clone(), sources })
    };
    services.iter().filter_map(of).collect()
}

impl Jaeger {
    /// Whether Jaeger, or a relay to another backend, runs in this cluster.
    pub fn runs_here(&self) -> bool {
        self.target.is_none() || self.relay
    }
}

impl Consul {
    /// Whether we render the chart's values.
    pub fn is_ours(&self) -> bool {
        self.settings.manage == Manage::Chart
    }
}
