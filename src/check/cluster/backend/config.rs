//! The configuration of a collector, which Jaeger v2 uses too.

use crate::check::cluster::backend::Fact;
use crate::check::cluster::backend::Fault;
use crate::check::cluster::backend::Store;
use crate::check::cluster::backend::env::Env;
use crate::check::cluster::backend::env::Variable;
use crate::check::cure::Edit;
use crate::check::cursor::Cursor;
use crate::check::cursor::Location;
use crate::check::problem::Cause;
use crate::stack::Version;
use crate::stack::jaeger;
use crate::stack::otel::components::Distribution;
use crate::suggest;

/// Where a receiver with no configured address listens.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Fill {
    /// On all addresses: the OpenTelemetry operator sets this.
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
    /// The distribution and version of the image, if known.
    pub(super) image: Option<(Distribution, Option<Version>)>,
    /// The container's variables, if known.
    pub(super) env: Option<Env<'a>>,
    /// Whether the OpenTelemetry operator completes it.
    pub(super) operated: bool,
}

impl<'a> Config<'a> {
    /// The location of a value: the entire string if the configuration is text.
    pub(super) fn place(&self, at: Cursor<'_>) -> Location {
        self.text.map_or_else(|| at.location(), |text| text.location())
    }

    /// The place of a value, also inside the string.
    pub(super) fn inside(&self, at: Cursor<'_>) -> Location {
        self.text.map_or_else(|| at.location(), |text| text.inner(at.pointer()))
    }
    /// The location of a key, likewise.
    pub(super) fn key(&self, at: Cursor<'_>) -> Location {
        self.text.map_or_else(|| at.key(), |text| text.location())
    }

    /// Whether the operator defines a pipeline's receivers if nothing else does.
    pub(super) fn fills_receivers(&self) -> bool {
        self.operated
    }

    /// All traces pipelines.
    pub(super) fn pipelines(&self) -> impl Iterator<Item = Cursor<'a>> + use<'a> {
        let all = self.root.at(&["service", "pipelines"]).entries();
        all.filter(|(name, _)| *name == "traces" || name.starts_with("traces/")).map(|(_, pipeline)| pipeline)
    }

    /// Adds a receiver to the traces pipeline, if there is only one that has a list of them.
    pub(super) fn listening(&self, receiver: &str) -> Option<Edit> {
        let mut pipelines = self.pipelines().map(|pipeline| pipeline.get("receivers"));
        let list = pipelines.next().filter(|list| pipelines.next().is_none() && !list.list().is_empty())?;
        Some(Edit::append(self.inside(list), receiver))
    }
    /// Everything that the traces pipelines list under `part`.
    pub(super) fn listed(&self, part: &'static str) -> Vec<&'a str> {
        self.pipelines().flat_map(|pipeline| pipeline.get(part).items()).filter_map(Cursor::str).collect()
    }

    /// Expands environment references in a text, `${env:X}`, `${X}` and `${env:X:-default}`; unset variables are empty
    /// (opentelemetry-collector `confmap/provider/envprovider`). `None`: the files do not give the value.
    pub(super) fn expand(&self, text: &str) -> Option<String> {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            out.push_str(before);
            let (name, behind) = after.split_once('}')?;
            let name = name.strip_prefix("env:").unwrap_or(name);
            let (name, default) = name.split_once(":-").map_or((name, None), |(name, default)| (name, Some(default)));
            match self.env?.get(name) {
                Variable::Is(value) => out.push_str(&value),
                Variable::Unset => out.push_str(default.unwrap_or_default()),
                Variable::Unknown => return None,
            }
            rest = behind;
        }
        out.push_str(rest);
        Some(out)
    }

    /// Where spans are stored and where they can be viewed, according to the first storage exporter.
    pub(super) fn kept(&self) -> (Fact, Fact) {
        let exporters = self.listed("exporters");
        match exporters.iter().find(|name| name.starts_with("jaeger_storage_exporter")) {
            Some(exporter) => self.keeping(exporter),
            None => {
                let to = match exporters.is_empty() {
                    true => "nothing".to_string(),
                    false => suggest::some(exporters.iter().copied(), ""),
                };
                let detail = format!("sent on to {to}; look there");
                (Fact::Unseen(detail.clone()), Fact::Unseen(detail))
            }
        }
    }

    /// The store of a backend of `jaeger_storage` that has addresses (jaeger v2 `internal/storage/elasticsearch/config`,
    /// `internal/storage/cassandra/config`).
    fn store(&self, kind: &str, settings: Cursor<'a>) -> Option<Fact> {
        let (at, port) = match kind {
            "elasticsearch" | "opensearch" => (settings.get("server_urls"), None),
            "cassandra" => {
                let connection = settings.get("connection");
                (connection.get("servers"), Some(connection.get("port").port().unwrap_or(jaeger::CASSANDRA)))
            }
            _ => return None,
        };
        let written: Vec<String> =
            at.items().chain([at]).filter_map(Cursor::str).filter_map(|text| self.expand(text)).collect();
        Some(Store::fact(kind, written.iter().map(String::as_str), port, self.place(at)))
    }

    /// Where this exporter stores spans, and where they can be viewed.
    pub(super) fn keeping(&self, exporter: &str) -> (Fact, Fact) {
        let broken = |at: Cursor<'_>, why: String, help: &str| {
            Fact::Broken(Fault::new(Cause::JaegerV2Chain, self.place(at), why, help))
        };
        let extensions = self.root.at(&["service", "extensions"]);
        let on: Vec<&str> = extensions.items().filter_map(Cursor::str).collect();
        let exporters = self.root.get("exporters");
        let settings =
            exporters.entries().find(|(name, _)| *name == exporter).map_or(exporters, |(_, settings)| settings);
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
        let most = kept.get("memory").get("max_traces");
        let none = self
            .image
            .as_ref()
            .and_then(|(_, version)| version.as_ref())
            .filter(|own| **own >= jaeger::MEMORY_HAS_LIMIT);
        if kind == "memory" && none.is_some() && most.int().is_some_and(|most| most <= 0) {
            let fact = broken(most, "`max_traces` must be above 0, so Jaeger does not start".to_string(), "raise it");
            return (fact.clone(), fact);
        }
        let storage = self.store(kind, kept.get(kind)).unwrap_or_else(|| Fact::Ok(format!("{kind} ({backend})")));
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
