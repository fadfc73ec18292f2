//! Collector configurations, which Jaeger v2 has too, and OpenTelemetryCollector resources.

use crate::check::cluster::backend::Backend;
use crate::check::cluster::backend::Fact;
use crate::check::cluster::backend::Fault;
use crate::check::cluster::backend::Port;
use crate::check::cluster::backend::Product;
use crate::check::cluster::tracer::Speaks;
use crate::check::cluster::version;
use crate::check::cursor::Cursor;
use crate::check::cursor::Location;
use crate::check::input::set::Set;
use crate::check::problem::Cause;
use crate::model::names;
use crate::stack::jaeger;
use crate::stack::otel;
use crate::suggest;
use crate::yaml::Node;
use crate::yaml::Value;
use std::collections::BTreeMap;
use std::collections::HashSet;

/// Where a receiver without an address listens.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fill {
    /// On every address: the OpenTelemetry operator sets it.
    Everywhere,
    /// On localhost: the default of collectors since 0.104 and of Jaeger v2.
    Localhost,
}

/// A collector configuration.
pub(super) struct Config<'a> {
    pub(super) root: Cursor<'a>,
    pub(super) fill: Fill,
    /// The string that holds the configuration, if it is text inside an object.
    pub(super) text: Option<Cursor<'a>>,
}

impl<'a> Config<'a> {
    /// The place of a value: the whole string if the configuration is text.
    fn place(&self, at: Cursor<'_>) -> Location {
        self.text.map_or_else(|| at.location(), |text| text.location())
    }

    /// Every traces pipeline.
    fn pipelines(&self) -> impl Iterator<Item = Cursor<'a>> {
        let all = self.root.at(&["service", "pipelines"]).entries();
        all.filter(|(name, _)| *name == "traces" || name.starts_with("traces/")).map(|(_, pipeline)| pipeline)
    }

    /// All that the traces pipelines list under `part`.
    fn listed(&self, part: &'static str) -> Vec<&'a str> {
        self.pipelines().flat_map(|pipeline| pipeline.get(part).items()).filter_map(Cursor::str).collect()
    }

    /// The ports that the receivers open.
    pub(super) fn ports(&self) -> BTreeMap<u16, Port> {
        let mut ports = BTreeMap::new();
        let used = self.listed("receivers");
        let receivers = self.root.get("receivers");
        let mut names: Vec<&str> = receivers.entries().map(|(name, _)| name).collect();
        if self.fill == Fill::Everywhere {
            let known: HashSet<&str> = names.iter().copied().collect();
            names.extend(used.iter().filter(|name| !known.contains(*name)));
        }
        let used: HashSet<&str> = used.into_iter().collect();
        for name in names {
            let receiver = receivers.get(name);
            let mut open = |settings: Cursor<'a>, usual: u16, speaks: Speaks| {
                let (port, state) = self.listen(settings, usual, speaks, used.contains(name), name);
                ports.insert(port, state);
            };
            match name.split('/').next().unwrap_or(name) {
                "zipkin" => open(receiver, jaeger::ZIPKIN, Speaks::Zipkin),
                "otlp" => {
                    let protocols = receiver.get("protocols");
                    for (protocol, usual, speaks) in
                        [("grpc", otel::OTLP_GRPC, Speaks::OtlpGrpc), ("http", otel::OTLP_HTTP, Speaks::OtlpHttp)]
                    {
                        let all = self.fill == Fill::Everywhere && protocols.map().is_none();
                        if protocols.get(protocol).exists() || all {
                            open(protocols.get(protocol), usual, speaks);
                        }
                    }
                }
                "jaeger" => {
                    ports
                        .entry(jaeger::GRPC)
                        .or_insert_with(|| Port::WrongProtocol("Jaeger's own protocol".to_string()));
                    ports.entry(14268).or_insert_with(|| Port::WrongProtocol("Jaeger's own protocol".to_string()));
                }
                _ => {}
            }
        }
        ports
    }

    fn listen(&self, settings: Cursor<'a>, usual: u16, speaks: Speaks, used: bool, name: &str) -> (u16, Port) {
        let given = settings.get("endpoint").str();
        let (host, port) = match given {
            Some(text) => {
                text.rsplit_once(':').map_or((text, usual), |(host, port)| (host, port.parse().unwrap_or(usual)))
            }
            None if self.fill == Fill::Localhost => ("localhost", usual),
            None => ("", usual),
        };
        if !used {
            let why = format!("the receiver `{name}` is not in a traces pipeline, so the collector never starts it");
            let help = format!("add it: `service.pipelines.traces.receivers: [{name}, ...]`");
            return (port, Port::Refused(Fault::new(Cause::ReceiverOff, self.place(settings), why, help)));
        }
        if matches!(host, "localhost" | "127.0.0.1" | "[::1]") {
            let why = match given {
                Some(_) => format!("the receiver `{name}` listens on `{host}`, which no other pod can reach"),
                None => format!("the receiver `{name}` has no endpoint, and the default is localhost"),
            };
            let help = format!("set `endpoint: \"0.0.0.0:{port}\"`");
            let at = self.place(settings.get("endpoint"));
            return (port, Port::Refused(Fault::new(Cause::BindsLocalhost, at, why, help)));
        }
        (port, Port::Accepts(speaks))
    }

    /// Where spans are stored, and where they can be seen.
    pub(super) fn keeping(&self) -> (Fact, Fact) {
        let exporters = self.listed("exporters");
        let Some(exporter) = exporters.iter().find(|name| name.starts_with("jaeger_storage_exporter")) else {
            let to = match exporters.is_empty() {
                true => "nothing".to_string(),
                false => suggest::some(exporters.iter().copied(), ""),
            };
            let detail = format!("sent on to {to}; look there");
            return (Fact::Unseen(detail.clone()), Fact::Unseen(detail));
        };
        let broken = |at: Cursor<'_>, why: String, help: &str| {
            Fact::Broken(Fault::new(Cause::JaegerV2Chain, self.place(at), why, help))
        };
        let extensions = self.root.at(&["service", "extensions"]);
        let on: Vec<&str> = extensions.items().filter_map(Cursor::str).collect();
        let settings = self.root.at(&["exporters", exporter]);
        let Some(backend) = settings.get("trace_storage").str() else {
            let why = format!("the exporter `{exporter}` has no `trace_storage`");
            let fact = broken(settings, why, "set it to a backend of `extensions.jaeger_storage`");
            return (fact.clone(), fact);
        };
        let known = self.root.at(&["extensions", "jaeger_storage", "backends"]);
        if !on.contains(&"jaeger_storage") {
            let why = "`service.extensions` does not list `jaeger_storage`".to_string();
            let fact = broken(extensions, why, "add it, or Jaeger does not start");
            return (fact.clone(), fact);
        }
        let kept = known.get(backend);
        if !kept.exists() {
            let why = format!("`{backend}` is not a backend of `extensions.jaeger_storage`");
            let fact = broken(settings.get("trace_storage"), why, "use a backend that is defined there");
            return (fact.clone(), fact);
        }
        let kind = kept.entries().next().map_or("unknown", |(kind, _)| kind);
        let storage = Fact::Ok(format!("{kind} ({backend})"));
        let query = self.root.at(&["extensions", "jaeger_query", "storage", "traces"]);
        let ui = match (query.str(), on.contains(&"jaeger_query")) {
            (Some(traces), true) if known.get(traces).exists() => Fact::Ok("jaeger_query on 16686".to_string()),
            (Some(traces), true) => broken(
                query,
                format!("`jaeger_query` reads from `{traces}`, which is not a backend of `jaeger_storage`"),
                "use the backend that the exporter writes to",
            ),
            _ => Fact::Unseen("no `jaeger_query` here; another process shows the traces".to_string()),
        };
        (storage, ui)
    }
}

/// OpenTelemetryCollector resources: Services `<name>-collector` (opentelemetry-operator `internal/naming`).
pub(super) fn all(set: &Set<'_>) -> Vec<Backend> {
    let mut all = Vec::new();
    for object in set.all(otel::GROUP, "OpenTelemetryCollector") {
        let spec = object.spec();
        let mode = spec.get("mode").str().unwrap_or("deployment");
        let is_jaeger = version::image_name(spec.get("image").text()) == ("jaegertracing", "jaeger");
        let config = spec.get("config");
        // In v1alpha1 it is text.
        let parsed = config.str().map(read);
        let (root, text) = match &parsed {
            Some(parsed) => (Cursor::new(config.doc(), parsed), Some(config)),
            None => (config, None),
        };
        let (ports, (storage, ui)) = match root.map() {
            Some(_) => {
                let config = Config { root, fill: Fill::Everywhere, text };
                (config.ports(), config.keeping())
            }
            None => {
                let fact = Fact::Unseen("it has no `spec.config` here".to_string());
                (BTreeMap::new(), (fact.clone(), fact))
            }
        };
        all.push(Backend {
            label: object.id.to_string(),
            at: object.name().location(),
            product: if is_jaeger { Product::JaegerV2 } else { Product::Unknown },
            version: None,
            namespace: Some(object.id.namespace.to_string()),
            // A sidecar has no Services.
            services: match mode.eq_ignore_ascii_case("sidecar") {
                true => Vec::new(),
                false => vec![
                    names::service(&object.id.name, "collector"),
                    names::service(&object.id.name, "collector-headless"),
                ],
            },
            // Its ports are those of the pods.
            headless: Vec::new(),
            pod: BTreeMap::new(),
            ports,
            storage,
            ui,
        });
    }
    all
}

/// A configuration in a string. What is not valid YAML counts as empty: the collector would not start with it.
pub(super) fn read(text: &str) -> Node {
    let mut sources = crate::source::Sources::default();
    let source = sources.add("", text);
    let documents = crate::yaml::read(&sources, source, &mut crate::finding::Findings::default());
    documents.into_iter().next().map_or_else(|| Node::new(Value::Null), |document| document.node)
}
