//! Whether a render would be written into the folders that renders read.
//!
//! In: a directory to write, and the input folders. Out: an error if one contains files of the other, because then each
//! render would add to the input of the next. Resolves links, writes nothing.

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
    /// Its name in messages, such as `templates`.
    pub shown: String,
}

/// Refuses to write `output` to `dir`, which messages call `shown`, if `dir` or one of its files would be in one of the
/// folders `inputs`. Letter case is ignored, as on some file systems.
///
/// # Errors
/// Returns the finding to report.
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
            return Err(Finding::error(ids::OUT_IN_INPUT, message)
                .help("each render would add to what the next one reads; write to a separate folder, such as `out`"));
        }
    }
    Ok(())
}

/// `path` relative to `folder`; `None` if it is not inside.
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

/// The path with links resolved; components that do not exist yet are kept as they are.
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
