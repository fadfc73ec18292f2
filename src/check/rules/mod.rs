//! The rules: one file each, with the rule's text and check function. [`all`] is the registry.
//!
//! A rule without a function is reported while the facts are read or a route is followed; [`of`] maps causes to such
//! rules.

use crate::check::cursor::Location;
use crate::check::facts::Facts;
use crate::check::problem::Cause;
use crate::check::problem::Effect;
use crate::check::problem::Problem;
use crate::check::sink::Diagnostic;
use crate::check::sink::Rule;
use crate::check::sink::Sink;
use rayon::prelude::*;
use std::collections::HashSet;

/// Declares each rule's module and lists the rules. Keep it sorted.
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
    annotation_not_string
    api_deprecated
    api_removed
    api_unknown
    bootstrap_json_parses
    bootstrap_template
    budget_selects_nothing
    chart_values_schema
    chart_values_unknown_key
    chart_values_wrong_type
    cluster_assignment_name
    cluster_endpoints
    cluster_legacy_hosts
    cluster_type
    clusters_json_fragment
    collector_address_qualified
    collector_address_resolves
    collector_cluster_defined
    collector_component
    collector_config
    collector_endpoint_missing
    collector_endpoint_path
    collector_endpoint_version
    collector_port
    collector_receiver_off
    collector_service_exists
    config_entry_refused
    config_entry_unique_name
    config_json_must_be_string
    config_value
    crd_available
    cron_schedule
    duplicate_env
    duplicate_identity
    duplicate_name
    duplicate_port
    env_value_string
    envoy_unknown_field
    envoy_value
    field_combination
    gateway_class_unknown
    helm_values_order
    ingress_deprecated
    ingress_host_unique
    ingress_listener_port
    ingress_listener_shape
    ingress_name
    ingress_no_root_span
    ingress_protocol_match
    inject_ambiguous
    inject_annotation_place
    inject_annotation_value
    inject_app_jaeger_label
    inject_disabled
    inject_double_agent
    inject_duplicate_name
    inject_legacy_annotation
    inject_missing
    inject_namespace
    inject_no_annotations_panic
    inject_no_app_label
    inject_no_service
    inject_service_account
    inject_several_services
    inject_stale_sidecar
    inject_unknown_instance
    inject_wrong_object
    intentions_deny
    intentions_missing
    jaeger_agent_removed
    jaeger_agent_sidecar_irrelevant
    jaeger_flag
    jaeger_image_latest
    jaeger_ingress_default
    jaeger_name_dots
    jaeger_name_long
    jaeger_not_in_mesh
    jaeger_unknown_field
    jaeger_v1_eol
    jaeger_v2_chain
    k8s_too_new
    key_missing
    kube_rbac_proxy_gone
    kustomize_fails
    listener_bind_localhost
    listener_tracing_gateway
    listener_tracing_none
    listener_tracing_shape
    listener_tracing_version
    malformed
    networkpolicy_blocks
    object_name
    operator_watch
    options_es_missing_url
    options_nonstring_list
    otlp_needs_http2
    plaintext_secret
    probe_port_unknown
    protocol_global_http_on_tcp
    protocol_http
    protocol_value
    proxydefaults_name_global
    proxydefaults_refused
    proxydefaults_single
    proxydefaults_spec_protocol
    query_nodeport_ignored
    query_service_hand_edited
    reference_incomplete
    reference_missing
    relay_address
    relay_loses_spans
    relay_port
    relay_tls
    resource_amounts
    restart_policy
    restart_required
    rolebinding_dangling
    rolebinding_needless
    route_parent_unknown
    route_reference_grant
    schema_missing_field
    schema_unknown_field
    schema_value
    schema_wrong_type
    secret_key_missing
    selector_mismatch
    service_ports
    service_selects_nothing
    service_target_port
    service_type_fields
    servicedefaults_without_protocol
    shared_span_context
    sidecar_override
    static_cluster_name_reserved
    storage_address
    storage_fallback
    strategy_fallback
    tproxy_agent_outbound
    trace_context_w3c
    trace_id_128bit
    tracer_missing
    tracer_type
    tracer_unsupported
    tracing_json_parses
    tracing_legacy_config_field
    unknown_envoy_key
    values_chart_fails
    values_inert
    values_unknown_key
    values_wrong_type
    volume_missing
    zipkin_no_http2
    zipkin_old_env
}

/// Every rule, sorted by id.
pub fn all() -> Vec<&'static Rule> {
    REGISTRY.to_vec()
}

/// The rule that explains a cause.
pub(crate) fn of(cause: Cause) -> &'static Rule {
    match cause {
        Cause::BareHost => &collector_address_qualified::RULE,
        Cause::NoSuchService => &collector_service_exists::RULE,
        Cause::CollectorConfig => &collector_config::RULE,
        Cause::CollectorComponent => &collector_component::RULE,
        Cause::JaegerFlag => &jaeger_flag::RULE,
        Cause::EnvValue => &env_value_string::RULE,
        Cause::KeyMissing => &key_missing::RULE,
        Cause::SecretKeyMissing => &secret_key_missing::RULE,
        Cause::RelayAddress => &relay_address::RULE,
        Cause::StorageAddress => &storage_address::RULE,
        Cause::RelayPort => &relay_port::RULE,
        Cause::RelayTls => &relay_tls::RULE,
        Cause::RelayEnds | Cause::RelayLoop => &relay_loses_spans::RULE,
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
        Cause::ConfigJson => &config_json_must_be_string::RULE,
        Cause::ConfigValue => &config_value::RULE,
        Cause::BootstrapJson => &bootstrap_json_parses::RULE,
        Cause::BootstrapTemplate => &bootstrap_template::RULE,
        Cause::Override => &sidecar_override::RULE,
        Cause::LegacyHosts => &cluster_legacy_hosts::RULE,
        Cause::ClusterType => &cluster_type::RULE,
        Cause::ProxyDefaults => &proxydefaults_refused::RULE,
        Cause::ProxyDefaultsName => &proxydefaults_name_global::RULE,
        Cause::ServiceProtocol => &protocol_value::RULE,
        Cause::IngressListener => &ingress_listener_shape::RULE,
        Cause::SameName => &config_entry_unique_name::RULE,
        Cause::NetworkPolicy => &networkpolicy_blocks::RULE,
        Cause::ConfigEntry => &config_entry_refused::RULE,
        Cause::SchemaUnknownField => &schema_unknown_field::RULE,
        Cause::SchemaWrongType => &schema_wrong_type::RULE,
        Cause::SchemaMissingField => &schema_missing_field::RULE,
        Cause::SchemaValue => &schema_value::RULE,
        Cause::ApiRemoved => &api_removed::RULE,
        Cause::ApiDeprecated => &api_deprecated::RULE,
        Cause::ApiUnknown => &api_unknown::RULE,
        Cause::SelectorMismatch => &selector_mismatch::RULE,
        Cause::DuplicateName => &duplicate_name::RULE,
        Cause::VolumeMissing => &volume_missing::RULE,
        Cause::ServicePorts => &service_ports::RULE,
        Cause::ServiceType => &service_type_fields::RULE,
        Cause::RestartPolicy => &restart_policy::RULE,
        Cause::ResourceAmount => &resource_amounts::RULE,
        Cause::CronSchedule => &cron_schedule::RULE,
        Cause::FieldCombination => &field_combination::RULE,
        Cause::ObjectName => &object_name::RULE,
    }
}

/// Runs every rule.
pub(crate) fn run(facts: &Facts<'_>, out: &mut Sink) {
    let Facts { mesh, jaegers, routes, .. } = facts;
    mesh.tracing.problems.iter().for_each(|problem| out.problem(of(problem.cause), problem));
    let met = routes.problems(mesh);
    // A route reports it for a collector or Jaeger that spans are sent to.
    let told: HashSet<(Cause, &Location)> = met.iter().map(|problem| (problem.cause, &problem.at)).collect();
    for problem in mesh.refused.problems().iter().filter(|problem| !told.contains(&(problem.cause, &problem.at))) {
        let effect = match problem.effect {
            Effect::None => Effect::None,
            _ => mesh.effect_of_refusal(problem),
        };
        out.problem(of(problem.cause), &Problem { effect, ..problem.clone() });
    }
    met.iter().for_each(|problem| out.problem(of(problem.cause), problem));
    let untold = jaegers.refused.iter().filter(|problem| !told.contains(&(problem.cause, &problem.at)));
    untold.for_each(|problem| out.problem(of(problem.cause), problem));
    // Each rule walks the whole set, so they run in parallel. Their findings stay in the order of the registry.
    out.found.par_extend(REGISTRY.par_iter().filter_map(|rule| rule.check).flat_map_iter(|check| {
        let mut own = Sink::default();
        check(facts, &mut own);
        own.found
    }));
    once(out);
}

/// Leaves a fault to one rule: a key that stops a path is an error only; a schema says nothing about a place that another rule calls an error, and where another rule
/// only warns, that the object is refused comes first. What breaks a path stays, since the path names its rule.
fn once(out: &mut Sink) {
    let place = |one: &Diagnostic| (one.at.doc, one.at.path.clone());
    let is = |one: &Diagnostic, rule: &'static Rule| std::ptr::eq(one.rule, rule);
    let waits: HashSet<_> = out.found.iter().filter(|one| is(one, &key_missing::RULE)).map(place).collect();
    if !waits.is_empty() {
        out.found.retain(|one| !is(one, &reference_incomplete::RULE) || !waits.contains(&place(one)));
    }
    const SCHEMA: [&Rule; 4] =
        [&schema_missing_field::RULE, &schema_unknown_field::RULE, &schema_value::RULE, &schema_wrong_type::RULE];
    let is_schema = |one: &Diagnostic| SCHEMA.iter().any(|rule| std::ptr::eq(*rule, one.rule));
    if !out.found.iter().any(is_schema) {
        return;
    }
    let only_warns = |one: &Diagnostic| one.effect == Effect::None;
    let told: HashSet<_> = out.found.iter().filter(|one| !is_schema(one) && !only_warns(one)).map(place).collect();
    out.found.retain(|one| !is_schema(one) || !told.contains(&place(one)));
    let refused: HashSet<_> = out.found.iter().filter(|one| is_schema(one) && !only_warns(one)).map(place).collect();
    out.found.retain(|one| is_schema(one) || !only_warns(one) || !refused.contains(&place(one)));
}
