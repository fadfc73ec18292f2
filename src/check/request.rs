//! What a receiver makes of the path that the tracer's requests carry.

use crate::check::backend::Backend;
use crate::check::backend::Product;
use crate::check::embedded::field;
use crate::check::hop::HopKind;
use crate::check::hop::State;
use crate::check::rule::At;
use crate::check::rules::collector;
use crate::check::tracer::Tracer;
use crate::check::way::Flaw;
use crate::check::way::Way;
use crate::finding::Severity;

/// The path of a URL, or a path itself. HTTP servers take a whole URL for its path; the query does not count.
fn path_of(text: &str) -> &str {
    let text = text.split('?').next().unwrap_or(text);
    match text.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => text,
    }
}

/// What an OTLP receiver makes of the request's path.
pub(crate) fn otlp(backend: &Backend, tracer: &Tracer, defaults: usize, way: &mut Way) {
    let mut pointer = tracer.pointer.clone();
    let mut value = &tracer.config;
    for name in ["http_service", "http_uri", "uri"] {
        let Some((key, next)) = field(value, name) else { return };
        pointer = format!("{pointer}/{key}");
        value = next;
    }
    let path = path_of(value.as_str().unwrap_or_default());
    if path == "/v1/traces" {
        return;
    }
    // A collector's configuration may name another path; that of Jaeger v1 cannot.
    let stops = backend.product == Product::JaegerV1;
    if !stops {
        way.receiver = (State::Unseen, format!("`{path}` is taken only where the receiver names it"));
    }
    way.flaws.push(Flaw {
        rule: &collector::PATH,
        hop: HopKind::Receiver,
        severity: if stops { Severity::Error } else { Severity::Warning },
        stops,
        at: At::object(defaults, format!("/spec/config/{}", tracer.key)).inner(pointer),
        message: match stops {
            true => format!("{} answers 404 to `{path}`, OTLP over HTTP comes in at `/v1/traces`", backend.label),
            false => format!("OTLP over HTTP comes in at `/v1/traces`, at `{path}` only where the receiver says so"),
        },
        help: "write `/v1/traces`".to_string(),
        note: None,
    });
}

/// What a zipkin receiver makes of the request's path.
pub(crate) fn zipkin(backend: &Backend, tracer: &Tracer, defaults: usize, way: &mut Way) {
    let Some((key, value)) = field(&tracer.config, "collector_endpoint") else { return };
    let path = path_of(value.as_str().unwrap_or_default());
    if path == "/api/v2/spans" {
        return;
    }
    let go = matches!(backend.product, Product::JaegerV1 | Product::JaegerV2);
    let strict = match backend.product {
        Product::JaegerV1 => backend.version.map(|version| version < (1, 53, 0)),
        Product::JaegerV2 => Some(false),
        Product::Zipkin => Some(true),
        Product::Unknown => None,
    };
    let at = At::object(defaults, format!("/spec/config/{}", tracer.key)).inner(format!("{}/{key}", tracer.pointer));
    let mut flaw = Flaw {
        rule: &collector::PATH,
        hop: HopKind::Receiver,
        severity: Severity::Warning,
        stops: false,
        at,
        message: String::new(),
        help: "write `/api/v2/spans`".to_string(),
        note: None,
    };
    match (strict, path) {
        (_, path) if go && !path.starts_with('/') => {
            flaw.message = format!("{} answers 400 to `{path}`, which begins with no `/`", backend.label);
            flaw.severity = Severity::Error;
            flaw.stops = true;
        }
        (Some(false), _) => return,
        (_, "/api/v1/spans") => {
            flaw.message = "`/api/v1/spans` takes another body than Envoy sends: Jaeger up to 1.52 keeps such spans without service name or tags".to_string();
        }
        (Some(true), _) => {
            flaw.message = format!("{} answers 404 to `{path}`", backend.label);
            flaw.severity = Severity::Error;
            flaw.stops = true;
        }
        (None, _) => {
            flaw.message =
                format!("`{path}` is answered by 404 up to Jaeger 1.52 and by Zipkin, and taken from Jaeger 1.53");
            way.receiver =
                (State::Unseen, "which Jaeger runs is not written, and up to 1.52 it refuses this path".to_string());
        }
    }
    way.flaws.push(flaw);
}
