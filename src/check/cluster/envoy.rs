//! What Envoy rejects in the JSON of a ProxyDefaults, according to its own message descriptors; a single error keeps a
//! proxy from starting.

use crate::check::cluster::tracer::Cluster;
use crate::check::cluster::tracer::Speaks;
use crate::check::cluster::tracer::Tracer;
use crate::check::cluster::tracer::tracer;
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

/// Something that all or some of the possible Envoy versions reject.
pub(super) struct Refusal {
    pub(super) cause: Cause,
    /// A JSON pointer into the text.
    pub(super) pointer: String,
    pub(super) message: String,
    pub(super) help: String,
    /// Whether every Envoy version that may run rejects it.
    pub(super) certain: bool,
}

impl Refusal {
    /// Converts it to a problem of the text at `at`; the caller decides what it breaks.
    pub(super) fn problem(self, at: Cursor<'_>) -> problem::Problem {
        problem::Problem::new(self.cause, Cursor::inner(&at, self.pointer), self.message, self.help)
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
    all.extend(discovery(cluster));
    all
}

/// Discovery types that the descriptors allow but that cannot work here.
fn discovery(cluster: &Cluster) -> Option<Refusal> {
    let help = "set `\"type\": \"STRICT_DNS\"`";
    let pointer = format!("{}/type", cluster.pointer);
    match cluster.discovery()? {
        "STATIC" => {
            let is_name = |host: &str| !host.is_empty() && host.parse::<std::net::IpAddr>().is_err();
            let named = cluster.endpoints.iter().find(|endpoint| is_name(&endpoint.host))?;
            let message = format!("a STATIC cluster, which is the default, takes IP addresses, not `{}`", named.host);
            Some(refusal(Cause::ClusterType, pointer, message, help))
        }
        "EDS" | "ORIGINAL_DST" => {
            Some(refusal(Cause::ClusterType, pointer, "Consul's bootstrap has no source for this `type`", help))
        }
        _ => None,
    }
}

fn refusal(cause: Cause, pointer: String, message: impl Into<String>, help: &str) -> Refusal {
    Refusal { cause, pointer, message: message.into(), help: help.to_string(), certain: true }
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
        refused.push(Refusal {
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
