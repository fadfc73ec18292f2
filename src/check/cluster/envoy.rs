//! What Envoy rejects in the JSON of a ProxyDefaults, according to its own message descriptors; a single error keeps a
//! proxy from starting.

use crate::check::cluster::tracer::Cluster;
use crate::check::cluster::tracer::Speaks;
use crate::check::cluster::tracer::Tracer;
use crate::check::cluster::tracer::tracer;
use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::cure::What;
use crate::check::cursor::Cursor;
use crate::check::embedded::field;
use crate::check::hop::HopKind;
use crate::check::problem;
use crate::check::problem::Cause;
use crate::check::problem::Scope;
use crate::stack::envoy::messages::Kind;
use crate::stack::envoy::messages::Problem;
use crate::stack::envoy::messages::Root;
use crate::stack::envoy::messages::Versions;
use crate::stack::envoy::messages::judge;
use crate::stack::envoy::messages::judge_in_go;
use crate::suggest;
use crate::suggest::Asked;
use serde_json::Value;
use serde_json::json;

/// Something that all or some of the possible Envoy versions reject.
pub(super) struct Refusal {
    pub(super) cause: Cause,
    /// A JSON pointer into the text.
    pub(super) pointer: String,
    pub(super) message: String,
    pub(super) help: String,
    /// Whether every Envoy version that may run rejects it.
    pub(super) certain: bool,
    /// What makes it go away: changes at pointers into the text.
    pub(super) cure: Option<(Trust, Vec<(String, What)>)>,
}

impl Refusal {
    /// Converts it to a problem of the text at `at`; the caller decides what it breaks.
    pub(super) fn problem(self, at: Cursor<'_>) -> problem::Problem {
        let (trust, changes) = self.cure.unwrap_or((Trust::Safe, Vec::new()));
        let edits = changes.into_iter().map(|(pointer, what)| Edit { at: Cursor::inner(&at, pointer), what });
        problem::Problem::new(self.cause, Cursor::inner(&at, self.pointer), self.message, self.help).fix(trust, edits)
    }

    /// Converts it to something that the files do not settle.
    pub(super) fn unsettled(self, hop: HopKind, scope: Scope) -> Unsettled {
        let detail = format!("{}; the files do not say which Envoy runs (`--consul-chart` does)", self.message);
        Unsettled { hop, scope, detail }
    }
}

/// Something rejected by only some of the Envoy versions that may run.
pub(super) struct Unsettled {
    pub(super) hop: HopKind,
    pub(super) scope: Scope,
    pub(super) detail: String,
}

/// Checks `json`, found at `base` in the text, against the Envoy versions that may run.
pub(super) fn refusals(root: Root, json: &Value, base: &str, versions: Versions, asked: &mut Asked) -> Vec<Refusal> {
    judge(versions, root, json)
        .into_iter()
        .map(|problem| Refusal {
            cause: cause(&problem),
            pointer: format!("{base}{}", problem.pointer),
            message: message(&problem),
            help: help(&problem, asked),
            certain: problem.certain(),
            cure: cure(&problem, json, base),
        })
        .collect()
}

/// Checks `json` the way Consul parses it before sending it on, with its own protobufs.
pub(super) fn refusals_in_go(root: Root, json: &Value, versions: Versions) -> Vec<Refusal> {
    let mut asked = Asked::default();
    judge_in_go(versions, root, json)
        .into_iter()
        .map(|problem| Refusal {
            cause: cause(&problem),
            pointer: problem.pointer.clone(),
            message: match (&problem.kind, problem.certain()) {
                (Kind::UnknownField { field, .. }, true) => format!("this Consul has no field `{field}` here"),
                (Kind::UnknownField { field, .. }, false) => {
                    format!("some versions of Consul have no field `{field}` here")
                }
                (Kind::UnknownType { url, .. }, true) => format!("this Consul has no type `{url}`"),
                (_, true) => format!("Consul cannot read this: {problem}"),
                (_, false) => format!("some versions of Consul cannot read this: {problem}"),
            },
            help: help(&problem, &mut asked),
            certain: problem.certain(),
            cure: cure(&problem, json, ""),
        })
        .collect()
}

/// What Envoy rejects in a static cluster, whether or not a tracer uses it.
pub(super) fn of_cluster(cluster: &Cluster, versions: Versions, asked: &mut Asked) -> Vec<Refusal> {
    if !cluster.json.is_object() {
        return vec![refusal(
            Cause::ClustersJson,
            cluster.pointer.clone(),
            "a cluster must be a JSON object",
            "write objects joined by commas",
        )];
    }
    let mut all = refusals(Root::Cluster, &cluster.json, &cluster.pointer, versions, asked);
    let hosts = format!("{}/hosts", cluster.pointer);
    for refusal in all.iter_mut().filter(|refusal| refusal.cause == Cause::LegacyHosts && refusal.pointer == hosts) {
        let gone = (hosts.clone(), What::Remove);
        refusal.cure = match assigned(cluster) {
            Some(assignment) => {
                let set = (format!("{}/load_assignment", cluster.pointer), What::Set(assignment));
                Some((Trust::Safe, vec![gone, set]))
            }
            // Without addresses it says nothing that `load_assignment` does not.
            None => {
                let empty = cluster.json.get("hosts").and_then(Value::as_array).is_some_and(Vec::is_empty);
                (empty && field(&cluster.json, "load_assignment").is_some()).then(|| (Trust::Safe, vec![gone]))
            }
        };
    }
    all.extend(discovery(cluster));
    all
}

/// The `load_assignment` of a cluster with the `hosts` of Envoy's v2 API, which are addresses (envoy
/// `api/envoy/api/v2/cluster.proto`).
fn assigned(cluster: &Cluster) -> Option<Value> {
    let hosts = cluster.json.get("hosts")?.as_array().filter(|hosts| !hosts.is_empty())?;
    if field(&cluster.json, "load_assignment").is_some() {
        return None;
    }
    let endpoints: Vec<Value> = hosts.iter().map(|host| json!({"endpoint": {"address": host}})).collect();
    Some(json!({"cluster_name": cluster.name, "endpoints": [{"lb_endpoints": endpoints}]}))
}
/// Discovery types that the descriptors allow but that cannot work here.
fn discovery(cluster: &Cluster) -> Option<Refusal> {
    let help = "set `\"type\": \"STRICT_DNS\"`";
    let pointer = format!("{}/type", cluster.pointer);
    let named = !cluster.endpoints.is_empty();
    let refusal = |cause, pointer: String, message, help| {
        let cure = named.then(|| (Trust::Safe, vec![(pointer.clone(), What::Set("STRICT_DNS".into()))]));
        Refusal { cure, ..refusal(cause, pointer, message, help) }
    };
    match cluster.discovery()? {
        "STATIC" => {
            let is_name = |host: &str| !host.is_empty() && host.parse::<std::net::IpAddr>().is_err();
            let named = cluster.endpoints.iter().find(|endpoint| is_name(&endpoint.host))?;
            let message = format!("a STATIC cluster, which is the default, takes IP addresses, not `{}`", named.host);
            Some(refusal(Cause::ClusterType, pointer, message, help))
        }
        "EDS" | "ORIGINAL_DST" => {
            let message = "Consul's bootstrap has no source for this `type`".to_string();
            Some(refusal(Cause::ClusterType, pointer, message, help))
        }
        _ => None,
    }
}

fn refusal(cause: Cause, pointer: String, message: impl Into<String>, help: &str) -> Refusal {
    Refusal { cause, pointer, message: message.into(), help: help.to_string(), certain: true, cure: None }
}

/// Reads the tracer of `http` (or `provider`) at `pointer` into `found`, and returns what Envoy rejects in the entire
/// message.
pub(super) fn read_tracer(
    root: Root,
    json: &Value,
    http: &Value,
    (pointer, from): (&str, &'static str),
    versions: Versions,
    found: &mut Option<Tracer>,
) -> Vec<Refusal> {
    let mut refused = match root {
        // Envoy gets a protobuf message here, already parsed by Consul, so only its validation rules apply.
        Root::ListenerTracing => {
            let mut refused = refusals(root, json, "", versions, &mut Asked::default());
            refused.retain(|refusal| refusal.cause != Cause::UnknownField);
            refused
        }
        root => refusals(root, json, "", versions, &mut Asked::default()),
    };
    // Where a tracer of unknown type sends spans cannot be followed.
    if refused.iter().any(|refusal| refusal.cause == Cause::TracerType && refusal.certain) {
        return refused;
    }
    if let Some(tracer) = tracer(http, pointer, from) {
        let more = beyond_descriptors(&tracer).into_iter().chain(unsupported(&tracer));
        for refusal in more {
            // The descriptors of several versions may report the same problem.
            if !refused.iter().any(|known| known.cause == refusal.cause && known.certain) {
                refused.retain(|known| known.cause != refusal.cause);
                refused.push(refusal);
            }
        }
        *found = Some(tracer);
    }
    refused
}

/// What Envoy's code rejects in a Zipkin tracer although its descriptors (or those of some versions) do not; measured.
fn beyond_descriptors(tracer: &Tracer) -> Vec<Refusal> {
    if tracer.speaks != Speaks::Zipkin || field(&tracer.config, "collector_service").is_some() {
        return Vec::new();
    }
    let missing = |name: &str| {
        let value = field(&tracer.config, name).map(|(_, value)| value);
        value.is_none() || value.and_then(Value::as_str) == Some("")
    };
    let mut refused = Vec::new();
    let mut refuse = |cause, key: Option<&str>, message: &str, help: &str| {
        let (name, value) = match cause {
            Cause::EndpointMissing => ("collector_endpoint", "/api/v2/spans"),
            _ => ("collector_endpoint_version", "HTTP_JSON"),
        };
        let written = field(&tracer.config, name).map_or(name, |(key, _)| key);
        refused.push(Refusal {
            cure: Some((Trust::Safe, vec![(format!("{}/{written}", tracer.pointer), What::Set(value.into()))])),
            cause,
            pointer: key.map_or_else(|| tracer.pointer.clone(), |key| format!("{}/{key}", tracer.pointer)),
            message: message.to_string(),
            help: help.to_string(),
            certain: true,
        });
    };
    if missing("collector_endpoint") {
        refuse(
            Cause::EndpointMissing,
            None,
            "`collector_endpoint` is missing, and Envoy refuses the tracer without it",
            "add `\"collector_endpoint\": \"/api/v2/spans\"`",
        );
    }
    // HTTP_JSON is 1, HTTP_PROTO is 2; the default is rejected, and GRPC (3) crashes Envoy on the first span.
    let version = field(&tracer.config, "collector_endpoint_version");
    let word = version.map_or_else(String::new, |(_, value)| value.to_string().to_ascii_uppercase());
    match word.trim_matches('"') {
        "HTTP_JSON" | "HTTP_PROTO" | "1" | "2" => {}
        "" => refuse(
            Cause::EndpointVersion,
            None,
            "`collector_endpoint_version` is missing, and Envoy refuses its default",
            "add `\"collector_endpoint_version\": \"HTTP_JSON\"`",
        ),
        _ => refuse(
            Cause::EndpointVersion,
            version.map(|(key, _)| key),
            "Envoy accepts only HTTP_JSON and HTTP_PROTO as `collector_endpoint_version`",
            "set `\"collector_endpoint_version\": \"HTTP_JSON\"`",
        ),
    }
    refused
}

/// The tracer's type, if Jaeger accepts nothing that it sends.
fn unsupported(tracer: &Tracer) -> Option<Refusal> {
    (tracer.speaks == Speaks::Other).then(|| Refusal {
        cause: Cause::TracerUnsupported,
        pointer: format!("{}/@type", tracer.pointer),
        message: format!("Jaeger does not accept what `{}` sends", tracer.kind),
        help: "use ZipkinConfig or OpenTelemetryConfig".to_string(),
        certain: true,
        cure: None,
    })
}

/// The rules about tracers explain more than "Envoy rejects it", so they take precedence.
fn cause(problem: &Problem) -> Cause {
    let last = problem.pointer.rsplit('/').next().unwrap_or_default();
    match &problem.kind {
        Kind::UnknownField { field, message, .. } if message.ends_with(".Cluster") => match field.as_str() {
            "hosts" | "tls_context" | "tlsContext" => Cause::LegacyHosts,
            _ => Cause::UnknownField,
        },
        Kind::UnknownField { .. } => Cause::UnknownField,
        Kind::UnknownType { .. } | Kind::WrongExtension { .. } | Kind::MissingType { .. }
            if is_tracer(&problem.pointer) =>
        {
            Cause::TracerType
        }
        Kind::Missing { field } | Kind::Rule { field: Some(field), .. } => match *field {
            "collector_endpoint" => Cause::EndpointMissing,
            "collector_endpoint_version" => Cause::EndpointVersion,
            "name" if matches!(&*problem.pointer, "/http" | "/provider") => Cause::TracingJson,
            _ => Cause::EnvoyValue,
        },
        _ if matches!(last, "collector_endpoint_version" | "collectorEndpointVersion") => Cause::EndpointVersion,
        _ => Cause::EnvoyValue,
    }
}

/// What makes a refusal go away, where the descriptors leave one answer.
fn cure(problem: &Problem, json: &Value, base: &str) -> Option<(Trust, Vec<(String, What)>)> {
    let here = format!("{base}{}", problem.pointer);
    let value = json.pointer(&problem.pointer);
    let (above, _) = problem.pointer.rsplit_once('/').unwrap_or_default();
    let around = json.pointer(above);
    let one = |what| Some((Trust::Safe, vec![(here.clone(), what)]));
    let below = |key: &str, value: &str| Some((Trust::Safe, vec![(format!("{here}/{key}"), What::Set(value.into()))]));
    let close = |written: &str| suggest::closest(written, problem.known().iter().copied());
    match &problem.kind {
        Kind::UnknownField { field: written, .. } => {
            let close = close(written)?;
            around.is_some_and(|map| field(map, close).is_none()).then(|| one(What::Rename(close.to_string())))?
        }
        Kind::UnknownType { url, .. } => {
            let written = url.rsplit('/').next().unwrap_or(url);
            let newer = written.replace(".v2.", ".v3.").replace(".v2alpha.", ".v3.");
            let known = problem.known().iter().copied().find(|known| **known == *newer);
            let name = known.or_else(|| close(written))?;
            let at = if here.ends_with("/@type") { here.clone() } else { format!("{here}/@type") };
            Some((Trust::Safe, vec![(at, What::Set(format!("type.googleapis.com/{name}").into()))]))
        }
        Kind::UnknownValue { .. } if cause_of_endpoint(problem) => one(What::Set("HTTP_JSON".into())),
        Kind::UnknownValue { known } => {
            let plain = |word: &str| word.replace(['_', '-', ' '], "").to_ascii_lowercase();
            let written = value?.as_str()?;
            let same = known.iter().find(|known| plain(known) == plain(written));
            let trust = if same.is_some() { Trust::Safe } else { Trust::Unsafe };
            let word = same.copied().or_else(|| close(written))?;
            Some((trust, vec![(here.clone(), What::Set(word.into()))]))
        }
        Kind::WrongType { expected } if expected.starts_with("a duration") => one(What::Set(duration(value?)?.into())),
        Kind::Missing { field } | Kind::Rule { field: Some(field), .. } => match *field {
            "collector_endpoint" => below(field, "/api/v2/spans"),
            "collector_endpoint_version" => below(field, "HTTP_JSON"),
            "name" if matches!(&*problem.pointer, "/http" | "/provider") => below(field, tracer_name(value?)?),
            _ => None,
        },
        Kind::Rule { field: None, .. } if cause_of_endpoint(problem) => one(What::Set("HTTP_JSON".into())),
        _ => None,
    }
}

/// Whether it is about the version of the Zipkin endpoint, of which Envoy and Jaeger agree on one in JSON.
fn cause_of_endpoint(problem: &Problem) -> bool {
    cause(problem) == Cause::EndpointVersion
}

/// Seconds as Envoy reads them, of a number or of another unit (protobuf's JSON mapping: `1.5s`).
fn duration(value: &Value) -> Option<String> {
    if let Value::Number(number) = value {
        return Some(format!("{number}s"));
    }
    let text = value.as_str()?.trim();
    let digits =
        |text: &str| text.parse::<f64>().ok().filter(|_| text.bytes().all(|b| b.is_ascii_digit() || b == b'.'));
    let seconds = match text {
        _ if digits(text).is_some() => return Some(format!("{text}s")),
        _ if text.ends_with("ms") => digits(text.strip_suffix("ms")?)? / 1000.0,
        _ => digits(text.strip_suffix('m')?)? * 60.0,
    };
    Some(format!("{seconds}s"))
}

/// The name that goes with the type of a tracer (envoy `source/extensions/extensions_build_config.bzl`).
fn tracer_name(http: &Value) -> Option<&'static str> {
    let (_, config) = field(http, "typed_config")?;
    match config.get("@type")?.as_str()?.rsplit('.').next()? {
        "ZipkinConfig" => Some("envoy.tracers.zipkin"),
        "OpenTelemetryConfig" => Some("envoy.tracers.opentelemetry"),
        _ => None,
    }
}
/// Whether the pointer points at the typed config of a tracer or its `@type`.
fn is_tracer(pointer: &str) -> bool {
    let pointer = pointer.strip_suffix("/@type").unwrap_or(pointer);
    let config = pointer.strip_prefix("/http/").or_else(|| pointer.strip_prefix("/provider/"));
    matches!(config, Some("typed_config" | "typedConfig"))
}

fn message(problem: &Problem) -> String {
    let last = problem.pointer.rsplit('/').next().unwrap_or_default();
    match problem.kind {
        Kind::WrongType { .. } | Kind::UnknownValue { .. } | Kind::Rule { field: None, .. } | Kind::Twice { .. } => {
            format!("Envoy refuses `{last}`: {problem}")
        }
        Kind::Missing { .. } | Kind::MissingOneOf { .. } | Kind::Rule { .. } | Kind::MissingType { .. } => {
            format!("Envoy refuses this: {problem}")
        }
        _ => problem.to_string(),
    }
}

fn help(problem: &Problem, asked: &mut Asked) -> String {
    let known = problem.known();
    let written = match &problem.kind {
        Kind::UnknownField { field, .. } => field.as_str(),
        Kind::UnknownOption { name, .. } => name.as_str(),
        Kind::UnknownType { url, .. } => url.rsplit('/').next().unwrap_or_default(),
        _ => "",
    };
    if let Some(close) = asked.closest(written, known.iter().copied()).filter(|_| !written.is_empty()) {
        return format!("did you mean `{close}`?");
    }
    match &problem.kind {
        Kind::UnknownField { .. } | Kind::Twice { .. } | Kind::Disallowed { .. } => "remove it".to_string(),
        Kind::Missing { .. } | Kind::Rule { field: Some(_), .. } => "add it".to_string(),
        Kind::WrongType { .. } | Kind::Rule { field: None, .. } => "correct the value".to_string(),
        _ if known.is_empty() => "see Envoy's API reference for this version".to_string(),
        _ => format!("use one of {}", suggest::some(known.iter().copied(), "")),
    }
}
