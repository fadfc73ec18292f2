//! Volumes and what mounts them (`pkg/apis/core/validation` `ValidateVolumes`, `validateVolumeSource`).

use crate::check::cursor::Cursor;
use crate::check::schema::validation::container;
use crate::check::schema::validation::out::Out;
use crate::check::schema::validation::out::amount;
use crate::check::schema::validation::out::is_given;
use crate::check::schema::validation::out::is_open;
use crate::check::schema::validation::out::is_set;
use crate::check::schema::validation::out::known;
use std::collections::HashMap;

/// Fields of a pod that a file can take (`validVolumeDownwardAPIFieldPathExpressions`).
const FIELDS: [&str; 5] =
    ["metadata.name", "metadata.namespace", "metadata.labels", "metadata.annotations", "metadata.uid"];
/// What a source must name: the source, the field.
const REQUIRED: [(&str, &str); 4] = [
    ("configMap", "name"),
    ("secret", "secretName"),
    ("persistentVolumeClaim", "claimName"),
    ("ephemeral", "volumeClaimTemplate"),
];

/// The volumes of a pod, and the mounts of its containers. `claims`: names that volume claim templates add.
pub(super) fn judge(out: &mut Out, spec: Cursor<'_>, claims: &[&str]) {
    let volumes = spec.get("volumes");
    out.each_once(volumes.items().map(|volume| volume.get("name")), "volume");
    // A claim template replaces the volume of its name.
    let stays = |volume: &Cursor<'_>| !volume.get("name").str().is_some_and(|name| claims.contains(&name));
    volumes.items().filter(stays).for_each(|volume| source(out, volume));
    let named: HashMap<&str, Cursor<'_>> =
        volumes.items().filter_map(|volume| Some((volume.get("name").str()?, volume))).collect();
    // A name that is filled in later may be any.
    let is_open_list = is_open(volumes) || volumes.items().any(|volume| is_open(volume.get("name")));
    let containers = ["containers", "initContainers"].into_iter().flat_map(|list| spec.get(list).items());
    for container in containers {
        let has = |at: &Cursor<'_>| {
            is_open_list || known(*at).is_none_or(|name| named.contains_key(name) || claims.contains(&name))
        };
        for at in container.get("volumeMounts").items().map(|mount| mount.get("name")).filter(|at| !has(at)) {
            container::unknown_volume(out, at, "mount");
        }
        for at in container.get("volumeDevices").items().map(|device| device.get("name")) {
            if !has(&at) {
                container::unknown_volume(out, at, "device");
            } else if let Some(volume) = named.get(at.text())
                && !is_set(volume.get("persistentVolumeClaim"))
                && !is_set(volume.get("ephemeral"))
            {
                out.clash(at, "only a volume of a claim can be a device", "use a `persistentVolumeClaim`, or mount it");
            }
        }
    }
}

fn source(out: &mut Out, volume: Cursor<'_>) {
    let set: Vec<(&str, Cursor<'_>)> = volume.entries().filter(|(field, at)| *field != "name" && is_set(*at)).collect();
    let name = volume.get("name").text();
    if let [_, (second, at), ..] = set.as_slice() {
        let message = format!("the volume `{name}` has a second source, `{second}`");
        out.clash(at.key(), message, "keep one source, or make it two volumes");
    }
    for (kind, field) in REQUIRED.into_iter().filter(|(kind, _)| is_set(volume.get(kind))) {
        if !is_given(volume.get(kind).get(field)) {
            let message = format!("`{kind}` of the volume `{name}` has no `{field}`, which is required");
            out.missing(volume.get(kind), message, format!("add `{field}`"));
        }
    }
    let host = volume.at(&["hostPath", "path"]);
    if host.text().split('/').any(|step| step == "..") {
        out.value(host, "a path on the host must not contain `..`", "write it without `..`");
    }
    if known(volume.at(&["nfs", "path"])).is_some_and(|path| !path.starts_with('/')) {
        out.value(volume.at(&["nfs", "path"]), "the path of an NFS volume must be absolute", "begin it with `/`");
    }
    let size = volume.at(&["emptyDir", "sizeLimit"]);
    if amount(size).is_some_and(|bytes| bytes < 0) {
        out.value(size, "a size must not be negative", "correct it");
    }
    for list in ["configMap", "secret"].map(|kind| volume.get(kind).get("items")) {
        list.items().for_each(|item| container::inside(out, item.get("path")));
    }
    downward(out, volume.get("downwardAPI").get("items"));
    projected(out, volume.get("projected"));
}

/// `validateDownwardAPIVolumeFile`.
fn downward(out: &mut Out, items: Cursor<'_>) {
    for item in items.items() {
        container::inside(out, item.get("path"));
        out.one_of(item, &["fieldRef", "resourceFieldRef"], true, "a file of `downwardAPI`");
        container::field(out, item.at(&["fieldRef", "fieldPath"]), &FIELDS, false);
        let resource = item.get("resourceFieldRef");
        if is_set(resource) {
            container::resource(out, resource.get("resource"));
            if !is_given(resource.get("containerName")) {
                let message = "the resource of a file needs a `containerName`, as no container reads it alone";
                out.missing(resource, message, "add `containerName`");
            }
        }
    }
}

/// `validateProjectionSources`.
fn projected(out: &mut Out, projected: Cursor<'_>) {
    let kinds = ["secret", "configMap", "downwardAPI", "serviceAccountToken", "clusterTrustBundle", "podCertificate"];
    let mut paths = Vec::new();
    for source in projected.get("sources").items() {
        out.one_of(source, &kinds, false, "a source of a projected volume");
        for kind in ["secret", "configMap"].map(|kind| source.get(kind)) {
            kind.get("items").items().for_each(|item| container::inside(out, item.get("path")));
            paths.extend(kind.get("items").items().map(|item| item.get("path")));
        }
        downward(out, source.get("downwardAPI").get("items"));
        let seconds = source.at(&["serviceAccountToken", "expirationSeconds"]);
        if seconds.int().is_some_and(|seconds| seconds < 600) {
            out.value(seconds, "a token is valid for at least 600 seconds", "write 600 or more");
        }
    }
    out.each_once(paths.into_iter(), "path in the volume");
}
