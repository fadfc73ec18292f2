//! Whether a render would be written into what renders read.
//!
//! In: a directory to write, and the folders of input. Out: why not, when one holds the other's files: each render would
//! then add to what the next one reads. Resolves links, writes nothing.

use crate::component;
use crate::disk::again::again;
use crate::files::Output;
use crate::finding::Finding;
use crate::finding::ids;
use std::path::Component;
use std::path::Path;
use std::path::PathBuf;

/// A folder that renders read, whether or not it exists yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputFolder {
    /// Where it is.
    pub path: PathBuf,
    /// How messages call it, such as `templates`.
    pub shown: String,
}

/// Refuses to write `output` to `dir`, which messages call `shown`, when `dir` or one of its files is within a folder of
/// `inputs`. Letter case does not count, since some file systems ignore it.
///
/// # Errors
/// The finding to report.
pub fn stays_out(dir: &Path, shown: &str, output: &Output, inputs: &[InputFolder]) -> Result<(), Finding> {
    if inputs.is_empty() {
        return Ok(());
    }
    let dir = real(dir);
    for input in inputs {
        let folder = real(&input.path);
        let inside = match (below(&dir, &folder), below(&folder, &dir)) {
            (Some(_), _) => Some(shown.to_owned()),
            (None, Some(inner)) => output
                .files
                .keys()
                .find(|path| below(Path::new(path), &inner).is_some())
                .map(|path| format!("{}/{path}", shown.trim_end_matches('/'))),
            (None, None) => None,
        };
        if let Some(inside) = inside {
            let message =
                format!("`{inside}` is in `{}/`, which every render reads", input.shown.trim_end_matches('/'));
            return Err(Finding::error(ids::OUT_IN_INPUT, message).help(
                "each render would add to what the next one reads; write to a folder of its own, such as `out`",
            ));
        }
    }
    Ok(())
}

/// What remains of `path` below `folder`; `None` when it is not there.
fn below(path: &Path, folder: &Path) -> Option<PathBuf> {
    let mut parts = path.components();
    for wanted in folder.components() {
        let (part, wanted) = (parts.next()?, wanted.as_os_str());
        let same = part.as_os_str() == wanted
            || component::is_same(&part.as_os_str().to_string_lossy(), &wanted.to_string_lossy());
        if !same {
            return None;
        }
    }
    Some(parts.as_path().to_owned())
}

/// The path without links; what does not exist yet is taken by its name.
fn real(path: &Path) -> PathBuf {
    let mut parts: Vec<Component<'_>> = path.components().collect();
    let mut missing = Vec::new();
    loop {
        let there: PathBuf = parts.iter().collect();
        let there = if parts.is_empty() { Path::new(".") } else { &there };
        if let Ok(mut real) = again(|| there.canonicalize()) {
            for part in missing.into_iter().rev() {
                match part {
                    Component::ParentDir => drop(real.pop()),
                    part => real.push(part),
                }
            }
            return real;
        }
        match parts.pop() {
            Some(part) => missing.push(part),
            None => return path.to_owned(),
        }
    }
}
