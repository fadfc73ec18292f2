//! The ports that the containers of a pod open.

use crate::check::cluster::backend::Fact;
use crate::check::cluster::backend::Fault;
use crate::check::cluster::backend::Port;
use crate::check::cluster::backend::Product;
use crate::check::cluster::backend::Store;
use crate::check::cluster::backend::collector;
use crate::check::cluster::backend::config::Config;
use crate::check::cluster::backend::config::Fill;
use crate::check::cluster::backend::config_file::arguments;
use crate::check::cluster::tracer::Speaks;
use crate::check::cure::Cure;
use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::cursor::Cursor;
use crate::check::cursor::Location;
use crate::check::problem::Cause;
use crate::stack::Version;
use crate::stack::jaeger;
use crate::stack::otel;
use crate::stack::otel::components::Distribution;
use crate::yaml::Node;
use std::collections::BTreeMap;
use std::rc::Rc;

/// The ports that a pod listens on.
#[derive(Clone)]
pub(super) struct Opened {
    pub(super) product: Product,
    pub(super) version: Option<Version>,
    pub(super) ports: Rc<BTreeMap<u16, Port>>,
    /// Whether `ports` is complete.
    pub(super) complete: bool,
    pub(super) help: String,
    pub(super) at: Option<Location>,
    /// How to open ports that are closed.
    pub(super) cures: BTreeMap<u16, Cure>,
    /// Why the process does not start.
    pub(super) fault: Option<Box<Fault>>,
    /// Why `ports` is incomplete.
    pub(super) why: Option<String>,
    pub(super) storage: Fact,
    pub(super) ui: Fact,
}

impl Opened {
    pub(super) fn unknown() -> Opened {
        let fact = Fact::Unseen("what runs behind the Service is not among the files".to_string());
        Opened {
            product: Product::Unknown,
            version: None,
            ports: Rc::default(),
            complete: false,
            help: String::new(),
            at: None,
            cures: BTreeMap::new(),
            fault: None,
            why: None,
            storage: fact.clone(),
            ui: fact,
        }
    }
}

/// What a container of Jaeger v1 opens. `name`: the last part of its image.
pub(super) fn jaeger_v1(container: Cursor<'_>, name: &str, number: Option<Version>) -> Opened {
    let mut ports: BTreeMap<u16, Port> =
        jaeger::OWN_PROTOCOLS.map(|port| (port, Port::WrongProtocol("Jaeger's own protocol".to_string()))).into();
    ports.extend(v1_zipkin(container, number.as_ref()));
    ports.extend(v1_otlp(container, number.as_ref()));
    let kept = variable(container, "SPAN_STORAGE_TYPE").and_then(|(_, value)| value);
    let storage = match (kept, name) {
        (Some(kept), _) => store(container, &kept),
        (None, "all-in-one") => Fact::Ok("memory, lost when the pod ends".to_string()),
        (None, _) => Fact::Unseen("its `SPAN_STORAGE_TYPE` is not set here".to_string()),
    };
    Opened {
        product: Product::JaegerV1,
        fault: removed_flag(container, number.as_ref()),
        why: None,
        version: Some(number.clone().unwrap_or(jaeger::LAST_V1)),
        ports: Rc::new(ports),
        complete: true,
        help: "Jaeger does not accept Zipkin by default: set the environment variable COLLECTOR_ZIPKIN_HOST_PORT to `:9411`"
            .to_string(),
        at: Some(container.get("env").location()),
        cures: opens_zipkin(container, number.as_ref()),
        storage,
        ui: match name {
            "all-in-one" => Fact::Ok("16686 of the same pod".to_string()),
            _ => Fact::Unseen("a separate jaeger-query shows the traces".to_string()),
        },
    }
}

/// The Zipkin port of Jaeger v1, from its flags or its environment.
fn v1_zipkin(container: Cursor<'_>, version: Option<&Version>) -> Option<(u16, Port)> {
    let args: Vec<&str> = arguments(container).map(Cursor::text).collect();
    let old = version.is_some_and(|version| *version < jaeger::ZIPKIN_VARIABLE_SINCE);
    let by_arg = flags(&args).find_map(|(flag, value)| {
        matches!(flag, "collector.zipkin.host-port" | "collector.zipkin.http-port").then_some(value).flatten()
    });
    let by_env = variable(container, jaeger::ZIPKIN_VARIABLE).filter(|_| !old);
    let legacy = variable(container, jaeger::ZIPKIN_VARIABLE_LEGACY);
    let value = by_arg
        .map(str::to_string)
        .or_else(|| by_env.and_then(|(_, value)| value))
        .or_else(|| legacy.clone().filter(|_| old).and_then(|(_, value)| value));
    match value.as_deref().and_then(|value| value.rsplit(':').next()?.parse::<u16>().ok()) {
        Some(port) => Some((port, Port::Accepts(Speaks::Zipkin))),
        None => {
            let (entry, _) = legacy.filter(|_| version.is_some())?;
            let why = "it sets `COLLECTOR_ZIPKIN_HTTP_PORT`, which Jaeger has ignored since version 1.22";
            let help = "rename it to COLLECTOR_ZIPKIN_HOST_PORT and set it to `:9411`";
            let value = entry.get("value");
            let port = value.text().rsplit(':').next().and_then(|port| port.parse().ok()).unwrap_or(jaeger::ZIPKIN);
            let cure = [Edit::set(entry.get("name"), jaeger::ZIPKIN_VARIABLE), Edit::set(value, format!(":{port}"))];
            let fault = Fault::new(Cause::ZipkinOldEnv, entry.get("name"), why, help).fix(Trust::Safe, cure);
            Some((jaeger::ZIPKIN, Port::Refused(fault)))
        }
    }
}

/// How to open the Zipkin port of Jaeger v1: by its variable, unless a flag decides or the version is too old for it.
fn opens_zipkin(container: Cursor<'_>, version: Option<&Version>) -> BTreeMap<u16, Cure> {
    let args: Vec<&str> = arguments(container).map(Cursor::text).collect();
    let old = version.is_some_and(|version| *version < jaeger::ZIPKIN_VARIABLE_SINCE);
    let by_flag = flags(&args).any(|(flag, value)| {
        matches!(flag, "collector.zipkin.host-port" | "collector.zipkin.http-port") && value.is_some()
    });
    let edit = (!old && !by_flag).then(|| set_variable(container, jaeger::ZIPKIN_VARIABLE, ":9411"));
    Cure::new(Trust::Safe, edit).map(|cure| (jaeger::ZIPKIN, cure)).into_iter().collect()
}

/// The OTLP ports of Jaeger v1.
fn v1_otlp(container: Cursor<'_>, version: Option<&Version>) -> [(u16, Port); 2] {
    let args: Vec<&str> = arguments(container).map(Cursor::text).collect();
    let given = variable(container, "COLLECTOR_OTLP_ENABLED").and_then(|(_, value)| value);
    let on = match given.as_deref() {
        Some(_) if version.is_some_and(|version| *version < jaeger::OTLP_SINCE) => false,
        Some("true") => true,
        Some(_) => false,
        None => {
            version.is_none_or(|version| *version >= jaeger::OTLP_BY_DEFAULT)
                || flags(&args)
                    .any(|(flag, value)| flag == "collector.otlp.enabled" && matches!(value, None | Some("true")))
        }
    };
    if on {
        return [
            (otel::OTLP_GRPC, Port::Accepts(Speaks::OtlpGrpc)),
            (otel::OTLP_HTTP, Port::Accepts(Speaks::OtlpHttp)),
        ];
    }
    let (why, help) = no_otlp(version, given.as_deref());
    [otel::OTLP_GRPC, otel::OTLP_HTTP].map(|port| {
        let fault = Fault::new(Cause::ReceiverOff, container.get("env"), why.clone(), help.clone());
        let possible = version.is_none_or(|version| *version >= jaeger::OTLP_SINCE);
        let cure = possible.then(|| set_variable(container, "COLLECTOR_OTLP_ENABLED", "true"));
        (port, Port::Refused(fault.fix(Trust::Safe, cure)))
    })
}

/// Flags and their values, including `--flag value` in two arguments.
fn flags<'t>(args: &'t [&'t str]) -> impl Iterator<Item = (&'t str, Option<&'t str>)> {
    args.iter().enumerate().filter_map(|(index, arg)| {
        let flag = arg.strip_prefix("--")?;
        Some(match flag.split_once('=') {
            Some((flag, value)) => (flag, Some(value)),
            None => (flag, args.get(index + 1).copied().filter(|next| !next.starts_with('-'))),
        })
    })
}

/// Why Jaeger v1 does not accept OTLP, and how to change that.
fn no_otlp(version: Option<&Version>, variable: Option<&str>) -> (String, String) {
    match version {
        Some(version) if *version < jaeger::OTLP_SINCE => (
            format!("Jaeger {version} has no OTLP receiver, which was added in {}", jaeger::OTLP_SINCE),
            format!("use Jaeger {} or later with COLLECTOR_OTLP_ENABLED set to `true`", jaeger::OTLP_SINCE),
        ),
        _ if variable.is_some() => {
            ("COLLECTOR_OTLP_ENABLED switches OTLP off".to_string(), "set it to `true`".to_string())
        }
        _ => (
            format!("before {} Jaeger does not accept OTLP by default", jaeger::OTLP_BY_DEFAULT),
            "set the environment variable COLLECTOR_OTLP_ENABLED to `true`".to_string(),
        ),
    }
}

/// A flag that this version of Jaeger v1 does not know and exits with (`unknown flag`).
fn removed_flag(container: Cursor<'_>, version: Option<&Version>) -> Option<Box<Fault>> {
    let version = version?;
    arguments(container).find_map(|argument| {
        let flag = argument.text().strip_prefix("--")?.split('=').next()?;
        let known = jaeger::COLLECTOR_FLAGS.iter().find(|known| known.name == flag)?;
        let early = *version < known.since;
        let late = known.until.as_ref().is_some_and(|until| version >= until);
        let (why, help) = match (early, late, known.instead) {
            (true, ..) => (
                format!("was added in Jaeger {}", known.since),
                format!("remove it, or use Jaeger {} or later", known.since),
            ),
            (_, true, Some(other)) => (
                format!("was removed in Jaeger {}", known.until.as_ref()?),
                format!("write `--{other}`, with a host and port such as `:9411`"),
            ),
            (_, true, None) => (format!("was removed in Jaeger {}", known.until.as_ref()?), "remove it".to_string()),
            _ => return None,
        };
        let why = format!("the flag `--{flag}` {why}, and this is {version}: the process ends with `unknown flag`");
        let value = argument.text().split_once('=').map(|(_, value)| value);
        let cure = match (early, known.instead, value) {
            (false, Some(other), Some(value)) => {
                let port = value.rsplit(':').next().and_then(|port| port.parse::<u16>().ok());
                port.map(|_| value.rsplit_once(':').map_or_else(|| format!(":{value}"), |_| value.to_string()))
                    .map(|value| Edit::set(argument, format!("--{other}={value}")))
            }
            (false, None, Some(_)) => Some(Edit::remove(argument)),
            _ => None,
        };
        Some(Fault::new(Cause::JaegerFlag, argument, why, help).fix(Trust::Safe, cure))
    })
}

/// What a container of Jaeger v2 opens without `--config`.
pub(super) fn jaeger_v2(container: Cursor<'_>) -> Opened {
    let open = |speaks: Speaks| v2_default(container, speaks);
    let ports = [
        (jaeger::ZIPKIN, open(Speaks::Zipkin)),
        (otel::OTLP_GRPC, open(Speaks::OtlpGrpc)),
        (otel::OTLP_HTTP, open(Speaks::OtlpHttp)),
        (jaeger::GRPC, Port::WrongProtocol("Jaeger's own protocol".to_string())),
        (14268, Port::WrongProtocol("Jaeger's own protocol".to_string())),
    ];
    Opened {
        product: Product::JaegerV2,
        ports: Rc::new(ports.into()),
        complete: true,
        help: "Jaeger v2 accepts Zipkin on port 9411 and OTLP on 4317 and 4318".to_string(),
        storage: Fact::Ok("memory, lost when the pod ends".to_string()),
        ui: Fact::Ok("16686 of the same pod".to_string()),
        ..Opened::unknown()
    }
}

/// A receiver of Jaeger v2's built-in configuration, used without `--config`. It listens on JAEGER_LISTEN_HOST, which
/// the image sets to 0.0.0.0 (jaeger v2.1.0 `cmd/jaeger/Dockerfile`, `cmd/jaeger/internal/all-in-one.yaml`).
fn v2_default(container: Cursor<'_>, speaks: Speaks) -> Port {
    match variable(container, jaeger::LISTEN_HOST) {
        Some((entry, Some(host))) if collector::is_loopback(&host) => {
            let why = format!("{} is `{host}`, which no other pod can reach", jaeger::LISTEN_HOST);
            let fault = Fault::new(Cause::BindsLocalhost, entry.get("value"), why, "set it to `0.0.0.0`, or remove it")
                .fix(Trust::Safe, [Edit::set(entry.get("value"), "0.0.0.0")]);
            Port::OwnPod(fault, Box::new(Port::Accepts(speaks)))
        }
        _ => Port::Accepts(speaks),
    }
}

/// Where a container of Jaeger v1 keeps spans, by the variables or the flags of its storage (jaeger v1
/// `plugin/storage/es/options.go`, `plugin/storage/cassandra/options.go`).
fn store(container: Cursor<'_>, kept: &str) -> Fact {
    let option = |name: &str| {
        let flag = format!("--{name}=");
        let by_flag = arguments(container).find_map(|at| at.text().strip_prefix(&*flag).map(str::to_string));
        by_flag.or_else(|| variable(container, &name.replace(['.', '-'], "_").to_ascii_uppercase())?.1)
    };
    let (addresses, port) = match kept {
        "elasticsearch" | "opensearch" => (option("es.server-urls"), None),
        "cassandra" => {
            let port = option("cassandra.port").and_then(|port| port.parse().ok());
            (option("cassandra.servers"), port.or(Some(jaeger::CASSANDRA)))
        }
        "memory" => return Fact::Ok("memory, lost when the pod ends".to_string()),
        _ => return Fact::Ok(kept.to_string()),
    };
    Store::fact(kept, addresses.as_deref().into_iter(), port, container.get("env"))
}

/// What a container of OpenZipkin opens.
pub(super) fn zipkin(container: Cursor<'_>) -> Opened {
    let kept = variable(container, "STORAGE_TYPE").and_then(|(_, value)| value);
    let kept = kept.unwrap_or_else(|| "memory, lost when the pod ends".to_string());
    Opened {
        product: Product::Zipkin,
        ports: Rc::new([(jaeger::ZIPKIN, Port::Accepts(Speaks::Zipkin))].into()),
        complete: variable(container, "QUERY_PORT").is_none(),
        help: "Zipkin listens on port 9411".to_string(),
        storage: Fact::Ok(kept),
        ui: Fact::Ok("9411 of the same pod".to_string()),
        ..Opened::unknown()
    }
}

/// What a container of Tempo opens, which its own configuration decides.
pub(super) fn tempo() -> Opened {
    Opened {
        storage: Fact::Ok("Tempo".to_string()),
        ui: Fact::Unseen("Grafana shows what Tempo keeps".to_string()),
        ..Opened::unknown()
    }
}

/// The ports that the text of a collector's configuration opens.
pub(super) fn configured(
    data: Cursor<'_>,
    text: &Result<Node, String>,
    fill: Fill,
    image: Option<(Distribution, Option<Version>)>,
    container: Cursor<'_>,
) -> Opened {
    let node = match text {
        Ok(node) => node,
        Err(error) => {
            let why = format!("its configuration is not valid YAML: {error}");
            let fault =
                Fault::new(Cause::CollectorConfig, data, why, "correct it: the collector does not start with it");
            return Opened { complete: true, fault: Some(fault), ..Opened::unknown() };
        }
    };
    let config = Config { root: Cursor::new(data.doc(), node), fill, text: Some(data), image, env: Some(container) };
    let (storage, ui) = config.kept();
    Opened {
        ports: Rc::new(config.ports()),
        complete: true,
        help: "add the receiver with `endpoint: \"0.0.0.0:PORT\"`, and list it in the traces pipeline".to_string(),
        at: Some(data.location()),
        storage,
        ui,
        ..Opened::unknown()
    }
}

/// The entry of an environment variable, and its value as text.
fn variable<'a>(container: Cursor<'a>, wanted: &str) -> Option<(Cursor<'a>, Option<String>)> {
    let entry = container.get("env").items().find(|entry| entry.get("name").str() == Some(wanted))?;
    let value = entry.get("value").node();
    Some((entry, value.map(|node| node.as_str().map_or_else(|| node.to_json().to_string(), str::to_string))))
}

/// Gives an environment variable a value, whether it is there or not.
fn set_variable(container: Cursor<'_>, name: &str, value: &str) -> Edit {
    match variable(container, name) {
        Some((entry, _)) => Edit::set(entry.get("value"), value),
        None => Edit::append(container.get("env"), serde_json::json!({"name": name, "value": value})),
    }
}
