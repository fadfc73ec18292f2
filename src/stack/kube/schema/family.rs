//! Which table knows which API group.

use crate::stack::Version;
use crate::stack::consul;
use crate::stack::jaeger;
use crate::stack::kube;
use crate::stack::kube::schema::table::Table;
use crate::stack::otel;
use std::sync::OnceLock;

/// Programs that define kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// Kubernetes itself.
    Kubernetes,
    /// Consul's chart.
    Consul,
    /// The Gateway API, with its experimental channel.
    GatewayApi,
    /// jaeger-operator.
    Jaeger,
    /// The OpenTelemetry operator.
    OpenTelemetry,
    /// cert-manager.
    CertManager,
}

/// What a cluster of this Kubernetes version serves by itself; see [`Table::api_versions`].
pub(crate) fn api_versions(kubernetes: &Version) -> Vec<String> {
    let table = Family::Kubernetes.table();
    table.api_versions(table.releases_like(kubernetes))
}

/// Whether objects of a kind are in no namespace; `None` for kinds that no table has.
pub(crate) fn is_cluster_scoped(group: &str, kind: &str) -> Option<bool> {
    let table = Family::of(group)?.table();
    table.served(group, kind).last().map(|served| served.cluster_scoped)
}

impl Family {
    /// The family of an API group, when there is one.
    pub(crate) fn of(group: &str) -> Option<Family> {
        Some(match group {
            consul::GROUP => Family::Consul,
            jaeger::GROUP => Family::Jaeger,
            otel::GROUP => Family::OpenTelemetry,
            kube::GATEWAY_API => Family::GatewayApi,
            group if group == "cert-manager.io" || group == "acme.cert-manager.io" => Family::CertManager,
            group if kube::is_built_in(group) && Family::Kubernetes.table().has_group(group) => Family::Kubernetes,
            _ => return None,
        })
    }

    /// Its kinds. Unpacked when it is first asked for, about a third of a millisecond for Kubernetes.
    pub(crate) fn table(self) -> &'static Table {
        macro_rules! table {
            ($file:literal) => {{
                static TABLE: OnceLock<Table> = OnceLock::new();
                TABLE.get_or_init(|| Table::unpack(include_bytes!(concat!("data/", $file, ".bin"))))
            }};
        }
        match self {
            Family::Kubernetes => table!("kubernetes"),
            Family::Consul => table!("consul"),
            Family::GatewayApi => table!("gateway-api"),
            Family::Jaeger => table!("jaeger"),
            Family::OpenTelemetry => table!("opentelemetry"),
            Family::CertManager => table!("cert-manager"),
        }
    }

    /// Its name in messages, before a version.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Family::Kubernetes => "Kubernetes",
            Family::Consul => "the Consul chart",
            Family::GatewayApi => "the Gateway API",
            Family::Jaeger => "jaeger-operator",
            Family::OpenTelemetry => "the OpenTelemetry operator",
            Family::CertManager => "cert-manager",
        }
    }
}
