//! What ProxyDefaults tells Envoy about tracing, read once: the tracers, the static clusters, and what is wrong with either.

use crate::check::cluster::envoy;
use crate::check::cluster::listener;
use crate::check::cluster::tracer;
use crate::check::cluster::tracer::Cluster;
use crate::check::cluster::tracer::Tracer;
use crate::check::cluster::version::Versions;
use crate::check::cursor::Cursor;
use crate::check::cursor::Doc;
use crate::check::cursor::Location;
use crate::check::embedded::field;
use crate::check::hop::HopKind;
use crate::check::input::set::Object;
use crate::check::problem::Cause;
use crate::check::problem::Problem;
use crate::check::problem::Scope;
use crate::suggest::Asked;
use serde_json::Value;
use std::collections::HashMap;

/// Keys of `spec.config`.
pub(crate) const BOOTSTRAP: &str = "envoy_tracing_json";
pub(crate) const LISTENER: &str = "envoy_listener_tracing_json";
pub(crate) const CLUSTERS: &str = "envoy_extra_static_clusters_json";

const EXAMPLE: &str = "write `{\"http\": {\"name\": ..., \"typed_config\": {...}}}`";

/// The tracing part of a ProxyDefaults.
pub(crate) struct Tracing<'a> {
    config: Option<Cursor<'a>>,
    /// The tracer of the bootstrap, which gateways and sidecars use.
    pub(crate) bootstrap: Option<Tracer>,
    /// The tracer of the listeners, which sidecars prefer and gateways do not see.
    pub(crate) listener: Option<Tracer>,
    pub(crate) clusters: Vec<Cluster>,
    /// Whether the clusters could be read; true when there are none.
    pub(crate) clusters_read: bool,
    by_name: HashMap<String, usize>,
    pub(crate) problems: Vec<Problem>,
}

impl<'a> Tracing<'a> {
    /// Reads them as Consul and Envoy do.
    pub(crate) fn read(defaults: Option<Object<'a>>, versions: &Versions) -> Tracing<'a> {
        let mut tracing = Tracing {
            config: defaults.map(|object| object.spec().get("config")),
            bootstrap: None,
            listener: None,
            clusters: Vec::new(),
            clusters_read: true,
            by_name: HashMap::new(),
            problems: Vec::new(),
        };
        if let Some((at, text)) = tracing.given(BOOTSTRAP) {
            tracing.bootstrap = bootstrap(at, text, &mut tracing.problems);
        }
        if let Some((at, text)) = tracing.given(LISTENER) {
            let alone = tracing.given(BOOTSTRAP).is_none();
            tracing.listener = listener::read(at, text, versions.consul, alone, &mut tracing.problems);
        }
        if let Some(at) = tracing.value(CLUSTERS)
            && let Some(text) = at.str()
        {
            tracing.read_clusters(at, text);
        }
        tracing
    }

    /// `spec.config`, or where it would be; `None` without a ProxyDefaults.
    pub(crate) fn config(&self) -> Option<Cursor<'a>> {
        self.config
    }

    /// Whether it was read from this ProxyDefaults.
    pub(crate) fn is_of(&self, object: Object<'_>) -> bool {
        self.config.is_some_and(|config| config.doc() == Doc::Object(object.index))
    }

    /// A key of `spec.config`, which Consul reads in any letter case (mapstructure); the exact one comes first.
    pub(crate) fn value(&self, key: &'a str) -> Option<Cursor<'a>> {
        self.config.map(|config| config.get_any_case(key)).filter(|value| value.exists())
    }

    /// The place of a key of `spec.config`, written or not.
    pub(crate) fn place(&self, key: &'a str) -> Option<Cursor<'a>> {
        self.config.map(|config| config.get_any_case(key))
    }

    /// A text that is there and not empty.
    pub(crate) fn given(&self, key: &'a str) -> Option<(Cursor<'a>, &'a str)> {
        let at = self.value(key)?;
        Some((at, at.str()?)).filter(|(_, text)| !text.is_empty())
    }

    /// The tracer that a proxy uses.
    pub(crate) fn of(&self, gateway: bool) -> Option<&Tracer> {
        match gateway {
            true => self.bootstrap.as_ref(),
            false => self.listener.as_ref().or(self.bootstrap.as_ref()),
        }
    }

    /// Both tracers, each with the key that gives it and the proxies that use it.
    pub(crate) fn tracers(&self) -> impl Iterator<Item = (&'static str, &Tracer, Scope)> {
        let shared = if self.listener.is_some() { Scope::Gateways } else { Scope::All };
        let bootstrap = self.bootstrap.as_ref().map(|tracer| (BOOTSTRAP, tracer, shared));
        let listener = self.listener.as_ref().map(|tracer| (LISTENER, tracer, Scope::Sidecars));
        bootstrap.into_iter().chain(listener)
    }

    /// The cluster of a name, the first of several.
    pub(crate) fn cluster(&self, name: &str) -> Option<&Cluster> {
        self.by_name.get(name).map(|index| &self.clusters[*index])
    }

    /// A place within the clusters' text.
    pub(crate) fn in_clusters(&self, pointer: &str) -> Option<Location> {
        self.value(CLUSTERS).map(|at| Cursor::inner(&at, pointer))
    }

    fn read_clusters(&mut self, at: Cursor<'a>, text: &str) {
        match tracer::clusters(text) {
            Ok((clusters, nested)) => {
                if nested {
                    self.problems.push(Problem::new(
                        Cause::ClustersJson,
                        at,
                        "the clusters are in brackets of their own; Consul's documentation asks for none",
                        "remove the outer `[` and `]`",
                    ));
                }
                let mut asked = Asked::default();
                for (index, cluster) in clusters.iter().enumerate() {
                    self.by_name.entry(cluster.name.clone()).or_insert(index);
                    envoy::judge(cluster, &mut asked, &mut |cause, pointer, message, help| {
                        let problem = Problem::new(cause, Cursor::inner(&at, pointer), message, help);
                        self.problems.push(problem.breaks(HopKind::Cluster, Scope::All));
                    });
                }
                self.clusters = clusters;
            }
            Err(why) => {
                self.clusters_read = false;
                let message = format!("`{CLUSTERS}` is not valid JSON between brackets: {why}");
                let help = "write objects joined by commas, without brackets around them or a comma at the end";
                self.problems
                    .push(Problem::new(Cause::ClustersJson, at, message, help).breaks(HopKind::Cluster, Scope::All));
            }
        }
    }
}

fn bootstrap(at: Cursor<'_>, text: &str, problems: &mut Vec<Problem>) -> Option<Tracer> {
    let mut refuse = |cause, pointer: Option<&str>, message: String, help: &str| {
        let at = pointer.map_or_else(|| at.location(), |pointer| Cursor::inner(&at, pointer));
        problems.push(Problem::new(cause, at, message, help).breaks(HopKind::Tracer, Scope::All));
    };
    let json: Value = match serde_json::from_str(text) {
        Ok(json) => json,
        Err(error) => {
            let message = format!("`{BOOTSTRAP}` is not valid JSON: {error}");
            refuse(Cause::TracingJson, None, message, "fix the JSON: with it the proxy does not start");
            return None;
        }
    };
    if !json.is_object() {
        refuse(Cause::TracingJson, Some(""), format!("`{BOOTSTRAP}` is not a JSON object"), EXAMPLE);
        return None;
    }
    let Some((_, http)) = field(&json, "http") else {
        refuse(Cause::TracingJson, Some(""), format!("`{BOOTSTRAP}` has no `http`"), EXAMPLE);
        return None;
    };
    for key in json.as_object().into_iter().flatten().map(|(key, _)| key).filter(|key| *key != "http") {
        let message = format!("Envoy's tracing has no field `{key}`");
        refuse(Cause::UnknownField, Some(&format!("/{key}")), message, "remove it");
    }
    if field(http, "config").is_some() {
        refuse(
            Cause::TracingLegacy,
            Some("/http/config"),
            "`http.config` is from Envoy's v2 API; Envoy refuses it".to_string(),
            "write `typed_config` with an `@type`",
        );
        return None;
    }
    tracer::provider(http, ("/http", BOOTSTRAP), &mut |cause, pointer, message, help| {
        refuse(cause, Some(pointer), message, help);
    })
}
