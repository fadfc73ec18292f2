//! The values as typed: types and choices of every key of `profiles/base.yaml`, and nothing about their defaults, which
//! stand there alone. A test walks both.

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;
use serde_json::Map;
use serde_json::Value;
use std::collections::BTreeMap;

/// A map that goes straight through, nulls included.
pub type Free = Map<String, Value>;

macro_rules! choices {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        #[allow(missing_docs, reason = "the choices are explained in profiles/base.yaml")]
        pub enum $name { $(#[serde(rename = $text)] $variant),+ }

        impl $name {
            /// The word as it stands in a profile.
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text),+ }
            }
        }
    };
}

choices!(
    /// Who owns the Consul installation.
    Manage { Chart = "chart", Existing = "existing" });
choices!(
    /// Log levels that Consul and Envoy share.
    LogLevel { Trace = "trace", Debug = "debug", Info = "info", Warn = "warn", Error = "error" });
choices!(
    /// Log levels of Jaeger.
    JaegerLogLevel { Debug = "debug", Info = "info", Warn = "warn", Error = "error" });
choices!(
    /// Where the gossip key comes from. It is only ever referred to.
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
    /// Who decides that a request is traced.
    SamplingAt { Clients = "clients", Sidecars = "sidecars" });
choices!(
    /// What lets requests into the mesh.
    IngressKind { IngressGateway = "ingress-gateway", ApiGateway = "api-gateway", None = "none" });
choices!(
    /// The protocol of a service, as Consul names it.
    Protocol { Http = "http", Http2 = "http2", Grpc = "grpc", Tcp = "tcp" });
choices!(
    /// How a service gets a jaeger-agent sidecar.
    Agent { None = "none", Auto = "auto", Manual = "manual" });

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
    #[schemars(extend("keyFormat" = "service-name"))]
    pub services: BTreeMap<String, Service>,
    pub operators: Operators,
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
    #[schemars(extend("format" = "dns-domain"))]
    domain: String,
    #[schemars(extend("format" = "kubernetes-version"))]
    kubernetes: String,
});
group!(Namespaces { create: bool });
group!(Consul {
    manage: Manage,
    #[schemars(extend("format" = "dns-label"))]
    namespace: String,
    chart: String,
    #[schemars(extend("format" = "dns-label"))]
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
    #[schemars(extend("format" = "dns-subdomain"))]
    secret: String,
    #[schemars(extend("format" = "secret-key"))]
    key: String,
});
group!(Gossip { mode: GossipMode, secret: String, key: String });
group!(Tls { enabled: bool, auto_encrypt: bool, verify: bool });
group!(ConsulUi { service: Exposure });
group!(Inject { default: bool, allow_namespaces: Vec<String> });
group!(Jaeger {
    backend: Backend,
    #[schemars(extend("format" = "dns-subdomain"))]
    name: String,
    #[schemars(extend("format" = "dns-label"))]
    namespace: String,
    #[schemars(extend("format" = "version"))]
    version: String,
    #[schemars(extend("format" = "version"))]
    chart: String,
    strategy: Strategy,
    log_level: JaegerLogLevel,
    storage: Storage,
    ui: JaegerUi,
    spec: Free,
    external: External,
});
group!(External {
    #[schemars(extend("format" = "address-or-none"))]
    address: String,
    tls: bool,
    ca: String,
    #[schemars(extend("keyFormat" = "header-name"))]
    headers: BTreeMap<String, SecretKey>,
    #[schemars(extend("format" = "image"))]
    relay: String,
});
group!(Storage {
    #[serde(rename = "type")]
    kind: StorageType,
    max_traces: u32,
    urls: Vec<String>,
    #[schemars(extend("format" = "dns-subdomain"))]
    secret: String,
});
group!(JaegerUi { expose: UiExposure });
group!(Tracing {
    tracer: Tracer,
    trace_id128: bool,
    #[schemars(extend("format" = "duration"))]
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
    #[schemars(extend("keyFormat" = "dns-label"))]
    gateways: BTreeMap<String, Gateway>
});
group!(Gateway {
    #[schemars(extend("format" = "port"))]
    port: u16,
    service: Option<Exposure>,
    #[schemars(extend("format" = "port"))]
    node_port: Option<u16>,
});
group!(Apps {
    #[schemars(extend("format" = "dns-label"))]
    namespace: String
});
group!(Service {
    #[schemars(extend("format" = "dns-label"))]
    namespace: Option<String>,
    #[schemars(extend("format" = "image"))]
    image: Option<String>,
    #[schemars(extend("format" = "port"))]
    port: Option<u16>,
    protocol: Option<Protocol>,
    #[schemars(range(min = 0))]
    replicas: Option<u32>,
    agent: Option<Agent>,
    calls: Option<Vec<String>>,
    ingress: Option<ServiceIngress>,
    #[schemars(extend("keyFormat" = "env-name"))]
    env: Option<BTreeMap<String, String>>,
    service_defaults: Option<Free>,
});
group!(ServiceIngress { gateway: Option<String>, hosts: Option<Vec<String>> });
group!(Operators { cert_manager: CertManager, jaeger: JaegerOperator, opentelemetry: OpentelemetryOperator });
group!(CertManager {
    #[schemars(extend("format" = "version"))]
    version: String
});
group!(JaegerOperator {
    #[schemars(extend("format" = "version-or-auto"))]
    version: String,
    manifest: String,
    #[schemars(extend("format" = "dns-label"))]
    namespace: String,
});
group!(OpentelemetryOperator {
    #[schemars(extend("format" = "version"))]
    version: String,
    manifest: String,
});
group!(Secrets {
    #[schemars(extend("format" = "dns-subdomain"))]
    store: String
});
group!(Gitops { argocd: Switch, flux: Switch });
group!(Switch { enabled: bool });
