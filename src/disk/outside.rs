//! Whether a directory to write is where its name says.
//!
//! In: the name of a directory as typed. Out: why not, when a symbolic link in it leads somewhere else. Reads links,
//! writes nothing.

use crate::finding::Finding;
use std::fs;
use std::path::Component;
use std::path::Path;
use std::path::PathBuf;

/// Refuses a directory that a symbolic link takes elsewhere. A relative `dir` has to lie below the folder that its leading
/// `..` lead to, links and all; an absolute one must not end in a link.
///
/// # Errors
/// The finding to report, which never shows where the link leads.
pub fn stays_inside(dir: &Path) -> Result<(), Finding> {
    if dir.is_absolute() {
        return match is_link(dir) {
            true => Err(refusal(dir, "is a symbolic link, expected a folder")),
            false => Ok(()),
        };
    }
    let mut base = PathBuf::from(".");
    let mut rest = dir.components().peekable();
    while let Some(Component::CurDir | Component::ParentDir) = rest.peek() {
        base.extend(rest.next());
    }
    let mut shown: PathBuf = base.strip_prefix(".").unwrap_or(&base).to_owned();
    let mut path = base.clone();
    for part in rest {
        path.push(part);
        shown.push(part);
        if !is_link(&path) {
            continue;
        }
        let inside = path.canonicalize().and_then(|target| Ok(target.starts_with(base.canonicalize()?)));
        if !inside.unwrap_or(false) {
            return Err(refusal(&shown, "is a symbolic link that leads outside, expected a folder"));
        }
    }
    Ok(())
}

fn is_link(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|data| data.file_type().is_symlink())
}

fn refusal(path: &Path, why: &str) -> Finding {
    let shown = path.to_string_lossy().replace('\\', "/");
    Finding::error("symlink", format!("`{shown}` {why}; nothing is written through a link"))
        .help("name the real folder, or replace the link with a folder")
}
