//! The rules, a file for each close family. [`all`] is the table.

pub(crate) mod agent;
pub(crate) mod cluster;
pub(crate) mod collector;
pub(crate) mod defaults;
pub(crate) mod ingress;
pub(crate) mod inject;
pub(crate) mod input;
pub(crate) mod jaeger;
pub(crate) mod protocol;
pub(crate) mod rbac;
pub(crate) mod routes;
pub(crate) mod secret;
pub(crate) mod tracer;

use crate::check::backend::Backends;
use crate::check::mesh::Mesh;
use crate::check::rule::Rule;
use crate::check::rule::Sink;

/// Every rule, sorted by id.
pub fn all() -> Vec<&'static Rule> {
    let families = [
        agent::RULES,
        cluster::RULES,
        collector::RULES,
        defaults::RULES,
        ingress::RULES,
        inject::RULES,
        input::RULES,
        jaeger::RULES,
        protocol::RULES,
        rbac::RULES,
        routes::RULES,
        secret::RULES,
        tracer::RULES,
    ];
    let mut all: Vec<&Rule> = families.into_iter().flatten().copied().collect();
    all.sort_by_key(|rule| rule.id);
    all
}

/// The rules that look at ProxyDefaults: they leave the tracer and the clusters in the mesh for the others.
pub(crate) fn read_defaults(mesh: &mut Mesh<'_>, out: &mut Sink) {
    tracer::read(mesh, out);
    cluster::read(mesh, out);
}

/// All other rules.
pub(crate) fn run(mesh: &Mesh<'_>, backends: &Backends, out: &mut Sink) {
    defaults::check(mesh, out);
    tracer::check(mesh, out);
    cluster::check(mesh, out);
    collector::check(mesh, backends, out);
    protocol::check(mesh, out);
    ingress::check(mesh, out);
    inject::check(mesh, out);
    agent::check(mesh, out);
    jaeger::check(mesh, backends, out);
    rbac::check(mesh, out);
    routes::check(mesh, out);
}
