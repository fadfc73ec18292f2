//! Problems that the facts find in the set: a cause, a place, and the effect on spans.
//!
//! Facts do not know rules. `rules` has the table that maps each [`Cause`] to the rule that explains it.

use crate::check::cure::Cure;
use crate::check::cure::Edit;
use crate::check::cure::Trust;
use crate::check::cursor::Location;
use crate::check::hop::HopKind;

/// Why something does not work, as found while reading the facts or following a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Cause {
    BareHost,
    NoSuchService,
    Unresolvable,
    CollectorConfig,
    CollectorComponent,
    JaegerFlag,
    EnvValue,
    KeyMissing,
    SecretKeyMissing,
    RelayAddress,
    StorageAddress,
    RelayPort,
    RelayTls,
    RelayEnds,
    RelayLoop,
    WrongPort,
    WrongPath,
    ReceiverOff,
    BindsLocalhost,
    JaegerV2Chain,
    ZipkinOldEnv,
    UnservedVersion,
    Malformed,
    TracingJson,
    TracingLegacy,
    TracerType,
    UnknownField,
    EndpointVersion,
    EndpointMissing,
    TracerUnsupported,
    ListenerVersion,
    ListenerShape,
    ListenerSamplesNothing,
    ClustersJson,
    ConfigJson,
    ConfigValue,
    BootstrapJson,
    BootstrapTemplate,
    Override,
    LegacyHosts,
    ClusterType,
    EnvoyValue,
    /// Consul's webhook refuses a ProxyDefaults.
    ProxyDefaults,
    ProxyDefaultsName,
    ServiceProtocol,
    IngressListener,
    SameName,
    NetworkPolicy,
    /// Consul's webhook refuses another config entry.
    ConfigEntry,
    SchemaUnknownField,
    SchemaWrongType,
    SchemaMissingField,
    SchemaValue,
    ApiRemoved,
    ApiDeprecated,
    ApiUnknown,
    SelectorMismatch,
    DuplicateName,
    VolumeMissing,
    ServicePorts,
    ServiceType,
    RestartPolicy,
    ResourceAmount,
    CronSchedule,
    FieldCombination,
    ObjectName,
}

impl Cause {
    /// Whether the API server refuses what it is about: by a schema, by the lack of one, or by its validation code.
    pub(crate) fn is_of_schema(self) -> bool {
        let schemas =
            [Cause::SchemaUnknownField, Cause::SchemaWrongType, Cause::SchemaMissingField, Cause::SchemaValue];
        let code = [
            Cause::SelectorMismatch,
            Cause::DuplicateName,
            Cause::VolumeMissing,
            Cause::ServicePorts,
            Cause::ServiceType,
            Cause::RestartPolicy,
            Cause::ResourceAmount,
            Cause::CronSchedule,
            Cause::FieldCombination,
            Cause::ObjectName,
        ];
        schemas.contains(&self) || code.contains(&self) || matches!(self, Cause::ApiRemoved | Cause::ApiUnknown)
    }
}

/// Whose spans are affected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Every proxy's.
    All,
    /// Those of gateways.
    Gateways,
    /// Those of sidecars.
    Sidecars,
    /// Those of one proxy, by index.
    Proxy(usize),
    /// Those of some proxies, by index.
    Proxies(Vec<usize>),
    /// Those of some services, by index, for requests through one gateway, by index.
    Through { gateway: usize, services: Vec<usize> },
}

/// The effect of a problem. It decides the severity: only what breaks a path or is refused is an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Spans still arrive.
    None,
    /// The cluster, the chart or a controller rejects it, but no path depends on it.
    Refused,
    /// Spans get no further than this hop.
    Breaks(HopKind, Scope),
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) cause: Cause,
    pub(crate) at: Location,
    pub(crate) message: String,
    pub(crate) help: String,
    pub(crate) notes: Vec<(String, Location)>,
    pub(crate) effect: Effect,
    pub(crate) cure: Option<Cure>,
}

impl Problem {
    pub(crate) fn new(
        cause: Cause,
        at: impl Into<Location>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Problem {
        Problem {
            cause,
            at: at.into(),
            message: message.into(),
            help: help.into(),
            notes: Vec::new(),
            effect: Effect::None,
            cure: None,
        }
    }

    /// The same with a cure that was found elsewhere.
    pub(crate) fn cured(mut self, cure: Option<Cure>) -> Problem {
        self.cure = cure;
        self
    }

    /// What makes it go away, if anything is known to.
    pub(crate) fn fix(mut self, trust: Trust, edits: impl IntoIterator<Item = Edit>) -> Problem {
        self.cure = Cure::new(trust, edits);
        self
    }

    pub(crate) fn note(mut self, message: impl Into<String>, at: impl Into<Location>) -> Problem {
        self.notes.push((message.into(), at.into()));
        self
    }

    pub(crate) fn breaks(mut self, hop: HopKind, scope: Scope) -> Problem {
        self.effect = Effect::Breaks(hop, scope);
        self
    }

    /// The hop that spans cannot pass.
    pub(crate) fn broken_hop(&self) -> Option<HopKind> {
        match self.effect {
            Effect::Breaks(hop, _) => Some(hop),
            _ => None,
        }
    }
}
