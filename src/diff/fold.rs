//! Joins the same change in many renders.

use crate::diff::Change;
use crate::diff::Changes;
use crate::diff::Redacted;
use std::collections::HashMap;
use std::hash::DefaultHasher;
use std::hash::Hash;
use std::hash::Hasher;

/// Joins changes that are the same except for their renders, at the position of the first.
pub(crate) fn fold(changes: Changes<Redacted>) -> Changes<Redacted> {
    changes.map(folded)
}

fn folded(changes: Vec<Change>) -> Vec<Change> {
    let mut places: HashMap<u64, Vec<usize>> = HashMap::with_capacity(changes.len());
    let mut folded: Vec<Change> = Vec::with_capacity(changes.len());
    for mut change in changes {
        let same = places.entry(digest(&change)).or_default();
        let renders = std::mem::take(&mut change.renders);
        let at = same.iter().copied().find(|at| {
            let first: &mut Change = &mut folded[*at];
            // Sides that are not renders are not folded: each change there is separate.
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

/// A hash that is the same for equal changes; leaving something out only costs a comparison.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::Tree;
    use crate::diff::compare;
    use crate::diff::read;
    use crate::finding::Findings;

    fn changes(render: Option<&str>, image: &str) -> Vec<Change> {
        let tree = |text: String| Tree { files: [("a.yaml".to_owned(), text.into_bytes())].into(), ..Tree::default() };
        let (from, to) =
            read(&tree("image: old\n".into()), &tree(format!("image: {image}\n")), &mut Findings::default());
        compare(&from, &to, render).into_raw()
    }

    #[test]
    fn the_same_change_in_several_renders_is_one() {
        let all =
            ["a", "b", "c"].iter().flat_map(|render| changes(Some(render), if *render == "b" { "x" } else { "y" }));
        let folded = folded(all.collect());
        let renders: Vec<_> = folded.iter().map(|change| change.renders.join(" ")).collect();
        assert_eq!(renders, ["a c", "b"]);
    }

    #[test]
    fn sides_that_are_not_renders_are_not_folded() {
        let twice = [changes(None, "x"), changes(None, "x")].concat();
        assert_eq!(folded(twice).len(), 2);
    }
}
