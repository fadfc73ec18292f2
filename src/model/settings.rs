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
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        #[allow(missing_docs, reason = "the choices are explained in profiles/base.yaml")]
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
    Manage { Chart = "chart", Existing = "existing" });
choices!(
    /// Log levels that Consul and Envoy share.
    LogLevel { Trace = "trace", Debug = "debug", Info = "info", Warn = "warn", Error = "error" });
choices!(
    /// Log levels of Jaeger.
    JaegerLogLevel { Debug = "debug", Info = "info", Warn = "warn", Error = "error" });
choices!(
    /// Where the gossip key comes from. The key itself is never in the values.
    GossipMode { Auto = "auto", Existing = "existing", ExternalSecrets = "external-secrets", Vault = "vault", Off = "off" });
choices!(
    /// The type of a Service.
    Exposure { ClusterIp = "cluster-ip", LoadBalancer = "load-balancer", NodePort = "node-port" });
choices!(
    /// How the Jaeger UI is reached.
    UiExposure { ClusterIp = "cluster-ip", LoadBalancer = "load-balancer", NodePort = "node-port", Ingress = "ingress" });
choices!(
    /// What runs Jaeger.
    Backend { OperatorV1 = "operator-v1", OtelOperatorV2 = "otel-operator-v2", HelmV2 = "helm-v2", External = "external" });
choices!(
    /// Jaeger's deployment strategy.
    Strategy { AllInOne = "all-in-one", Production = "production" });
choices!(
    /// Where Jaeger keeps spans.
    StorageType { Memory = "memory", Badger = "badger", Elasticsearch = "elasticsearch", Cassandra = "cassandra", GrpcPlugin = "grpc-plugin" });
choices!(
    /// What Envoy speaks to the collector.
    Tracer { Zipkin = "zipkin", Otlp = "otlp" });
choices!(
    /// Where it is decided that a request is traced.
    SamplingAt { Clients = "clients", Sidecars = "sidecars" });
choices!(
    /// What exposes services outside the mesh.
    IngressKind { IngressGateway = "ingress-gateway", ApiGateway = "api-gateway", None = "none" });
choices!(
    /// The protocol of a service, as Consul names it.
    Protocol { Http = "http", Http2 = "http2", Grpc = "grpc", Tcp = "tcp" });
choices!(
    /// How a service gets a jaeger-agent sidecar.
    Agent { None = "none", Auto = "auto", Manual = "manual" });
choices!(
    /// Whether the definitions in a chart's `crds/` folder are rendered.
    ChartCrds { Include = "include", Skip = "skip" });
choices!(
    /// Whether the hooks of a chart are rendered.
    ChartHooks { Keep = "keep", Drop = "drop" });

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
group!(Namespaces { create: bool });
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
    log_level: JaegerLogLevel,
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
});
group!(JaegerUi { expose: UiExposure });
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
});
group!(OpentelemetryOperator {
    #[schemars(extend("format" = Format::Version.name()))]
    version: String,
    manifest: String,
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
    store: String
});
group!(Gitops { argocd: Switch, flux: Switch });
group!(Switch { enabled: bool });
