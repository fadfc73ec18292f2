//! Claims and volumes of a cluster (`pkg/apis/core/validation` `ValidatePersistentVolumeClaimSpec`,
//! `ValidatePersistentVolumeSpec`).

use crate::check::cursor::Cursor;
use crate::check::schema::validation::out::Out;
use crate::check::schema::validation::out::amount;
use crate::check::schema::validation::out::is_given;
use crate::check::schema::validation::out::is_open;
use crate::check::schema::validation::out::is_set;
use crate::check::schema::validation::out::known;
use crate::check::schema::validation::resources;
use crate::check::schema::validation::scheduling;
use crate::check::schema::validation::selector;
use crate::stack::kube::schema::Format;

/// Fields of a PersistentVolume's spec that are no source of it.
const NO_SOURCES: [&str; 9] = [
    "accessModes",
    "capacity",
    "claimRef",
    "mountOptions",
    "nodeAffinity",
    "persistentVolumeReclaimPolicy",
    "storageClassName",
    "volumeAttributesClassName",
    "volumeMode",
];

pub(super) fn claim(out: &mut Out, spec: Cursor<'_>) {
    modes(out, spec);
    selector::judge(out, spec.get("selector"));
    let size = spec.at(&["resources", "requests", "storage"]);
    let is_unknown = [&["resources"][..], &["resources", "requests"]].iter().any(|path| is_open(spec.at(path)));
    if !is_set(size) && is_set(spec) && !is_unknown {
        out.missing(spec, "a claim needs a size in `resources.requests.storage`", "add it");
    }
    positive(out, size);
}

fn positive(out: &mut Out, size: Cursor<'_>) {
    if amount(size).is_some_and(|size| size <= 0) {
        out.value(size, "a size must be greater than 0", "correct it");
    }
}

pub(super) fn class(out: &mut Out, root: Cursor<'_>) {
    out.one_word(root.get("reclaimPolicy"), &["Delete", "Retain"]);
    let provisioner = root.get("provisioner");
    if known(provisioner).is_some_and(|name| !Format::LabelKey.fits(&name.to_lowercase())) {
        let message = format!("`{}` is no name of a provisioner", provisioner.text());
        out.value(provisioner, message, "write it like `csi.example.com`");
    }
    if let Some((_, at)) = root.get("parameters").entries().find(|(key, _)| key.is_empty()) {
        out.value(at.key(), "a parameter needs a name", "name or remove it");
    }
    topologies(out, root.get("allowedTopologies"));
}

fn modes(out: &mut Out, spec: Cursor<'_>) {
    let modes = spec.get("accessModes");
    if is_set(spec) && !is_set(modes) {
        out.missing(spec, "`accessModes` is missing, which is required", "add a mode such as `ReadWriteOnce`");
    }
    let alone = modes.items().find(|mode| mode.str() == Some("ReadWriteOncePod"));
    if let Some(at) = alone.filter(|_| modes.list().len() > 1) {
        out.clash(at, "`ReadWriteOncePod` does not go with other access modes", "remove it or the others");
    }
    if is_set(modes) && modes.node().is_some_and(|node| node.as_list().is_some_and(<[_]>::is_empty)) {
        out.missing(modes, "`accessModes` must not be empty", "add a mode such as `ReadWriteOnce`");
    }
}

/// `validateAllowedTopologies`.
fn topologies(out: &mut Out, terms: Cursor<'_>) {
    for term in terms.items() {
        let expressions = || term.get("matchLabelExpressions").items();
        out.each_once(expressions().map(|one| one.get("key")), "key");
        expressions().for_each(|one| out.each_once(one.get("values").items(), "value"));
    }
}

pub(super) fn volume(out: &mut Out, spec: Cursor<'_>) {
    if !is_set(spec) {
        return;
    }
    modes(out, spec);
    let sources: Vec<(&str, Cursor<'_>)> =
        spec.entries().filter(|(field, at)| !NO_SOURCES.contains(field) && is_set(*at)).collect();
    match sources.as_slice() {
        [] => out.missing(spec, "a PersistentVolume needs a source such as `csi` or `nfs`", "add one"),
        [_] => {}
        [_, (field, at), ..] => {
            let message = format!("a PersistentVolume has one source, and `{field}` is a second one");
            out.clash(at.key(), message, "remove one of them");
        }
    }
    let size = spec.at(&["capacity", "storage"]);
    if is_set(spec.get("capacity")) && !is_set(size) {
        out.missing(spec.get("capacity"), "`capacity` has no `storage`, which is required", "add it");
    }
    positive(out, size);
    resources::capacity(out, spec.get("capacity"));
    let host = spec.at(&["hostPath", "path"]);
    if host.text().split('/').any(|step| step == "..") {
        out.value(host, "a path on the host must not contain `..`", "write it without `..`");
    }
    if host.str() == Some("/") && spec.get("persistentVolumeReclaimPolicy").str() == Some("Recycle") {
        let message = "a volume at `/` of the host cannot be recycled";
        out.clash(spec.get("persistentVolumeReclaimPolicy"), message, "use `Retain`");
    }
    if is_set(spec.get("local")) && !is_given(spec.get("nodeAffinity")) {
        out.missing(spec, "a local volume needs a `nodeAffinity`", "name the node that it is on");
    }
    let affinity = spec.get("nodeAffinity");
    if is_set(affinity) && !is_open(affinity) && !is_set(affinity.get("required")) {
        out.missing(affinity, "`nodeAffinity` of a volume needs `required`", "add it");
    }
    let share = spec.at(&["nfs", "path"]);
    if known(share).is_some_and(|path| !path.starts_with('/')) {
        out.value(share, "the path of an NFS share must be absolute", "begin it with `/`");
    }
    scheduling::node_selector(out, affinity.get("required"));
}
