//! Keys of ConfigMaps and Secrets that pods need.

use crate::check::cluster::mesh::Mesh;
use crate::check::cluster::references::CONFIG_MAP;
use crate::check::cluster::references::Part;
use crate::check::cluster::references::Reference;
use crate::check::cluster::references::SECRET;
use crate::check::cluster::secrets::may_get_keys;
use crate::check::cursor::Cursor;
use crate::check::input::set::Object;
use crate::check::input::skip::is_placeholder;
use crate::check::problem::Cause;

pub(crate) const HELP: &str = "add the key, name another, or set `optional: true`";

/// The keys of a ConfigMap, if it certainly lacks this one. Something in the cluster may fill an empty ConfigMap, and a
/// kustomization may add keys to one that it generates.
pub(crate) fn lacking<'a>(map: Object<'a>, key: Cursor<'_>) -> Option<Vec<&'a str>> {
    let fields = ["data", "binaryData"].into_iter();
    let known: Vec<&str> = fields.flat_map(|field| map.root().get(field).entries()).map(|(name, _)| name).collect();
    let is_open = known.is_empty() || may_get_keys(map) || known.iter().any(|key| is_placeholder(key));
    let lacks = key.str().is_some_and(|key| !key.is_empty() && !is_placeholder(key) && !known.contains(&key));
    (lacks && !is_open).then_some(known)
}

/// A key that pods need and do not get, so that they never start.
pub(crate) struct Missing<'a> {
    pub(crate) cause: Cause,
    pub(crate) message: String,
    pub(crate) at: Cursor<'a>,
}

/// The first key that the pods need and that a ConfigMap or a Secret among the files does not have. The containers do not
/// start until it exists, unless the reference is optional (kubelet `pkg/kubelet/kubelet_pods.go` `makeEnvironmentVariables`,
/// `MakePayload` of `pkg/volume/configmap`, `pkg/volume/secret` and `pkg/volume/projected`).
pub(crate) fn missing<'a>(mesh: &Mesh<'a>, needed: &[Reference<'a>]) -> Option<Missing<'a>> {
    needed.iter().find_map(|one| one.parts.iter().find_map(|part| in_part(mesh, one, *part)))
}

fn in_part<'a>(mesh: &Mesh<'a>, one: &Reference<'a>, part: Part<'a>) -> Option<Missing<'a>> {
    let Part::Key(at) = part else { return None };
    let (name, key) = (one.name.text(), at.text());
    if one.kind == CONFIG_MAP {
        let map = mesh.set.one(CONFIG_MAP.0, CONFIG_MAP.1, one.namespace, name)?;
        lacking(map, at)?;
        let message = format!("ConfigMap `{name}` has no `{key}`, so the pods never start");
        return Some(Missing { cause: Cause::KeyMissing, message, at });
    }
    if one.kind != SECRET {
        return None;
    }
    let made = mesh.secrets.one(Some(one.namespace), name).filter(|made| made.lacks(at))?;
    let message = format!("{} has no key `{key}`, so the pods never start", made.words());
    Some(Missing { cause: Cause::SecretKeyMissing, message, at })
}
