//! Which files of an old side are those of a render.

use meshtrace::diff::Tree;
use meshtrace::disk;
use meshtrace::project;

/// Leaves to FROM, if it has a list, the files that are in it and those that a new render, TO, would write: what else is in
/// the directory of a render belongs to others, and a new render leaves it there.
pub(super) fn keep(from: &mut Tree, to: &Tree) {
    disk::keep_owned(&mut from.files, &|path| to.files.contains_key(path));
}

/// Leaves out the folders of other projects.
pub(super) fn leave_projects(tree: &mut Tree) {
    let paths = tree.files.keys();
    let projects: Vec<String> = paths
        .filter_map(|path| path.strip_suffix(project::FILE))
        .filter(|path| path.ends_with('/'))
        .map(str::to_owned)
        .collect();
    tree.files.retain(|path, _| !projects.iter().any(|folder| path.starts_with(folder.as_str())));
}
