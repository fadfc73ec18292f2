//! Calls to a receiver: from Envoy, through a static cluster or `google_grpc`, and from exporters.

use crate::check::cluster::mesh::Mesh;
use crate::check::cluster::tracer::Cluster;
use crate::check::cluster::tracer::Endpoint;
use crate::check::cluster::tracer::Speaks;
use crate::check::cluster::tracer::Tracer;
use crate::check::cure::Edit;
use crate::check::cursor::Cursor;
use crate::check::cursor::Location;
use crate::check::embedded::field;
use crate::check::problem::Cause;
use serde_json::Value;

/// A call: the callee and the caller.
pub(super) struct Call<'a> {
    /// The caller, for messages.
    pub(super) sender: String,
    pub(super) speaks: Speaks,
    /// Whether it uses Jaeger's own gRPC protocol.
    pub(super) jaeger: bool,
    pub(super) host: &'a str,
    pub(super) host_at: Location,
    pub(super) port: Option<u16>,
    pub(super) port_at: Location,
    pub(super) tls: bool,
    pub(super) tls_at: Location,
    /// The tracer, if the caller is Envoy.
    pub(super) tracer: Option<&'a Tracer>,
    /// The path of an exporter's request.
    pub(super) path: Option<&'a str>,
    /// The key that makes Envoy resolve only IPv6 addresses.
    pub(super) only_ipv6: Option<Location>,
    /// The text that holds host and port together, where they are written so, and its place.
    pub(super) written: Option<(&'a str, Location)>,
    /// Where an exporter is told to use plain text.
    pub(super) insecure: Option<&'a Location>,
}

impl Call<'_> {
    /// Calls another host or port.
    pub(super) fn towards(&self, host: Option<&str>, port: Option<u16>) -> Vec<Edit> {
        if self.is_relay() || self.tracer.is_some_and(|tracer| tracer.target.is_some()) {
            let Some((text, at)) = &self.written else { return Vec::new() };
            let said = self.port.map(|port| format!(":{port}")).filter(|port| text.contains(&**port));
            let old = format!("{}{}", self.host, said.as_deref().unwrap_or_default());
            let port = port.map(|port| format!(":{port}")).or(said).unwrap_or_default();
            let new = format!("{}{port}", host.unwrap_or(self.host));
            return text.contains(&old).then(|| Edit::set(at, text.replacen(&old, &new, 1))).into_iter().collect();
        }
        let host = host.map(|host| Edit::set(&self.host_at, host));
        let port = port.map(|port| Edit::set(&self.port_at, port));
        host.into_iter().chain(port).collect()
    }

    /// Lets an exporter use plain text.
    pub(super) fn in_plain_text(&self) -> Option<Edit> {
        match (self.insecure, &self.written) {
            (Some(at), _) => Some(Edit::set(at, true)),
            (None, Some((text, at))) => Some(Edit::set(at, format!("http://{}", text.strip_prefix("https://")?))),
            (None, None) => None,
        }
    }
    /// Whether the caller is an exporter.
    pub(super) fn is_relay(&self) -> bool {
        self.tracer.is_none()
    }

    /// The cause for a problem with the address or port; relays have their own rules.
    pub(super) fn cause(&self, cause: Cause) -> Cause {
        match cause {
            _ if !self.is_relay() => cause,
            Cause::WrongPort | Cause::WrongPath => Cause::RelayPort,
            _ => Cause::RelayAddress,
        }
    }
}

/// The calls of a tracer, one for each address; Err: why they are unknown.
pub(super) fn of<'a>(mesh: &'a Mesh<'_>, tracer: &'a Tracer) -> Result<Vec<Call<'a>>, &'static str> {
    if let Some(call) = google_grpc(mesh, tracer) {
        return Ok(vec![call]);
    }
    let cluster = tracer.cluster.as_ref().and_then(|(name, _)| mesh.tracing.cluster(name));
    let cluster = cluster.ok_or("the tracer's cluster is not known")?;
    let endpoints = cluster.endpoints.iter().filter(|endpoint| !endpoint.host.is_empty());
    let calls = endpoints.map(|endpoint| call(mesh, tracer, cluster, endpoint));
    calls.collect::<Option<Vec<_>>>().ok_or("there is no ProxyDefaults among the files")
}

fn call<'a>(mesh: &'a Mesh<'_>, tracer: &'a Tracer, cluster: &'a Cluster, endpoint: &'a Endpoint) -> Option<Call<'a>> {
    let port_at = mesh.tracing.in_clusters(&endpoint.port_at)?;
    let only_ipv6 = cluster.only_ipv6().and_then(|key| mesh.tracing.in_clusters(&format!("{}/{key}", cluster.pointer)));
    Some(Call {
        sender: "the tracer".to_string(),
        speaks: tracer.speaks,
        jaeger: false,
        host: &endpoint.host,
        host_at: mesh.tracing.in_clusters(&endpoint.host_at)?,
        port: endpoint.port,
        tls: field(&cluster.json, "transport_socket").is_some_and(is_tls),
        tls_at: port_at.clone(),
        port_at,
        tracer: Some(tracer),
        path: None,
        only_ipv6,
        written: None,
        insecure: None,
    })
}

/// Envoy's other gRPC client, which manages its own connections to `target_uri`, in plain text unless
/// `channel_credentials` says otherwise (envoy `api/envoy/config/core/v3/grpc_service.proto`).
fn google_grpc<'a>(mesh: &Mesh<'_>, tracer: &'a Tracer) -> Option<Call<'a>> {
    let (target, pointer) = tracer.target.as_ref()?;
    let at = Cursor::inner(&mesh.tracing.place(tracer.key)?, pointer.clone());
    let address = target.rsplit("//").next().unwrap_or(target).trim_start_matches('/');
    let address = address.strip_prefix("dns:").unwrap_or(address);
    let (host, port) = match address.rsplit_once(':') {
        Some((host, port)) if port.parse::<u16>().is_ok() => (host, port.parse().ok()),
        // gRPC's default port (grpc `doc/naming.md`).
        _ => (address, Some(443)),
    };
    let grpc = field(&tracer.config, "grpc_service").and_then(|(_, grpc)| field(grpc, "google_grpc"));
    let credentials = grpc.and_then(|(_, google)| field(google, "channel_credentials"));
    let tls = credentials.is_some_and(|(_, credentials)| field(credentials, "ssl_credentials").is_some());
    Some(Call {
        sender: "the tracer".to_string(),
        speaks: tracer.speaks,
        jaeger: false,
        host,
        host_at: at.clone(),
        port,
        port_at: at.clone(),
        tls,
        tls_at: at.clone(),
        tracer: Some(tracer),
        path: None,
        only_ipv6: None,
        written: Some((target, at.clone())),
        insecure: None,
    })
}

/// Whether the tracer of gateways or of sidecars calls its own pod.
pub(super) fn own_pod(mesh: &Mesh<'_>, gateway: bool) -> bool {
    let calls = mesh.tracing.of(gateway).and_then(|tracer| of(mesh, tracer).ok());
    calls.is_some_and(|calls| calls.iter().any(|call| is_own_pod(call.host)))
}

/// Whether a host is the caller's own pod.
pub(super) fn is_own_pod(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn is_tls((_, socket): (&str, &Value)) -> bool {
    socket.get("name").and_then(Value::as_str).is_none_or(|name| !name.contains("raw_buffer"))
}
