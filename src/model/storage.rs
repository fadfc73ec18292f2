//! Where Jaeger keeps spans: what templates need to know about the storage, and what does not fit together.
//!
//! Sources: jaeger-operator 1.37 and 1.65 `pkg/strategy/controller.go`, `pkg/storage`, `pkg/cronjob`; jaeger v2.8.0 to
//! v2.20.0 `internal/storage/{elasticsearch,cassandra}/config`, `internal/storage/v1/badger`, `cmd/es-index-cleaner`,
//! `cmd/es-rollover`.

use crate::finding::RuleId;
use crate::finding::ids;
use crate::model::backend;
use crate::model::settings::Backend;
use crate::model::settings::Settings;
use crate::model::settings::StorageType;
use crate::model::settings::Strategy;
use crate::stack::Version;
use crate::stack::jaeger;
use crate::stack::jaeger::names;
use serde::Serialize;
use std::collections::BTreeMap;

type Report<'a> = dyn FnMut(RuleId, &[&str], String, String) + 'a;

/// The storage, as templates need it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Store {
    /// Whether it is Elasticsearch or OpenSearch, with which Jaeger deals alike.
    pub elastic: bool,
    /// Whether it is Cassandra.
    pub cassandra: bool,
    /// What jaeger-operator calls it: it does not know OpenSearch by that name.
    pub v1_type: &'static str,
    /// The variable with the user's name, a key of the Secret with the credentials.
    pub user: &'static str,
    /// The variable with the password, likewise.
    pub password: &'static str,
    /// How long spans are kept, such as `168h`.
    pub retention: String,
    /// The directory where the CA certificate is mounted; null without one.
    pub ca_folder: Option<&'static str>,
    /// The file with the CA certificate; null without one.
    pub ca: Option<String>,
    /// The PersistentVolumeClaim that holds the spans; null if the storage is elsewhere.
    pub claim: Option<String>,
    /// The user that Jaeger's images run as, to which the volume must belong.
    pub volume_owner: u32,
    /// The jobs that maintain the storage of Jaeger v2; jaeger-operator creates its own.
    pub jobs: Vec<Job>,
}

/// A job that maintains the storage.
#[derive(Clone, Debug, Serialize)]
pub struct Job {
    /// Its name.
    pub name: String,
    /// What it does.
    pub task: &'static str,
    /// The name of its image.
    pub image: &'static str,
    /// Its arguments.
    pub args: Vec<String>,
    /// Its variables, apart from credentials and TLS.
    pub env: BTreeMap<&'static str, String>,
    /// When it runs; null for a job that runs once, before Jaeger starts.
    pub schedule: Option<&'static str>,
}

/// Where the CA certificate of the storage is mounted.
const CA_FOLDER: &str = "/etc/jaeger-storage-ca";

pub(crate) fn derive(settings: &Settings) -> Store {
    let jaeger = &settings.jaeger;
    let storage = &jaeger.storage;
    let elastic = is_elastic(storage.kind);
    let cassandra = storage.kind == StorageType::Cassandra;
    let here = jaeger.backend != Backend::External;
    let v2 = backend::of(settings).v2;
    let with_ca = storage.tls.enabled && storage.tls.ca.secret != "none" && here;
    Store {
        elastic,
        cassandra,
        v1_type: if elastic { StorageType::Elasticsearch.as_str() } else { storage.kind.as_str() },
        user: variables(storage.kind).0,
        password: variables(storage.kind).1,
        retention: format!("{}h", u64::from(storage.retention_days) * 24),
        ca_folder: with_ca.then_some(CA_FOLDER),
        ca: with_ca.then(|| format!("{CA_FOLDER}/{}", storage.tls.ca.key)),
        claim: (storage.kind == StorageType::Badger && here).then(|| names::service(&jaeger.name, "badger")),
        volume_owner: jaeger::USER,
        jobs: if v2 { jobs(settings) } else { Vec::new() },
    }
}

/// The jobs that jaeger-operator would create, with its schedules and variables (`pkg/cronjob`,
/// `pkg/storage/elasticsearch_dependencies.go`).
fn jobs(settings: &Settings) -> Vec<Job> {
    let jaeger = &settings.jaeger;
    let storage = &jaeger.storage;
    let url = storage.urls.first().cloned().unwrap_or_default();
    let cron = |task: &'static str, image, args: &[&str], env, schedule| Job {
        name: names::cron_job(&jaeger.name, task),
        task,
        image,
        args: args.iter().map(ToString::to_string).collect(),
        env,
        schedule: Some(schedule),
    };
    let mut jobs = Vec::new();
    let rollover = storage.rollover.enabled;
    if is_elastic(storage.kind) {
        let days = storage.retention_days.to_string();
        let env = if rollover { BTreeMap::from([("ROLLOVER", "true".to_string())]) } else { BTreeMap::new() };
        jobs.push(cron("es-index-cleaner", "jaeger-es-index-cleaner", &[&days, &url], env, "55 23 * * *"));
        if rollover {
            let program = "jaeger-es-rollover";
            let mut init = cron("es-rollover-init", program, &["init", &url], BTreeMap::new(), "");
            init.schedule = None;
            let conditions = BTreeMap::from([("CONDITIONS", storage.rollover.conditions.clone())]);
            let lookback = BTreeMap::from([("UNIT", "days".to_string()), ("UNIT_COUNT", days.clone())]);
            jobs.push(init);
            jobs.push(cron("es-rollover", program, &["rollover", &url], conditions, "0 0 * * *"));
            jobs.push(cron("es-lookback", program, &["lookback", &url], lookback, "5 0 * * *"));
        }
    }
    if storage.dependencies {
        let env = match storage.kind {
            StorageType::Cassandra => BTreeMap::from([
                ("STORAGE", "cassandra".to_string()),
                ("CASSANDRA_CONTACT_POINTS", storage.urls.join(",")),
                ("CASSANDRA_KEYSPACE", storage.cassandra.keyspace.clone()),
                ("CASSANDRA_LOCAL_DC", storage.cassandra.datacenter.clone()),
            ]),
            _ => BTreeMap::from([("STORAGE", "elasticsearch".to_string()), ("ES_NODES", storage.urls.join(","))]),
        };
        jobs.push(cron("spark-dependencies", "spark-dependencies", &[], env, "55 23 * * *"));
    }
    jobs
}

/// The variables with the user's name and the password: of Cassandra, or of Elasticsearch.
pub(crate) fn variables(kind: StorageType) -> (&'static str, &'static str) {
    match kind {
        StorageType::Cassandra => ("CASSANDRA_USERNAME", "CASSANDRA_PASSWORD"),
        _ => ("ES_USERNAME", "ES_PASSWORD"),
    }
}

/// The ports of the storage and of Kafka, by their addresses.
pub(crate) fn ports(settings: &Settings) -> Vec<u16> {
    let jaeger = &settings.jaeger;
    let storage = &jaeger.storage;
    let mut ports = settings.network_policies.storage_ports.clone();
    if jaeger.backend != Backend::External && ports.is_empty() {
        let default = match storage.kind {
            StorageType::Cassandra => Some(jaeger::CASSANDRA),
            kind if is_elastic(kind) => None,
            _ => return ports,
        };
        let of = |address: &String| {
            let (scheme, rest) = address.split_once("://").unwrap_or(("", address));
            let host = rest.split('/').next().unwrap_or(rest);
            let port = host.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
            port.or(default).or(Some(if scheme == "http" { 80 } else { 443 }))
        };
        ports.extend(storage.urls.iter().filter_map(of));
        if jaeger.strategy == Strategy::Streaming {
            ports.extend(jaeger.kafka.brokers.iter().filter_map(|one| one.rsplit_once(':')?.1.parse::<u16>().ok()));
        }
    }
    ports.sort_unstable();
    ports.dedup();
    ports
}

fn is_elastic(kind: StorageType) -> bool {
    matches!(kind, StorageType::Elasticsearch | StorageType::Opensearch)
}

/// Reports what does not fit together: strategy, backend, version and kind of storage.
pub(crate) fn check(settings: &Settings, report: &mut Report<'_>) {
    if settings.jaeger.backend == Backend::External {
        return;
    }
    strategy(settings, report);
    address(settings, report);
    elastic_only(settings, report);
    tls(settings, report);
    dependencies(settings, report);
    plugin(settings, report);
}

fn strategy(settings: &Settings, report: &mut Report<'_>) {
    let jaeger = &settings.jaeger;
    let (kind, strategy) = (jaeger.storage.kind, jaeger.strategy);
    if strategy != Strategy::AllInOne && matches!(kind, StorageType::Memory | StorageType::Badger) {
        let message = format!(
            "`jaeger.strategy: {}` does not work with {} storage; the operator would silently fall back to all-in-one",
            strategy.as_str(),
            kind.as_str()
        );
        let help = "set jaeger.storage.type: elasticsearch, opensearch or cassandra".to_string();
        report(ids::STRATEGY_STORAGE, &["jaeger", "strategy"], message, help);
    }
    if strategy != Strategy::Streaming {
        return;
    }
    if jaeger.backend != Backend::OperatorV1 {
        let message = format!(
            "`jaeger.strategy: streaming` needs jaeger-operator, but `jaeger.backend` is {}",
            jaeger.backend.as_str()
        );
        let help =
            "use production; for Kafka with Jaeger v2, render a collector and an ingester from your own template"
                .to_string();
        report(ids::NOT_SUPPORTED, &["jaeger", "strategy"], message, help);
    } else if jaeger.kafka.brokers.is_empty() {
        let message = "`jaeger.strategy: streaming` needs `jaeger.kafka.brokers`; without them the operator waits for a Kafka of the Strimzi operator".to_string();
        let help = "add the addresses of your brokers, such as kafka.db.svc:9092".to_string();
        report(ids::MISSING_KEY, &["jaeger", "strategy"], message, help);
    }
}

fn address(settings: &Settings, report: &mut Report<'_>) {
    let storage = &settings.jaeger.storage;
    let kind = storage.kind;
    if !(is_elastic(kind) || kind == StorageType::Cassandra) || !storage.urls.is_empty() {
        return;
    }
    let message = format!("`jaeger.storage` is {}, but `jaeger.storage.urls` is empty", kind.as_str());
    let help = match kind {
        StorageType::Cassandra => "add the host names of its nodes",
        _ => "add its URLs, such as https://elasticsearch.db.svc:9200",
    };
    report(ids::STORAGE_WITHOUT_URL, &["jaeger", "storage"], message, help.to_string());
}

fn elastic_only(settings: &Settings, report: &mut Report<'_>) {
    let storage = &settings.jaeger.storage;
    if storage.rollover.enabled && !is_elastic(storage.kind) {
        let message = format!(
            "`jaeger.storage.rollover` is for Elasticsearch and OpenSearch, but `jaeger.storage.type` is {}",
            storage.kind.as_str()
        );
        let help = "remove it; other storages delete each span after jaeger.storage.retentionDays".to_string();
        report(ids::STORAGE_SETTING, &["jaeger", "storage", "rollover", "enabled"], message, help);
    }
}

/// The job that creates Cassandra's schema has no variables for TLS (jaeger-operator 1.37 and 1.65
/// `pkg/storage/cassandra_dependencies.go`).
fn tls(settings: &Settings, report: &mut Report<'_>) {
    let jaeger = &settings.jaeger;
    let storage = &jaeger.storage;
    if !storage.tls.enabled {
        return;
    }
    let path = ["jaeger", "storage", "tls", "enabled"];
    if !is_elastic(storage.kind) && storage.kind != StorageType::Cassandra {
        let message = format!("`jaeger.storage.tls` has no effect on {} storage", storage.kind.as_str());
        report(ids::STORAGE_SETTING, &path, message, "remove it".to_string());
    } else if storage.kind == StorageType::Cassandra
        && jaeger.backend == Backend::OperatorV1
        && storage.cassandra.create_schema
    {
        let message =
            "the job of jaeger-operator that creates Cassandra's schema cannot use TLS (`jaeger.storage.tls.enabled`)";
        let help = "set jaeger.storage.cassandra.createSchema: false, and create the schema yourself";
        report(ids::STORAGE_SETTING, &path, message.to_string(), help.to_string());
    }
    if is_elastic(storage.kind) && storage.urls.iter().any(|url| !url.starts_with("https://")) {
        let message = "`jaeger.storage.tls.enabled` needs URLs that begin with https:// (`jaeger.storage.urls`)";
        let help = "change the URLs, or remove jaeger.storage.tls".to_string();
        report(ids::STORAGE_SETTING, &["jaeger", "storage", "urls"], message.to_string(), help);
    }
}

/// The job has no way to trust a CA of one's own (jaeger-operator `pkg/cronjob/spark_dependencies.go`
/// `logTLSNotSupported`).
fn dependencies(settings: &Settings, report: &mut Report<'_>) {
    let storage = &settings.jaeger.storage;
    if !storage.dependencies {
        return;
    }
    let path = ["jaeger", "storage", "dependencies"];
    if !is_elastic(storage.kind) && storage.kind != StorageType::Cassandra {
        let message = format!("`jaeger.storage.dependencies` has no effect on {} storage", storage.kind.as_str());
        let help = "remove it; Jaeger computes the graph itself, from the spans in its storage".to_string();
        report(ids::STORAGE_SETTING, &path, message, help);
    } else if storage.tls.enabled {
        let message = "the job for `jaeger.storage.dependencies` cannot use TLS with a CA of your own".to_string();
        report(ids::STORAGE_SETTING, &path, message, "set it to false, or remove jaeger.storage.tls".to_string());
    }
}

/// jaegertracing/jaeger#5388, in 1.58.0.
fn plugin(settings: &Settings, report: &mut Report<'_>) {
    let jaeger = &settings.jaeger;
    if jaeger.storage.kind == StorageType::GrpcPlugin
        && jaeger.backend == Backend::OperatorV1
        && Version::read(backend::operator_version(settings)).is_some_and(|version| version.at_least(1, 58))
    {
        let message = format!(
            "`jaeger.storage.type: grpc-plugin` was removed in Jaeger 1.58, but the version is {}",
            backend::operator_version(settings)
        );
        let help = "use another storage, or a version up to 1.57".to_string();
        report(ids::STORAGE_OF_V1, &["jaeger", "storage", "type"], message, help);
    }
}
