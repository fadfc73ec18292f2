//! Values of a collector's components that can be read but that their own validation refuses, where it compares several
//! keys or looks into a text.

use crate::check::cluster::backend::Fault;
use crate::check::cluster::backend::component::Component;
use crate::check::cluster::backend::config::Config;
use crate::check::cursor::Cursor;
use crate::check::problem::Cause;
use crate::stack::go;

/// Why this component does not start; `None` if there is no known reason.
pub(super) fn fault(config: &Config<'_>, component: Component<'_>) -> Option<Box<Fault>> {
    let of = match (component.kind, component.ty()) {
        ("exporter", "otlp" | "otlp_grpc") => endpoint(component),
        ("processor", "batch") => batch(component),
        ("processor", "memory_limiter") => memory(component),
        _ => None,
    };
    let (at, why, help) = of.or_else(|| tls_version(component.at, 0))?;
    let why = format!("{why} in the {} `{}`, so the collector does not start", component.kind, component.name);
    Some(Fault::new(Cause::CollectorConfig, config.place(at), why, help))
}

type Refusal<'a> = (Cursor<'a>, String, &'static str);

/// opentelemetry-collector `exporter/otlpexporter/config.go` `Validate`.
fn endpoint(component: Component<'_>) -> Option<Refusal<'_>> {
    let at = component.at.get("endpoint");
    let text = at.str().filter(|text| !text.contains('$'))?;
    let bare = ["http://", "https://", "dns://"].iter().find_map(|scheme| text.strip_prefix(scheme)).unwrap_or(text);
    let bare = bare.trim_start_matches('/');
    if bare.is_empty() {
        return Some((at, "`endpoint` is empty".to_string(), "write `host:port`"));
    }
    if text.starts_with("unix:") || text.starts_with("dns:") {
        return None;
    }
    match go::split_host_port(bare) {
        Err(why) => Some((at, format!("`endpoint` is wrong ({why})"), "write `host:port`")),
        Ok((_, port)) if port.parse::<i64>().is_err() => {
            Some((at, "`endpoint` has an invalid port".to_string(), "write `host:port` with a number"))
        }
        Ok(_) => None,
    }
}

/// opentelemetry-collector `processor/batchprocessor/config.go` `Validate`, with the default size of its factory.go.
fn batch(component: Component<'_>) -> Option<Refusal<'_>> {
    const SIZE: i64 = 8192;
    let largest = component.at.get("send_batch_max_size");
    let size = component.at.get("send_batch_size");
    let (most, least) = (largest.int()?, if size.exists() { size.int()? } else { SIZE });
    (most > 0 && most < least).then(|| {
        (
            largest,
            "`send_batch_max_size` is below `send_batch_size`".to_string(),
            "raise it, or lower `send_batch_size`",
        )
    })
}

/// opentelemetry-collector `internal/memorylimiter/config.go` `Validate`.
fn memory(component: Component<'_>) -> Option<Refusal<'_>> {
    let [limit, spike] = ["limit_mib", "spike_limit_mib"].map(|key| component.at.get(key));
    let (most, jump) = (limit.int()?, spike.int()?);
    (most > 0 && jump >= most).then(|| (spike, "`spike_limit_mib` is not below `limit_mib`".to_string(), "lower it"))
}

/// opentelemetry-collector `config/configtls/configtls.go` `convertVersion`.
fn tls_version(at: Cursor<'_>, depth: usize) -> Option<Refusal<'_>> {
    let tls = at.get("tls");
    for key in ["min_version", "max_version"] {
        let version = tls.get(key);
        if version.str().is_some_and(|text| !["", "1.0", "1.1", "1.2", "1.3"].contains(&text) && !text.contains('$')) {
            return Some((version, format!("`{key}` is not a TLS version"), "use 1.0, 1.1, 1.2 or 1.3, in quotes"));
        }
    }
    // Receivers have it below each of their protocols.
    let below = (depth < 2).then(|| at.entries().map(|(_, below)| below));
    below.into_iter().flatten().find_map(|below| tls_version(below, depth + 1))
}
