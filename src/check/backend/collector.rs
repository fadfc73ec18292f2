//! Collector configurations, which are those of Jaeger v2 too; and OpenTelemetryCollector resources.

use crate::check::backend::Backend;
use crate::check::backend::Fact;
use crate::check::backend::Port;
use crate::check::backend::Product;
use crate::check::rule::At;
use crate::check::rules::jaeger;
use crate::check::set::Set;
use crate::check::tracer::Speaks;
use crate::check::version;
use crate::model::names;
use crate::suggest;
use crate::yaml::Node;
use crate::yaml::Value;
use std::collections::BTreeMap;
use std::collections::HashSet;

/// How receivers without an address listen.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fill {
    /// On every address: the OpenTelemetry operator fills it in.
    Everywhere,
    /// On localhost, the default of collectors since 0.104 and of Jaeger v2.
    Localhost,
}

/// What a configuration opens. `at` makes the place of a pointer into it.
pub(super) struct Config<'a> {
    pub(super) node: &'a Node,
    pub(super) fill: Fill,
    pub(super) at: &'a dyn Fn(&str) -> At,
}

impl Config<'_> {
    fn list(&self, path: &[&str]) -> Option<Vec<&str>> {
        Some(self.node.path(path)?.as_list()?.iter().filter_map(Node::as_str).collect())
    }

    /// The receivers of all traces pipelines.
    fn used(&self) -> Vec<&str> {
        let pipelines = self.node.path(&["service", "pipelines"]).and_then(Node::as_map);
        let traces = pipelines
            .map_or(&[][..], |map| &map.entries)
            .iter()
            .filter(|entry| &*entry.key == "traces" || entry.key.starts_with("traces/"));
        traces.filter_map(|entry| entry.value.get("receivers")?.as_list()).flatten().filter_map(Node::as_str).collect()
    }

    /// Each port that spans can come in by.
    pub(super) fn ports(&self) -> BTreeMap<u16, Port> {
        let mut ports = BTreeMap::new();
        let used = self.used();
        let opened: HashSet<&str> = used.iter().copied().collect();
        let receivers = self.node.get("receivers").and_then(Node::as_map);
        let mut names: Vec<(&str, Option<&Node>)> =
            receivers.map_or(&[][..], |map| &map.entries).iter().map(|e| (&*e.key, Some(&e.value))).collect();
        if self.fill == Fill::Everywhere {
            let mut known: HashSet<&str> = names.iter().map(|(name, _)| *name).collect();
            names.extend(used.iter().filter(|name| known.insert(name)).map(|name| (*name, None)));
        }
        for (name, node) in names {
            let kind = name.split('/').next().unwrap_or(name);
            let path = format!("/receivers/{}", crate::check::set::step(name));
            let mut open = |node: Option<&Node>, path: String, usual: u16, speaks: Speaks| {
                let given = node.and_then(|node| node.get("endpoint")).and_then(Node::as_str);
                let (port, state) = self.listen(given, &path, usual, speaks, opened.contains(name), name);
                ports.insert(port, state);
            };
            match kind {
                "zipkin" => open(node, path, 9411, Speaks::Zipkin),
                "otlp" => {
                    let protocols = node.and_then(|node| node.get("protocols")).and_then(Node::as_map);
                    for (protocol, usual, speaks) in
                        [("grpc", 4317, Speaks::OtlpGrpc), ("http", 4318, Speaks::OtlpHttp)]
                    {
                        let there = protocols.is_some_and(|map| map.entry(protocol).is_some());
                        let all = self.fill == Fill::Everywhere && protocols.is_none();
                        if there || all {
                            let node = protocols.and_then(|map| map.get(protocol));
                            open(node, format!("{path}/protocols/{protocol}"), usual, speaks);
                        }
                    }
                }
                "jaeger" => {
                    ports.entry(14250).or_insert_with(|| Port::Deaf("Jaeger's own protocol".to_string()));
                    ports.entry(14268).or_insert_with(|| Port::Deaf("Jaeger's own protocol".to_string()));
                }
                _ => {}
            }
        }
        ports
    }

    fn listen(
        &self,
        given: Option<&str>,
        path: &str,
        usual: u16,
        speaks: Speaks,
        used: bool,
        name: &str,
    ) -> (u16, Port) {
        let (host, port) = match given {
            Some(text) => {
                text.rsplit_once(':').map_or((text, usual), |(host, port)| (host, port.parse().unwrap_or(usual)))
            }
            None if self.fill == Fill::Localhost => ("localhost", usual),
            None => ("", usual),
        };
        if !used {
            let why = format!("the receiver `{name}` is in no traces pipeline, so it is never opened");
            let help = format!("add it: `service.pipelines.traces.receivers: [{name}, ...]`");
            return (port, Port::Closed(&jaeger::RECEIVER_OFF, why, help, Box::new((self.at)(path))));
        }
        if matches!(host, "localhost" | "127.0.0.1" | "[::1]") {
            let why = match given {
                Some(_) => format!("the receiver `{name}` listens on `{host}`, which no other pod reaches"),
                None => format!("the receiver `{name}` has no endpoint, and a collector's default is localhost"),
            };
            let at = (self.at)(&format!("{path}/endpoint"));
            let help = format!("set `endpoint: \"0.0.0.0:{port}\"`");
            return (port, Port::Closed(&jaeger::BIND_LOCALHOST, why, help, Box::new(at)));
        }
        (port, Port::Takes(speaks))
    }

    /// Where spans end up, and where they can be looked at.
    pub(super) fn keeping(&self) -> (Fact, Fact) {
        let pipelines = self.node.path(&["service", "pipelines"]).and_then(Node::as_map);
        let exporters: Vec<&str> = pipelines
            .map_or(&[][..], |map| &map.entries)
            .iter()
            .filter(|entry| &*entry.key == "traces" || entry.key.starts_with("traces/"))
            .filter_map(|entry| entry.value.get("exporters")?.as_list())
            .flatten()
            .filter_map(Node::as_str)
            .collect();
        let Some(exporter) = exporters.iter().find(|name| name.starts_with("jaeger_storage_exporter")) else {
            let to =
                if exporters.is_empty() { "nobody".to_string() } else { suggest::some(exporters.iter().copied(), "") };
            let detail = format!("handed on to {to}; look there");
            return (Fact::Unseen(detail.clone()), Fact::Unseen(detail));
        };
        let broken = |path: String, why: String, help: &str| {
            Fact::Broken(&jaeger::V2_CHAIN, why, help.to_string(), Box::new((self.at)(&path)))
        };
        let on = self.list(&["service", "extensions"]).unwrap_or_default();
        let backend = self.node.path(&["exporters", exporter, "trace_storage"]).and_then(Node::as_str);
        let Some(backend) = backend else {
            let why = format!("the exporter `{exporter}` names no `trace_storage`");
            let fact = broken(format!("/exporters/{exporter}"), why, "name a backend of `extensions.jaeger_storage`");
            return (fact.clone(), fact);
        };
        let known = self.node.path(&["extensions", "jaeger_storage", "backends"]).and_then(Node::as_map);
        if !on.contains(&"jaeger_storage") {
            let why = "`service.extensions` does not list `jaeger_storage`".to_string();
            let fact = broken("/service/extensions".to_string(), why, "list it, or Jaeger does not start");
            return (fact.clone(), fact);
        }
        let Some(kept) = known.and_then(|map| map.get(backend)) else {
            let why = format!("`extensions.jaeger_storage.backends` has no `{backend}`");
            let fact = broken(format!("/exporters/{exporter}/trace_storage"), why, "name a backend that is defined");
            return (fact.clone(), fact);
        };
        let kind = kept.as_map().and_then(|map| map.entries.first()).map_or("unknown", |entry| &entry.key);
        let storage = Fact::Ok(format!("{kind} ({backend})"));
        let query = self.node.path(&["extensions", "jaeger_query", "storage", "traces"]).and_then(Node::as_str);
        let ui = match (query, on.contains(&"jaeger_query")) {
            (Some(traces), true) if known.is_some_and(|map| map.get(traces).is_some()) => {
                Fact::Ok("jaeger_query on 16686".to_string())
            }
            (Some(traces), true) => broken(
                "/extensions/jaeger_query/storage/traces".to_string(),
                format!("`jaeger_query` reads from `{traces}`, which is no backend"),
                "name the backend that the exporter writes to",
            ),
            _ => Fact::Unseen("no `jaeger_query` here; another process shows what is stored".to_string()),
        };
        (storage, ui)
    }
}

/// OpenTelemetryCollector resources: Services `<name>-collector` (opentelemetry-operator `internal/naming`).
pub(super) fn all(set: &Set<'_>) -> Vec<Backend> {
    let mut all = Vec::new();
    for index in set.of("opentelemetry.io", "OpenTelemetryCollector") {
        let item = &set.items[*index];
        let spec = item.node.get("spec");
        let mode = spec.and_then(|spec| spec.get("mode")).and_then(Node::as_str).unwrap_or("deployment");
        let image = spec.and_then(|spec| spec.get("image")).and_then(Node::as_str).unwrap_or_default();
        let is_jaeger = version::image_name(image) == ("jaegertracing", "jaeger");
        let config = spec.and_then(|spec| spec.get("config"));
        // v1alpha1 has it as text.
        let parsed = config.and_then(Node::as_str).map(read);
        let inline = parsed.is_none();
        let node = parsed.as_ref().or(config);
        let at = |pointer: &str| {
            At::object(*index, if inline { format!("/spec/config{pointer}") } else { "/spec/config".to_string() })
        };
        let (ports, (storage, ui)) = match node {
            Some(node) if matches!(node.value, Value::Map(_)) => {
                let config = Config { node, fill: Fill::Everywhere, at: &at };
                (config.ports(), config.keeping())
            }
            _ => {
                let fact = Fact::Unseen("its `spec.config` is not among the files".to_string());
                (BTreeMap::new(), (fact.clone(), fact))
            }
        };
        all.push(Backend {
            label: item.id.to_string(),
            at: At::object(*index, "/metadata/name"),
            product: if is_jaeger { Product::JaegerV2 } else { Product::Unknown },
            version: None,
            namespace: Some(item.id.namespace.to_string()),
            // A sidecar has no Services.
            services: match mode.eq_ignore_ascii_case("sidecar") {
                true => Vec::new(),
                false => vec![
                    names::service(&item.id.name, "collector"),
                    names::service(&item.id.name, "collector-headless"),
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

/// A configuration in a string. What is no YAML is an empty configuration; whoever reads it would not start.
pub(super) fn read(text: &str) -> Node {
    let mut sources = crate::source::Sources::default();
    let source = sources.add("", text);
    let documents = crate::yaml::read(&sources, source, &mut crate::finding::Findings::default());
    documents.into_iter().next().map_or_else(|| Node::new(Value::Null), |document| document.node)
}
