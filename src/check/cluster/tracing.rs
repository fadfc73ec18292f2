//! The tracing part of ProxyDefaults: the tracers, the static clusters, and what is wrong with them.

use crate::check::cluster::bootstrap;
use crate::check::cluster::config;
use crate::check::cluster::config::Config;
use crate::check::cluster::config::Context;
use crate::check::cluster::envoy;
use crate::check::cluster::envoy::Refusal;
use crate::check::cluster::envoy::Unsettled;
use crate::check::cluster::listener;
use crate::check::cluster::overrides;
use crate::check::cluster::tracer;
use crate::check::cluster::tracer::Cluster;
use crate::check::cluster::tracer::Tracer;
use crate::check::cluster::version::Versions as Known;
use crate::check::cure::Cure;
use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::cursor::Cursor;
use crate::check::cursor::Doc;
use crate::check::cursor::Location;
use crate::check::embedded::brackets;
use crate::check::embedded::field;
use crate::check::embedded::last_comma;
use crate::check::hop::HopKind;
use crate::check::input::set::Object;
use crate::check::problem::Cause;
use crate::check::problem::Problem;
use crate::check::problem::Scope;
use crate::pointer;
use crate::stack::consul::keys::CLUSTERS;
use crate::stack::consul::keys::LISTENER_TRACING as LISTENER;
use crate::stack::consul::keys::TRACING as BOOTSTRAP;
use crate::stack::envoy::messages::Root;
use crate::stack::envoy::messages::Versions;
use crate::suggest::Asked;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::HashMap;

const EXAMPLE: &str = "write `{\"http\": {\"name\": ..., \"typed_config\": {...}}}`";

/// Other facts that decide what an invalid value affects.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MeshContext {
    /// Whether a ServiceDefaults gives sidecars a connect timeout.
    pub(crate) own_timeouts: bool,
    /// Whether there are gateways.
    pub(crate) gateways: bool,
}

/// The tracing part of a ProxyDefaults.
pub(crate) struct Tracing<'a> {
    config: Option<Cursor<'a>>,
    /// The values as Consul reads them.
    values: Config<'a>,
    /// The tracer in the bootstrap, used by gateways and by sidecars whose listeners have no tracer.
    pub(crate) bootstrap: Option<Tracer>,
    /// The tracer in the listeners, which sidecars prefer and gateways do not use.
    pub(crate) listener: Option<Tracer>,
    pub(crate) clusters: Vec<Cluster>,
    /// Whether the clusters could be parsed; true if there are none.
    pub(crate) clusters_read: bool,
    by_name: HashMap<String, usize>,
    pub(crate) problems: Vec<Problem>,
    unsettled: Vec<Unsettled>,
    /// The Envoy versions assumed to run, because the others do not have the tracer's type.
    pub(crate) assumed: Option<Versions>,
}

impl<'a> Tracing<'a> {
    /// Reads the ProxyDefaults the way Consul and Envoy do.
    pub(crate) fn read(defaults: Option<Object<'a>>, versions: &Known, mesh: MeshContext) -> Tracing<'a> {
        let config = defaults.map(|object| object.spec().get("config"));
        let values = Config::read(config);
        let mut tracing = Tracing {
            config,
            values,
            bootstrap: None,
            listener: None,
            clusters: Vec::new(),
            clusters_read: true,
            by_name: HashMap::new(),
            problems: Vec::new(),
            unsettled: Vec::new(),
            assumed: None,
        };
        let texts = [BOOTSTRAP, LISTENER].into_iter().filter_map(|key| tracing.given(key).map(|(_, text)| text));
        let tracers: Vec<Value> = texts.filter_map(|text| tracer::typed_config(&text)).collect();
        let versions = &versions.with_tracers(&tracers);
        tracing.assumed = versions.assumed();
        if let Some((at, text)) = tracing.given(BOOTSTRAP) {
            tracing.read_bootstrap(at, &text, versions.envoys());
        }
        if let Some(at) = tracing.value(LISTENER) {
            let alone = tracing.given(BOOTSTRAP).is_none();
            let text = tracing.given(LISTENER).map(|(_, text)| text);
            tracing.listener =
                listener::read((at, text.as_deref()), versions, alone, &mut tracing.problems, &mut tracing.unsettled);
        }
        if let Some((at, text)) = tracing.given(CLUSTERS) {
            tracing.read_clusters(at, &text, versions.envoys(), mesh);
        }
        tracing.read_rest(versions, mesh.own_timeouts);
        tracing
    }

    /// Reads the keys that are not about tracing but can still cost a proxy its spans.
    fn read_rest(&mut self, versions: &Known, own_timeouts: bool) {
        let (problems, unsettled) = (&mut self.problems, &mut self.unsettled);
        let own_cluster = overrides::judge(&self.values, versions, problems, unsettled);
        let context = Context { consul: versions.consul.as_ref(), own_cluster, own_timeouts };
        config::judge(&self.values, &context, problems, unsettled);
        bootstrap::judge(&self.values, versions.envoys(), problems, unsettled);
        if let Some(problem) = bootstrap::drops_tracer(&self.values).filter(|_| self.bootstrap.is_some()) {
            let scope = if self.listener.is_some() { Scope::Gateways } else { Scope::All };
            problems.push(problem.breaks(HopKind::Tracer, scope));
            self.bootstrap = None;
        }
    }

    /// `spec.config`, present or not; `None` without a ProxyDefaults.
    pub(crate) fn config(&self) -> Option<Cursor<'a>> {
        self.config
    }

    /// Whether it was read from this ProxyDefaults.
    pub(crate) fn is_of(&self, object: Object<'_>) -> bool {
        self.config.is_some_and(|config| config.doc() == Doc::Object(object.index))
    }

    /// The value of a key of `spec.config`, given in lower case. Consul ignores letter case (mapstructure) but prefers
    /// the exact spelling.
    pub(crate) fn value(&self, key: &str) -> Option<Cursor<'a>> {
        self.values.value(key)
    }

    /// The location of a key of `spec.config`, present or not.
    pub(crate) fn place(&self, key: &'a str) -> Option<Cursor<'a>> {
        self.value(key).or_else(|| Some(self.config?.get(key)))
    }

    /// The text of a key, if it is set and not empty.
    pub(crate) fn given(&self, key: &str) -> Option<(Cursor<'a>, Cow<'a, str>)> {
        self.values.text(key)
    }

    /// The tracer that a kind of proxy uses.
    pub(crate) fn of(&self, gateway: bool) -> Option<&Tracer> {
        match gateway {
            true => self.bootstrap.as_ref(),
            false => self.listener.as_ref().or(self.bootstrap.as_ref()),
        }
    }

    /// Both tracers, each with its key in `spec.config` and the proxies that use it.
    pub(crate) fn tracers(&self) -> impl Iterator<Item = (&'static str, &Tracer, Scope)> {
        let shared = if self.listener.is_some() { Scope::Gateways } else { Scope::All };
        let bootstrap = self.bootstrap.as_ref().map(|tracer| (BOOTSTRAP, tracer, shared));
        let listener = self.listener.as_ref().map(|tracer| (LISTENER, tracer, Scope::Sidecars));
        bootstrap.into_iter().chain(listener)
    }

    /// The first cluster with this name.
    pub(crate) fn cluster(&self, name: &str) -> Option<&Cluster> {
        self.by_name.get(name).map(|index| &self.clusters[*index])
    }

    /// The location of a JSON pointer inside the clusters' text.
    pub(crate) fn in_clusters(&self, pointer: &str) -> Option<Location> {
        self.value(CLUSTERS).map(|at| Cursor::inner(&at, pointer))
    }

    /// Why it depends on the Envoy version whether this hop works.
    pub(crate) fn unsettled(&self, hop: HopKind, gateway: bool) -> Option<&str> {
        let meant = |scope: &Scope| match scope {
            Scope::Gateways => gateway,
            Scope::Sidecars => !gateway,
            _ => true,
        };
        self.unsettled.iter().find(|one| one.hop == hop && meant(&one.scope)).map(|one| &*one.detail)
    }

    /// Marks the tracers as unsettled for this reason.
    pub(crate) fn unsettle(&mut self, detail: &str) {
        self.unsettled.push(Unsettled { hop: HopKind::Tracer, scope: Scope::All, detail: detail.to_string() });
    }

    /// Records something that Envoy rejects: a problem if all possible versions reject it, otherwise unsettled.
    fn refused(&mut self, at: Cursor<'a>, refusal: Refusal, hop: HopKind, scope: Scope) {
        match refusal.certain {
            true => self.problems.push(refusal.problem(at).breaks(hop, scope)),
            false => self.unsettled.push(refusal.unsettled(hop, scope)),
        }
    }

    fn read_bootstrap(&mut self, at: Cursor<'a>, text: &str, versions: Versions) {
        let json: Value = match serde_json::from_str(text) {
            Ok(json) => json,
            Err(error) => {
                let message = format!("`{BOOTSTRAP}` is not valid JSON: {error}");
                let problem = Problem::new(Cause::TracingJson, at, message, "fix the JSON; until then no proxy starts");
                return self.problems.push(problem.breaks(HopKind::Tracer, Scope::All));
            }
        };
        let mut broken = |cause, pointer: &str, message: String, help: &str| {
            let problem = Problem::new(cause, Cursor::inner(&at, pointer), message, help);
            self.problems.push(problem.breaks(HopKind::Tracer, Scope::All));
        };
        if !json.is_object() {
            return broken(Cause::TracingJson, "", format!("`{BOOTSTRAP}` is not a JSON object"), EXAMPLE);
        }
        let Some((_, http)) = field(&json, "http") else {
            broken(Cause::TracingJson, "", format!("`{BOOTSTRAP}` has no `http`"), EXAMPLE);
            if let (Some(problem), Some(key)) = (self.problems.last_mut(), misnamed(&json)) {
                let key = Cursor::inner(&at, format!("/{}", pointer::escape(key)));
                problem.cure = Cure::new(Trust::Safe, [Edit::rename(key, "http")]);
            }
            return;
        };
        if field(http, "config").is_some() {
            let message = "`http.config` is from Envoy's v2 API; Envoy refuses it".to_string();
            let help = "write `typed_config` with an `@type`";
            broken(Cause::TracingLegacy, "/http/config", message, help);
            if let Some(problem) = self.problems.last_mut() {
                problem.cure = Cure::new(Trust::Safe, modern(at, http));
            }
            return;
        }
        if http.is_object() && field(http, "typed_config").is_none() {
            let message = "the tracer has no `typed_config`".to_string();
            broken(Cause::TracingJson, "/http", message, "add it, with an `@type`");
        }
        for refusal in
            envoy::read_tracer(Root::Tracing, &json, http, ("/http", BOOTSTRAP), versions, &mut self.bootstrap)
        {
            self.refused(at, refusal, HopKind::Tracer, Scope::All);
        }
    }

    /// Clusters in a nested list: Envoy accepts that, but Consul fails when it searches the list for a cluster of its
    /// own. It does so for each listener that it adds to the bootstrap: the ready listener of every gateway, and those
    /// for metrics.
    fn listed(&self, at: Cursor<'a>, mesh: MeshContext) -> Problem {
        let listeners = ["envoy_prometheus_bind_addr", "envoy_stats_bind_addr"];
        let (scope, who) = match listeners.iter().any(|key| self.given(key).is_some()) {
            true => (Scope::All, "no proxy starts"),
            false => (Scope::Gateways, "gateways do not start"),
        };
        let message = format!("the clusters are in a list of their own, which Consul cannot read; {who}");
        let problem = Problem::new(Cause::ClustersJson, at, message, "remove the outer `[` and `]`")
            .fix(Trust::Safe, at.str().and_then(brackets).map(|cuts| Edit::cut(at, cuts)));
        match scope == Scope::All || mesh.gateways {
            true => problem.breaks(HopKind::Sidecar, scope),
            // Without such listeners it has no effect.
            false => problem,
        }
    }

    fn read_clusters(&mut self, at: Cursor<'a>, text: &str, versions: Versions, mesh: MeshContext) {
        match tracer::clusters(text) {
            Ok((clusters, nested)) => {
                if nested {
                    let problem = self.listed(at, mesh);
                    self.problems.push(problem);
                }
                let mut asked = Asked::default();
                for (index, cluster) in clusters.iter().enumerate() {
                    self.by_name.entry(cluster.name.clone()).or_insert(index);
                    for refusal in envoy::of_cluster(cluster, versions, &mut asked) {
                        self.refused(at, refusal, HopKind::Cluster, Scope::All);
                    }
                }
                self.clusters = clusters;
            }
            Err(why) => {
                self.clusters_read = false;
                let message = format!("`{CLUSTERS}` is not valid JSON inside Consul's brackets: {why}");
                let help = "write objects separated by commas, without brackets around them or a comma at the end";
                let problem = Problem::new(Cause::ClustersJson, at, message, help)
                    .fix(Trust::Safe, at.str().and_then(last_comma).map(|cut| Edit::cut(at, vec![cut])));
                self.problems.push(problem.breaks(HopKind::Cluster, Scope::All));
            }
        }
    }
}

/// A tracer of Envoy's v2 API for Zipkin, written for v3 (envoy `api/envoy/config/trace/v2/zipkin.proto`: the fields are the
/// same).
fn modern(at: Cursor<'_>, http: &Value) -> Vec<Edit> {
    let name = http.get("name").and_then(Value::as_str).unwrap_or_default();
    if !matches!(name, "envoy.zipkin" | "envoy.tracers.zipkin") || http.get("config").is_none_or(|it| !it.is_object()) {
        return Vec::new();
    }
    let kind = "type.googleapis.com/envoy.config.trace.v3.ZipkinConfig";
    let mut edits = vec![
        Edit::rename(Cursor::inner(&at, "/http/config"), "typed_config"),
        Edit::set(Cursor::inner(&at, "/http/config/@type"), kind),
    ];
    if name == "envoy.zipkin" {
        edits.push(Edit::set(Cursor::inner(&at, "/http/name"), "envoy.tracers.zipkin"));
    }
    edits
}

/// The only key of the message, if its value is a tracer: `http` is the only field that there is (envoy
/// `api/envoy/config/trace/v3/http_tracer.proto`).
fn misnamed(json: &Value) -> Option<&str> {
    let mut keys = json.as_object()?.iter();
    let (key, value) = keys.next()?;
    let is_tracer = field(value, "name").is_some() && field(value, "typed_config").is_some();
    (is_tracer && keys.next().is_none()).then_some(key.as_str())
}
