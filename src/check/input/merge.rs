//! Merges Helm values.

use crate::yaml::Node;
use crate::yaml::Value;

/// Merges like Helm: maps merge, anything else replaces (`helm.sh/helm/v3/pkg/cli/values`, `mergeMaps`).
pub(crate) fn merge(base: &mut Node, over: &Node) {
    match (&mut base.value, &over.value) {
        (Value::Map(map), Value::Map(more)) => {
            for entry in &more.entries {
                match map.entries.iter_mut().find(|own| own.key == entry.key) {
                    Some(own) => {
                        own.key_span = entry.key_span;
                        merge(&mut own.value, &entry.value);
                    }
                    None => map.entries.push(entry.clone()),
                }
            }
        }
        _ => *base = over.clone(),
    }
}
