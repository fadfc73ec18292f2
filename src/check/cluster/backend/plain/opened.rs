//! The ports that the containers of a pod open.

use crate::check::cluster::backend::Fact;
use crate::check::cluster::backend::Fault;
use crate::check::cluster::backend::Port;
use crate::check::cluster::backend::Product;
use crate::check::cluster::backend::arguments::is_shell;
use crate::check::cluster::backend::config::Config;
use crate::check::cluster::backend::config::Fill;
use crate::check::cluster::backend::env::Env;
use crate::check::cluster::backend::flags;
use crate::check::cluster::backend::flags::Given;
use crate::check::cluster::backend::flags::Settings;
use crate::check::cluster::backend::jaeger_v1;
use crate::check::cluster::backend::jaeger_v1::V1;
use crate::check::cluster::backend::merge;
use crate::check::cluster::tracer::Speaks;
use crate::check::cure::Cure;
use crate::check::cure::Trust;
use crate::check::cursor::Cursor;
use crate::check::cursor::Location;
use crate::check::problem::Cause;
use crate::stack::Version;
use crate::stack::jaeger;
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
pub(super) fn jaeger_v1(container: Cursor<'_>, name: &str, number: Option<Version>, env: Env<'_>) -> Opened {
    if is_shell(container) {
        return Opened { product: Product::JaegerV1, why: Some(SHELL.to_string()), ..Opened::unknown() };
    }
    let settings = Settings::Container(container, env);
    let mut fault = flags::of_jaeger_v1(container, number.as_ref());
    let storage = jaeger_v1::storage(settings, name == "all-in-one").unwrap_or_else(|refused| {
        fault.get_or_insert(refused);
        Fact::Unseen("it does not start".to_string())
    });
    let ui = match name {
        "all-in-one" => Fact::Ok("16686 of the same pod".to_string()),
        _ => Fact::Unseen("a separate jaeger-query shows the traces".to_string()),
    };
    let ports = V1 { settings, operated: false, version: number.as_ref(), storage: &storage, ui: &ui }.ports();
    let by_flag = !matches!(settings.flag("collector.zipkin.host-port"), Given::No);
    let old = number.as_ref().is_some_and(|version| *version < jaeger::ZIPKIN_VARIABLE_SINCE);
    let opens = settings.set("collector.zipkin.host-port", ":9411").filter(|_| !old && !by_flag);
    Opened {
        product: Product::JaegerV1,
        fault,
        why: None,
        version: Some(number.unwrap_or(jaeger::LAST_V1)),
        ports: Rc::new(ports),
        complete: true,
        help: "Jaeger does not accept Zipkin by default: set the environment variable COLLECTOR_ZIPKIN_HOST_PORT to `:9411`"
            .to_string(),
        at: Some(container.get("env").location()),
        cures: Cure::new(Trust::Safe, opens).map(|cure| (jaeger::ZIPKIN, cure)).into_iter().collect(),
        storage,
        ui,
    }
}

const SHELL: &str = "its command line is that of a shell";

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

/// A collector's configuration that was read.
pub(super) struct Text<'a, 't> {
    /// Where it is, or its first part.
    pub(super) at: Cursor<'a>,
    pub(super) node: &'t Result<Node, String>,
    /// Whether it was joined from several parts.
    pub(super) joined: bool,
}

/// The ports that the text of a collector's configuration opens.
pub(super) fn configured(
    Text { at, node, joined }: Text<'_, '_>,
    fill: Fill,
    image: Option<(Distribution, Option<Version>)>,
    env: Env<'_>,
) -> Opened {
    let node = match node {
        Ok(node) => node,
        Err(error) => {
            let why = format!("its configuration is not valid YAML: {error}");
            let fault = Fault::new(Cause::CollectorConfig, at, why, "correct it: the collector does not start with it");
            return Opened { complete: true, fault: Some(fault), ..Opened::unknown() };
        }
    };
    let config =
        Config { root: Cursor::new(at.doc(), node), fill, text: Some(at), image, env: Some(env), operated: false };
    let (storage, ui) = config.kept();
    let mut ports = config.ports();
    if joined {
        merge::without_cures(&mut ports);
    }
    Opened {
        ports: Rc::new(ports),
        complete: true,
        help: "add the receiver with `endpoint: \"0.0.0.0:PORT\"`, and list it in the traces pipeline".to_string(),
        at: Some(at.location()),
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
