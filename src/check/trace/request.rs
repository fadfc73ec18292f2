//! Whether the receiver accepts the request path that the tracer uses.

use crate::check::cluster::backend::Backend;
use crate::check::cluster::backend::Feed;
use crate::check::cluster::backend::Product;
use crate::check::cluster::mesh::Mesh;
use crate::check::cluster::tracer::Speaks;
use crate::check::cluster::tracer::Tracer;
use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::cursor::Cursor;
use crate::check::cursor::Location;
use crate::check::embedded::field;
use crate::check::hop::HopKind;
use crate::check::hop::State;
use crate::check::problem::Cause;
use crate::check::problem::Problem;
use crate::check::trace::calls::Call;
use crate::check::trace::hops::Route;
use crate::stack::jaeger;
use serde_json::Value;

/// Checks the path of an HTTP request with spans.
pub(super) fn judge(mesh: &Mesh<'_>, backend: &Backend, feed: Option<&Feed>, call: &Call<'_>, route: &mut Route) {
    if let Some(path) = call.path {
        return exported(backend, feed, call, path, route);
    }
    let Some(tracer) = call.tracer else { return };
    let Some(at) = mesh.tracing.place(tracer.key) else { return };
    match tracer.speaks {
        Speaks::Zipkin => zipkin(backend, tracer, at, route),
        Speaks::OtlpHttp => otlp(backend, feed, tracer, at, route),
        Speaks::OtlpGrpc | Speaks::Other => {}
    }
}

/// Checks the path of an exporter's URL.
fn exported(backend: &Backend, feed: Option<&Feed>, call: &Call<'_>, path: &str, route: &mut Route) {
    let served = match call.speaks {
        Speaks::OtlpHttp => feed.map_or("/v1/traces", |feed| &*feed.path),
        // Collectors and Jaeger since 1.53 accept any path.
        Speaks::Zipkin if backend.product == Product::Zipkin => "/api/v2/spans",
        _ => return,
    };
    if path != served
        && (feed.is_some() || matches!(backend.product, Product::JaegerV1 | Product::JaegerV2 | Product::Zipkin))
    {
        let message = format!("{} sends to `{path}`, and {} serves `{served}` only", call.sender, backend.label);
        let help = match call.speaks {
            Speaks::OtlpHttp => "leave the path out of `endpoint`: the exporter adds `/v1/traces` itself",
            _ => "end the URL in `/api/v2/spans`",
        };
        let cure = call.written.as_ref().and_then(|(text, at)| {
            let origin = &text[..text.len()
                - text
                    .find("://")
                    .and_then(|at| text[at + 3..].find('/').map(|path| text.len() - at - 3 - path))
                    .unwrap_or(0)];
            // Whether the exporter adds the path itself is told by what it made of it.
            let adds = call.speaks == Speaks::OtlpHttp
                && path.strip_suffix("/v1/traces").is_some_and(|own| text.trim_end_matches('/').ends_with(own));
            let end = if adds && served == "/v1/traces" { "" } else { served };
            (origin.len() < text.len()).then(|| Edit::set(at, format!("{origin}{end}")))
        });
        let problem = Problem::new(Cause::RelayPort, call.port_at.clone(), message, help).fix(Trust::Safe, cure);
        route.breaks(HopKind::Receiver, problem);
    }
}

/// The path of a URL, or a plain path. HTTP servers accept a full URL as the path; the query does not matter.
fn path_of(text: &str) -> &str {
    let text = text.split('?').next().unwrap_or(text);
    match text.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => text,
    }
}

/// A path or a URL with another path.
fn with_path(value: &Value, old: &str, new: &str) -> String {
    let text = value.as_str().unwrap_or_default();
    match text.contains("://") {
        true if old == "/" => format!("{}{new}", text.trim_end_matches('/')),
        true => text.replacen(old, new, 1),
        false => new.to_string(),
    }
}

fn otlp(backend: &Backend, feed: Option<&Feed>, tracer: &Tracer, key: Cursor<'_>, route: &mut Route) {
    let mut pointer = tracer.pointer.clone();
    let mut value = &tracer.config;
    for name in ["http_service", "http_uri", "uri"] {
        let Some((key, next)) = field(value, name) else { return };
        pointer = format!("{pointer}/{key}");
        value = next;
    }
    let path = path_of(value.as_str().unwrap_or_default());
    let served = feed.map_or("/v1/traces", |feed| &*feed.path);
    if path == served {
        return;
    }
    let at = Cursor::inner(&key, pointer);
    let help = "write `/v1/traces`";
    // A collector's configuration may set another path; Jaeger v1 cannot.
    if backend.product == Product::JaegerV1 || feed.is_some() {
        let message = format!("{} answers 404 to `{path}`; its OTLP path is `{served}`", backend.label);
        let help = format!("write `{served}`");
        let cure = Edit::set(&at, with_path(value, path, served));
        let problem = Problem::new(Cause::WrongPath, at, message, help).fix(Trust::Safe, [cure]);
        return route.breaks(HopKind::Receiver, problem);
    }
    route.receiver = (State::Unseen, format!("`{path}` only works if the receiver is configured for it"));
    let message = format!("the OTLP path is `/v1/traces`; `{path}` only works if the receiver is configured for it");
    let cure = Edit::set(&at, with_path(value, path, "/v1/traces"));
    route.problems.push(Problem::new(Cause::WrongPath, at, message, help).fix(Trust::Unsafe, [cure]));
}

fn zipkin(backend: &Backend, tracer: &Tracer, key: Cursor<'_>, route: &mut Route) {
    let Some((name, value)) = field(&tracer.config, "collector_endpoint") else { return };
    let path = path_of(value.as_str().unwrap_or_default());
    if path == "/api/v2/spans" {
        return;
    }
    let label = &backend.label;
    let at: Location = Cursor::inner(&key, format!("{}/{name}", tracer.pointer));
    let cure = Edit::set(&at, with_path(value, path, "/api/v2/spans"));
    let problem =
        |message: String| Problem::new(Cause::WrongPath, at, message, "write `/api/v2/spans`").fix(Trust::Safe, [cure]);
    let go = matches!(backend.product, Product::JaegerV1 | Product::JaegerV2);
    if go && !path.starts_with('/') {
        let message = format!("{label} answers 400 to `{path}`: a path must begin with `/`");
        return route.breaks(HopKind::Receiver, problem(message));
    }
    let strict = match backend.product {
        Product::JaegerV1 => backend.version.as_ref().map(|version| *version < jaeger::ANY_ZIPKIN_PATH),
        Product::JaegerV2 => Some(false),
        Product::Zipkin => Some(true),
        Product::Unknown => None,
    };
    match (strict, path) {
        (Some(false), _) => {}
        (_, "/api/v1/spans") => route.problems.push(problem(
            "Envoy does not send what `/api/v1/spans` expects: Jaeger up to 1.52 stores such spans without service name or \
             tags"
                .to_string(),
        )),
        (Some(true), _) => {
            route.breaks(HopKind::Receiver, problem(format!("{label} answers 404 to `{path}`")));
        }
        (None, _) => {
            let detail = "the files do not say which Jaeger runs; up to 1.52 it refuses this path";
            route.receiver = (State::Unseen, detail.to_string());
            let message = format!("Zipkin and Jaeger up to 1.52 answer 404 to `{path}`; Jaeger 1.53 and later accept it");
            route.problems.push(problem(message));
        }
    }
}
