//! What Jaeger v1 opens, and where it keeps spans, by its flags and variables (jaeger
//! `cmd/collector/app/flags/flags.go`).

use crate::check::cluster::backend::Fact;
use crate::check::cluster::backend::Fault;
use crate::check::cluster::backend::Feed;
use crate::check::cluster::backend::Port;
use crate::check::cluster::backend::Store;
use crate::check::cluster::backend::collector::is_loopback;
use crate::check::cluster::backend::feed::End;
use crate::check::cluster::backend::flags::Given;
use crate::check::cluster::backend::flags::Settings;
use crate::check::cluster::tracer::Speaks;
use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::cursor::Cursor;
use crate::check::problem::Cause;
use crate::stack::Version;
use crate::stack::go;
use crate::stack::jaeger;
use crate::stack::otel;
use std::collections::BTreeMap;
use std::rc::Rc;

const ZIPKIN: &str = "collector.zipkin.host-port";
const OTLP: &str = "collector.otlp.enabled";

/// A receiver: its flags, its usual port, and what it accepts.
#[derive(Clone, Copy)]
struct Receiver {
    flags: &'static str,
    usual: u16,
    speaks: Speaks,
}

const OTLP_GRPC: Receiver = Receiver { flags: "collector.otlp.grpc", usual: otel::OTLP_GRPC, speaks: Speaks::OtlpGrpc };
const OTLP_HTTP: Receiver = Receiver { flags: "collector.otlp.http", usual: otel::OTLP_HTTP, speaks: Speaks::OtlpHttp };

/// Jaeger v1 as one set of settings describes it.
pub(super) struct V1<'a, 's> {
    pub(super) settings: Settings<'a>,
    /// Whether jaeger-operator starts it, which opens what the settings leave closed (jaeger-operator 1.37
    /// `pkg/deployment/all_in_one.go`).
    pub(super) operated: bool,
    pub(super) version: Option<&'s Version>,
    pub(super) storage: &'s Fact,
    pub(super) ui: &'s Fact,
}

impl<'a> V1<'a, '_> {
    /// All ports that it opens, or would open if a setting were another.
    pub(super) fn ports(&self) -> BTreeMap<u16, Port> {
        let mut ports: BTreeMap<u16, Port> =
            jaeger::OWN_PROTOCOLS.map(|port| (port, Port::WrongProtocol("Jaeger's own protocol".to_string()))).into();
        ports.extend(self.zipkin());
        ports.extend(self.otlp());
        ports
    }

    fn since(&self, version: &Version) -> bool {
        self.version.is_none_or(|own| own >= version)
    }

    /// What is behind the Zipkin port; nothing if no setting opens it.
    pub(super) fn zipkin(&self) -> BTreeMap<u16, Port> {
        let settings = self.settings;
        let receiver = Receiver { flags: "collector.zipkin", usual: jaeger::ZIPKIN, speaks: Speaks::Zipkin };
        let new = self.since(&jaeger::ZIPKIN_VARIABLE_SINCE);
        let given = or(settings.flag(ZIPKIN), || {
            or(settings.flag("collector.zipkin.http-port"), || {
                settings.variable(if new { jaeger::ZIPKIN_VARIABLE } else { jaeger::ZIPKIN_VARIABLE_LEGACY })
            })
        });
        match given {
            Given::Is(value, at) if !value.is_empty() => self.listen(receiver, ZIPKIN, &value, at),
            Given::Unknown => BTreeMap::from([(receiver.usual, unknown(ZIPKIN))]),
            Given::No if self.operated => BTreeMap::from([(receiver.usual, self.accepts(receiver))]),
            Given::Is(_, at) => {
                let why = format!("{}`{ZIPKIN}` is empty, which closes the receiver", self.option());
                BTreeMap::from([(receiver.usual, Port::Refused(self.off(receiver, at, why, receiver.usual)))])
            }
            Given::No => self.legacy().into_iter().map(|fault| (receiver.usual, Port::Refused(fault))).collect(),
        }
    }

    /// The old name of the variable, which Jaeger no longer reads.
    fn legacy(&self) -> Option<Box<Fault>> {
        let Given::Is(value, at) = self.settings.variable(jaeger::ZIPKIN_VARIABLE_LEGACY) else { return None };
        self.version?;
        let Settings::Container(_, env) = self.settings else { return None };
        let entry = env.entry(jaeger::ZIPKIN_VARIABLE_LEGACY)?;
        let why = "it sets `COLLECTOR_ZIPKIN_HTTP_PORT`, which Jaeger has ignored since version 1.22";
        let help = "rename it to COLLECTOR_ZIPKIN_HOST_PORT and set it to `:9411`";
        let port = value.rsplit(':').next().and_then(|port| port.parse().ok()).unwrap_or(jaeger::ZIPKIN);
        let cure = [Edit::set(entry.get("name"), jaeger::ZIPKIN_VARIABLE), Edit::set(at, format!(":{port}"))];
        Some(Fault::new(Cause::ZipkinOldEnv, entry.get("name"), why, help).fix(Trust::Safe, cure))
    }

    /// What is behind the OTLP ports.
    pub(super) fn otlp(&self) -> BTreeMap<u16, Port> {
        let given = self.settings.get(OTLP);
        let on = match &given {
            _ if !self.since(&jaeger::OTLP_SINCE) => Some(false),
            // Text that is no boolean is false (viper `GetBool`).
            Given::Is(text, _) => Some(go::parse_bool(text).unwrap_or(false)),
            Given::No => Some(self.operated || self.since(&jaeger::OTLP_BY_DEFAULT)),
            Given::Unknown => None,
        };
        match on {
            None => [OTLP_GRPC, OTLP_HTTP].map(|receiver| (receiver.usual, unknown(OTLP))).into(),
            Some(true) => [OTLP_GRPC, OTLP_HTTP].into_iter().flat_map(|receiver| self.otlp_at(receiver)).collect(),
            Some(false) => {
                let (why, help, at) = self.no_otlp(&given);
                let possible = self.since(&jaeger::OTLP_SINCE) && matches!(self.settings, Settings::Container(..));
                let ports = [OTLP_GRPC, OTLP_HTTP].map(|receiver| {
                    let fault = Fault::new(Cause::ReceiverOff, at, why.clone(), help.clone());
                    let cure = match &given {
                        Given::Is(_, at) if at.text().starts_with("--") => None,
                        _ => self.settings.set(OTLP, "true").filter(|_| possible),
                    };
                    (receiver.usual, Port::Refused(fault.fix(Trust::Safe, cure)))
                });
                ports.into()
            }
        }
    }

    fn otlp_at(&self, receiver: Receiver) -> BTreeMap<u16, Port> {
        let flag = format!("{}.host-port", receiver.flags);
        match self.settings.get(&flag) {
            Given::Is(value, at) if !value.is_empty() => self.listen(receiver, &flag, &value, at),
            Given::Unknown => BTreeMap::from([(receiver.usual, unknown(&flag))]),
            _ if self.version == Some(&jaeger::OTLP_ON_LOCALHOST) && !self.operated => {
                let why = format!("Jaeger {} listens for OTLP on localhost", jaeger::OTLP_ON_LOCALHOST);
                let help = format!("use another release, or set `--{flag}=:{}`", receiver.usual);
                let fault = Fault::new(Cause::BindsLocalhost, self.settings.place(), why, help);
                let cure = self.settings.set(&flag, &format!(":{}", receiver.usual));
                let accepts = Box::new(self.accepts(receiver));
                BTreeMap::from([(receiver.usual, Port::OwnPod(fault.fix(Trust::Safe, cure), accepts))])
            }
            _ => BTreeMap::from([(receiver.usual, self.accepts(receiver))]),
        }
    }

    /// A receiver with an address: what is there, and at its usual port if that is another.
    fn listen(&self, receiver: Receiver, flag: &str, value: &str, at: Cursor<'a>) -> BTreeMap<u16, Port> {
        let (host, port) = value.rsplit_once(':').unwrap_or(("", value));
        let Ok(port) = port.parse::<u16>() else {
            let why = format!("`{flag}` is `{value}`, which is not an address");
            let help = format!("write `:{}`", receiver.usual);
            let fault = Fault::new(Cause::ReceiverOff, at, why, help);
            return BTreeMap::from([(receiver.usual, Port::Refused(fault))]);
        };
        let mut state = self.accepts(receiver);
        if is_loopback(host) {
            let why = format!("`{flag}` is `{value}`, which no other pod can reach");
            let cure = Some(Edit::set(at, format!(":{port}"))).filter(|_| at.text() == value);
            let fault = Fault::new(Cause::BindsLocalhost, at, why, format!("write `:{port}`")).fix(Trust::Safe, cure);
            state = Port::OwnPod(fault, Box::new(state));
        }
        let mut ports = BTreeMap::from([(port, state)]);
        if port != receiver.usual {
            let usual = receiver.usual;
            let why = match self.operated {
                true => format!("its option `{flag}` is `{value}`, but the Service sends to {usual} of the pod"),
                false => format!("`{flag}` is `{value}`, so nothing listens on {usual}"),
            };
            ports.insert(usual, Port::Refused(self.off(receiver, at, why, port)));
        }
        ports
    }

    /// How messages begin that name a setting.
    fn option(&self) -> &'static str {
        if self.operated { "its option " } else { "" }
    }

    /// Why a receiver is not at its usual port, which it has without the option if the operator opens it.
    fn off(&self, receiver: Receiver, at: Cursor<'a>, why: String, port: u16) -> Box<Fault> {
        if self.operated {
            let help = format!("remove the option: the operator opens {} itself", receiver.usual);
            return Fault::new(Cause::ReceiverOff, at, why, help).fix(Trust::Safe, [Edit::remove(at)]);
        }
        let help = format!("remove it, or let the Service send to {port}");
        Fault::new(Cause::ReceiverOff, at, why, help)
    }

    fn accepts(&self, receiver: Receiver) -> Port {
        let encrypted = self.settings.get(&format!("{}.tls.enabled", receiver.flags));
        match encrypted {
            Given::Unknown => unknown(&format!("{}.tls.enabled", receiver.flags)),
            Given::Is(text, _) if go::parse_bool(&text) == Some(true) => {
                let ends = vec![End::Kept(self.storage.clone(), self.ui.clone())];
                Port::Feeds(receiver.speaks, Rc::new(Feed { ends, path: "/v1/traces".to_string(), tls: true }))
            }
            _ => Port::Accepts(receiver.speaks),
        }
    }

    /// Why there is no OTLP, how to change that, and where.
    fn no_otlp(&self, given: &Given<'a>) -> (String, String, Cursor<'a>) {
        let place = self.settings.place();
        match (self.version, given) {
            (Some(version), _) if *version < jaeger::OTLP_SINCE => (
                format!("Jaeger {version} has no OTLP receiver, which was added in {}", jaeger::OTLP_SINCE),
                format!("use Jaeger {} or later with COLLECTOR_OTLP_ENABLED set to `true`", jaeger::OTLP_SINCE),
                place,
            ),
            (_, Given::Is(_, at)) if at.text().starts_with("--") => {
                (format!("`{}` switches OTLP off", at.text()), "remove it".to_string(), *at)
            }
            (_, Given::Is(..)) if matches!(self.settings, Settings::Container(..)) => {
                ("COLLECTOR_OTLP_ENABLED switches OTLP off".to_string(), "set it to `true`".to_string(), place)
            }
            (_, Given::Is(_, at)) => {
                (format!("its option `{OTLP}` switches OTLP off"), "remove it, or set it to `true`".to_string(), *at)
            }
            _ => (
                format!("before {} Jaeger does not accept OTLP by default", jaeger::OTLP_BY_DEFAULT),
                "set the environment variable COLLECTOR_OTLP_ENABLED to `true`".to_string(),
                place,
            ),
        }
    }
}

/// The first of two settings that is given.
fn or<'a>(first: Given<'a>, second: impl FnOnce() -> Given<'a>) -> Given<'a> {
    match first {
        Given::No => second(),
        given => given,
    }
}

fn unknown(flag: &str) -> Port {
    Port::Unknown(format!("its setting `{flag}` comes from something that is not among the files"))
}

/// Where spans are kept (jaeger v1 `plugin/storage/factory.go`, `plugin/storage/es/options.go`,
/// `plugin/storage/cassandra/options.go`); Err: why the process ends.
pub(super) fn storage(settings: Settings<'_>, all_in_one: bool) -> Result<Fact, Box<Fault>> {
    let (kinds, at) = match settings.get("span-storage.type") {
        Given::No if all_in_one => return Ok(Fact::Ok("memory, lost when the pod ends".to_string())),
        Given::No => return Ok(Fact::Unseen("its `SPAN_STORAGE_TYPE` is not set here".to_string())),
        Given::Unknown => return Ok(Fact::Unseen("its `SPAN_STORAGE_TYPE` is not among the files".to_string())),
        Given::Is(kinds, at) => (kinds, at),
    };
    if let Some(unknown) = kinds.split(',').find(|kind| !jaeger::SPAN_STORAGE.contains(kind)) {
        let why = format!("`{unknown}` is not a storage of Jaeger, so the process ends");
        let help = format!("use one of {}", jaeger::SPAN_STORAGE.join(", "));
        return Err(Fault::new(Cause::JaegerFlag, at, why, help));
    }
    let kept = kinds.split(',').next().unwrap_or_default();
    let text = |flag: &str| match settings.get(flag) {
        Given::Is(text, _) => Some(text),
        _ => None,
    };
    let (addresses, port) = match kept {
        "elasticsearch" | "opensearch" => (text("es.server-urls"), None),
        "cassandra" => {
            let port = text("cassandra.port").and_then(|port| port.parse().ok());
            (text("cassandra.servers"), port.or(Some(jaeger::CASSANDRA)))
        }
        "memory" => return Ok(Fact::Ok("memory, lost when the pod ends".to_string())),
        "kafka" => return Ok(Fact::Unseen("sent to Kafka; a jaeger-ingester reads them from there".to_string())),
        "grpc" | "grpc-plugin" => {
            return Ok(Fact::Unseen("a storage of its own, which the files do not show".to_string()));
        }
        "blackhole" => {
            let why = "the storage `blackhole` drops all spans";
            let fault = Fault::new(Cause::RelayEnds, at, why, "use another `SPAN_STORAGE_TYPE`");
            return Ok(Fact::Broken(fault));
        }
        _ => return Ok(Fact::Ok(kept.to_string())),
    };
    Ok(Store::fact(kept, addresses.as_deref().into_iter(), port, settings.place()))
}
