//! The same change in many renders, said once.

use crate::diff::Change;
use std::collections::HashMap;
use std::hash::DefaultHasher;
use std::hash::Hash;
use std::hash::Hasher;

/// Joins changes that are the same but for the renders they happened in, at the place of the first.
pub fn fold(changes: Vec<Change>) -> Vec<Change> {
    let mut places: HashMap<u64, Vec<usize>> = HashMap::with_capacity(changes.len());
    let mut folded: Vec<Change> = Vec::with_capacity(changes.len());
    for mut change in changes {
        let same = places.entry(digest(&change)).or_default();
        let renders = std::mem::take(&mut change.renders);
        let at = same.iter().copied().find(|at| {
            let first: &mut Change = &mut folded[*at];
            // Two sides that are no renders hold what they hold: nothing is said twice there.
            let names = std::mem::take(&mut first.renders);
            let equal = *first == change && !names.is_empty() && !renders.is_empty() && !names.contains(&renders[0]);
            first.renders = names;
            equal
        });
        match at {
            Some(at) => folded[at].renders.extend(renders),
            None => {
                same.push(folded.len());
                change.renders = renders;
                folded.push(change);
            }
        }
    }
    folded
}

/// A number that equal changes share; what it leaves out only costs a comparison.
fn digest(change: &Change) -> u64 {
    let mut hasher = DefaultHasher::new();
    (change.kind, &change.object, &change.file, change.document, change.class, change.fields.len()).hash(&mut hasher);
    for field in &change.fields {
        (field.op, &field.path).hash(&mut hasher);
        if let Some(serde_json::Value::String(text)) = &field.value {
            text.hash(&mut hasher);
        }
    }
    hasher.finish()
}
