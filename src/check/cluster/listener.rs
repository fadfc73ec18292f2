//! `envoy_listener_tracing_json`: the listener tracing that Consul's servers send to sidecars.

use crate::check::cluster::envoy;
use crate::check::cluster::envoy::Refusal;
use crate::check::cluster::envoy::Unsettled;
use crate::check::cluster::tracer::Tracer;
use crate::check::cluster::version::Versions;
use crate::check::cure::Cure;
use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::cursor::Cursor;
use crate::check::embedded::field;
use crate::check::hop::HopKind;
use crate::check::problem::Cause;
use crate::check::problem::Problem;
use crate::check::problem::Scope;
use crate::stack::consul::LISTENER_TRACING;
use crate::stack::consul::keys::LISTENER_TRACING as LISTENER;
use crate::stack::consul::keys::TRACING as BOOTSTRAP;
use crate::stack::envoy::messages::Root;
use serde_json::Value;

const TYPE: &str = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.Tracing";
const HELP: &str =
    "write the Tracing message itself: `{\"@type\": \"type.googleapis.com/...HttpConnectionManager.Tracing\", ...}`";

struct Reader<'a, 'p> {
    at: Cursor<'a>,
    /// Whether this is the only tracer, so that without it the proxies have none.
    alone: bool,
    problems: &'p mut Vec<Problem>,
}

impl Reader<'_, '_> {
    /// Reports something that makes Consul fall back to its own default.
    fn ignored(&mut self, cause: Cause, at: impl Into<crate::check::cursor::Location>, message: String, help: &str) {
        let problem = Problem::new(cause, at, message, help);
        self.problems.push(if self.alone { problem.breaks(HopKind::Tracer, Scope::All) } else { problem });
    }

    /// What makes the last problem go away.
    fn fix(&mut self, edits: impl IntoIterator<Item = Edit>) {
        if let Some(problem) = self.problems.last_mut() {
            problem.cure = Cure::new(Trust::Safe, edits);
        }
    }

    fn shape(&mut self, pointer: &str, message: String, help: &str) {
        self.ignored(Cause::ListenerShape, Cursor::inner(&self.at, pointer), message, help);
    }
}

/// Reads the key if Consul can convert its value to text. `alone`: the bootstrap has no tracer.
pub(super) fn read(
    (at, text): (Cursor<'_>, Option<&str>),
    versions: &Versions,
    alone: bool,
    problems: &mut Vec<Problem>,
    unsettled: &mut Vec<Unsettled>,
) -> Option<Tracer> {
    let mut reader = Reader { at, alone, problems };
    let json = reader.message(text, versions)?;
    reader.sampling(&json)?;
    let refusals = envoy::refusals_in_go(Root::ListenerTracing, &json, versions.protobufs());
    let (certain, possible): (Vec<Refusal>, Vec<Refusal>) = refusals.into_iter().partition(|refusal| refusal.certain);
    if !certain.is_empty() {
        reader.cannot_parse(certain);
        return None;
    }
    unsettled.extend(possible.into_iter().map(|refusal| Unsettled {
        hop: HopKind::Tracer,
        scope: Scope::Sidecars,
        detail: format!("{}; the files do not say which Consul runs", refusal.message),
    }));
    let (key, provider) = field(&json, "provider").unwrap_or(("", &Value::Null));
    let mut tracer = None;
    let place = (&*format!("/{key}"), LISTENER);
    for refusal in envoy::read_tracer(Root::ListenerTracing, &json, provider, place, versions.envoys(), &mut tracer) {
        match refusal.certain {
            true => reader.problems.push(refusal.problem(at).breaks(HopKind::Tracer, Scope::Sidecars)),
            false => unsettled.push(refusal.unsettled(HopKind::Tracer, Scope::Sidecars)),
        }
    }
    tracer
}

impl Reader<'_, '_> {
    /// The message in the key, if Consul supports it and it has the right type.
    fn message(&mut self, text: Option<&str>, versions: &Versions) -> Option<Value> {
        if let Some(consul) = versions.consul.as_ref().filter(|version| **version < LISTENER_TRACING) {
            self.ignored(
                Cause::ListenerVersion,
                self.at.key(),
                format!("Consul {consul} ignores `{LISTENER}`, which it supports since 1.13.2"),
                "use `envoy_tracing_json`, or upgrade Consul",
            );
            return None;
        }
        let json: Value = match serde_json::from_str(text?) {
            Ok(json) => json,
            Err(error) => {
                self.ignored(Cause::ListenerShape, self.at, format!("`{LISTENER}` is not valid JSON: {error}"), HELP);
                return None;
            }
        };
        if json.get("http").is_some() {
            let message = format!("`{LISTENER}` must not be wrapped in `http`, which belongs to `{BOOTSTRAP}`");
            self.shape("/http", message, HELP);
            return None;
        }
        let kind = json.get("@type").and_then(Value::as_str).unwrap_or_default();
        if kind.rsplit('/').next() != Some(TYPE) {
            let message = format!("`{LISTENER}` has no `@type`, or not that of HttpConnectionManager.Tracing");
            self.shape("/@type", message, HELP);
            if json.is_object() && (kind.is_empty() || kind.contains(".v2.")) {
                let whole = format!("type.googleapis.com/{TYPE}");
                self.fix([Edit::set(Cursor::inner(&self.at, "/@type"), whole)]);
            }
            return None;
        }
        Some(json)
    }

    /// Reports a message that Consul cannot parse; it then ignores all of it ("failed to parse ListenerTracingJSON
    /// config", seen on 1.14.11).
    fn cannot_parse(&mut self, refusals: Vec<Refusal>) {
        for refusal in refusals {
            let problem = refusal.problem(self.at);
            let message = format!("{}, so it ignores `{LISTENER}`", problem.message);
            let problem = Problem { message, ..problem };
            self.problems.push(if self.alone { problem.breaks(HopKind::Tracer, Scope::All) } else { problem });
        }
    }

    /// `None` if a percentage cannot be read.
    fn sampling(&mut self, json: &Value) -> Option<()> {
        let mut none = Vec::new();
        for name in ["client_sampling", "random_sampling", "overall_sampling"] {
            let Some((key, value)) = field(json, name) else { continue };
            let Some(percent) = percentage(value) else {
                self.shape(
                    &format!("/{key}"),
                    format!("`{key}` must be `{{\"value\": 0..100}}`"),
                    "write a percentage, such as `{\"value\": 10}`",
                );
                let percent = value.as_f64().or_else(|| fraction(value));
                let percent = percent.filter(|percent| (0.0..=100.0).contains(percent));
                let number = percent.map(|percent| if value.is_number() { value.clone() } else { rounded(percent) });
                let cure = number.map(|number| serde_json::json!({"value": number}));
                let at = Cursor::inner(&self.at, format!("/{key}"));
                self.fix(cure.map(|value| Edit::set(at, value)));
                return None;
            };
            if percent <= 0.0 {
                none.push(name);
            }
            if value.as_object().is_some_and(serde_json::Map::is_empty) {
                let message = format!("`{key}: {{}}` is 0 percent, while a sidecar without `{key}` takes 100");
                let at = Cursor::inner(&self.at, format!("/{key}"));
                let help = "write `{\"value\": 100}` or another percentage, or remove the key";
                self.problems.push(Problem::new(Cause::ListenerShape, at, message, help));
            }
        }
        if none.contains(&"overall_sampling") || none == ["client_sampling", "random_sampling"] {
            let named = none.last().copied().unwrap_or_default();
            let pointer = field(json, named).map_or_else(String::new, |(key, _)| format!("/{key}"));
            let problem = Problem::new(
                Cause::ListenerSamplesNothing,
                Cursor::inner(&self.at, pointer),
                format!(
                    "`{}` is 0, so sidecars never start a trace, even if the request asks for one",
                    none.join("` and `")
                ),
                "leave `overall_sampling` and `client_sampling` at 100, and lower `random_sampling` only",
            );
            let keys = none.iter().filter(|name| **name != "random_sampling").filter_map(|name| field(json, name));
            let edits = keys.map(|(key, _)| Edit::remove(Cursor::inner(&self.at, format!("/{key}"))));
            let problem = problem.fix(Trust::Unsafe, edits);
            self.problems.push(problem.breaks(HopKind::Starts, Scope::Sidecars));
        }
        Some(())
    }
}

/// The percentage that an `envoy.type.v3.FractionalPercent` says (envoy `api/envoy/type/v3/percent.proto`), which other
/// fields of Envoy take.
fn fraction(value: &Value) -> Option<f64> {
    let map = value.as_object().filter(|map| map.keys().all(|key| matches!(&**key, "numerator" | "denominator")))?;
    let parts = match map.get("denominator").map_or(Some("HUNDRED"), Value::as_str)? {
        "HUNDRED" => 100.0,
        "TEN_THOUSAND" => 10_000.0,
        "MILLION" => 1_000_000.0,
        _ => return None,
    };
    Some(map.get("numerator")?.as_f64()? * 100.0 / parts)
}

/// A number as people write it: a whole one without a fraction.
fn rounded(number: f64) -> Value {
    if number.fract() == 0.0 { Value::from(number as i64) } else { Value::from(number) }
}

/// An `envoy.type.v3.Percent`; without a value it is 0.
pub(crate) fn percentage(value: &Value) -> Option<f64> {
    let map = value.as_object().filter(|map| map.keys().all(|key| key == "value"))?;
    match map.get("value") {
        None => Some(0.0),
        Some(value) => value.as_f64().filter(|percent| (0.0..=100.0).contains(percent)),
    }
}
