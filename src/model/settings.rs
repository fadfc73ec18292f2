//! The values, typed: types and choices of every key of `profiles/base.yaml`. Defaults are only in that file. A test
//! compares the two.

use crate::model::format::Format;
use crate::model::format::PORT;
use crate::named::Named;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;
use serde_json::Map;
use serde_json::Value;
use std::collections::BTreeMap;

/// A map that is passed through, including nulls.
pub type Free = Map<String, Value>;

macro_rules! choices {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $text:literal: $about:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        #[schemars(extend("enumDescriptions" = [$($about),+]))]
        #[allow(missing_docs, reason = "each choice has its text")]
        pub enum $name { $(#[serde(rename = $text)] $variant),+ }

        impl Named for $name {
            const ALL: &'static [$name] = &[$($name::$variant),+];

            fn name(self) -> &'static str {
                self.as_str()
            }
        }

        impl $name {
            /// The word as written in a profile.
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text),+ }
            }
        }
    };
}

choices!(
/// Who manages the Consul installation.
Manage {
    Chart = "chart": "render Helm values for Consul's chart, and the mesh objects",
    Existing = "existing": "Consul is already installed: render only the mesh objects",
});
choices!(
/// Log levels that Consul and Envoy share.
LogLevel {
    Trace = "trace": "everything, including the content of requests",
    Debug = "debug": "details for finding mistakes",
    Info = "info": "the usual",
    Warn = "warn": "warnings and errors",
    Error = "error": "only errors",
});
choices!(
/// Log levels of Jaeger.
JaegerLogLevel {
    Debug = "debug": "details for finding mistakes",
    Info = "info": "the usual",
    Warn = "warn": "warnings and errors",
    Error = "error": "only errors",
});
choices!(
/// Where the gossip key comes from. The key itself is never in the values.
GossipMode {
    Auto = "auto": "the chart creates the key",
    Existing = "existing": "the key is in a Secret that exists",
    ExternalSecrets = "external-secrets": "the external-secrets operator fills the Secret from `secrets.store`",
    Vault = "vault": "the key is in Vault, at `secrets.gossip.path`",
    Sops = "sops": "the Secret is a file below `files/` that SOPS encrypted",
    Off = "off": "gossip is not encrypted",
});
choices!(
/// Where a Secret comes from.
SecretMode {
    Auto = "auto": "Consul's chart creates it; only for the bootstrap token",
    Existing = "existing": "the Secret exists, or you create it as INSTALL.md says",
    ExternalSecrets = "external-secrets": "the external-secrets operator fills it from `secrets.store`",
    Vault = "vault": "from Vault, at the given path",
    Sops = "sops": "a file below `files/` that SOPS encrypted",
});
choices!(
/// The kind of the store that external-secrets reads.
StoreKind {
    Cluster = "ClusterSecretStore": "one store for the cluster",
    Namespaced = "SecretStore": "one store of that name in each namespace",
});
choices!(
/// What asks people who they are before they see the Jaeger UI.
UiProxy {
    None = "none": "nothing does: who reaches the UI sees all traces",
    Oauth2Proxy = "oauth2-proxy": "oauth2-proxy, in front of the UI",
});
choices!(
/// The type of a Service.
Exposure {
    ClusterIp = "cluster-ip": "reached only inside the cluster, or by `kubectl port-forward`",
    LoadBalancer = "load-balancer": "a load balancer of the cloud",
    NodePort = "node-port": "a port on every node",
});
choices!(
/// How the Jaeger UI is reached.
UiExposure {
    ClusterIp = "cluster-ip": "reached only inside the cluster, or by `kubectl port-forward`",
    LoadBalancer = "load-balancer": "a load balancer of the cloud",
    NodePort = "node-port": "a port on every node",
    Ingress = "ingress": "a Kubernetes Ingress",
});
choices!(
/// What runs Jaeger.
Backend {
    OperatorV1 = "operator-v1": "Jaeger 1 by jaeger-operator",
    OtelOperatorV2 = "otel-operator-v2": "Jaeger 2 by the OpenTelemetry operator",
    HelmV2 = "helm-v2": "Jaeger 2 by the chart jaegertracing/jaeger",
    External = "external": "a collector that exists, at `jaeger.external.address`",
});
choices!(
/// Jaeger's deployment strategy.
Strategy {
    AllInOne = "all-in-one": "all of Jaeger in one pod",
    Production = "production": "collector and query in pods of their own; needs storage outside the pod",
    Streaming = "streaming": "as production, with Kafka between the collector and an ingester; Jaeger 1 only",
});
choices!(
/// Where Jaeger keeps spans.
StorageType {
    Memory = "memory": "in the pod, lost when it ends",
    Badger = "badger": "files of the pod",
    Elasticsearch = "elasticsearch": "Elasticsearch at `urls`",
    Opensearch = "opensearch": "OpenSearch at `urls`",
    Cassandra = "cassandra": "Cassandra at `urls`",
    GrpcPlugin = "grpc-plugin": "a storage program behind gRPC",
});
choices!(
/// What Envoy speaks to the collector.
Tracer {
    Zipkin = "zipkin": "Zipkin over HTTP; every Envoy that Consul runs has it",
    Otlp = "otlp": "OpenTelemetry over gRPC; needs a recent Envoy",
});
choices!(
/// Where it is decided that a request is traced.
SamplingAt {
    Clients = "clients": "trace only requests that ask for it",
    Sidecars = "sidecars": "trace `percent` of the requests; gateways then send no spans",
});
choices!(
/// What exposes services outside the mesh.
IngressKind {
    IngressGateway = "ingress-gateway": "Consul's IngressGateway",
    ApiGateway = "api-gateway": "a Gateway of the Gateway API",
    None = "none": "no gateway",
});
choices!(
/// The protocol of a service, as Consul names it.
Protocol {
    Http = "http": "HTTP/1.1",
    Http2 = "http2": "HTTP/2",
    Grpc = "grpc": "gRPC",
    Tcp = "tcp": "anything else; Envoy creates no spans for it",
});
choices!(
/// Who starts the sync of an Argo CD Application.
Sync {
    Manual = "manual": "a person starts each sync",
    Automated = "automated": "every change is synced; what is no longer rendered is deleted",
});
choices!(
/// How a service gets a jaeger-agent sidecar.
Agent {
    None = "none": "no agent",
    Auto = "auto": "injected by jaeger-operator",
    Manual = "manual": "rendered with the workload",
});
choices!(
/// Whether the definitions in a chart's `crds/` folder are rendered.
ChartCrds {
    Include = "include": "they are rendered, and applied first",
    Skip = "skip": "they are not; what needs them is still rendered",
});
choices!(
/// Whether the hooks of a chart are rendered.
ChartHooks {
    Keep = "keep": "as ordinary objects; those for tests, deletion and rollback are left out",
    Drop = "drop": "none; INSTALL.md lists them",
});

/// All values.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[allow(missing_docs, reason = "each key is explained in profiles/base.yaml")]
pub struct Settings {
    pub cluster: Cluster,
    pub namespaces: Namespaces,
    pub consul: Consul,
    pub jaeger: Jaeger,
    pub tracing: Tracing,
    pub mesh: Mesh,
    pub ingress: Ingress,
    pub apps: Apps,
    #[schemars(extend("keyFormat" = Format::ServiceName.name()))]
    pub services: BTreeMap<String, Service>,
    pub operators: Operators,
    #[schemars(extend("keyFormat" = Format::DnsLabel.name()))]
    pub charts: BTreeMap<String, Release>,
    pub secrets: Secrets,
    pub images: BTreeMap<String, ImagePin>,
    pub registry: Registry,
    pub network_policies: NetworkPolicies,
    pub gitops: Gitops,
    pub vars: Free,
}

macro_rules! group {
    ($name:ident { $($(#[$attr:meta])* $field:ident : $type:ty),* $(,)? }) => {
        #[doc = concat!("See `", stringify!($name), "` in `profiles/base.yaml`, in camel case.")]
        #[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields, rename_all = "camelCase")]
        #[allow(missing_docs, reason = "each key is explained in profiles/base.yaml")]
        pub struct $name { $($(#[$attr])* pub $field: $type),* }
    };
}

group!(Cluster {
    #[schemars(extend("format" = Format::DnsDomain.name()))]
    domain: String,
    #[schemars(extend("format" = Format::KubernetesVersion.name()))]
    kubernetes: String,
});
group!(Namespaces { create: bool, pod_security: bool });
group!(Consul {
    manage: Manage,
    #[schemars(extend("format" = Format::DnsLabel.name()))]
    namespace: String,
    chart: String,
    #[schemars(extend("format" = Format::ProjectPathOrNone.name()))]
    chart_path: String,
    #[schemars(extend("format" = Format::DnsLabel.name()))]
    name: String,
    datacenter: String,
    image: String,
    log_level: LogLevel,
    servers: Servers,
    enterprise: Enterprise,
    gossip: Gossip,
    tls: Tls,
    acls: bool,
    ui: ConsulUi,
    inject: Inject,
    values: Free,
});
group!(Servers {
    #[schemars(range(min = 1, max = 99))]
    replicas: u32
});
group!(Enterprise { enabled: bool, license: SecretKey });
group!(SecretKey {
    #[schemars(extend("format" = Format::DnsSubdomain.name()))]
    secret: String,
    #[schemars(extend("format" = Format::SecretKey.name()))]
    key: String,
});
group!(Gossip { mode: GossipMode, secret: String, key: String });
group!(Tls { enabled: bool, auto_encrypt: bool, verify: bool });
group!(ConsulUi { service: Exposure });
group!(Inject { default: bool, allow_namespaces: Vec<String> });
group!(Jaeger {
    backend: Backend,
    #[schemars(extend("format" = Format::DnsSubdomain.name()))]
    name: String,
    #[schemars(extend("format" = Format::DnsLabel.name()))]
    namespace: String,
    #[schemars(extend("format" = Format::Version.name()))]
    version: String,
    #[schemars(extend("format" = Format::Version.name()))]
    chart: String,
    #[schemars(extend("format" = Format::ProjectPathOrNone.name()))]
    chart_path: String,
    strategy: Strategy,
    #[schemars(range(min = 1, max = 99))]
    replicas: u32,
    kafka: Kafka,
    log_level: JaegerLogLevel,
    resources: Free,
    storage: Storage,
    ui: JaegerUi,
    spec: Free,
    external: External,
});
group!(External {
    #[schemars(extend("format" = Format::AddressOrNone.name()))]
    address: String,
    tls: bool,
    ca: String,
    #[schemars(extend("keyFormat" = Format::HeaderName.name()))]
    headers: BTreeMap<String, SecretKey>,
    #[schemars(extend("format" = Format::Image.name()))]
    relay: String,
});
group!(Storage {
    #[serde(rename = "type")]
    kind: StorageType,
    max_traces: u32,
    urls: Vec<String>,
    #[schemars(extend("format" = Format::DnsSubdomain.name()))]
    secret: String,
    tls: StorageTls,
    #[schemars(range(min = 1, max = 3650))]
    retention_days: u32,
    rollover: Rollover,
    dependencies: bool,
    cassandra: Cassandra,
    volume: Volume,
});
group!(StorageTls { enabled: bool, ca: SecretKey });
group!(Rollover { enabled: bool, conditions: String });
group!(Cassandra {
    keyspace: String,
    datacenter: String,
    create_schema: bool,
    #[schemars(range(min = 1, max = 99))]
    replicas: u32,
});
group!(Volume {
    #[schemars(extend("format" = Format::Quantity.name()))]
    size: String,
    #[schemars(extend("format" = Format::DnsSubdomain.name()))]
    class: String,
});
group!(Kafka {
    brokers: Vec<String>,
    topic: String,
});
group!(JaegerUi {
    expose: UiExposure,
    #[schemars(extend("format" = Format::DnsSubdomain.name()))]
    host: String,
    #[schemars(extend("format" = Format::DnsSubdomain.name()))]
    class: String,
    tls: UiTls,
    auth: UiAuth,
});
group!(UiTls {
    #[schemars(extend("format" = Format::DnsSubdomain.name()))]
    issuer: String,
    #[schemars(extend("format" = Format::DnsSubdomain.name()))]
    secret: String,
});
group!(UiAuth {
    proxy: UiProxy,
    issuer: String,
    emails: Vec<String>,
    #[schemars(extend("format" = Format::DnsSubdomain.name()))]
    secret: String,
    args: Free,
});
group!(Tracing {
    tracer: Tracer,
    trace_id128: bool,
    #[schemars(extend("format" = Format::Duration.name()))]
    connect_timeout: String,
    sampling: Sampling,
});
group!(Sampling {
    #[schemars(range(min = 0, max = 100))]
    percent: f64,
    at: SamplingAt
});
group!(Mesh { proxy_defaults: Free });
group!(Ingress {
    kind: IngressKind,
    #[schemars(extend("keyFormat" = Format::DnsLabel.name()))]
    gateways: BTreeMap<String, Gateway>
});
group!(Gateway {
    #[schemars(extend("format" = PORT))]
    port: u16,
    service: Option<Exposure>,
    #[schemars(extend("format" = PORT))]
    node_port: Option<u16>,
});
group!(Apps {
    #[schemars(extend("format" = Format::DnsLabel.name()))]
    namespace: String
});
group!(Service {
    #[schemars(extend("format" = Format::DnsLabel.name()))]
    namespace: Option<String>,
    #[schemars(extend("format" = Format::Image.name()))]
    image: Option<String>,
    #[schemars(extend("format" = PORT))]
    port: Option<u16>,
    protocol: Option<Protocol>,
    #[schemars(range(min = 0))]
    replicas: Option<u32>,
    agent: Option<Agent>,
    calls: Option<Vec<String>>,
    ingress: Option<ServiceIngress>,
    #[schemars(extend("keyFormat" = Format::EnvName.name()))]
    env: Option<BTreeMap<String, String>>,
    service_defaults: Option<Free>,
    deployment: Option<Free>,
    service: Option<Free>,
    #[schemars(extend("format" = Format::EnvName.name()))]
    upstreams: Option<String>,
});
group!(ServiceIngress { gateway: Option<String>, hosts: Option<Vec<String>> });
group!(Operators { cert_manager: CertManager, jaeger: JaegerOperator, opentelemetry: OpentelemetryOperator });
group!(CertManager {
    #[schemars(extend("format" = Format::Version.name()))]
    version: String
});
group!(JaegerOperator {
    #[schemars(extend("format" = Format::VersionOrAuto.name()))]
    version: String,
    manifest: String,
    #[schemars(extend("format" = Format::DnsLabel.name()))]
    namespace: String,
    restricted: bool,
});
group!(OpentelemetryOperator {
    #[schemars(extend("format" = Format::Version.name()))]
    version: String,
    manifest: String,
    #[schemars(extend("format" = Format::DnsLabel.name()))]
    namespace: String,
});
group!(Release {
    #[schemars(extend("format" = Format::ProjectPath.name()))]
    path: String,
    #[schemars(extend("format" = Format::DnsLabel.name()))]
    namespace: Option<String>,
    values: Option<Free>,
    crds: Option<ChartCrds>,
    hooks: Option<ChartHooks>,
    api_versions: Option<Vec<String>>,
});
group!(Secrets {
    #[schemars(extend("format" = Format::DnsSubdomain.name()))]
    store: String,
    store_kind: StoreKind,
    refresh: String,
    gossip: StorePath,
    license: SecretSource,
    bootstrap_token: BootstrapToken,
    storage: StorageSource,
    otlp: PathSource,
    ui_auth: PathSource,
    vault: Vault,
});
group!(Gitops {
    #[serde(rename = "repoURL")]
    repo_url: String,
    revision: String,
    root: String,
    #[schemars(extend("format" = Format::DnsSubdomain.name()))]
    name: String,
    operators: bool,
    argocd: Argocd,
    flux: Flux,
});
group!(Argocd {
    enabled: bool,
    #[schemars(extend("format" = Format::DnsLabel.name()))]
    namespace: String,
    #[schemars(extend("format" = Format::DnsSubdomain.name()))]
    project: String,
    destination: String,
    sync: Sync,
});
group!(Flux {
    enabled: bool,
    #[schemars(extend("format" = Format::DnsLabel.name()))]
    namespace: String,
    interval: String,
    #[schemars(extend("format" = Format::DnsSubdomain.name()))]
    secret: String,
});
group!(StorePath { path: String, property: String });
group!(SecretSource { mode: SecretMode, path: String, property: String });
group!(PathSource { mode: SecretMode, path: String });
group!(BootstrapToken {
    mode: SecretMode,
    #[schemars(extend("format" = Format::DnsSubdomain.name()))]
    secret: String,
    #[schemars(extend("format" = Format::SecretKey.name()))]
    key: String,
    path: String,
    property: String,
});
group!(StorageSource { mode: SecretMode, path: String, properties: Vec<String> });
group!(Vault { mount: String, auth: String, roles: VaultRoles, ca: SecretKey, pki: Pki });
group!(VaultRoles { server: String, client: String, acls: String, ca: String });
group!(Pki { ca: String, server: String });
group!(ImagePin {
    #[schemars(extend("format" = Format::ImageTag.name()))]
    tag: Option<String>,
    #[schemars(extend("format" = Format::ImageDigest.name()))]
    digest: Option<String>,
});
group!(Registry {
    host: String,
    #[schemars(extend("format" = Format::DnsSubdomain.name()))]
    pull_secret: String,
});
group!(NetworkPolicies { enabled: bool, ui_from: Vec<String>, storage_ports: Vec<u16> });
