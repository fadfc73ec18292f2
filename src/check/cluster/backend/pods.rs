//! What is known of pods whatever runs in them.

use crate::check::cluster::backend::Fault;
use crate::check::cluster::mesh::Mesh;
use crate::check::cursor::Cursor;
use crate::check::problem::Cause;

/// The ports of the clusters' addresses.
pub(super) fn called(mesh: &Mesh<'_>) -> impl Iterator<Item = u16> {
    mesh.tracing.clusters.iter().flat_map(|cluster| &cluster.endpoints).filter_map(|endpoint| endpoint.port)
}

/// Why nothing runs: `replicas` is 0.
pub(super) fn no_pods(replicas: Cursor<'_>) -> Option<Box<Fault>> {
    let none = replicas.int() == Some(0);
    none.then(|| {
        Fault::new(Cause::ReceiverOff, replicas, "`replicas` is 0, so there are no pods", "set it to at least 1")
    })
}
