//! The rules: one file each, with its text and the function that looks for it. [`all`] is the registry.
//!
//! A rule without a function is found while the facts are read or a route is followed; [`of`] says which cause it explains.

mod defaults;
mod ingress;
mod inject;
mod jaeger;
mod protocol;
mod routes;
pub(crate) mod secret;

use crate::check::Facts;
use crate::check::problem::Cause;
use crate::check::sink::Sink;
use crate::finding::RuleId;
use crate::finding::Severity;

/// One rule: what `show rules` lists and `explain` prints.
#[derive(Debug)]
pub struct Rule {
    /// Stable kebab-case name.
    pub id: &'static str,
    /// How bad it is at most: a finding of an error rule that breaks no path, and that nobody refuses, is a warning.
    pub severity: Severity,
    /// One line.
    pub summary: &'static str,
    /// Why, with the evidence.
    pub text: &'static str,
    /// Looks for it.
    pub(crate) check: Option<fn(&Facts<'_>, &mut Sink)>,
}

/// Each rule owns its id; those of the stages are in `finding::ids`.
impl From<&'static Rule> for RuleId {
    fn from(rule: &'static Rule) -> RuleId {
        RuleId::register(rule.id)
    }
}

/// Declares the file of each rule and lists the rules. Keep it sorted.
macro_rules! registry {
    ($($module:ident)+) => {
        $(pub(crate) mod $module;)+
        static REGISTRY: &[&Rule] = &[$(&$module::RULE),+];
    };
}

registry! {
    agent_collector_not_headless
    agent_hostport_psa
    agent_in_job
    agent_port_collision
    allow_reason
    allow_unused
    cluster_assignment_name
    cluster_endpoints
    cluster_legacy_hosts
    cluster_type
    clusters_json_fragment
    collector_address_qualified
    collector_address_resolves
    collector_cluster_defined
    collector_endpoint_missing
    collector_endpoint_path
    collector_endpoint_version
    collector_port
    collector_receiver_off
    collector_service_exists
    crd_available
    envoy_unknown_field
    envoy_value
    inject_ambiguous
    inject_app_jaeger_label
    inject_double_agent
    inject_duplicate_name
    inject_legacy_annotation
    inject_no_annotations_panic
    inject_no_app_label
    inject_stale_sidecar
    inject_unknown_instance
    inject_wrong_object
    jaeger_agent_removed
    jaeger_agent_sidecar_irrelevant
    jaeger_v2_chain
    k8s_too_new
    kube_rbac_proxy_gone
    listener_bind_localhost
    listener_tracing_gateway
    listener_tracing_none
    listener_tracing_shape
    listener_tracing_version
    malformed
    otlp_needs_http2
    plaintext_secret
    rolebinding_dangling
    rolebinding_needless
    shared_span_context
    static_cluster_name_reserved
    tproxy_agent_outbound
    trace_id_128bit
    tracer_missing
    tracer_type
    tracer_unsupported
    tracing_json_parses
    tracing_legacy_config_field
    unknown_rule
    zipkin_no_http2
    zipkin_old_env
}

/// Every rule, sorted by id.
pub fn all() -> Vec<&'static Rule> {
    let families = [defaults::RULES, ingress::RULES, inject::RULES, jaeger::RULES, protocol::RULES, routes::RULES];
    let mut all: Vec<&Rule> = families.into_iter().flatten().chain(REGISTRY).copied().collect();
    all.sort_by_key(|rule| rule.id);
    all
}

/// The rule that explains a cause.
pub(crate) fn of(cause: Cause) -> &'static Rule {
    match cause {
        Cause::BareHost => &collector_address_qualified::RULE,
        Cause::NoSuchService => &collector_service_exists::RULE,
        Cause::Unresolvable => &collector_address_resolves::RULE,
        Cause::WrongPort => &collector_port::RULE,
        Cause::WrongPath => &collector_endpoint_path::RULE,
        Cause::ReceiverOff => &collector_receiver_off::RULE,
        Cause::BindsLocalhost => &listener_bind_localhost::RULE,
        Cause::JaegerV2Chain => &jaeger_v2_chain::RULE,
        Cause::ZipkinOldEnv => &zipkin_old_env::RULE,
        Cause::UnservedVersion => &crd_available::RULE,
        Cause::Malformed => &malformed::RULE,
        Cause::TracingJson => &tracing_json_parses::RULE,
        Cause::TracingLegacy => &tracing_legacy_config_field::RULE,
        Cause::TracerType => &tracer_type::RULE,
        Cause::UnknownField => &envoy_unknown_field::RULE,
        Cause::EnvoyValue => &envoy_value::RULE,
        Cause::EndpointVersion => &collector_endpoint_version::RULE,
        Cause::EndpointMissing => &collector_endpoint_missing::RULE,
        Cause::TracerUnsupported => &tracer_unsupported::RULE,
        Cause::ListenerVersion => &listener_tracing_version::RULE,
        Cause::ListenerShape => &listener_tracing_shape::RULE,
        Cause::ListenerSamplesNothing => &listener_tracing_none::RULE,
        Cause::ClustersJson => &clusters_json_fragment::RULE,
        Cause::LegacyHosts => &cluster_legacy_hosts::RULE,
        Cause::ClusterType => &cluster_type::RULE,
    }
}

/// Runs every rule.
pub(crate) fn run(facts: &Facts<'_>, out: &mut Sink) {
    let Facts { mesh, routes, .. } = facts;
    mesh.tracing.problems.iter().for_each(|problem| out.problem(problem));
    routes.problems(mesh).iter().for_each(|problem| out.problem(problem));
    for rule in REGISTRY {
        if let Some(check) = rule.check {
            check(facts, out);
        }
    }
    defaults::check(mesh, out);
    protocol::check(mesh, out);
    ingress::check(mesh, out);
    inject::check(mesh, out);
    jaeger::check(mesh, &facts.backends, out);
    routes::check(mesh, out);
}

macro_rules! rules {
    ($($(#[$meta:meta])* $name:ident: $id:literal, $severity:ident, $summary:literal, $text:literal;)+) => {
        $($(#[$meta])* pub(crate) static $name: $crate::check::rules::Rule = $crate::check::rules::Rule {
            id: $id, severity: $crate::finding::Severity::$severity, summary: $summary, text: $text, check: None,
        };)+
        /// The rules of this family.
        pub(crate) static RULES: &[&$crate::check::rules::Rule] = &[$(&$name),+];
    };
}
pub(crate) use rules;
