//! What a set means: the mesh, its workloads, what ProxyDefaults tells Envoy, what receives spans. Built once, then
//! immutable.

pub(crate) mod agent;
pub(crate) mod attachment;
pub(crate) mod backend;
pub(crate) mod binding;
mod bootstrap;
mod chain;
pub(crate) mod chart_objects;
pub(crate) mod chart_values;
mod config;
mod envoy;
pub(crate) mod gateway_api;
mod gateway_class;
pub(crate) mod ingress;
pub(crate) mod intentions;
pub(crate) mod jaeger;
pub(crate) mod keys;
pub(crate) mod listener;
pub(crate) mod mesh;
pub(crate) mod operator_rights;
mod overrides;
pub(crate) mod policy;
pub(crate) mod protocol;
pub(crate) mod proxies;
pub(crate) mod references;
pub(crate) mod refused;
pub(crate) mod secrets;
pub(crate) mod selector;
pub(crate) mod tracer;
pub(crate) mod tracing;
pub(crate) mod values;
pub(crate) mod version;
pub(crate) mod workload;
