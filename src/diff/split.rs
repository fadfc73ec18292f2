//! Splits a folder of renders.
//!
//! In: two trees. Out: the pairs of trees to compare, by render, if either tree consists of folders of renders: each
//! has its list of files at its top, and objects in different renders are not duplicates.

use crate::diff::Tree;
use crate::files::LIST;
use std::collections::BTreeSet;

/// The pairs to compare, each with the name of its render; a single nameless pair if the trees are not folders of
/// renders.
pub fn split(from: Tree, to: Tree) -> Vec<(Option<String>, Tree, Tree)> {
    let top = [&from, &to].iter().any(|tree| tree.files.contains_key(LIST));
    let names: BTreeSet<String> = [&from, &to]
        .iter()
        .flat_map(|tree| tree.files.keys())
        .filter_map(|path| path.strip_suffix(LIST)?.strip_suffix('/').map(str::to_owned))
        .collect();
    if top || names.is_empty() {
        return vec![(None, from, to)];
    }
    let (mut from, mut to) = (from, to);
    let mut pairs = Vec::with_capacity(names.len() + 1);
    for name in names {
        let (ours, theirs) = (folder(&mut from, &name), folder(&mut to, &name));
        pairs.push((Some(name), ours, theirs));
    }
    if !from.files.is_empty() || !to.files.is_empty() {
        pairs.push((None, from, to));
    }
    pairs
}

/// Moves the files of a folder out of a tree into a tree of their own.
pub fn folder(tree: &mut Tree, name: &str) -> Tree {
    let prefix = format!("{name}/");
    let mut files = tree.files.split_off(&prefix);
    // The first path after the folder: `0` follows `/` in ASCII.
    let mut rest = files.split_off(&format!("{name}0"));
    tree.files.append(&mut rest);
    let files = files.into_iter().filter_map(|(path, bytes)| Some((path.strip_prefix(&prefix)?.to_owned(), bytes)));
    Tree {
        files: files.collect(),
        shown: format!("{}{prefix}", tree.shown),
        single: false,
        secrets: tree.secrets.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(paths: &[&str]) -> Tree {
        Tree { files: paths.iter().map(|path| ((*path).to_owned(), Vec::new())).collect(), ..Tree::default() }
    }

    #[test]
    fn folders_with_a_list_are_renders_and_the_rest_is_one_more_pair() {
        let from =
            tree(&["a/render.sha256", "a/x", "a-b/y", "clusters/eu/render.sha256", "clusters/eu/z", "README.md"]);
        let pairs = split(from, tree(&["b/render.sha256"]));
        let names: Vec<_> = pairs.iter().map(|pair| pair.0.as_deref()).collect();
        assert_eq!(names, [Some("a"), Some("b"), Some("clusters/eu"), None]);
        assert_eq!(pairs[0].1.files.keys().collect::<Vec<_>>(), ["render.sha256", "x"]);
        assert_eq!((pairs[0].1.shown.as_str(), pairs[1].1.files.len()), ("a/", 0));
        assert_eq!(pairs[3].1.files.keys().collect::<Vec<_>>(), ["README.md", "a-b/y"]);
    }

    #[test]
    fn a_render_itself_is_not_split() {
        assert_eq!(split(tree(&["render.sha256", "deep/render.sha256"]), tree(&[])).len(), 1);
        assert_eq!(split(tree(&["x"]), tree(&["y"])).len(), 1);
    }
}
