//! What Consul's webhooks require of config entries, as data: each row has a path, the requirement, and the first chart
//! series that checks it.
//!
//! Source: hashicorp/consul-k8s `control-plane/api/v1alpha1/*_types.go` (`Validate` and what it calls), read at
//! v0.46.1, v0.49.8, v1.0.11, v1.1.0, v1.1.18 and the first tag of each series from 1.2 to 2.0. Left out: filter
//! expressions of subsets, host names of destinations, the length of descriptions, and what depends on the cluster's
//! own partition. Checks that compare several fields of one object in code are in `check/cluster/refused`.

use crate::stack::consul::PROXY_DEFAULTS;
use crate::stack::consul::validations::Demand::Absent;
use crate::stack::consul::validations::Demand::AnyOf;
use crate::stack::consul::validations::Demand::AtMostOne;
use crate::stack::consul::validations::Demand::Enterprise;
use crate::stack::consul::validations::Demand::ExactlyOne;
use crate::stack::consul::validations::Demand::Excludes;
use crate::stack::consul::validations::Demand::Needs;
use crate::stack::consul::validations::Demand::NoWildcard;
use crate::stack::consul::validations::Demand::NotNegative;
use crate::stack::consul::validations::Demand::OneOf;
use crate::stack::consul::validations::Demand::Port;
use crate::stack::consul::validations::Demand::Positive;
use crate::stack::consul::validations::Demand::Set;
use crate::stack::consul::validations::Demand::Slash;
use crate::stack::consul::validations::Demand::Unset;
use crate::stack::consul::validations::Demand::Word;
use crate::stack::consul::validations::Feature::Namespaces;
use crate::stack::consul::validations::Feature::Partitions;

/// A requirement on a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Demand {
    /// One of these words, or empty.
    OneOf(&'static [&'static str]),
    /// One of these words.
    Word(&'static [&'static str]),
    /// Not set.
    Unset,
    /// Not present at all, not even empty.
    Absent,
    /// Starts with `/`, or is empty.
    Slash,
    /// A number of 0 or more.
    NotNegative,
    /// A number, if present, is at least 1.
    Positive,
    /// A port.
    Port,
    /// Set: a non-empty string, a non-empty list, or a map.
    Set,
    /// At most one of these fields is set.
    AtMostOne(&'static [&'static str]),
    /// Exactly one of these fields is set.
    ExactlyOne(&'static [&'static str]),
    /// At least one of these fields is set.
    AnyOf(&'static [&'static str]),
    /// If the first field is set, none of the others is set.
    Excludes(&'static str, &'static [&'static str]),
    /// If the first field is set, the other one is set too.
    Needs(&'static str, &'static str),
    /// Contains no `*`.
    NoWildcard,
    /// Not set unless Consul Enterprise has this feature.
    Enterprise(Feature),
}

/// A feature of Consul Enterprise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Feature {
    Namespaces,
    Partitions,
}

impl Feature {
    /// The values key that enables it (`templates/connect-inject-deployment.yaml` `-enable-namespaces`,
    /// `-enable-partitions`).
    pub(crate) fn key(self) -> &'static [&'static str] {
        match self {
            Namespaces => &["global", "enableConsulNamespaces"],
            Partitions => &["global", "adminPartitions", "enabled"],
        }
    }
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Validation {
    pub(crate) kinds: &'static [&'static str],
    /// A path below `spec`; `*` is each item of a list or each entry of a map. Nothing is checked below a missing
    /// value.
    pub(crate) path: &'static [&'static str],
    pub(crate) demand: Demand,
    /// The first chart series that checks it; `FIRST` for all of them.
    pub(crate) since: (u64, u64),
    /// What to do instead; empty if the requirement makes it clear.
    pub(crate) help: &'static str,
}

/// The oldest chart series that was read.
pub(crate) const FIRST: (u64, u64) = (0, 46);

const fn row(
    kinds: &'static [&'static str],
    path: &'static [&'static str],
    demand: Demand,
    since: (u64, u64),
) -> Validation {
    Validation { kinds, path, demand, since, help: "" }
}

const fn helped(mut row: Validation, help: &'static str) -> Validation {
    row.help = help;
    row
}

const BOTH: &[&str] = &["ProxyDefaults", "ServiceDefaults"];
const PROXY: &[&str] = &["ProxyDefaults"];
const DEFAULTS: &[&str] = &["ServiceDefaults"];
const INGRESS: &[&str] = &["IngressGateway"];
const INTENTIONS: &[&str] = &["ServiceIntentions"];
const RESOLVER: &[&str] = &["ServiceResolver"];
const ROUTER: &[&str] = &["ServiceRouter"];
const SPLITTER: &[&str] = &["ServiceSplitter"];
const TERMINATING: &[&str] = &["TerminatingGateway"];
const MESH: &[&str] = &["Mesh"];
const EXPORTED: &[&str] = &["ExportedServices"];
const JWT: &[&str] = &["JWTProvider"];

const GATEWAY_MODES: Demand = OneOf(&["remote", "local", "none"]);
const TLS: Demand = OneOf(&["TLS_AUTO", "TLSv1_0", "TLSv1_1", "TLSv1_2", "TLSv1_3"]);
const METHODS: Demand = Word(&["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE"]);
const PATHS: Demand = AtMostOne(&["pathExact", "pathPrefix", "pathRegex"]);
const ANNOTATION: &str = "remove it; an annotation on the pods sets it";

/// All rows. Ingress gateway listeners and `protocol` have their own rules.
#[rustfmt::skip]
pub(crate) const VALIDATIONS: &[Validation] = &[
    // shared_types.go
    row(BOTH, &["meshGateway", "mode"], GATEWAY_MODES, FIRST),
    helped(row(BOTH, &["transparentProxy", "outboundListenerPort"], Unset, FIRST), ANNOTATION),
    helped(row(BOTH, &["mode"], Absent, FIRST), ANNOTATION),
    row(BOTH, &["mutualTLSMode"], OneOf(&["strict", "permissive"]), (1, 2)),
    row(BOTH, &["expose", "paths", "*", "path"], Slash, FIRST),
    row(BOTH, &["expose", "paths", "*", "protocol"], OneOf(&["http", "http2"]), FIRST),
    row(BOTH, &["envoyExtensions", "*", "arguments"], Set, (1, 1)),
    // proxydefaults_types.go
    row(PROXY, &["accessLogs", "type"], OneOf(&["file", "stderr", "stdout"]), (1, 1)),
    row(PROXY, &["accessLogs"], AtMostOne(&["jsonFormat", "textFormat"]), (1, 1)),
    row(PROXY, &["failoverPolicy", "mode"], OneOf(&["sequential", "order-by-locality"]), (1, 2)),
    row(&["ProxyDefaults", "ServiceResolver"], &["prioritizeByLocality", "mode"], OneOf(&["none", "failover"]), (1, 3)),
    // servicedefaults_types.go
    row(DEFAULTS, &["destination", "addresses"], Set, (0, 49)),
    row(DEFAULTS, &["destination", "port"], Port, (0, 49)),
    row(DEFAULTS, &["maxInboundConnections"], NotNegative, (0, 49)),
    row(DEFAULTS, &["localConnectTimeoutMs"], NotNegative, (0, 49)),
    row(DEFAULTS, &["localRequestTimeoutMs"], NotNegative, (0, 49)),
    row(DEFAULTS, &["balanceInboundConnections"], OneOf(&["exact_balance"]), (1, 1)),
    row(DEFAULTS, &["upstreamConfig", "defaults", "name"], Unset, FIRST),
    row(DEFAULTS, &["upstreamConfig", "defaults", "namespace"], Unset, (1, 1)),
    row(DEFAULTS, &["upstreamConfig", "defaults", "partition"], Unset, (1, 1)),
    row(DEFAULTS, &["upstreamConfig", "defaults", "peer"], Unset, (1, 1)),
    row(DEFAULTS, &["upstreamConfig", "defaults", "meshGateway", "mode"], GATEWAY_MODES, FIRST),
    row(DEFAULTS, &["upstreamConfig", "overrides", "*", "name"], Set, FIRST),
    row(DEFAULTS, &["upstreamConfig", "overrides", "*"], Excludes("peer", &["namespace", "partition"]), (1, 1)),
    row(DEFAULTS, &["upstreamConfig", "overrides", "*", "partition"], Enterprise(Partitions), FIRST),
    row(DEFAULTS, &["upstreamConfig", "overrides", "*", "meshGateway", "mode"], GATEWAY_MODES, FIRST),
    row(DEFAULTS, &["rateLimits", "instanceLevel", "requestsPerSecond"], NotNegative, (1, 3)),
    row(DEFAULTS, &["rateLimits", "instanceLevel", "requestsMaxBurst"], NotNegative, (1, 3)),
    row(DEFAULTS, &["rateLimits", "instanceLevel"], AnyOf(&["requestsPerSecond", "routes"]), (1, 3)),
    row(DEFAULTS, &["rateLimits", "instanceLevel"], Needs("requestsMaxBurst", "requestsPerSecond"), (1, 3)),
    row(DEFAULTS, &["rateLimits", "instanceLevel", "routes", "*"], ExactlyOne(&["pathExact", "pathPrefix", "pathRegex"]), (1, 3)),
    row(DEFAULTS, &["rateLimits", "instanceLevel", "routes", "*"], AnyOf(&["requestsPerSecond"]), (1, 3)),
    row(DEFAULTS, &["rateLimits", "instanceLevel", "routes", "*", "requestsPerSecond"], Positive, (1, 3)),
    row(DEFAULTS, &["rateLimits", "instanceLevel", "routes", "*", "requestsMaxBurst"], NotNegative, (1, 3)),
    // ingressgateway_types.go
    row(INGRESS, &["tls", "tlsMinVersion"], TLS, FIRST),
    row(INGRESS, &["tls", "tlsMaxVersion"], TLS, FIRST),
    row(INGRESS, &["listeners", "*", "tls", "tlsMinVersion"], TLS, FIRST),
    row(INGRESS, &["listeners", "*", "tls", "tlsMaxVersion"], TLS, FIRST),
    row(INGRESS, &["listeners", "*", "services", "*", "namespace"], Enterprise(Namespaces), FIRST),
    row(INGRESS, &["listeners", "*", "services", "*", "partition"], Enterprise(Partitions), FIRST),
    row(INGRESS, &["listeners", "*", "services", "*", "maxConnections"], Positive, (0, 49)),
    row(INGRESS, &["listeners", "*", "services", "*", "maxConcurrentRequests"], Positive, (0, 49)),
    row(INGRESS, &["listeners", "*", "services", "*", "maxPendingRequests"], Positive, (0, 49)),
    row(INGRESS, &["defaults", "maxConnections"], Positive, (0, 49)),
    row(INGRESS, &["defaults", "maxConcurrentRequests"], Positive, (0, 49)),
    row(INGRESS, &["defaults", "maxPendingRequests"], Positive, (0, 49)),
    // serviceintentions_types.go
    row(INTENTIONS, &["sources"], Set, FIRST),
    row(INTENTIONS, &["sources", "*", "name"], Set, (1, 2)),
    row(INTENTIONS, &["sources", "*"], ExactlyOne(&["action", "permissions"]), FIRST),
    row(INTENTIONS, &["sources", "*", "action"], OneOf(&["allow", "deny"]), FIRST),
    row(INTENTIONS, &["sources", "*", "permissions", "*", "action"], Word(&["allow", "deny"]), FIRST),
    row(INTENTIONS, &["sources", "*", "permissions", "*", "http"], PATHS, FIRST),
    row(INTENTIONS, &["sources", "*", "permissions", "*", "http", "pathExact"], Slash, FIRST),
    row(INTENTIONS, &["sources", "*", "permissions", "*", "http", "pathPrefix"], Slash, FIRST),
    row(INTENTIONS, &["sources", "*", "permissions", "*", "http", "methods", "*"], METHODS, FIRST),
    row(INTENTIONS, &["sources", "*", "permissions", "*", "http", "header", "*"],
        AtMostOne(&["present", "exact", "regex", "prefix", "suffix", "contains"]), FIRST),
    row(INTENTIONS, &["sources", "*", "permissions", "*", "jwt", "providers", "*", "name"], Set, (1, 2)),
    row(INTENTIONS, &["jwt", "providers", "*", "name"], Set, (1, 2)),
    row(INTENTIONS, &["sources", "*", "partition"], NoWildcard, (1, 2)),
    row(INTENTIONS, &["sources", "*", "peer"], NoWildcard, (1, 2)),
    row(INTENTIONS, &["sources", "*", "samenessGroup"], NoWildcard, (1, 2)),
    row(INTENTIONS, &["sources", "*"], AtMostOne(&["peer", "partition", "samenessGroup"]), (1, 2)),
    row(INTENTIONS, &["sources", "*", "partition"], Enterprise(Partitions), FIRST),
    row(INTENTIONS, &["sources", "*", "namespace"], Enterprise(Namespaces), FIRST),
    row(INTENTIONS, &["destination", "namespace"], Enterprise(Namespaces), FIRST),
    // serviceresolver_types.go
    row(RESOLVER, &[], AtMostOne(&["redirect", "failover"]), (1, 2)),
    row(RESOLVER, &["redirect"],
        AnyOf(&["service", "serviceSubset", "namespace", "partition", "datacenter", "peer", "samenessGroup"]), (1, 2)),
    row(RESOLVER, &["redirect"], Excludes("samenessGroup", &["serviceSubset", "partition", "datacenter"]), (1, 2)),
    row(RESOLVER, &["redirect"], Excludes("peer", &["serviceSubset", "partition", "datacenter"]), (1, 2)),
    row(RESOLVER, &["redirect"], Needs("serviceSubset", "service"), (1, 2)),
    row(RESOLVER, &["redirect"], Needs("namespace", "service"), (1, 2)),
    row(RESOLVER, &["redirect"], Needs("partition", "service"), (1, 2)),
    row(RESOLVER, &["redirect"], Needs("peer", "service"), (1, 2)),
    row(RESOLVER, &["redirect", "namespace"], Enterprise(Namespaces), FIRST),
    row(RESOLVER, &["redirect", "partition"], Enterprise(Partitions), FIRST),
    row(RESOLVER, &["failover", "*", "namespace"], Enterprise(Namespaces), FIRST),
    row(RESOLVER, &["failover", "*"],
        AnyOf(&["service", "serviceSubset", "namespace", "datacenters", "targets", "policy", "samenessGroup"]), FIRST),
    row(RESOLVER, &["failover", "*", "policy", "mode"], OneOf(&["sequential", "order-by-locality"]), (1, 2)),
    row(RESOLVER, &["failover", "*"], Excludes("samenessGroup", &["datacenters", "serviceSubset", "targets"]), (1, 2)),
    row(RESOLVER, &["failover", "*"], Excludes("targets", &["datacenters", "serviceSubset", "service"]), (1, 2)),
    row(RESOLVER, &["failover", "*", "targets", "*"], Excludes("peer", &["serviceSubset", "partition", "datacenter"]), (1, 2)),
    row(RESOLVER, &["failover", "*", "targets", "*"], Excludes("partition", &["datacenter"]), (1, 2)),
    row(RESOLVER, &["failover", "*", "datacenters", "*"], Set, (1, 2)),
    row(RESOLVER, &["loadBalancer", "hashPolicies", "*", "field"], OneOf(&["header", "cookie", "query_parameter"]), FIRST),
    row(RESOLVER, &["loadBalancer", "hashPolicies", "*"], Excludes("field", &["sourceIP"]), FIRST),
    row(RESOLVER, &["loadBalancer", "hashPolicies", "*"], Needs("field", "fieldValue"), FIRST),
    row(RESOLVER, &["loadBalancer", "hashPolicies", "*", "cookieConfig"], Excludes("session", &["ttl"]), FIRST),
    // servicerouter_types.go
    row(ROUTER, &["routes", "*", "match", "http"], PATHS, FIRST),
    row(ROUTER, &["routes", "*", "match", "http", "pathExact"], Slash, FIRST),
    row(ROUTER, &["routes", "*", "match", "http", "pathPrefix"], Slash, FIRST),
    row(ROUTER, &["routes", "*", "match", "http", "header", "*"],
        AtMostOne(&["exact", "prefix", "suffix", "regex", "present"]), FIRST),
    row(ROUTER, &["routes", "*", "match", "http", "queryParam", "*"], AtMostOne(&["exact", "regex", "present"]), FIRST),
    row(ROUTER, &["routes", "*", "destination", "namespace"], Enterprise(Namespaces), FIRST),
    row(ROUTER, &["routes", "*", "destination", "partition"], Enterprise(Partitions), FIRST),
    // servicesplitter_types.go
    row(SPLITTER, &["splits", "*", "namespace"], Enterprise(Namespaces), FIRST),
    row(SPLITTER, &["splits", "*", "partition"], Enterprise(Partitions), FIRST),
    // terminatinggateway_types.go
    row(TERMINATING, &["services", "*"], Needs("certFile", "keyFile"), FIRST),
    row(TERMINATING, &["services", "*"], Needs("keyFile", "certFile"), FIRST),
    row(TERMINATING, &["services", "*", "namespace"], Enterprise(Namespaces), FIRST),
    // mesh_types.go
    row(MESH, &["tls", "incoming", "tlsMinVersion"], TLS, FIRST),
    row(MESH, &["tls", "incoming", "tlsMaxVersion"], TLS, FIRST),
    row(MESH, &["tls", "outgoing", "tlsMinVersion"], TLS, FIRST),
    row(MESH, &["tls", "outgoing", "tlsMaxVersion"], TLS, FIRST),
    row(MESH, &["http", "incoming", "requestNormalization", "pathWithEscapedSlashesAction"], OneOf(&["IMPLEMENTATION_SPECIFIC_DEFAULT",
        "KEEP_UNCHANGED", "REJECT_REQUEST", "UNESCAPE_AND_REDIRECT", "UNESCAPE_AND_FORWARD"]), (1, 7)),
    row(MESH, &["http", "incoming", "requestNormalization", "headersWithUnderscoresAction"],
        OneOf(&["ALLOW", "REJECT_REQUEST", "DROP_HEADER"]), (1, 7)),
    // exportedservices_types.go
    row(EXPORTED, &["services"], Set, FIRST),
    row(EXPORTED, &["services", "*", "consumers"], Set, FIRST),
    row(EXPORTED, &["services", "*", "namespace"], Enterprise(Namespaces), FIRST),
    row(EXPORTED, &["services", "*", "consumers", "*"], ExactlyOne(&["partition", "peer", "samenessGroup"]), FIRST),
    row(EXPORTED, &["services", "*", "consumers", "*", "partition"], Enterprise(Partitions), FIRST),
    row(EXPORTED, &["services", "*", "consumers", "*", "partition"], NoWildcard, (1, 2)),
    row(EXPORTED, &["services", "*", "consumers", "*", "peer"], NoWildcard, (1, 2)),
    row(EXPORTED, &["services", "*", "consumers", "*", "samenessGroup"], NoWildcard, (1, 2)),
    // jwtprovider_types.go
    row(JWT, &[], AnyOf(&["jsonWebKeySet"]), (1, 2)),
    row(JWT, &["jsonWebKeySet"], ExactlyOne(&["local", "remote"]), (1, 2)),
    row(JWT, &["jsonWebKeySet", "local"], ExactlyOne(&["jwks", "filename"]), (1, 2)),
    row(JWT, &["jsonWebKeySet", "remote", "uri"], Set, (1, 2)),
    row(JWT, &["locations", "*"], ExactlyOne(&["header", "queryParam", "cookie"]), (1, 2)),
    row(JWT, &["locations", "*", "header", "name"], Set, (1, 2)),
    row(JWT, &["locations", "*", "queryParam", "name"], Set, (1, 2)),
    row(JWT, &["locations", "*", "cookie", "name"], Set, (1, 2)),
    row(JWT, &["forwarding", "headerName"], Set, (1, 2)),
];

/// The kinds whose names must be unique in the cluster, unless Consul Enterprise mirrors namespaces
/// (`control-plane/api/common/configentry_webhook.go` `ValidateConfigEntry`, and its callers). ServiceIntentions are
/// compared by destination (`serviceintentions_webhook.go`).
pub(crate) const UNIQUE: &[&str] = &[
    "ServiceDefaults",
    "ServiceResolver",
    "ServiceRouter",
    "ServiceSplitter",
    "IngressGateway",
    "TerminatingGateway",
    "JWTProvider",
];

/// The kinds with a single object per cluster, and its name (`proxydefaults_webhook.go`, `mesh_webhook.go`).
pub(crate) const SINGLE: &[(&str, &str)] = &[("ProxyDefaults", PROXY_DEFAULTS), ("Mesh", "mesh")];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::consul;
    use crate::stack::consul::chart::CHARTS;

    #[test]
    fn rows_name_kinds_that_charts_define_and_series_that_exist() {
        let last = CHARTS.last().expect("there are charts");
        let kinds: Vec<&str> =
            last.kinds().filter(|(group, _)| *group == consul::GROUP).map(|(_, kind)| kind).collect();
        for row in VALIDATIONS {
            assert!(row.kinds.iter().all(|kind| kinds.contains(kind)), "{row:?}");
            assert!(row.since == FIRST || row.since == (0, 49) || (1..=1).contains(&row.since.0), "{row:?}");
        }
        assert!(UNIQUE.iter().chain(SINGLE.iter().map(|(kind, _)| kind)).all(|kind| kinds.contains(kind)));
    }
}
