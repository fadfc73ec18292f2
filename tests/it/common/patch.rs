//! Applies the operations of a change with an independent implementation of RFC 6902: the crate `json-patch`.

use meshtrace::diff::Change;
use serde_json::Value as Json;

/// A document after the operations of `changes`; `Err` says which one cannot be applied.
pub(crate) fn apply(document: &Json, changes: &[Change]) -> Result<Json, String> {
    let mut document = document.clone();
    for change in changes {
        let operations = serde_json::to_value(&change.fields).map_err(|error| error.to_string())?;
        let patch: json_patch::Patch = serde_json::from_value(operations).map_err(|error| error.to_string())?;
        json_patch::patch(&mut document, &patch).map_err(|error| error.to_string())?;
    }
    Ok(document)
}
