//! Follows spans from a collector's receiver to the exporters of its traces pipelines, through connectors.

use crate::check::cluster::backend::Fact;
use crate::check::cluster::backend::Fault;
use crate::check::cluster::backend::address::host_and_port;
use crate::check::cluster::backend::component::kind_of;
use crate::check::cluster::backend::config::Config;
use crate::check::cluster::backend::sampling::Drops;
use crate::check::cluster::backend::sampling::drops;
use crate::check::cluster::tracer::Speaks;
use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::cursor::Cursor;
use crate::check::cursor::Location;
use crate::check::problem::Cause;
use crate::stack::otel;
use std::collections::BTreeSet;

/// A receiver in a traces pipeline.
#[derive(Clone, Debug)]
pub(crate) struct Feed {
    pub(crate) ends: Vec<End>,
    /// The path that it serves for OTLP over HTTP.
    pub(crate) path: String,
    /// Whether it expects TLS.
    pub(crate) tls: bool,
}

/// What an exporter does with spans.
#[derive(Clone, Debug)]
pub(crate) enum End {
    /// Jaeger stores them: where, and who shows them.
    Kept(Fact, Fact),
    /// They are sent on.
    Sent(Box<Sent>),
    /// They are printed or dropped.
    Lost(String, Location),
    /// The files do not say.
    Unseen(String),
    Broken(Box<Fault>),
    /// Only some spans get there, for this reason.
    Chosen(Box<End>, String),
}

impl End {
    /// The end for the spans that get there.
    pub(super) fn whole(&self) -> &End {
        match self {
            End::Chosen(end, _) => end.whole(),
            end => end,
        }
    }

    /// The same, to change it.
    pub(super) fn whole_mut(&mut self) -> &mut End {
        match self {
            End::Chosen(end, _) => end.whole_mut(),
            end => end,
        }
    }
}

/// An exporter that calls another receiver.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    /// Its name in the configuration.
    pub(crate) name: String,
    pub(crate) speaks: Speaks,
    /// Whether it uses Jaeger's own gRPC protocol.
    pub(crate) jaeger: bool,
    pub(crate) host: String,
    pub(crate) port: Option<u16>,
    pub(crate) tls: bool,
    /// The path of its HTTP requests.
    pub(crate) path: Option<String>,
    pub(crate) at: Location,
    pub(crate) tls_at: Location,
    /// The address as it is written, and where, unless variables are filled in.
    pub(crate) written: Option<(String, Location)>,
    /// The switch of plain text, if there is one.
    pub(crate) insecure: Option<Location>,
}

/// The address at a place as it is written.
fn as_written(config: &Config<'_>, at: Cursor<'_>) -> Option<(String, Location)> {
    let text = at.str().filter(|text| !text.contains('$'))?;
    Some((text.to_string(), config.inside(at)))
}

/// Exporters that do not deliver spans (opentelemetry-collector `exporter/{debugexporter,nopexporter}`,
/// `loggingexporter` up to 0.110).
const LOSE: [&str; 3] = ["debug", "logging", "nop"];

/// The exporters that spans from `receiver` reach, including those behind connectors; each once, in order. A receiver and
/// an exporter may have the same name.
pub(super) fn ends(config: &Config<'_>, receiver: &str) -> Vec<End> {
    let mut from: Vec<(&str, Option<String>)> = vec![(receiver, None)];
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut exporters: BTreeSet<&str> = BTreeSet::new();
    let mut ends = Vec::new();
    while let Some((source, why)) = from.pop() {
        if !seen.insert(source) {
            continue;
        }
        let fed =
            config.pipelines().filter(|pipeline| pipeline.get("receivers").items().any(|at| at.str() == Some(source)));
        for pipeline in fed {
            let mut chosen = why.clone();
            let processors = pipeline.get("processors").items();
            let mut dropped = None;
            for processor in processors {
                match processor.str().and_then(|name| drops(config, name)) {
                    Some(Drops::All(why)) => dropped = Some((processor, why)),
                    Some(Drops::Some(why)) => chosen = chosen.or(Some(why)),
                    None => {}
                }
            }
            if let Some((processor, why)) = dropped {
                let help = "remove it from the traces pipeline, or let it keep traces";
                ends.push(End::Broken(Fault::new(Cause::RelayEnds, config.place(processor), why, help)));
                continue;
            }
            for name in pipeline.get("exporters").items().filter_map(Cursor::str) {
                if config.root.get("connectors").get(name).exists() {
                    from.push((name, chosen.clone()));
                } else if exporters.insert(name) {
                    let end = end(config, name);
                    ends.push(match &chosen {
                        Some(why) => End::Chosen(Box::new(end), why.clone()),
                        None => end,
                    });
                }
            }
        }
    }
    ends
}

fn end(config: &Config<'_>, name: &str) -> End {
    let found = config.root.get("exporters").entries().find(|(known, _)| *known == name);
    let Some((_, settings)) = found else { return End::Unseen(format!("the exporter `{name}` is not defined")) };
    match kind_of(name) {
        "jaeger_storage_exporter" => {
            let (storage, ui) = config.keeping(name);
            End::Kept(storage, ui)
        }
        "otlp" | "otlp_grpc" => grpc(config, name, settings, Speaks::OtlpGrpc, false),
        "jaeger" => grpc(config, name, settings, Speaks::Other, true),
        "otlphttp" | "otlp_http" => http(config, name, settings, Speaks::OtlpHttp),
        "zipkin" => http(config, name, settings, Speaks::Zipkin),
        "loadbalancing" | "load_balancing" => balanced(config, name, settings),
        kind if LOSE.contains(&kind) => End::Lost(name.to_string(), config.key(settings)),
        _ => End::Unseen(format!("sent on by the exporter `{name}`, and the files do not say where Jaeger gets them")),
    }
}

/// The value of an endpoint; Err: why it is unknown or missing.
fn endpoint(config: &Config<'_>, name: &str, settings: Cursor<'_>, key: &'static str) -> Result<String, End> {
    let at = settings.entries().find(|(known, _)| *known == key).map(|(_, at)| at);
    let missing = || {
        let why = format!("the exporter `{name}` has no `{key}`, so the collector does not start");
        End::Broken(Fault::new(
            Cause::RelayAddress,
            config.key(settings),
            why,
            "set it to the address of the next collector",
        ))
    };
    let text = at.and_then(Cursor::str).ok_or_else(missing)?;
    match config.expand(text) {
        Some(full) if full.is_empty() => {
            let why = format!("the `{key}` of the exporter `{name}` is empty: nothing sets `{text}`");
            let at = at.map_or_else(|| config.place(settings), |at| config.place(at));
            Err(End::Broken(Fault::new(Cause::RelayAddress, at, why, "set the variable in the container's `env`")))
        }
        Some(text) => Ok(text),
        None => Err(End::Unseen(format!(
            "the exporter `{name}` sends to `{text}`, and the files do not say what the variable is"
        ))),
    }
}

/// `tls.insecure`, or before 0.50 a plain `insecure`.
fn insecure(settings: Cursor<'_>) -> bool {
    settings.at(&["tls", "insecure"]).bool() == Some(true) || settings.get("insecure").bool() == Some(true)
}

/// A gRPC exporter: TLS unless `tls.insecure` is set or the scheme says otherwise (opentelemetry-collector
/// `config/configgrpc/configgrpc.go` `getGrpcDialOptions`).
fn grpc(config: &Config<'_>, name: &str, settings: Cursor<'_>, speaks: Speaks, jaeger: bool) -> End {
    let text = match endpoint(config, name, settings, "endpoint") {
        Ok(text) => text,
        Err(end) => return end,
    };
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (scheme, rest.trim_start_matches('/')),
        None => ("", &*text),
    };
    let (host, port) = host_and_port(rest);
    let tls = match scheme {
        "http" => false,
        "https" => true,
        _ => !insecure(settings),
    };
    End::Sent(Box::new(Sent {
        name: name.to_string(),
        speaks,
        jaeger,
        host,
        port,
        tls,
        path: None,
        written: as_written(config, settings.get("endpoint")),
        insecure: scheme.is_empty().then(|| config.inside(settings.at(&["tls", "insecure"]))),
        at: config.place(settings.get("endpoint")),
        tls_at: config.place(settings.at(&["tls", "insecure"])),
    }))
}

/// An HTTP exporter; OTLP appends `/v1/traces` to `endpoint` and uses `traces_endpoint` unchanged
/// (opentelemetry-collector `exporter/otlphttpexporter/factory.go` `composeSignalURL`).
fn http(config: &Config<'_>, name: &str, settings: Cursor<'_>, speaks: Speaks) -> End {
    let whole = speaks == Speaks::Zipkin || settings.get("traces_endpoint").exists();
    let key = if settings.get("traces_endpoint").exists() { "traces_endpoint" } else { "endpoint" };
    let text = match endpoint(config, name, settings, key) {
        Ok(text) => text,
        Err(end) => return end,
    };
    let at = config.place(settings.get(key));
    let Some((scheme @ ("http" | "https"), rest)) = text.split_once("://") else {
        let why = format!("the exporter `{name}` needs a URL, not `{text}`");
        let cure = as_written(config, settings.get(key)).map(|(text, at)| Edit::set(at, format!("http://{text}")));
        let fault = Fault::new(Cause::RelayAddress, at, why, format!("write `http://{text}`"));
        return End::Broken(fault.fix(Trust::Safe, cure));
    };
    let (host, port) = host_and_port(rest);
    let path = rest.find('/').map_or("", |start| &rest[start..]);
    let path = match whole {
        true if path.is_empty() => "/".to_string(),
        true => path.to_string(),
        false => format!("{}/v1/traces", path.trim_end_matches('/')),
    };
    let tls = scheme == "https";
    let usual = if tls { 443 } else { 80 };
    End::Sent(Box::new(Sent {
        name: name.to_string(),
        speaks,
        jaeger: false,
        host,
        port: port.or(Some(usual)),
        tls,
        path: Some(path),
        tls_at: at.clone(),
        at,
        written: as_written(config, settings.get(key)),
        insecure: None,
    }))
}

/// The exporter that distributes spans over several OTLP receivers (contrib `exporter/loadbalancingexporter`).
fn balanced(config: &Config<'_>, name: &str, settings: Cursor<'_>) -> End {
    let inside = settings.at(&["protocol", "otlp"]);
    let resolver = settings.get("resolver");
    let first = resolver.at(&["static", "hostnames"]).items().next();
    let (at, port) = match (first, resolver.get("dns")) {
        (Some(host), _) => (host, None),
        (None, dns) if dns.exists() => (dns.get("hostname"), Some(dns.get("port").port().unwrap_or(otel::OTLP_GRPC))),
        _ => return End::Unseen(format!("the exporter `{name}` finds the receivers while it runs")),
    };
    let Some(text) = at.str().and_then(|text| config.expand(text)) else {
        return End::Unseen(format!("the addresses of the exporter `{name}` are not among the files"));
    };
    let (host, written) = host_and_port(&text);
    End::Sent(Box::new(Sent {
        name: name.to_string(),
        speaks: Speaks::OtlpGrpc,
        jaeger: false,
        host,
        port: port.or(written).or(Some(otel::OTLP_GRPC)),
        tls: !insecure(inside),
        path: None,
        written: as_written(config, at).filter(|_| first.is_some()),
        insecure: Some(config.inside(inside.at(&["tls", "insecure"]))),
        at: config.place(at),
        tls_at: config.place(inside.at(&["tls", "insecure"])),
    }))
}
