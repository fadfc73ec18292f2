//! Jaeger: the resource of jaeger-operator, Jaeger v2, the agent, their ports, and the Services that each way of
//! running it creates.

mod fields;
mod flags;
pub mod names;
pub mod operator;

use crate::stack::Version;
pub use fields::FIELDS;
pub use flags::COLLECTOR_FLAGS;
pub use flags::Flag;
pub use flags::V2_FLAGS;
pub use flags::collector_flags;
pub use flags::is_collector_flag;

/// The API group of the Jaeger resource.
pub const GROUP: &str = "jaegertracing.io";
/// `apiVersion` of the Jaeger resource (jaeger-operator `apis/v1/jaeger_types.go`).
pub const API_VERSION: &str = "jaegertracing.io/v1";
/// The kind of the Jaeger resource.
pub const KIND: &str = "Jaeger";
/// Where Jaeger publishes its images.
pub const IMAGE_OWNER: &str = "jaegertracing";

/// The annotation that jaeger-operator reads on Deployments and Namespaces, never on pods: a Jaeger's name, `true` or
/// `false` (jaeger-operator 1.37 `pkg/inject/sidecar.go`).
pub const INJECT: &str = "sidecar.jaegertracing.io/inject";
/// The label by which the operator recognizes its own agents (`pkg/inject/sidecar.go`).
pub const INJECTED: &str = "sidecar.jaegertracing.io/injected";
/// An older annotation, still a constant in `pkg/inject/sidecar.go` but no longer read.
pub const INJECT_LEGACY: &str = "inject-jaeger-agent";

/// The Zipkin port, in v1 and v2 (jaeger-operator 1.37 `pkg/deployment/all_in_one.go`, Jaeger 2.20
/// `cmd/jaeger/internal/all-in-one.yaml`).
pub const ZIPKIN: u16 = 9411;
/// The port of the UI (`pkg/service/query.go`).
pub const UI: u16 = 16686;
/// The port that agents send to, with Jaeger's own gRPC protocol (`pkg/service/collector.go`).
pub const GRPC: u16 = 14250;
/// Ports of a v1 collector that accept only Jaeger's own protocols: gRPC, TChannel, Thrift over HTTP; and the admin
/// port, which accepts no spans (`pkg/deployment/collector.go`).
pub const OWN_PROTOCOLS: [u16; 4] = [GRPC, 14267, 14268, 14269];

/// The variable that opens [`ZIPKIN`] in Jaeger v1 (jaeger `cmd/collector/app/flags/flags.go`; `:9411`). The operator
/// sets it.
pub const ZIPKIN_VARIABLE: &str = "COLLECTOR_ZIPKIN_HOST_PORT";
/// Its name before Jaeger 1.22; no longer read (jaegertracing/jaeger#2960).
pub const ZIPKIN_VARIABLE_LEGACY: &str = "COLLECTOR_ZIPKIN_HTTP_PORT";
/// The variable with the listen host of the receivers in Jaeger v2's built-in configuration (jaeger v2.1.0
/// `cmd/jaeger/internal/all-in-one.yaml`).
pub const LISTEN_HOST: &str = "JAEGER_LISTEN_HOST";
/// The first Jaeger v1 that can accept OTLP (jaeger v1.35.0 `cmd/collector/app/flags/flags.go`).
pub const OTLP_SINCE: Version = Version::new(1, 35, 0);
/// The first Jaeger v1 that accepts OTLP by default (jaeger `CHANGELOG.md`, 1.46.0; jaegertracing/jaeger#4494).
pub const OTLP_BY_DEFAULT: Version = Version::new(1, 46, 0);
/// The first Jaeger that reads [`ZIPKIN_VARIABLE`] instead of [`ZIPKIN_VARIABLE_LEGACY`] (jaeger CHANGELOG 1.22.0).
pub const ZIPKIN_VARIABLE_SINCE: Version = Version::new(1, 22, 0);
/// The first Jaeger whose Zipkin receiver accepts any path that starts with `/` (measured).
pub const ANY_ZIPKIN_PATH: Version = Version::new(1, 53, 0);
/// The Jaeger v1 whose OTLP receivers listen on localhost unless told otherwise; they listened on all addresses before and
/// do so after (jaeger `CHANGELOG.md`, 1.59.0; jaegertracing/jaeger#5737).
pub const OTLP_ON_LOCALHOST: Version = Version::new(1, 59, 0);
/// What Jaeger v1 can keep spans in, in any release: `SPAN_STORAGE_TYPE`, several of them with commas (jaeger v1.10.0 to
/// v1.76.0 `plugin/storage/factory.go`).
pub const SPAN_STORAGE: [&str; 9] =
    ["cassandra", "opensearch", "elasticsearch", "memory", "kafka", "grpc-plugin", "grpc", "badger", "blackhole"];
/// The variables that the image of Jaeger v2 sets (jaeger v2.1.0 to v2.20.0 `cmd/jaeger/Dockerfile`).
pub const IMAGE_VARIABLES: &[(&str, &str)] = &[(LISTEN_HOST, "0.0.0.0")];
/// The first Jaeger v2 whose memory storage needs `max_traces` above 0 (jaeger v2.7.0 `internal/storage/v2/memory/tenant.go`).
pub const MEMORY_HAS_LIMIT: Version = Version::new(2, 7, 0);
/// The last Jaeger v1, which the `latest` tag of its images refers to.
pub const LAST_V1: Version = Version::new(1, 76, 0);

/// Jaeger v2 releases that use the storage settings we generate (`auth.basic` of Elasticsearch, `schema.create` of
/// Cassandra).
pub const V2: &[&str] = &[
    "2.8.0", "2.9.0", "2.10.0", "2.11.0", "2.12.0", "2.13.0", "2.14.0", "2.14.1", "2.15.0", "2.15.1", "2.16.0",
    "2.17.0", "2.18.0", "2.19.0", "2.20.0",
];

/// Where the v2 releases were read.
pub const SOURCES: &[&str] = &["https://github.com/jaegertracing/jaeger/tags"];

/// The suffix of the Deployment that reads spans from Kafka (jaeger-operator 1.37 `pkg/deployment/ingester.go`).
pub const INGESTER: &str = "ingester";
/// The user that Jaeger's images run as (jaeger v1.62.0 `cmd/all-in-one/Dockerfile`, v2.20.0 `cmd/jaeger/Dockerfile`);
/// those of 1.37 name none.
pub const USER: u32 = 10001;
/// The job that computes the dependency graph. There is only this tag (jaeger-operator 1.65
/// `pkg/cronjob/spark_dependencies.go`).
pub const DEPENDENCIES_IMAGE: &str = "ghcr.io/jaegertracing/spark-dependencies/spark-dependencies:latest";

/// The image of a Jaeger v2 release.
pub fn v2_image(version: &str) -> String {
    format!("{IMAGE_OWNER}/jaeger:{version}")
}

/// The lowest Kubernetes minor that the `jaeger` chart supports (jaegertracing/helm-charts `charts/jaeger/Chart.yaml`
/// `kubeVersion`, jaeger-0.68.0 to 4.11.1).
pub const CHART_KUBERNETES: &str = "1.21";

/// Whether this version of the `jaeger` chart creates one Deployment with one Service that runs v2, as it does since
/// 4.2 (jaegertracing/helm-charts `charts/jaeger` at jaeger-4.2.0).
pub fn is_v2_chart(version: &str) -> bool {
    Version::read(version).is_some_and(|version| version.major() == 4 && version.at_least(4, 2))
}

/// Fields of the Jaeger resource that have no counterpart in the OpenTelemetryCollector or the v2 chart
/// (`apis/v1/jaeger_types.go`).
pub const SPEC_OF_V1: &[&str] = &["agent", "allInOne", "collector", "ingester", "query", "sampling", "strategy", "ui"];

/// The fields of the Jaeger resource that each describe a program, with `image` and `options`
/// (`apis/v1/jaeger_types.go`).
pub const COMPONENTS: [&str; 5] = ["allInOne", "collector", "query", "agent", "ingester"];
/// The other fields that have `options` (likewise).
pub const WITH_OPTIONS: [&str; 2] = ["storage", "ingress"];

/// How a Jaeger resource is deployed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// Everything in one pod.
    AllInOne,
    /// Collector and query in separate pods.
    Production,
    /// Like production, with Kafka between collector and storage.
    Streaming,
}

impl Strategy {
    /// Its spelling in the resource.
    pub fn as_str(self) -> &'static str {
        match self {
            Strategy::AllInOne => "allInOne",
            Strategy::Production => "production",
            Strategy::Streaming => "streaming",
        }
    }

    /// Parses a strategy, in any letter case. Empty means all-in-one, and `all-in-one` is its old spelling. `None`: the
    /// operator does not know the word and uses all-in-one (`apis/v1/deployment_strategy.go`).
    pub fn read(word: &str) -> Option<Strategy> {
        match &*word.to_ascii_lowercase() {
            "" | "allinone" | "all-in-one" => Some(Strategy::AllInOne),
            "production" => Some(Strategy::Production),
            "streaming" => Some(Strategy::Streaming),
            _ => None,
        }
    }

    /// The strategy that the operator uses: all-in-one for an unknown word, and for a storage inside the pod
    /// (`pkg/strategy/controller.go` `normalize`).
    pub fn effective(word: &str, storage: &str) -> Strategy {
        match is_in_pod(storage_kind(storage)) {
            true => Strategy::AllInOne,
            false => Strategy::read(word).unwrap_or(Strategy::AllInOne),
        }
    }
}

/// The port of Cassandra unless an option says otherwise (jaeger v1 `plugin/storage/cassandra/options.go`).
pub(crate) const CASSANDRA: u16 = 9042;

/// The kinds of storage of a Jaeger resource (jaeger-operator 1.37 `apis/v1/jaeger_types.go`
/// `ValidStorageTypes`).
pub const STORAGE: [&str; 6] = ["memory", "cassandra", "elasticsearch", "kafka", "badger", "grpc-plugin"];

/// The storage of a resource that names none or one that is not in [`STORAGE`].
pub const DEFAULT_STORAGE: &str = "memory";

/// The storage that the operator sets up: memory for an unknown word. Unlike the strategy, the word is case-sensitive
/// (`pkg/strategy/controller.go` `unknownStorage`, 1.37 and 1.65).
pub fn storage_kind(word: &str) -> &'static str {
    STORAGE.iter().find(|known| **known == word).copied().unwrap_or(DEFAULT_STORAGE)
}

/// Whether a kind of storage is lost with Jaeger's own pod.
pub fn is_in_pod(storage: &str) -> bool {
    matches!(storage, "memory" | "badger")
}

/// The names and requirements of a way to run Jaeger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Install {
    /// The suffix of the Service that receives spans, after the instance's name; empty if the name alone is used.
    pub collector: &'static str,
    /// The suffix of the UI's Service, likewise.
    pub query: &'static str,
    /// Whether the Service that receives spans has a headless counterpart, which agents use for load balancing.
    pub headless: bool,
    /// The suffixes of the Deployments, for all-in-one and for production.
    pub workloads: [&'static [&'static str]; 2],
    /// Whether its operator has webhooks with certificates from cert-manager.
    pub needs_cert_manager: bool,
    /// Whether programs can have a jaeger-agent sidecar; Jaeger v2 has no agent.
    pub supports_agent: bool,
    /// Whether it runs Jaeger v2, which is an OpenTelemetry collector.
    pub v2: bool,
}

/// The suffix of the Service that receives spans (jaeger-operator 1.37 `pkg/service/collector.go`; OpenTelemetry
/// operator 0.158 `internal/naming`).
pub const COLLECTOR: &str = "collector";
/// The suffix of its headless counterpart.
pub const COLLECTOR_HEADLESS: &str = "collector-headless";
/// The suffix of the UI's Service (`pkg/service/query.go`).
pub const QUERY: &str = "query";
/// The suffix of the agent's Service, which is headless and exists only with all-in-one (`pkg/service/agent.go`;
/// jaeger-operator#882).
pub const AGENT: &str = "agent";

/// jaeger-operator (1.37 `pkg/service`, `pkg/deployment`).
pub const OPERATED: Install = Install {
    collector: COLLECTOR,
    query: QUERY,
    headless: true,
    workloads: [&[""], &[COLLECTOR, QUERY]],
    needs_cert_manager: true,
    supports_agent: true,
    v2: false,
};

/// The chart of Jaeger v2 (jaeger 4.11 `templates/jaeger`).
pub const CHART: Install = Install {
    collector: "",
    query: "",
    headless: false,
    workloads: [&[""], &[""]],
    needs_cert_manager: false,
    supports_agent: false,
    v2: true,
};

/// The agent's container name, by which the operator recognizes it too (jaeger-operator 1.37 `pkg/inject/sidecar.go`).
pub const AGENT_CONTAINER: &str = "jaeger-agent";

/// The agent image of a version.
pub fn agent_image(version: &str) -> String {
    format!("{IMAGE_OWNER}/{AGENT_CONTAINER}:{version}")
}

/// The last published agent (jaegertracing/jaeger#6081).
pub const LAST_AGENT: Version = Version::new(1, 62, 0);

/// A port of the agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AgentPort {
    /// Its default number.
    pub number: u16,
    /// Its name in the pod.
    pub name: &'static str,
    /// Whether it is UDP.
    pub udp: bool,
    /// Its flags; the first one given wins.
    pub flags: &'static [&'static str],
}

/// The ports of the agent, in the operator's order (`pkg/inject/sidecar.go` `container`).
pub const AGENT_PORTS: [AgentPort; 5] = [
    AgentPort {
        number: 5775,
        name: "zk-compact-trft",
        udp: true,
        flags: &["--processor.zipkin-compact.server-host-port="],
    },
    AgentPort { number: 5778, name: "config-rest", udp: false, flags: &["--http-server.host-port="] },
    AgentPort {
        number: 6831,
        name: "jg-compact-trft",
        udp: true,
        flags: &["--processor.jaeger-compact.server-host-port="],
    },
    AgentPort {
        number: 6832,
        name: "jg-binary-trft",
        udp: true,
        flags: &["--processor.jaeger-binary.server-host-port="],
    },
    AgentPort {
        number: AGENT_ADMIN,
        name: "admin-http",
        udp: false,
        flags: &["--admin.http.host-port=", "--admin-http-port="],
    },
];
/// The agent's port for health checks and metrics.
pub const AGENT_ADMIN: u16 = 14271;

/// The flag with the collector's address.
pub const REPORTER: &str = "--reporter.grpc.host-port=";
/// The ports in a value of [`REPORTER`], which lists addresses (Jaeger `cmd/agent/app/reporter/grpc/flags.go`).
pub fn reporter_ports(addresses: &str) -> Vec<u16> {
    let mut ports: Vec<u16> = Vec::new();
    for port in addresses.split(',').filter_map(|address| address.rsplit_once(':')?.1.trim().parse().ok()) {
        if !ports.contains(&port) {
            ports.push(port);
        }
    }
    ports
}
/// The flag with the agent's tags.
pub const AGENT_TAGS: &str = "--agent.tags=";
/// The variable that gives Jaeger's SDKs the program's name, from the first of [`APP_LABELS`] (`pkg/inject/sidecar.go`
/// `decorate`).
pub const SERVICE_NAME: &str = "JAEGER_SERVICE_NAME";
/// The variable that lists the headers that Jaeger's SDKs propagate, and the operator's value for it.
pub const PROPAGATION: (&str, &str) = ("JAEGER_PROPAGATION", "jaeger,b3,w3c");
/// Pod labels with the program's name; the first one present is used (`pkg/inject/sidecar.go` `decorate`).
pub const APP_LABELS: [&str; 3] = ["app.kubernetes.io/instance", "app.kubernetes.io/name", "app"];

/// The collector's address in the operator's agents: gRPC balances load only over a headless Service.
pub fn agent_target(name: &str, namespace: &str) -> String {
    format!("dns:///{}.{namespace}.svc:{GRPC}", names::service(name, COLLECTOR_HEADLESS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_operator_takes_what_it_does_not_know_for_all_in_one_in_memory() {
        assert_eq!(Strategy::effective("Production", "elasticsearch"), Strategy::Production);
        assert_eq!(Strategy::effective("production", "badger"), Strategy::AllInOne);
        assert_eq!(Strategy::effective("production", "mongodb"), Strategy::AllInOne);
        assert_eq!(Strategy::effective("prod", "cassandra"), Strategy::AllInOne);
        assert_eq!(Strategy::effective("production", "Cassandra"), Strategy::AllInOne);
        assert_eq!(Strategy::read("prod"), None);
        assert_eq!((storage_kind("badger"), storage_kind(""), storage_kind("s3")), ("badger", "memory", "memory"));
    }

    #[test]
    fn words_are_read_as_they_are_written() {
        for strategy in [Strategy::AllInOne, Strategy::Production, Strategy::Streaming] {
            assert_eq!(Strategy::read(strategy.as_str()), Some(strategy));
        }
        assert!(STORAGE.contains(&DEFAULT_STORAGE) && is_in_pod(DEFAULT_STORAGE) && !is_in_pod("cassandra"));
    }

    #[test]
    fn v2_charts_begin_at_4_2_and_end_with_4() {
        for (version, is) in [("4.2.0", true), ("4.11.1", true), ("4.1.9", false), ("5.0.0", false), ("4", false)] {
            assert_eq!(is_v2_chart(version), is, "{version}");
        }
    }

    #[test]
    fn agents_are_told_the_headless_service() {
        assert_eq!(agent_target("simplest", "obs"), "dns:///simplest-collector-headless.obs.svc:14250");
    }
}
