//! An Envoy tracer and static clusters, read the way Consul and Envoy read them.
//!
//! In: the strings of `spec.config` of a ProxyDefaults. Out: [`Tracer`] and [`Cluster`]s with JSON pointers to what
//! they were read from.

use crate::check::embedded::field;
use serde_json::Value;

/// The protocol in which a tracer sends spans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Speaks {
    /// Zipkin over HTTP/1.
    Zipkin,
    /// OTLP over gRPC.
    OtlpGrpc,
    /// OTLP over HTTP.
    OtlpHttp,
    /// A protocol that Jaeger does not accept.
    Other,
}

/// A tracer of Envoy.
#[derive(Clone, Debug)]
pub(crate) struct Tracer {
    pub(crate) speaks: Speaks,
    /// The part of `@type` after the last slash.
    pub(crate) kind: String,
    /// The cluster it sends to, with its pointer.
    pub(crate) cluster: Option<(String, String)>,
    /// The address of `google_grpc`, which needs no cluster, with its pointer.
    pub(crate) target: Option<(String, String)>,
    /// The typed config.
    pub(crate) config: Value,
    pub(crate) pointer: String,
    /// The ProxyDefaults key that it comes from.
    pub(crate) key: &'static str,
}

impl Tracer {
    /// A boolean in the typed config, with its pointer. Anything but a boolean counts as false.
    pub(crate) fn flag(&self, name: &str) -> Option<(String, bool)> {
        let (name, value) = field(&self.config, name)?;
        let on = value.as_bool().or_else(|| value.as_str().map(|text| text == "true"));
        Some((format!("{}/{name}", self.pointer), on.unwrap_or(false)))
    }
}

/// A static cluster.
#[derive(Clone, Debug)]
pub(crate) struct Cluster {
    pub(crate) name: String,
    pub(crate) json: Value,
    /// Its pointer, assuming the string is parsed as a list.
    pub(crate) pointer: String,
    pub(crate) endpoints: Vec<Endpoint>,
}

/// An address of a cluster.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    pub(crate) host: String,
    pub(crate) host_at: String,
    pub(crate) port: Option<u16>,
    pub(crate) port_at: String,
}

/// Reads the tracer in an object with `name` and `typed_config`: `http` of the bootstrap or `provider` of a listener.
/// `from`: the key of ProxyDefaults.
pub(crate) fn tracer(http: &Value, pointer: &str, from: &'static str) -> Option<Tracer> {
    let (key, config) = field(http, "typed_config")?;
    let pointer = format!("{pointer}/{key}");
    let kind = config.get("@type")?.as_str()?;
    let kind = kind.rsplit('/').next().unwrap_or(kind).to_string();
    let text = |value: &Value, path: &[&str]| -> Option<(String, String)> {
        let (mut value, mut at) = (value, pointer.clone());
        for name in path {
            let (key, next) = field(value, name)?;
            at.push('/');
            at.push_str(key);
            value = next;
        }
        Some((value.as_str()?.to_string(), at))
    };
    let grpc = ["grpc_service", "envoy_grpc", "cluster_name"];
    let http = ["http_service", "http_uri", "cluster"];
    let short = kind.rsplit('.').next().unwrap_or(&kind);
    let (speaks, cluster) = match short {
        "ZipkinConfig" => (
            Speaks::Zipkin,
            text(config, &["collector_cluster"])
                .or_else(|| text(config, &["collector_service", "http_uri", "cluster"])),
        ),
        "OpenTelemetryConfig" => match text(config, &grpc) {
            Some(cluster) => (Speaks::OtlpGrpc, Some(cluster)),
            None if field(config, "http_service").is_some() => (Speaks::OtlpHttp, text(config, &http)),
            None => (Speaks::OtlpGrpc, None),
        },
        _ => (Speaks::Other, text(config, &["collector_cluster"]).or_else(|| text(config, &grpc))),
    };
    let target = cluster.is_none().then(|| text(config, &["grpc_service", "google_grpc", "target_uri"])).flatten();
    Some(Tracer { speaks, kind, cluster, target, config: config.clone(), pointer, key: from })
}

/// The configuration of the tracer in the text of a key of ProxyDefaults.
pub(crate) fn typed_config(text: &str) -> Option<Value> {
    let json: Value = serde_json::from_str(text).ok()?;
    let at = field(&json, "http").or_else(|| field(&json, "provider"))?.1;
    field(at, "typed_config").map(|(_, config)| config.clone())
}

/// Parses `envoy_extra_static_clusters_json`, which Consul wraps in brackets. Err: why the result is not valid JSON.
/// The flag says that the text has its own brackets, which Envoy accepts although Consul's documentation shows none.
pub(crate) fn clusters(text: &str) -> Result<(Vec<Cluster>, bool), String> {
    let list: Value = match serde_json::from_str(&format!("[{text}]")) {
        Ok(list) => list,
        Err(error) => {
            let (line, column) = (error.line(), error.column());
            let message = error.to_string();
            let message = message.split(" at line").next().unwrap_or_default().to_string();
            let column = if line == 1 { column.saturating_sub(1) } else { column };
            return Err(format!("{message} at line {line} column {column}"));
        }
    };
    let items = list.as_array().map(Vec::as_slice).unwrap_or_default();
    let nested = items.iter().any(Value::is_array);
    let mut found = Vec::new();
    for (index, item) in items.iter().enumerate() {
        match item.as_array() {
            Some(inner) => {
                found.extend(inner.iter().enumerate().map(|(at, item)| cluster(item, format!("/{index}/{at}"))));
            }
            None => found.push(cluster(item, format!("/{index}"))),
        }
    }
    Ok((found, nested))
}

fn cluster(json: &Value, pointer: String) -> Cluster {
    let name = json.get("name").and_then(Value::as_str).unwrap_or_default().to_string();
    let mut endpoints = Vec::new();
    if let Some((key, assignment)) = field(json, "load_assignment") {
        let base = format!("{pointer}/{key}");
        for_each(assignment, "endpoints", &base, &mut |locality, at| {
            for_each(locality, "lb_endpoints", at, &mut |endpoint, at| {
                let Some((key, inner)) = field(endpoint, "endpoint") else { return };
                let Some((address_key, address)) = field(inner, "address") else { return };
                let Some((socket_key, socket)) = field(address, "socket_address") else { return };
                let at = format!("{at}/{key}/{address_key}/{socket_key}");
                let (host_key, host) = field(socket, "address").unwrap_or(("address", &Value::Null));
                let (port_key, port) = field(socket, "port_value").unwrap_or(("port_value", &Value::Null));
                endpoints.push(Endpoint {
                    host: host.as_str().unwrap_or_default().to_string(),
                    host_at: format!("{at}/{host_key}"),
                    port: number(port),
                    port_at: format!("{at}/{port_key}"),
                });
            });
        });
    }
    Cluster { name, json: json.clone(), pointer, endpoints }
}

/// A port number, quoted or not: Envoy's JSON reader accepts both.
fn number(value: &Value) -> Option<u16> {
    match value {
        Value::String(text) => text.parse().ok(),
        // Envoy accepts 9411.0 as well.
        value => value
            .as_f64()
            .filter(|number| number.fract() == 0.0 && (0.0..=65535.0).contains(number))
            .map(|number| number as u16),
    }
}

fn for_each(value: &Value, name: &str, pointer: &str, visit: &mut dyn FnMut(&Value, &str)) {
    if let Some((key, list)) = field(value, name) {
        for (index, item) in list.as_array().into_iter().flatten().enumerate() {
            visit(item, &format!("{pointer}/{key}/{index}"));
        }
    }
}

impl Cluster {
    /// The discovery type in upper case; Envoy's default is `STATIC`. `None` if it is not a valid type.
    pub(crate) fn discovery(&self) -> Option<&'static str> {
        const TYPES: [&str; 5] = ["STATIC", "STRICT_DNS", "LOGICAL_DNS", "EDS", "ORIGINAL_DST"];
        match field(&self.json, "type") {
            None if field(&self.json, "cluster_type").is_some() => Some("custom"),
            None => Some("STATIC"),
            Some((_, Value::String(text))) => TYPES.iter().find(|name| name.eq_ignore_ascii_case(text)).copied(),
            Some((_, value)) => value.as_u64().and_then(|index| TYPES.get(index as usize)).copied(),
        }
    }

    /// The key that makes Envoy resolve only IPv6 addresses.
    pub(crate) fn only_ipv6(&self) -> Option<&str> {
        let (key, value) = field(&self.json, "dns_lookup_family")?;
        let only = match value {
            Value::String(text) => text.eq_ignore_ascii_case("V6_ONLY"),
            value => value.as_u64() == Some(2),
        };
        only.then_some(key)
    }

    /// Whether Envoy uses HTTP/2 for the cluster.
    pub(crate) fn http2(&self) -> bool {
        if field(&self.json, "http2_protocol_options").is_some() {
            return true;
        }
        let Some((_, options)) = field(&self.json, "typed_extension_protocol_options") else { return false };
        options.as_object().into_iter().flatten().any(|(_, option)| {
            field(option, "explicit_http_config")
                .is_some_and(|(_, explicit)| field(explicit, "http2_protocol_options").is_some())
        })
    }
}
