//! The ports that a collector opens, and OpenTelemetryCollector resources.

use crate::check::cluster::backend::Backend;
use crate::check::cluster::backend::Fact;
use crate::check::cluster::backend::Fault;
use crate::check::cluster::backend::Feed;
use crate::check::cluster::backend::Port;
use crate::check::cluster::backend::Product;
use crate::check::cluster::backend::config::Config;
use crate::check::cluster::backend::config::Fill;
use crate::check::cluster::backend::env::Env;
use crate::check::cluster::backend::feed;
use crate::check::cluster::backend::merge;
use crate::check::cluster::backend::no_key;
use crate::check::cluster::backend::of_schema;
use crate::check::cluster::backend::pods::called;
use crate::check::cluster::backend::pods::no_pods;
use crate::check::cluster::backend::start;
use crate::check::cluster::mesh::Mesh;
use crate::check::cluster::references;
use crate::check::cluster::tracer::Speaks;
use crate::check::cluster::version;
use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::cursor::Cursor;
use crate::check::input::set::Object;
use crate::check::problem::Cause;
use crate::finding::Severity;
use crate::model::names;
use crate::stack::Version;
use crate::stack::jaeger;
use crate::stack::otel;
use crate::stack::otel::components::Distribution;
use crate::yaml::Node;
use crate::yaml::Value;
use std::collections::BTreeMap;
use std::collections::HashSet;
use std::net::IpAddr;
use std::rc::Rc;

impl<'a> Config<'a> {
    /// The ports that the receivers open; if the process does not start, connections to them are refused.
    pub(super) fn ports(&self) -> BTreeMap<u16, Port> {
        let mut ports = self.opened();
        if let Some(fault) = start::fault(self) {
            ports.values_mut().for_each(|port| *port = Port::Refused(fault.clone()));
        }
        ports
    }

    fn opened(&self) -> BTreeMap<u16, Port> {
        let mut ports = BTreeMap::new();
        let used = self.listed("receivers");
        let receivers = self.root.get("receivers");
        let mut names: Vec<&str> = receivers.entries().map(|(name, _)| name).collect();
        if self.fills_receivers() {
            let known: HashSet<&str> = names.iter().copied().collect();
            names.extend(used.iter().filter(|name| !known.contains(*name)));
        }
        let used: HashSet<&str> = used.into_iter().collect();
        for name in names {
            let receiver = receivers.get(name);
            let mut open = |settings: Cursor<'a>, usual: u16, speaks: Speaks| {
                let (port, state) = self.listen(settings, usual, speaks, used.contains(name), name);
                ports.insert(port, state);
            };
            match name.split('/').next().unwrap_or(name) {
                "zipkin" => open(receiver, jaeger::ZIPKIN, Speaks::Zipkin),
                "otlp" => {
                    let protocols = receiver.get("protocols");
                    for (protocol, usual, speaks) in
                        [("grpc", otel::OTLP_GRPC, Speaks::OtlpGrpc), ("http", otel::OTLP_HTTP, Speaks::OtlpHttp)]
                    {
                        let all = self.fill == Fill::Everywhere && protocols.map().is_none();
                        if protocols.get(protocol).exists() || all {
                            open(protocols.get(protocol), usual, speaks);
                        }
                    }
                }
                "jaeger" => {
                    ports
                        .entry(jaeger::GRPC)
                        .or_insert_with(|| Port::WrongProtocol("Jaeger's own protocol".to_string()));
                    ports.entry(14268).or_insert_with(|| Port::WrongProtocol("Jaeger's own protocol".to_string()));
                }
                _ => {}
            }
        }
        ports
    }

    fn listen(&self, settings: Cursor<'a>, usual: u16, speaks: Speaks, used: bool, name: &str) -> (u16, Port) {
        let given = settings.get("endpoint").str();
        let expanded = given.map(|text| self.expand(text).unwrap_or_else(|| text.to_string()));
        let (host, port) = match expanded.as_deref() {
            Some(text) => {
                text.rsplit_once(':').map_or((text, usual), |(host, port)| (host, port.parse().unwrap_or(usual)))
            }
            None if self.fill == Fill::Localhost => ("localhost", usual),
            None => ("", usual),
        };
        if !used {
            let why = format!("the receiver `{name}` is not in a traces pipeline, so the collector never starts it");
            let help = format!("add it: `service.pipelines.traces.receivers: [{name}, ...]`");
            let fault = Fault::new(Cause::ReceiverOff, self.place(settings), why, help);
            return (port, Port::Refused(fault.fix(Trust::Safe, self.listening(name))));
        }
        let feed = Feed {
            ends: feed::ends(self, name),
            path: settings.get("traces_url_path").str().unwrap_or("/v1/traces").to_string(),
            tls: settings.get("tls").exists(),
        };
        let accepts = Port::Feeds(speaks, Rc::new(feed));
        if is_loopback(host) {
            let why = match given {
                Some(_) => format!("the receiver `{name}` listens on `{host}`, which no other pod can reach"),
                None => format!("the receiver `{name}` has no endpoint, and the default is localhost"),
            };
            let help = format!("set `endpoint: \"0.0.0.0:{port}\"`");
            let at = self.place(settings.get("endpoint"));
            let cure = Edit::set(self.inside(settings.get("endpoint")), format!("0.0.0.0:{port}"));
            let cure = Some(cure).filter(|_| given.is_none_or(|text| !text.contains('$')));
            let fault = Fault::new(Cause::BindsLocalhost, at, why, help).fix(Trust::Safe, cure);
            return (port, Port::OwnPod(fault, Box::new(accepts)));
        }
        (port, accepts)
    }
}

/// OpenTelemetryCollector resources: their Services are named `<name>-collector` (opentelemetry-operator
/// `internal/naming`).
pub(super) fn all(mesh: &Mesh<'_>) -> Vec<Backend> {
    mesh.set.all(otel::GROUP, otel::KIND).map(|object| backend(mesh, object)).collect()
}

/// Variables that the operator adds to its containers, by the beginning of their names (opentelemetry-operator
/// `internal/manifests/collector/container.go`).
const ADDED: &[&str] = &["POD_NAME", "SHARD", "GOMAXPROCS", "GOMEMLIMIT", "OTEL_"];

fn backend(mesh: &Mesh<'_>, object: Object<'_>) -> Backend {
    let spec = object.spec();
    let is_sidecar = spec.get("mode").str().is_some_and(|mode| mode.eq_ignore_ascii_case("sidecar"));
    let image = spec.get("image").text();
    let (owner, name) = version::image_name(image);
    let config = spec.get("config");
    // In v1alpha1 the configuration is a string.
    let mut parsed = match config.str().map(read) {
        Some(Ok(node)) => Some(node),
        Some(Err(_)) => Some(Node::new(Value::Null)),
        None => None,
    };
    let joined = set_by_args(spec, config, &mut parsed);
    let (root, text) = match &parsed {
        Some(parsed) => (Cursor::new(config.doc(), parsed), Some(config)),
        None => (config, None),
    };
    let mut fault = unserved(object).or_else(|| of_schema(mesh, object)).or_else(|| unreadable(config));
    let (mut ports, (storage, ui)) = match root.map() {
        Some(_) => {
            let distribution = Distribution::of(owner, name);
            let built = distribution.map(|distribution| (distribution, version::tag(image).and_then(Version::read)));
            let env = Env::new(mesh.set, &object.id.namespace, spec).with(ADDED);
            let env =
                env.of_image(if distribution == Some(Distribution::Jaeger) { jaeger::IMAGE_VARIABLES } else { &[] });
            let config = Config { root, fill: Fill::Everywhere, text, image: built, env: Some(env), operated: true };
            let mut ports = config.ports();
            if ports.is_empty() {
                fault = fault.or_else(|| start::fault(&config));
            }
            if image.is_empty() {
                unsettled(&config, &mut ports);
            }
            if joined {
                merge::without_cures(&mut ports);
            }
            (ports, config.kept())
        }
        None => {
            let fact = Fact::Unseen("it has no `spec.config` here".to_string());
            (BTreeMap::new(), (fact.clone(), fact))
        }
    };
    fault = fault
        .or_else(|| no_pods(spec.get("replicas")))
        .or_else(|| no_key(mesh, &references::of_collector(&object.id.namespace, spec)));
    if let Some(fault) = fault {
        // Without a receiver there is no Service, and spans are refused wherever they are sent.
        if ports.is_empty() {
            ports = called(mesh).map(|port| (port, Port::Unknown(String::new()))).collect();
        }
        ports.values_mut().for_each(|port| *port = Port::Refused(fault.clone()));
    } else if spec.get("managementState").str() == Some("unmanaged") {
        let why = "with `managementState: unmanaged` the operator creates nothing for it";
        ports.values_mut().for_each(|port| *port = Port::Unknown(why.to_string()));
    }
    let suffixes = ["collector", "collector-headless"];
    Backend {
        alone: !is_sidecar && !spec.get("additionalContainers").exists() && !spec.get("podAnnotations").exists(),
        label: object.id.to_string(),
        at: object.name().location(),
        product: if (owner, name) == ("jaegertracing", "jaeger") { Product::JaegerV2 } else { Product::Unknown },
        version: None,
        namespace: Some(object.id.namespace.to_string()),
        sidecar: is_sidecar.then(|| object.id.name.to_string()),
        // A sidecar has no Services.
        services: match is_sidecar {
            true => Vec::new(),
            false => suffixes.map(|suffix| names::service(&object.id.name, suffix)).into(),
        },
        // Its ports are the pods' own.
        headless: Vec::new(),
        pod: None,
        ports,
        storage,
        ui,
    }
}

/// The text of a configuration that is not YAML, which the operator cannot read.
fn unreadable(config: Cursor<'_>) -> Option<Box<Fault>> {
    let error = read(config.str()?).err()?;
    let why = format!("its configuration is not valid YAML: {error}");
    Some(Fault::new(Cause::CollectorConfig, config, why, "correct it: the operator cannot read it"))
}

/// Applies `spec.args.set`, which the operator passes on as `--set` (opentelemetry-operator
/// `internal/manifests/collector/container.go`). Whether it changes the configuration.
fn set_by_args(spec: Cursor<'_>, config: Cursor<'_>, parsed: &mut Option<Node>) -> bool {
    let Some((key, value)) = spec.at(&["args", "set"]).str().and_then(|set| set.split_once('=')) else { return false };
    let text = format!("{}: {}", key.trim().replace('.', "::"), value.trim());
    let Some(whole) = parsed.take().or_else(|| config.node().cloned()) else { return false };
    let whole = parsed.insert(whole);
    match read(&text) {
        Ok(over) => merge::merge(whole, merge::expanded(over)),
        Err(_) => return false,
    }
    true
}

/// Why the API server does not serve this resource; `None` if it does.
pub(crate) fn unserved(object: Object<'_>) -> Option<Box<Fault>> {
    let version = object.root().get("apiVersion");
    if otel::API_VERSIONS.contains(&version.text()) {
        return None;
    }
    let why = format!("`{}` is not a version of OpenTelemetryCollector that a cluster serves", version.text());
    let fault = Fault::new(Cause::UnservedVersion, version, why, format!("use `{}`", otel::API_VERSIONS[0]));
    // The two differ in what `config` is: a map in the first, text in the second.
    let fitting = otel::API_VERSIONS[usize::from(object.spec().get("config").str().is_some())];
    Some(fault.fix(Trust::Safe, [Edit::set(version, fitting)]))
}

/// Without an image the operator runs a default, the core distribution unless a flag overrides it
/// (opentelemetry-operator `internal/config/config.go` `CollectorImage`); another image may have what that one lacks.
fn unsettled(config: &Config<'_>, ports: &mut BTreeMap<u16, Port>) {
    let core = Config { image: Some((Distribution::Core, None)), ..*config };
    if let Some(fault) = start::fault(&core).filter(|fault| fault.cause == Cause::CollectorComponent) {
        let detail =
            format!("without `spec.image` the operator runs its default image, and {}; set `spec.image`", fault.why);
        ports.values_mut().for_each(|port| *port = Port::Unknown(detail.clone()));
    }
}

/// Whether a listen address is reachable only from its own pod: `localhost`, all of 127.0.0.0/8, `[::1]`.
pub(super) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Parses a configuration from a string; Err: why it is not YAML.
pub(super) fn read(text: &str) -> Result<Node, String> {
    let mut sources = crate::source::Sources::default();
    let source = sources.add("", text);
    let mut findings = crate::finding::Findings::default();
    let documents = crate::yaml::read(&sources, source, &mut findings);
    if let Some(error) = findings.iter().find(|finding| finding.severity == Severity::Error) {
        return Err(error.message.clone());
    }
    Ok(documents.into_iter().next().map_or_else(|| Node::new(Value::Null), |document| document.node))
}
