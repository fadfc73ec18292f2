//! The user's part of the one ProxyDefaults.

use crate::finding::Finding;
use crate::finding::Findings;
use crate::finding::ids;
use crate::model::Context;
use crate::model::backend;
use crate::model::settings::Free;
use crate::model::settings::Settings;
use crate::stack::consul::keys;
use serde::Serialize;
use serde_json::Value;

/// What is merged into the ProxyDefaults.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Mesh {
    /// Merged last into `metadata`.
    pub metadata: Free,
    /// Merged last into `spec`, without the static clusters.
    pub proxy_defaults: Free,
    /// The user's own static clusters, which ours is added to.
    pub static_clusters: Vec<Value>,
}

pub(crate) fn derive(settings: &Settings, context: &Context<'_>, found: &mut Findings) -> Mesh {
    let mut proxy_defaults = Free::new();
    let mut metadata = Free::new();
    for (key, value) in &settings.mesh.proxy_defaults {
        match (key.as_str(), value) {
            (key, value) if keys::SPEC.contains(&key) => {
                proxy_defaults.insert(key.to_string(), value.clone());
            }
            ("metadata", Value::Object(members)) => metadata = members.clone(),
            ("spec", Value::Object(members)) => proxy_defaults.extend(members.clone()),
            (key, _) => {
                let place = context.place(&["mesh", "proxyDefaults", key]);
                let help = match keys::is_config(key) {
                    true => format!("move it one level down: mesh.proxyDefaults.config.{key}"),
                    false => format!("known fields: {}, metadata", keys::SPEC.join(", ")),
                };
                let message = format!("ProxyDefaults has no field `{key}` (`mesh.proxyDefaults.{key}`)");
                found.push(Finding::error(ids::UNKNOWN_KEY, message).at(place).help(help));
            }
        }
    }
    let static_clusters = take_clusters(&mut proxy_defaults, settings, context, found);
    Mesh { metadata, proxy_defaults, static_clusters }
}

/// Removes the user's static clusters from the spec, so that ours can be added to them: JSON objects joined by commas,
/// which on their own are not valid JSON.
fn take_clusters(spec: &mut Free, settings: &Settings, context: &Context<'_>, found: &mut Findings) -> Vec<Value> {
    let path = ["mesh", "proxyDefaults", "config", keys::CLUSTERS];
    let Some(value) =
        spec.get_mut("config").and_then(Value::as_object_mut).and_then(|config| config.shift_remove(keys::CLUSTERS))
    else {
        return Vec::new();
    };
    let mut complain = |message: String, help: &str| {
        found.push(Finding::error(ids::STATIC_CLUSTERS, message).at(context.place(&path)).help(help));
    };
    let Value::String(text) = value else {
        complain(format!("`{}` must be a string of JSON", path.join(".")), "write it as a block: `|`, then the JSON");
        return Vec::new();
    };
    let trimmed = text.trim().trim_end_matches(',');
    let whole = if trimmed.starts_with('[') { trimmed.to_string() } else { format!("[{trimmed}]") };
    let clusters: Vec<Value> = match serde_json::from_str(&whole) {
        Ok(clusters) => clusters,
        Err(error) => {
            complain(
                format!("`{}` is not JSON: {error}", path.join(".")),
                "expected cluster objects separated by commas, without brackets",
            );
            return Vec::new();
        }
    };
    let ours = backend::cluster(settings);
    if clusters.iter().any(|cluster| cluster["name"] == ours.as_str()) {
        complain(
            format!(
                "`{}` already has a cluster `{ours}`, the name that meshtrace uses for the collector",
                path.join(".")
            ),
            "rename yours, or remove it: meshtrace adds its own",
        );
    }
    clusters
}
